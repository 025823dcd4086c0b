"""What a push is, from times and sizes alone."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.push import Side, merged, seen

NOBODY = merged([], [])


def pushed(gaps_s: list[float], size: int = 400) -> Side:
    times = (np.cumsum([0.0, *gaps_s]) * 1e6).astype(np.int64)
    return merged(times, [size] * len(times))


def test_segments_without_a_pause_are_one_message() -> None:
    side = merged([0, 10_000, 500_000], [1400, 100, 7])
    assert side.times_us.tolist() == [0, 500_000]
    assert side.sizes.tolist() == [1500, 7]


def test_a_timer_that_blocks_restart() -> None:
    push = seen([(NOBODY, pushed([30, 30, 12, 30, 30, 4, 30, 30, 30, 21]))])
    assert push.timer_us == 30_000_000
    assert (push.timed, push.early, push.late) == (pytest.approx(0.7), pytest.approx(0.3), 0)


def test_gaps_do_not_reach_over_connections() -> None:
    push = seen([(NOBODY, pushed([30] * 5)), (NOBODY, pushed([30] * 5))])
    assert (push.jobs, push.timed, push.late) == (12, 1.0, 0)


def test_what_was_asked_for_is_no_push() -> None:
    down = pushed([10] * 9)
    up = Side(down.times_us - 200_000, np.full(10, 50))
    assert seen([(up, down)]).pushes == 0


def test_what_is_answered_at_once_is_said() -> None:
    down = pushed([10] * 9)
    up = Side(down.times_us + 200_000, np.full(10, 50))
    assert seen([(up, down)]).answered == 1.0


def test_the_commonest_size_is_taken_within_two_bytes() -> None:
    down = merged([n * 1_000_000 for n in range(10)], [400, 402, 401, 399, 900, 400, 398, 50, 60, 70])
    push = seen([(NOBODY, down)])
    assert (push.size, push.share) == (400, 0.6)


@given(st.lists(st.floats(0.06, 1000), min_size=1, max_size=60), st.integers(0, 2**32))
def test_shares_are_shares_and_the_order_does_not_matter(gaps: list[float], seed: int) -> None:
    side = pushed(gaps)
    push = seen([(NOBODY, side)])
    assert push.timed + push.early + push.late == pytest.approx(1)
    order = list(range(len(side.times_us)))
    Random(seed).shuffle(order)
    assert seen([(NOBODY, merged(side.times_us[order], side.sizes[order]))]) == push
