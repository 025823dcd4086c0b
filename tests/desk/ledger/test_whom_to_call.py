"""Whom to call about a unit: who is on duty that day in Beijing, then the contacts who hold the duty then."""

from datetime import UTC, date, datetime

import pytest

from minewarden.desk.ledger.directory import reachable
from minewarden.desk.ledger.models import Duty, Shift

pytestmark = pytest.mark.django_db


def test_the_roster_of_the_day_comes_first_then_contacts_in_office(city):
    unit = city.first_school
    for post, name, until in (("contact_b", "乙", None), ("contact_a", "甲", None), ("head", "前任", date(2026, 9, 1))):
        Duty.objects.create(unit=unit, post=post, name=name, phone="13800000001", until=until)
    Duty.objects.create(unit=unit, post="first", name="无号码")
    Duty.objects.create(unit=city.riverside, post="contact_a", name="外校", phone="13800000002")
    Shift.objects.create(unit=unit, day=date(2026, 10, 2), name="值班甲", phone="13800000003")
    # 17:00 UTC on the first of October is one in the morning of the second in Beijing.
    night = datetime(2026, 10, 1, 17, 0, tzinfo=UTC)
    assert [(who.post, who.name) for who in reachable(unit, night)] == [
        ("on_duty", "值班甲"), ("contact_a", "甲"), ("contact_b", "乙"),
    ]  # fmt: skip
    assert [who.name for who in reachable(unit, datetime(2026, 10, 1, 15, 59, tzinfo=UTC))] == ["甲", "乙"]
    assert [who.name for who in reachable(unit, datetime(2026, 8, 1, tzinfo=UTC))] == ["甲", "乙", "前任"]
