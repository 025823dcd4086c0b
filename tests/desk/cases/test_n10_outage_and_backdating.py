"""N10: the server is down on Sunday from 15:00 to 19:00, over a due time of 17:30; and nobody types an earlier time."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.audit.models import Record
from minewarden.desk.cases import actions, decisions, leads, outages
from minewarden.desk.cases.clocks import Colour
from minewarden.desk.cases.fixed import FixedError
from minewarden.desk.cases.models import Case, CaseNotice, Outage
from minewarden.desk.cases.opening import Limits
from minewarden.desk.cases.queries import outages_at, outages_seen
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.made import DEVICE


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=DISPLAY_ZONE)


@pytest.fixture
def case(make_lead, staff, city):
    """Received on Friday 13 March at 17:30, so that the find clock ends on Sunday at 17:30."""
    made = leads.open_case(make_lead(), by=staff.superior, now=at(13, 17, 30), unit=city.first_school)
    return actions.start(actions.sign_for(made, by=staff.handler, now=at(14, 8)), by=staff.handler, now=at(14, 8))


@pytest.fixture
def outage(people):
    return outages.enter_outage(
        by=people.system, now=at(15, 19, 20), began_at=at(15, 15), ended_at=at(15, 19), note="机房断电"
    )


def test_an_outage_marks_and_moves_nothing(case, outage, staff, login):
    case.refresh_from_db()
    assert case.due48 == at(15, 17, 30)
    page = login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "系统故障期间" in page
    assert "2026年3月15日（星期日）15:00" in page


def test_only_the_system_administrator_enters_it_and_the_auditor_sees_it(case, outage, people, login):
    for who in (people.officer, people.audit, people.security):
        with pytest.raises(PermissionDenied):
            outages.enter_outage(by=who, now=at(15, 20), began_at=at(15, 15), ended_at=at(15, 19), note="x")
    page = login("audit").get(reverse("cases:outages")).content.decode()
    assert "机房断电" in page
    assert Record.objects.filter(action="outage.enter", actor="何静").count() == 1
    assert "机房断电" in login("audit").get(reverse("audit:log")).content.decode()


@pytest.mark.parametrize(("began", "ended"), [(at(15, 19), at(15, 15)), (at(15, 15), at(16, 15))])
def test_an_outage_has_ended_after_it_began(people, began, ended):
    with pytest.raises(TransitionError):
        outages.enter_outage(by=people.system, now=at(15, 19, 20), began_at=began, ended_at=ended, note="x")


def test_the_rule_gives_back_what_was_left_and_a_person_applies_it(case, outage, staff):
    with pytest.raises(PermissionDenied):
        outages.shift(case, outage, by=staff.handler, now=at(15, 20), which="find", reason="系统故障")
    outages.shift(case, outage, by=staff.superior, now=at(15, 20), which="find", reason="系统故障")
    case.refresh_from_db()
    assert case.due48 == at(15, 21, 30), "2 h 30 min were left at 15:00, so they are left at 19:00"
    assert case.original48 == at(15, 17, 30)
    with pytest.raises(TransitionError):
        outages.shift(case, outage, by=staff.superior, now=at(15, 20), which="find", reason="再次")
    with pytest.raises(TransitionError):
        outages.shift(case, outage, by=staff.superior, now=at(15, 20), which="report", reason="未受影响")
    locked = actions.lock(
        case, by=staff.handler, now=at(15, 21), device=DEVICE, responsible_name="秦朗", responsible_post=""
    )
    assert locked.find_clock.colour(at(16, 0)) is Colour.KEPT_EXTENDED


@pytest.fixture
def late(case, outage, staff):
    """Entered on Sunday at 19:30 only, since the desk was away."""
    return actions.lock(
        case, by=staff.handler, now=at(15, 19, 30), device=DEVICE, responsible_name="秦朗", responsible_post=""
    )


def test_an_earlier_time_counts_only_by_the_superior_and_both_times_are_shown(late, staff, login):
    assert late.find_clock.colour(at(16, 0)) is Colour.MISSED
    given = {"claimed_at": at(15, 16, 10), "reason": "16:10 已锁定，系统不可用，纸质记录见附件"}
    row = outages.ask_backfill(late, by=staff.handler, now=at(15, 19, 40), **given)
    late.refresh_from_db()
    assert late.find_clock.colour(at(16, 0)) is Colour.MISSED, "asking alone changes nothing"
    with pytest.raises(PermissionDenied):
        outages.decide_backfill(row, by=staff.handler, now=at(15, 20), allow=True)
    page = login(staff.superior).get(reverse("cases:case", args=[late.pk])).content.decode()
    assert "补录 2026年3月15日（星期日）16:10，系统记录 2026年3月15日（星期日）19:30" in page
    outages.decide_backfill(row, by=staff.superior, now=at(15, 20), allow=True, note="核对属实")
    late.refresh_from_db()
    assert late.find_clock.colour(at(16, 0)) is Colour.KEPT
    assert late.concluded_at == at(15, 19, 30), "what the desk saw stays"
    row.refresh_from_db()
    assert (row.reason, row.decided_by, row.decided_at) == (given["reason"], staff.superior, at(15, 20))
    page = login(staff.handler).get(reverse("cases:case", args=[late.pk])).content.decode()
    assert "补录 2026年3月15日（星期日）16:10，系统记录 2026年3月15日（星期日）19:30" in page


def test_an_earlier_time_is_entered_with_its_reason_and_in_no_other_way(case, staff, login):
    """The page that locks takes no time: what is sent along with it changes nothing of what the desk saw."""
    act = reverse("cases:act", args=[case.pk, "lock"])
    facts = {"device_name": "JF-07", "device_mac": "02:00:5e:10:00:01", "device_place": "实验楼 305",
             "responsible_name": "秦朗", "responsible_post": "管理员"}  # fmt: skip
    early = dict.fromkeys(("now", "locked_at", "concluded_at", "at", "done_at"), "2026-03-14T09:00")
    before = timezone.now()
    login(staff.handler).post(act, {f"lock-{key}": value for key, value in (facts | early).items()} | early)
    case.refresh_from_db()
    assert case.state == "locked"
    assert case.locked_at >= before
    assert case.concluded_at >= before
    with pytest.raises(TransitionError):
        outages.ask_backfill(case, by=staff.handler, now=timezone.now(), claimed_at=at(14, 9), reason=" ")


def test_a_refused_claim_counts_for_nothing(late, staff):
    row = outages.ask_backfill(late, by=staff.handler, now=at(15, 20), claimed_at=at(15, 16), reason="口头")
    with pytest.raises(TransitionError):
        outages.decide_backfill(row, by=staff.superior, now=at(15, 21), allow=False)
    outages.decide_backfill(row, by=staff.superior, now=at(15, 21), allow=False, note="无佐证")
    late.refresh_from_db()
    assert late.find_clock.colour(at(16, 0)) is Colour.MISSED


def test_a_later_time_or_a_second_claim_is_refused(late, staff):
    with pytest.raises(TransitionError):
        outages.ask_backfill(late, by=staff.handler, now=at(15, 20), claimed_at=at(15, 19, 31), reason="x")
    outages.ask_backfill(late, by=staff.handler, now=at(15, 20), claimed_at=at(15, 16), reason="x")
    with pytest.raises(TransitionError):
        outages.ask_backfill(late, by=staff.handler, now=at(15, 20), claimed_at=at(15, 17), reason="x")


def test_nobody_edits_a_receipt(case):
    case.received_at = at(14, 17, 30)
    with pytest.raises(FixedError):
        case.save()


@pytest.fixture
def second(case, staff, city):
    """A notice of another office that joined on Friday at 18:00 with 47 hours and a half: due on Sunday at 17:00."""
    notice = leads.enter_notice(
        by=staff.superior, now=at(13, 18), unit=city.first_school, received_at=at(13, 18), source="市公安局",
        number="7号", text="", limits=Limits(find=at(15, 17)),
    )  # fmt: skip
    return leads.join_notice(case, notice, by=staff.handler, now=at(13, 18))


def test_a_joined_notice_has_its_own_clock_moved_and_the_cases_stays(case, second, outage, staff, login):
    """The other office lets its own limit be moved; nothing of that touches the case, or the other way round."""
    assert second.clock("find").due == at(15, 17)
    row = outages.shift(case, outage, by=staff.superior, now=at(15, 20), which="find", reason="系统故障", joined=second)
    assert (row.was, row.until) == (at(15, 17), at(15, 21))
    with pytest.raises(TransitionError):
        outages.shift(case, outage, by=staff.superior, now=at(15, 20), which="find", reason="再次", joined=second)
    case.refresh_from_db()
    fresh = case.joined.get(pk=second.pk)
    assert case.due48 == at(15, 17, 30)
    assert (fresh.clock("find").due, fresh.clock("find").original) == (at(15, 21), at(15, 17))
    outages.shift(case, outage, by=staff.superior, now=at(15, 20), which="find", reason="系统故障")
    assert case.joined.get(pk=second.pk).clock("find").due == at(15, 21)
    page = login(staff.handler).get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "2026年3月15日（星期日）21:00" in page


def test_an_extension_for_one_notice_is_asked_and_allowed_for_it_alone(case, second, staff, login):
    given = {"by": staff.handler, "now": at(14, 9), "which": "find", "reason": "假期"}
    with pytest.raises(TransitionError):
        decisions.ask_extension(case, until=at(15, 16), joined=second, **given)
    asked = decisions.ask_extension(case, until=at(16, 12), joined=second, **given)
    other = decisions.ask_extension(case, until=at(17, 12), **given)
    decisions.decide_extension(asked, by=staff.superior, now=at(14, 10), allow=True)
    case.refresh_from_db()
    assert case.due48 == at(15, 17, 30)
    assert case.joined.get(pk=second.pk).clock("find").colour(at(16, 11)) is Colour.URGENT
    decisions.decide_extension(other, by=staff.superior, now=at(14, 10), allow=True)
    case.refresh_from_db()
    assert case.due48 == at(17, 12)
    assert case.joined.get(pk=second.pk).clock("find").due == at(16, 12)
    with pytest.raises(CaseNotice.DoesNotExist):
        decisions.ask_extension(case, until=at(18, 12), joined=CaseNotice(pk=0), **given)


def test_a_case_that_has_ended_takes_no_more_time(case, second, outage, staff):
    asked = decisions.ask_extension(
        case, by=staff.handler, now=at(14, 9), which="find", until=at(16, 12), reason="假期", joined=second
    )
    actions.return_not_ours(case, by=staff.handler, now=at(14, 10), reason="非本单位")
    for act in (
        lambda: decisions.decide_extension(asked, by=staff.superior, now=at(14, 11), allow=True),
        lambda: outages.shift(
            case, outage, by=staff.superior, now=at(15, 20), which="find", reason="系统故障", joined=second
        ),
        lambda: decisions.ask_extension(
            case, by=staff.handler, now=at(14, 12), which="report", until=at(18, 12), reason="假期", joined=second
        ),
    ):
        with pytest.raises(TransitionError):
            act()


def test_every_outage_of_years_stands_on_a_page_of_the_list_with_the_clocks_that_ended_in_it(
    case, outage, people, login, django_assert_max_num_queries
):
    rows = [
        Outage(began_at=at(1, 8) - timedelta(days=n), ended_at=at(1, 9) - timedelta(days=n), note=f"断电{n}",
               entered_at=at(16, 9), by=people.system)
        for n in range(220)
    ]  # fmt: skip
    Outage.objects.bulk_create(rows)
    browser = login("audit")
    with django_assert_max_num_queries(30):
        first = browser.get(reverse("cases:outages"))
    shown = [
        row
        for number in range(1, 6)
        for row in browser.get(f"{first.request['PATH_INFO']}?page={number}").context["rows"]
    ]
    assert sorted(row.note for row in shown) == sorted(["机房断电", *(f"断电{n}" for n in range(220))])
    assert [row.note for row in shown if row.hit] == ["机房断电"]
    assert "共 221 条" in first.content.decode()


@pytest.mark.parametrize(("concluded", "counted"), [(at(15, 14, 59), 0), (at(15, 15), 1), (None, 1)])
def test_a_clock_that_was_met_before_an_outage_did_not_end_in_it(case, outage, concluded, counted):
    Case.objects.filter(pk=case.pk).update(concluded_at=concluded)
    assert [row.hit for row in outages_seen()] == [counted]


def test_what_was_received_while_the_desk_was_away_gets_back_what_was_left_of_it_then(
    case, outage, staff, city, make_lead
):
    """Handed over by messenger at 16:00, to be found by 17:00: one hour was left of it, and not two."""
    notice = leads.enter_notice(
        by=staff.handler, now=at(15, 19, 10), unit=city.first_school, received_at=at(15, 16), source="市公安局",
        number="8号", text="", limits=Limits(find=at(15, 17)),
    )  # fmt: skip
    joined = leads.join_notice(case, notice, by=staff.handler, now=at(15, 19, 10))
    own = leads.open_case(make_lead(2), by=staff.superior, now=at(15, 19, 10), unit=city.first_school, notice=notice)
    for found, mine in ((case, joined), (own, None)):
        given = {"by": staff.superior, "now": at(15, 20), "which": "find", "joined": mine}
        with pytest.raises(TransitionError):
            outages.shift(found, outage, reason="  ", **given)
        assert outages.shift(found, outage, reason="系统故障", **given).until == at(15, 20)


@pytest.mark.parametrize(
    ("due", "hit"), [(at(15, 14, 59), False), (at(15, 15), True), (at(15, 19), True), (at(15, 19, 1), False)]
)
def test_a_due_time_at_either_end_of_an_outage_fell_into_it(outage, due, hit):
    assert outages.hit(due, outage) is hit
    assert list(outages_at([due])) == [outage] * hit


def test_a_claim_is_the_units_own_another_decides_and_it_counts_once(late, staff):
    given = {"now": at(15, 20), "reason": "纸质记录"}
    with pytest.raises(PermissionDenied):
        outages.ask_backfill(late, by=staff.stranger, claimed_at=at(15, 16), **given)
    with pytest.raises(TransitionError):
        outages.ask_backfill(late, by=staff.handler, claimed_at=late.concluded_at, **given)
    row = outages.ask_backfill(late, by=staff.superior, claimed_at=at(15, 16), **given)
    with pytest.raises(TransitionError, match="nobody confirms what he proposed"):
        outages.decide_backfill(row, by=staff.superior, now=at(15, 21), allow=True)
    outages.decide_backfill(row, by=staff.superior_approver, now=at(15, 21), allow=True)
    with pytest.raises(TransitionError):
        outages.decide_backfill(row, by=staff.superior_approver, now=at(15, 22), allow=False, note="改判")
    with pytest.raises(TransitionError):
        outages.ask_backfill(late, by=staff.handler, claimed_at=at(15, 15, 30), **given)
    late.refresh_from_db()
    assert late.found_claimed_at == at(15, 16)


def test_no_outage_takes_no_time_or_is_of_somebody_elses_word(people):
    for given in ({"ended_at": at(15, 15)}, {"note": " "}):
        facts = {"began_at": at(15, 15), "ended_at": at(15, 19), "note": "断电"} | given
        with pytest.raises(TransitionError):
            outages.enter_outage(by=people.system, now=at(15, 20), **facts)
    assert not Outage.objects.exists()
