"""N11 (c): 张喆、李䶮、王㛃·阿卜杜拉 print correctly in docx, PDF, xlsx and on the page."""

import io
from typing import Any

import pymupdf
import pytest
from django.urls import reverse
from docx import Document
from python_calamine import CalamineWorkbook

from tests.desk.reports.test_feedback_form import RARE, answered

__all__ = ["answered"]
NAMES = "、".join(RARE)


@pytest.fixture
def shown(answered: Any, staff: Any, login: Any) -> Any:
    """The case as its handler sees it once he has said why he needs the whole name."""
    case, received = answered
    client = login(staff.handler)
    masked = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert NAMES not in masked
    answer = client.post(reverse("cases:act", args=[case.pk, "unmask"]), {"unmask-reason": "约谈责任人"}, follow=True)
    return answer.content.decode(), case, received, client


def test_the_page_shows_the_whole_name(shown: Any) -> None:
    page, *_ = shown
    assert NAMES in page
    assert "\ufffd" not in page
    assert '<meta charset="utf-8">' in page


def test_the_report_prints_it_in_both_forms(shown: Any, staff: Any) -> None:
    _, case, received, client = shown
    word = client.get(reverse("reports:feedback", args=[case.pk, received.pk, "docx"])).content
    cells = [cell.text for table in Document(io.BytesIO(word)).tables for row in table.rows for cell in row.cells]
    assert any(NAMES in text for text in cells)
    pdf = pymupdf.open(
        stream=client.get(reverse("reports:feedback", args=[case.pk, received.pk, "pdf"])).content, filetype="pdf"
    )
    text = "".join(page.get_text() for page in pdf).replace("\n", "")
    assert all(name in text for name in RARE)
    drawn = {
        char["c"]: span["font"]
        for page in pdf
        for block in page.get_text("rawdict")["blocks"]
        for line in block.get("lines", ())
        for span in line["spans"]
        for char in span["chars"]
    }
    assert {char for name in RARE for char in name if char != "·"} <= drawn.keys()
    # A character that no face has is drawn as the face's glyph 0, an empty box, and still comes back as itself.
    glyphs = {chr(char[0]): char[1] for page in pdf for span in page.get_texttrace() for char in span["chars"]}
    assert not [char for name in RARE for char in name if not glyphs[char]]


def test_the_senders_workbook_holds_it_as_text(shown: Any, staff: Any, login: Any) -> None:
    *_, received, _ = shown
    book = login(staff.superior).get(reverse("notices:answer", args=[received.pk])).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert any(cell == NAMES for row in rows for cell in row)
