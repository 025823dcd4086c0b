"""The outbox: once, in order, at the pace of each channel, not at night, and honest about what nobody knows."""

from datetime import time, timedelta

import pytest
from django.db import connection, transaction

from minewarden.desk.ledger.models import Duty, Shift
from minewarden.desk.notify import actions, deliver, outbox
from minewarden.desk.notify.models import Copy, Delivery, Message
from minewarden.desk.notify.quiet import earliest
from minewarden.desk.org.models import Person
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.words import DISPLAY_ZONE
from tests.desk.notify.conftest import NOON

ME = deliver.name_of_this_process()
STATE = Delivery.State


def post(city, people, key="case.1", now=NOON, *, urgent=False, to=None):
    to = [people.officer] if to is None else to
    return outbox.post(
        key, unit=city.linjiang, to=to, word="desk_notify.trial", now=now, urgent=urgent, link="/", name=key
    )


def states():
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_the_same_key_tells_once(city, people, outlet, there):
    outlet("webhook")
    for _ in range(3):
        post(city, people)
    deliver.run(ME, NOON)
    deliver.run(ME, NOON)
    assert (Message.objects.count(), Copy.objects.count(), len(there.bodies)) == (1, 1, 1)
    assert states() == [STATE.SENT]
    assert outbox.told_at("case.1") == NOON


def test_each_letter_of_a_round_has_its_own_moment(city, people, outlet, there):
    """Three letters that take twenty seconds each: the last one goes out forty seconds after the first, and a unit
    counts as told when its own letter was answered."""
    outlet("webhook")
    for number in range(3):
        post(city, people, f"case.{number}")
    begun = len(there.bodies)

    def wall():
        return NOON + timedelta(seconds=20 * (len(there.bodies) - begun))

    assert deliver.run(ME, NOON, wall=wall) == 3
    rows = Delivery.objects.order_by("pk")
    assert [(row.started_at - NOON).seconds for row in rows] == [0, 20, 40]
    assert [(row.settled_at - NOON).seconds for row in rows] == [20, 40, 60]
    assert outbox.told_at("case.2") == NOON + timedelta(seconds=60)


def test_a_message_of_an_act_that_failed_is_not_told(city, people, outlet, there):
    outlet("webhook")

    def fail() -> None:
        with transaction.atomic():
            post(city, people)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    deliver.run(ME, NOON)
    assert there.bodies == []


def test_a_robot_tells_its_own_unit_and_sms_reaches_people_below(city, people, outlet, there):
    people.school_officer.phone = "13800001234"
    people.school_officer.save()
    outlet("wecom")
    outlet("sms", ok="")
    outbox.post("x", unit=city.first_school, to=[people.school_officer], word="desk_notify.subject", now=NOON)
    deliver.run(ME, NOON)
    assert [row.outlet.kind for row in Delivery.objects.all()] == ["sms"]
    assert b"13800001234" in there.bodies[0]


def test_what_is_urgent_reaches_whoever_is_on_duty_or_else_the_contacts(city, people, outlet, there):
    """N4: by telephone number, with an account or without; who is told already is not told twice."""
    unit, urgent = city.linjiang, {"unit": city.linjiang, "word": "desk_notify.subject", "urgent": True}
    outlet("sms", ok="")
    for post_, name, phone in (("contact_b", "乙", "13800000002"), ("contact_a", "甲", "13800000001")):
        Duty.objects.create(unit=unit, post=post_, name=name, phone=phone)
    Duty.objects.create(unit=unit, post="head", name="主任", phone="13800000009")
    outbox.post("calm", to=[], now=NOON, **(urgent | {"urgent": False}))
    assert not Delivery.objects.exists()
    outbox.post("contacts", to=[], now=NOON, **urgent)
    assert [row.called for row in Delivery.objects.all()] == ["甲", "乙"]
    Shift.objects.create(unit=unit, day=NOON.date(), name="王磊", phone="13800000003")
    people.officer.phone = "13800000003"
    people.officer.save()
    outbox.post("duty", to=[], now=NOON, **urgent)
    outbox.post("twice", to=[people.officer], now=NOON, **urgent)
    assert [row.called for row in Delivery.objects.filter(message__key="duty")] == ["王磊"]
    assert [row.person for row in Delivery.objects.filter(message__key="twice")] == [people.officer]
    deliver.run(ME, NOON)
    assert sum(b"13800000003" in body for body in there.bodies) == 2
    assert set(states()) == {STATE.SENT}
    with connection.cursor() as cursor:
        cursor.execute("SELECT called_phone FROM notify_delivery")
        assert not [phone for (phone,) in cursor.fetchall() if phone.startswith("138")], "numbers are sealed at rest"


