"""Between two people nothing lies unnoticed: who has to decide is told, and who waits for the answer."""

from datetime import timedelta

import pytest

from minewarden.desk.cases import actions, decisions, objections, orders, outages
from minewarden.desk.cases.models import Order
from minewarden.desk.cases.told import TOLD
from minewarden.desk.notify.models import Copy, Message
from minewarden.desk.org import actions as org_actions
from minewarden.vocab.words import table
from tests.desk.made import NOW


def told(verb):
    """Whom the last act of a verb was told to, by unit, with the sentence."""
    found = Message.objects.filter(key__contains=f".{verb}.").order_by("pk")
    return [(row.unit.label, row.word.partition(".tell_")[2], names(row)) for row in found]


def names(row):
    return sorted(Copy.objects.filter(message=row).values_list("person__name", flat=True))


def propose(case, staff, kind, value):
    return decisions.propose(case, by=staff.handler, now=NOW, kind=kind, value=value, reason="理由")


def test_the_second_person_is_told_and_then_whoever_asked(make_case, staff):
    case = make_case("lock")
    decision = propose(case, staff, "nature", "passive")
    assert told("propose-nature") == [("市一中", "to_decide", ["何青"])]
    decisions.refuse(decision, by=staff.principal, now=NOW, note="证据不足")
    assert told("refuse-nature") == [("市一中", "decided", ["吴涛", "张伟"])]
    decisions.agree(propose(case, staff, "nature", "active"), by=staff.principal, now=NOW)
    assert told("agree-nature") == [("市一中", "decided", ["吴涛", "张伟"])]


def test_what_the_superior_decides_is_told_to_the_superior_alone(make_case, staff):
    case = make_case("start")
    until = NOW + timedelta(days=7)
    asked = decisions.ask_extension(case, by=staff.handler, now=NOW, which="find", until=until, reason="假期")
    decisions.decide_extension(asked, by=staff.superior, now=NOW, allow=True)
    decisions.agree(propose(case, staff, "unlocatable", "no-nat-log"), by=staff.superior, now=NOW)
    for verb in ("ask-extension", "propose-unlocatable"):
        assert told(verb) == [("临江区", "to_decide", ["王磊", "赵敏"])], verb
    for verb in ("allow-extension", "confirm-unlocatable"):
        assert told(verb) == [("市一中", "decided", ["吴涛", "张伟"])], verb
    later = NOW + timedelta(hours=1)
    outages.ask_backfill(case, by=staff.handler, now=later, claimed_at=NOW - timedelta(hours=1), reason="停电")
    assert told("ask-backfill") == [("临江区", "to_decide", ["王磊", "赵敏"])]


def test_a_report_that_comes_back_is_told_though_no_clock_runs(make_case, staff):
    case = make_case("approve")
    assert told("submit-report") == [("市一中", "report", ["何青"])]
    case.refresh_from_db()
    actions.return_for_more(case, by=staff.superior, now=NOW, reason="缺少处置时间")
    assert told("return") == [("市一中", "report_back", ["吴涛", "张伟"])]
    assert not case.report_clock.running


def test_what_is_not_ours_and_what_was_withdrawn_is_told(make_case, staff):
    actions.return_not_ours(make_case("sign", number=1), by=staff.handler, now=NOW, reason="3月1日起非本单位")
    assert told("return-not-ours") == [("临江区", "not_ours", ["王磊", "赵敏"])]
    actions.withdraw(make_case("sign", number=2), by=staff.superior, now=NOW, reason="来函撤回")
    assert told("withdraw") == [("市一中", "withdrawn", ["吴涛", "张伟"])]


def test_a_report_that_came_is_told_to_the_office_that_receives_it(make_case, staff):
    make_case("approve")
    assert told("approve-report") == [("临江区", "report_came", ["王磊", "赵敏"])]


