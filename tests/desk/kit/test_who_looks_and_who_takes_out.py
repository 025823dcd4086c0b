"""A page with what is masked elsewhere, and a file with people in it, bear the name of whoever looks or takes it out;
an official paper bears none."""

import io
from datetime import timedelta
from typing import Any

import pymupdf
import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document
from python_calamine import CalamineWorkbook

from minewarden.desk.audit.models import Record
from minewarden.desk.campaigns import support
from minewarden.desk.campaigns.questions import Question
from minewarden.desk.ledger import imports
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.models import Duty
from minewarden.desk.measures import actions as measures
from minewarden.desk.selfchecks import actions as checks
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.made import make_case, make_lead, staff
from tests.desk.selfchecks.made import seen
from tests.documents.test_watermark import margins

__all__ = ["make_case", "make_lead", "staff"]
DRAWN = '<svg class="watermark" aria-hidden="true"'


def line_of(person: Any) -> str:
    return f"{person.name} {person.username} {timezone.now().astimezone(DISPLAY_ZONE):%Y-%m-%d}"


def bears(page: str, person: Any) -> bool:
    """Whether a page bears the mark of a person, and of nobody else."""
    drawn = page.partition(DRAWN)[2].partition("</svg>")[0]
    texts = [part.partition("</text>")[0].partition(">")[2] for part in drawn.split("<text")[1:]]
    assert not texts or page.count(DRAWN) == 1
    return bool(texts) and all(text.startswith(line_of(person)) for text in texts)


def test_a_case_bears_the_mark_of_whoever_unmasked_it_and_of_nobody_else(make_case, staff, login):
    case = make_case("lock")
    address = reverse("cases:case", args=[case.pk])
    first, second = login(staff.handler), login(staff.colleague)
    assert DRAWN not in first.get(address).content.decode()
    first.post(reverse("cases:act", args=[case.pk, "unmask"]), {"unmask-reason": "现场核对设备"})
    assert bears(first.get(address).content.decode(), staff.handler)
    assert DRAWN not in second.get(address).content.decode(), "he sees masks"
    second.post(reverse("cases:act", args=[case.pk, "unmask"]), {"unmask-reason": "复核"})
    seen_by_second = second.get(address).content.decode()
    assert bears(seen_by_second, staff.colleague)
    assert staff.handler.username not in seen_by_second
    assert bears(first.get(address).content.decode(), staff.handler)


def test_objections_and_decisions_about_people_bear_it_too(make_case, staff, login):
    case = make_case("lock")
    browser = login(staff.principal)
    browser.post(reverse("cases:act", args=[case.pk, "open-restricted"]), {"open-restricted-reason": "办理异议"})
    assert bears(browser.get(reverse("cases:case", args=[case.pk])).content.decode(), staff.principal)


def test_a_whole_number_of_the_ledger_and_of_an_account(city, people, login):
    row = Duty.objects.create(unit=city.linjiang, post="contact_a", name="秦朗", phone="13800001234")
    shown = login("officer").post(reverse("ledger:reveal", args=["duties", row.pk]), {"reason": "联系值班"})
    assert "13800001234" in shown.content.decode()
    assert bears(shown.content.decode(), people.officer)
    assert DRAWN not in login("officer").get(reverse("ledger:entry", args=["duties", row.pk])).content.decode()
    other = login("security").post(reverse("org:phone", args=[people.officer.pk]), {"reason": "联系本人"})
    assert bears(other.content.decode(), people.security)


def test_what_is_decided_about_a_person(staff, city, login):
    facts = {"unit": city.first_school, "subject": "秦某", "authority": "纪检", "basis": "规定", "text": "参与挖矿"}
    entry = measures.note(
        by=staff.principal, now=timezone.now(), kind="accountability", office="discipline", **facts
    )  # fmt: skip
    browser, address = login(staff.principal), reverse("measures:entry", args=[entry.pk])
    assert DRAWN not in browser.get(address).content.decode()
    browser.post(reverse("measures:unlock", args=[entry.pk]), {"reason": "办理处分"})
    assert bears(browser.get(address).content.decode(), staff.principal)
    record, letter = (
        browser.get(reverse("measures:letter", args=[entry.pk, form])).content for form in ("record-pdf", "letter-pdf")
    )
    assert line_of(staff.principal) in text_of(record)
    assert staff.principal.username not in text_of(letter), "it goes to the authority"


def noted(action: str, person: Any) -> list[tuple[str, str]]:
    """What the log says that a person took out: of what kind, and in what form."""
    rows = Record.objects.filter(action=action, actor_id=person.pk).order_by("seq")
    return [(row.kind, row.after["what"]) for row in rows]


def text_of(pdf: bytes) -> str:
    return "".join(page.get_text() for page in pymupdf.open(stream=pdf, filetype="pdf"))


