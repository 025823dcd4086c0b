"""F: the notice by which a bureau passes lines on, as an official paper."""

from typing import Any
from urllib.parse import unquote

import pymupdf
import pytest

from minewarden.desk.assessments import papers
from minewarden.documents.pdf import to_pdf
from tests.desk.notices.conftest import HEAD, at, claim

pytestmark = pytest.mark.django_db


def test_the_notice_stands_on_one_page_and_the_units_on_the_next(
    desk: Any, take: Any, confirm: Any, login: Any
) -> None:
    claim(desk.first_school, "198.51.100.0/28")
    claim(desk.second_school, "198.51.100.16/28")
    rows = [[n, f"198.51.100.{n}", 3333, "pool.example.net", "2026-03-13 10:00", ""] for n in range(1, 30)]
    content = "\n".join(",".join(map(str, row)) for row in [HEAD, *rows]).encode()
    received = take(content, "2026-03-13 17:30", name="清单.csv")
    confirm(received, number="豫教信安通〔2026〕8号")
    made = papers.paper("relay", desk.zhou, received.pk, at("2026-03-13 18:00"))
    assert made is not None
    first, second = (page.get_text() for page in pymupdf.open(stream=to_pdf(made[1]).pdf))
    assert "2026年3月13日" in first.split("附件：")[1]
    assert "豫教信安通〔2026〕8号" in "".join(first.split())
    assert second.splitlines()[:2] == ["附件", "分派情况"]
    assert "2026年3月15日17时30分" in second.splitlines(), "a time on one line"
    assert "198.51.100." not in first + second, "each unit sees its own lines in the desk"
    assert "按附件时限形成书面报告" in "".join(first.split()), "a sender may want it before 72 hours are over"
    name = unquote(login(desk.zhou).get(f"/papers/relay/{received.pk}.docx")["Content-Disposition"])
    assert f"{received.office.name}_关于转发" in name, "what is saved says what it is"
