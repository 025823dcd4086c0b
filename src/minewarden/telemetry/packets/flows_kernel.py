"""Compiled: the table of flows as one row of numbers per flow, found by its key and updated packet by packet.

Its counterpart is `flows.FlowTable`, whose columns it keeps as views of its rows.
"""

import numpy as np
from numpy.typing import NDArray

from minewarden.telemetry.packets.compiled import compiled
from minewarden.telemetry.packets.flows import (
    COLUMNS,
    FROM_B,
    NO_SEQ,
    SAW_ACK,
    SAW_DATA,
    SAW_FIN,
    SAW_RST,
    SAW_SYN,
    SAW_SYN_ACK,
    FlowTable,
    Grouped,
)
from minewarden.telemetry.packets.frames import FRAMES_AT_ONCE, Ints
from minewarden.telemetry.packets.layers import ACK, FIN, RST, SYN, TCP, Segments, Words

_FLOW = np.dtype([("key", np.uint64), ("group", np.int64), *COLUMNS.items()], align=True)
_LEAST_COLUMNS = 4096
_COUNTED = ("row", "ts", "proto", "sport", "dport", "flags", "seq", "size", "length")
_LEAST_INDEX = 1 << 14


@compiled
def _mixed(word):  # type: ignore[no-untyped-def]
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled
def _place(index, flows, key):  # type: ignore[no-untyped-def]
    """Where in the index a key stands, or would stand."""
    mask = np.uint64(len(index) - 1)
    at = key & mask
    while index[at] >= 0 and flows[index[at]].key != key:
        at = (at + np.uint64(1)) & mask
    return at


@compiled
def _indexed(index, flows, slots):  # type: ignore[no-untyped-def]
    for slot in slots:
        index[_place(index, flows, flows[slot].key)] = slot


@compiled
def _begin(flow, key, packet, ends, sport, dport, from_b):  # type: ignore[no-untyped-def]
    row, ts, proto = packet
    src_hi, src_lo, dst_hi, dst_lo = ends
    flow.key, flow.row, flow.proto = key, row, proto
    if from_b:
        flow.a_hi, flow.a_lo, flow.b_hi, flow.b_lo = dst_hi, dst_lo, src_hi, src_lo
        flow.a_port, flow.b_port = dport, sport
    else:
        flow.a_hi, flow.a_lo, flow.b_hi, flow.b_lo = src_hi, src_lo, dst_hi, dst_lo
        flow.a_port, flow.b_port = sport, dport
    flow.first = flow.last = ts
    flow.bytes_a = flow.bytes_b = flow.packets_a = flow.packets_b = 0
    flow.isn_a = flow.isn_b = NO_SEQ
    flow.flags = 0
    flow.first_from_b = from_b
    flow.client = flow.service = flow.watched = 0


@compiled
def _count(flow, turn, ts, size, flags, seq, from_b):  # type: ignore[no-untyped-def]
    flow.first, flow.last, flow.seen = min(flow.first, ts), max(flow.last, ts), turn
    flow.flags |= flags << FROM_B if from_b else flags
    opening = flags & (SAW_SYN | SAW_SYN_ACK)
    if from_b:
        flow.bytes_b += size
        flow.packets_b += 1
        flow.isn_b = seq if opening else flow.isn_b
    else:
        flow.bytes_a += size
        flow.packets_a += 1
        flow.isn_a = seq if opening else flow.isn_a


@compiled
def _update(columns, words, salt, turn, index, flows, free, live, grouped, closed):  # type: ignore[no-untyped-def]
    """Count the packets of a piece. Returns how many groups there are, how many free places were taken, and how many
    rows were closed."""
    rows, times, protos, sports, dports, all_flags, seqs, sizes, lengths = columns
    src_his, src_los, dst_his, dst_los = words
    group_of, begin, slots, keys, known, from_bs, isns, previous = grouped
    groups = taken = ended = 0
    for number in range(len(rows)):
        src_hi, src_lo, dst_hi, dst_lo = src_his[number], src_los[number], dst_his[number], dst_los[number]
        sport, dport, proto, seq = sports[number], dports[number], protos[number], seqs[number]
        from_b = src_hi > dst_hi or (src_hi == dst_hi and (src_lo > dst_lo or (src_lo == dst_lo and sport > dport)))
        ports = dport << 16 | sport if from_b else sport << 16 | dport
        key = _mixed(np.uint64(ports << 8 | proto) ^ salt)
        key = _mixed(key ^ (dst_lo if from_b else src_lo))
        key = _mixed(key ^ (src_lo if from_b else dst_lo))
        if src_hi | dst_hi:
            key = _mixed(key ^ (dst_hi if from_b else src_hi))
            key = _mixed(key ^ (src_hi if from_b else dst_hi))
        flags, tcp_flags = 0, all_flags[number]
        if tcp_flags & SYN:
            flags = SAW_SYN_ACK if tcp_flags & ACK else SAW_SYN
        elif proto == TCP and tcp_flags & ACK:
            flags = SAW_ACK
        if lengths[number] > 0:
            flags |= SAW_DATA
        if tcp_flags & (FIN | RST):
            flags |= (SAW_FIN if tcp_flags & FIN else 0) | (SAW_RST if tcp_flags & RST else 0)
        packet = (rows[number], times[number], proto)
        ends = (src_hi, src_lo, dst_hi, dst_lo)
        place = _place(index, flows, key)
        slot = index[place]
        fresh = slot < 0
        if fresh:
            slot = free[taken]
            taken += 1
            index[place] = slot
            live[slot] = True
            _begin(flows[slot], key, packet, ends, sport, dport, from_b)
            flows[slot].seen = turn - 1
        flow = flows[slot]
        if flow.seen != turn:
            group = groups
            groups += 1
            flow.group = group
            slots[group], keys[group] = slot, key
            known[group] = 0 if fresh else flow.flags
            begin[group] = 0
            isns[group, 0], isns[group, 1] = flow.isn_a, flow.isn_b
            previous[group] = NO_SEQ
            first = True
        else:
            group = flow.group
            first = False
        if flags & SAW_SYN:
            earlier = previous[group] if previous[group] != NO_SEQ else isns[group, 1 if from_b else 0]
            previous[group] = seq
            if earlier != NO_SEQ and earlier != seq:
                closed[ended] = flow
                ended += 1
                _begin(flow, key, packet, ends, sport, dport, from_b)
                if first:
                    known[group] = 0
        _count(flow, turn, times[number], sizes[number], flags, seq, from_b)
        group_of[number] = group
        from_bs[number] = from_b
        begin[group] += 1
    return groups, taken, ended


