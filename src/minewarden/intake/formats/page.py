"""Tables of HTML: what many systems here hand out under the name of .xls."""

from typing import Any

from lxml import html as markup
from lxml.etree import LxmlError

from minewarden.intake.formats.sheet import decoded
from minewarden.intake.grid import Grid, Span
from minewarden.intake.moments import Cell
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

MOST_CELLS = 2_000_000
_WIDEST = 300


def is_page(data: bytes) -> bool:
    """Whether the bytes are HTML with a table in it."""
    start = data[:2048].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    return start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head")) and b"<table" in data.lower()


def tables(name: str, data: bytes) -> list[Grid]:
    """The tables that hold no other. Nothing is loaded, no script is run. Raises InputError where it is broken."""
    try:
        # As text, since the encoding that such a page claims is often not the one that it has.
        page = markup.fromstring(decoded(name, data).replace("\0", ""), parser=markup.HTMLParser(no_network=True))
    except (LxmlError, ValueError) as error:
        raise InputError(name, 0, message("intake.broken")) from error
    found = [table for table in page.iter("table") if table.find(".//table") is None]
    return [grid for number, table in enumerate(found, start=1) if (grid := _grid(str(number), table)).rows]


def _grid(name: str, table: Any) -> Grid:
    rows: list[list[Cell]] = []
    spans: list[Span] = []
    taken: dict[tuple[int, int], bool] = {}
    cells = 0
    for number, row in enumerate(table.iter("tr")):
        texts: list[Cell] = []
        for cell in row.iter("td", "th"):
            while taken.pop((number, len(texts)), False):
                texts.append("")
            down, across = _count(cell, "rowspan"), _count(cell, "colspan")
            column = len(texts)
            for below in range(1, down):
                taken |= {(number + below, column + beside): True for beside in range(across)}
            if down > 1 or across > 1:
                spans.append((number, column, number + down - 1, column + across - 1))
            texts += [" ".join(cell.text_content().split()), *[""] * (across - 1)]
            cells += down * across
            if cells > MOST_CELLS or len(texts) > _WIDEST:
                break
        rows.append(texts)
    return Grid(name, rows, 0, [span for span in spans if span[2] < len(rows)])


def _count(cell: Any, name: str) -> int:
    text = str(cell.get(name) or "1").strip()
    return max(1, min(int(text), _WIDEST)) if text.isascii() and text.isdigit() else 1
