"""Writes tables as xlsx that opens in WPS and Excel: template, listing, and the rows that could not be taken.

Texts are text cells with the quote prefix, so that no cell can act as a formula, neither when the file is opened nor
when somebody edits the cell; telephone numbers and codes keep their zeros.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from minewarden.documents.books import written
from minewarden.documents.fitting import Fit
from minewarden.documents.sheet import Column, Kind, Table
from minewarden.documents.sheet_cells import shown
from minewarden.documents.watermark import Watermark, explanation, on_margins
from minewarden.vocab.message import Message, message
from minewarden.vocab.words import Language, render

MOST_OFFERED = 3000
"""Names that a drop-down lists. Nobody finds his own among more, and to list some of them would say that the others are
wrong: then the names are typed, and the workbook says so."""
_PREPARED_ROWS = 1000
_REASONS = 60
"""The width of the column that says what is wrong with a row."""
_EXPLAINED = 56
"""The widest column of the instructions: five of them stand beside one another on a page and can be read."""
_FONT = "宋体"
_LISTS = "lists"
_MARK = "mark"
_OWN_SHEETS = ("instructions", "export_note")
_TITLE_LIMIT = 31
_NOT_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))


def template(table: Table, language: Language = "zh", *, options: Mapping[str, Sequence[str]] | None = None) -> bytes:
    """An empty workbook to fill in: frozen headings, required ones with a red *, drop-downs, and instructions.

    options: for a column of names, those that may be chosen; more than `MOST_OFFERED` are not listed, which is said.
    """
    book = _Book(table, language)
    sheet = book.table_sheet()
    book.validations(sheet, 1, _PREPARED_ROWS, options or {})
    book.instructions()
    return book.done()


def listing(
    table: Table,
    rows: Iterable[Mapping[str, object]],
    language: Language = "zh",
    *,
    watermark: Watermark | None = None,
) -> bytes:
    """The rows, by column key, under the headings of the template: what was exported can be taken in again.

    watermark: who takes personal data out; it stands in the margins and on a sheet of its own, never among the rows.
    """
    book = _Book(table, language)
    sheet = book.table_sheet()
    if watermark is not None:
        book.marked(sheet, watermark)
    line = 0
    for line, values in enumerate(rows, start=1):
        book.row(sheet, line, [values.get(column.key) for column in table.columns])
    book.fitted(sheet)
    sheet.autofilter(0, 0, max(line, 1), len(table.columns) - 1)
    return book.done()


def errors(
    table: Table,
    rows: Iterable[tuple[Mapping[str, str], Sequence[tuple[str, Message]]]],
    language: Language = "zh",
    *,
    watermark: Watermark | None = None,
) -> bytes:
    """The rows as they were given, each with what is wrong in a red column; wrong cells are marked.

    rows: texts by column key, and (column key or "", message) of each fault. watermark: as in `listing`.
    """
    book = _Book(table, language)
    sheet = book.table_sheet(extra=render(message("sheets.errors"), language))
    line = 0
    for line, (texts, faults) in enumerate(rows, start=1):
        wrong = {key for key, _ in faults}
        for at, column in enumerate(table.columns):
            style = book.bad_cell if column.key in wrong else book.text
            book.cell(sheet, line, at, texts.get(column.key, ""), style)
        said = [f"{i}. {book.fault(key, fault)}" for i, (key, fault) in enumerate(faults, start=1)]
        book.cell(sheet, line, len(table.columns), "\n".join(said), book.bad, _REASONS)
    book.fitted(sheet)
    book.validations(sheet, 1, max(line, 1), {})
    book.instructions()
    if watermark is not None:
        book.marked(sheet, watermark)
    return book.done()


class _Book:
    """A workbook under way."""

    def __init__(self, table: Table, language: Language) -> None:
        self.table, self.language = table, language
        self._file = io.BytesIO()
        self._book: Any = xlsxwriter.Workbook(
            self._file,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        # Who writes is the desk; a name of a person or of a machine has no business in the file.
        self._book.set_properties({"author": "minewarden", "title": render(table.title, language)})
        base = {"font_name": _FONT, "font_size": 11, "valign": "vcenter"}
        boxed = {**base, "border": 1, "border_color": "#B7C4D6"}
        text = {**boxed, "num_format": "@", "quote_prefix": True, "text_wrap": True}
        made = self._book.add_format
        self._plain = made({**base, "num_format": "@"})
        self._head = made({**boxed, "bold": True, "bg_color": "#E9F0F9", "align": "center", "text_wrap": True})
        self._black = made({"font_name": _FONT, "font_size": 11, "bold": True})
        self._red = made({"font_name": _FONT, "font_size": 11, "bold": True, "font_color": "#C8102E"})
        self._bad_head = made(
            {**boxed, "bold": True, "bg_color": "#FBE3E4", "font_color": "#C8102E", "align": "center"}
        )
        self.text = made(text)
        self.number = made(boxed)
        self.amount = made({**boxed, "num_format": "0.00"})
        self.bad = made({**text, "font_color": "#C8102E"})
        self.bad_cell = made({**text, "bg_color": "#FBE3E4"})
        self._wrapped = made({**text, "valign": "top"})
        self._heading = made({**base, "bold": True, "font_size": 13})
        self._lists: list[tuple[str, Sequence[str]]] = []
        self._unlisted: dict[str, str] = {}

    def table_sheet(self, extra: str = "") -> Any:
        """The sheet with the headings; `extra` is a heading in red at the end."""
        title = render(self.table.title, self.language).translate(_NOT_IN_TITLES)
        # People title their own forms, and no two sheets may have one name.
        taken = {_LISTS, _MARK, *(render(message(f"sheets.{key}"), self.language).lower() for key in _OWN_SHEETS)}
        sheet = self._book.add_worksheet(
            f"{title[: _TITLE_LIMIT - 2]} 1" if title.lower() in taken else title[:_TITLE_LIMIT]
        )
        self._headings(sheet, 0)
        widths = [column.width for column in self.table.columns]
        if extra:
            sheet.write_string(0, len(widths), extra, self._bad_head)
            widths.append(_REASONS)
        self._fit = Fit(widths)
        sheet.set_row(0, 32)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        self.fitted(sheet)
        return sheet

    def fitted(self, sheet: Any) -> None:
        """Columns, rows and pages after what has been written so far."""
        formats = [None if column.kind is Kind.NUMBER else self._plain for column in self.table.columns]
        self._fit.columns(sheet, [*formats, self._plain])
        self._fit.rows(sheet)
        self._fit.on_paper(sheet)

    def cell(self, sheet: Any, line: int, at: int, text: str, style: Any, most: int = 0) -> None:
        """One text of the rows. most: what it may widen its column to."""
        sheet.write_string(line, at, text, style)
        self._fit.see(line, at, text, most)

    def _headings(self, sheet: Any, line: int) -> None:
        for at, column in enumerate(self.table.columns):
            self._column_title(sheet, line, at, column, self._head)

    def _column_title(self, sheet: Any, line: int, at: int, column: Column, style: Any) -> None:
        title = render(column.title, self.language)
        if column.required:
            sheet.write_rich_string(line, at, self._black, title, self._red, "*", style)
        else:
            sheet.write_string(line, at, title, style)

    def row(self, sheet: Any, line: int, values: Sequence[object]) -> None:
        """One row of values."""
        for at, (column, value) in enumerate(zip(self.table.columns, values, strict=True)):
            if column.kind is Kind.NUMBER and isinstance(value, int | Decimal):
                sheet.write_number(line, at, float(value), self.number if isinstance(value, int) else self.amount)
            else:
                self.cell(sheet, line, at, shown(column, value, self.language), self.text)

    def validations(self, sheet: Any, first: int, last: int, options: Mapping[str, Sequence[str]]) -> None:
        """Drop-downs and hints over rows. Excel holds 255 characters in a list itself; so the lists have a sheet."""
        for at, column in enumerate(self.table.columns):
            named = options.get(column.key, ())
            if len(named) > MOST_OFFERED:
                long = message("sheets.not_listed", count=len(named), most=MOST_OFFERED)
                self._unlisted[column.key], named = render(long, self.language), ()
            help_ = self._help(column)
            hint = {} if not help_ else {
                "input_title": render(column.title, self.language)[:32], "input_message": help_[:255],
            }  # fmt: skip
            labels = [*_labels(column, self.language), *named]
            if labels:
                self._lists.append((column.key, labels))
                place = xlsxwriter.utility.xl_col_to_name(len(self._lists) - 1)
                # A name that is looked up may be one that the list does not know yet; a choice may not.
                strict = column.kind in (Kind.CHOICE, Kind.FLAG)
                source = f"={_LISTS}!${place}$1:${place}${len(labels)}"
                sheet.data_validation(
                    first, at, last, at,
                    {"validate": "list", "source": source, "error_type": "stop" if strict else "information", **hint},
                )  # fmt: skip
            elif hint:
                sheet.data_validation(first, at, last, at, {"validate": "any", **hint})

    def instructions(self) -> None:
        """How to fill it in, a line for each column with an example: as wide as one page. The importer does not read
        this sheet."""
        sheet = self._book.add_worksheet(render(message("sheets.instructions"), self.language))
        sheet.write_string(0, 0, render(message("sheets.example"), self.language), self._heading)
        fit = Fit([16, 8, 30, 16, 30], _EXPLAINED)
        for at, key in enumerate(("title", "required", "form", "example", "help")):
            sheet.write_string(1, at, render(message(f"sheets.col_{key}"), self.language), self._head)
        for line, column in enumerate(self.table.columns, start=2):
            cells = (
                render(column.title, self.language),
                render(message("sheets.yes" if column.required else "sheets.no"), self.language),
                form_of(column, self.language),
                _example(column, self.language),
                self._help(column),
            )
            for at, cell in enumerate(cells):
                sheet.write_string(line, at, cell, self._wrapped)
                fit.see(line, at, cell)
            self._column_title(sheet, line, 0, column, self._wrapped)
        fit.columns(sheet)
        fit.rows(sheet)
        fit.on_paper(sheet)
        sheet.freeze_panes(2, 0)
        sheet.repeat_rows(1)

    def _help(self, column: Column) -> str:
        """What a column is for, after what the workbook could not list for it."""
        said = render(column.help, self.language) if column.help else ""
        return "\n".join(filter(None, (self._unlisted.get(column.key, ""), said)))

    def marked(self, sheet: Any, watermark: Watermark) -> None:
        """Say on a sheet, and on one of its own behind it, who took it out."""
        on_margins(sheet, watermark, self.language)
        explanation(self._book, watermark, self.language)

    def fault(self, key: str, fault: Message) -> str:
        """A fault with the heading of its column in front."""
        said = render(fault, self.language)
        if not key:
            return said
        return f"{render(self.table.column(key).title, self.language)}：{said}"

    def done(self) -> bytes:
        """The file. The hidden sheets come last: lists of the drop-downs, and the mark of table and version."""
        if self._lists:
            lists = self._book.add_worksheet(_LISTS)
            lists.very_hidden()
            for at, (_, labels) in enumerate(self._lists):
                for line, label in enumerate(labels):
                    lists.write_string(line, at, label)
        mark = self._book.add_worksheet(_MARK)
        mark.very_hidden()
        mark.write_string(0, 0, self.table.mark)
        written(self._book)
        return self._file.getvalue()


def form_of(column: Column, language: Language = "zh") -> str:
    """How a column is written, in words: its choices, or the form of its kind."""
    labels = _labels(column, language)
    if labels:
        return render(message("sheets.form_choice", options=" / ".join(labels)), language)
    return render(message(f"sheets.form_{column.kind.value}", longest=column.longest), language)


def _labels(column: Column, language: Language) -> list[str]:
    if column.kind is Kind.FLAG:
        return [render(message(key), language) for key in ("sheets.yes", "sheets.no")]
    return [render(label, language) for label in column.choices.values()]


def _example(column: Column, language: Language) -> str:
    """The example as its cell: a choice is written by its code in the declaration."""
    if column.kind in (Kind.CHOICE, Kind.FLAG) and column.example:
        value: object = column.example if column.kind is Kind.CHOICE else column.example == "yes"
        return shown(column, value, language)
    return column.example
