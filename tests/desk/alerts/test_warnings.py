"""A warning goes out when two persons want it, by day, at its pace, up to its cost, and to nobody twice."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.alerts import actions, bridge, deliver, queries, todo
from minewarden.desk.alerts.codes import TEXTS, faults, parts
from minewarden.desk.alerts.models import Alert, AlertText
from minewarden.desk.ledger.models import Duty, Staff
from minewarden.desk.notify import outbox
from minewarden.desk.notify.models import Copy, Delivery, Message, Outlet
from minewarden.desk.org.waiting import gather
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.words import table

NOW = datetime(2026, 3, 16, 2, tzinfo=UTC)
"""Monday, ten in the morning in Beijing."""
DAY_BEFORE = (NOW - timedelta(days=1)).date()


@pytest.fixture
def gateway(city, people):
    made = Outlet(unit=city.bureau, kind="sms", name="短信", urgent_only=True, made_at=NOW, made_by=people.system)
    made.settings = {"url": "http://127.0.0.1:9/send"}
    made.save()
    for number, unit in enumerate((city.linjiang, city.first_school, city.riverside)):
        Duty.objects.create(unit=unit, post="contact_a", name="秦朗", phone=f"1380000000{number}")
    return made


@pytest.fixture
def ask(city, people):
    def make(by=None, **given):
        facts = {
            "unit": city.linjiang, "title": "假期提醒", "text": "请关闭不用的电脑。", "ways": ["inbox", "sms"],
            "audience": "contacts", "kinds": [], "per_minute": 60, "cap": 10, "reason": "假期",
        }  # fmt: skip
        return actions.ask(by=by or people.officer, now=NOW, **(facts | given))

    return make


def test_nothing_goes_out_until_a_second_person_releases_it(ask, gateway, people, recorded):
    recorded()
    alert = ask()
    assert (alert.planned_units, alert.planned_sms, deliver.look(NOW)) == (3, 3, 0)
    with pytest.raises(PermissionDenied):
        actions.release(alert, by=people.second_officer, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(outcome="agreed", decided_by=people.officer, decided_at=NOW)
    assert [item.href for item in gather(todo.parts(people.approver, None, NOW))] == [f"/alerts/{alert.pk}/"]
    actions.release(alert, by=people.approver, now=NOW)
    with pytest.raises(TransitionError):
        actions.refuse(alert, by=people.approver, now=NOW, note="两人同时审批，后一个")
    assert recorded() == ["alert.ask", "alert.release"]
    assert [deliver.look(NOW) for _ in range(2)] == [3, 0]
    assert Delivery.objects.count() == 3
    assert {d.called for d in Delivery.objects.all()} == {"秦朗"}
    assert Copy.objects.filter(message__text="请关闭不用的电脑。").exists()
    alert.refresh_from_db()
    assert (alert.standing, alert.spent) == ("finished", 15)


def test_it_keeps_its_pace(ask, gateway, people):
    actions.release(ask(per_minute=2), by=people.approver, now=NOW)
    steps = [timedelta(0), timedelta(seconds=20), timedelta(seconds=61)]
    assert [deliver.look(NOW + step) for step in steps] == [2, 0, 1]


def test_it_waits_through_the_night(ask, gateway, people):
    actions.release(ask(), by=people.approver, now=NOW)
    assert deliver.look(NOW.replace(hour=14)) == 0  # 22:00
    assert deliver.look(NOW + timedelta(days=1)) == 3


def test_what_would_cost_too_much_is_not_even_asked_for(ask, gateway, city):
    for number in range(200):
        Staff.objects.create(unit=city.riverside, number=f"T{number}", name="某", phone=f"139{number:08d}")
    with pytest.raises(TransitionError) as refusal:
        ask(audience="staff", cap=9)
    assert "10.00" in refusal.value.said("zh")
    assert ask(audience="staff", cap=11).planned_sms == 200


def test_a_scope_is_counted_at_once_and_as_unit_by_unit(ask, gateway, people, city, django_assert_num_queries):
    Duty.objects.create(unit=city.riverside, post="contact_b", name="何晓", phone="13800000002")
    Duty.objects.create(unit=city.first_school, post="contact_b", name="李䶮", phone="13900000000", until=NOW.date())
    Duty.objects.create(unit=city.first_school, post="contact_b", name="王珺", phone="13900000001", until=DAY_BEFORE)
    Outlet.objects.update(unit=city.first_school)
    for audience in ("accounts", "contacts", "staff"):
        alert = ask(audience=audience)
        one_by_one = [
            bridge.reached(alert, unit, NOW).sms(sends=bridge.sends_sms(alert, unit))
            for unit in bridge.scope(alert.unit, alert.kinds, NOW)
        ]
        with django_assert_num_queries(3 if audience == "accounts" else 4):
            assert bridge.planned(alert, NOW) == (len(one_by_one), sum(one_by_one))
    assert ask().planned_sms == 2, "only the school has a gateway; of its three contacts one has gone"


def test_who_has_an_account_is_not_sent_to_again_by_the_ledger(ask, gateway, people, city):
    people.school_officer.phone = "13800000007"
    people.school_officer.save()
    for name, phone in (("张伟", "13800000007"), ("何晓", "13800000008"), ("无号", "")):
        Duty.objects.create(unit=city.first_school, post="contact_a", name=name, phone=phone)
    found = bridge.reached(ask(audience="contacts"), city.first_school, NOW)
    assert [person.pk for person in found.people] == [people.school_officer.pk]
    assert ("张伟", "13800000007") not in found.numbers
    assert ("何晓", "13800000008") in found.numbers


def test_it_stops_by_itself_before_it_costs_more_than_it_may(ask, gateway, people, city):
    alert = actions.release(ask(audience="staff", cap=1), by=people.approver, now=NOW)
    for number in range(100):
        Staff.objects.create(unit=city.first_school, number=f"T{number}", name="某", phone=f"139{number:08d}")
    deliver.look(NOW)
    alert.refresh_from_db()
    assert (alert.standing, alert.stopped_by) == ("stopped", None)
    assert alert.spent <= alert.cap
    assert "上限" in alert.stopped_why


def test_one_person_stops_it_and_the_rest_is_not_told(ask, gateway, people):
    alert = actions.release(ask(per_minute=1), by=people.approver, now=NOW)
    deliver.look(NOW)
    with pytest.raises(TransitionError):
        actions.stop(alert, by=people.officer, now=NOW, note=" ")
    actions.stop(alert, by=people.officer, now=NOW, note="写错了")
    assert deliver.look(NOW + timedelta(minutes=5)) == 0
    assert Message.objects.filter(key__startswith="alert.").count() == 1


def test_a_worker_that_dies_half_way_leaves_no_unit_half_told(ask, gateway, people, monkeypatch):
    actions.release(ask(), by=people.approver, now=NOW)
    whole, calls = outbox.spread, []

    def die(*args, **kwargs):
        calls.append(whole(*args, **kwargs))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return calls[-1]

    monkeypatch.setattr(outbox, "spread", die)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        deliver.look(NOW)
    monkeypatch.setattr(outbox, "spread", whole)
    deliver.look(NOW)
    assert Message.objects.filter(key__startswith="alert.").count() == 3
    assert Delivery.objects.count() == 3


def test_only_the_chosen_ways_are_used_and_the_page_counts_receipts(ask, gateway, people, city, login):
    robot = Outlet(unit=city.linjiang, kind="wecom", name="群", made_at=NOW, made_by=people.system)
    robot.settings = {"url": "http://127.0.0.1:9/x"}
    robot.save()
    alert = actions.release(ask(ways=["sms"]), by=people.approver, now=NOW)
    deliver.look(NOW)
    assert {d.outlet for d in Delivery.objects.filter(message__key__startswith="alert.")} == {gateway}
    # Who had to release it, and who asked, are told at the desk all the same.
    assert {copy.message.key for copy in Copy.objects.all()} == {f"alert-asked.{alert.pk}", f"alert-decided.{alert.pk}"}
    sent = Delivery.objects.filter(message__key__startswith="alert.").first()
    Delivery.objects.filter(pk=sent.pk).update(state="sent", settled_at=NOW)
    [row] = queries.alert_page(alert, people.officer).ways
    assert (row.way, row.counts["sent"], row.counts["waiting"]) == ("sms", 1, 2)
    assert login("leader").get(f"/alerts/{alert.pk}/").status_code == 200
    assert login("stranger").get(f"/alerts/{alert.pk}/").status_code == 404
    found = queries.warned([city.first_school.pk], NOW, NOW + timedelta(days=1))
    assert found[city.first_school.pk] == 2  # the officer with an account, and contact A


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("请看 https://a.example", "url"), ("登录 edu.example.cn 查看", "url"), ("主机 203.0.113.9 异常", "address"),
        ("联系 13800001234", "phone"), ("身份证 41990119900101123X", "identity"), ("长" * 301, "long"), (" ", "empty"),
    ],
)  # fmt: skip
def test_what_must_not_stand_in_a_short_message_is_refused(ask, text, fault):
    assert fault in set(faults(text))
    with pytest.raises(TransitionError):
        ask(text=text)


@given(st.text(max_size=400))
def test_a_text_takes_as_many_parts_as_gateways_count(text):
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2 if text.isprintable() else 0
    if length:
        assert parts(text) == (1 if length <= 70 else -(-length // 67))


def test_a_text_is_kept_and_offered_below(ask, people, login):
    ask(keep_as="假期模板")
    kept = AlertText.objects.get()
    page = login("officer").get(f"/alerts/ask/?text={kept.pk}").content.decode()
    assert "请关闭不用的电脑。" in page
    for text in TEXTS:
        assert not list(faults(table("desk_alerts")[f"text_{text}"]["zh"]))
