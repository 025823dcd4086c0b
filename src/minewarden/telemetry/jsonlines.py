"""Records of one JSON object a line, many at a time; a line that spoils its block is found and rejected alone."""

from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json as pj

from minewarden.telemetry.fields import Fields, Text
from minewarden.telemetry.lines import BLOCK_BYTES, Block, kept
from minewarden.telemetry.reader import Reject, Source
from minewarden.vocab.message import message

_PIECE_BYTES = 256 * 1024
# Two halves of a block, for two processors; and more than any line has.
_PARSED_AT_ONCE = BLOCK_BYTES // 2


def records(source: Source, block: Block, schema: pa.Schema) -> Iterator[Fields | Reject]:
    """The block's records with the columns of `schema`, null where an object lacks one; other keys are passed over.

    A line that is no JSON object, or holds a value of another type than the schema's, is a reject.
    """
    text = Text(block)
    if block.late:
        from minewarden.telemetry import jsonlines_kernel

        table = jsonlines_kernel.parsed(block.data, schema, block.lines)
        if table is not None:
            first = block.first_line
            yield Fields(source, table, pa.arange(first, first + table.num_rows), text, compiled=True)
            return
    table = _parsed(text, schema)
    if table is not None:
        first = block.first_line
        yield Fields(source, table, pa.arange(first, first + table.num_rows), text)
        return
    for first, piece in _pieces(block):
        table = _parsed(Text(Block(first, piece)), schema)
        if table is not None:
            yield Fields(source, table, pa.arange(first, first + table.num_rows), text)
        else:
            yield from _one_by_one(source, first, piece, schema, text)


def _parsed(text: Text, schema: pa.Schema) -> pa.Table | None:
    """The table with a row for each line; None where that cannot be had at once."""
    # A line that begins and ends as an object, with a row for each: then no object spans lines and no line holds two.
    if text.begin_with(b"{") != len(text) or text.end_with(b"}") != len(text):
        return None
    try:
        table = pj.read_json(
            pa.BufferReader(text.block.data),
            read_options=pj.ReadOptions(block_size=_PARSED_AT_ONCE),
            parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid:
        return None
    return table if table.num_rows == len(text) else None


def _pieces(block: Block) -> Iterator[tuple[int, bytes]]:
    start, line = 0, block.first_line
    while start < len(block.data):
        end = block.data.rfind(b"\n", start, start + _PIECE_BYTES) + 1 or block.data.index(b"\n", start) + 1
        piece = block.data[start:end]
        yield line, piece
        start, line = end, line + piece.count(b"\n")


def _one_by_one(source: Source, first: int, piece: bytes, schema: pa.Schema, text: Text) -> Iterator[Fields | Reject]:
    found: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, line in enumerate(piece[:-1].split(b"\n"), first):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            value = None
        if not isinstance(value, dict):
            yield Reject(number, message("input.not_json"), kept(line))
            continue
        try:
            found.append({field.name: _typed(field.name, value.get(field.name), field.type) for field in schema})
        except _WrongType as wrong:
            reason = message("input.field_unreadable", column=wrong.column, value=wrong.value)
            yield Reject(number, reason, kept(line))
            continue
        numbers.append(number)
    if found:
        rows = pa.Table.from_pylist(found, schema=schema)
        yield Fields(source, rows, pa.array(numbers, pa.int64()), text)


class _WrongType(Exception):
    def __init__(self, column: str, value: object) -> None:
        super().__init__(column)
        self.column = column
        # A container is only named: to write out a deeply nested one can exhaust the stack.
        self.value = type(value).__name__ if isinstance(value, (list, dict)) else str(value)[:80]


def _typed(name: str, value: Any, kind: pa.DataType) -> Any:
    """The value as the schema's type; None for null. Raises _WrongType."""
    if value is None:
        return None
    if pa.types.is_struct(kind) and isinstance(value, dict):
        return {part.name: _typed(f"{name}.{part.name}", value.get(part.name), part.type) for part in kind}
    if pa.types.is_list(kind) and isinstance(value, list):
        return [_typed(name, item, kind.value_type) for item in value]
    if pa.types.is_string(kind) and isinstance(value, str):
        return value
    if pa.types.is_boolean(kind) and isinstance(value, bool):
        return value
    if pa.types.is_int64(kind) and type(value) is int and -(2**63) <= value < 2**63:
        return value
    if pa.types.is_float64(kind) and type(value) in (int, float):
        return float(value)
    raise _WrongType(name, value)
