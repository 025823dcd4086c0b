"""N10 and N4 where the clock belongs: outages and time that was allowed stand on the assignment and in reports."""

from typing import Any

import pytest

from minewarden.desk.assessments import export as assessments
from minewarden.desk.assessments.models import Assessment
from minewarden.desk.assessments.periods import week_of
from minewarden.desk.cases import actions as cases
from minewarden.desk.cases import decisions, outages
from minewarden.desk.cases.clocks import Clock, Colour
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.words import chinese
from minewarden.desk.notices import actions
from minewarden.desk.notices.models import Assignment
from minewarden.desk.reports.export import written
from tests.desk.notices.conftest import at, claim
from tests.intake.made import xlsx

FRIDAY = "2026-03-13 17:30"
SUNDAY = "2026-03-15 17:30"
ROWS = [["IP", "时间"], ["203.0.113.1", "2026-03-12 21:14"], ["203.0.113.2", "2026-03-12 21:14"]]
DEVICE = {"device_ip": "10.12.8.1", "device_place": "305"}


@pytest.fixture
def assignment(desk: Any, take: Any, confirm: Any) -> Assignment:
    """Two lines received on Friday at 17:30, signed for; the find clock ends on Sunday at 17:30."""
    claim(desk.first_school, "203.0.113.0/28")
    made: Assignment = actions.sign(confirm(take(xlsx(ROWS), FRIDAY))["市一中"], by=desk.first, now=at(FRIDAY))
    for case in Case.objects.all():
        cases.start(case, by=desk.first, now=at(FRIDAY))
    return made


@pytest.fixture
def outage(desk: Any) -> Any:
    hours = {"began_at": at("2026-03-15 15:00"), "ended_at": at("2026-03-15 19:00")}
    return outages.enter_outage(by=desk.people.system, now=at("2026-03-15 19:20"), note="机房断电", **hours)


def find_clock() -> Clock:
    clock = Assignment.objects.get().find_clock
    assert clock is not None
    return clock


def lock(desk: Any, case: Case, when: str) -> None:
    cases.lock(
        case, by=desk.first, now=at(when), device=DEVICE, responsible_name="秦朗", responsible_post="管理员"
    )  # fmt: skip


def test_the_outage_is_said_where_a_due_time_fell_into_it(
    desk: Any, assignment: Assignment, outage: Any, login: Any
) -> None:
    assert "系统故障期间" in login(desk.first).get(f"/assignments/{assignment.pk}/").content.decode()
    case = Case.objects.first()
    assert case is not None
    assert "系统故障期间：2026年3月15日15时00分至2026年3月15日19时00分" in written(case)["basic"]
    week = week_of(at(SUNDAY).date())
    content = assessments.content_of(
        Assessment(unit=desk.linjiang, code=week.code, begin=week.begin), now=at("2026-03-15 20:00")
    )
    assert [row["outage"] for row in content["late"]] == [True, True]
    sheets = assessments.leaves(content | {"sections": dict.fromkeys(assessments.SECTIONS, "")})
    late = next(leaf for leaf in sheets if leaf.title == chinese("desk_assessments.annex_late"))
    assert [row[3] for row in late.rows] == ["48小时 2026-03-15 17:30（系统故障期间）"] * 2


def test_nothing_is_said_where_none_did(desk: Any, assignment: Assignment, login: Any) -> None:
    assert "系统故障期间" not in login(desk.first).get(f"/assignments/{assignment.pk}/").content.decode()
    case = Case.objects.first()
    assert case is not None
    assert "系统故障" not in written(case)["basic"]


def test_a_clock_that_was_moved_by_the_rule_is_moved_on_the_assignment(
    desk: Any, assignment: Assignment, outage: Any
) -> None:
    assert find_clock().colour(at("2026-03-15 20:00")) is Colour.OVERDUE
    first, second = Case.objects.order_by("pk")
    given = {"by": desk.district, "now": at("2026-03-15 20:00"), "which": "find", "reason": "系统故障"}
    outages.shift(first, outage, **given)
    assert find_clock().colour(at("2026-03-15 20:00")) is Colour.OVERDUE, "the other case was given nothing"
    outages.shift(second, outage, **given)
    clock = find_clock()
    assert (clock.original, clock.due) == (at(SUNDAY), at("2026-03-15 21:30"))
    lock(desk, first, "2026-03-15 20:30")
    lock(desk, second, "2026-03-15 21:00")
    assert find_clock().done == at("2026-03-15 21:00")
    assert find_clock().colour(at("2026-03-16 09:00")) is Colour.KEPT_EXTENDED


def test_an_extension_stands_on_the_assignment_with_the_original_time(
    desk: Any, assignment: Assignment, login: Any
) -> None:
    first, second = Case.objects.order_by("pk")
    lock(desk, first, "2026-03-14 09:00")
    asked = decisions.ask_extension(
        second, by=desk.first, now=at("2026-03-14 09:00"), which="find", until=at("2026-03-18 12:00"), reason="封闭"
    )
    assert find_clock().due == at(SUNDAY)
    decisions.decide_extension(asked, by=desk.district, now=at("2026-03-14 10:00"), allow=True)
    clock = find_clock()
    assert (clock.original, clock.due, clock.done) == (at(SUNDAY), at("2026-03-18 12:00"), None)
    page = login(desk.first).get(f"/assignments/{assignment.pk}/").content.decode()
    assert "2026年3月18日（星期三）12:00" in page
    assert "原定" in page