def told(content: bytes) -> str:
    """What the sheet 导出说明 says."""
    return str(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("导出说明").to_python())


def test_two_people_who_export_a_ledger_each_find_their_own_name_and_either_file_comes_in_unchanged(
    city, people, login
):
    Duty.objects.create(unit=city.linjiang, post="contact_a", name="秦朗", phone="13800001234")
    for who, other in (("officer", "approver"), ("approver", "officer")):
        person, nobody = getattr(people, who), getattr(people, other)
        for given in ({}, {"reason": "通知值班人员"}):
            content = login(who).post(reverse("ledger:export", args=["duties"]), given).content
            assert person.name in told(content)
            assert person.username in told(content)
            assert nobody.username not in told(content)
            assert [line_of(person) in head for head, _ in margins(content)] == [True, True]
            kept = imports.receive(
                BOOKS["duties"], by=people.officer, unit=city.linjiang, name="a.xlsx", content=content,
                now=timezone.now(),
            )  # fmt: skip
            assert {name: count for name, count in kept.counts.items() if count} == {"rows": 1, "same": 1}


def test_rows_that_were_wrong_name_whoever_fetches_them_and_not_who_handed_them_in(city, people, login):
    wrong = "单位,岗位,姓名,手机号码\n市一中,contact_a,秦朗,1380000\n".encode()
    kept = imports.receive(
        BOOKS["duties"], by=people.officer, unit=city.linjiang, name="a.csv", content=wrong, now=timezone.now()
    )
    assert kept.counts["error"] == 1
    assert not Record.objects.filter(action="ledger.export").exists()
    content = login("keeper").get(reverse("ledger:errors", args=[kept.pk])).content
    assert people.keeper.username in told(content)
    assert people.officer.username not in told(content)
    note = Record.objects.get(action="ledger.export")
    assert (note.actor_id, note.after["count"]) == (people.keeper.pk, 1)


def test_a_sheet_of_a_self_check_and_their_list(city, staff, login):
    sheet = checks.hand_in_sheet(
        by=staff.handler, now=timezone.now(), seen=seen("lab", passwords="没有口令"), page="page-1",
        unit=city.first_school, kind="lab", place="实验楼 305", inspector="秦朗",
    )  # fmt: skip
    for person in (staff.handler, staff.colleague):
        browser = login(person)
        pdf, word = (
            browser.get(reverse("selfchecks:paper", args=[sheet.pk, form])).content for form in ("pdf", "docx")
        )
        assert line_of(person) in text_of(pdf)
        heads = Document(io.BytesIO(word)).sections[0]
        for head in (heads.header, heads.even_page_header):
            assert line_of(person) in head._element.xml
        listed = browser.get(reverse("selfchecks:workbook")).content
        assert person.username in told(listed)
        assert noted("check.export", person) == [
            ("selfchecks.sheet", "pdf"), ("selfchecks.sheet", "docx"), ("org.unit", "xlsx")
        ]  # fmt: skip


def test_lists_of_a_campaign(city, people, login):
    form = support.make_form(
        by=people.officer, now=timezone.now(), unit=city.linjiang, title="导出说明", why="省厅要数", minutes=3,
        kinds=["school"], questions=[Question("q0", {"zh": "电子大屏块数"}, "number")],
        due=timezone.now() + timedelta(days=5),
    )  # fmt: skip
    addresses = (reverse("campaigns:form-sheet", args=[form.pk]), reverse("campaigns:filings-sheet", args=["meeting"]))
    for address in addresses:
        assert people.officer.username in told(login("officer").get(address).content)
    assert noted("campaign.export", people.officer) == [("campaigns.form", "form"), ("org.unit", "meeting")]


def test_a_list_without_people_bears_no_mark_and_its_leaving_is_recorded_all_the_same(people, login):
    browser = login("officer")
    energy = browser.get(reverse("measures:energy-workbook")).content
    assert "导出说明" not in CalamineWorkbook.from_filelike(io.BytesIO(energy)).sheet_names
    assert browser.get(reverse("notices:export")).status_code == 200
    assert noted("measure.export", people.officer) == [("org.unit", "energy")]
    assert Record.objects.get(action="notice.register").actor_id == people.officer.pk


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_a_report_is_the_same_for_whoever_fetches_it(form, make_case, staff, login):
    case = make_case("measure", now=timezone.now())
    address = reverse("reports:download", args=[case.pk, form])
    content = login(staff.handler).get(address).content
    if form == "pdf":
        assert staff.handler.username not in text_of(content)
    else:
        word = Document(io.BytesIO(content)).sections[0]
        assert staff.handler.username not in word.header._element.xml + word.even_page_header._element.xml
