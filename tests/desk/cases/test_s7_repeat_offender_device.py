"""S7: a lab server is closed on 2026-04-02; on 04-20 it is confirmed again. Dates are those of the scenario."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from minewarden.desk.assessments import figures, periods
from minewarden.desk.audit.models import Record
from minewarden.desk.cases import actions, leads, orders
from minewarden.desk.cases.followup import plan_rechecks
from minewarden.desk.cases.models import Case, Recurrence
from minewarden.desk.notify.models import Message
from minewarden.desk.org.actions import set_parameter
from minewarden.desk.reports import export
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.made import honours, road

SERVER = {"device_name": "LAB-SRV-02", "device_mac": "02:00:5E:10:00:77", "device_place": "实验楼 501"}
WHO = {"responsible_name": "秦朗", "responsible_post": "实验室管理员"}


NOW = datetime(2026, 7, 1, 9, tzinfo=DISPLAY_ZONE)


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=DISPLAY_ZONE)


@pytest.fixture
def confirmed(make_lead, staff, city):
    """confirmed(number, at) -> a case of the lab server that was locked then; more fields of the device as keywords."""

    def make(number, when, device=SERVER, unit=None):
        hours = {"first_seen": 3, "last_seen": 1}
        seen = {name: (when - timedelta(hours=n)).isoformat() for name, n in hours.items()}
        case = leads.open_case(make_lead(number, **seen), by=staff.superior, now=when, unit=unit or city.first_school)
        case = actions.start(actions.sign_for(case, by=staff.handler, now=when), by=staff.handler, now=when)
        return actions.lock(case, by=staff.handler, now=when, device=device, **WHO)

    return make


@pytest.fixture
def closed(confirmed, staff):
    """The first case, closed on 2 April."""
    case = confirmed(1, at(3, 30))
    for name, act in road(staff, at(4, 2)):
        if name not in ("sign", "start", "lock"):
            case = act(case)
    assert Case.objects.get().closed_at == at(4, 2)
    return case


@pytest.mark.parametrize("spelled", ["02-00-5E-10-00-77", "0200.5e10.0077", "02005e100077"])
def test_the_device_is_known_again_however_its_mac_is_written(closed, confirmed, spelled):
    """Windows writes dashes, switches write dots, and teachers write what they see."""
    second = confirmed(2, at(4, 20), device=SERVER | {"device_mac": spelled})
    assert second.device_mac == "02:00:5e:10:00:77"
    assert second.recurrence.earlier == closed


def test_what_is_no_mac_is_refused_with_what_one_looks_like(confirmed):
    with pytest.raises(TransitionError, match="no MAC address: 12 hexadecimal digits"):
        confirmed(2, at(4, 20), device=SERVER | {"device_mac": "不知道"})


def test_from_the_second_confirmation_to_the_restoration(closed, confirmed, staff, login):
    second = confirmed(2, at(4, 20))
    assert second.recurrence.earlier == closed
    assert second.recurrence.days == 21
    assert second.order.state == "proposed"
    assert second.order.ordered_at is None, "the rule proposes and orders nothing"

    orders.order(second, by=staff.handler, now=at(4, 20, 14), reason="30日内再次确认")
    with pytest.raises(TransitionError):
        orders.approve(second, by=staff.handler, now=at(4, 20, 14, 30))
    with pytest.raises(PermissionDenied):
        orders.approve(second, by=staff.colleague, now=at(4, 20, 14, 30))
    orders.approve(second, by=staff.principal, now=at(4, 20, 15))
    with pytest.raises(TransitionError):
        orders.confirm_executed(second, by=staff.colleague, now=at(4, 20, 15, 45), executed_at=at(4, 20, 14, 59))
    orders.confirm_executed(second, by=staff.colleague, now=at(4, 20, 15, 45), executed_at=at(4, 20, 15, 40))

    with pytest.raises(TransitionError, match="cleaned"):
        orders.ask_back(second, by=staff.handler, now=at(4, 23), reason="已重装")
    actions.record_measure(
        second, by=staff.handler, now=at(4, 23), kind="reinstall", done_at=at(4, 22, 16), note="重装系统"
    )
    orders.ask_back(second, by=staff.handler, now=at(4, 23, 10), reason="已重装，附安装记录")
    restored = orders.restore(second, by=staff.principal, now=at(4, 23, 11))
    assert (restored.state, restored.executed_at) == ("restored", at(4, 20, 15, 40))

    # The statistics of the month count it, once, as a device that came back of those that had been cleaned.
    assert Recurrence.objects.count() == 1
    april = figures.window_of(periods.parse("2026-04"), at(5, 1))
    counted = figures.of_unit(second.unit, april, now=at(5, 1))
    assert [counted.number(key) for key in ("recurred", "recurred_devices", "clean_devices")] == [1, 1, 1]
    march = figures.window_of(periods.parse("2026-03"), at(5, 1))
    assert figures.of_unit(second.unit, march, now=at(5, 1)).number("recurred") == 0
    page = login(staff.handler).get(reverse("cases:case", args=[second.pk])).content.decode()
    assert "2026-04-20 15:40" in page
    assert closed.number in page
    assert "已恢复" in page
    log = list(Record.objects.filter(action__startswith="case.order").order_by("seq").values_list("action", flat=True))
    assert log == [f"case.order-{verb}" for verb in ("order", "approve", "execute", "ask-back", "restore")]


def ordered(case, staff):
    orders.order(case, by=staff.handler, now=at(4, 20, 14), reason="30日内再次确认")
    return case


def test_whoever_approves_reads_who_ordered_it_and_why_where_he_decides(closed, confirmed, staff, login):
    second = ordered(confirmed(2, at(4, 20)), staff)
    page = reverse("cases:case", args=[second.pk])
    text = login(staff.principal).get(page).content.decode()
    assert f"{staff.handler.name}于 2026-04-20 14:00 下达，理由：30日内再次确认。" in text
    assert "2026-05-20 14:00 前复核是否仍需断网" in text
    orders.approve(second, by=staff.principal, now=at(4, 20, 15))
    orders.confirm_executed(second, by=staff.handler, now=at(4, 20, 15, 45), executed_at=at(4, 20, 15, 40))
    actions.record_measure(second, by=staff.handler, now=at(4, 23), kind="reinstall", done_at=at(4, 22, 16))
    orders.ask_back(second, by=staff.handler, now=at(4, 23, 10), reason="附安装记录")
    asked = f"{staff.handler.name}于 2026-04-23 10:00 申请，依据：附安装记录。"
    assert asked in login(staff.principal).get(page).content.decode()


def test_the_disconnection_is_a_measure_that_nobody_enters_a_second_time(closed, confirmed, staff):
    second = ordered(confirmed(2, at(4, 20)), staff)
    orders.approve(second, by=staff.principal, now=at(4, 20, 15))
    orders.confirm_executed(second, by=staff.colleague, now=at(4, 20, 15, 45), executed_at=at(4, 20, 15, 40))
    second = Case.objects.get(pk=second.pk)
    assert [(row.kind, row.done_at) for row in second.measures.all()] == [("disconnect", at(4, 20, 15, 40))]
    assert second.state == "handling"
    report = export.written(second)
    assert "2026年4月20日15时40分，停止互联网接入" in report["measures"]
    assert f"该设备曾于2026年3月30日9时00分确认“挖矿”（案件编号{closed.number}），本次为复发。" in report["conclusion"]


def test_a_report_that_has_gone_up_does_not_change_by_what_is_cut_off_afterwards(closed, confirmed, staff):
    second = ordered(confirmed(2, at(4, 20)), staff)
    orders.approve(second, by=staff.principal, now=at(4, 20, 15))
    second = actions.submit_report(second, by=staff.handler, now=at(4, 20, 15, 30))
    orders.confirm_executed(second, by=staff.colleague, now=at(4, 20, 15, 45), executed_at=at(4, 20, 15, 40))
    second = Case.objects.get(pk=second.pk)
    assert (second.state, second.measures.count(), second.order.state) == ("review", 0, "executed")


def test_the_third_confirmed_case_of_the_unit_makes_a_line_in_the_honours_list(closed, confirmed, staff, login):
    second = confirmed(2, at(4, 20))
    assert honours(staff.superior_approver, 2026, NOW) == []
    messages = Message.objects.count()
    third = confirmed(3, at(6, 1), device=SERVER | {"device_mac": "02:00:5e:10:00:78", "device_name": "PC-9"})
    (line,) = honours(staff.superior_approver, 2026, NOW)
    assert line.unit == third.unit
    assert [case.pk for case in line.cases] == [closed.pk, second.pk, third.pk]
    assert honours(staff.superior_approver, 2025, NOW) == honours(staff.superior_approver, 2027, NOW) == []
    assert Message.objects.count() == messages + 1, "the school hears of its case; nobody else of anything"
    page = login(staff.superior_approver).get(reverse("cases:honours") + "?year=2026").content.decode()
    assert all(case.number in page for case in line.cases)
    assert login(staff.handler).get(reverse("cases:honours")).status_code == 404


@pytest.mark.parametrize(
    ("when", "device", "linked", "ordered"),
    [
        (at(4, 28, 9), SERVER, True, True),
        (at(4, 29, 9, 1), SERVER, True, False),
        (at(7, 1, 9), SERVER, True, False),
        (at(7, 1, 10), SERVER, True, False),
        (at(7, 1, 10, 1), SERVER, False, False),
        (at(4, 20), SERVER | {"device_mac": "02:00:5e:10:00:78"}, False, False),
    ],
    ids=["29 days", "over 30 days", "90 days after the close", "to the minute", "later", "another device"],
)
def test_where_the_lines_lie(closed, confirmed, when, device, linked, ordered):
    second = confirmed(2, when, device=device)
    assert hasattr(second, "recurrence") is linked
    assert hasattr(second, "order") is ordered


def test_a_bureau_may_ask_for_a_third_confirmation_and_for_other_days(closed, confirmed, staff, people, city):
    for key, value in (("order_findings", "3"), ("honours_cases", "2"), ("recheck_days", "3,14,120")):
        set_parameter(
            by=people.system, now=at(4, 3), unit=city.bureau, key=key, value=value, since=at(4, 3).date(), reason="纪要"
        )
    second = confirmed(2, at(4, 20))
    assert hasattr(second, "recurrence")
    assert not hasattr(second, "order")
    assert [line.unit for line in honours(staff.superior_approver, 2026, NOW)] == [city.first_school]
    plan_rechecks(second, at(5, 1))
    assert {task.kind for task in second.tasks.all()} == {"recheck-3", "recheck-14", "recheck-120"}
    assert {task.kind for task in closed.tasks.all()} == {"recheck-7", "recheck-30", "recheck-90"}, "as it held then"


def test_what_was_seen_between_the_cleaning_and_the_close_came_back_too(confirmed, make_lead, staff):
    """Reinstalled on 1 April, seen again on the 5th; the office closes the first case on the 10th, before anybody has
    found out on the 12th which device the second is about."""
    first, by = confirmed(1, at(3, 30)), staff.handler
    actions.record_measure(first, by=by, now=at(4, 1), kind="reinstall", done_at=at(4, 1))
    seen = make_lead(2, first_seen=at(4, 5, 6).isoformat(), last_seen=at(4, 5, 8).isoformat())
    again = leads.open_case(seen, by=staff.superior, now=at(4, 5), unit=first.unit)
    again = actions.start(actions.sign_for(again, by=by, now=at(4, 5)), by=by, now=at(4, 5))
    for name, act in road(staff, at(4, 10)):
        if name not in ("sign", "start", "lock", "measure"):
            first = act(first)
    assert first.closed_at == at(4, 10)
    again = actions.lock(again, by=by, now=at(4, 12), device=SERVER, **WHO)
    assert again.recurrence.earlier == first
    assert again.order.state == "proposed"


def test_what_was_never_declared_clean_is_one_case_and_no_recurrence(confirmed):
    confirmed(1, at(4, 1))
    assert not hasattr(confirmed(2, at(4, 10)), "recurrence")


def test_an_order_that_was_declined_can_still_be_given(closed, confirmed, staff):
    second = confirmed(2, at(4, 20))
    orders.decline(second, by=staff.principal, now=at(4, 20), reason="设备已停用")
    with pytest.raises(TransitionError):
        orders.confirm_executed(second, by=staff.handler, now=at(4, 21), executed_at=at(4, 21))
    orders.order(second, by=staff.handler, now=at(4, 21), reason="重新启用")
    assert orders.approve(second, by=staff.principal, now=at(4, 21)).review_at == at(4, 21) + timedelta(days=30)


def test_only_a_cleaning_declares_a_device_clean_and_only_before_it_was_seen_again(confirmed, staff):
    first = confirmed(1, at(3, 30))
    actions.record_measure(first, by=staff.handler, now=at(3, 31), kind="isolate", done_at=at(3, 31))
    assert not hasattr(confirmed(2, at(4, 3)), "recurrence"), "to cut it off is not to clean it"
    actions.record_measure(first, by=staff.handler, now=at(4, 10), kind="clean", done_at=at(4, 5, 8))
    assert not hasattr(confirmed(3, at(4, 5)), "recurrence"), "seen at the moment when it was cleaned"
    assert confirmed(4, at(4, 5, 9, 1)).recurrence.earlier == first


def test_a_device_without_mac_and_number_is_the_same_by_name_and_address_within_its_unit(
    confirmed, make_lead, city, staff
):
    named = {"device_name": "PC-1", "device_ip": "10.12.8.9", "device_place": "机房"}
    first = confirmed(2, at(4, 3), device=named)
    actions.record_measure(first, by=staff.handler, now=at(4, 4), kind="clean", done_at=at(4, 4))
    assert not hasattr(confirmed(3, at(4, 10), device=named | {"device_name": "PC-2"}), "recurrence")
    given = {"by": staff.superior, "now": at(4, 11)}
    seen = {name: at(4, 11, 8).isoformat() for name in ("first_seen", "last_seen")}
    elsewhere = leads.open_case(make_lead(4, **seen), unit=city.riverside, reason="同一出口", **given)
    elsewhere = actions.start(actions.sign_for(elsewhere, **given), **given)
    elsewhere = actions.lock(elsewhere, device=named, **WHO, **given)
    assert not hasattr(elsewhere, "recurrence"), "the next school has a PC-1 at that address too"
    assert confirmed(5, at(4, 12), device=named).recurrence.earlier == first
