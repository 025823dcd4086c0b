"""Reminders without a clock: one message a week for what the ledgers lack, and orders on their day of review."""

from datetime import date, datetime, timedelta

import pytest

from minewarden.desk.cases import reminders
from minewarden.desk.cases.models import Order
from minewarden.desk.ledger.models import Line, LogSource, Protection
from minewarden.desk.notify.models import Copy, Message
from minewarden.desk.org.actions import set_parameter
from minewarden.desk.worker import LOOKS
from minewarden.vocab.words import DISPLAY_ZONE


def at(day: int, hour: int = 10, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, 0, tzinfo=DISPLAY_ZONE)


@pytest.fixture
def lacking(city, people):
    """Of 市一中: a lease that ends in 59 days, logs kept for 183 days and for nobody knows how long, signatures 31
    days old, one licence over."""
    unit = city.first_school
    monday = date(2026, 3, 16)
    Line.objects.create(unit=unit, number="X1", carrier="telecom", contract_to=monday + timedelta(days=59))
    Line.objects.create(
        unit=unit, number="X2", carrier="telecom", contract_to=monday + timedelta(days=90), nat_log_days=183
    )
    LogSource.objects.create(unit=unit, type="nat", device="FW", keep_days=183)
    LogSource.objects.create(unit=unit, type="dhcp", device="D", keep_days=184)
    LogSource.objects.create(unit=unit, type="dns", device="R")
    for place, old in (("A", 31), ("B", 30)):
        Protection.objects.create(
            unit=unit, type="ips", model="IPS", place=place, signatures_on=monday - timedelta(days=old),
            licence_to=monday + timedelta(days=-1 if place == "B" else 400),
        )  # fmt: skip
    return unit


def test_one_digest_a_week_says_all_and_only_in_working_hours(lacking, people):
    assert [reminders.look(at(*when)) for when in ((14,), (15,), (16, 8), (16, 17), (16, 22))] == [0] * 5
    assert reminders.look(at(16)) == 1
    assert reminders.look(at(16, 11)) == reminders.look(at(17)) == reminders.look(at(20, 16)) == 0
    (told,) = Message.objects.all()
    assert (told.params["expiring"], told.params["kept_short"], told.params["stale"]) == (2, 3, 1)
    assert not told.urgent
    assert {copy.person.name for copy in Copy.objects.all()} == {"张伟"}
    assert reminders.look(at(23)) == 1, "and again next week, while it lasts"
    assert reminders.look in LOOKS


def test_an_exit_that_does_not_say_how_long_it_remembers_counts_like_one_that_forgets_too_soon(lacking, people):
    Line.objects.create(unit=lacking, number="X3", carrier="telecom", nat="pat")
    Line.objects.create(unit=lacking, number="X4", carrier="home", nat="carrier")
    Line.objects.create(unit=lacking, number="X5", carrier="telecom", nat="pat", ended_on=date(2026, 3, 1))
    assert reminders.look(at(16)) == 1
    assert Message.objects.get().params["kept_short"] == 4


def test_the_bureaus_numbers_decide(lacking, people, city):
    set_parameter(
        by=people.system,
        now=at(16),
        unit=city.bureau,
        key="ends_within_days",
        value="30",
        since=at(16).date(),
        reason="x",
    )
    reminders.look(at(16))
    assert Message.objects.get().params["expiring"] == 1, "only the licence that is over"


def test_whoever_lacks_nothing_hears_nothing(city, people):
    LogSource.objects.create(unit=city.riverside, type="nat", device="FW", keep_days=184)
    assert reminders.look(at(16)) == 0


def test_an_order_is_asked_about_on_its_day_and_then_weekly_until_it_is_settled(make_case, staff):
    case = make_case("lock")
    order = Order.objects.create(case=case, state="executed", proposed_at=at(1), review_at=at(16, 9), executed_at=at(2))
    assert reminders.look(at(13)) == 0
    assert [reminders.look(at(day)) for day in (16, 17, 20, 23, 24)] == [1, 0, 0, 1, 0]
    text = Message.objects.filter(key__startswith="order.review").first().text
    assert case.number in text
    assert "秦朗" not in text
    Order.objects.filter(pk=order.pk).update(state="restored")
    assert reminders.look(at(30)) == 0
