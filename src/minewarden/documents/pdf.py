"""An official document as PDF on the page of GB/T 9704-2012, set by Typst."""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import segno
import typst

from minewarden.documents.fonts import FACES, collection, families, missing_roles
from minewarden.documents.numbering import Numbering
from minewarden.documents.official import OfficialDocument
from minewarden.documents.titles import title_lines
from minewarden.documents.watermark import Watermark
from minewarden.vocab.message import Message, message


@dataclass(frozen=True, slots=True)
class Rendered:
    """The PDF, and what a person must know about it: for example that a typeface was not at hand."""

    pdf: bytes
    warnings: tuple[Message, ...]


def to_pdf(document: OfficialDocument, *, watermark: Watermark | None = None) -> Rendered:
    """Set the document. It is always made; what falls short is said in `warnings` and in the PDF's keywords.

    watermark: who takes out a paper with personal data that stays in the office; faintly across each page, below the
    text. One that is signed or goes to others bears none.
    """
    warnings = font_warnings()
    data = _data(document)
    data["watermark"] = watermark.line if watermark is not None else ""
    data["keywords"] = [f"minewarden:{warning.id}" for warning in warnings]
    inputs = {"document": json.dumps(data, ensure_ascii=False)}
    inputs.update({role: json.dumps(families(role), ensure_ascii=False) for role in FACES})
    template = files("minewarden.documents").joinpath("gbt9704.typ").read_bytes()
    compiler = typst.Compiler(template, font_paths=collection(), sys_inputs=inputs)
    pdf = compiler.compile(format="pdf", timestamp=0)
    if not isinstance(pdf, bytes):
        raise TypeError("Typst returns the bytes of one PDF where no output file is named")
    return Rendered(pdf, warnings)


def chinese_date(day: date) -> str:
    """`2026年3月5日`: Arabic numerals without leading zeros, as the standard wants it."""
    return f"{day.year}年{day.month}月{day.day}日"


def font_warnings() -> tuple[Message, ...]:
    """What is to be said of a page because a typeface is not at hand."""
    names = [FACES[role].office for role in missing_roles()]
    return (message("documents.fonts_missing", fonts="、".join(names)),) if names else ()


def _data(document: OfficialDocument) -> dict[str, Any]:
    data = asdict(document)
    data["title_lines"] = title_lines(document.title)
    _number(data["sections"])
    for annex in data["annexes"]:
        annex["title_lines"] = title_lines(annex["title"])
        _number(annex["sections"])
    data["on"] = chinese_date(document.on)
    data["printed_on"] = chinese_date(document.printed_on) if document.printed_on else ""
    data["code"] = document.code_said
    data["qr"] = qr_picture(document.code) if document.code else None
    return data


def _number(sections: Sequence[dict[str, Any]]) -> None:
    numbering = Numbering()
    for section in sections:
        section["mark"] = numbering.next(section["level"])


def qr_picture(code: str) -> str:
    """A QR code as an SVG picture without a margin."""
    picture = io.BytesIO()
    segno.make(code, error="m", micro=False).save(picture, kind="svg", border=0, xmldecl=False, scale=4)
    return picture.getvalue().decode()
