"""How connections look from outside: sizes, directions and pauses of what they send, for all packets at once.

Of each direction the first segments are kept one by one, afterwards what follows a pause, as one message. Rows wait
until their connection has lasted long enough to matter; those of short ones, and of text that is read anyway, go.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from minewarden.telemetry.packets.flows import Columns, FlowTable, Grouped
from minewarden.telemetry.packets.frames import Ints
from minewarden.telemetry.packets.layers import TCP, Segments
from minewarden.telemetry.packets.rows import ROWS_AT_ONCE, SERVICES, addresses, client_is_b
from minewarden.telemetry.reader import Batch
from minewarden.telemetry.schema import TABLES

FULL_DETAIL = 24
PAUSE_US = 50_000
MOST_PER_SIDE = 4_000
LEAST_US = 20_000_000
MOST_HELD = 1 << 18
BULK_RATE, BULK_START = 20, 256
"""A connection that has sent more than so many segments, and more than so many a second since, carries bulk: it is no
push of small messages, and its packets are not looked at any more."""

HEAD_LENGTH = 64
_MOST_HEADS = 1 << 14
KINDS = ("raw", "ccs", "alert", "handshake", "appdata")
_TEXTS = np.isin(np.arange(256), [SERVICES.index(name) for name in ("json", "http", "websocket", "dns")])
_LIFT = 33
_CLIENT_COLUMNS = ("flags", "a_port", "b_port", "client", "first_from_b")


@dataclass(slots=True)
class _Held:
    """Rows as columns. `side` 1: sent by the end b of its flow."""

    slot: Ints
    stream: Ints
    side: Ints
    ts: Ints
    row: Ints
    number: Ints
    length: Ints
    kind: Ints

    def __len__(self) -> int:
        return len(self.slot)

    def where(self, which: NDArray[Any]) -> "_Held":
        return _Held(*(getattr(self, field.name)[which] for field in fields(self)))


def _joined(parts: list[_Held]) -> _Held:
    return _Held(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_Held)))


@dataclass(slots=True)
class _Memory:
    """What is remembered of each direction, by slot of the table of flows."""

    following: NDArray[np.uint32]
    last: Ints
    segments: NDArray[np.uint32]
    written: NDArray[np.uint16]

    @classmethod
    def empty(cls, size: int) -> "_Memory":
        counts = np.zeros(size, np.uint32)
        return cls(counts, np.zeros(size, np.int64), counts.copy(), np.zeros(size, np.uint16))

    def grown(self, size: int) -> "_Memory":
        more = _Memory.empty(size - len(self.last))
        return _Memory(*(np.concatenate((getattr(self, f.name), getattr(more, f.name))) for f in fields(self)))

    def forget(self, slots: Ints) -> None:
        self.segments[slots] = 0
        self.written[slots] = 0


class Shapes:
    """Rows of the table `record`, in bounded memory."""

    def __init__(self, origin: int, shift_us: int, most_held: int = MOST_HELD) -> None:
        self._origin, self._shift, self._most = origin, shift_us, most_held
        self._sides = (_Memory.empty(0), _Memory.empty(0))
        self._stream = np.zeros(0, np.int64)
        self._bulk = np.zeros(0, np.bool_)
        self._held: list[_Held] = []
        self._fresh = self._settled = 0
        self._heads: dict[int, bytes] = {}

    def follow(self, segments: Segments, grouped: Grouped, table: FlowTable) -> None:
        """Look at the packets of a piece of the file, after the table and the readers of text have."""
        self._know(grouped.slot, table)
        wanted = ~self._bulk[grouped.slot] & ~_TEXTS[table.columns["service"][grouped.slot]]
        count = np.diff(np.append(grouped.begin, len(grouped.order)))
        order, slot = grouped.order[np.repeat(wanted, count)], np.repeat(grouped.slot[wanted], count[wanted])
        full = np.flatnonzero((segments.length[order] > 0) & (segments.proto[order] == TCP))
        order, slot = order[full], slot[full]
        # Of a port that was opened again within this piece only the last connection is looked at.
        mine = segments.row[order] >= self._stream[slot]
        from_b = grouped.from_b[order]
        for side, memory in enumerate(self._sides):
            picked = np.flatnonzero(mine & (from_b == bool(side)))
            if picked.size:
                self._look(segments, order[picked], slot[picked], side, memory)
        self._leave_bulk(grouped.slot, table)

    def take(self, table: FlowTable, *, final: bool = False) -> Iterator[Batch]:
        """Give out the rows of connections that have lasted long enough."""
        # Looking through all that wait costs their number: it is done when as much again has come.
        if not self._held or not (final or self._fresh > max(ROWS_AT_ONCE, self._settled)):
            return
        held = _joined(self._held)
        columns = table.columns
        there = (columns["row"][held.slot] == held.stream) & ~_TEXTS[columns["service"][held.slot]]
        lasted = columns["last"][held.slot] - columns["first"][held.slot] >= LEAST_US
        ready, rest = held.where(there & lasted), held.where(there & ~lasted)
        if len(rest) > self._most:
            rest = rest.where(np.sort(np.argsort(rest.row)[-self._most // 2 :]))
        self._held, self._fresh, self._settled = [rest], 0, len(rest)
        yield from self._batches(ready.where(np.argsort(ready.row, kind="stable")), columns)

    def _know(self, slots: Ints, table: FlowTable) -> None:
        """Make room for the flows, and forget what was known of the ones that had their slots before."""
        size = len(table.columns["row"])
        if size > len(self._stream):
            more = size - len(self._stream)
            self._sides = (self._sides[0].grown(size), self._sides[1].grown(size))
            self._stream = np.concatenate((self._stream, np.full(more, -1, np.int64)))
            self._bulk = np.concatenate((self._bulk, np.zeros(more, np.bool_)))
        stream = table.columns["row"][slots]
        other = slots[self._stream[slots] != stream]
        for memory in self._sides:
            memory.forget(other)
        self._bulk[other] = False
        self._stream[slots] = stream

    def _leave_bulk(self, slots: Ints, table: FlowTable) -> None:
        sent = self._sides[0].segments[slots].astype(np.int64) + self._sides[1].segments[slots]
        seconds = (table.columns["last"][slots] - table.columns["first"][slots]) // 1_000_000
        self._bulk[slots[sent > BULK_START + BULK_RATE * seconds]] = True

    def _look(self, segments: Segments, at: Ints, slot: Ints, side: int, memory: _Memory) -> None:
        """The data that one end of each flow sent: `at` are packets, ordered by flow, `slot` their flows'."""
        new = _unseen(segments.seq[at], segments.length[at], slot, memory)
        at, slot = at[new], slot[new]
        if not at.size:
            return
        ts, length = segments.ts[at], segments.length[at]
        first, begin, group = _groups(slot)
        mine = slot[begin]
        rank = np.arange(len(at)) - begin[group] + memory.segments[mine][group]
        before = np.concatenate(([0], ts[:-1]))
        before[begin] = np.where(memory.segments[mine] > 0, memory.last[mine], -(1 << 62))
        chosen = (rank < FULL_DETAIL) | (ts - before >= PAUSE_US)
        end = np.append(begin[1:], len(at)) - 1
        memory.last[mine] = ts[end]
        memory.segments[mine] = rank[end] + 1
        cut = np.flatnonzero(chosen | first)
        total = np.add.reduceat(length, cut)[chosen[cut]]
        kept = np.flatnonzero(chosen)
        self._hold(segments, at[kept], slot[kept], side, total, memory)

    def _hold(self, segments: Segments, at: Ints, slot: Ints, side: int, length: Ints, memory: _Memory) -> None:
        if not at.size:
            return
        _, begin, group = _groups(slot)
        mine = slot[begin]
        number = np.arange(len(at)) - begin[group] + memory.written[mine][group].astype(np.int64)
        memory.written[mine] = np.minimum(number[np.append(begin[1:], len(at)) - 1] + 1, MOST_PER_SIDE)
        few = number < MOST_PER_SIDE
        at, slot, length, number = at[few], slot[few], length[few], number[few]
        kind = _kinds(segments, at)
        self._keep_heads(segments, at[(number == 0) & (length == HEAD_LENGTH) & (kind == 0)])
        sides = np.full(len(at), side)
        rows = _Held(slot, self._stream[slot], sides, segments.ts[at], segments.row[at], number, length, kind)
        self._held.append(rows)
        self._fresh += len(rows)

    def _keep_heads(self, segments: Segments, at: Ints) -> None:
        for packet in at[segments.kept[at] == HEAD_LENGTH].tolist():
            if len(self._heads) >= _MOST_HEADS:
                del self._heads[next(iter(self._heads))]
            start = int(segments.payload[packet])
            self._heads[int(segments.row[packet])] = bytes(segments.data[start : start + HEAD_LENGTH])

    def _batches(self, rows: _Held, columns: Columns) -> Iterator[Batch]:
        every = np.arange(len(rows))
        for start in range(0, len(rows), ROWS_AT_ONCE):
            yield Batch("record", self._batch(rows.where(every[start : start + ROWS_AT_ONCE]), columns))

    def _batch(self, rows: _Held, columns: Columns) -> pa.RecordBatch:
        from_b = client_is_b({name: columns[name][rows.slot] for name in _CLIENT_COLUMNS})

        def end(b: NDArray[np.bool_], what: str) -> NDArray[Any]:
            return np.where(b, columns["b_" + what][rows.slot], columns["a_" + what][rows.slot])

        heads = [self._heads.pop(row, None) if n == 0 else None for row, n in zip(rows.row, rows.number, strict=True)]
        values = {
            "ts": rows.ts - self._shift,
            "src": addresses(end(from_b, "hi"), end(from_b, "lo")),
            "src_port": end(from_b, "port").astype(np.int32),
            "dst": addresses(end(~from_b, "hi"), end(~from_b, "lo")),
            "dst_port": end(~from_b, "port").astype(np.int32),
            "stream": rows.stream,
            "from_client": from_b == (rows.side == 1),
            "number": rows.number.astype(np.int32),
            "kind": pa.array(KINDS, pa.string()).take(pa.array(rows.kind)),
            "length": np.minimum(rows.length, 2**31 - 1).astype(np.int32),
            "head": heads,
            "origin": np.full(len(rows), self._origin, np.int32),
            "row": rows.row,
        }
        schema = TABLES["record"]
        return pa.RecordBatch.from_arrays([pa.array(values[field.name], field.type) for field in schema], schema=schema)


