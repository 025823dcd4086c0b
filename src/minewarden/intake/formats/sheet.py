"""Spreadsheets: xlsx, xlsb, ods, BIFF .xls, WPS .et, and separated text in UTF-8 or GB18030.

Formulas give the value that was saved with them; nothing is calculated and no link is followed.
"""

import csv
import io
from collections.abc import Iterator

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from minewarden.intake.cells import has_address
from minewarden.intake.grid import Grid, shown
from minewarden.intake.moments import Cell
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message

MOST_ROWS = 200_000
_WIDEST = 300
_DELIMITERS = ",\t;|，"


def workbook(name: str, data: bytes, warnings: list[Message]) -> list[Grid]:
    """The visible sheets. A hidden one is not a part of what was sent: it is named in the warnings.

    Raises InputError for a password or a file that is broken.
    """
    try:
        book = CalamineWorkbook.from_object(io.BytesIO(data))
        return list(_sheets(book, warnings))
    except PasswordError as error:
        raise InputError(name, 0, message("intake.password")) from error
    except (CalamineError, ValueError, OSError, OverflowError, IndexError) as error:
        raise InputError(name, 0, message("intake.broken")) from error


def _sheets(book: CalamineWorkbook, warnings: list[Message]) -> Iterator[Grid]:
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(about.name)
        if sheet.total_height > MOST_ROWS * 6 or sheet.total_width > 16_384:
            raise ValueError("more rows than a sheet has")
        top, left = sheet.start or (0, 0)
        rows: list[list[Cell]] = [list(row[:_WIDEST]) for row in sheet.to_python(skip_empty_area=True, nrows=MOST_ROWS)]
        if about.visible != SheetVisibleEnum.Visible:
            found = sum(any(has_address(shown(cell)) for cell in row) for row in rows)
            warnings.append(message("intake.hidden_sheet", sheet=about.name, rows=found))
            continue
        spans = [
            (first_row - top, first_column - left, last_row - top, last_column - left)
            for (first_row, first_column), (last_row, last_column) in sheet.merged_cell_ranges or ()
            if first_row >= top and first_column >= left
        ]
        while rows and not any(shown(cell) for cell in rows[-1]):
            rows.pop()
        if rows:
            yield Grid(about.name, rows, top, spans)


def separated(name: str, data: bytes) -> Grid | None:
    """Separated text as a grid; None where the lines do not have the same separator, so that it is prose."""
    text = decoded(name, data)
    delimiter = _delimiter(text)
    if delimiter is None:
        return None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[:MOST_ROWS]
    except csv.Error as error:
        raise InputError(name, 0, message("intake.broken")) from error
    return Grid(name, [[cell.strip() for cell in row[:_WIDEST]] for row in rows])


def decoded(name: str, data: bytes) -> str:
    """The text in UTF-8 (with or without its mark), UTF-16 with its mark, or GB18030. Raises InputError for others."""
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError(name, 0, message("intake.not_text"))


def _delimiter(text: str) -> str | None:
    """The separator that stands most evenly in the first lines that hold any."""
    lines = [line for line in text.splitlines()[:60] if line.strip()]
    best, most = None, 0
    for delimiter in _DELIMITERS:
        counts = [line.count(delimiter) for line in lines]
        having = [count for count in counts if count]
        even = max((having.count(count) * count for count in set(having)), default=0)
        if len(having) * 5 >= len(lines) * 4 and len(lines) > 1 and even > most:
            best, most = delimiter, even
    return best
