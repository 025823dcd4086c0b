"""Sheets of QR codes as PDF, set by Typst: a large code a page for a group, or cards to cut out for each person."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import typst

from minewarden.documents.fonts import collection, families
from minewarden.documents.pdf import Rendered, font_warnings, qr_picture

MOST = 2000
"""Codes of one PDF."""


@dataclass(frozen=True, slots=True)
class Card:
    """One code: whose, a line below, and the address that it leads to."""

    heading: str
    sub: str
    address: str


def sheet_pdf(cards: Sequence[Card], *, title: str, how: str, until: str, posters: bool, group: str = "") -> Rendered:
    """Set codes: each on a page of its own (`posters`), or twelve to a page with lines to cut along.

    how: one sentence on what to do; until: until when it is good; group: in the head of a sheet of cards. Raises
    ValueError for no code, and for more than `MOST`.
    """
    if not 0 < len(cards) <= MOST:
        raise ValueError(f"between 1 and {MOST} codes, not {len(cards)}")
    warnings = font_warnings()
    sheet: dict[str, Any] = {"title": title, "how": how, "until": until, "posters": posters, "group": group}
    sheet["cards"] = [asdict(card) | {"qr": qr_picture(card.address)} for card in cards]
    inputs = {
        "sheet": json.dumps(sheet, ensure_ascii=False),
        "keywords": json.dumps([f"minewarden:{warning.id}" for warning in warnings]),
    }
    inputs |= {role: json.dumps(families(role), ensure_ascii=False) for role in ("hei", "biao", "song")}
    template = files("minewarden.documents").joinpath("code_sheet.typ").read_bytes()
    pdf = typst.Compiler(template, font_paths=collection(), sys_inputs=inputs).compile(format="pdf", timestamp=0)
    if not isinstance(pdf, bytes):
        raise TypeError("Typst returns the bytes of one PDF where no output file is named")
    return Rendered(pdf, warnings)
