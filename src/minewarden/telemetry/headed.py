"""Tables with a header line, as spreadsheets and people write them: columns in any order, under any of their names."""

import csv
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry import delimited
from minewarden.telemetry.fields import Fields, Text
from minewarden.telemetry.lines import Block, blocks
from minewarden.telemetry.reader import Head, Reject, Source
from minewarden.telemetry.times import at_zone, from_iso
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message
from minewarden.vocab.net import canonical_mac
from minewarden.vocab.words import DISPLAY_ZONE

Names = Mapping[str, Sequence[str]]
"""The columns that a reader knows -> the headings that they may have, in lower case, without blanks."""

_SPREADSHEET = (
    (r"^\s*(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?[ T]+", r"\1-\2-\3 "),
    (r"^(\d{4})-(\d)-", r"\1-0\2-"),
    (r"^(\d{4}-\d\d)-(\d) ", r"\1-0\2 "),
    (r"^(\d{4}-\d\d-\d\d) (\d):", r"\1 0\2:"),
    (r"^(\d{4}-\d\d-\d\d \d\d:\d\d)\s*$", r"\1:00"),
)
_UNSET = ("", "-", "—", "无")


def header_of(head: Head, names: Names) -> frozenset[str]:
    """The reader's columns that the first line of a file names."""
    first = next((line for line in head.lines if line.strip()), "")
    return frozenset(_columns(first, names)[1]) & frozenset(names)


def headed(source: Source, names: Names, required: Sequence[str], *, quoted: bool = True) -> Iterator[Fields | Reject]:
    """The rows below the header, with the reader's names of the columns; empty fields are nulls.

    Raises InputError where a required column is missing, naming it and what the header had.
    """
    form: delimited.Form | None = None
    for block in blocks(source):
        if isinstance(block, Reject):
            yield block
            continue
        if form is None:
            line, _, data = block.data.lstrip(b"\n").partition(b"\n")
            skipped = len(block.data) - len(block.data.lstrip(b"\n"))
            form = _form(source, line.decode("utf-8"), names, required, quoted)
            block = Block(block.first_line + skipped + 1, data, block.unfinished)
        if block.data:
            yield from delimited.records(source, Text(block), form)


def optional_seconds(part: Fields, name: str) -> pa.Array:
    """Times as `Fields.seconds` reads them, null where there is none; what is there and is no time is a fault."""
    there = pc.is_valid(part.texts(name))
    if not pc.any(there).as_py():
        return pa.nulls(len(part), pa.int64())
    values = part.where(there).seconds(name)
    scattered = pc.replace_with_mask(pa.nulls(len(part), pa.int64()), there, values)
    part.need(name, pc.if_else(there, scattered, 0))
    return scattered


def spreadsheet_times(part: Fields, *columns: str) -> None:
    """Respell times such as 2026/3/12 8:05:09 and 2026-3-12 8:05 in the columns as ISO 8601; others stay themselves."""
    for name in columns:
        texts = part.texts(name)
        for pattern, spelling in _SPREADSHEET:
            texts = pc.replace_substring_regex(texts, pattern, spelling)
        part.add(name, texts)


def macs(part: Fields, name: str) -> pa.Array:
    """MAC addresses in their one spelling, null where there is none; what is there and is none is a fault."""
    encoded = part.texts(name).dictionary_encode()
    spelled = [_mac(text) for text in encoded.dictionary.to_pylist()]
    values = pa.array(spelled, pa.string()).take(encoded.indices)
    part.need(name, pc.if_else(pc.is_valid(part.texts(name)), values, ""))
    return values


def _mac(text: str) -> str | None:
    try:
        return canonical_mac(text)
    except ValueError:
        return None


def optional_days(part: Fields, name: str, *, end: bool) -> pa.Array:
    """Dates (2026-03-12, 2026/3/12, 2026年3月12日, 20260312) or ISO times as microseconds: the beginning of the day, or
    its end, in the source's zone (the city's, where none is declared: a ledger's day is a day of the office)."""
    texts = pc.replace_substring_regex(
        part.texts(name), r"^\s*(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?\s*$", r"\1-\2-\3"
    )
    texts = pc.replace_substring_regex(texts, r"-(\d)(-|$)", r"-0\1\2")
    texts = pc.replace_substring_regex(texts, r"-(\d)$", r"-0\1")
    spelled = pc.replace_substring_regex(
        texts, r"^(\d{4}-\d\d-\d\d)$", r"\1 23:59:59.999999" if end else r"\1 00:00:00"
    )
    values, zoned = from_iso(spelled)
    there = pc.is_valid(texts)
    part.need(name, pc.if_else(there, values, 0))
    zone = part.source.clock.zone or DISPLAY_ZONE
    return pc.if_else(zoned, values, at_zone(values, zone))


def _form(source: Source, line: str, names: Names, required: Sequence[str], quoted: bool) -> delimited.Form:
    separator, columns = _columns(line, names)
    if missing := [name for name in required if name not in columns]:
        wanted = ", ".join(" / ".join(names[name][:2]) for name in missing)
        raise InputError(source.name, 1, message("tracelog.columns_missing", wanted=wanted, header=line[:200]))
    return delimited.Form(tuple(columns), separator, frozenset(names), _UNSET, quoted)


def _columns(line: str, names: Names) -> tuple[str, list[str]]:
    separator = max(",;\t", key=line.count)
    known = {heading: name for name, headings in names.items() for heading in headings}
    try:
        cells = next(csv.reader([line.removeprefix("\ufeff").replace("\r", " ")], delimiter=separator), [])
    except csv.Error:
        # A first line that is no row of a table at all, such as one of a megabyte.
        cells = []
    spelled = ["".join(cell.lower().replace("（", "(").split("(")[0].split()).rstrip("*#") for cell in cells]
    return separator, [known.get(cell, f"?{index}") for index, cell in enumerate(spelled)]