def test_nobody_is_woken_but_for_a_clock(city, people, outlet, there):
    outlet("webhook")
    night = NOON + timedelta(hours=10)
    for number in range(3):
        post(city, people, f"quiet.{number}", night)
    post(city, people, "clock", night, urgent=True)
    deliver.run(ME, night)
    assert [body["key"] for body in map(there.json, range(len(there.bodies)))] == [
        f"minewarden.{Delivery.objects.get(message__key='clock').key}"
    ]
    morning = NOON + timedelta(hours=19, minutes=30)
    deliver.run(ME, morning - timedelta(minutes=1))
    assert len(there.bodies) == 1
    deliver.run(ME, morning)
    assert len(there.bodies) == 2, "what waited comes in one piece"
    assert all(f"quiet.{number}" in there.json()["text"] for number in range(3))
    assert set(states()) == {STATE.SENT}


def test_what_is_urgent_goes_first_and_an_sms_is_for_that_only(city, people, outlet, there):
    outlet("webhook", urgent_only=True)
    post(city, people, "calm")
    assert not Delivery.objects.exists()
    outlet("wecom")
    post(city, people, "calm.2")
    post(city, people, "clock", urgent=True)
    deliver.run(ME, NOON)
    assert "clock" in there.bodies[0].decode()


def test_twenty_a_minute_through_a_robot_and_the_rest_waits(city, people, outlet, there):
    outlet("wecom")
    for number in range(25):
        post(city, people, f"n.{number}")
    assert deliver.run(ME, NOON) == 20
    assert deliver.run(ME, NOON + timedelta(seconds=59)) == 0
    assert deliver.run(ME, NOON + timedelta(seconds=60)) == 5
    assert len(there.bodies) == len(set(there.bodies)) == 25


def test_a_refusal_waits_longer_each_time_and_then_gives_up(city, people, outlet, there):
    outlet("webhook")
    there.answers = [(500, b"")]
    post(city, people)
    waits, now = [], NOON
    while (row := Delivery.objects.get()).state == STATE.WAITING:
        now = max(now, row.not_before)
        deliver.run(ME, now)
        row.refresh_from_db()
        waits.append(row.not_before - now)
    assert waits[:4] == [timedelta(minutes=m) for m in (1, 2, 4, 8)]
    assert max(waits) == timedelta(hours=1)
    assert row.state == STATE.FAILED
    assert "500" in row.error["zh"]
    assert len(there.bodies) == deliver.ATTEMPTS


def test_a_robot_that_limits_us_is_left_alone_as_long_as_it_says(city, people, outlet, there):
    outlet("dingtalk")
    there.answers = [(200, {"errcode": 130101}), (200, {"errcode": 0})]
    post(city, people)
    deliver.run(ME, NOON)
    assert Delivery.objects.get().not_before == NOON + timedelta(minutes=10)
    deliver.run(ME, NOON + timedelta(minutes=10))
    assert states() == [STATE.SENT]


def test_while_a_robot_limits_us_nothing_else_goes_to_it(city, people, outlet, there):
    """Neither what waited already, nor what is posted meanwhile, nor through another outlet to the same robot; another
    robot goes on."""
    outlet("dingtalk")
    there.answers = [(200, {"errcode": 130101}), (200, {"errcode": 0})]
    for number in range(3):
        post(city, people, f"n.{number}")
    assert deliver.run(ME, NOON) == 1
    outlet("dingtalk", unit=city.first_school)
    outlet("wecom", unit=city.first_school)
    for minutes in (0, 1, 9):
        now = NOON + timedelta(minutes=minutes)
        urgent = {"unit": city.first_school, "word": "desk_notify.subject", "urgent": True, "now": now}
        outbox.post(f"later.{minutes}", to=[], **urgent)
        assert deliver.run(ME, now) == 1, "through the other robot"
    assert deliver.run(ME, NOON + timedelta(minutes=10)) == 6
    assert set(states()) == {STATE.SENT}
    there.answers = [(503, b"", {"Retry-After": "300"}), (200, {"errcode": 0})]
    for number in range(2):
        post(city, people, f"m.{number}", NOON + timedelta(hours=1))
    assert [deliver.run(ME, NOON + timedelta(minutes=minutes)) for minutes in (60, 64, 65)] == [1, 0, 2]


