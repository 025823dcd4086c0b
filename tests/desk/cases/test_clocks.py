"""The two clocks: natural hours from the receipt, through weekends and holidays."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.desk.cases.clocks import Clock, Colour, due_times, earliest, extend, hours_and_minutes

BEIJING = ZoneInfo("Asia/Shanghai")
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=30))


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("received", "find", "report"),
    [
        # S1: a list that arrives on Friday at 17:30 is due on Sunday and on Monday.
        ("2026-03-13 17:30", "2026-03-15 17:30", "2026-03-16 17:30"),
        # N4: both due times lie inside the National Day holiday.
        ("2026-09-30 17:30", "2026-10-02 17:30", "2026-10-03 17:30"),
        # N1: the clock of the right unit starts at the second dispatch.
        ("2026-03-09 11:20", "2026-03-11 11:20", "2026-03-12 11:20"),
    ],
)
def test_both_clocks_run_in_natural_hours(received: str, find: str, report: str) -> None:
    due = due_times(beijing(received))
    assert (due.find, due.report) == (beijing(find), beijing(report))


def test_a_notices_own_shorter_limit_wins() -> None:
    received = beijing("2026-03-13 17:30")
    due = due_times(received, find_limit=beijing("2026-03-14 17:30"), report_limit=beijing("2026-03-20 17:30"))
    assert due.find == beijing("2026-03-14 17:30")
    assert due.report == beijing("2026-03-16 17:30"), "a longer limit gives nobody more time"
    due = due_times(received, find_limit=beijing("2026-03-20 17:30"), report_limit=beijing("2026-03-14 17:30"))
    assert (due.find, due.report) == (beijing("2026-03-15 17:30"), beijing("2026-03-14 17:30"))


def test_a_limit_before_the_receipt_is_a_misreading() -> None:
    with pytest.raises(ValueError, match="before its receipt"):
        due_times(beijing("2026-03-13 17:30"), find_limit=beijing("2026-03-13 09:00"))
    for which in ("find_limit", "report_limit"):
        with pytest.raises(ValueError, match="before its receipt"):
            due_times(beijing("2026-03-13 17:30"), **{which: beijing("2026-03-13 17:30")})
        due_times(beijing("2026-03-13 17:30"), **{which: beijing("2026-03-13 17:31")})


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        due_times(datetime(2026, 3, 13, 17, 30))


def test_the_earliest_receipt_counts() -> None:
    times = [beijing("2026-03-09 11:40"), beijing("2026-03-09 09:10"), beijing("2026-03-10 08:30")]
    assert earliest(*times) == beijing("2026-03-09 09:10")


def test_what_was_locked_before_the_notice_took_no_time() -> None:
    """S3: the unit had found its host itself, the notice came later."""
    received = beijing("2026-03-13 17:30")
    due = due_times(received)
    clock = Clock(received, due.find, due.find, done=beijing("2026-03-12 10:05"))
    assert clock.used(beijing("2026-03-20 00:00")) == timedelta(0)
    assert clock.colour(beijing("2026-03-20 00:00")) is Colour.KEPT


def test_locked_on_saturday_morning_shows_sixteen_hours_thirty_five() -> None:
    """S2: received on Friday 17:30, locked on Saturday 10:05."""
    received = beijing("2026-03-13 17:30")
    due = due_times(received)
    clock = Clock(received, due.find, due.find, done=beijing("2026-03-14 10:05"))
    assert hours_and_minutes(clock.used(beijing("2026-03-14 12:00"))) == (16, 35)
    assert clock.remaining(beijing("2026-03-16 12:00")) == timedelta(hours=31, minutes=25), "it does not run on"


def test_an_extension_keeps_the_original() -> None:
    received = beijing("2026-09-30 17:30")
    due = due_times(received)
    later = extend(due.find, beijing("2026-10-08 12:00"))
    clock = Clock(received, due.find, later, done=beijing("2026-10-05 09:00"))
    assert clock.original == beijing("2026-10-02 17:30")
    assert clock.extended
    assert clock.colour(beijing("2026-10-09 00:00")) is Colour.KEPT_EXTENDED, "counted apart from what was on time"


def test_an_extension_never_shortens() -> None:
    due = beijing("2026-10-02 17:30")
    for until in (due, due - timedelta(hours=1)):
        with pytest.raises(ValueError, match="later"):
            extend(due, until)


def test_the_colour_says_how_urgent() -> None:
    received = beijing("2026-03-13 17:30")
    due = due_times(received).find
    clock = Clock(received, due, due)
    seen = [
        clock.colour(due - span)
        for span in (timedelta(hours=13), timedelta(hours=12), timedelta(hours=2), timedelta(0), timedelta(seconds=-1))
    ]
    assert seen == [Colour.CALM, Colour.SOON, Colour.URGENT, Colour.URGENT, Colour.OVERDUE]


def test_a_shorter_limit_that_came_with_another_case_is_kept_or_missed_itself() -> None:
    received = beijing("2026-03-09 09:00")
    due = due_times(received).find
    shorter = due - timedelta(hours=20)
    for minutes, colour in ((-1, Colour.KEPT), (0, Colour.KEPT), (1, Colour.MISSED)):
        done = shorter + timedelta(minutes=minutes)
        assert Clock(received, due, shorter, done=done).colour(due) is colour
    assert Clock(received, due, shorter).colour(due - timedelta(hours=1)) is Colour.OVERDUE


def test_a_stopped_clock_is_neither_late_nor_on_time() -> None:
    """N1: the wrong unit answers after two hours; nothing is held against it later."""
    received = beijing("2026-03-09 09:00")
    due = due_times(received).find
    clock = Clock(received, due, due, stopped=beijing("2026-03-09 11:00"))
    assert clock.colour(beijing("2026-04-01 00:00")) is Colour.STOPPED
    assert clock.used(beijing("2026-04-01 00:00")) == timedelta(hours=2)


@given(instants, spans)
def test_used_and_remaining_make_up_the_allowed_time(received: datetime, later: timedelta) -> None:
    due = due_times(received)
    clock = Clock(received, due.find, due.find)
    now = received + later
    assert clock.used(now) + clock.remaining(now) == timedelta(hours=48)
    assert 0.0 <= clock.share(now) <= 1.0
    assert (clock.colour(now) is Colour.OVERDUE) == (now > due.find)


@given(instants)
def test_the_zone_of_the_display_changes_nothing(received: datetime) -> None:
    assert due_times(received) == due_times(received.astimezone(BEIJING))


@given(st.timedeltas(timedelta(days=-40), timedelta(days=40)))
def test_hours_and_minutes_never_promise_more_than_there_is(span: timedelta) -> None:
    hours, minutes = hours_and_minutes(span)
    assert 0 <= minutes < 60
    assert timedelta(0) <= abs(span) - timedelta(hours=hours, minutes=minutes) < timedelta(minutes=1)
