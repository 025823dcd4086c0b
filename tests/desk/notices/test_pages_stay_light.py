"""The pages of notices ask the database a bounded number of times, however long the notice is."""

import csv
import io
import re
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from minewarden.desk.notices import export
from minewarden.desk.notices.models import Received, Share
from tests.desk.notices.conftest import claim
from tests.intake.made import xlsx

MOST = 30


def test_no_page_asks_more_than_thirty_times(desk: Any, take: Any, confirm: Any, login: Any) -> None:
    claim(desk.first_school, "203.0.113.0/25")
    claim(desk.second_school, "203.0.113.128/25")
    rows = [["IP", "时间"], *([f"203.0.113.{n}", "2026-03-12 21:14"] for n in range(100, 160))]
    preview, document = take(xlsx(rows), "2026-03-13 09:00"), take(xlsx(rows), "2026-03-13 09:00")
    made = confirm(document)
    pages = [
        *(f"/notices/{preview.pk}/", f"/notices/{document.pk}/", "/notices/", "/assignments/", "/notices/add/"),
        *(f"/notices/{document.pk}/answer/", f"/assignments/{made['市一中'].pk}/", "/notices/export/"),
    ]
    browser = login(desk.zhou)
    asked = {}
    for page in pages:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = browser.get(page)
            assert answer.status_code == 200
            if answer.streaming:
                b"".join(answer.streaming_content)
        asked[page] = len(queries)
    assert {page: count for page, count in asked.items() if count > MOST} == {}


def test_the_register_asks_as_often_for_one_notice_as_for_many(desk: Any, take: Any, confirm: Any, login: Any) -> None:
    claim(desk.first_school, "203.0.113.0/25")
    claim(desk.second_school, "203.0.113.128/25")
    browser = login(desk.zhou)

    def exported() -> tuple[list[list[str]], int]:
        with CaptureQueriesContext(connection) as queries:
            content = b"".join(browser.get("/notices/export/").streaming_content).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(content)))[1:], len(queries)

    for number in range(4):
        confirm(take(xlsx([["IP"], [f"203.0.113.{10 + number}"], [f"203.0.113.{140 + number}"]]), "2026-03-13 09:00"))
        if not number:
            exported()  # The first look of a session also notes that it is used.
            _, least = exported()
    back = Share.objects.get(line__ip="203.0.113.11")
    Share.objects.filter(pk=back.pk).update(ended="returned")
    other = back.line.received.assignments.exclude(pk=back.assignment_id).get()
    Share.objects.create(assignment=other, line=back.line, case=back.case)
    rows, asked = exported()
    assert asked == least
    number, place, unit = (export.REGISTER.index(name) for name in ("number", "place", "unit"))
    wanted = [
        [row.line.received.number, row.line.place, row.share.assignment.unit.name]
        for received in Received.objects.filter(state="confirmed")
        for row in export.answered(received)
        if row.share
    ]
    assert [[row[number], row[place], row[unit]] for row in rows] == wanted
    assert len(wanted) == 8
    # The workbook says the same, below who had it made and when.
    answer = browser.get("/notices/", follow=True)
    (address,) = re.findall(r'href="([^"]+form=xlsx)"', answer.content.decode())
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(browser.get(address).content)).get_sheet_by_index(0)
    note, head, *of_book = sheet.to_python()
    assert note[0].startswith(f"{desk.bureau.name}　截至 ")
    assert [sheet.name, head, of_book] == ["通报登记台账", export.register_head(), rows]
