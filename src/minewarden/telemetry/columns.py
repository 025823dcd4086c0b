"""Rows of the lake's tables, from whole columns or one by one, with the spelling and the clock that readers share."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.reader import Batch, Source
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.net import canonical_ip, canonical_name

ROWS_PER_BATCH = 50_000
LAST_US = 253_402_300_800_000_000
"""No time from the year 10000 on: such a value is a damaged field, and a datetime could not show it."""

Column: TypeAlias = pa.Array | pa.ChunkedArray
_TIMES = ("ts", "until")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PLAIN_IPV4 = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}$"
_PLAIN_NAME = r"^[a-z0-9_](?:[a-z0-9_.\-]*[a-z0-9_])?$"
_BOUNDS = {pa.int32(): 2**31, pa.int64(): 2**63}
_KINDS: dict[pa.DataType, type] = {
    pa.int32(): int,
    pa.int64(): int,
    pa.string(): str,
    pa.bool_(): bool,
    pa.binary(): bytes,
    pa.list_(pa.string()): list,
}


def batch(table: str, columns: Mapping[str, Column | None], *, source: Source, rows: Column | range) -> Batch:
    """A batch of `table` from its columns, all of one length; missing columns become nulls.

    `rows` are the lines, from 1. `ts` and `until` come as the device wrote them, in microseconds; the clock's offset is
    taken away here. Raises KeyError for a column that the table lacks, pa.ArrowInvalid for values that it cannot hold.
    """
    schema = TABLES[table]
    if unknown := set(columns) - set(schema.names):
        raise KeyError(f"{table} has no column {sorted(unknown)[0]!r}")
    numbers = pa.array(rows, pa.int64()) if isinstance(rows, range) else _whole(rows).cast(pa.int64())
    length = len(numbers)
    made: list[pa.Array] = []
    for column in schema:
        values = columns.get(column.name)
        if column.name == "origin":
            made.append(pa.array(np.full(length, source.origin, np.int32)))
        elif column.name == "row":
            made.append(numbers)
        elif values is None:
            made.append(pa.nulls(length, column.type))
        else:
            values = _whole(values)
            if values.type != column.type:
                values = values.cast(column.type)
            if column.name in _TIMES and source.clock.shift_us:
                values = pc.subtract(values, pa.scalar(source.clock.shift_us, pa.int64()))
            made.append(values)
    return Batch(table, pa.RecordBatch.from_arrays(made, schema=schema))


def addresses(texts: Column) -> pa.Array:
    """Addresses in their one spelling; null where the text is none. Each distinct odd one is looked at once."""
    encoded = _whole(texts).dictionary_encode()
    distinct = encoded.dictionary
    plain = pc.match_substring_regex(distinct, _PLAIN_IPV4)
    return _respelled(encoded, distinct, plain, _address)


def names(texts: Column) -> pa.Array:
    """Host names in lower case without the final dot; what is none (and was asked for all the same) stays itself."""
    encoded = _whole(texts).dictionary_encode()
    distinct = pc.utf8_lower(pc.utf8_rtrim(encoded.dictionary, "."))
    plain = pc.match_substring_regex(distinct, _PLAIN_NAME)
    return _respelled(encoded, distinct, plain, name)


def name(text: str) -> str:
    """One host name as `names` spells it; `.` for the root."""
    try:
        return canonical_name(text)
    except ValueError:
        return text.strip().rstrip(".").lower() or "."


def all_alike(texts: pa.Array) -> bool:
    """Whether there are texts, none of them null, and all the same: then what stands in their memory repeats itself."""
    if texts.null_count or not len(texts):
        return False
    _, places, data = texts.buffers()
    offsets = np.frombuffer(places, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    length = int(offsets[1] - offsets[0])
    if (np.diff(offsets) != length).any():
        return False
    if not length:
        return True
    held = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    return bool((held[length:] == held[:-length]).all())


class RowBuilder:
    """Rows one by one, for small logs: `yield from rows.add(...)`, and `yield from rows.finish()` at the end."""

    def __init__(self, source: Source, size: int = ROWS_PER_BATCH) -> None:
        self._source = source
        self._size = size
        self._held: dict[str, dict[str, list[Any]]] = {}
        self._lines: dict[str, list[int]] = {}

    def add(self, table: str, line: int, **values: Any) -> tuple[Batch, ...]:
        """Add a row; times in microseconds as the device wrote them. A full batch comes back now and then.

        Raises ValueError, and adds nothing, where a value is missing, out of range or of another type.
        """
        checks = _CHECKS[table]
        for key, check in checks.items():
            check(key, values.get(key))
        if unknown := values.keys() - checks.keys():
            raise KeyError(f"{table} has no column {sorted(unknown)[0]!r}")
        held = self._held.setdefault(table, {key: [] for key in checks})
        for key, column in held.items():
            column.append(values.get(key))
        numbers = self._lines.setdefault(table, [])
        numbers.append(line)
        return (self._take(table),) if len(numbers) >= self._size else ()

    def finish(self) -> Iterator[Batch]:
        """What is left, table by table."""
        for table in list(self._held):
            yield self._take(table)

    def _take(self, table: str) -> Batch:
        schema, held, numbers = TABLES[table], self._held.pop(table), self._lines.pop(table)
        columns = {key: pa.array(values, schema.field(key).type) for key, values in held.items()}
        return batch(table, columns, source=self._source, rows=pa.array(numbers, pa.int64()))


def _check_of(column: pa.Field) -> Callable[[str, Any], None]:
    """Refuse now, with the row still at hand, what would make the whole batch fail later."""
    if column.type in _BOUNDS:
        least, end = (0, LAST_US) if column.name in _TIMES else (-_BOUNDS[column.type], _BOUNDS[column.type])
    nullable, kind = column.nullable, _KINDS[column.type]

    def check(key: str, value: Any) -> None:
        if value is None:
            if nullable:
                return
            raise ValueError(f"{key} is missing")
        if type(value) is not kind:
            raise ValueError(f"{key} is not of type {kind.__name__}: {value!r:.80}")
        if isinstance(value, int) and kind is int and not least <= value < end:
            raise ValueError(f"{key} is out of range: {value!r:.80}")
        # A lone surrogate raises UnicodeEncodeError, which is a ValueError.
        if isinstance(value, str) and not value.isascii():
            value.encode("utf-8")
        elif isinstance(value, list):
            for text in value:
                text.encode("utf-8")

    return check


def _whole(column: Column) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return column


def _respelled(encoded: pa.DictionaryArray, distinct: pa.Array, plain: pa.Array, spell: Any) -> pa.Array:
    if not pc.all(plain).as_py():
        odd = pc.invert(plain)
        respelled = [spell(text) for text in encoded.dictionary.filter(odd).to_pylist()]
        distinct = pc.replace_with_mask(distinct, odd, pa.array(respelled, pa.string()))
    return distinct.take(encoded.indices)


def _address(text: str) -> str | None:
    try:
        return canonical_ip(text)
    except ValueError:
        return None


_CHECKS: dict[str, dict[str, Callable[[str, Any], None]]] = {
    table: {column.name: _check_of(column) for column in schema if column.name not in ("origin", "row")}
    for table, schema in TABLES.items()
}
