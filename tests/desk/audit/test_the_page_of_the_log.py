"""The audit administrator reads, filters and exports the log of the own scope, and nothing in it acts as a formula."""

import csv
import io
from datetime import datetime

import pytest

from minewarden.desk.audit.models import Record
from minewarden.desk.audit.record import record
from minewarden.desk.kit.sheets import cell
from minewarden.desk.org import actions
from minewarden.vocab.words import DISPLAY_ZONE

pytestmark = pytest.mark.django_db


def exported(browser, query=""):
    answer = browser.get(f"/audit/export/{query}")
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_the_page_says_acts_in_words(login, people):
    page = login("audit").get("/audit/").content.decode()
    assert "授予岗位" in page
    assert "云川市教育局" in page


@pytest.mark.parametrize(
    ("query", "found"), [("?q=王磊", True), ("?q=没有此人", False), ("?action=case.", True), ("?action=unit.", False),
                         ("?since=2030-01-01", False), ("?until=2020-01-01", False), ("?result=refused", False)]
)  # fmt: skip
def test_the_filter_narrows(login, people, query, found):
    record("case.lock", by=people.officer, after={"text": "标记甲乙丙"})
    assert ("标记甲乙丙" in login("audit").get(f"/audit/{query}").content.decode()) is found


def test_an_auditor_of_a_district_reads_that_district_only(login, people, city):
    auditor = people.nobody
    actions.grant_post(auditor, role="audit", unit=city.linjiang, by=None)
    record("case.lock", by=people.officer, after={"text": "本区"})
    record("case.lock", by=people.stranger, after={"text": "邻区"})
    page = login(auditor).get("/audit/?action=case.").content.decode()
    assert "本区" in page
    assert "邻区" not in page
    assert {row[3] for row in exported(login(auditor))[1:]} == {"云川市临江区教育局"}


def test_the_export_is_recorded_and_holds_what_the_filter_found(login, people):
    record("case.lock", by=people.officer)
    rows = exported(login("audit"), "?action=case.")
    assert len(rows) == 2
    entry = Record.objects.filter(action="audit.export").get()
    assert entry.after == {"count": 1, "filter": "action=case."}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_no_cell_acts_as_a_formula(login, people, text):
    assert cell(text) == f"'{text}"
    record("case.note", by=None, actor=text)
    record_of = Record.objects.order_by("-seq").first()
    row = next(row for row in exported(login("audit")) if row[0] == str(record_of.seq))
    assert row[2] == f"'{text}"


def test_the_check_of_the_chain_stands_on_a_page(login, data_folder):
    page = login("audit").get("/audit/verify/").content.decode()
    assert "audit-anchor.json" in page


def test_a_filter_by_days_holds_both_of_its_ends_in_beijing(login, people, monkeypatch):
    for text in ("2026-03-12 23:59", "2026-03-13 00:00", "2026-03-13 23:59", "2026-03-14 00:00"):
        moment = datetime.fromisoformat(text).replace(tzinfo=DISPLAY_ZONE)
        monkeypatch.setattr("minewarden.desk.audit.record.timezone.now", lambda moment=moment: moment)
        record("case.lock", by=people.officer, after={"text": text})
    monkeypatch.undo()
    rows = exported(login("audit"), "?action=case.lock&since=2026-03-13&until=2026-03-13")
    assert sorted(cell for row in rows[1:] for cell in row if '"text"' in cell) == [
        '{"text": "2026-03-13 00:00"}', '{"text": "2026-03-13 23:59"}',
    ]  # fmt: skip
