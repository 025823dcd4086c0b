"""Sums of hours: they add up to what one look at all of it would show, and writing them again changes nothing."""

from contextlib import closing
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect import push_hours
from minewarden.detect.push import seen, sides
from minewarden.detect.push_hours import HOUR_US, Hour, Kept, hours_of, lasting, together
from minewarden.detect.records import Shown

FIRST = 496_000
PLACE = ("10.20.3.17", "203.0.113.20", 443)


def connection(times_us: list[int], sizes: list[int], up: list[bool]) -> Shown:
    count = len(times_us)
    columns = np.array(times_us, np.int64), np.array(sizes, np.int64), np.array(up, np.bool_)
    return Shown(PLACE[0], 51514, *PLACE[1:], 1, 1, *columns, np.full(count, "raw"), np.arange(count))


def mined(seed: int, hours: int) -> Shown:
    """Jobs of 400 bytes on a timer of half a minute that blocks restart."""
    rng, at, rows = Random(seed), 0.0, list[tuple[float, int, bool]]()
    block = rng.expovariate(1 / 120)
    while at < 3600 * hours:
        rows.append((at, 400, False))
        at += min(30.0, max(0.2, block - at))
        if block <= at:
            block = at + rng.expovariate(1 / 120)
    times, sizes, up = zip(*rows, strict=True)
    return connection([FIRST * HOUR_US + round(at * 1e6) for at in times], list(sizes), list(up))


@pytest.mark.parametrize("seed", range(4))
def test_hours_add_up_to_the_whole(seed: int) -> None:
    one = mined(seed, 6)
    hours = list(hours_of([one], FIRST, FIRST + 6))
    whole, added = seen([sides(one)]), together(hours)
    assert len(hours) == 6
    assert (added.pushes, added.jobs, added.size, added.share) == (whole.pushes, whole.jobs, whole.size, whole.share)
    assert added.bytes_down == whole.bytes_down
    assert sum(sum(each.gaps.values()) for each in hours) == whole.jobs - 1, "a gap counts where it ends, and once"
    assert abs(added.timer_us - whole.timer_us) <= 0.04 * whole.timer_us
    assert (added.timed, added.early) == (pytest.approx(whole.timed, abs=0.05), pytest.approx(whole.early, abs=0.05))


@given(st.lists(st.tuples(st.integers(0, 4 * HOUR_US - 1), st.integers(0, 70_000), st.booleans()), max_size=60))
def test_whatever_is_shown_nothing_is_counted_twice(rows: list[tuple[int, int, bool]]) -> None:
    rows.sort()
    one = connection([FIRST * HOUR_US + at for at, _, _ in rows], [n for _, n, _ in rows], [up for _, _, up in rows])
    hours = list(hours_of([one], FIRST, FIRST + 4))
    assert sum(each.pushes for each in hours) <= sum(not up for _, _, up in rows)
    push = together(hours)
    assert 0 <= push.share <= 1
    assert push.timed + push.early + push.late <= 1 + 1e-9


def test_hours_outside_are_left_out() -> None:
    assert [each.hour for each in hours_of([mined(0, 6)], FIRST + 2, FIRST + 4)] == [FIRST + 2, FIRST + 3]


def rows_of(lake: Path) -> list[tuple[object, ...]]:
    kept = Kept.opened(lake)
    assert kept is not None
    with closing(kept):
        return kept._connection.execute("SELECT * FROM push_hour ORDER BY host, server, port, hour").fetchall()


def settle(lake: Path, hours: list[Hour], first: int, last: int, oldest: int = 0) -> None:
    kept = Kept.opened(lake, make=True)
    assert kept is not None
    with closing(kept):
        kept.settle([(PLACE, hours)], first, last, oldest)


def test_writing_again_changes_nothing_and_a_failure_leaves_all_as_it_was(tmp_path: Path) -> None:
    hours = list(hours_of([mined(0, 6)], FIRST, FIRST + 6))
    settle(tmp_path, hours[:4], FIRST, FIRST + 4)
    settle(tmp_path, hours[2:], FIRST + 2, FIRST + 6)
    before = rows_of(tmp_path)
    assert len(before) == 6
    settle(tmp_path, hours[4:], FIRST + 4, FIRST + 6)
    assert rows_of(tmp_path) == before
    with pytest.raises(AttributeError):
        settle(tmp_path, [hours[0], None], FIRST, FIRST + 6)  # type: ignore[list-item]
    assert rows_of(tmp_path) == before
    [(place, read)] = lasting(tmp_path, (FIRST + 5) * HOUR_US)
    assert (place, read) == (PLACE, hours)
    assert list(lasting(tmp_path, FIRST * HOUR_US)) == [], "nothing lies before"
    assert list(lasting(tmp_path, (FIRST + 6) * HOUR_US)) == [], "nothing lies after"


def test_the_oldest_hours_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = list(hours_of([mined(0, 6)], FIRST, FIRST + 6))
    settle(tmp_path, hours, FIRST, FIRST + 6, oldest=FIRST + 1)
    assert [row[3] for row in rows_of(tmp_path)] == list(range(FIRST + 1, FIRST + 6))
    monkeypatch.setattr(push_hours, "MOST_HOURS", 3)
    settle(tmp_path, hours, FIRST, FIRST + 6)
    assert [row[3] for row in rows_of(tmp_path)] == [FIRST + 3, FIRST + 4, FIRST + 5]


def test_a_lake_that_keeps_none_is_not_given_any(tmp_path: Path) -> None:
    assert list(lasting(tmp_path, FIRST * HOUR_US)) == []
    assert list(tmp_path.iterdir()) == []
