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
    ) as error:
        raise InputError(name, 0, message("intake.broken")) from error
    return tables, paragraphs


def _grid(name: str, table: Table) -> Grid:
    """A table by its own XML: python-docx walks the whole table again for each cell of a row."""
    rows: list[list[Any]] = []
    spans: list[Span] = []
    begun: dict[int, tuple[int, int]] = {}
    cells = 0
    for number, row in enumerate(table._tbl.tr_lst):
        texts: list[Any] = []
        for cell in row.tc_lst:
            width = max(1, min(cell.grid_span, 63))
            column, merge = len(texts), cell.vMerge
            text = "\n".join(_said(paragraph) for paragraph in cell.p_lst).strip()
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


def _said(paragraph: Any) -> str:
    return str(paragraph.text)
