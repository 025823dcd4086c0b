"""Reads scans of printed papers: how many pages, and the QR codes on each. The desk matches a scan by the code in its
foot; nothing else of it is read.

A stranger's file is opened in a process of its own, bounded in memory and time: whatever it does to its reader, the
desk goes on.
"""

import json
from dataclasses import dataclass

import pypdfium2

from minewarden.documents.bounded import EXHAUSTED, ask_worker
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

MOST_PAGES = 400
SECONDS = 120
"""Of computing: some 15 pages a second are rendered and searched on one core. How busy the machine is has no say."""
MEMORY = 768 * 1024 * 1024
"""Of address space."""
_KINDS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png"}


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its number from 1, and the texts of the QR codes on it, from top to bottom."""

    number: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan is. `kind`: pdf, jpeg or png."""

    kind: str
    pages: tuple[Page, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Each code once, in the order of the pages."""
        return tuple(dict.fromkeys(code for page in self.pages for code in page.codes))


def kind_of(data: bytes) -> str:
    """pdf, jpeg or png by the first bytes, whatever the name says; empty for anything else."""
    return next((kind for mark, kind in _KINDS.items() if data.startswith(mark)), "")


def read_scan(name: str, data: bytes, *, seconds: int = SECONDS) -> Scan:
    """The pages of a scan with their codes. `name` is for the error only; `seconds` bound the computing.

    Raises InputError for another kind of file, a broken one or one with a password, more than `MOST_PAGES` pages, and
    one that cannot be read within the bounds.
    """
    kind = kind_of(data)
    if not kind:
        raise InputError(name, 0, message("documents.scan_kind"))
    found = json.loads(_asked({"do": "codes", "kind": kind}, data, name, seconds))
    return Scan(kind, tuple(Page(number, tuple(codes)) for number, codes in enumerate(found, 1)))


def page_count(pdf: bytes) -> int:
    """The pages of a PDF that we made ourselves."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()


def one_page(name: str, data: bytes, number: int, *, seconds: int = SECONDS) -> bytes:
    """Page `number` (from 1) of a scanned PDF as a PDF of its own; a picture is its own single page.

    Raises InputError as `read_scan` does, and where there is no such page.
    """
    kind = kind_of(data)
    if kind in ("jpeg", "png") and number == 1:
        return data
    if kind != "pdf":
        raise InputError(name, 0, message("documents.scan_kind" if not kind else "documents.scan_broken"))
    return _asked({"do": "page", "kind": kind, "number": number}, data, name, seconds)


def _asked(order: dict[str, object], data: bytes, name: str, seconds: int) -> bytes:
    order |= {"memory": MEMORY, "seconds": seconds, "most_pages": MOST_PAGES}
    code, told = ask_worker("minewarden.documents.scan_worker", order, data)
    if code in EXHAUSTED:
        raise InputError(name, 0, message("documents.scan_too_long", seconds=seconds))
    if code == 4:
        raise InputError(name, 0, message("documents.scan_too_many_pages", most=MOST_PAGES))
    if code != 0:
        raise InputError(name, 0, message("documents.scan_broken"))
    return told
