"""Papers D to J: made of what is kept, in the form of GB/T 9704; what nobody keeps has no source and is not made up."""

import io
import zipfile
from datetime import date, timedelta
from typing import Any

import pymupdf
import pytest
from django.urls import NoReverseMatch, reverse
from docx import Document
from python_calamine import CalamineWorkbook

from minewarden.desk.assessments import actions, export, papers, queries, takeout
from minewarden.desk.assessments.actions import Head
from minewarden.desk.assessments.periods import month_of, span, week_of
from minewarden.desk.cases import side
from minewarden.desk.cases.models import Order
from minewarden.desk.ledger.models import Asset
from minewarden.documents.docx import to_docx
from minewarden.documents.pdf import to_pdf
from minewarden.documents.watermark import Watermark
from tests.desk.assessments.conftest import beijing
from tests.desk.assessments.test_s6_weekly_assessment import FRIDAY, JUDGEMENT, week

__all__ = ["week"]
pytestmark = pytest.mark.django_db


def printed(document: Any) -> str:
    pdf = pymupdf.open(stream=to_pdf(document).pdf, filetype="pdf")
    return "".join(page.get_text() for page in pdf).replace("\n", "")


def in_word(document: Any) -> str:
    word = Document(io.BytesIO(to_docx(document)))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "".join([*(p.text for p in word.paragraphs), *cells])


def test_g_a_letter_names_the_line_and_no_person(make_case: Any, staff: Any, people: Any) -> None:
    case = make_case("lock")
    row = side.refer(
        case, by=staff.superior, now=FRIDAY, office="carrier", name="云川电信分公司", number="云临教函〔2026〕3号",
        reason="公网侧仍有连接",
    )  # fmt: skip
    assert papers.paper("referral", people.stranger, row.pk, FRIDAY) is None, "not for another district"
    made = papers.paper("referral", people.officer, row.pk, FRIDAY)
    assert made is not None
    for text in (printed(made[1]), in_word(made[1])):
        assert "云川电信分公司：" in text
        assert "云临教函〔2026〕3号" in text
        assert "pool.example.net:3333" in text
        assert "特此函告" in text
        assert "秦朗" not in text


def test_h_the_order_and_the_request_stand_on_one_page_each(make_case: Any, staff: Any, people: Any) -> None:
    case = make_case("lock")
    Order.objects.create(
        case=case, state="restored", proposed_at=FRIDAY, ordered_at=FRIDAY, ordered_by=staff.handler,
        reason="30日内再次确认",
        approved_at=FRIDAY, approved_by=staff.principal, executed_at=beijing("2026-03-13 15:40"), confirmed_at=FRIDAY,
        confirmed_by=staff.handler, restore_asked_at=FRIDAY, restore_asked_by=staff.handler,
        restore_reason="已重装系统",
        restored_at=FRIDAY, restored_by=staff.principal, review_at=FRIDAY + timedelta(days=30),
    )  # fmt: skip
    for code, words in (("order", ("15时40分", "30日内再次确认", "何青")), ("restore", ("已重装系统", "何青"))):
        made = papers.paper(code, people.officer, case.order.pk, FRIDAY)
        assert made is not None
        assert pymupdf.open(stream=to_pdf(made[1]).pdf, filetype="pdf").page_count == 1
        for text in (printed(made[1]), in_word(made[1])):
            assert all(word in text for word in words)


def test_d_the_summary_of_a_phase_counts_its_own_days(city: Any, people: Any, week: Any) -> None:
    phase = span(date(2026, 3, 1), date(2026, 3, 13))
    page = queries.page(people.officer, city.linjiang, phase, FRIDAY)
    figures = export.thawed(page.content["figures"])
    assert (figures.count("stock_start"), figures.count("new"), figures.count("closed")) == (0, 5, 1)
    actions.save_draft(
        city.linjiang, phase, by=people.officer, now=FRIDAY, sections={"judgement": JUDGEMENT}, head=Head()
    )
    version = actions.submit(city.linjiang, phase, by=people.officer, now=FRIDAY)
    version = actions.approve(version, by=people.approver, now=FRIDAY)
    text = printed(export.document(version.content, on=FRIDAY))
    assert "阶段总结" in text
    assert "新增5起" in text


@pytest.mark.parametrize(
    ("period", "shown"),
    [
        (week_of(FRIDAY.date()), 12),
        (month_of(FRIDAY.date()), 12),
        (span(date(2026, 3, 1), date(2026, 3, 13)), 12),
        (span(date(2026, 2, 10), date(2026, 3, 13)), 12),
        (span(date(2026, 2, 9), date(2026, 3, 13)), 2),
    ],
)
def test_the_course_shows_twelve_times_and_of_long_spans_the_one_before(
    city: Any, people: Any, week: Any, period: Any, shown: int
) -> None:
    course = queries.page(people.officer, city.linjiang, period, FRIDAY).content["course"]
    assert len(course) == shown
    assert [row["period"] for row in course[-2:]] == [period.previous.code, period.code]


def test_what_nobody_keeps_has_no_source(people: Any, login: Any, monkeypatch: Any) -> None:
    def nowhere(route: str, args: Any = ()) -> str:
        if route == "pledges:home":
            raise NoReverseMatch
        return reverse(route, args=args)

    monkeypatch.setattr(papers, "reverse", nowhere)
    found = {letter: href for letter, _, href in papers.elsewhere()}
    assert found["E"] == ""
    assert found["J"]
    page = login("officer").get("/papers/").content.decode()
    assert "无数据来源" in page


def test_a_span_that_is_none_is_refused_in_words(login: Any) -> None:
    answer = login("officer").get("/papers/", {"begin": "2026-03-13", "last": "2026-03-01"})
    assert answer.status_code == 422
    assert "结束不能早于开始" in answer.content.decode()


def test_everything_of_a_unit_in_one_archive(city: Any, people: Any, week: Any, login: Any) -> None:
    Asset.objects.create(unit=city.first_school, number="ZC-1", name="服务器", person_phone="13800001234")
    Asset.objects.create(unit=city.yunlu_school, number="ZC-9", name="他区服务器")
    mark = Watermark(people.officer.name, people.officer.username, FRIDAY)
    content = takeout.archive(city.first_school, people.officer, watermark=mark, now=FRIDAY)
    bundle = zipfile.ZipFile(io.BytesIO(content))
    names = bundle.namelist()
    assert any("assets" in name for name in names)
    assert "案件.xlsx" in names
    assert "统计指标.xlsx" in names
    assets = CalamineWorkbook.from_filelike(io.BytesIO(bundle.read(next(n for n in names if "assets" in n))))
    text = str(assets.get_sheet_by_index(0).to_python())
    assert "ZC-1" in text
    assert "ZC-9" not in text, "of another unit"
    assert "13800001234" not in text, "numbers stay masked"
    assert people.officer.username in str(assets.get_sheet_by_name("导出说明").to_python())
    lists = CalamineWorkbook.from_filelike(io.BytesIO(bundle.read("案件.xlsx")))
    assert people.officer.username in str(lists.get_sheet_by_name("导出说明").to_python())
    cases = lists.get_sheet_by_index(0).to_python()
    assert len(cases) - 2 == 3, "the two of the school and the one that was merged away"
    assert login("officer").post(f"/statistics/unit/{city.yunlu.pk}/export.zip").status_code == 404
