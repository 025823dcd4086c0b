"""An official document before it has a form: what GB/T 9704-2012 puts on the page, without saying how."""

import re
from dataclasses import dataclass, field
from datetime import date

from minewarden.vocab.message import message
from minewarden.vocab.words import render


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as wide as the type area, and in words what it shows."""

    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the body. `level` 1 to 4 is numbered 一、 （一） 1. （1） by the form."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    """Rows of cells, the first row is the header; drawn after the paragraphs."""
    level: int = 1
    picture: Picture | None = None
    """Drawn after the table."""
    widths: tuple[int, ...] = ()
    """How the columns of the table share its width; none: evenly."""


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex on a page of its own: 附件N, a title, paragraphs and tables."""

    title: str
    sections: tuple[Section, ...] = ()
    dense: bool = False
    """A form, as of a document."""


@dataclass(frozen=True, slots=True)
class OfficialDocument:
    """What stands in the document. Empty strings leave the element out.

    issuer_mark: 发文机关标志 (red); number: 发文字号 such as `云一中〔2026〕12号`; signer: 签发人 (upward documents);
    addressee: 主送机关 without the colon; unit: 署名; on: its date; copies: 抄送; printed_by, printed_on: 印发.
    code: the short text of the QR in the foot, by which a stamped scan is matched. No seal is ever drawn.
    """

    title: str
    addressee: str
    unit: str
    on: date
    sections: tuple[Section, ...]
    opening: tuple[str, ...] = ()
    closing: str = ""
    issuer_mark: str = ""
    number: str = ""
    signer: str = ""
    urgency: str = ""
    annexes: tuple[Annex, ...] = ()
    copies: str = ""
    printed_by: str = ""
    printed_on: date | None = None
    code: str = ""
    notes: tuple[str, ...] = field(default=())
    dense: bool = False
    """A form: the rows of its tables stand close together, so that it stays on one page."""
    letter: bool = False
    """信函格式: the mark above a red double line, a second one at the foot, and no number on the first page."""
    attendance: tuple[tuple[str, str], ...] = ()
    """纪要: who was there, as (出席 | 请假 | 列席, names); minutes bear no signature; the date is beside the number."""

    @property
    def code_said(self) -> str:
        """The code as people read it beside its picture: what is a word in it is named in Chinese."""
        number, slash, what = _KINDS.sub(lambda kind: _named(kind[0]), self.code).partition("/")
        return f"{number} {_named(what)}" if what in ("draft", "form", "letter") else f"{number}{slash}{what}"


_KINDS = re.compile("(?<=-)(?:duty-list|meeting|plan)(?=-)")


def _named(word: str) -> str:
    return render(message(f"documents.code_{word.replace('-', '_')}"))