def test_the_pace_of_a_robot_is_one_for_all_outlets_that_lead_to_it(city, people, outlet, there):
    outlet("wecom")
    outlet("wecom", unit=city.first_school)
    outlet("wecom", unit=city.riverside, url=f"{there.url}/other")
    for number in range(15):
        for unit in (city.linjiang, city.first_school, city.riverside):
            outbox.post(f"{unit.pk}.{number}", unit=unit, to=[], word="desk_notify.subject", now=NOON)
    assert deliver.run(ME, NOON) == 35
    assert len([path for path in there.paths if path.endswith("/other")]) == 15
    assert deliver.run(ME, NOON + timedelta(seconds=59)) == 0
    assert deliver.run(ME, NOON + timedelta(seconds=60)) == 10


def test_letters_that_are_tried_again_keep_the_pace_with_the_new_ones(city, people, outlet, there):
    """Ten are put off at once (the robot is busy); within any minute no more than twenty go out, tried again or new."""
    outlet("wecom")
    there.answers = [(200, {"errcode": -1})] * 10 + [(200, {"errcode": 0})]
    for number in range(10):
        post(city, people, f"first.{number}")
    starts = []
    for seconds in range(0, 150, 5):
        now = NOON + timedelta(seconds=seconds)
        if seconds == 30:
            for number in range(25):
                post(city, people, f"second.{number}", now)
        starts += [seconds] * deliver.run(ME, now)
    assert len(starts) == 45
    assert all(sum(at - 60 < other <= at for other in starts) <= 20 for at in starts)


@pytest.mark.parametrize(("kind", "state"), [("webhook", STATE.WAITING), ("wecom", STATE.UNSURE)])
def test_what_a_dead_worker_left_in_the_middle(city, people, outlet, kind, state):
    """A receiver that knows keys gets it again; a robot would say it twice, so a person looks first."""
    outlet(kind)
    post(city, people)
    dead = "|".join([*ME.split("|")[:2], "4194305", "1"])
    claim = deliver.take(dead, NOON)
    assert claim is not None
    assert deliver.take(ME, NOON) is None, "nobody takes what another one has"
    deliver.recover(NOON + timedelta(seconds=1))
    assert states() == [state]


def test_what_a_living_worker_has_is_left_to_it(city, people, outlet):
    outlet("webhook")
    post(city, people)
    deliver.take(ME, NOON)
    assert deliver.recover(NOON + timedelta(days=1)) == 0


@pytest.mark.parametrize(("hours", "left"), [(0, 0), (0.1, 1), (-3, 1)])
def test_a_worker_of_another_machine_is_believed_until_its_lease_is_over(city, people, outlet, hours, left):
    """Also where the clock was set back in the meantime, by three hours."""
    outlet("webhook")
    post(city, people)
    deliver.take("elsewhere|boot|17|1", NOON)
    assert deliver.recover(NOON + timedelta(hours=hours)) == left


def test_a_person_sends_again_what_nobody_knows_of(city, people, outlet, there, recorded):
    outlet("wecom")
    there.answers = ["hang up", (200, {"errcode": 0})]
    post(city, people)
    deliver.run(ME, NOON)
    row = Delivery.objects.get()
    assert row.state == STATE.UNSURE
    deliver.run(ME, NOON + timedelta(days=1))
    assert len(there.bodies) == 1, "nothing goes out a second time by itself"
    recorded()
    actions.send_again(row, by=people.system, now=NOON)
    assert recorded() == ["delivery.again"]
    deliver.run(ME, NOON + timedelta(minutes=2))
    assert states() == [STATE.SENT]
    with pytest.raises(TransitionError):
        actions.send_again(row, by=people.system, now=NOON)


def test_a_thing_is_asked_for_twice_a_day_at_most(city, people):
    def ask(now):
        given = {"unit": city.linjiang, "to": [people.officer], "word": "desk_notify.subject", "link": "/"}
        return outbox.remind("case.7", now=now, **given)

    assert ask(NOON) != ask(NOON + timedelta(hours=2))
    with pytest.raises(TransitionError, match="Telephone"):
        ask(NOON + timedelta(hours=11))
    assert ask(NOON + timedelta(hours=12, minutes=1)), "the day is that of Beijing"


def test_who_is_told_is_the_unit_or_the_nearest_above(city, people, staff):
    assert outbox.people_of(city.first_school, "officer") == [staff.handler, staff.colleague]
    assert outbox.people_of(city.riverside, "officer") == [people.officer, people.second_officer]
    assert outbox.people_above(city.first_school, "approver") == [people.approver]
    assert outbox.people_above(city.bureau, "officer") == []


