"""N11 (b): a teacher contests 主动: the classification opens again, for others; restricted; every version stays."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from minewarden.desk.audit.models import Record
from minewarden.desk.cases import actions, decisions, objections, side
from minewarden.desk.cases.models import Decision
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Role
from minewarden.desk.reports.export import written
from minewarden.vocab.errors import TransitionError
from tests.desk.made import NOW

TEACHER, GROUNDS = "张喆", "本人账号被盗用，当日请假不在校"


def at(hours: float):
    return NOW + timedelta(hours=hours)


@pytest.fixture
def active(make_case, staff):
    """Judged 主动 by the handler and the principal."""
    case = make_case("lock")
    decision = decisions.propose(case, by=staff.handler, now=at(1), kind="nature", value="active", reason="账号登录")
    decisions.agree(decision, by=staff.principal, now=at(2))
    case.refresh_from_db()
    return case


@pytest.fixture
def vice(city):
    """A second approver of the school, who had no part in it."""
    made = org.create_person(
        by=None, unit=city.first_school, username="deng.hua", name="邓华", password="Qing-Shan-2026", must_change=False
    )
    org.grant_post(made, role=Role.APPROVER, unit=city.first_school, by=None)
    return made


def contest(case, staff, hours=3.0):
    return objections.raise_objection(
        case, by=staff.colleague, now=at(hours), raised_by=TEACHER, raised_at=at(hours), grounds=GROUNDS
    )


def test_the_classification_opens_again_and_another_reviewer_decides(active, staff, vice):
    contest(active, staff)
    active.refresh_from_db()
    assert active.nature == "undecided"
    again = decisions.propose(
        active, by=staff.colleague, now=at(4), kind="nature", value="passive", reason="核实请假记录"
    )
    with pytest.raises(TransitionError, match="part"):
        decisions.agree(again, by=staff.principal, now=at(5))
    decisions.agree(again, by=vice, now=at(5))
    active.refresh_from_db()
    assert active.nature == "passive"
    kept = [(row.value, row.outcome) for row in active.decisions.order_by("pk")]
    assert kept == [("active", "agreed"), ("passive", "agreed")]
    objection = active.objections.get()
    assert (objection.contested.value, objection.answer.value) == ("active", "passive")


def test_without_another_reviewer_the_superior_decides(active, staff):
    contest(active, staff)
    again = decisions.propose(active, by=staff.colleague, now=at(4), kind="nature", value="active", reason="日志一致")
    decisions.agree(again, by=staff.superior_approver, now=at(5))
    active.refresh_from_db()
    assert active.nature == "active"


def test_an_appeal_goes_to_the_superior_and_there_is_no_third(active, staff, vice):
    contest(active, staff)
    first = decisions.propose(active, by=staff.colleague, now=at(4), kind="nature", value="active", reason="日志一致")
    decisions.agree(first, by=vice, now=at(5))
    assert contest(active, staff, 6).level == 2
    second = decisions.propose(active, by=staff.handler, now=at(7), kind="nature", value="passive", reason="新证据")
    with pytest.raises((TransitionError, PermissionDenied)):
        decisions.agree(second, by=staff.principal, now=at(8))
    decisions.agree(second, by=staff.superior_approver, now=at(8))
    with pytest.raises(TransitionError):
        contest(active, staff, 9)
    assert Decision.objects.filter(case=active).count() == 3


def test_it_can_be_contested_after_the_report_too(make_case, staff, vice):
    case = make_case("measure")
    decision = decisions.propose(case, by=staff.handler, now=at(1), kind="nature", value="active", reason="x")
    decisions.agree(decision, by=staff.principal, now=at(1))
    actions.submit_report(case, by=staff.handler, now=at(2))
    actions.approve_report(case, by=staff.principal, now=at(2))
    contest(case, staff)
    again = decisions.propose(case, by=staff.colleague, now=at(4), kind="nature", value="passive", reason="x")
    decisions.agree(again, by=vice, now=at(5))
    case.refresh_from_db()
    assert (case.nature, case.state) == ("passive", "reported")


def test_nothing_to_contest_is_refused(make_case, staff, active):
    with pytest.raises(TransitionError):
        contest(make_case("lock", number=2), staff)
    contest(active, staff)
    with pytest.raises(TransitionError):
        contest(active, staff, 4)


def test_who_objects_and_why_is_restricted(active, staff, login):
    contest(active, staff)
    side.record_accountability(
        active, by=staff.principal, now=at(4), person=TEACHER, kind="education", office="校党委",
        decided_on=at(4).date(), text="批评教育，限期说明",
    )  # fmt: skip
    address = reverse("cases:case", args=[active.pk])
    secret = (TEACHER, GROUNDS, "限期说明")
    for person in (staff.handler, staff.leader, staff.superior, staff.principal):
        page = login(person).get(address).content.decode()
        assert not [text for text in secret if text in page], person.name
    principal = login(staff.principal)
    act = reverse("cases:act", args=[active.pk, "open-restricted"])
    assert principal.post(act, {"open-restricted-reason": "复核"}).status_code == 302
    page = principal.get(address).content.decode()
    assert [text for text in secret if text in page] == list(secret)
    assert Record.objects.filter(action="case.open-restricted").count() == 1
    assert login(staff.handler).post(act, {"open-restricted-reason": "想看"}).status_code == 403
    log = str(list(Record.objects.values_list("before", "after")))
    assert not [text for text in secret if text in log]
    assert not [text for text in secret if text in str(written(active))], (
        "the report names it in the restricted annex only"
    )


def test_a_correction_of_a_restricted_record_is_a_new_version(active, staff):
    given = {"person": TEACHER, "kind": "none", "office": "校党委", "decided_on": at(4).date()}
    for number, text in enumerate(("误登", "更正：不予处理"), start=1):
        row = side.record_accountability(active, by=staff.principal, now=at(3 + number), text=text, **given)
        assert row.version == number
    assert [row.text for row in active.accountability.all()] == ["更正：不予处理", "误登"]
    with pytest.raises(PermissionDenied):
        side.record_accountability(active, by=staff.handler, now=at(9), text="x", **given)


def test_only_what_was_agreed_and_settled_is_contested_by_the_units_own_people(make_case, staff, active):
    given = {"raised_by": TEACHER, "grounds": GROUNDS}
    with pytest.raises(PermissionDenied):
        objections.raise_objection(active, by=staff.stranger, now=at(3), raised_at=at(3), **given)
    with pytest.raises(TransitionError):
        objections.raise_objection(active, by=staff.colleague, now=at(3), raised_at=at(4), **given)
    open_ = decisions.propose(active, by=staff.handler, now=at(3), kind="nature", value="passive", reason="新证据")
    with pytest.raises(TransitionError):
        contest(active, staff)
    decisions.refuse(open_, by=staff.principal, now=at(4), note="证据不足")
    assert contest(active, staff, 5).contested.value == "active", "what was refused contests nothing"
    alarm = make_case("start", number=2)
    asked = decisions.propose(
        alarm, by=staff.handler, now=at(1), kind="false-alarm", value="security-product", reason="安全设备"
    )
    decisions.agree(asked, by=staff.principal, now=at(2))
    with pytest.raises(TransitionError):
        contest(alarm, staff)
    refused = make_case("lock", number=3)
    asked = decisions.propose(refused, by=staff.handler, now=at(1), kind="nature", value="active", reason="账号登录")
    decisions.refuse(asked, by=staff.principal, now=at(2), note="证据不足")
    with pytest.raises(TransitionError):
        contest(refused, staff)


def test_whoever_proposed_what_is_contested_does_not_confirm_the_answer(active, staff, city):
    contest(active, staff)
    again = decisions.propose(active, by=staff.colleague, now=at(4), kind="nature", value="active", reason="日志一致")
    org.grant_post(staff.handler, role=Role.APPROVER, unit=city.first_school, by=None)
    staff.handler.__dict__.pop("_active_posts", None)
    with pytest.raises(TransitionError, match="part"):
        decisions.agree(again, by=staff.handler, now=at(5))


def test_an_appeal_contests_the_latest_judgement(active, staff, vice):
    contest(active, staff)
    first = decisions.propose(active, by=staff.colleague, now=at(4), kind="nature", value="active", reason="日志一致")
    decisions.agree(first, by=vice, now=at(5))
    assert contest(active, staff, 6).contested == first


def test_what_is_restricted_is_opened_for_a_reason_and_nothing_is_decided_tomorrow(active, staff):
    with pytest.raises(PermissionDenied):
        side.open_restricted(active, by=staff.handler, now=at(3), reason="复核")
    with pytest.raises(TransitionError):
        side.open_restricted(active, by=staff.principal, now=at(3), reason=" ")
    given = {"person": TEACHER, "kind": "none", "office": "校党委", "text": "不予处理"}
    with pytest.raises(TransitionError):
        side.record_accountability(
            active, by=staff.principal, now=at(3), decided_on=(at(3) + timedelta(days=2)).date(), **given
        )
    assert not active.accountability.exists()
