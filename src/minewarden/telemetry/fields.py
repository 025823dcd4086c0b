"""The fields of a block of records, converted column by column; a record with a damaged field is a reject.

A reader asks for each field in turn and then for the rows: those in which every field was good come as batches, the
others as rejects with their line, its text, and the first field that was wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.columns import Column, addresses, batch, names
from minewarden.telemetry.lines import Block, kept
from minewarden.telemetry.reader import Batch, Reject, Source
from minewarden.telemetry.times import at_zone, bounded, cast_or_null, from_iso, from_seconds, span_from_seconds
from minewarden.vocab.errors import ZoneNeeded
from minewarden.vocab.message import Message, message

_MOST_ROWS = 100_000
_WHOLE = r"^-?\d{1,18}$"
_SHOWN = 80
_NEWLINE = ord("\n")


@dataclass(slots=True)
class Fault:
    """Where a column could not be read, and what it held."""

    column: str
    where: pa.Array
    held: pa.Array


class Text:
    """The lines of a block by number, and what can be told of all of them at once."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self._bytes = np.frombuffer(block.data, np.uint8)

    @cached_property
    def _ends(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.flatnonzero(self._bytes == _NEWLINE)

    def __len__(self) -> int:
        return len(self._ends)

    def line(self, number: int) -> bytes:
        """The kept part of a line."""
        index = number - self.block.first_line
        start = int(self._ends[index - 1]) + 1 if index else 0
        return kept(self.block.data[start : int(self._ends[index])])

    def begin_with(self, byte: bytes) -> int:
        """How many lines begin with a byte; a newline counts the empty ones."""
        first = self._bytes[self._ends[:-1] + 1]
        return int(np.count_nonzero(first == ord(byte))) + self.block.data.startswith(byte)

    def end_with(self, byte: bytes) -> int:
        """How many lines that are not empty end with a byte."""
        ends = self._ends[1:] if self.block.data.startswith(b"\n") else self._ends
        return int(np.count_nonzero(self._bytes[ends - 1] == ord(byte)))


def _kernel() -> ModuleType:
    """Loaded by who has compiled functions already, and not above, for most files are small."""
    from minewarden.telemetry import cells_kernel

    return cells_kernel


@dataclass(slots=True)
class Fields:
    """Records of one form: `table` has their columns as texts or typed, `lines` their line numbers. `compiled`:
    compiled functions have read them, and may look at them further."""

    source: Source
    table: pa.Table
    lines: pa.Array
    text: Text
    compiled: bool = False
    _faults: list[Fault] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def where(self, mask: pa.Array) -> "Fields":
        """The records of the mask, with nothing found wrong in them so far."""
        table, lines = self.table, self.lines
        if mask.true_count < len(lines):
            table, lines = table.filter(mask), lines.filter(mask)
        return Fields(self.source, table, lines, self.text, self.compiled)

    def column(self, name: str) -> pa.Array:
        """A column as it is; nulls where the records do not have it. `a.b` reaches into a nested one."""
        if name in self.table.column_names:
            return self._flat(self.table.column(name))
        first, _, rest = name.partition(".")
        if rest and first in self.table.column_names:
            values = self._flat(self.table.column(first))
            if pa.types.is_struct(values.type) and values.type.get_field_index(rest) >= 0:
                return pc.struct_field(values, rest)
        return pa.nulls(len(self.lines), pa.string())

    def texts(self, name: str) -> pa.Array:
        """A column of texts."""
        values = self.column(name)
        return values if pa.types.is_string(values.type) else values.cast(pa.string())

    def add(self, name: str, values: pa.Array) -> None:
        """Put a column in, in the place of one that had its name."""
        if name in self.table.column_names:
            self.table = self.table.set_column(self.table.column_names.index(name), name, values)
        else:
            self.table = self.table.append_column(name, values)

    def split(self, name: str, separator: str) -> None:
        """Make a column of lists out of one of texts."""
        self.add(name, pc.split_pattern(self.column(name), separator))

    def respell(self, spell: Callable[[pa.Array], pa.Array]) -> None:
        """Pass every column of texts through `spell`, which gives a column back that it leaves alone."""
        for index, column in enumerate(self.table.column_names):
            values = self._flat(self.table.column(column))
            if pa.types.is_string(values.type) and (changed := spell(values)) is not values:
                self.table = self.table.set_column(index, column, changed)

    def refused(self, reason: Message) -> Iterator[Reject]:
        """All of these records as rejects, for one reason."""
        for line in self.lines.to_pylist():
            yield Reject(line, reason, self.text.line(line))

    def need(self, name: str, values: pa.Array) -> pa.Array:
        """Say that a field must be there: where `values` is null the record is rejected."""
        return self._judge(name, values, pc.is_null(values)) if values.null_count else values

    def seconds(self, name: str) -> pa.Array:
        """Times as seconds since 1970, or as ISO 8601 with or without a zone; all must be there."""
        held = self.column(name)
        values = self._counted(held, from_seconds)
        if values.null_count and pa.types.is_string(held.type) and self._looks_iso(held):
            return self.instants(name)
        return self.need(name, values)

    def instants(self, name: str) -> pa.Array:
        """ISO 8601 times, which must be there. Raises ZoneNeeded for one without a zone where none is declared."""
        values, zoned = from_iso(self.texts(name))
        local = pc.and_(pc.is_valid(values), pc.invert(zoned))
        if pc.any(local).as_py():
            zone = self.source.clock.zone
            if zone is None:
                raise ZoneNeeded(self.source.name, self.lines[pc.index(local, True).as_py()].as_py())
            values = bounded(pc.if_else(local, at_zone(values, zone), values))
        return self.need(name, values)

    def span(self, name: str) -> pa.Array:
        """A length of time in seconds, as microseconds; null where there is none."""
        held = self.column(name)
        return self._optional(name, held, self._counted(held, span_from_seconds))

    def address(self, name: str, required: bool = True) -> pa.Array:
        """An IP address in its one spelling."""
        held = self.texts(name)
        values = held if self.compiled and _kernel().plain_addresses(held) else addresses(held)
        return self.need(name, values) if required else self._optional(name, held, values)

    def name(self, name: str, required: bool = False) -> pa.Array:
        """A host name in its one spelling."""
        held = self.texts(name)
        values = held if self.compiled and _kernel().plain_names(held) else names(held)
        return self.need(name, values) if required else values

    def number(self, name: str, least: int = 0, most: int = 2**63 - 1) -> pa.Array:
        """A whole number; null where there is none, a fault where it is something else or out of bounds."""
        held = self.column(name)
        values = cast_or_null(held, pa.int64(), _WHOLE) if pa.types.is_string(held.type) else held
        bounds = pc.min_max(values)
        if bounds["min"].is_valid and not least <= bounds["min"].as_py() <= bounds["max"].as_py() <= most:
            fits = pc.and_(pc.greater_equal(values, least), pc.less_equal(values, most))
            values = pc.if_else(fits, values, None)
        return self._optional(name, held, values)

    def port(self, name: str) -> pa.Array:
        """A port, 0 to 65535."""
        return self.number(name, 0, 65535).cast(pa.int32())

    def rows(self, table: str, columns: Mapping[str, Column | None]) -> Iterator[Batch | Reject]:
        """The good records as batches of `table`, the others as rejects."""
        lines = self.lines
        if self._faults:
            bad = self._faults[0].where
            for fault in self._faults[1:]:
                bad = pc.or_(bad, fault.where)
            yield from self._rejects(bad)
            good = pc.invert(bad)
            lines = lines.filter(good)
            columns = {key: values.filter(good) for key, values in columns.items() if values is not None}
        if not len(lines):
            return
        made = batch(table, columns, source=self.source, rows=lines)
        for start in range(0, len(lines), _MOST_ROWS):
            yield Batch(table, made.rows.slice(start, _MOST_ROWS))

    def _counted(self, held: pa.Array, slowly: Callable[[pa.Array], pa.Array]) -> pa.Array:
        """Seconds as microseconds: by a compiled function where that can do it."""
        plain = self.compiled and pa.types.is_float64(held.type)
        made = _kernel().microseconds(held) if plain else None
        return slowly(held) if made is None else made

    def _rejects(self, bad: pa.Array) -> Iterator[Reject]:
        for index in pc.indices_nonzero(bad).to_pylist():
            fault = next(fault for fault in self._faults if fault.where[index].as_py())
            held, line = fault.held[index].as_py(), self.lines[index].as_py()
            if held is None:
                reason = message("input.field_missing", column=fault.column)
            else:
                reason = message("input.field_unreadable", column=fault.column, value=str(held)[:_SHOWN])
            yield Reject(line, reason, self.text.line(line))

    def _optional(self, name: str, held: pa.Array, values: pa.Array) -> pa.Array:
        if values.null_count == held.null_count:
            return values
        return self._judge(name, values, pc.and_(pc.is_null(values), pc.is_valid(held)))

    def _judge(self, name: str, values: pa.Array, wrong: pa.Array) -> pa.Array:
        if wrong.true_count:
            self._faults.append(Fault(name, wrong, self.column(name)))
        return values

    @staticmethod
    def _flat(values: Column) -> pa.Array:
        if not isinstance(values, pa.ChunkedArray):
            return values
        # Putting a single chunk together would copy it.
        return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()

    @staticmethod
    def _looks_iso(held: pa.Array) -> bool:
        return bool(pc.any(pc.match_substring_regex(held, r"^\d{4}-\d\d-\d\d")).as_py())
