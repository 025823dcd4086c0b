"""Instants, zones and declared offsets."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.vocab.clock import (
    EPOCH,
    SourceClock,
    from_us,
    microseconds,
    parse_offset,
    parse_zone,
    rfc3339,
    to_us,
)

INSTANTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9999, 12, 31))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


@given(INSTANTS, OFFSETS)
def test_an_instant_and_its_microseconds_are_one(local: datetime, zone: tzinfo) -> None:
    instant = local.replace(tzinfo=zone) if local.year > 1900 and local.year < 9999 else local.replace(tzinfo=UTC)
    assert from_us(to_us(instant)) == instant
    assert from_us(to_us(instant)).tzinfo is UTC


@given(st.integers(-(10**16), 10**17))
def test_microseconds_are_exact(count: int) -> None:
    assert to_us(from_us(count)) == count
    assert microseconds(timedelta(microseconds=count)) == count


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_us(datetime(2026, 3, 12))


@given(INSTANTS)
def test_rfc3339_reads_back_and_ends_in_z(local: datetime) -> None:
    instant = local.replace(tzinfo=UTC)
    text = rfc3339(instant)
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == instant


def test_rfc3339_of_another_zone() -> None:
    assert rfc3339(datetime(2026, 3, 13, 4, 0, tzinfo=timezone(timedelta(hours=8)))) == "2026-03-12T20:00:00Z"


@given(st.sampled_from("+-"), st.integers(0, 14), st.integers(0, 59), st.sampled_from(["", "UTC"]))
def test_fixed_zones(sign: str, hours: int, minutes: int, prefix: str) -> None:
    span = timedelta(hours=hours, minutes=minutes) * (1 if sign == "+" else -1)
    for text in (f"{prefix}{sign}{hours:02d}:{minutes:02d}", f"{prefix}{sign}{hours:02d}{minutes:02d}"):
        assert parse_zone(text).utcoffset(None) == span
    if not minutes:
        assert parse_zone(f" {prefix}{sign}{hours} ").utcoffset(None) == span


def test_named_zones() -> None:
    assert EPOCH.astimezone(parse_zone("Asia/Shanghai")).hour == 8
    assert parse_zone("utc") is parse_zone("Z") is UTC


@pytest.mark.parametrize(
    "text", ["", "Asia", "Asia/Yunchuan", "+15:00", "+08:60", "8", "+٠٨:٠٠", "../../etc/passwd", "/etc/passwd", "a\0b"]
)
def test_no_such_zone(text: str) -> None:
    with pytest.raises(ValueError):
        parse_zone(text)


@given(st.sampled_from(["", "+", "-"]), st.integers(0, 10**6), st.sampled_from(sorted(SECONDS)))
def test_offsets(sign: str, count: int, unit: str) -> None:
    span = timedelta(milliseconds=count) if unit == "ms" else timedelta(seconds=count * SECONDS[unit])
    assert parse_offset(f"{sign}{count}{unit}") == (-span if sign == "-" else span)


@pytest.mark.parametrize("text", ["", "192", "+-3s", "3 s", "1h30m", "3d", "s", "1e3s", "٣s", "9" * 40 + "h"])
def test_what_is_no_offset(text: str) -> None:
    with pytest.raises(ValueError):
        parse_offset(text)


def test_a_clock_that_nobody_measured_shifts_nothing_and_says_so() -> None:
    assert (SourceClock().registered, SourceClock().shift_us) == (False, 0)
    fast = SourceClock(offset=timedelta(seconds=192))
    assert (fast.registered, fast.shift_us) == (True, 192_000_000)
    # An offset of nothing was measured all the same.
    assert SourceClock(offset=timedelta(0)).registered
