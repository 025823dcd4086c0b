"""How often is assessed follows the campaign: weekly while it is pressed, monthly afterwards; and nobody owes what was
before he was there."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from minewarden.desk.assessments import queries
from minewarden.desk.assessments.owed import roll
from minewarden.desk.assessments.periods import Kind, month_of, week_of
from minewarden.desk.assessments.rhythm import Rhythm, rhythm_of
from minewarden.desk.assessments.waiting import items
from minewarden.desk.campaigns import actions as campaigns
from minewarden.desk.campaigns.template import shipped
from minewarden.desk.org import actions as org
from minewarden.desk.org.models import Role
from tests.desk.assessments.conftest import beijing

DATES = {
    "mobilise": (None, date(2026, 4, 10)), "assault": (date(2026, 4, 11), date(2026, 4, 25)),
    "normal": (date(2026, 4, 26), None),
}  # fmt: skip
BEGUN = beijing("2026-03-30 09:00")


@pytest.fixture
def campaign(city: Any, people: Any) -> Any:
    for role in (Role.OFFICER, Role.APPROVER):
        org.grant_post(people.leader, role=role, unit=city.bureau, by=None)
    given = {"text": shipped(), "name": "x.toml", "title": "专项行动", "number": ""}
    made = campaigns.draft(by=people.leader, now=BEGUN, unit=city.bureau, dates=DATES, **given)
    return campaigns.start(made, by=people.leader, now=BEGUN)


def kind(unit: Any, at: str) -> Kind:
    now = beijing(at)
    return rhythm_of(unit, now).running(now).kind


def test_without_a_campaign_the_week_of_the_plan_holds(city: Any) -> None:
    assert kind(city.first_school, "2026-03-13 16:00") is Kind.WEEK


def test_it_is_weekly_in_the_pressed_phases_and_monthly_in_the_one_that_goes_on(city: Any, campaign: Any) -> None:
    days = ("2026-04-01", "2026-04-10", "2026-04-11", "2026-04-25", "2026-04-26", "2026-09-01")
    assert [kind(city.first_school, f"{day} 10:00") for day in days] == [Kind.WEEK] * 4 + [Kind.MONTH] * 2


def test_a_bureau_may_stay_weekly_afterwards_but_not_monthly_while_it_is_pressed(
    city: Any, people: Any, campaign: Any
) -> None:
    def say(value: str, since: date) -> None:
        given = {"key": "assessment_monthly", "value": value, "since": since, "reason": "整治进展"}
        org.set_parameter(by=people.system, now=BEGUN, unit=city.linjiang, **given)

    say("1", date(2026, 4, 1))
    assert kind(city.first_school, "2026-04-20 10:00") is Kind.WEEK
    say("0", date(2026, 5, 1))
    assert [kind(city.first_school, f"{day} 10:00") for day in ("2026-04-30", "2026-05-04")] == [Kind.MONTH, Kind.WEEK]
    assert kind(city.yunlu_school, "2026-05-04 10:00") is Kind.MONTH


def test_what_was_owed_before_is_what_was_the_rhythm_then(city: Any, campaign: Any) -> None:
    now = beijing("2026-05-12 10:00")
    owed = [one.code for one in rhythm_of(city.first_school, now).owed(now, 4, since=date(2020, 1, 1))]
    # April's last Friday, the 24th, was one of the weeks, so that the month itself is not owed.
    assert owed == ["2026-05", "2026-W17", "2026-W16", "2026-W15", "2026-W14"]
    quiet = Rhythm(known=date(2026, 1, 1))
    assert [one.code for one in quiet.owed(now, 2, since=date(2020, 1, 1))] == ["2026-05", "2026-04", "2026-03"]
    assert [one.code for one in quiet.owed(now, 9, since=date(2026, 4, 20))] == ["2026-05", "2026-04"]


def test_a_unit_owes_nothing_for_the_time_before_it_was_there(city: Any, people: Any) -> None:
    now = beijing("2026-03-20 17:00")
    school = city.riverside
    school.valid_from = date(2026, 3, 14)
    school.save()
    before, running = week_of(date(2026, 3, 13)), week_of(date(2026, 3, 20))
    assert school.pk not in [row.pk for row in roll(city.linjiang, before, now).units], (
        "it came the day after the last day of handing in"
    )
    assert school.pk in [row.pk for row in roll(city.linjiang, running, now).units]
    org.grant_post(people.school_officer, role=Role.OFFICER, unit=school, by=None)
    people.school_officer.posts.update(granted_at=datetime.fromisoformat("2026-01-01T00:00:00Z"))
    people.school_officer.refresh_from_db()
    waiting = [item.href for item in items(people.school_officer, school, now)]
    assert waiting == [f"/assessments/{school.pk}/{running.code}/"]
    assert queries.home_page(people.officer, school, now).earlier == ()
    assert [one.period for one in queries.home_page(people.officer, city.linjiang, now).earlier][:2] == [
        before, before.previous,
    ]  # fmt: skip


def test_the_month_is_owed_by_its_last_friday(city: Any, campaign: Any) -> None:
    assert month_of(date(2026, 5, 12)).last_day == date(2026, 5, 29)
    assert week_of(date(2026, 5, 12)).last_day + timedelta(days=2) == week_of(date(2026, 5, 12)).last
