"""N11 (a): the sender withdraws 3 lines; their assignments are closed and counted nowhere."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from minewarden.desk.assessments import figures, periods
from minewarden.desk.cases.models import Case
from minewarden.desk.notices import actions, queries
from minewarden.desk.notices.models import Assignment
from minewarden.desk.notify.models import Message
from minewarden.vocab.errors import TransitionError
from tests.desk.notices.conftest import at, claim
from tests.intake.made import xlsx


def test_three_lines_are_taken_back(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    claim(desk.second_school, "198.51.100.0/28")
    rows = [
        ["IP", "时间"],
        *([ip, "2026-03-12 21:14"] for ip in ("203.0.113.1", "203.0.113.2", "203.0.113.3", "198.51.100.1")),
    ]
    received = take(xlsx(rows), "2026-03-13 09:00")
    made = confirm(received)
    first, second, _, other = received.lines.all()
    withdrawn = actions.withdraw(
        received, by=desk.zhou, now=at("2026-03-13 12:00"), reason="来函撤回", lines=[first, second, other]
    )
    assert withdrawn == 3
    assert Assignment.objects.get(pk=made["市二中"].pk).state == "withdrawn"
    assert Assignment.objects.get(pk=made["市一中"].pk).state == "delivered"
    assert sorted(Case.objects.values_list("state", flat=True)) == ["delivered", "withdrawn", "withdrawn", "withdrawn"]
    messages = Message.objects.filter(word="desk_notices.told_withdrawn").order_by("pk")
    assert [(row.unit.short_name, row.params["lines"]) for row in messages] == [("市一中", 2), ("市二中", 1)]
    assert not Message.objects.filter(word="desk_cases.tell_withdrawn").exists(), "once, and not for each case"
    told = queries.statistics([received])
    assert (told.lines, told.addresses, told.cases, told.units) == (1, 1, 1, 1)
    week = figures.window_of(periods.week_of(date(2026, 3, 13)), at("2026-03-16 00:00"))
    counted = figures.of_unit(desk.linjiang, week, now=at("2026-03-16 00:00"))
    assert [counted.number(key) for key in ("new", "stock_end", "notified", "units")] == [1, 1, 1, 1]
    assert figures.of_unit(desk.second_school, week, now=at("2026-03-16 00:00")).number("new") == 0


def test_a_case_that_another_notice_rests_on_goes_on(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    rows = [["IP", "时间"], ["203.0.113.1", "2026-03-12 21:14"]]
    confirm(take(xlsx(rows), "2026-03-13 09:00"))
    second = take(xlsx(rows), "2026-03-13 10:00")
    confirm(second)
    actions.withdraw(second, by=desk.zhou, now=at("2026-03-13 12:00"), reason="撤回", lines=list(second.lines.all()))
    case = Case.objects.get()
    assert case.state == "delivered"
    assert case.joined.count() == 2


def test_an_office_takes_back_and_answers_its_own_notices_only_with_a_reason_and_once(
    desk: Any, take: Any, confirm: Any, recorded: Any
) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    rows = [["IP", "时间"], ["203.0.113.1", "2026-03-12 21:14"]]
    one, other = (
        take(xlsx([*rows, [ip, "2026-03-12 21:14"]]), "2026-03-13 09:00") for ip in ("203.0.113.2", "203.0.113.3")
    )
    for received in (one, other):
        confirm(received)
    now, lines = at("2026-03-13 12:00"), list(other.lines.all())
    with pytest.raises(PermissionDenied):
        actions.withdraw(one, by=desk.district, now=now, reason="撤回", lines=list(one.lines.all()))
    with pytest.raises(TransitionError):
        actions.withdraw(one, by=desk.zhou, now=now, reason=" ", lines=list(one.lines.all()))
    recorded()
    assert actions.withdraw(one, by=desk.zhou, now=now, reason="撤回", lines=lines) == 0
    assert recorded() == ["notice.withdraw"]
    assert not other.lines.filter(state="withdrawn").exists(), "the lines of another notice are its own"
    with pytest.raises(PermissionDenied):
        actions.reply(one, by=desk.district, now=now, note="已复")
    actions.reply(one, by=desk.zhou, now=now, note="已复")
    with pytest.raises(TransitionError):
        actions.reply(one, by=desk.zhou, now=now, note="再复")
    assert recorded() == ["notice.reply"]


def test_what_has_ended_is_not_withdrawn_with_its_line(desk: Any, take: Any, confirm: Any) -> None:
    claim(desk.first_school, "203.0.113.0/28")
    received = take(xlsx([["IP", "时间"], ["203.0.113.1", "2026-03-12 21:14"]]), "2026-03-13 09:00")
    confirm(received)
    Case.objects.update(state="closed", closed_at=at("2026-03-13 11:00"))
    actions.withdraw(
        received, by=desk.zhou, now=at("2026-03-13 12:00"), reason="撤回", lines=list(received.lines.all())
    )
    assert Case.objects.get().state == "closed"
