"""Weeks, months and spans of Beijing: their bounds, their codes, their cut-off."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.assessments.periods import Kind, at, month_of, parse, span, week_of
from tests.desk.assessments.conftest import beijing

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
periods = st.one_of(days.map(week_of), days.map(month_of), st.tuples(days, st.integers(0, 400)).map(
    lambda pair: span(pair[0], pair[0] + timedelta(days=pair[1]))
))  # fmt: skip


def test_the_week_begins_on_monday_at_midnight_of_beijing():
    week = week_of(date(2026, 3, 13))
    assert week.code == "2026-W11"
    assert week.start == datetime(2026, 3, 8, 16, tzinfo=UTC)
    assert week.end == datetime(2026, 3, 15, 16, tzinfo=UTC)
    assert at(Kind.WEEK, beijing("2026-03-15T23:59:59")) == week
    assert at(Kind.WEEK, beijing("2026-03-16T00:00:00")) == week.following


def test_the_turn_of_the_year_belongs_to_the_week_of_its_thursday():
    assert week_of(date(2027, 1, 1)).code == "2026-W53"
    assert week_of(date(2024, 12, 31)).code == "2025-W01"


def test_a_draft_of_friday_counts_up_to_that_moment():
    week, now = week_of(date(2026, 3, 13)), beijing("2026-03-13T16:00:00")
    assert now < week.cut(now) <= now + timedelta(milliseconds=1), "what happens at this very moment counts"
    assert week.cut(beijing("2026-03-17T09:00:00")) == week.end
    assert week.due(time(16)) == now
    assert month_of(date(2026, 3, 1)).due(time(16)) == beijing("2026-03-27T16:00:00"), "the last Friday of the month"


@given(periods)
def test_a_code_names_its_period_and_neighbours_touch(period):
    assert parse(period.code) == period
    assert period.previous.end == period.start
    assert period.following.start == period.end
    assert period.begin <= period.due(time(16)).astimezone(period.due(time(16)).tzinfo).date() <= period.last


@pytest.mark.parametrize(
    "code", ["", "2026-W00", "2026-W54", "2026-13", "2026-W1", "2026-03-09_2026-03-01", "2026-02-30_2026-03-01",
             "0001-01-01_9999-12-31", "２０２６-W11", "2026-W11\n", "..", "2026-00"],
)  # fmt: skip
def test_what_is_no_period_is_refused(code):
    with pytest.raises(ValueError):
        parse(code)
