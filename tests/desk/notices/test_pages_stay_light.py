"""The pages of notices ask the database a bounded number of times, however long the notice is."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

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
