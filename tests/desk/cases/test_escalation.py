"""Clocks are told of in time, once, to the right people, in words that name neither an address nor a person."""

import random
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from minewarden.desk.audit.models import Record
from minewarden.desk.cases import actions, decisions, escalation, leads, tasks
from minewarden.desk.cases.models import Case, Escalation
from minewarden.desk.cases.opening import Limits
from minewarden.desk.notify.models import Copy, Message
from minewarden.desk.reports.todo import todo
from minewarden.vocab.errors import TransitionError
from tests.desk.made import DEVICE, NOW


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def told(stage="", which="find"):
    return {copy.person.name for copy in Copy.objects.filter(message__key__contains=f".{which}.{stage}")}


def test_each_stage_is_told_once_and_reaches_further_up(make_case):
    make_case()
    stages = [(35.9, 0), (36, 1), (36.1, 0), (46, 1), (48, 1), (48.1, 0)]
    assert [escalation.look(at(hours)) for hours, _ in stages] == [count for _, count in stages]
    assert told("soon") == {"张伟", "吴涛"}
    assert told("urgent") == {"张伟", "吴涛", "何青"}
    assert told("due") == {"张伟", "吴涛", "何青", "王磊", "赵敏"}
    escalation.look(at(72))
    assert told("after") == {"张伟", "吴涛", "何青", "王磊", "赵敏", "李芳", "刘建国"}


def test_a_worker_that_slept_tells_only_of_where_the_clock_stands(make_case):
    make_case()
    assert escalation.look(at(49)) == 1
    assert told("due")
    assert not told("soon")
    assert Escalation.objects.filter(which="find").count() == 3, "what was passed over is not told of later either"


def test_a_clock_that_was_met_or_stopped_presses_nobody(make_case, staff):
    make_case("lock", number=1)
    gone = make_case("sign", number=2)
    actions.return_not_ours(gone, by=staff.handler, now=at(1), reason="3月1日起非本单位")
    assert escalation.look(at(47)) == 0
    assert escalation.look(at(60)) == 1, "the written report of the first is due in twelve hours"


def test_an_extended_clock_is_told_of_again(make_case, staff):
    case = make_case("start")
    escalation.look(at(36))
    asked = decisions.ask_extension(case, by=staff.handler, now=at(37), which="find", until=at(90), reason="假期")
    decisions.decide_extension(asked, by=staff.superior, now=at(37), allow=True)
    assert escalation.look(at(50)) == 0
    assert escalation.look(at(78)) == 2, "the moved find clock, and the report clock that did not move"
    assert Escalation.objects.filter(which="find", stage="soon").count() == 2
    assert Message.objects.filter(key__contains=".find.soon.").count() == 2


def test_the_words_name_neither_an_address_nor_a_person(make_case, staff):
    case = make_case()
    for hours in (36, 46, 48, 60, 72, 96):
        escalation.look(at(hours))
    tasks.urge(case, by=staff.superior, now=at(40))
    texts = list(Message.objects.values_list("text", flat=True))
    assert len(texts) >= 9
    for text in texts:
        assert case.number in text
        assert not [
            hidden for hidden in ("10.12.8.1", "203.0.113.9", "pool.example", "秦朗", "市一中") if hidden in text
        ]


def test_asking_again_has_its_limit_and_is_the_superiors(make_case, staff):
    case = make_case()
    with pytest.raises(PermissionDenied):
        tasks.urge(case, by=staff.handler, now=at(1))
    tasks.urge(case, by=staff.superior, now=at(1))
    tasks.urge(case, by=staff.superior, now=at(2))
    with pytest.raises(TransitionError):
        tasks.urge(case, by=staff.superior, now=at(3))
    assert case.steps.filter(verb="urge").count() == 2


def test_a_call_before_the_delivery_makes_the_clocks_begin_with_it(make_case, staff):
    case = make_case()
    given = {"by": staff.superior, "spoke_to": "张伟", "note": "已口头通知"}
    tasks.record_call(case, now=at(1), called_at=at(0.5), **given)
    case.refresh_from_db()
    assert case.due48 == at(48), "a later call moves nothing"
    tasks.record_call(case, now=at(1), called_at=at(-1), **given)
    case.refresh_from_db()
    assert (case.due48, case.due72, case.received_at) == (at(47), at(71), NOW)
    with pytest.raises(TransitionError):
        tasks.record_call(case, now=at(1), called_at=at(2), **given)


