"""S6: Friday 16:00. Figures, comparisons, lists are there; people judge, the leader approves, the paper is frozen."""

import io
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pymupdf
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from docx import Document
from python_calamine import CalamineWorkbook

from minewarden.desk.assessments import actions, export, queries
from minewarden.desk.assessments.actions import Head
from minewarden.desk.assessments.figures import ALL, Asked, gather, gather_all, of_unit, window_of
from minewarden.desk.assessments.indicators import Window
from minewarden.desk.assessments.models import Assessment, Version, Zero
from minewarden.desk.assessments.periods import week_of
from minewarden.desk.audit.models import Record
from minewarden.desk.cases.models import Case, Outage, Recurrence
from minewarden.desk.notify.models import Copy
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Role, Unit
from minewarden.documents.pdf import to_pdf
from minewarden.vocab.errors import TransitionError
from tests.desk.assessments.conftest import beijing

FRIDAY = beijing("2026-03-13 16:00")
WEEK = week_of(date(2026, 3, 13))
JUDGEMENT = "本周全区态势总体平稳，新增事件均为被动感染。" * 9 + "请各校加强口令管理。"
WRITTEN = {"judgement": JUDGEMENT, "problems": "个别学校服务器无人管理。", "next": "下周逐校核对无主设备。"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def week(city: Any, people: Any, case_row: Any) -> SimpleNamespace:
    """临江区 in the week of 9 March: two open before; three new, one of them merged away; one closed; one over time."""
    first, riverside = city.first_school, city.riverside
    before = {"state": "handling", "conclusion": "true", "nature": "passive"}
    old = case_row(
        first, beijing("2026-03-05 09:00"), concluded_at=beijing("2026-03-06 09:00"), **before,
        locked_at=beijing("2026-03-06 09:00"), reported_at=beijing("2026-03-07 08:00"), device_mac="02:00:5e:10:00:01",
    )  # fmt: skip
    closed = case_row(
        riverside, beijing("2026-03-03 10:00"), state="closed", conclusion="true", nature="passive",
        concluded_at=beijing("2026-03-04 10:00"), locked_at=beijing("2026-03-04 10:00"),
        reported_at=beijing("2026-03-05 10:00"), closed_at=beijing("2026-03-10 10:00"), device_mac="02:00:5e:10:00:02",
    )  # fmt: skip
    new = [
        case_row(first, beijing("2026-03-09 09:00"), concluded_at=beijing("2026-03-10 09:00"),
                 locked_at=beijing("2026-03-10 09:00"), conclusion="true", nature="passive", state="handling"),
        case_row(riverside, beijing("2026-03-11 11:00"), origin="self-found"),
    ]  # fmt: skip
    again = case_row(
        riverside, beijing("2026-03-12 09:00"), state="locked", conclusion="true",
        locked_at=beijing("2026-03-12 12:00"), concluded_at=beijing("2026-03-12 12:00"), device_mac="02:00:5e:10:00:02",
    )  # fmt: skip
    Recurrence.objects.create(case=again, earlier=closed, days=2, at=beijing("2026-03-12 12:00"))
    case_row(first, beijing("2026-03-09 09:30"), state="merged")
    return SimpleNamespace(old=old, closed=closed, new=[*new, again], again=again)


def draft(city: Any, people: Any, **changed: str) -> Assessment:
    return actions.save_draft(
        city.linjiang,
        WEEK,
        by=people.officer,
        now=FRIDAY,
        sections=WRITTEN | changed,
        head=Head(addressee="云川市教育局"),
    )


def handed_in(city: Any, people: Any) -> Version:
    draft(city, people)
    return actions.submit(city.linjiang, WEEK, by=people.officer, now=FRIDAY)


def test_the_draft_holds_the_numbers_of_the_week_and_of_the_one_before(city: Any, people: Any, week: Any) -> None:
    content = queries.page(people.officer, city.linjiang, WEEK, FRIDAY).content
    now, before = (export.thawed(content[key]) for key in ("figures", "before"))
    assert {k: now.count(k) for k in ("stock_start", "new", "closed", "stock_end")} == {
        "stock_start": 2, "new": 3, "closed": 1, "stock_end": 4,
    }  # fmt: skip
    assert {k: before.count(k) for k in ("stock_start", "new", "closed", "stock_end")} == {
        "stock_start": 0, "new": 2, "closed": 0, "stock_end": 2,
    }  # fmt: skip
    assert (now.count("self_found"), now.count("notified"), now.count("units")) == (1, 2, 2)
    # Monday's 48 hours ended on Wednesday and were kept; Wednesday's ended on Friday at eleven and were not.
    assert (now.count("find_kept"), now.count("find_due")) == (1, 2)
    late = [row["number"] for row in content["late"]]
    assert late == [week.new[0].number, week.new[1].number], "one without its report, one without a finding"
    assert [row["number"] for row in content["recurred"]] == [week.again.number]
    assert (now.count("recurred_devices"), now.count("clean_devices")) == (1, 1)
    assert {row["unit"]: row["figures"]["counts"]["stock_end"] for row in content["parts"]} == {
        "市一中": 2,
        "江畔小学": 2,
    }
    assert content["sections"] == dict.fromkeys(export.SECTIONS, ""), "the judgement is left to people"
    assert [row["new"] for row in content["course"]][-2:] == [2, 3]


def test_a_listed_case_says_whether_it_fell_due_in_an_outage(city: Any, people: Any, week: Any) -> None:
    due = week.new[1].due48
    rows = queries.page(people.officer, city.linjiang, WEEK, FRIDAY).content["late"]
    assert [(row["number"], row["outage"]) for row in rows] == [(one.number, False) for one in week.new[:2]]
    began, ended = due - timedelta(minutes=1), due
    Outage.objects.create(began_at=began, ended_at=ended, note="机房断电", entered_at=FRIDAY, by=people.officer)
    rows = queries.page(people.officer, city.linjiang, WEEK, FRIDAY).content["late"]
    assert [(row["number"], row["outage"]) for row in rows] == [(week.new[0].number, False), (week.new[1].number, True)]
    # Where its superior allowed more time, it is the time that stood before which fell into the outage.
    Case.objects.filter(pk=week.new[1].pk).update(due48=F("due48") + timedelta(minutes=5))
    rows = queries.page(people.officer, city.linjiang, WEEK, FRIDAY).content["late"]
    assert {row["number"]: row["outage"] for row in rows}[week.new[1].number]
    Case.objects.filter(pk=week.new[1].pk).update(told48=F("due48"))
    rows = queries.page(people.officer, city.linjiang, WEEK, FRIDAY).content["late"]
    assert not {row["number"]: row["outage"] for row in rows}[week.new[1].number], "its time had been told otherwise"


def test_nobody_hands_in_without_a_judgement_and_nobody_approves_his_own(city: Any, people: Any, week: Any) -> None:
    draft(city, people, judgement=" ")
    with pytest.raises(TransitionError, match="Write the judgement"):
        actions.submit(city.linjiang, WEEK, by=people.officer, now=FRIDAY)
    version = handed_in(city, people)
    with pytest.raises(PermissionDenied):
        actions.approve(version, by=people.officer, now=FRIDAY)
    org.grant_post(people.officer, role=Role.APPROVER, unit=city.linjiang, by=None)
    people.officer.save()
    with pytest.raises(TransitionError, match="cannot approve"):
        actions.approve(version, by=people.officer, now=FRIDAY)


def test_the_leader_approves_and_the_papers_are_kept(city: Any, people: Any, week: Any) -> None:
    assert len(JUDGEMENT) >= 200
    version = handed_in(city, people)
    approved = actions.approve(version, by=people.approver, now=FRIDAY + timedelta(minutes=20))
    assert Copy.objects.get(message__key=f"assessment.{approved.pk}.approved").person == people.officer
    kept = {row.form: bytes(row.content) for row in approved.kept.all()}
    assert set(kept) == {"docx", "pdf", "xlsx"}
    pdf = pymupdf.open(stream=kept["pdf"], filetype="pdf")
    printed = "".join(page.get_text() for page in pdf).replace("\n", "")
    assert "新增3起" in printed
    assert "办结1起" in printed
    assert "期末存量4起" in printed
    assert JUDGEMENT[:20] in printed
    assert week.again.number in printed, "the list of recurrences is annexed"
    assert approved.sha256[:12] in printed, "the foot names the hash"
    word = "\n".join(p.text for p in Document(io.BytesIO(kept["docx"])).paragraphs)
    assert JUDGEMENT in word
    book = CalamineWorkbook.from_filelike(io.BytesIO(kept["xlsx"]))
    cells = {row[1]: row[2] for row in book.get_sheet_by_index(0).to_python()[2:]}
    assert (cells["新增"], cells["办结"], cells["期末存量"]) == (3, 1, 4), "counts are numbers, which can be added up"
    units = book.get_sheet_by_index(2).to_python()[2:]
    assert all(isinstance(row[1], float) for row in units)
    assert {row[0] for row in units} >= {"市一中", "江畔小学"}
    assert export.digest(approved.content) == approved.sha256
    assert [r.action for r in Record.objects.filter(action__startswith="assessment.").order_by("seq")] == [
        "assessment.save", "assessment.submit", "assessment.approve",
    ]  # fmt: skip


def test_a_late_correction_changes_the_live_figures_and_not_the_paper(
    city: Any, people: Any, week: Any, case_row: Any
) -> None:
    approved = actions.approve(handed_in(city, people), by=people.approver, now=FRIDAY)
    paper = queries.paper(approved, "pdf")
    later = FRIDAY + timedelta(days=6)
    # What arrived on Tuesday is entered a week later.
    case_row(city.first_school, beijing("2026-03-10 08:00"), opened_at=later)
    assert of_unit(city.linjiang, window_of(WEEK, later), now=later).count("new") == 4, "the live figures know it"
    again = Version.objects.get(pk=approved.pk)
    assert export.thawed(again.content["figures"]).count("new") == 3
    assert export.digest(again.content) == approved.sha256
    assert queries.paper(again, "pdf") == paper
    page = queries.page(people.officer, city.linjiang, WEEK, later)
    assert ("新增", "3", "4") in page.changed, "the page says what would read otherwise"
    with pytest.raises(TransitionError, match="is final"):
        actions.save_draft(city.linjiang, WEEK, by=people.officer, now=later, sections=WRITTEN, head=Head())
    with pytest.raises(TransitionError, match="Give a reason"):
        actions.correct(city.linjiang, WEEK, by=people.officer, now=later, reason=" ")
    actions.correct(city.linjiang, WEEK, by=people.officer, now=later, reason="补录3月10日通报1条")
    second = actions.submit(city.linjiang, WEEK, by=people.officer, now=later)
    second = actions.approve(second, by=people.approver, now=later)
    assert (second.number, second.cites_id, second.as_of) == (2, approved.pk, approved.as_of)
    assert export.thawed(second.content["figures"]).count("new") == 4
    printed = "".join(p.get_text() for p in pymupdf.open(stream=queries.paper(second, "pdf"), filetype="pdf"))
    assert approved.sha256[:12] in printed.replace("\n", ""), "the correction names what it corrects"
    assert Version.objects.get(pk=approved.pk).content == approved.content


def test_who_comes_second_of_two_that_approve_is_told_so(city: Any, people: Any, week: Any) -> None:
    version = handed_in(city, people)
    stale = Version.objects.select_related("assessment__unit").get(pk=version.pk)
    other = org.create_person(
        by=None, unit=city.linjiang, username="qin.yi", name="秦怡", password="Qing-Shan-2026", must_change=False
    )
    org.grant_post(other, role=Role.APPROVER, unit=city.linjiang, by=None)
    actions.approve(version, by=people.approver, now=FRIDAY)
    with pytest.raises(TransitionError, match="decided on this version already"):
        actions.send_back(stale, by=other, now=FRIDAY, reason="再看看")
    with pytest.raises(TransitionError, match="decided on this version already"):
        actions.approve(stale, by=other, now=FRIDAY)
    assert Version.objects.get(pk=version.pk).decided_by == people.approver


def test_a_district_with_nothing_reports_zero_in_two_taps(city: Any, people: Any, login: Any, monkeypatch: Any) -> None:
    """The ten seconds of S6 are the pages' own, which bench/desk.py measures; here are the two taps."""
    monkeypatch.setattr(timezone, "now", lambda: FRIDAY - timedelta(hours=1))
    browser = login("stranger")
    home = browser.get("/").content.decode()
    address = f"/assessments/{city.yunlu.pk}/2026-W11/"
    assert f'href="{address}"' in home, "one tap on the line of the home page"
    page = browser.get(address).content.decode()
    assert f'action="{address}zero/"' in page, "one tap on the button"
    answer = browser.post(f"{address}zero/", follow=True)
    assert "零报告" in answer.content.decode()
    page = answer.content.decode()
    assert "<p>本期无新增通报、无新增事件，无存量。" in page
    assert "尚未填写" not in page, "a zero report is one line"
    zero = Zero.objects.get()
    assert (zero.assessment.unit, zero.on_behalf) == (city.yunlu, False)
    assert export.digest(zero.content) == zero.sha256
    with pytest.raises(TransitionError, match="handed in already"):
        actions.report_zero(city.yunlu, WEEK, by=people.stranger, now=FRIDAY)


def test_zero_is_refused_where_something_is_there_and_says_what(city: Any, people: Any, week: Any) -> None:
    with pytest.raises(TransitionError, match="3 new cases"):
        actions.report_zero(city.linjiang, WEEK, by=people.officer, now=FRIDAY)
    assert not Zero.objects.exists()


def test_a_district_fills_in_for_a_school_and_its_words_go_up_unasked(city: Any, people: Any, week: Any) -> None:
    school = city.first_school
    actions.save_draft(school, WEEK, by=people.officer, now=FRIDAY, sections=WRITTEN, head=Head())
    version = actions.submit(school, WEEK, by=people.officer, now=FRIDAY)
    assert version.on_behalf
    actions.approve(version, by=people.approver, now=FRIDAY)
    content = queries.page(people.officer, city.linjiang, WEEK, FRIDAY).content
    assert content["below"][0]["unit"] == "市一中"
    assert content["below"][0]["problems"] == WRITTEN["problems"]
    missing = content["missing"]
    assert (missing["obliged"], missing["frozen"], missing["units"]) == (2, 1, ["江畔小学"])
    assert missing["with_cases"] == ["江畔小学"], "who is silent although it has cases is named"


def test_the_identity_holds_for_every_unit_and_in_sum(city: Any, people: Any, week: Any) -> None:
    window = window_of(WEEK, FRIDAY)
    total = dict.fromkeys(("stock_start", "new", "closed", "stock_end"), 0)
    for unit in Unit.objects.all():
        own = of_unit(unit, window, now=FRIDAY)
        assert own.number("stock_end") == own.number("stock_start") + own.number("new") - own.number("closed")
        if unit.kind == "school":
            total = {key: total[key] + own.number(key) for key in total}
    city_wide = of_unit(city.bureau, window, now=FRIDAY)
    assert total == {key: city_wide.number(key) for key in total}


def test_bad_times_are_refused_in_words(city: Any, people: Any) -> None:
    school = city.riverside
    with pytest.raises(TransitionError, match="has not begun"):
        actions.save_draft(school, WEEK.following, by=people.officer, now=FRIDAY, sections=WRITTEN, head=Head())
    Unit.objects.filter(pk=school.pk).update(
        valid_from=date(2020, 1, 1), valid_to=date(2026, 3, 4), successor=city.first_school
    )
    school.refresh_from_db()
    with pytest.raises(TransitionError, match="merged into hands in"):
        actions.save_draft(school, WEEK, by=people.officer, now=FRIDAY, sections=WRITTEN, head=Head())


def test_a_school_merged_in_mid_week_counts_for_its_successor_and_owes_nothing(
    city: Any, people: Any, week: Any
) -> None:
    Unit.objects.filter(pk=city.riverside.pk).update(
        valid_from=date(2020, 1, 1), valid_to=date(2026, 3, 11), successor=city.first_school
    )
    content = queries.page(people.officer, city.linjiang, WEEK, FRIDAY).content
    by_unit = {row["unit"]: row["figures"]["counts"]["stock_end"] for row in content["parts"]}
    assert by_unit == {"市一中": 4, "江畔小学": 0}
    assert content["missing"]["units"] == ["市一中"]
    assert Case.objects.filter(unit=city.riverside).exists(), "the cases stay where they happened"


@pytest.mark.parametrize("heir", ["first_school", "yunlu_school"])
def test_windows_before_and_after_a_merger_counted_together_are_as_each_alone(
    city: Any, people: Any, week: Any, heir: str
) -> None:
    Unit.objects.filter(pk=city.riverside.pk).update(
        valid_from=date(2020, 1, 1), valid_to=date(2026, 3, 6), successor=getattr(city, heir)
    )
    windows = [window_of(period, FRIDAY) for period in (WEEK.previous.previous, WEEK.previous, WEEK)]
    for unit in Unit.objects.all():
        together = gather_all(unit, [Asked(window, ALL) for window in windows], now=FRIDAY)
        alone = [gather(unit, window, now=FRIDAY) for window in windows]
        below = Unit.objects.filter(path__startswith=unit.path)
        for row in below:
            assert [one.of(row) for one in together] == [one.of(row) for one in alone], (unit.name, row.name)
        # What is asked of the unit alone is not told apart by units, and comes to the same.
        some = gather_all(unit, [Asked(window, ALL, ("new", "units")) for window in windows], now=FRIDAY)
        assert [one.of(unit) for one in some] == [one.of(unit) for one in alone], unit.name
        for row in below.exclude(pk=unit.pk):
            for one, all_of_it in zip(some, alone, strict=True):
                assert one.of(row, ("new", "units")) == all_of_it.of(row, ("new", "units")), (unit.name, row.name)
                with pytest.raises(KeyError):
                    one.of(row, ("new", "closed"))


def test_more_windows_than_one_number_has_bits_are_counted_as_each_alone(city: Any, people: Any, week: Any) -> None:
    begins = [WEEK.previous.start + timedelta(hours=8 * n) for n in range(45)]
    windows = [Window(begin, begin + timedelta(hours=20)) for begin in begins]
    together = gather_all(city.bureau, [Asked(window, ALL) for window in windows], now=FRIDAY)
    alone = [gather(city.bureau, window, now=FRIDAY).of(city.bureau) for window in windows]
    assert [one.of(city.bureau) for one in together] == alone
    assert any(figures.number("new") for figures in alone)


def test_a_merger_within_a_unit_lets_no_table_be_asked_twice(city: Any, people: Any, week: Any) -> None:
    asked = [Asked(window_of(period, FRIDAY), ("new", "closed", "stock_end")) for period in (WEEK.previous, WEEK)]
    with CaptureQueriesContext(connection) as whole:
        gather_all(city.linjiang, asked, now=FRIDAY)
    Unit.objects.filter(pk=city.riverside.pk).update(
        valid_from=date(2020, 1, 1), valid_to=date(2026, 3, 11), successor=city.first_school
    )
    with CaptureQueriesContext(connection) as merged:
        gather_all(city.linjiang, asked, now=FRIDAY)

    def counting(queries_: Any) -> int:
        return sum('FROM "cases_case"' in query["sql"] for query in queries_)

    assert counting(merged) == counting(whole) == 1


def test_copies_are_printed_with_who_issued_it_and_when(city: Any, people: Any, week: Any) -> None:
    for head, wanted in ((Head(), ""), (Head(copies="区委网信办"), city.linjiang.name)):
        actions.save_draft(city.linjiang, WEEK, by=people.officer, now=FRIDAY, sections=WRITTEN, head=head)
        draft = Assessment.objects.get(unit=city.linjiang, code=WEEK.code)
        paper = export.document(export.content_of(draft, now=FRIDAY), on=FRIDAY)
        assert paper.printed_by == wanted
    last = pymupdf.open(stream=to_pdf(paper).pdf, filetype="pdf")[-1].get_text()
    assert "抄送：区委网信办。" in last
    assert "2026年3月13日印发" in last
