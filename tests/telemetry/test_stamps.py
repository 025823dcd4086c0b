"""Times at the beginning of lines."""

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.stamps import from_stamps, parse_stamp
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import ZoneNeeded
from tests.telemetry.conftest import source_of

MOMENT = to_us(datetime(2026, 3, 2, 21, 14, 37, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "us", "zoned"),
    [
        ("2026-03-02T21:14:37Z", MOMENT, True),
        ("2026-03-02 21:14:37", MOMENT, False),
        ("2026/03/02 21:14:37", MOMENT, False),
        ("2026-03-02T21:14:37.25+08:00", MOMENT + 250_000 - 8 * 3_600_000_000, True),
        ("Mar  2 21:14:37 2026", MOMENT, False),
        ("Mon Mar  2 21:14:37 2026", MOMENT, False),
        ("Mon Mar  2 21:14:37 UTC 2026", MOMENT, True),
        ("Mon Mar  2 21:14:37 CST 2026", MOMENT, False),
        ("Mar  2 21:14:37:72 2026", MOMENT + 72_000, False),
        ("Mar 2 2026 21:14:37", MOMENT, False),
        ("Mar 2 2026 21:14:37+08:00", MOMENT - 8 * 3_600_000_000, True),
        ("2026 Mar 2 21:14:37", MOMENT, False),
        ("02-Mar-2026 21:14:37.5", MOMENT + 500_000, False),
    ],
)
def test_spellings(text: str, us: int, zoned: bool) -> None:
    assert parse_stamp(text) == (us, zoned)


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30 00:00:00", "Mär 2 21:14:37 2026", "Foo 2 21:14:37 2026"])
def test_what_is_no_time(text: str) -> None:
    assert parse_stamp(text) is None


def test_year_is_the_last_that_fits_and_is_never_guessed_without_a_date() -> None:
    assert parse_stamp("Mar  2 21:14:37") is None
    latest = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert parse_stamp("Mar  2 21:14:37", latest) == (MOMENT, False)
    december = parse_stamp("Dec 31 23:00:00", latest)
    assert december == (to_us(datetime(2025, 12, 31, 23, tzinfo=UTC)), False)
    leap = parse_stamp("Feb 29 00:00:00", latest)
    assert leap == (to_us(datetime(2024, 2, 29, tzinfo=UTC)), False)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    st.integers(-12 * 4, 14 * 4),
)
def test_iso_times_with_any_zone(moment: datetime, quarters: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    assert parse_stamp(aware.isoformat(sep=" ")) == (to_us(aware), True)


def test_a_column_asks_for_the_zone_at_the_line_that_needs_it() -> None:
    texts = pa.array(["2026-03-02T21:14:37Z", "2026-03-02 21:14:37"])
    with pytest.raises(ZoneNeeded) as error:
        from_stamps(texts, source_of(b"x\n"), pa.array([7, 8]))
    assert error.value.line == 8
    values = from_stamps(texts, source_of(b"x\n", zone="+08:00"), pa.array([7, 8]))
    assert values.to_pylist() == [MOMENT, MOMENT - 8 * 3_600_000_000]