@pytest.mark.parametrize("seed", [1, 2])
def test_thirty_stopped_and_restarted_clocks_stay_right_when_the_machines_clock_is_changed(
    make_lead, staff, city, seed
):
    """Half are returned and sent to another unit, some get more time, some are locked; meanwhile the machine's clock is
    set forth and back by up to a day between any two looks. What a clock says afterwards depends on none of that."""
    chance = random.Random(seed)
    wanted: dict[int, tuple[datetime, datetime, datetime | None, datetime | None]] = {}
    looks: list[datetime] = []

    def look(true: datetime) -> None:
        looks.append(true + timedelta(hours=chance.uniform(-24, 24)))
        escalation.look(looks[-1])

    for number in range(30):
        begun = at(number / 2)
        case = leads.open_case(make_lead(number + 1), by=staff.superior, now=begun, unit=city.first_school)
        due, stopped, done = begun + timedelta(hours=48), None, None
        if number % 2:
            stopped = begun + timedelta(hours=2)
            actions.return_not_ours(case, by=staff.handler, now=stopped, reason="非本单位")
            wanted[case.pk] = (begun, due, stopped, None)
            begun = begun + timedelta(hours=2, minutes=20)
            case = leads.redispatch(case, by=staff.superior, now=begun, unit=city.riverside, reason="按活动时间归属")
            due, stopped = begun + timedelta(hours=48), None
        elif number % 3 == 0:
            by, start = staff.handler, begun + timedelta(hours=1)
            actions.start(actions.sign_for(case, by=by, now=start), by=by, now=start)
            done = begun + timedelta(hours=16, minutes=35)
            actions.lock(case, by=by, now=done, device=DEVICE, responsible_name="秦朗", responsible_post="")
        elif number % 5 == 0:
            until = due + timedelta(hours=18)
            given = {"which": "find", "until": until, "reason": "假期"}
            asked = decisions.ask_extension(case, by=staff.handler, now=begun + timedelta(hours=1), **given)
            decisions.decide_extension(asked, by=staff.superior, now=begun + timedelta(hours=2), allow=True)
            due = until
        wanted[case.pk] = (begun, due, stopped, done)
        if number % 4 == 0:
            look(begun)
    for hours in range(0, 80, 9):
        look(at(hours))

    assert len(wanted) == Case.objects.count() == 45
    for case in Case.objects.all():
        clock = case.find_clock
        assert (clock.received, clock.due, clock.stopped, clock.done) == wanted[case.pk]
        assert clock.remaining(at(30)) == clock.due - (clock.done or clock.stopped or at(30))
    rows = Escalation.objects.values_list("case", "which", "stage", "due_at")
    assert len(rows) == len(set(rows))
    latest = max(looks)
    for case in Case.objects.filter(concluded_at=None, stopped_at=None):
        found = set(case.escalations.filter(which="find", due_at=case.due48).values_list("stage", flat=True))
        assert found == set(escalation.reached(case.find_clock, latest)), "nothing is missed, nothing told too early"


def test_a_notice_with_a_shorter_limit_of_its_own_is_told_of_beside_the_clock_of_its_case(make_case, staff, city):
    """N5: the regulator's letter joins a day later and wants its answer that evening; the case has two days more."""
    case = make_case("start")
    wanted = leads.enter_notice(
        by=staff.superior, now=at(24), unit=city.first_school, received_at=at(24), source="省通信管理局", number="7号",
        text="", limits=Limits(report=at(36)),
    )  # fmt: skip
    leads.join_notice(case, wanted, by=staff.handler, now=at(24))
    assert [(item.what, item.due.due) for item in todo(staff.handler, None, at(25)).waiting] == [("find", at(36))]
    assert escalation.look(at(23.9)) == 0
    assert [escalation.look(at(hours)) for hours in (24, 34, 34.1)] == [1, 1, 0]
    assert {row.due_at for row in Escalation.objects.filter(which="report")} == {at(36)}
    escalation.look(at(36))
    assert told("due", "report") == {"张伟", "吴涛", "何青", "王磊", "赵敏"}
    assert Escalation.objects.filter(which="find", stage="soon").count() == 1
    actions.lock(case, by=staff.handler, now=at(37), device=DEVICE, responsible_name="秦朗", responsible_post="")
    (item,) = todo(staff.handler, None, at(38)).waiting
    assert (item.what, item.due.due) == ("handle", at(36)), "the home page names the limit that presses"
    escalation.look(at(59.9))
    assert Escalation.objects.filter(which="report", due_at=at(72)).count() == 0
    escalation.look(at(60))
    assert Escalation.objects.get(which="report", due_at=at(72)).stage == "soon", "the case's own clock as well"


def test_two_workers_tell_once_and_what_was_met_meanwhile_presses_nobody(make_case, monkeypatch):
    case, tell = make_case("start"), escalation._tell
    monkeypatch.setattr(escalation, "_tell", lambda *given: tell(*given) + tell(*given))
    assert escalation.look(at(36)) == 1
    assert case.steps.filter(verb="escalate-soon").count() == 1
    entry = Record.objects.get(action="case.escalate-soon")
    assert (entry.object_id, entry.after["which"]) == (str(case.pk), "find")

    def met_meanwhile(row, *rest):
        Case.objects.filter(pk=row.pk).update(concluded_at=at(45))
        return tell(row, *rest)

    monkeypatch.setattr(escalation, "_tell", met_meanwhile)
    assert escalation.look(at(46)) == 0
    assert not told("urgent")