@compiled
def _sorted(group_of, begin, order):  # type: ignore[no-untyped-def]
    """Turn counts into places, and put the packets in the order of their groups."""
    place = 0
    for group in range(len(begin)):
        count = begin[group]
        begin[group] = place
        place += count
    filled = begin.copy()
    for number in range(len(group_of)):
        group = group_of[number]
        order[filled[group]] = number
        filled[group] += 1


class CompiledFlowTable(FlowTable):
    """A table of flows that goes on where another one stands."""

    def __init__(self, other: FlowTable) -> None:
        super().__init__(other.most)
        self._salt, self._closed, self._round = other._salt, other._closed, other._round
        self._crowd = other._crowd
        # Memory that nothing was written to costs nothing, so that the whole table is laid out at once.
        self._flows = np.zeros(other.most + FRAMES_AT_ONCE, _FLOW)
        self._live = np.zeros(len(self._flows), np.bool_)
        size = len(other.columns["row"])
        for name, values in other.columns.items():
            self._flows[name][:size] = values
        self._flows["key"][other._slots] = other._keys
        self._live[other._slots] = True
        self._count = len(other)
        self._free, self._laid = other._free, size
        self._index: NDArray[np.int32] = np.zeros(0, np.int32)
        self._shown = 0
        self._show(max(size, 1))
        self._reindex(self._count)

    def __len__(self) -> int:
        return self._count

    def update(self, segments: Segments) -> Grouped:
        """Count the packets and say which flow each belongs to."""
        self._round += 1
        count = len(segments)
        if (self._count + count) * 2 > len(self._index):
            self._reindex(self._count + count)
        if (missing := count - len(self._free)) > 0:
            more = min(max(missing, _LEAST_COLUMNS), len(self._flows) - self._laid)
            self._free = np.concatenate((self._free, np.arange(self._laid, self._laid + more)))
            self._laid += more
        group_of, begin, slots = (np.empty(count, np.int64) for _ in range(3))
        keys, known, from_b = np.empty(count, np.uint64), np.empty(count, np.int64), np.empty(count, np.bool_)
        isns, previous = np.empty((count, 2), np.int64), np.empty(count, np.int64)
        closed = np.empty(int(np.count_nonzero(segments.flags & SYN)), _FLOW)
        groups, taken, ended = _update(
            tuple(getattr(segments, name) for name in _COUNTED),
            (segments.src_hi, segments.src_lo, segments.dst_hi, segments.dst_lo),
            *(self._salt, self._round, self._index, self._flows, self._free, self._live),
            (group_of, begin, slots, keys, known, from_b, isns, previous),
            closed,
        )
        self._count += taken
        if taken:
            self._show(int(self._free[:taken].max()) + 1)
            self._free = self._free[taken:]
        if ended:
            self._closed.append({name: closed[name][:ended].copy() for name in COLUMNS})
        order = np.empty(count, np.int64)
        _sorted(group_of, begin[:groups], order)
        return Grouped(order, begin[:groups], slots[:groups], keys[:groups], known[:groups], from_b)

    def _open(self) -> Ints:
        return np.flatnonzero(self._live)

    def _drop(self, slots: Ints) -> Words:
        self._closed.append({name: values[slots] for name, values in self.columns.items()})
        self._live[slots] = False
        self._count -= len(slots)
        self._free = np.concatenate((slots, self._free))
        self._reindex(self._count)
        keys: Words = self._flows["key"][slots]
        return keys

    def _forget(self) -> None:
        self._live[:] = False
        self._count = 0
        self._index = np.zeros(0, np.int32)

    def _show(self, size: int) -> None:
        """Let the columns reach over so many places at least."""
        if size > self._shown:
            self._shown = min(len(self._flows), max(size, _LEAST_COLUMNS, self._shown + self._shown // 2))
            self.columns = {name: self._flows[name][: self._shown] for name in COLUMNS}

    def _reindex(self, count: int) -> None:
        size = _LEAST_INDEX
        while size < count * 3:
            size *= 2
        self._index = np.full(size, -1, np.int32)
        _indexed(self._index, self._flows, self._open())
