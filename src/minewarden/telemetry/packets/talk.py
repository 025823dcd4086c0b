"""Which packets are worth reading one by one, and the conversations they belong to, bounded in number and in bytes."""

from collections import OrderedDict

import numpy as np

from minewarden.telemetry.packets import starts
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
from minewarden.telemetry.packets.layers import ACK, SYN, UDP, Segments
from minewarden.telemetry.packets.rows import CLIENT_A, CLIENT_B, SERVICES, UNKNOWN, Rows, address

MOST_CONVERSATIONS = 16_384
MOST_BYTES = 64 * 1024 * 1024

_IGNORED, _NEW, _WATCHED = 2, 0, 1
_DNS = SERVICES.index("dns")
_TCP_HEADER = 20


class Talk:
    """Reads what the flows of a capture say."""

    def __init__(self, rows: Rows, most: int = MOST_CONVERSATIONS, most_bytes: int = MOST_BYTES) -> None:
        self._rows = rows
        self._most, self._most_bytes = most, most_bytes
        self._open: OrderedDict[int, Conversation] = OrderedDict()
        self._bytes = 0
        self._domains = DomainLog(rows)
        self.cut_segments = 0

    def follow(self, segments: Segments, grouped: Grouped, table: FlowTable) -> None:
        """Read the packets of a piece of the file."""
        if not len(segments):
            return
        self._ask_domains(segments, grouped, table)
        kinds = starts.start_kinds(segments)[grouped.order]
        watched = table.columns["watched"]
        wanted = np.maximum.reduceat(kinds, grouped.begin) > 0
        state = watched[grouped.slot]
        wanted = (wanted | (state == _WATCHED)) & (state != _IGNORED)
        watched[grouped.slot[wanted & (state == _NEW)]] = _WATCHED
        count = np.diff(np.append(grouped.begin, len(grouped.order)))
        flow = np.repeat(np.arange(len(count)), count)
        order = grouped.order
        useful = (segments.kept[order] > 0) | ((segments.flags[order] & SYN) > 0)
        picked = np.flatnonzero(wanted[flow] & useful & (segments.proto[order] != UDP))
        if picked.size:
            self._read(segments, grouped, table, picked, flow[picked], kinds[picked])

    def expire(self, now: int) -> None:
        """Give up what has waited too long."""
        self._domains.expire(now)

    def close(self) -> None:
        """The capture is at its end."""
        while self._open:
            self._end(*self._open.popitem(last=False))
        self._domains.expire(None)

    def _ask_domains(self, segments: Segments, grouped: Grouped, table: FlowTable) -> None:
        asks = (segments.sport == 53) | (segments.dport == 53)
        which = np.flatnonzero(asks & (segments.proto == UDP) & (segments.kept > 12))
        if not which.size:
            return
        first = grouped.order[grouped.begin]
        table.columns["service"][grouped.slot[asks[first]]] = _DNS
        data, message = segments.data, self._domains.message
        names: dict[tuple[int, int], str] = {}

        def named(high: int, low: int) -> str:
            name = names.get((high, low))
            if name is None:
                name = names[high, low] = address(high, low)
            return name

        columns = [column[which].tolist() for column in (
            segments.src_hi, segments.src_lo, segments.sport, segments.dst_hi, segments.dst_lo, segments.dport,
            segments.payload, segments.kept, segments.ts, segments.row,
        )]  # fmt: skip
        for src_hi, src_lo, sport, dst_hi, dst_lo, dport, at, kept, ts, row in zip(*columns, strict=True):
            sender, receiver = End(named(src_hi, src_lo), sport), End(named(dst_hi, dst_lo), dport)
            message(data[at : at + kept], sender, receiver, ts, row)

    def _read(
        self, segments: Segments, grouped: Grouped, table: FlowTable, picked: Ints, flow: Ints, kinds: Bytes
    ) -> None:
        which = grouped.order[picked]
        columns = [column.tolist() for column in (
            flow, grouped.from_b[which].astype(np.int64), segments.flags[which], segments.seq[which],
            segments.payload[which], segments.kept[which], segments.length[which], segments.ts[which],
            segments.row[which], kinds,
        )]  # fmt: skip
        data = segments.data
        current, key, talk = -1, 0, None
        for of, side, flags, seq, at, kept, length, ts, row, kind in zip(*columns, strict=True):
            if of != current:
                if talk is not None:
                    self._leave(key, talk, grouped, table, current)
                current, key = of, int(grouped.key[of])
                talk = self._enter(key, grouped, table, of, row)
            if talk is None:
                continue
            if flags & SYN:
                if not talk.opens(side, seq, answers=flags & ACK > 0):
                    talk.close()
                    talk = self._open[key] = Conversation(*talk.ends, row, self._rows, self._domains)
                    talk.opens(side, seq, answers=flags & ACK > 0)
                # Data in the SYN itself (TCP Fast Open) starts one number later.
                seq = (seq + 1) & 0xFFFFFFFF
            if kept and talk.ready(side, seq, kind):
                lost = length - kept
                self.cut_segments += lost > 0
                talk.segment(side, seq, data[at : at + kept], ts, row, lost)
        if talk is not None:
            self._leave(key, talk, grouped, table, current)

    def _enter(self, key: int, grouped: Grouped, table: FlowTable, flow: int, row: int) -> Conversation:
        talk = self._open.get(key)
        if talk is not None:
            self._open.move_to_end(key)
            self._bytes -= talk.weight
            return talk
        slot = int(grouped.slot[flow])
        columns = {name: int(values[slot]) for name, values in table.columns.items()}
        a = End(address(columns["a_hi"], columns["a_lo"]), columns["a_port"])
        b = End(address(columns["b_hi"], columns["b_lo"]), columns["b_port"])
        talk = self._open[key] = Conversation(a, b, min(columns["row"], row), self._rows, self._domains)
        known = int(grouped.known[flow])
        for side, shift, column in ((0, 0, "isn_a"), (1, FROM_B, "isn_b")):
            # Where data went by before anybody listened, the sequence number of the opening is of no use any more.
            opened = known & ((SAW_SYN | SAW_SYN_ACK) << shift)
            if opened and not known & (SAW_DATA << shift) and columns[column] != NO_SEQ:
                talk.opens(side, columns[column], answers=not known & (SAW_SYN << shift))
            elif opened:
                talk.opener = CLIENT_A if (side == 0) == bool(known & (SAW_SYN << shift)) else CLIENT_B
        return talk

    def _leave(self, key: int, talk: Conversation, grouped: Grouped, table: FlowTable, flow: int) -> None:
        slot = grouped.slot[flow]
        if talk.client != UNKNOWN:
            table.columns["client"][slot] = talk.client
        if talk.service:
            table.columns["service"][slot] = talk.service
        if talk.dead:
            table.columns["watched"][slot] = _IGNORED
            self._open.pop(key, None)
            talk.close()
            return
        self._bytes += talk.weight
        while self._open and (len(self._open) > self._most or self._bytes > self._most_bytes):
            oldest, other = self._open.popitem(last=False)
            self._bytes -= other.weight
            self._end(oldest, other)
            if other is talk:
                break

    def _end(self, key: int, talk: Conversation) -> None:
        talk.close()
