"""Times as logs write them."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.times import at_zone, from_iso, from_seconds, span_from_seconds
from minewarden.vocab.clock import to_us

MOMENTS = st.datetimes(min_value=datetime(1970, 1, 3), max_value=datetime(9990, 1, 1), timezones=st.just(UTC))
LATER = st.datetimes(min_value=datetime(1970, 1, 3), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))


@given(st.lists(LATER, min_size=1))
def test_seconds_keep_every_microsecond(moments: list[datetime]) -> None:
    counts = [to_us(moment) for moment in moments]
    texts = pa.array([f"{us // 1_000_000}.{us % 1_000_000:06d}" for us in counts])
    assert from_seconds(texts).to_pylist() == counts


def test_what_are_no_seconds() -> None:
    texts = ["nan", "inf", "-1", "", "1e400", "x", "12 ", "0x10", "1772409600", "1772409600123", None]
    assert from_seconds(pa.array(texts)).to_pylist() == [None] * 8 + [1772409600_000000, 1772409600_123000, None]
    assert from_seconds(pa.array([float("nan"), float("inf"), 1.5])).to_pylist() == [None, None, 1_500000]
    assert span_from_seconds(pa.array(["0.000001", "-1", "x"])).to_pylist() == [1, None, None]


@given(st.lists(st.tuples(MOMENTS, st.integers(-14 * 60, 14 * 60), st.booleans())), st.booleans())
def test_iso_times_with_any_zone(given_: list[tuple[datetime, int, bool]], spoiled: bool) -> None:
    texts, counts = [], []
    for moment, minutes, colon in given_:
        text = moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat(timespec="microseconds")
        texts.append(text if colon else text[:-3] + text[-2:])
        counts.append(to_us(moment))
    if spoiled:
        texts.append("yesterday")
    values, zoned = from_iso(pa.array(texts, pa.string()))
    assert values.to_pylist()[: len(counts)] == counts
    assert zoned.to_pylist()[: len(counts)] == [True] * len(counts)
    assert values.to_pylist()[len(counts) :] == [None] * spoiled


@pytest.mark.parametrize(
    ("text", "us", "zoned"),
    [
        ("2026-03-02 08:00:00", 1772438400_000000, False),
        ("2026-03-02T08:00:00,5", 1772438400_500000, False),
        ("2026-03-02T08:00:00.123456789Z", 1772438400_123456, True),
        ("2026-03-02T08:00:00+08", 1772409600_000000, True),
        ("2026-02-30T08:00:00Z", None, True),
        ("2026-03-02", None, False),
        ("1969-12-31T23:59:59Z", None, True),
        ("9999-12-31T23:59:59-12:00", None, True),
        ("1970-01-01T01:00:00-08:00", 9 * 3600_000000, True),
        ("1969-12-31T23:00:00-08:00", 7 * 3600_000000, True),
        (" 2026-03-02 08:00:00 ", 1772438400_000000, False),
    ],
)
def test_iso_times_one_by_one(text: str, us: int | None, zoned: bool) -> None:
    values, named = from_iso(pa.array([text, "x"]))
    assert values.to_pylist()[0] == us
    if us is not None:
        assert named.to_pylist()[0] is zoned


@given(st.lists(MOMENTS), st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"]))
def test_local_times_of_any_zone(moments: list[datetime], key: str) -> None:
    zone = ZoneInfo(key)
    local = [to_us(moment.replace(tzinfo=UTC)) for moment in moments]
    wanted = [to_us(moment.replace(tzinfo=None, fold=0).replace(tzinfo=zone)) for moment in moments]
    assert at_zone(pa.array(local, pa.int64()), zone).to_pylist() == wanted


def test_a_damaged_year_has_a_time_too() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    (found,) = at_zone(pa.array([to_us(last)], pa.int64()), ZoneInfo("Asia/Shanghai")).to_pylist()
    assert found == to_us(last) - 8 * 3_600_000_000
