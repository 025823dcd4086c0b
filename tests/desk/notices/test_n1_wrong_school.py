"""N1: the notice says 一中, whose address it was until 28 February; at the activity on 9 March it was 二中's."""

from datetime import date
from typing import Any

import pytest

from minewarden.desk.assessments import export as assessments
from minewarden.desk.assessments import figures, periods
from minewarden.desk.assessments.models import Assessment
from minewarden.desk.cases.models import Case
from minewarden.desk.notices import actions, export, intake, queries
from minewarden.desk.notices.models import Assignment, Received, Share
from tests.desk.made import honours
from tests.desk.notices.conftest import at, claim
from tests.intake.made import xlsx

MONDAY = "2026-03-16 09:00"
ROWS = [["IP", "归属单位", "发现时间"], ["198.51.100.20", "市一中", "2026-03-09 10:00"]]


@pytest.fixture
def handed_over(desk: Any) -> None:
    claim(desk.first_school, "198.51.100.16/28", until=at("2026-03-01 00:00"))
    claim(desk.second_school, "198.51.100.16/28", since=at("2026-03-01 00:00"))


def test_the_time_of_the_activity_decides_and_the_other_name_is_warned_of(
    desk: Any, handed_over: None, take: Any
) -> None:
    (line,) = take(xlsx(ROWS), MONDAY).lines.all()
    assert (line.unit, line.named, line.otherwise) == (desk.second_school, desk.first_school, True)


def test_an_activity_of_february_is_the_school_that_had_the_address_then(
    desk: Any, handed_over: None, take: Any
) -> None:
    """On the day of the receipt 二中 had it for two weeks: of that day alone both rows would be 二中's."""
    rows = [*ROWS, ["198.51.100.20", "市二中", "2026-02-28 23:50"], ["198.51.100.20", "市二中", "2026-03-01 00:10"]]
    lines = take(xlsx(rows), MONDAY).lines.all()
    assert [(line.unit, line.otherwise) for line in lines] == [
        (desk.second_school, True), (desk.first_school, True), (desk.second_school, False),
    ]  # fmt: skip


def test_what_went_to_the_wrong_school_comes_back_and_is_held_against_nobody(
    desk: Any, handed_over: None, take: Any, confirm: Any
) -> None:
    received = take(xlsx(ROWS), MONDAY)
    line = received.lines.get()
    intake.choose(line, by=desk.zhou, now=at(MONDAY), unit=desk.first_school, reason="按通报所写单位")
    wrong = confirm(received)["市一中"]
    assert (wrong.due48, wrong.due72) == (at("2026-03-18 09:00"), at("2026-03-19 09:00"))

    back = actions.give_back(wrong, by=desk.first, now=at("2026-03-16 11:00"), reason="该地址 2 月 28 日已停用")
    assert (back.state, back.stopped_at) == ("returned", at("2026-03-16 11:00"))
    old = Case.objects.get()
    assert (old.conclusion, old.stopped_at) == (Case.Conclusion.NOT_OURS, at("2026-03-16 11:00"))
    assert old.find_clock.colour(at("2026-04-01 00:00")).value == "stopped"
    assert len(queries.document(received, {}, at("2026-03-16 11:00")).returned) == 1

    right = actions.hand_out_anew(
        line, by=desk.zhou, now=at("2026-03-16 11:20"), unit=desk.second_school, reason="台账"
    )
    assert (right.received_at, right.kind) == (at("2026-03-16 11:20"), "redispatch")
    assert (right.due48, right.due72) == (at("2026-03-18 11:20"), at("2026-03-19 11:20"))
    case = Case.objects.get(previous=old)
    assert (case.unit, case.due48) == (desk.second_school, at("2026-03-18 11:20"))

    # The sender's own clock went on: 2 h 20 min are used.
    received.refresh_from_db()
    shown = queries.document(received, {}, at("2026-03-16 11:20"))
    assert shown.used.total_seconds() == (2 * 60 + 20) * 60
    assert [hop.took.total_seconds() / 60 for hop in shown.hops] == [0, 20]
    assert [hop.depth for hop in shown.hops] == [0, 1]
    assert not shown.returned

    # One notice, one case; 一中 is no offender.
    assert (shown.statistics.lines, shown.statistics.cases, shown.statistics.units) == (1, 1, 1)
    assert Share.objects.filter(ended="").get().case == case
    assert Share.objects.filter(ended="").get().case.unit == desk.second_school
    week = figures.window_of(periods.week_of(date(2026, 3, 16)), at("2026-03-23 00:00"))
    first, second = (
        figures.of_unit(unit, week, now=at("2026-03-23 00:00")) for unit in (desk.first_school, desk.second_school)
    )
    for name, of_second in (("new", 1), ("stock_end", 1), ("units", 1), ("late", 1), ("find_due", 1)):
        assert (first.number(name), second.number(name)) == (0, of_second), name
    # In no report of anybody: the district's assessment names 二中 where something is late, and of 一中 nothing at all.
    begun = Assessment(unit=desk.linjiang, code=periods.week_of(date(2026, 3, 16)).code, begin=date(2026, 3, 16))
    content = assessments.content_of(begun, now=at("2026-03-20 16:00"))
    counts = {row["unit"]: row["figures"]["counts"] for row in content["parts"]}
    assert not any(counts["市一中"].values())
    assert counts["市二中"]["new"] == 1
    assert {row["unit"] for row in content["late"]} == {"市二中"}
    assert content["recurred"] == []
    (register,) = export.register_rows(Received.objects.all())
    assert register[export.REGISTER.index("unit")] == desk.second_school.name
    assert honours(desk.city_approver, 2026, at("2026-12-31 00:00")) == []
    assert Assignment.objects.get(pk=wrong.pk).find_clock is not None
    assert Assignment.objects.get(pk=wrong.pk).find_clock.done is None


def test_a_line_is_not_given_again_to_whoever_returned_it_nor_taken_from_whoever_has_it(
    desk: Any, handed_over: None, take: Any, confirm: Any
) -> None:
    from minewarden.vocab.errors import TransitionError

    received = take(xlsx(ROWS), MONDAY)
    assignment = confirm(received)["市二中"]
    line = received.lines.get()
    given = {"by": desk.zhou, "now": at("2026-03-16 12:00"), "reason": "x"}
    with pytest.raises(TransitionError):
        actions.hand_out_anew(line, unit=desk.first_school, **given)
    actions.give_back(assignment, by=desk.second, now=at("2026-03-16 11:00"), reason="x")
    with pytest.raises(TransitionError):
        actions.hand_out_anew(line, unit=desk.second_school, **given)


def test_a_case_that_was_returned_on_its_own_page_can_be_handed_out_anew(
    desk: Any, handed_over: None, take: Any, confirm: Any
) -> None:
    from minewarden.desk.cases import actions as cases

    received = take(xlsx(ROWS), MONDAY)
    confirm(received)
    cases.return_not_ours(Case.objects.get(), by=desk.second, now=at("2026-03-16 11:00"), reason="不是我们")
    assert len(queries.document(received, {}, at("2026-03-16 11:00")).returned) == 1
    made = actions.hand_out_anew(
        received.lines.get(), by=desk.zhou, now=at("2026-03-16 11:20"), unit=desk.first_school, reason="核实"
    )
    assert made.parent is not None
    assert made.parent.state == "returned"
