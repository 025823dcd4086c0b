"""Old rows go when the setting says so, and not because a clock says so that is wrong."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from minewarden.vocab.errors import UsageError
from tests.patrol.watching import HEADER, Stand

MINUTE = timedelta(minutes=1)
DAYS = timedelta(days=1)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with Stand(tmp_path, detects=False, silent=999 * DAYS, keep=184 * DAYS) as made:
        made.append("dns.log", HEADER)
        yield made


def test_rows_older_than_the_setting_go_and_that_is_said(stand: Stand) -> None:
    stand.append("dns.log", stand.lines(3))
    stand.round(whole=False)
    stand.round(100 * DAYS, whole=False)
    stand.append("dns.log", stand.line("young.example"))
    stand.round(MINUTE, whole=False)
    stand.round(100 * DAYS, whole=False)
    assert stand.names() == ["young.example"]
    assert stand.said() == ["watch.retired"]
    stand.round(100 * DAYS, whole=False)
    assert stand.names() == [], "also where nothing new has come for long"


def test_the_logs_themselves_are_left_alone(stand: Stand) -> None:
    path = stand.append("dns.log", stand.lines(3))
    content = path.read_bytes()
    stand.round(whole=False)
    stand.round(200 * DAYS, whole=False)
    assert stand.names() == []
    assert path.read_bytes() == content


def test_an_inventory_does_not_grow_old(stand: Stand) -> None:
    stand.append("assets.csv", "资产编号,IP,MAC\nA1,10.0.0.1,02:00:00:00:00:01\n")
    stand.round(MINUTE, whole=False)
    stand.round(400 * DAYS, whole=False)
    assert stand.lake.tables() == {"asset"}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_clock_that_leaps_ahead_lets_nothing_go(stand: Stand, restarted: bool) -> None:
    stand.append("dns.log", stand.lines(3))
    stand.round(whole=False)
    stand.leapt = 1000 * DAYS
    if restarted:
        stand.again()
    for _ in range(3):
        stand.round(10 * MINUTE, whole=False)
    assert len(stand.names()) == 3
    assert "watch.retired" not in stand.said()


def test_after_a_long_time_off_rows_go_when_new_ones_say_that_the_clock_is_right(stand: Stand) -> None:
    stand.append("dns.log", stand.lines(3))
    stand.round(whole=False)
    stand.now += 300 * DAYS
    stand.again()
    stand.round(10 * MINUTE, whole=False)
    assert len(stand.names()) == 3
    stand.append("dns.log", stand.line("young.example"))
    stand.round(10 * MINUTE, whole=False)
    assert stand.names() == ["young.example"]


def test_a_log_that_is_gone_is_forgotten_and_one_that_is_there_is_not_read_again(stand: Stand) -> None:
    gone = stand.append("old.log", HEADER + stand.lines(1))
    stand.append("dns.log", stand.lines(2))
    stand.round(whole=False)
    assert stand.watch is not None
    assert len(stand.watch._known) == 2
    gone.unlink()
    stand.round(185 * DAYS, whole=False)
    assert [Path(state.path).name for state in stand.watch._known.values()] == ["dns.log"]
    stand.again()
    assert stand.round(whole=False).rows == 0


def test_two_watches_cannot_hold_one_lake(stand: Stand) -> None:
    held = stand.watch
    stand.watch = None
    with pytest.raises(UsageError, match="another watch"):
        stand.again()
    stand.watch = held
