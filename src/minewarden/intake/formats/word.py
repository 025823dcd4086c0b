"""Word documents: their tables as grids, their paragraphs as text. Embedded objects and fields are never opened."""

import io
import zipfile
import zlib
from typing import Any

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml.etree import LxmlError

from minewarden.intake.grid import Grid, Span
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

MOST_CELLS = 400_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RUN, _TEXT = f"{_W}r", f"{_W}t"
_HOLDERS = tuple(f"{_W}{name}" for name in ("hyperlink", "ins", "smartTag", "sdt", "sdtContent", "fldSimple"))
_MARKS = {
    _TEXT: "", f"{_W}tab": "\t", f"{_W}ptab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-",
}  # fmt: skip


def document(name: str, data: bytes) -> tuple[list[Grid], list[str]]:
    """(tables, paragraphs outside of them) in their order. Raises InputError where the document is broken."""
    try:
        opened = docx.Document(io.BytesIO(data))
        tables: list[Grid] = []
        paragraphs: list[str] = []
        for part in opened.iter_inner_content():
            if isinstance(part, Paragraph):
                if part.text.strip():
                    paragraphs.append(part.text.strip())
            else:
                tables.append(_grid(str(len(tables) + 1), part))
    except (
        KeyError,
        ValueError,
        AttributeError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        LxmlError,
        IndexError,
        # A part that says it is encrypted or patched, which no office program of today writes.
        RuntimeError,
    ) as error:
        raise InputError(name, 0, message("intake.broken")) from error
    return tables, paragraphs


def _grid(name: str, table: Table) -> Grid:
    """A table by its own XML: python-docx walks the whole table again for each cell of a row, and asks XPath for each
    text, which took two thirds of the reading of twenty thousand rows."""
    rows: list[list[Any]] = []
    spans: list[Span] = []
    begun: dict[int, tuple[int, int]] = {}
    cells = 0
    for number, row in enumerate(table._tbl.iterchildren(f"{_W}tr")):
        texts: list[Any] = []
        for cell in row.iterchildren(f"{_W}tc"):
            width, merge = _merged(cell)
            column = len(texts)
            text = "\n".join(_said(paragraph) for paragraph in cell.iterchildren(f"{_W}p")).strip()
            if merge == "restart":
                begun[column] = (number, width)
            elif merge == "continue" and column in begun:
                start = begun[column][0]
                spans = [span for span in spans if span[:2] != (start, column)]
                spans.append((start, column, number, column + width - 1))
                text = ""
            elif width > 1:
                spans.append((number, column, number, column + width - 1))
            texts += [text, *[""] * (width - 1)]
            cells += width
        rows.append(texts)
        if cells > MOST_CELLS:
            raise ValueError("more cells than a notice has")
    return Grid(name, rows, 0, spans)


def _merged(cell: Any) -> tuple[int, str]:
    """How many columns a cell spans, and its part in a merge downwards: restart, continue or none."""
    how = cell.find(f"{_W}tcPr")
    if how is None:
        return 1, ""
    span, down = how.find(f"{_W}gridSpan"), how.find(f"{_W}vMerge")
    width = 1 if span is None else int(span.get(f"{_W}val") or 1)
    return max(1, min(width, 63)), "" if down is None else down.get(f"{_W}val") or "continue"


def _said(part: Any) -> str:
    """The text of a paragraph, of links and insertions in it too; what was deleted and is only still shown is not."""
    said: list[str] = []
    for child in part.iterchildren(*_HOLDERS, _RUN):
        if child.tag != _RUN:
            said.append(_said(child))
            continue
        for mark in child.iterchildren(*_MARKS):
            said.append((mark.text or "") if mark.tag == _TEXT else _MARKS[mark.tag])
    return "".join(said)
