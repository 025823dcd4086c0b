"""Records of one line each with a separator between their fields, many at a time."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.csv as csv

from minewarden.telemetry.fields import Fields, Text
from minewarden.telemetry.lines import Seen, kept
from minewarden.telemetry.reader import Reject, Source
from minewarden.vocab.message import message

_PIECE_BYTES = 1024 * 1024
_LINES_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Form:
    """How the records are written. `wanted`: the columns that are kept; `quoted`: fields may stand in double quotes.
    `kinds`: what wanted columns are where all is well, if not texts; they may come as texts all the same."""

    columns: tuple[str, ...]
    separator: str
    wanted: frozenset[str]
    unset: tuple[str, ...] = ()
    quoted: bool = False
    kinds: Mapping[str, pa.DataType] = field(default_factory=dict)


def records(source: Source, text: Text, form: Form) -> Iterator[Fields | Reject]:
    """The records of a block with all wanted fields as texts; a line with another number of fields is a reject.

    Empty lines are passed over; comments and headers must be gone before.
    """
    block = text.block
    # To Arrow a bare carriage return ends a line; here it is a character inside a field.
    data = block.data.replace(b"\r", b" ") if block.holds(Seen.RETURN) else block.data
    if block.late and not form.quoted:
        from minewarden.telemetry import delimited_kernel

        kinds = {name: form.kinds.get(name, pa.string()) for name in sorted(form.wanted)}
        table = delimited_kernel.parsed(data, form.columns, form.separator, form.unset, kinds, block.lines)
        if table is not None:
            first = block.first_line
            yield Fields(source, table, pa.arange(first, first + table.num_rows), text, compiled=True)
            return
    if not text.begin_with(b"\n"):
        table = _parsed(data, len(text), form)
        if table is not None:
            yield Fields(source, table, pa.arange(block.first_line, block.first_line + table.num_rows), text)
            return
    clean: list[bytes] = []
    numbers: list[int] = []
    for number, line in enumerate(data[:-1].split(b"\n"), block.first_line):
        if number % _LINES_AT_ONCE == 0 and clean:
            # Rows and rejects are given in turn, so that a file of rejects can be left without losing the rows.
            yield from _cleaned(source, clean, numbers, text, form)
            clean, numbers = [], []
        if not line:
            continue
        if (found := _count(line, form)) == len(form.columns):
            clean.append(line)
            numbers.append(number)
        else:
            yield Reject(number, message("input.columns", found=found, expected=len(form.columns)), kept(line))
    if clean:
        yield from _cleaned(source, clean, numbers, text, form)


def apart(text: Text, others: re.Pattern[bytes]) -> Iterator[Text | tuple[int, str]]:
    """A block's records apart from the lines that `others` matches, which come with their numbers, all in order."""
    block = text.block
    start, line = 0, block.first_line
    for found in others.finditer(block.data):
        if found.start() > start:
            data = block.data[start : found.start()]
            yield Text(replace(block, first_line=line, data=data, unfinished=False, lines=0))
            line += data.count(b"\n")
        yield line, found.group().decode("utf-8").rstrip("\n")
        start, line = found.end(), line + 1
    if start < len(block.data):
        yield Text(replace(block, first_line=line, data=block.data[start:], lines=0))


def _cleaned(
    source: Source, clean: list[bytes], numbers: list[int], text: Text, form: Form
) -> Iterator[Fields | Reject]:
    table = _parsed(b"\n".join([*clean, b""]), len(clean), form)
    if table is not None:
        yield Fields(source, table, pa.array(numbers, pa.int64()), text)
        return
    # Quotes in the middle of a field are counted by the parser in its own way: ask it for each line alone.
    for line, number in zip(clean, numbers, strict=True):
        alone = _parsed(line + b"\n", 1, form)
        if alone is None:
            yield Reject(number, message("input.quotes"), kept(line))
        else:
            yield Fields(source, alone, pa.array([number], pa.int64()), text)


def _count(line: bytes, form: Form) -> int:
    if not form.quoted or b'"' not in line:
        return line.count(form.separator.encode()) + 1
    found, inside = 1, False
    mark = form.separator.encode()
    for position in range(len(line)):
        byte = line[position : position + 1]
        if byte == b'"':
            inside = not inside
        elif byte == mark and not inside:
            found += 1
    return 0 if inside else found


def _parsed(data: bytes, lines: int, form: Form) -> pa.Table | None:
    """The table, or None where a line has another number of fields."""
    positions = [f"f{index}" for index in range(len(form.columns))]
    kept_positions = {p: n for p, n in zip(positions, form.columns, strict=True) if n in form.wanted}
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            read_options=csv.ReadOptions(block_size=_PIECE_BYTES * 2, column_names=positions),
            parse_options=csv.ParseOptions(
                delimiter=form.separator,
                quote_char='"' if form.quoted else False,
                double_quote=form.quoted,
                escape_char=False,
                newlines_in_values=False,
                ignore_empty_lines=False,
            ),
            convert_options=csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(kept_positions, pa.string()),
                include_columns=list(kept_positions),
                null_values=list(form.unset),
                strings_can_be_null=bool(form.unset),
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != lines:
        return None
    # Columns of one name (a hostile header) would make every look-up by name fail: the first one counts.
    names: dict[str, int] = {}
    for index, position in enumerate(kept_positions):
        names.setdefault(kept_positions[position], index)
    return table.select(list(names.values())).rename_columns(list(names))
