"""Notices as offices send them, and files that mean harm: all made here, with addresses of documentation only."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pymupdf
import xlsxwriter

from minewarden.vocab.words import DISPLAY_ZONE

SAMPLES = Path(__file__).parent / "samples"
RECEIVED = datetime(2026, 3, 13, 17, 30, tzinfo=DISPLAY_ZONE)
BOUNDS = {"zone": DISPLAY_ZONE, "latest": RECEIVED}
HEAD = ("序号", "IP地址", "目的端口", "矿池域名", "首次发现时间", "归属单位")


def utc(text: str) -> datetime:
    """A time of Beijing as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=DISPLAY_ZONE).astimezone(UTC)


def xlsx(
    rows: Iterable[Sequence[Any]], *, merges: Sequence[tuple[int, int, int, int, str]] = (), hidden: Any = None
) -> bytes:
    """A workbook of one sheet 清单, and of a hidden one 备用 where `hidden` has rows."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        stamp = book.add_format({"num_format": "yyyy/m/d h:mm:ss"})
        sheet = book.add_worksheet("清单")
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(number, column, value, stamp)
                elif value is not None:
                    sheet.write(number, column, value)
        for top, left, bottom, right, text in merges:
            sheet.merge_range(top, left, bottom, right, text)
        if hidden is not None:
            second = book.add_worksheet("备用")
            for number, row in enumerate(hidden):
                second.write_row(number, 0, row)
            second.hide()
    return out.getvalue()


def csv_text(rows: Iterable[Sequence[Any]], encoding: str = "utf-8-sig") -> bytes:
    """Separated text as WPS writes it."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def with_parts(package: bytes, parts: dict[str, bytes]) -> bytes:
    """A package of Office with more parts in it."""
    out = io.BytesIO(package)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def word(
    rows: Sequence[Sequence[str]], paragraphs: Sequence[str] = (), *, spans: Sequence[tuple[int, int, int, int]] = ()
) -> bytes:
    """A document: paragraphs, then one table."""
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    if rows:
        table = made.add_table(len(rows), len(rows[0]))
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                table.cell(number, column).text = text
        for top, left, bottom, right in spans:
            text = table.cell(top, left).text
            table.cell(top, left).merge(table.cell(bottom, right)).text = text
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def pdf(
    rows: Sequence[Sequence[str]],
    lines: Sequence[str] = (),
    *,
    per_page: int = 16,
    script: bool = False,
    password: str = "",
) -> bytes:
    """A PDF that carries text: lines, then a ruled table that runs on over pages with its head once."""
    made = pymupdf.open()
    width = 780 // max((len(row) for row in rows), default=1)
    for start in range(0, max(len(rows), 1), per_page):
        page = made.new_page(width=842, height=595)
        top = 40
        for text in lines if start == 0 else ():
            page.insert_text((50, top), text, fontname="china-s", fontsize=11)
            top += 24
        for row in rows[start : start + per_page]:
            for column, text in enumerate(row):
                box = pymupdf.Rect(30 + column * width, top, 30 + (column + 1) * width, top + 26)
                page.draw_rect(box, width=0.7)
                for number, part in enumerate(text.split("\n")):
                    page.insert_text((box.x0 + 2, box.y0 + 10 + 11 * number), part, fontname="china-s", fontsize=4)
            top += 26
    if script:
        action = made.get_new_xref()
        made.update_object(action, "<</S/JavaScript/JS(app.alert\\(1\\))>>")
        made.xref_set_key(made.pdf_catalog(), "OpenAction", f"{action} 0 R")
    how = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": password, "owner_pw": password} if password else {}
    return made.tobytes(garbage=3, deflate=True, use_objstms=1, **how)


def scan() -> bytes:
    """A PDF with one picture and no text."""
    made = pymupdf.open()
    picture = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 40))
    picture.clear_with(200)
    made.new_page().insert_image(pymupdf.Rect(50, 50, 400, 300), pixmap=picture)
    return made.tobytes()


def png(width: int = 60, height: int = 40) -> bytes:
    """A picture."""
    picture = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, width, height))
    picture.clear_with(180)
    return picture.tobytes("png")


def empty_rows(megabytes: int) -> bytes:
    """A sheet whose rows are empty and without number."""
    head = b'<row r="1"><c r="A1" t="inlineStr"><is><t>IP</t></is></c></row>'
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + head
    return with_sheet(sheet + b"<row/>" * (megabytes * 1024 * 1024 // 6) + b"</sheetData></worksheet>")


def with_sheet(sheet: bytes) -> bytes:
    """A workbook with that sheet instead of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx([HEAD]))) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part in given.infolist():
            made.writestr(part.filename, sheet if part.filename == "xl/worksheets/sheet1.xml" else given.read(part))
    return out.getvalue()


def bomb() -> bytes:
    """A workbook of 200 MB that packs into a few hundred KB."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(200):
            part.write(b"\0" * 1024 * 1024)
    return out.getvalue()
