"""A case from the lead to its closing: every act moves it once and is audited once."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from minewarden.desk.cases import actions, decisions, leads
from minewarden.desk.cases.clocks import Colour
from minewarden.desk.cases.fixed import FixedError
from minewarden.desk.cases.lifecycle import State
from minewarden.desk.cases.models import Case, EvidenceCopy, Lead, Step
from minewarden.desk.ledger.models import Staff
from minewarden.vocab.errors import TransitionError
from tests.desk.made import DEVICE, NOW, candidate, road

WHO = {"responsible_name": "秦朗", "responsible_post": "实验室管理员"}


def test_each_act_is_audited_exactly_once(make_lead, staff, city, recorded):
    lead = make_lead()
    recorded()
    case = leads.open_case(lead, by=staff.superior, now=NOW, unit=city.first_school)
    assert recorded() == ["case.open"]
    expected = ["sign", "start", "lock", "record-measures", "submit-report", "approve-report", "receive", "close"]
    for (_, act), verb in zip(road(staff, NOW), expected, strict=True):
        case = act(case)
        assert recorded() == [f"case.{verb}"]
    assert [step.verb for step in case.steps.all()] == ["open", *expected]
    assert case.state == State.CLOSED


def test_the_due_times_are_those_of_the_receipt(make_case):
    case = make_case()
    assert case.received_at == NOW
    assert case.due48 == NOW + timedelta(hours=48)
    assert case.due72 == NOW + timedelta(hours=72)
    assert case.origin == Case.Origin.SELF_FOUND


def test_a_refused_act_leaves_no_trace(make_case, staff, recorded):
    case = make_case()
    recorded()
    with pytest.raises(TransitionError):
        actions.lock(case, by=staff.handler, now=NOW, device=DEVICE, **WHO)
    with pytest.raises(PermissionDenied):
        actions.sign_for(case, by=staff.stranger, now=NOW)
    with pytest.raises(PermissionDenied):
        actions.sign_for(case, by=staff.principal, now=NOW)
    case.refresh_from_db()
    assert (case.state, recorded(), case.steps.count()) == (State.DELIVERED, [], 1)


@pytest.mark.parametrize("field", ["received_at", "original48", "original72"])
def test_nobody_edits_the_receipt(make_case, field):
    case = make_case()
    with pytest.raises(FixedError):
        Case.objects.filter(pk=case.pk).update(**{field: NOW - timedelta(hours=5)})
    setattr(case, field, NOW - timedelta(hours=5))
    with pytest.raises(FixedError):
        case.save()


def test_history_and_evidence_cannot_be_rewritten(make_case):
    case = make_case("sign")
    for row in (case.steps.first(), case.evidence):
        with pytest.raises(FixedError):
            row.save()
        with pytest.raises(FixedError):
            row.delete()
    for rows in (Step.objects.all(), EvidenceCopy.objects.all()):
        with pytest.raises(FixedError):
            rows.delete()
        with pytest.raises(FixedError):
            rows.update(pk=7)


def test_more_than_one_candidate_is_never_locked_silently(make_case, staff, recorded):
    several = [candidate(1, "likely"), candidate(2, "possible")]
    case = make_case("start", trace=several)
    with pytest.raises(TransitionError) as refusal:
        actions.lock(case, by=staff.handler, now=NOW, device=DEVICE, **WHO)
    assert "不唯一" in refusal.value.said("zh")
    with pytest.raises(TransitionError):
        actions.choose_candidate(case, case.candidates.last(), by=staff.handler, now=NOW, reason="  ")
    recorded()
    actions.choose_candidate(case, case.candidates.first(), by=staff.handler, now=NOW, reason="现场核对主机名一致")
    assert recorded() == ["case.choose-candidate"]
    assert actions.lock(case, by=staff.handler, now=NOW, device=DEVICE, **WHO).state == State.LOCKED


def test_locked_needs_a_device_a_place_and_a_person(make_case, staff):
    case = make_case("start")
    for device, who in (
        ({"device_name": "JF-07", "device_place": "305"}, WHO),
        ({"device_mac": "02:00:5e:10:00:01"}, WHO),
        (DEVICE, WHO | {"responsible_name": " "}),
    ):
        with pytest.raises(TransitionError):
            actions.lock(case, by=staff.handler, now=NOW, device=device, **who)
    assert actions.lock(case, by=staff.handler, now=NOW, device=DEVICE, **WHO).locked_at == NOW


def test_who_submits_a_report_does_not_approve_it(make_case, staff, city):
    from minewarden.desk.org import actions as org_actions

    case = make_case("measure")
    org_actions.grant_post(staff.handler, role="approver", unit=city.first_school, by=None)
    actions.submit_report(case, by=staff.handler, now=NOW)
    staff.handler.__dict__.pop("_active_posts", None)
    with pytest.raises(TransitionError) as refusal:
        actions.approve_report(case, by=staff.handler, now=NOW)
    assert "另一人" in refusal.value.said("zh")
    assert actions.approve_report(case, by=staff.principal, now=NOW).state == State.REPORTED


def test_a_returned_report_keeps_the_time_of_the_first(make_case, staff):
    case = make_case("approve")
    later = NOW + timedelta(hours=80)
    case = actions.return_for_more(case, by=staff.superior, now=later, reason="请补充处置截图")
    case = actions.submit_report(case, by=staff.handler, now=later)
    case = actions.approve_report(case, by=staff.principal, now=later)
    assert case.reported_at == NOW
    assert case.report_clock.colour(later) is Colour.KEPT


def test_a_district_fills_in_for_a_small_school_and_is_named(make_case, staff):
    case = actions.sign_for(make_case(), by=staff.superior, now=NOW)
    assert case.steps.last().by == staff.superior


def test_not_ours_stops_the_clock_and_the_right_unit_starts_anew(make_case, staff, city):
    """N1: the wrong school answers after two hours; the right one has its own 48 hours from the second dispatch."""
    case = make_case()
    case = actions.return_not_ours(
        case, by=staff.handler, now=NOW + timedelta(hours=2), reason="地址自3月1日起属另一校"
    )
    again = NOW + timedelta(hours=2, minutes=20)
    following = leads.redispatch(case, by=staff.superior, now=again, unit=city.riverside, reason="按活动时间归属")
    assert case.find_clock.colour(NOW + timedelta(days=9)) is Colour.STOPPED
    assert following.received_at == again
    assert following.due48 == again + timedelta(hours=48)
    assert following.previous == case
    assert Lead.objects.get().unit == city.riverside
    with pytest.raises(TransitionError):
        leads.redispatch(case, by=staff.superior, now=again, unit=city.riverside, reason="再次")


def test_a_limit_that_was_over_before_the_right_unit_heard_of_it_does_not_bind_it(make_lead, staff, city):
    limits = leads.Limits(find=NOW + timedelta(hours=24))
    facts = {"received_at": NOW, "source": "省中心", "number": "7", "text": "", "limits": limits}
    notice = leads.enter_notice(by=staff.handler, now=NOW, unit=city.first_school, **facts)
    case = leads.open_case(make_lead(), by=staff.superior, now=NOW, unit=city.first_school, notice=notice)
    assert case.due48 == NOW + timedelta(hours=24)
    case = actions.return_not_ours(case, by=staff.handler, now=NOW, reason="地址属另一校")
    again = NOW + timedelta(hours=30)
    following = leads.redispatch(case, by=staff.superior, now=again, unit=city.riverside, reason="按活动时间归属")
    assert following.due48 == again + timedelta(hours=48)


def test_what_was_done_on_the_device_before_the_activity_began_is_explained(make_case, staff, login):
    case = make_case("lock")
    early = {"by": staff.handler, "now": NOW, "done_at": case.first_seen - timedelta(minutes=1)}
    with pytest.raises(TransitionError):
        actions.record_measure(case, kind="reinstall", **early)
    typed = {"measure-kind": "reinstall", "measure-done_at": "2026-03-12T21:13", "measure-note": ""}
    answer = login(staff.handler).post(reverse("cases:act", args=[case.pk, "measure"]), typed)
    assert answer.status_code == 422
    assert "早于首次发现活动的时间" in answer.content.decode()
    assert not case.measures.exists()
    actions.record_measure(case, kind="nat-log", **early)
    actions.record_measure(case, kind="reinstall", **early, note="首日先行断网重装，之后又见活动")
    actions.record_measure(case, kind="isolate", by=staff.handler, now=NOW, done_at=case.first_seen)
    assert case.measures.count() == 3


def test_nothing_is_locked_while_a_proposal_waits_nor_on_somebody_who_has_left(make_case, staff, city):
    case = make_case("start")
    asked = decisions.propose(
        case, by=staff.handler, now=NOW, kind="false-alarm", value="security-product", reason="安全设备"
    )
    with pytest.raises(TransitionError):
        actions.lock(case, by=staff.handler, now=NOW, device=DEVICE, **WHO)
    decisions.refuse(asked, by=staff.principal, now=NOW, note="不是")
    Staff.objects.create(unit=city.first_school, number="T1", name="秦朗", left_on=NOW.date(), entered_at=NOW)
    with pytest.raises(TransitionError) as refusal:
        actions.lock(case, by=staff.handler, now=NOW, device=DEVICE, **WHO)
    assert "离" in refusal.value.said("zh")
    Staff.objects.create(unit=city.first_school, number="T2", name="秦朗", entered_at=NOW)
    assert actions.lock(case, by=staff.handler, now=NOW, device=DEVICE, **WHO).state == State.LOCKED, "a namesake"


def test_which_device_it_was_is_said_by_the_units_own_people_once_and_before_it_is_locked(make_case, staff):
    case = make_case("start", trace=[candidate(1, "likely"), candidate(2, "possible")])
    first, second = case.candidates.all()
    with pytest.raises(PermissionDenied):
        actions.choose_candidate(case, first, by=staff.principal, now=NOW, reason="现场核对")
    for one in (first, second):
        actions.choose_candidate(case, one, by=staff.handler, now=NOW, reason="现场核对")
    assert list(case.candidates.exclude(chosen_at=None)) == [second], "who says it anew takes back what he said"
    actions.lock(case, by=staff.handler, now=NOW, device=DEVICE, **WHO)
    with pytest.raises(TransitionError):
        actions.choose_candidate(case, first, by=staff.handler, now=NOW, reason="再看")


def test_every_way_back_is_taken_with_a_reason(make_case, staff):
    for number, (upto, act, by) in enumerate(
        (
            ("start", actions.return_not_ours, staff.handler),
            ("start", actions.withdraw, staff.superior),
            ("submit", actions.send_back_report, staff.principal),
            ("approve", actions.return_for_more, staff.superior),
        ),
        start=1,
    ):
        case = make_case(upto, number=number)
        with pytest.raises(TransitionError):
            act(case, by=by, now=NOW, reason="  ")
        assert act(case, by=by, now=NOW, reason="说明").state != case.state


def test_no_measure_lies_ahead_and_no_report_goes_up_while_a_proposal_waits(make_case, staff):
    case = make_case("measure")
    with pytest.raises(TransitionError):
        actions.record_measure(case, by=staff.handler, now=NOW, kind="clean", done_at=NOW + timedelta(minutes=1))
    decisions.propose(case, by=staff.handler, now=NOW, kind="nature", value="passive", reason="弱口令")
    with pytest.raises(TransitionError):
        actions.submit_report(case, by=staff.handler, now=NOW)
