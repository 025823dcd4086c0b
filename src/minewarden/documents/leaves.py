"""A workbook of several plain tables, for reading and reckoning on, not for taking in again."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from minewarden.documents.books import written
from minewarden.documents.fitting import Fit
from minewarden.documents.watermark import Watermark, explanation, on_margins
from minewarden.vocab.message import message
from minewarden.vocab.words import render

_FONT, _TITLE_LIMIT, _NARROW, _WIDE = "宋体", 31, 8, 48
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "·"))


@dataclass(frozen=True, slots=True)
class Leaf:
    """One sheet: its title, a line that says what it is, its headings, its rows. Texts stay texts, numbers numbers."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


def to_xlsx(leaves: Sequence[Leaf], *, watermark: Watermark | None = None) -> bytes:
    """The workbook. No cell of it is a formula or a link, whatever it holds. Raises ValueError without a sheet.

    watermark: who takes personal data out; it stands in the margins and on a last sheet.
    """
    if not leaves:
        raise ValueError("a workbook needs a sheet")
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book: Any = xlsxwriter.Workbook(file, options)
    # Who writes is the desk; a name of a person or of a machine has no business in the file.
    book.set_properties({"author": "minewarden", "title": leaves[0].title})
    base = {"font_name": _FONT, "font_size": 11, "valign": "vcenter"}
    boxed = {**base, "border": 1, "border_color": "#B7C4D6"}
    note = book.add_format({**base, "font_color": "#566A82"})
    head = book.add_format({**boxed, "bold": True, "bg_color": "#E9F0F9", "align": "center", "text_wrap": True})
    text = book.add_format({**boxed, "num_format": "@", "quote_prefix": True, "text_wrap": True})
    number = book.add_format(boxed)
    none = render(message("sheets.none"))
    taken = {render(message("sheets.export_note")).lower()} if watermark is not None else set()
    for leaf in leaves:
        sheet = book.add_worksheet(_name(leaf.title, taken))
        sheet.write_string(0, 0, leaf.note, note)
        fit = Fit([_NARROW] * len(leaf.head), _WIDE)
        for at, title in enumerate(leaf.head):
            sheet.write_string(1, at, title, head)
            fit.see(1, at, title)
        # Headings over nothing would leave open whether something is missing.
        for line, row in enumerate(leaf.rows or ((none,),), start=2):
            for at, value in enumerate(row):
                fit.see(line, at, str("" if value is None else value))
                if isinstance(value, int | float):
                    sheet.write_number(line, at, value, number)
                else:
                    sheet.write_string(line, at, value or "", text)
        fit.columns(sheet)
        fit.rows(sheet)
        fit.on_paper(sheet)
        sheet.freeze_panes(2, 0)
        sheet.repeat_rows(1)
        if watermark is not None:
            on_margins(sheet, watermark)
    if watermark is not None:
        explanation(book, watermark)
    written(book)
    return file.getvalue()


def _name(title: str, taken: set[str]) -> str:
    """A title that spreadsheets accept, each once: 31 characters, and Excel tells no capitals from small letters."""
    plain = title.translate(_FORBIDDEN).strip("'")[:_TITLE_LIMIT] or "1"
    name, n = plain, 1
    while name.lower() in taken:
        n += 1
        name = f"{plain[: _TITLE_LIMIT - 3]} {n}"
    taken.add(name.lower())
    return name
