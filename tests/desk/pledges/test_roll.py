"""The roll follows the other ledgers: who joins, moves, leaves; units that are merged; cases that are closed."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from minewarden.desk.ledger import imports
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.models import Staff
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Unit
from minewarden.desk.pledges import access, actions, roll
from minewarden.desk.pledges.columns import ROLL as TABLE
from minewarden.desk.pledges.counts import of_case, tallies, together
from minewarden.desk.pledges.models import Link, Signature, Signer
from minewarden.desk.reports import export as report
from minewarden.documents.sheet_cells import shown
from minewarden.documents.sheet_write import form_of
from tests.desk.made import make_case, make_lead, recorded, staff
from tests.desk.pledges.made import signed

__all__ = ["make_case", "make_lead", "recorded", "staff"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _founded(city):
    """The units are older than the story."""
    Unit.objects.update(valid_from=date(2020, 1, 1))
    for unit in vars(city).values():
        unit.refresh_from_db()


def member(unit, number="T1", name="周岚", **facts):
    return Staff.objects.create(unit=unit, number=number, name=name, department="数学组", **facts)


def take(city, now):
    return roll.take_over(city.bureau, now=now)


def test_staff_and_units_stand_in_the_roll_once(city, now):
    member(city.first_school)
    member(city.first_school, "T2", "孙宁", kind="contractor")
    member(city.riverside, "T1", "周岚")
    assert take(city, now) == 3 + 5, "three people and five units below the bureau"
    assert take(city, now) == 0
    row = Signer.objects.get(number="T2")
    assert (row.category, row.group, row.unit, row.due_from) == (
        "operator",
        "数学组",
        city.first_school,
        date(2026, 4, 1),
    )
    assert not Signer.objects.filter(unit=city.bureau).exists(), "the bureau owes no pledge to anybody here"


def test_a_new_name_a_new_office_and_a_departure_are_followed(city, now):
    row = member(city.first_school)
    take(city, now)
    made = signed(Signer.objects.get(staff=row), now)
    Staff.objects.filter(pk=row.pk).update(name="周澜", department="教务处", kind="operator")
    assert take(city, now) == 1
    signer = Signer.objects.get(staff=row)
    assert (signer.name, signer.group, signer.category, signer.again) == ("周澜", "教务处", "operator", False)
    Staff.objects.filter(pk=row.pk).update(left_on=date(2026, 4, 1))
    assert take(city, now) == 1
    signer.refresh_from_db()
    assert signer.left_on == date(2026, 4, 1)
    assert together(tallies(city.bureau, now, "unit_id").values()).due == 0
    assert Signature.objects.get(pk=made.pk).name == "周岚", "what was signed stays as it was signed"


def test_whoever_moves_to_another_unit_signs_again(city, now):
    row = member(city.first_school)
    take(city, now)
    signed(Signer.objects.get(staff=row), now)
    member(city.riverside, "T1", "何雨")
    Staff.objects.filter(pk=row.pk).update(unit=city.riverside, number="T1x")
    take(city, now)
    signer = Signer.objects.get(staff=row)
    assert (signer.unit, signer.again) == (city.riverside, True)
    assert signed(signer, now).unit_name == "云川市临江区江畔小学"
    assert (signer.again, Signature.objects.filter(signer=signer).count()) == (False, 2)


def test_a_merger_moves_people_and_codes_and_keeps_what_was_signed(city, people, now):
    first, second = member(city.riverside), member(city.riverside, "T2", "孙宁")
    member(city.first_school, "T1", "何雨")
    take(city, now)
    made = signed(Signer.objects.get(staff=first), now)
    (link,) = actions.links(
        None, unit=city.riverside, groups=["数学组"], until=now + timedelta(days=30), by=people.officer, now=now
    )
    org.close_unit(city.riverside, by=None, until=timezone.localdate(now), successor=city.first_school)
    later = now + timedelta(days=2)
    take(city, later)
    assert take(city, later) == 0
    signer = Signer.objects.get(staff=first)
    assert (signer.unit, signer.group, signer.again, signer.signature_id) == (
        city.first_school, "数学组（原江畔小学）", False, made.pk,
    )  # fmt: skip
    assert signer.number == "江畔小学-T1", "the number was somebody else's there"
    link = Link.objects.get(pk=link.pk)
    assert [row.staff for row in access.named_like(link, "孙宁")] == [second]
    assert not access.named_like(link, "何雨").exists(), "the code is not for those who were there before"
    assert Signer.objects.get(unit=city.riverside, category="unit").left_on is not None
    tally = together(tallies(city.bureau, later, "unit_id").values())
    assert (tally.due, tally.signed) == (3, 1)


def test_a_code_for_a_whole_school_stays_with_its_people_after_a_merger(city, people, now):
    member(city.riverside, "T2", "孙宁")
    member(city.first_school, "T1", "何雨")
    take(city, now)
    (link,) = actions.links(
        None, unit=city.riverside, groups=None, until=now + timedelta(days=30), by=people.officer, now=now
    )
    org.close_unit(city.riverside, by=None, until=timezone.localdate(now), successor=city.first_school)
    take(city, now + timedelta(days=2))
    assert [row.name for row in access.behind(Link.objects.get(pk=link.pk))] == ["孙宁"]


def test_who_answered_for_a_device_signs_when_the_case_is_closed(city, now, make_case):
    make_case("receive", 1)
    take(city, now)
    assert not Signer.objects.filter(category="involved").exists(), "the case is not closed yet"
    case = make_case("close", 2)
    assert (case.conclusion, case.responsible_name) == ("true", "秦朗")
    take(city, now)
    row = Signer.objects.get(category="involved")
    assert (row.name, row.number, row.unit, row.case) == ("秦朗", case.number, case.unit, case)
    (missing,) = of_case(case, now)
    assert (missing.name, missing.signature) == ("秦朗", None)
    made = signed(row, now)
    assert [one.signature for one in of_case(case, now)] == [made]


def test_the_report_of_an_open_case_has_the_pledge_of_its_person_as_an_annex_unless_two_have_the_name(
    city, now, make_case
):
    member(city.first_school, "T1", "秦朗")
    take(city, now)
    case = make_case("measure", 3)
    assert case.closed_at is None
    assert [one.signature for one in of_case(case, now)] == [None]
    made = signed(Signer.objects.get(number="T1"), now)
    text, head = report.text_of(case)
    paper = report.document(case, text, head, on=now, code="WK-2026-3/draft")
    assert [annex.title for annex in paper.annexes] == ["排查处置反馈表", "承诺书签订情况"]
    ((_, (name, which, on, way, digest)),) = (section.table for section in paper.annexes[-1].sections)
    assert (name, on, way, digest.replace(" ", "")) == ("秦朗", "2026年4月1日", "手机签署", made.hash)
    assert which.endswith("第1版")
    assert [one.signature for one in of_case(case, now - timedelta(days=1))] == [None], "it was signed later"
    member(city.first_school, "T9", "秦朗")
    take(city, now)
    assert of_case(case, now) == []


def rows(text):
    return ("学校标识,单位,班级/部门,应签类别,学号/工号,姓名,未满十四周岁\n" + text).encode()


def test_every_row_of_a_table_of_students_is_answered_for(city, people, now):
    content = rows(
        "x,市一中,初一（3）班,学生,01,秦小满,是\n"
        "x,市一中,初一（3）班,学生,02,王㛃•阿卜杜拉,是\n"
        "x,市一中,初一（3）班,学生,03,秦小满,是\n"
        "x,市一中,初一（3）班,学生,03,何雨,是\n"
        "x,市一中,初一（3）班,学生,04,李\ue863,否\n"
        "x,市一中,初一（3）班,学生,05,𬭎 𬴃,否\n"
        "x,市一中,初一（3）班,学生,06,王□,否\n"
        "x,市一中,初一（3）班,老师,07,周岚,否\n"
        "x,云麓中学,初一（3）班,学生,08,孙宁,否\n"
    )
    kept = imports.receive(
        BOOKS["pledgers"], by=people.school_officer, unit=city.first_school, name="学生.csv", content=content, now=now
    )
    planned = imports.planned(kept)
    faults = {row.line: [(key, why.id) for key, why in row.faults] for row in planned if row.faults}
    assert faults == {
        5: [("number", "ledger_rules.same_row")],
        6: [("name", "ledger_rules.name_sign")],
        8: [("name", "ledger_rules.name_sign")],
        9: [("category", "sheets.not_a_choice")],
        10: [("unit", "ledger_rules.unit_unknown")],
    }
    ((_, why),) = next(row.faults for row in planned if row.line == 6)
    assert why.params["code"] == "U+E863"
    said = {row.line: [caution.id for caution in row.cautions] for row in planned if row.cautions}
    assert said == {2: ["ledger_rules.namesake"], 4: ["ledger_rules.namesake"], 7: ["ledger_rules.name_rare"]}
    imports.confirm(kept, by=people.school_officer, now=now, correct_only=True)
    assert sorted(Signer.objects.values_list("name", flat=True)) == sorted(
        ["秦小满", "王㛃·阿卜杜拉", "秦小满", "𬭎𬴃"]
    )


def test_staff_are_changed_where_they_come_from(city, people, now):
    member(city.first_school)
    take(city, now)
    kept = imports.receive(
        BOOKS["pledgers"], by=people.school_officer, unit=city.first_school, name="a.csv", now=now,
        content=rows("x,市一中,别的组,教职工,T1,周澜,否\n"),
    )  # fmt: skip
    assert [why.id for row in imports.planned(kept) for _, why in row.faults] == ["desk_pledges.row_of_another_ledger"]


def test_the_unit_itself_is_named_in_what_is_exported_and_not_offered_in_the_template():
    column = TABLE.column("category")
    assert shown(column, "unit") == "单位"
    assert shown(column, "staff") == "教职工"
    assert "单位" not in form_of(column)
