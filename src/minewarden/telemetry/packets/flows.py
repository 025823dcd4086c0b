"""The table of flows: columns of numbers, one slot per flow, updated for all packets of a piece of the file at once.

A flow's two ends are kept in the order of their addresses (a, b); which of them is the client is decided when the row
is written. A new SYN with another sequence number on the same ports is a new flow. Flows that ended, or that have been
silent for as long as no address translator would remember them, are given up as rows whenever their number may have
doubled, so that memory grows with how much is open at the same time and not with the capture. A full table also gives
up the quarter that has been silent longest.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minewarden.telemetry.packets.frames import Ints
from minewarden.telemetry.packets.layers import ACK, FIN, RST, SYN, TCP, UDP, Segments, Words

MOST_FLOWS = 1 << 20

LEAST_CROWD = 1 << 15
"""With fewer flows it is not looked which of them have ended."""

AFTER_END_US = 240_000_000
SILENT_UDP_US = 300_000_000
SILENT_US = 7_440_000_000
"""How long a flow is remembered that was closed or reset, one of UDP, and any other: RFC 5382 and RFC 4787 ask address
translators for four minutes, for five, and for two hours and four minutes."""

SAW_SYN, SAW_SYN_ACK, SAW_ACK, SAW_DATA, SAW_FIN, SAW_RST = 1, 2, 4, 8, 16, 32
FROM_B = 8
"""How far a flag seen from end b is shifted."""

NO_SEQ = -1

COLUMNS: dict[str, type] = {
    "a_hi": np.uint64,
    "a_lo": np.uint64,
    "b_hi": np.uint64,
    "b_lo": np.uint64,
    "a_port": np.uint16,
    "b_port": np.uint16,
    "proto": np.uint8,
    "first": np.int64,
    "last": np.int64,
    "row": np.int64,
    "seen": np.int64,
    "bytes_a": np.int64,
    "bytes_b": np.int64,
    "packets_a": np.int64,
    "packets_b": np.int64,
    "isn_a": np.int64,
    "isn_b": np.int64,
    "flags": np.uint16,
    "first_from_b": np.bool_,
    "client": np.uint8,
    "service": np.uint8,
    "watched": np.uint8,
}

Columns = dict[str, NDArray[Any]]


@dataclass(slots=True)
class Grouped:
    """Packets ordered by flow, then by number. `begin`: where each flow starts in `order`; `slot`: its place.

    `known`: the flags of the flow before these packets. `from_b`: by packet, in the order of the segments.
    """

    order: Ints
    begin: Ints
    slot: Ints
    key: Words
    known: Ints
    from_b: NDArray[np.bool_]


def _mixed(word: Words) -> Words:
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Words = word ^ (word >> np.uint64(31))
    return mixed


class FlowTable:
    """All flows that are open, and the rows of those that are not any more."""

    def __init__(self, most: int = MOST_FLOWS) -> None:
        self.most = most
        # Nobody who sends packets may choose which flows fall together; the order of the rows does not depend on it.
        self._salt = np.uint64(secrets.randbits(64))
        self._keys = np.zeros(0, np.uint64)
        self._slots = np.zeros(0, np.int64)
        self._free = np.zeros(0, np.int64)
        self.columns: Columns = {name: np.zeros(0, kind) for name, kind in COLUMNS.items()}
        self._closed: list[Columns] = []
        self._round = 0
        self._crowd = LEAST_CROWD

    def __len__(self) -> int:
        return len(self._keys)

    def update(self, segments: Segments) -> Grouped:
        """Count the packets and say which flow each belongs to."""
        self._round += 1
        from_b = self._from_b(segments)
        key = self._key(segments, from_b)
        order = np.argsort(key, kind="stable")
        sorted_key = key[order]
        begin = np.flatnonzero(np.concatenate(([True], sorted_key[1:] != sorted_key[:-1])))
        flow_key = sorted_key[begin]
        slot, fresh = self._place(flow_key)
        flags = _flags(segments, from_b)[order]
        part = self._parts(segments, order, begin, slot, fresh, flags, from_b)
        known = np.where(fresh, 0, self.columns["flags"][slot]).astype(np.int64)
        self._account(segments, order, part, slot, fresh, flags, from_b)
        return Grouped(order, begin, slot, flow_key, known, from_b)

    def take_closed(self) -> Columns | None:
        """The rows of flows that ended since the last call."""
        if not self._closed:
            return None
        closed, self._closed = self._closed, []
        if len(closed) == 1:
            return closed[0]
        return {name: np.concatenate([rows[name] for rows in closed]) for name in COLUMNS}

    @property
    def crowded(self) -> bool:
        """Whether some flows should be given up."""
        return len(self) > min(self._crowd, self.most)

    def sweep(self, now: int) -> Words:
        """Give up the flows that are over at `now`; their keys."""
        slots = self._open()
        silent = now - self.columns["last"][slots]
        flags, udp = self.columns["flags"][slots].astype(np.int64), self.columns["proto"][slots] == UDP
        both = SAW_FIN | SAW_FIN << FROM_B
        ended = (flags & both == both) | (flags & (SAW_RST | SAW_RST << FROM_B) > 0)
        keys = self._drop(slots[silent > np.where(ended, AFTER_END_US, np.where(udp, SILENT_UDP_US, SILENT_US))])
        # Looking through all costs their number: it is done when as many again have come.
        self._crowd = max(LEAST_CROWD, 2 * len(self))
        return keys

    def relieve(self) -> None:
        """Give up the flows that have been silent longest, when the table is full."""
        if len(self) <= self.most:
            return
        slots = self._open()
        enough = len(slots) - self.most * 3 // 4
        self._drop(slots[np.argpartition(self.columns["seen"][slots], enough)[:enough]])

    def close(self, at_once: int) -> Iterator[Columns]:
        """Give up every flow: the rows, some at a time, in the order in which the flows began."""
        slots = self._open()
        slots = slots[np.argsort(self.columns["row"][slots], kind="stable")]
        self._forget()
        for at in range(0, len(slots), at_once):
            part = slots[at : at + at_once]
            yield {name: values[part] for name, values in self.columns.items()}

    def _open(self) -> Ints:
        """The places of all flows that are open."""
        return self._slots

    def _forget(self) -> None:
        self._keys, self._slots = self._keys[:0], self._slots[:0]

    def _drop(self, slots: Ints) -> Words:
        """Make rows of these flows and forget them; their keys."""
        self._closed.append({name: values[slots] for name, values in self.columns.items()})
        gone = np.isin(self._slots, slots)
        keys = self._keys[gone]
        self._keys, self._slots = self._keys[~gone], self._slots[~gone]
        self._free = np.concatenate((self._free, slots))
        return keys

    @staticmethod
    def _from_b(segments: Segments) -> NDArray[np.bool_]:
        """Whether a packet comes from the end with the greater (address, port)."""
        same_hi, same_lo = segments.src_hi == segments.dst_hi, segments.src_lo == segments.dst_lo
        later: NDArray[np.bool_] = (segments.src_hi > segments.dst_hi) | (
            same_hi & ((segments.src_lo > segments.dst_lo) | (same_lo & (segments.sport > segments.dport)))
        )
        return later

    def _key(self, segments: Segments, from_b: NDArray[np.bool_]) -> Words:
        ports = np.where(from_b, segments.dport << 16 | segments.sport, segments.sport << 16 | segments.dport)
        key = _mixed((ports << 8 | segments.proto).astype(np.uint64) ^ self._salt)
        key = _mixed(key ^ np.where(from_b, segments.dst_lo, segments.src_lo))
        key = _mixed(key ^ np.where(from_b, segments.src_lo, segments.dst_lo))
        # A key must not depend on what else is in the piece: the other half is mixed in only where there is one.
        wide = np.flatnonzero(segments.src_hi | segments.dst_hi)
        if wide.size:
            source, target, turned = segments.src_hi[wide], segments.dst_hi[wide], from_b[wide]
            key[wide] = _mixed(_mixed(key[wide] ^ np.where(turned, target, source)) ^ np.where(turned, source, target))
        return key

    def _place(self, keys: Words) -> tuple[Ints, NDArray[np.bool_]]:
        """The slot of each (sorted) key, and whether it is new."""
        at = np.searchsorted(self._keys, keys)
        inside = np.minimum(at, max(0, len(self._keys) - 1))
        old = self._keys[inside] == keys if len(self._keys) else np.zeros(len(keys), np.bool_)
        slot = np.empty(len(keys), np.int64)
        slot[old] = self._slots[at[old]]
        new = ~old
        slot[new] = self._slots_for(int(np.count_nonzero(new)))
        self._keys = np.insert(self._keys, at[new], keys[new])
        self._slots = np.insert(self._slots, at[new], slot[new])
        return slot, new

    def _slots_for(self, count: int) -> Ints:
        if len(self._free) < count:
            old = len(self.columns["row"])
            # A full table is relieved after each piece of the file, so that it needs little room above its bound.
            new = max(4096, count, min(old // 2, self.most + self.most // 8 - old))
            for name, values in self.columns.items():
                self.columns[name] = np.concatenate((values, np.zeros(new, values.dtype)))
            self._free = np.concatenate((self._free, np.arange(old, old + new)))
        taken, self._free = self._free[:count], self._free[count:]
        return taken

    def _parts(
        self,
        segments: Segments,
        order: Ints,
        begin: Ints,
        slot: Ints,
        fresh: NDArray[np.bool_],
        flags: Ints,
        from_b: NDArray[np.bool_],
    ) -> "_Parts":
        """Cut each flow's packets where a new SYN opens the same ports again. A flow whose first packet does is `fresh`
        from then on."""
        group = np.zeros(len(order), np.int64)
        group[begin[1:]] = 1
        group = np.cumsum(group)
        opens = np.zeros(len(order), np.bool_)
        opens[begin] = True
        syn = np.flatnonzero(flags & (SAW_SYN | SAW_SYN << FROM_B))
        if syn.size:
            seq, of, side = segments.seq[order[syn]], group[syn], from_b[order[syn]]
            earlier = np.where(side, self.columns["isn_b"][slot[of]], self.columns["isn_a"][slot[of]])
            earlier = np.where(fresh[of], NO_SEQ, earlier)
            again = np.concatenate(([False], of[1:] == of[:-1]))
            earlier[again] = np.concatenate(([NO_SEQ], seq[:-1]))[again]
            other = (earlier != NO_SEQ) & (earlier != seq)
            opens[syn[other]] = True
            # Where the piece begins with the new opening, the flow of the table ends with the piece before.
            reopened = of[other & (syn == begin[of])]
            if reopened.size:
                self._closed.append({name: values[slot[reopened]] for name, values in self.columns.items()})
                fresh[reopened] = True
        starts = np.flatnonzero(opens)
        return _Parts(starts, group[starts])

    def _account(
        self,
        segments: Segments,
        order: Ints,
        part: "_Parts",
        slot: Ints,
        fresh: NDArray[np.bool_],
        flags: Ints,
        from_b: NDArray[np.bool_],
    ) -> None:
        rows = self._summed(segments, order, part.starts, flags, from_b)
        first = np.concatenate(([True], part.flow[1:] != part.flow[:-1]))
        last = np.concatenate((part.flow[1:] != part.flow[:-1], [True]))
        goes_on = np.flatnonzero(first & ~fresh[part.flow])
        self._merge(slot[part.flow[goes_on]], {name: values[goes_on] for name, values in rows.items()})
        begins = np.flatnonzero(first & fresh[part.flow])
        self._put(slot[part.flow[begins]], {name: values[begins] for name, values in rows.items()})
        if first.all():
            return
        replaced = slot[part.flow[np.flatnonzero(last & ~first)]]
        self._closed.append({name: values[replaced] for name, values in self.columns.items()})
        middle = np.flatnonzero(~first & ~last)
        self._closed.append({name: values[middle] for name, values in rows.items()})
        ends = np.flatnonzero(last & ~first)
        self._put(replaced, {name: values[ends] for name, values in rows.items()})

    def _put(self, slots: Ints, rows: Columns) -> None:
        for name, values in rows.items():
            self.columns[name][slots] = values

    def _merge(self, slots: Ints, rows: Columns) -> None:
        for name in ("bytes_a", "bytes_b", "packets_a", "packets_b"):
            self.columns[name][slots] += rows[name]
        self.columns["flags"][slots] |= rows["flags"]
        self.columns["first"][slots] = np.minimum(self.columns["first"][slots], rows["first"])
        self.columns["last"][slots] = np.maximum(self.columns["last"][slots], rows["last"])
        self.columns["seen"][slots] = rows["seen"]
        for name in ("isn_a", "isn_b"):
            old = self.columns[name][slots]
            self.columns[name][slots] = np.where(rows[name] != NO_SEQ, rows[name], old)

    def _summed(self, segments: Segments, order: Ints, starts: Ints, flags: Ints, from_b: NDArray[np.bool_]) -> Columns:
        """One row for each run of packets."""
        side, size, ts = from_b[order].astype(np.int64), segments.size[order], segments.ts[order]
        head = order[starts]
        turned = from_b[head]
        count = np.diff(np.append(starts, len(order)))
        bytes_b, packets_b = np.add.reduceat(size * side, starts), np.add.reduceat(side, starts)

        def end(mine: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
            return np.where(turned, other[head], mine[head])

        rows: Columns = {
            "a_hi": end(segments.src_hi, segments.dst_hi),
            "a_lo": end(segments.src_lo, segments.dst_lo),
            "b_hi": end(segments.dst_hi, segments.src_hi),
            "b_lo": end(segments.dst_lo, segments.src_lo),
            "a_port": end(segments.sport, segments.dport).astype(np.uint16),
            "b_port": end(segments.dport, segments.sport).astype(np.uint16),
            "proto": segments.proto[head].astype(np.uint8),
            "first": np.minimum.reduceat(ts, starts),
            "last": np.maximum.reduceat(ts, starts),
            "row": segments.row[head],
            "seen": np.full(len(starts), self._round, np.int64),
            "bytes_a": np.add.reduceat(size, starts) - bytes_b,
            "bytes_b": bytes_b,
            "packets_a": count - packets_b,
            "packets_b": packets_b,
            "isn_a": np.full(len(starts), NO_SEQ, np.int64),
            "isn_b": np.full(len(starts), NO_SEQ, np.int64),
            "flags": np.bitwise_or.reduceat(flags, starts).astype(np.uint16),
            "first_from_b": turned,
            "client": np.zeros(len(starts), np.uint8),
            "service": np.zeros(len(starts), np.uint8),
            "watched": np.zeros(len(starts), np.uint8),
        }
        opening = SAW_SYN | SAW_SYN_ACK
        for name, shift in (("isn_a", 0), ("isn_b", FROM_B)):
            which = np.flatnonzero(flags & (opening << shift))
            of = np.searchsorted(starts, which, side="right") - 1
            rows[name][of] = segments.seq[order[which]]
        return rows


@dataclass(slots=True)
class _Parts:
    """Runs of packets of one flow between two openings: where each starts in the order, and whose flow it is."""

    starts: Ints
    flow: Ints


def _flags(segments: Segments, from_b: NDArray[np.bool_]) -> Ints:
    syn, ack = (segments.flags & SYN) > 0, (segments.flags & ACK) > 0
    tcp = segments.proto == TCP
    flags = np.where(syn & ~ack, SAW_SYN, 0) | np.where(syn & ack, SAW_SYN_ACK, 0)
    flags |= np.where(tcp & ack & ~syn, SAW_ACK, 0) | np.where(segments.length > 0, SAW_DATA, 0)
    flags |= np.where((segments.flags & FIN) > 0, SAW_FIN, 0) | np.where((segments.flags & RST) > 0, SAW_RST, 0)
    shifted: Ints = np.where(from_b, flags << FROM_B, flags)
    return shifted
