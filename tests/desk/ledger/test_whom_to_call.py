"""Whom to call about a unit: who is on duty that day in Beijing, then the contacts who hold the duty then."""

from datetime import UTC, date, datetime

import pytest

from minewarden.desk.ledger.directory import reachable
from minewarden.desk.ledger.models import Duty, Shift
from minewarden.vocab.words import DISPLAY_ZONE

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


@pytest.mark.parametrize(
    ("when", "named"),
    [
        ("2026-10-02 08:29", ["前夜"]),
        ("2026-10-02 08:30", ["白班"]),
        ("2026-10-02 17:29", ["白班"]),
        ("2026-10-02 17:30", ["夜班"]),
        ("2026-10-02 23:59", ["夜班"]),
        ("2026-10-03 02:00", ["夜班", "全天"]),
        ("2026-10-03 08:29", ["夜班", "全天"]),
        ("2026-10-03 10:00", ["全天"]),
        ("2026-10-04 02:00", ["独自白班"]),
        ("2026-10-04 18:00", ["独自白班"]),
        ("2026-10-05 10:00", []),
    ],
)
def test_the_shift_of_the_hour_is_called_and_nobody_who_sleeps(city, when, named):
    """A roster with a gap calls all of its day: rather one too many than nobody."""
    shifts = (
        (1, "night", "前夜"),
        (2, "day", "白班"),
        (2, "night", "夜班"),
        (3, "whole", "全天"),
        (4, "day", "独自白班"),
    )
    for day, span, name in shifts:
        Shift.objects.create(
            unit=city.first_school, day=date(2026, 10, day), span=span, name=name, phone=f"1380000000{day}"
        )
    at = datetime.fromisoformat(when).replace(tzinfo=DISPLAY_ZONE)
    assert [who.name for who in reachable(city.first_school, at)] == named
