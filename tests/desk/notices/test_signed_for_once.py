"""Whoever signs for a case has signed for the notice by which it came and for its other cases: once, not twice."""

from typing import Any

import pytest

from minewarden.desk.cases import actions as cases
from minewarden.desk.cases.models import Case
from minewarden.desk.notices.actions import sign, sign_along
from minewarden.desk.notices.models import Assignment
from minewarden.desk.reports.todo import todo
from tests.desk.notices.conftest import at, claim
from tests.intake.made import word, xlsx

MONDAY = "2026-03-16 09:00"
TWO = [["IP", "发现时间"], ["203.0.113.1", "2026-03-15 21:00"], ["203.0.113.2", "2026-03-15 21:00"]]


@pytest.fixture
def handed_out(desk: Any, take: Any, confirm: Any) -> Assignment:
    """A notice of two addresses of 市一中."""
    claim(desk.first_school, "203.0.113.0/28")
    made: Assignment = confirm(take(xlsx(TWO), MONDAY))["市一中"]
    return made


def test_signing_for_one_case_signs_for_the_notice_and_its_other_case(desk: Any, handed_out: Assignment) -> None:
    one, other = Case.objects.order_by("pk")
    cases.sign_for(one, by=desk.first, now=at("2026-03-16 10:00"))
    handed_out.refresh_from_db()
    assert (handed_out.state, handed_out.signed_at) == ("signed", at("2026-03-16 10:00"))
    assert handed_out.signed_by == desk.first
    other.refresh_from_db()
    assert (other.state, other.signed_at) == ("signed", at("2026-03-16 10:00"))


def test_the_signature_holds_for_no_notice_of_another_unit(
    desk: Any, handed_out: Assignment, take: Any, confirm: Any
) -> None:
    claim(desk.second_school, "198.51.100.16/28")
    rows = [["IP", "发现时间"], ["198.51.100.20", "2026-03-15 21:00"]]
    theirs = confirm(take(xlsx(rows), MONDAY))["市二中"]
    cases.sign_for(handed_out.shares.first().case, by=desk.first, now=at("2026-03-16 10:00"))
    theirs.refresh_from_db()
    assert (theirs.state, theirs.signed_at) == ("delivered", None)


def test_who_signs_for_a_case_signs_for_no_notice_of_another_unit_that_names_it(
    desk: Any, handed_out: Assignment, take: Any, confirm: Any
) -> None:
    """A unit above may have been handed a line of the same case: its notice waits for its own signature."""
    claim(desk.second_school, "198.51.100.16/28")
    rows = [["IP", "发现时间"], ["198.51.100.20", "2026-03-15 21:00"]]
    theirs = confirm(take(xlsx(rows), MONDAY))["市二中"]
    one = handed_out.shares.order_by("pk").first().case
    theirs.shares.update(case=one)
    cases.sign_for(one, by=desk.first, now=at("2026-03-16 10:00"))
    for row, state in ((handed_out, "signed"), (theirs, "delivered")):
        row.refresh_from_db()
        assert row.state == state


def test_a_notice_of_whose_lines_the_case_answers_none_any_more_waits_for_its_own(
    desk: Any, handed_out: Assignment
) -> None:
    one, other = Case.objects.order_by("pk")
    one.shares.update(ended="withdrawn")
    cases.sign_for(one, by=desk.first, now=at("2026-03-16 10:00"))
    for row in (handed_out, other):
        row.refresh_from_db()
        assert row.state == "delivered"


def test_a_notice_that_was_signed_for_is_not_signed_again(desk: Any, handed_out: Assignment) -> None:
    first, later = at("2026-03-16 10:00"), at("2026-03-16 11:00")
    sign(handed_out, by=desk.first, now=first)
    one = Case.objects.order_by("pk")[0]
    assert sign_along(one, by=desk.first, now=later) is False
    handed_out.refresh_from_db()
    assert handed_out.signed_at == first


def test_the_home_page_asks_for_one_signature_and_leads_to_it(desk: Any, handed_out: Assignment, login: Any) -> None:
    found = todo(desk.first, None, at("2026-03-16 10:00"))
    assert [(item.what, item.assignment, item.cases) for item in found.waiting] == [("sign", handed_out.pk, 2)]
    assert not [item for item in found.items if item.what == "签收通报"], "asked for once"
    page = login(desk.first).get("/").content.decode()
    assert f'href="/assignments/{handed_out.pk}/"' in page
    assert "同一通报 2 件，签收一次即可" in page


def test_a_later_notice_of_what_is_dealt_with_already_waits_to_be_signed_for(
    desk: Any, handed_out: Assignment, take: Any, confirm: Any
) -> None:
    now = at("2026-03-16 11:00")
    for case in Case.objects.all():
        case.refresh_from_db()
        if case.state == "delivered":
            cases.sign_for(case, by=desk.first, now=now)
    assert not [item for item in todo(desk.first, None, now).items if item.what == "签收通报"]
    received = take(word(TWO[:2]), "2026-03-16 11:30", "通管局.docx", source="省通信管理局")
    assert received.lines.get().join
    later = confirm(received)["市一中"]
    (item,) = (item for item in todo(desk.first, None, now).items if item.what == "签收通报")
    assert (item.href, item.due) == (f"/assignments/{later.pk}/", later.due72)


def test_after_the_signature_the_notice_leads_to_the_cases_that_came_by_it(
    desk: Any, handed_out: Assignment, login: Any
) -> None:
    one, other = Case.objects.order_by("pk")

    def next_step() -> str:
        page: str = login(desk.first).get(f"/assignments/{handed_out.pk}/").content.decode()
        return page.partition("下一步：办理案件")[2].partition("</section>")[0]

    assert not next_step(), "first it is signed for"
    sign(handed_out, by=desk.first, now=at("2026-03-16 10:00"))
    assert f'href="/cases/{one.pk}/">去办理案件 {one.number}</a>' in next_step()
    assert "尚有 2 件" in next_step()
    cases.withdraw(one, by=desk.district, now=at("2026-03-16 10:10"), reason="撤回")
    assert f'href="/cases/{other.pk}/">去办理案件 {other.number}</a>' in next_step()
    cases.withdraw(other, by=desk.district, now=at("2026-03-16 10:20"), reason="撤回")
    assert not next_step(), "nothing waits any more"


def test_of_very_many_lines_the_home_page_says_where_the_other_notices_wait(
    desk: Any, handed_out: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lines() -> list[tuple[str, str]]:
        items = todo(desk.first, None, at("2026-03-16 10:00")).items
        return [(item.href, item.detail) for item in items if item.what == "签收通报"]

    monkeypatch.setattr("minewarden.desk.notices.todo.LINES", 2)
    assert lines() == []
    monkeypatch.setattr("minewarden.desk.notices.todo.LINES", 1)
    assert lines() == [("/assignments/?view=unsigned", "还有更多，点此查看列表")]
