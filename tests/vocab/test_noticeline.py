"""What the values of a notice say of themselves."""

from datetime import UTC, datetime, timedelta

import pytest

from minewarden.vocab.noticeline import (
    Notice,
    NoticeLine,
    NoticeTime,
    Precision,
    Reported,
    SourceTable,
    Verdict,
    ZoneBasis,
)


@pytest.mark.parametrize(
    ("precision", "length"),
    [
        (Precision.SECOND, timedelta(seconds=1)),
        (Precision.MINUTE, timedelta(minutes=1)),
        (Precision.DAY, timedelta(days=1)),
    ],
)
def test_a_time_lasts_as_long_as_the_smallest_unit_that_was_named(precision: Precision, length: timedelta) -> None:
    at = datetime(2026, 3, 12, 13, 14, tzinfo=UTC)
    assert NoticeTime(at, ZoneBasis.WRITTEN, precision, "").until - at == length


def test_a_column_is_named_by_its_groups_from_top_to_bottom() -> None:
    table = SourceTable(
        "清单",
        (("序号", "源", "", "备注"), ("", "IP", "端口", "")),
        ((0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 1, 3)),
        ("row", "address", "port", ""),
    )
    assert table.columns == ("序号", "源/IP", "源/端口", "备注")


def test_an_address_that_stands_twice_is_counted_once_in_the_order_of_the_notice() -> None:
    lines = (
        NoticeLine(0, 1, (Reported("203.0.113.9"), Reported("203.0.113.5", 40213))),
        NoticeLine(0, 2, (Reported("203.0.113.9", 1),)),
    )
    assert Notice("a", 1, "", "csv", Verdict.CLEAN, lines=lines).addresses == ("203.0.113.9", "203.0.113.5")
