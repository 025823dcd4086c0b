"""The pace of a channel: never more than the limit within any window, and never slower than it must be."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from minewarden.channels.channel import Limit
from minewarden.channels.pace import free_at, longest

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
LIMITS = (Limit(3, timedelta(minutes=1)), Limit(5, timedelta(minutes=10)))


def test_twenty_a_minute_and_the_twenty_first_waits():
    sent = [NOW - timedelta(seconds=30 - n) for n in range(20)]
    assert free_at(sent, [Limit(20, timedelta(minutes=1))], NOW) == NOW + timedelta(seconds=30)
    assert free_at(sent[1:], [Limit(20, timedelta(minutes=1))], NOW) == NOW


@given(st.lists(st.integers(0, 900), max_size=60))
def test_whoever_waits_as_told_breaks_no_limit(gaps):
    sent: list[datetime] = []
    now = NOW
    for gap in gaps:
        now += timedelta(seconds=gap % 40)
        now = free_at([at for at in sent if at > now - longest(LIMITS)], LIMITS, now)
        sent.append(now)
    for limit in LIMITS:
        for first, later in zip(sent, sent[limit.count :], strict=False):
            assert later - first >= limit.within


def test_a_clock_that_was_set_back_does_not_let_the_limit_be_broken():
    ahead = [NOW + timedelta(hours=1)] * 3
    assert free_at(ahead, LIMITS[:1], NOW) == NOW + timedelta(minutes=1)


def test_without_limits_nothing_waits():
    assert free_at([NOW], [], NOW) == NOW
    assert longest([]) == timedelta(0)