def test_whoever_serves_there_now_is_told_and_else_the_nearest_above(city, people):
    def told() -> list[str]:
        return sorted(person.name for person in outbox.people_of(city.first_school, "officer"))

    assert told() == ["张伟"]
    Person.objects.filter(pk=people.school_officer.pk).update(is_active=False)
    assert told() == ["王磊", "赵敏"]
    people.officer.posts.update(revoked_at=NOON)
    assert told() == ["赵敏"]
    assert outbox.people_of(city.first_school, "officer", but=people.second_officer) == []


@pytest.mark.parametrize(
    ("hour", "minute", "until"), [(7, 29, (0, 7)), (7, 30, None), (20, 59, None), (21, 0, (1, 7)), (0, 0, (0, 7))]
)
def test_the_night_ends_at_its_last_minute_and_begins_at_its_first(hour, minute, until):
    now = NOON.astimezone(DISPLAY_ZONE).replace(hour=hour, minute=minute)
    given = {"evening": time(21), "morning": time(7, 30)}
    morning = now if until is None else (now + timedelta(days=until[0])).replace(hour=until[1], minute=30)
    assert earliest(now, urgent=False, **given) == morning
    assert earliest(now, urgent=True, **given) == now


def test_asking_again_is_counted_by_the_day_of_beijing(city, people):
    late = NOON.astimezone(DISPLAY_ZONE).replace(hour=23, minute=30)
    given = {"unit": city.linjiang, "to": [people.officer], "word": "desk_notify.subject", "link": "/"}
    for _ in range(2):
        outbox.remind("case.1", now=late, **given)
    with pytest.raises(TransitionError):
        outbox.remind("case.1", now=late + timedelta(minutes=29), **given)
    outbox.remind("case.1", now=late + timedelta(minutes=31), **given)
    assert Message.objects.count() == 3


def test_a_unit_counts_as_told_by_the_first_way_that_arrived_and_by_none_that_failed(city, people, outlet):
    for kind in ("webhook", "wecom", "dingtalk"):
        outlet(kind, unit=city.linjiang)
    post(city, people)
    first, second, third = Delivery.objects.order_by("pk")
    for row, state, minutes in ((first, STATE.FAILED, 1), (second, STATE.SENT, 3), (third, STATE.SENT, 2)):
        Delivery.objects.filter(pk=row.pk).update(state=state, settled_at=NOON + timedelta(minutes=minutes))
    assert outbox.told_at("case.1") == NOON + timedelta(minutes=2)


def test_a_letter_is_settled_by_whoever_sends_it_and_sent_again_only_where_it_did_not_arrive(
    city, people, outlet, there
):
    outlet("webhook")
    post(city, people)
    claim = deliver.take("somebody", NOON)
    deliver.settle(claim, "else", lambda: NOON)
    assert states() == [STATE.SENDING]
    for state in (STATE.SENDING, STATE.SENT, STATE.WAITING):
        Delivery.objects.update(state=state)
        with pytest.raises(TransitionError):
            actions.send_again(Delivery.objects.get(), by=people.system, now=NOON)


def test_what_was_told_while_an_outlet_was_off_does_not_go_out_when_it_is_on_again(city, people, outlet, there):
    closed = outlet("webhook")
    actions.switch_outlet(closed, by=people.system, now=NOON, enabled=False)
    post(city, people)
    outbox.spread(
        "spread.1", unit=city.linjiang, to=[people.officer], numbers=[], text="提醒", now=NOON,
        kinds=frozenset({"webhook"}), inbox=False,
    )  # fmt: skip
    actions.switch_outlet(closed, by=people.system, now=NOON, enabled=True)
    assert deliver.run(ME, NOON + timedelta(days=1)) == 0
    assert there.bodies == []
    assert not Delivery.objects.exists()


def test_what_people_spread_goes_by_the_ways_that_they_named_and_by_no_other(city, people, outlet):
    for kind in ("webhook", "wecom"):
        outlet(kind)
    outbox.spread(
        "spread.1", unit=city.linjiang, to=[people.officer], numbers=[], text="提醒", now=NOON,
        kinds=frozenset({"webhook"}), inbox=False,
    )  # fmt: skip
    assert [row.outlet.kind for row in Delivery.objects.all()] == ["webhook"]
    assert not Copy.objects.exists()
