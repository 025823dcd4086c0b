"""Which packets are worth reading one by one, and the conversations they belong to, bounded in number and in bytes."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from minewarden.telemetry.packets.conversation import Conversation, End
from minewarden.telemetry.packets.domain_log import DomainLog
from minewarden.telemetry.packets.flows import (
    FROM_B,
    NO_SEQ,
    SAW_DATA,
    SAW_SYN,
    SAW_SYN_ACK,
    FlowTable,
    Grouped,
)
from minewarden.telemetry.packets.frames import Bytes, Ints
from minewarden.telemetry.packets.layers import ACK, SYN, TCP, UDP, Segments, Words
from minewarden.telemetry.packets.rows import CLIENT_A, CLIENT_B, SERVICES, UNKNOWN, Rows, address

if TYPE_CHECKING:
    from minewarden.telemetry.packets.handshakes import Handshakes

MOST_CONVERSATIONS = 16_384
MOST_BYTES = 64 * 1024 * 1024

_IGNORED, _NEW, _WATCHED, _WAITING = 2, 0, 1, 3
_DNS = SERVICES.index("dns")


class Talk:
    """Reads what the flows of a capture say."""

    def __init__(self, rows: Rows, most: int = MOST_CONVERSATIONS, most_bytes: int = MOST_BYTES) -> None:
        self._rows = rows
        self._most, self._most_bytes = most, most_bytes
        self._open: OrderedDict[int, Conversation] = OrderedDict()
        self._bytes = 0
        self.domains = DomainLog(rows)
        self.handshakes: Handshakes | None = None
        self.read_domains: Callable[[Segments, Ints], None] | None = None
        self.cut_segments = 0

    def follow(self, segments: Segments, grouped: Grouped, table: FlowTable, kinds: Bytes) -> None:
        """Read the packets of a piece of the file. `kinds`: what each looks like the start of."""
        if not len(segments):
            return
        self._ask_domains(segments, grouped, table)
        wanted = self._wanted(segments, grouped, table, kinds)
        kinds = kinds[grouped.order]
        count = np.diff(np.append(grouped.begin, len(grouped.order)))
        flow = np.repeat(np.arange(len(count)), count)
        order = grouped.order
        useful = (segments.kept[order] > 0) | ((segments.flags[order] & SYN) > 0)
        picked = np.flatnonzero(wanted[flow] & useful & (segments.proto[order] != UDP))
        if picked.size:
            self._read(segments, grouped, table, picked, flow[picked], kinds[picked])

    def _wanted(self, segments: Segments, grouped: Grouped, table: FlowTable, kinds: Bytes) -> NDArray[np.bool_]:
        """Which flows a conversation has to read."""
        watched = table.columns["watched"]
        state = watched[grouped.slot]
        starting = np.maximum.reduceat(kinds[grouped.order], grouped.begin) > 0
        wanted: NDArray[np.bool_] = (starting | (state == _WATCHED)) & (state != _IGNORED) & (state != _WAITING)
        if self.handshakes is not None:
            first = grouped.order[grouped.begin]
            plain = (segments.proto[first] == TCP) & (segments.sport[first] != 53) & (segments.dport[first] != 53)
            groups = np.flatnonzero(plain & ((wanted & (state == _NEW)) | (state == _WAITING)))
            wanted[groups] = False
            wanted[self.handshakes.follow(segments, grouped, kinds, groups, self._open)] = True
        watched[grouped.slot[wanted]] = _WATCHED
        return wanted

    def expire(self, now: int) -> None:
        """Give up what has waited too long."""
        self.domains.expire(now)

    def forget(self, keys: Words) -> None:
        """Read to the end what flows said that are over."""
        gone = keys.tolist()
        for key in gone:
            talk = self._open.pop(key, None)
            if talk is not None:
                self._bytes -= talk.weight()
                talk.close()
        if self.handshakes is not None:
            self.handshakes.forget(gone)

    def close(self) -> None:
        """The capture is at its end."""
        while self._open:
            self._open.popitem(last=False)[1].close()
        if self.handshakes is not None:
            self.handshakes.close()
        self.domains.expire(None)

    def _ask_domains(self, segments: Segments, grouped: Grouped, table: FlowTable) -> None:
        asks = (segments.sport == 53) | (segments.dport == 53)
        which = np.flatnonzero(asks & (segments.proto == UDP) & (segments.kept > 12))
        if not which.size:
            return
        first = grouped.order[grouped.begin]
        table.columns["service"][grouped.slot[asks[first]]] = _DNS
        if self.read_domains is not None:
            self.read_domains(segments, which)
            return
        data, message = segments.data, self.domains.message
        columns = [column[which].tolist() for column in (
            segments.src_hi, segments.src_lo, segments.sport, segments.dst_hi, segments.dst_lo, segments.dport,
            segments.payload, segments.kept, segments.ts, segments.row,
        )]  # fmt: skip
        for src_hi, src_lo, sport, dst_hi, dst_lo, dport, at, kept, ts, row in zip(*columns, strict=True):
            message(
                bytes(data[at : at + kept]), address(src_hi, src_lo), sport, address(dst_hi, dst_lo), dport, ts, row
            )

    def _read(
        self, segments: Segments, grouped: Grouped, table: FlowTable, picked: Ints, flow: Ints, kinds: Bytes
    ) -> None:
        which = grouped.order[picked]
        begin = np.flatnonzero(np.concatenate(([True], flow[1:] != flow[:-1])))
        syn = (segments.flags[which] & SYN) > 0
        last_syn = np.maximum.reduceat(np.where(syn, segments.row[which], -1), begin).tolist()
        columns = [column.tolist() for column in (
            grouped.from_b[which].astype(np.int64), segments.flags[which], segments.seq[which],
            segments.payload[which], segments.kept[which], segments.length[which], segments.ts[which],
            segments.row[which], kinds,
        )]  # fmt: skip
        # One iterator for all flows: it reuses its tuple, so that a million packets are not a million objects.
        packets = zip(*columns, strict=True)
        counts = np.diff(np.append(begin, len(which))).tolist()
        for number, opening in enumerate(self._openings(grouped, table, flow[begin], segments.row[which[begin]])):
            run = islice(packets, counts[number])
            talk = self._follow(self._enter(opening), opening.key, segments.data, run, last_syn[number])
            deque(run, maxlen=0)
            self._leave(opening, talk, table)

    def _follow(
        self, talk: Conversation, key: int, data: memoryview, run: Iterator[tuple[int, ...]], last_syn: int
    ) -> Conversation:
        """Read the packets of one flow, or as many as it takes to know that nothing more is to be read."""
        for side, flags, seq, at, kept, length, ts, row, kind in run:
            if flags & SYN:
                if not talk.opens(side, seq, answers=flags & ACK > 0):
                    talk.close()
                    talk = self._open[key] = Conversation(*talk.ends, row, self._rows, self.domains)
                    talk.opens(side, seq, answers=flags & ACK > 0)
                # Data in the SYN itself (TCP Fast Open) starts one number later.
                seq = (seq + 1) & 0xFFFFFFFF
            if kept and talk.ready(side, seq, kept, kind):
                lost = length - kept
                self.cut_segments += lost > 0
                talk.segment(side, seq, bytes(data[at : at + kept]), ts, row, lost)
                if talk.dead and row > last_syn:
                    break
        return talk

    @staticmethod
    def _openings(grouped: Grouped, table: FlowTable, flow: Ints, row: Ints) -> "list[_Opening]":
        """What the table knows of the flows that are read."""
        slots, columns = grouped.slot[flow], table.columns
        names = ("a_hi", "a_lo", "a_port", "b_hi", "b_lo", "b_port", "isn_a", "isn_b")
        lists = [grouped.key[flow].tolist(), slots.tolist(), grouped.known[flow].tolist()]
        lists += [columns[name][slots].tolist() for name in names]
        # The table may know a later connection of the same ports already.
        began = columns["row"][slots]
        lists.append(np.minimum(began, row).tolist())
        opened = (began <= row) & (grouped.known[flow] & (SAW_SYN | SAW_SYN << FROM_B) > 0)
        lists.append(np.where(opened, began, 0).tolist())
        return [_Opening(*values) for values in zip(*lists, strict=True)]

    def _enter(self, opening: "_Opening") -> Conversation:
        talk = self._open.get(opening.key)
        if talk is not None:
            self._bytes -= talk.weight()
            if talk.stream >= opening.opened:
                self._open.move_to_end(opening.key)
                return talk
            # Its ports were opened again in a piece of the file in which it was not looked at.
            del self._open[opening.key]
            talk.close()
        a = End(address(opening.a_hi, opening.a_lo), opening.a_port)
        b = End(address(opening.b_hi, opening.b_lo), opening.b_port)
        talk = self._open[opening.key] = Conversation(a, b, opening.row, self._rows, self.domains)
        if (
            self.handshakes is not None
            and (greeted := self.handshakes.give_back(opening.key, opening.opened)) is not None
        ):
            talk.greeted(*greeted)
            return talk
        known = opening.known
        for side, shift, seq in ((0, 0, opening.isn_a), (1, FROM_B, opening.isn_b)) if known else ():
            opened = known & ((SAW_SYN | SAW_SYN_ACK) << shift)
            # Where data went by before anybody listened, the sequence number of the opening is of no use any more.
            if opened and not known & (SAW_DATA << shift) and seq != NO_SEQ:
                talk.opens(side, seq, answers=not known & (SAW_SYN << shift))
            elif opened:
                talk.opener = CLIENT_A if (side == 0) == bool(known & (SAW_SYN << shift)) else CLIENT_B
        return talk

    def _leave(self, opening: "_Opening", talk: Conversation, table: FlowTable) -> None:
        if talk.client != UNKNOWN:
            table.columns["client"][opening.slot] = talk.client
        if talk.service:
            table.columns["service"][opening.slot] = talk.service
        if talk.dead:
            table.columns["watched"][opening.slot] = _IGNORED
            self._open.pop(opening.key, None)
            talk.close()
            return
        self._bytes += talk.weight()
        while self._open and (len(self._open) > self._most or self._bytes > self._most_bytes):
            _, oldest = self._open.popitem(last=False)
            self._bytes -= oldest.weight()
            oldest.close()


class _Opening(NamedTuple):
    """A flow that is read: its place in the table, what was known of it before, and its ends. `opened`: the packet that
    opened the ports, where that was seen in an earlier piece of the file; else 0."""

    key: int
    slot: int
    known: int
    a_hi: int
    a_lo: int
    a_port: int
    b_hi: int
    b_lo: int
    b_port: int
    isn_a: int
    isn_b: int
    row: int
    opened: int
