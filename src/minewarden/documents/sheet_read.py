"""Reads tables out of spreadsheets: xlsx, xls and et through calamine, csv in UTF-8 or GB18030.

What the file is called says nothing; its first bytes do. Macros, links and formulas are never evaluated: a cell gives
the value that was stored with it. What is too large is refused before it is unpacked; xls
and et are opened in a bounded process.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress

import python_calamine

from minewarden.documents.bounded import EXHAUSTED, ask_worker
from minewarden.documents.sheet import Column, Reading, Row, Table
from minewarden.documents.sheet_cells import plain, text_of
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message
from minewarden.vocab.words import LANGUAGES, render

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 20_000
_UNPACKED = 300 * 1024 * 1024
_CELLS = 8_000_000
_HEADINGS_WITHIN = 12
_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>')
_CHUNK = 1 << 20
SECONDS = 60
"""Of computing, for a workbook of the old form. How busy the machine is has no say."""
MEMORY = 480 * 1024 * 1024
"""Of address space, so that the process with all its libraries stays below 512 MB."""
_REFUSED = {3: "sheets.out_of_memory", 4: "sheets.too_many_cells", 5: "sheets.password"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Grid = Sequence[Sequence[object]]


def read_table(content: bytes, name: str, table: Table) -> Reading:
    """The rows of a table out of a file. `name` is what the user calls the file, for messages.

    Headings may stand in any order and either language, below a title; columns that the table does not know are left
    out and named. Raises InputError where it is no spreadsheet, too large, or of another table.
    """
    if not content:
        raise InputError(name, 0, message("sheets.empty_file"))
    if len(content) > MOST_BYTES:
        raise InputError(name, 0, message("sheets.too_large", most=MOST_BYTES >> 20))
    sheets = _sheets(content, name)
    _check_mark(sheets, name, table)
    best: tuple[int, int, Grid] | None = None
    for title, grid in sheets:
        if plain(title) in _NO_ROWS:
            continue
        for index, cells in enumerate(grid[:_HEADINGS_WITHIN]):
            known = len(_placed(cells, table))
            if known > (best[0] if best else 0):
                best = (known, index, grid)
    if best is None:
        wanted = "、".join(render(column.title) for column in table.columns if column.required)
        raise InputError(name, 0, message("sheets.no_headings", titles=wanted))
    _, index, grid = best
    return _reading(grid, index, name, table)


_NO_ROWS = {
    plain(render(message(key), language))
    for key in ("sheets.instructions", "sheets.export_note")
    for language in LANGUAGES
}
"""Titles of the sheets that the desk itself adds, whose words may be the same as headings."""
_ERRORS = {plain(render(message("sheets.errors"), language)) for language in LANGUAGES}


def _reading(grid: Grid, index: int, name: str, table: Table) -> Reading:
    placed = _placed(grid[index], table)
    found = set(placed.values())
    titles = [text_of(cell) for cell in grid[index]]
    unknown = [title for at, title in enumerate(titles) if title and at not in placed and plain(title) not in _ERRORS]
    rows = []
    for line, cells in enumerate(grid[index + 1 :], start=index + 2):
        texts = {placed[at]: text for at in placed if at < len(cells) and (text := text_of(cells[at]))}
        if texts:
            rows.append(Row(line, texts))
        if len(rows) > MOST_ROWS:
            raise InputError(name, line, message("sheets.too_many_rows", most=MOST_ROWS))
    missing = tuple(column for column in table.columns if column.required and column.key not in found)
    return Reading(rows, tuple(unknown), missing)


def _placed(cells: Sequence[object], table: Table) -> dict[int, str]:
    """Which column stands where; of two with the same heading the first."""
    names = {plain(title): column.key for column in table.columns for title in _names(column)}
    placed: dict[int, str] = {}
    for at, cell in enumerate(cells):
        key = names.get(plain(text_of(cell)))
        if key is not None and key not in placed.values():
            placed[at] = key
    return placed


def _names(column: Column) -> list[str]:
    return [*(render(column.title, language) for language in LANGUAGES), *column.also]


def _check_mark(sheets: Iterable[tuple[str, Grid]], name: str, table: Table) -> None:
    """A template of another table is refused, since its headings may match by half."""
    for _, grid in sheets:
        mark = text_of(grid[0][0]).split() if grid and grid[0] else []
        if len(mark) == 3 and mark[0] == "minewarden" and mark[1] != table.code:
            raise InputError(name, 0, message("sheets.other_table", title=render(table.title)))


def _sheets(content: bytes, name: str) -> list[tuple[str, Grid]]:
    if content.startswith(b"PK"):
        _check_zip(content, name)
        return _calamine(content, name)
    if content.startswith(_OLE):
        return _bounded(content, name)
    return [("csv", _csv(content, name))]


def _calamine(content: bytes, name: str) -> list[tuple[str, Grid]]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [(title, book.get_sheet_by_name(title).to_python(skip_empty_area=False)) for title in book.sheet_names]
    except python_calamine.PasswordError as error:
        raise InputError(name, 0, message("sheets.password")) from error
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise InputError(name, 0, message("sheets.not_a_spreadsheet")) from error


def _bounded(content: bytes, name: str) -> list[tuple[str, Grid]]:
    """The sheets of a workbook of the old binary form, opened in a process that is bounded in memory and time."""
    order = {"memory": MEMORY, "seconds": SECONDS, "cells": _CELLS}
    code, told = ask_worker("minewarden.documents.sheet_worker", order, content)
    if code in EXHAUSTED:
        raise InputError(name, 0, message("sheets.took_too_long", seconds=SECONDS))
    if code != 0:
        raise InputError(name, 0, message(_REFUSED.get(code, "sheets.not_a_spreadsheet")))
    return [(title, grid) for title, grid in json.loads(told)]


def _check_zip(content: bytes, name: str) -> None:
    """Refuse what would not fit into memory, from the list of members and the places of the cells alone."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > _UNPACKED:
                raise InputError(name, 0, message("sheets.unpacks_too_large", most=_UNPACKED >> 20))
            for member in members:
                if re.fullmatch(r"xl/worksheets/[^/]+\.xml", member.filename):
                    _check_extent(archive, member, name)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise InputError(name, 0, message("sheets.not_a_spreadsheet")) from error


def _check_extent(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    """One cell at the far corner makes a sheet of seventeen thousand million cells."""
    last_row = last_column = 0
    rest = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            for letters, digits in _CELL.findall(text):
                last_row = max(last_row, int(digits))
                last_column = max(last_column, _column_number(letters))
            rest = text[-200:]
    if last_row * last_column > _CELLS:
        raise InputError(name, 0, message("sheets.too_wide", rows=last_row, columns=last_column))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _csv(content: bytes, name: str) -> Grid:
    text = None
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            break
    if text is None or "\x00" in text:
        raise InputError(name, 0, message("sheets.not_a_spreadsheet"))
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;，", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(name, 0, message("sheets.not_a_spreadsheet")) from error
