"""What one person proposes another decides: nature, false alarm, 无法定位, more time."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from minewarden.desk.cases import decisions
from minewarden.desk.cases.access import cases_for, leads_for, may
from minewarden.desk.cases.clocks import Colour
from minewarden.desk.cases.lifecycle import Duty, State
from minewarden.desk.cases.models import Case, Decision, Extension, Lead
from minewarden.desk.org import actions as org_actions
from minewarden.vocab.errors import TransitionError
from tests.desk.made import NOW


def ask(case, staff, kind="nature", value="passive", reason="弱口令被入侵，有外部登录记录"):
    return decisions.propose(case, by=staff.handler, now=NOW, kind=kind, value=value, reason=reason)


def test_the_nature_counts_only_when_a_second_person_agrees(make_case, staff, recorded):
    case = make_case("lock")
    recorded()
    decision = ask(case, staff)
    case.refresh_from_db()
    assert case.nature == Case.Nature.UNDECIDED
    decisions.agree(decision, by=staff.principal, now=NOW)
    case.refresh_from_db()
    assert case.nature == Case.Nature.PASSIVE
    assert recorded() == ["case.propose-nature", "case.agree-nature"]


def test_nobody_confirms_his_own_proposal(make_case, staff, city):
    case = make_case("lock")
    decision = ask(case, staff)
    org_actions.grant_post(staff.handler, role="approver", unit=city.first_school, by=None)
    staff.handler.__dict__.pop("_active_posts", None)
    for verb in (decisions.agree, decisions.refuse):
        with pytest.raises(TransitionError):
            verb(decision, by=staff.handler, now=NOW, note="同意")
    decision.refresh_from_db()
    assert decision.outcome == "pending"


def test_the_database_refuses_it_too(make_case, staff):
    decision = ask(make_case("lock"), staff)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(outcome="agreed", decided_by=staff.handler, decided_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(outcome="agreed")


def test_a_colleague_without_the_duty_does_not_confirm(make_case, staff):
    decision = ask(make_case("lock"), staff)
    with pytest.raises(PermissionDenied):
        decisions.agree(decision, by=staff.colleague, now=NOW)


def test_a_refusal_needs_a_reason_and_leaves_the_case_as_it_was(make_case, staff):
    case = make_case("lock")
    decision = ask(case, staff, value="active")
    with pytest.raises(TransitionError):
        decisions.refuse(decision, by=staff.principal, now=NOW, note="")
    decisions.refuse(decision, by=staff.principal, now=NOW, note="证据不足以认定主动")
    case.refresh_from_db()
    assert case.nature == Case.Nature.UNDECIDED
    assert ask(case, staff).outcome == "pending", "another proposal may follow"


def test_one_proposal_at_a_time(make_case, staff):
    case = make_case("lock")
    ask(case, staff)
    with pytest.raises(TransitionError):
        ask(case, staff, value="active")


def test_a_false_alarm_is_reviewed_and_ends_the_find_clock(make_case, staff, recorded):
    case = make_case("start")
    recorded()
    decision = ask(case, staff, kind="false-alarm", value="security-product", reason="安全设备自身解析")
    decisions.agree(decision, by=staff.principal, now=NOW + timedelta(hours=1))
    case.refresh_from_db()
    assert (case.state, case.conclusion) == (State.FALSE_ALARM, "false-alarm")
    assert case.find_clock.colour(NOW + timedelta(days=9)) is Colour.KEPT
    assert recorded() == ["case.propose-false-alarm", "case.confirm-false-alarm"]


def test_cannot_be_located_is_approved_by_the_superior(make_case, staff):
    case = make_case("start")
    decision = ask(case, staff, kind="unlocatable", value="no-nat-log", reason="出口设备未留存 NAT 日志")
    with pytest.raises(PermissionDenied):
        decisions.agree(decision, by=staff.principal, now=NOW)
    decisions.agree(decision, by=staff.superior, now=NOW + timedelta(hours=40))
    case.refresh_from_db()
    assert case.state == State.UNLOCATABLE
    assert case.find_clock.colour(NOW + timedelta(days=9)) is Colour.KEPT


@pytest.mark.parametrize(("kind", "value"), [("nature", "passive"), ("false-alarm", "nonsense"), ("unlocatable", "")])
def test_a_judgement_that_does_not_fit_is_refused(make_case, staff, kind, value):
    with pytest.raises(TransitionError):
        ask(make_case("start"), staff, kind=kind, value=value)


@pytest.mark.parametrize(("kind", "value"), [("false-alarm", "resolver"), ("unlocatable", "no-nat-log")])
def test_what_was_locked_is_no_false_alarm_and_was_located(make_case, staff, kind, value):
    with pytest.raises(TransitionError):
        ask(make_case("lock"), staff, kind=kind, value=value)
    assert not Decision.objects.exists()


def test_an_extension_is_allowed_by_the_superior_and_keeps_the_original(make_case, staff, recorded):
    """N4: a notice before National Day, extended by the superior to 8 October 12:00."""
    case = make_case("sign")
    until = NOW + timedelta(days=7)
    recorded()
    asked = decisions.ask_extension(case, by=staff.handler, now=NOW, which="find", until=until, reason="假期人员不在岗")
    with pytest.raises(PermissionDenied):
        decisions.decide_extension(asked, by=staff.principal, now=NOW, allow=True)
    decisions.decide_extension(asked, by=staff.superior, now=NOW, allow=True)
    case.refresh_from_db()
    assert (case.due48, case.original48) == (until, NOW + timedelta(hours=48))
    assert case.due72 == case.original72, "the other clock is another decision"
    assert recorded() == ["case.ask-extension", "case.allow-extension"]


def test_an_officer_above_does_not_allow_what_he_asked_for_himself(make_case, staff):
    case = make_case("sign")
    until = NOW + timedelta(days=7)
    asked = decisions.ask_extension(case, by=staff.superior, now=NOW, which="find", until=until, reason="代填")
    with pytest.raises(TransitionError):
        decisions.decide_extension(asked, by=staff.superior, now=NOW, allow=True)


def test_an_extension_never_shortens_nor_repeats(make_case, staff):
    case = make_case("sign")
    with pytest.raises(TransitionError):
        decisions.ask_extension(case, by=staff.handler, now=NOW, which="find", until=case.due48, reason="x")
    for _ in range(1):
        decisions.ask_extension(
            case, by=staff.handler, now=NOW, which="find", until=case.due48 + timedelta(hours=1), reason="x"
        )
    with pytest.raises(TransitionError):
        decisions.ask_extension(
            case, by=staff.handler, now=NOW, which="find", until=case.due48 + timedelta(hours=2), reason="x"
        )
    assert Extension.objects.count() == 1


def test_a_stranger_proposes_nothing_and_nobody_without_a_reason(make_case, staff):
    case = make_case("lock")
    with pytest.raises(PermissionDenied):
        decisions.propose(case, by=staff.stranger, now=NOW, kind="nature", value="active", reason="x")
    with pytest.raises(TransitionError):
        ask(case, staff, reason="  ")
    facts = {"now": NOW, "which": "report", "until": NOW + timedelta(days=7), "reason": "外出"}
    with pytest.raises(PermissionDenied):
        decisions.ask_extension(case, by=staff.stranger, **facts)
    assert not Decision.objects.exists()
    assert not Extension.objects.exists()


def test_more_time_is_for_one_clock_that_runs_and_refused_with_a_reason_once(make_case, staff):
    case = make_case("lock")
    until = NOW + timedelta(days=7)
    facts = {"by": staff.handler, "now": NOW, "until": until, "reason": "外出"}
    with pytest.raises(TransitionError):
        decisions.ask_extension(case, which="find", **facts)
    asked = decisions.ask_extension(case, which="report", **facts)
    with pytest.raises(TransitionError):
        decisions.decide_extension(asked, by=staff.superior, now=NOW, allow=False, note=" ")
    decisions.decide_extension(asked, by=staff.superior, now=NOW, allow=False, note="人手已到位")
    with pytest.raises(TransitionError):
        decisions.decide_extension(asked, by=staff.superior, now=NOW, allow=True)
    case.refresh_from_db()
    assert case.due72 == case.original72
    asked = decisions.ask_extension(case, which="report", **facts)
    decisions.decide_extension(asked, by=staff.superior, now=NOW, allow=True)
    case.refresh_from_db()
    assert (case.due48, case.due72) == (case.original48, until)


def test_what_somebody_is_charged_with_follows_from_his_post(staff, city, people):
    """A leader reads; what supervises a unit stands above it; a unit with nothing above answers to its own approver."""

    def person(username, role):
        made = org_actions.create_person(
            by=None, unit=city.bureau, username=username, name="周宁", password="Qing-Shan-2026", must_change=False
        )
        org_actions.grant_post(made, role=role, unit=city.bureau, by=None)
        return made

    officer, approver = person("zhou.ning", "officer"), person("ma.chao", "approver")
    charged = {
        "leader": (staff.leader, city.first_school, set()),
        "officer": (staff.superior, city.first_school, {Duty.HANDLE, Duty.SUPERVISE}),
        "approver": (staff.superior_approver, city.first_school, {Duty.APPROVE, Duty.SUPERVISE}),
        "officer of his own unit": (staff.superior, city.linjiang, {Duty.HANDLE}),
        "approver of his own unit": (staff.superior_approver, city.linjiang, {Duty.APPROVE}),
        "officer of the root": (officer, city.bureau, {Duty.HANDLE}),
        "approver of the root": (approver, city.bureau, {Duty.APPROVE, Duty.SUPERVISE}),
        "administrator": (people.system, city.first_school, set()),
    }
    for who, (one, unit, wanted) in charged.items():
        assert {duty for duty in Duty if may(one, duty, unit)} == wanted, who


def test_cases_and_leads_exist_for_those_with_business_only(make_case, make_lead, staff, people, city):
    case, lead = make_case(), make_lead(2)
    for one in (people.system, people.audit, people.keeper, staff.stranger):
        assert not cases_for(one).exists(), one.name
        assert not leads_for(one).exists(), one.name
    for one in (staff.leader, staff.handler, staff.principal):
        assert list(cases_for(one)) == [case]
    Lead.objects.filter(pk=lead.pk).update(unit=city.yunlu_school)
    assert lead in leads_for(staff.handler), "who keeps it sees it, whomever it is proposed for"
    assert list(leads_for(staff.stranger)) == [lead], "and so does whom it is proposed for"
