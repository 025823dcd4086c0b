"""Times as people and spreadsheets write them, each with the basis of its zone."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.intake.moments import Cell, Reckoning, moments_in
from minewarden.vocab.noticeline import Precision, ZoneBasis
from minewarden.vocab.words import DISPLAY_ZONE
from tests.intake.made import RECEIVED, utc

RECKONING = Reckoning(DISPLAY_ZONE, RECEIVED)
SECOND, MINUTE, DAY = Precision.SECOND, Precision.MINUTE, Precision.DAY
ASSUMED, WRITTEN, COUNTED = ZoneBasis.ASSUMED, ZoneBasis.WRITTEN, ZoneBasis.COUNTED


@pytest.mark.parametrize(
    ("cell", "meant", "precision", "basis"),
    [
        (46086.8851504630, "2026-03-05 21:14:37", SECOND, ASSUMED),
        ("46086.885150463", "2026-03-05 21:14:37", SECOND, ASSUMED),
        (46086, "2026-03-05", DAY, ASSUMED),
        (datetime(2026, 3, 5, 21, 14, 37), "2026-03-05 21:14:37", SECOND, ASSUMED),
        (date(2026, 3, 5), "2026-03-05", DAY, ASSUMED),
        ("2026/3/5 1:02", "2026-03-05 01:02", MINUTE, ASSUMED),
        ("2026-03-05 21:14:37.123", "2026-03-05 21:14:37", SECOND, ASSUMED),
        ("2026.3.5 21:14", "2026-03-05 21:14", MINUTE, ASSUMED),
        ("2026年3月5日（星期四）21:14", "2026-03-05 21:14", MINUTE, ASSUMED),
        ("２０２６年３月５日２１时１４分３７秒", "2026-03-05 21:14:37", SECOND, ASSUMED),
        ("3月5日21时14分", "2026-03-05 21:14", MINUTE, ASSUMED),
        ("12月31日 23:50", "2025-12-31 23:50", MINUTE, ASSUMED),
        ("3月14日 10:00", "2026-03-14 10:00", MINUTE, ASSUMED),
        ("3月15日 10:00", "2025-03-15 10:00", MINUTE, ASSUMED),
        ("2月29日 10:00", "2024-02-29 10:00", MINUTE, ASSUMED),
        ("3月5日晚9点", "2026-03-05 21:00", MINUTE, ASSUMED),
        ("2026/3/5 下午9:14:37", "2026-03-05 21:14:37", SECOND, ASSUMED),
        ("2026-3-5 9:14 PM", "2026-03-05 21:14", MINUTE, ASSUMED),
        ("2026-3-5 12:14 AM", "2026-03-05 00:14", MINUTE, ASSUMED),
        ("2026-3-5 中午12:14", "2026-03-05 12:14", MINUTE, ASSUMED),
        ("2026-03-05 24:00", "2026-03-06 00:00", MINUTE, ASSUMED),
        ("20260305211437", "2026-03-05 21:14:37", SECOND, ASSUMED),
        (20260305211437.0, "2026-03-05 21:14:37", SECOND, ASSUMED),
        ("202603052114", "2026-03-05 21:14", MINUTE, ASSUMED),
        ("20260305", "2026-03-05", DAY, ASSUMED),
        ("2026-03-05", "2026-03-05", DAY, ASSUMED),
        ("05-Mar-2026 21:14:37", "2026-03-05 21:14:37", SECOND, ASSUMED),
        ("2026-03-05T13:14:37Z", "2026-03-05 21:14:37", SECOND, WRITTEN),
        ("2026-03-05 13:14:37 UTC", "2026-03-05 21:14:37", SECOND, WRITTEN),
        ("2026-03-05T15:14:37+02:00", "2026-03-05 21:14:37", SECOND, WRITTEN),
        ("2026-03-05 21:14 北京时间", "2026-03-05 21:14", MINUTE, WRITTEN),
        ("1772716477", "2026-03-05 21:14:37", SECOND, COUNTED),
        (1772716477000, "2026-03-05 21:14:37", SECOND, COUNTED),
    ],
)
def test_every_form(cell: Cell, meant: str, precision: Precision, basis: ZoneBasis) -> None:
    (moment,) = moments_in(cell, RECKONING)
    assert (moment.at, moment.precision, moment.basis) == (utc(meant), precision, basis)


def test_the_declared_zone_is_taken_where_the_text_names_none_and_only_there() -> None:
    abroad = Reckoning(UTC, RECEIVED)
    assert moments_in("2026-03-05 21:14", abroad)[0].at == datetime(2026, 3, 5, 21, 14, tzinfo=UTC)
    assert moments_in("2026-03-05 21:14+08:00", abroad)[0].at == datetime(2026, 3, 5, 13, 14, tzinfo=UTC)


def test_the_two_ends_of_a_span() -> None:
    first, last = moments_in("2026-03-05 21:14:37 至 2026-03-06 1:00", RECKONING)
    assert (first.at, last.at) == (utc("2026-03-05 21:14:37"), utc("2026-03-06 01:00"))


@pytest.mark.parametrize(
    "cell", [None, "", "无", True, 12, "38", "203.0.113.5", "2026-13-40", "3月32日", time(1), timedelta(1)]
)
def test_what_is_no_time(cell: Cell) -> None:
    assert moments_in(cell, RECKONING) == ()


@given(st.datetimes(datetime(2001, 9, 10), datetime(2030, 1, 1)).map(lambda moment: moment.replace(microsecond=0)))
def test_the_forms_agree_on_every_instant(moment: datetime) -> None:
    at = moment.replace(tzinfo=DISPLAY_ZONE).astimezone(UTC)
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    forms: list[Cell] = [
        *(moment, f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment:%Y%m%d%H%M%S}", at.isoformat(), str(int(at.timestamp()))),
        f"{moment.year}年{moment.month}月{moment.day}日{moment.hour}时{moment.minute}分{moment.second}秒",
    ]
    forms += [serial] if serial != int(serial) else []
    assert {moments_in(form, RECKONING)[0].at for form in forms} == {at}


@given(st.text(max_size=200) | st.floats() | st.integers())
def test_any_cell_is_survived(cell: str | float) -> None:
    assert all(moment.at.tzinfo is UTC for moment in moments_in(cell, RECKONING))
