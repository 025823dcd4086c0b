"""PDF that carries text: its tables as grids, the rest as text. A scan carries none, and people read it."""

import io
import re
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfminer.psexceptions import PSException
from pdfplumber.utils.exceptions import PdfminerException

from minewarden.intake.grid import Grid
from minewarden.intake.moments import Cell
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

MOST_PAGES = 300
_MOST_OBJECTS = 20_000
_ACTING = frozenset({"JS", "JavaScript", "AA", "Launch", "EmbeddedFiles", "XFA", "RichMedia"})
# A narrow column breaks addresses, names and dates behind a dot, a colon or a hyphen, or in front of them.
_BROKEN = re.compile(r"(?<=[.:\-])\n(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])\n(?=[.:\-])")


def document(name: str, data: bytes) -> tuple[list[Grid], list[str], bool, int]:
    """(tables, lines of text outside of them, whether something in it would act, pages). Tables that run on over pages
    are one. Raises InputError for a password, a broken file or one of more than `MOST_PAGES` pages."""
    tables: list[Grid] = []
    lines: list[str] = []
    try:
        with pdfplumber.open(io.BytesIO(data)) as opened:
            active, pages = _acts(opened.doc), len(opened.pages)
            if pages > MOST_PAGES:
                raise InputError(name, 0, message("intake.too_many_pages", most=MOST_PAGES))
            for page in opened.pages:
                _page(page, tables, lines)
                page.close()
    except (PDFException, PSException, PdfminerException) as error:
        if isinstance(error, PDFPasswordIncorrect) or isinstance(
            error.args[0] if error.args else None, PDFPasswordIncorrect
        ):
            raise InputError(name, 0, message("intake.password")) from error
        raise InputError(name, 0, message("intake.broken")) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise InputError(name, 0, message("intake.broken")) from error
    return tables, lines, active, pages


def _page(page: Any, tables: list[Grid], lines: list[str]) -> None:
    found = page.find_tables()
    rest = page
    for table in found:
        rows: list[list[Cell]] = [[_BROKEN.sub("", cell or "").strip() for cell in row] for row in table.extract()]
        rows = [row for row in rows if any(row)]
        if not rows:
            continue
        if tables and tables[-1].rows and len(tables[-1].rows[0]) == len(rows[0]):
            tables[-1].rows.extend(rows)
        else:
            tables.append(Grid(str(len(tables) + 1), list(map(list, rows))))
        rest = rest.outside_bbox(table.bbox, strict=False)
    lines.extend(line.strip() for line in (rest.extract_text() or "").splitlines() if line.strip())


def _acts(document: PDFDocument) -> bool:
    """Whether any object of the file carries an action, compressed or not."""
    seen = 0
    for xref in document.xrefs:
        for number in xref.get_objids():
            seen += 1
            if seen > _MOST_OBJECTS:
                return True
            try:
                thing = document.getobj(number)
            except (PDFException, PSException):
                continue
            attributes = thing if isinstance(thing, dict) else getattr(thing, "attrs", None)
            if isinstance(attributes, dict) and (
                _ACTING & attributes.keys() or str(attributes.get("S", "")).strip("/'") in _ACTING
            ):
                return True
    return False
