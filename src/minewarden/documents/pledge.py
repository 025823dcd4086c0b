"""Pledges as PDF, one a page, set by Typst: to be signed by hand, or as they were signed."""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import pypdfium2
import typst

from minewarden.documents.fonts import collection, families
from minewarden.documents.pdf import Rendered, chinese_date, font_warnings, qr_picture
from minewarden.documents.titles import title_lines

MOST = 5000
"""Papers of one PDF: the staff of the largest school."""
_AT_ONCE = 200
"""Set at once and joined afterwards: of thousands of pages the setter keeps every character until the end."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One pledge. Empty strings leave the element out.

    lines: its paragraphs; also: to whom else it is pledged, set smaller so that the page holds it; facts: label and
    value above the signature; role: 承诺人 or the like, before the place of the signature; party: a name printed in
    that place (a unit, which seals beside it); ink: the handwriting as an SVG picture; on: its day, without one a line
    to write it; seal_space: room for a seal, which is never drawn; code: the text of the QR in the foot; notes: small
    lines beside it.
    """

    title: str
    lines: tuple[str, ...]
    role: str
    facts: tuple[tuple[str, str], ...] = ()
    also: str = ""
    party: str = ""
    ink: str = ""
    on: date | None = None
    seal_space: bool = False
    code: str = ""
    notes: tuple[str, ...] = ()


def papers_pdf(papers: Sequence[Paper]) -> Rendered:
    """Set papers, one or more pages each. Raises ValueError for none, and for more than `MOST`."""
    if not 0 < len(papers) <= MOST:
        raise ValueError(f"between 1 and {MOST} papers, not {len(papers)}")
    parts = [_set(papers[begin : begin + _AT_ONCE]) for begin in range(0, len(papers), _AT_ONCE)]
    return Rendered(parts[0] if len(parts) == 1 else _joined(parts), font_warnings())


def _set(papers: Sequence[Paper]) -> bytes:
    warnings = font_warnings()
    inputs = {
        "papers": json.dumps([_data(paper) for paper in papers], ensure_ascii=False),
        "keywords": json.dumps([f"minewarden:{warning.id}" for warning in warnings]),
    }
    inputs |= {role: json.dumps(families(role), ensure_ascii=False) for role in ("fang", "hei", "biao", "song")}
    template = files("minewarden.documents").joinpath("pledge.typ").read_bytes()
    pdf = typst.Compiler(template, font_paths=collection(), sys_inputs=inputs).compile(format="pdf", timestamp=0)
    if not isinstance(pdf, bytes):
        raise TypeError("Typst returns the bytes of one PDF where no output file is named")
    return pdf


def _joined(parts: Sequence[bytes]) -> bytes:
    whole = pypdfium2.PdfDocument.new()
    for part in parts:
        document = pypdfium2.PdfDocument(part)
        whole.import_pages(document)
        document.close()
    out = io.BytesIO()
    whole.save(out)
    whole.close()
    return out.getvalue()


def _data(paper: Paper) -> dict[str, Any]:
    data = asdict(paper)
    data["title_lines"] = title_lines(paper.title)
    data["on"] = chinese_date(paper.on) if paper.on else ""
    data["qr"] = qr_picture(paper.code) if paper.code else None
    return data