def _groups(slot: Ints) -> tuple[NDArray[np.bool_], Ints, Ints]:
    """Runs of one flow: whether a packet is the first of one, where they begin, and which one each belongs to."""
    first = np.empty(len(slot), np.bool_)
    first[:1] = True
    np.not_equal(slot[1:], slot[:-1], out=first[1:])
    return first, np.flatnonzero(first), np.cumsum(first) - 1


def _unseen(seq: Ints, length: Ints, slot: Ints, memory: _Memory) -> Ints:
    """Which segments bring something new; what was sent again, or probes whether the other end lives, does not.

    A segment that a later one overtook counts as sent again: sizes are for comparing, and this keeps them cheap.
    """
    _, begin, group = _groups(slot)
    mine = slot[begin]
    following = np.where(memory.segments[mine] > 0, memory.following[mine].astype(np.int64), seq[begin])
    lift = np.arange(len(begin)) << _LIFT
    ahead = (seq - following[group] + (1 << 31) & 0xFFFFFFFF) - (1 << 31) + length
    # Each flow's numbers stand above those of the one before it, so that one running maximum serves all.
    lifted = ahead + lift[group]
    highest = np.maximum.accumulate(np.maximum(lifted, lift[group]))
    before = np.concatenate(([0], highest[:-1]))
    before[begin] = lift
    reached = highest[np.append(begin[1:], len(slot)) - 1] - lift
    memory.following[mine] = (following + reached) & 0xFFFFFFFF
    return np.flatnonzero(lifted > before)


def _kinds(segments: Segments, at: Ints) -> Ints:
    """What the first two bytes look like: a record of TLS, or nothing known."""
    where = np.minimum(segments.payload[at], len(segments.bytes) - 2)
    first, second = segments.bytes[where], segments.bytes[where + 1]
    tls = (segments.kept[at] > 1) & (first >= 20) & (first <= 23) & (second == 3)
    return np.where(tls, first.astype(np.int64) - 19, 0)