def test_a_proposal_to_disconnect_is_told_to_whoever_orders_and_to_whoever_approves(make_case, staff):
    first = make_case("lock", number=1)
    actions.record_measure(first, by=staff.handler, now=NOW, kind="reinstall", done_at=NOW, note="重装")
    later = NOW + timedelta(days=5)
    seen = {"first_seen": "2026-03-18T01:00:00Z", "last_seen": "2026-03-18T02:00:00Z"}
    again = make_case("lock", number=2, now=later, **seen)
    (order,) = Order.objects.all()
    assert (order.case_id, order.state) == (again.pk, "proposed")
    assert told("propose-order") == [("市一中", "order_proposed", ["何青", "吴涛", "张伟"])]
    orders.order(again, by=staff.handler, now=later, reason="三十日内再次确认")
    assert told("order-order") == [("市一中", "to_decide", ["何青"])]
    orders.decline(again, by=staff.principal, now=later, reason="教学用机，改为隔离网段")
    assert told("order-decline") == [("市一中", "order", ["吴涛", "张伟"])]


def test_an_objection_opens_the_classification_again_and_is_told(make_case, staff):
    case = make_case("lock")
    decisions.agree(propose(case, staff, "nature", "active"), by=staff.principal, now=NOW)
    objections.raise_objection(case, by=staff.handler, now=NOW, raised_by="本人", raised_at=NOW, grounds="账号被盗")
    assert told("objection-1") == [("市一中", "objection", ["吴涛"])]


def test_where_the_only_approver_asks_the_office_above_is_told(make_case, staff, city):
    case = make_case("lock")
    org_actions.grant_post(staff.principal, role="officer", unit=city.first_school, by=None)
    staff.principal.__dict__.pop("_active_posts", None)
    decisions.propose(case, by=staff.principal, now=NOW, kind="nature", value="passive", reason="理由")
    assert told("propose-nature") == [("市一中", "to_decide", ["李芳"])]


def test_where_the_only_officer_above_asks_for_a_school_the_next_office_is_told(make_case, staff, city, people):
    people.second_officer.posts.update(revoked_at=NOW)
    facts = {"username": "zhou.ning", "name": "周宁", "password": "Qing-Shan-2026", "must_change": False}
    bureau = org_actions.create_person(by=None, unit=city.bureau, **facts)
    org_actions.grant_post(bureau, role="officer", unit=city.bureau, by=None)
    until = NOW + timedelta(days=7)
    decisions.ask_extension(
        make_case("start"), by=staff.superior, now=NOW, which="find", until=until, reason="代学校申请"
    )
    assert told("ask-extension") == [("临江区", "to_decide", ["周宁"])]


def test_whoever_acts_is_not_told_of_his_own_act(make_case, staff):
    case = make_case("sign")
    asked = decisions.ask_extension(
        case, by=staff.superior, now=NOW, which="find", until=NOW + timedelta(days=7), reason="代填"
    )
    assert told("ask-extension") == [("临江区", "to_decide", ["赵敏"])]
    assert asked.outcome == "pending"


def test_a_contested_nature_is_also_for_the_office_above(make_case, staff):
    case = make_case("lock")
    decisions.agree(propose(case, staff, "nature", "active"), by=staff.principal, now=NOW)
    objections.raise_objection(case, by=staff.handler, now=NOW, raised_by="本人", raised_at=NOW, grounds="账号被盗")
    propose(case, staff, "nature", "passive")
    assert told("propose-nature")[1:] == [
        ("市一中", "to_decide", ["何青"]), ("临江区", "to_decide", ["王磊", "赵敏"]),
    ]  # fmt: skip


def test_it_waits_through_the_night_unless_a_clock_runs_out(make_case, staff):
    case = make_case("start")
    early = decisions.propose(
        case, by=staff.handler, now=NOW + timedelta(hours=35), kind="unlocatable", value="no-port", reason="x"
    )
    assert not Message.objects.get(key__contains=".propose-unlocatable.").urgent
    decisions.refuse(early, by=staff.superior, now=NOW + timedelta(hours=36), note="再查")
    assert Message.objects.get(key__contains=".refuse-unlocatable.").urgent, "twelve hours are left"


def test_no_sentence_names_an_address_or_a_person(make_case, staff):
    case = make_case("approve")
    case.refresh_from_db()
    actions.return_for_more(case, by=staff.superior, now=NOW, reason=f"{case.device_mac} {case.responsible_name}")
    texts = list(Message.objects.values_list("text", flat=True))
    assert texts
    assert not [text for text in texts if case.device_mac in text or case.responsible_name in text]


@pytest.mark.parametrize("verb", sorted(TOLD))
def test_each_act_that_is_told_of_is_one_of_a_case(verb):
    assert f"step_{verb.replace('-', '_')}" in table("desk_cases")
