"""What a push is, from times and sizes alone."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.push import Side, merged, seen, sides
from minewarden.detect.records import Shown
from minewarden.telemetry.packets.shapes import MOST_PER_SIDE

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
    down = merged([n * 1_000_000 for n in range(10)], [400, 402, 401, 399, 900, 400, 398, 90, 100, 110])
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


def handed_in(gaps_s: list[float], size: int = 213, answer: int = 63, late_s: float = 0.1) -> tuple[Side, Side]:
    up = pushed(gaps_s, size)
    return up, Side(up.times_us + round(late_s * 1e6), np.full(len(up.times_us), answer))


def joined(*sides: Side) -> Side:
    return merged(np.concatenate([side.times_us for side in sides]), np.concatenate([side.sizes for side in sides]))


CHANCE = Random(5)
RANDOM = [CHANCE.expovariate(1 / 40) + 1.2 for _ in range(60)]


def test_shares_at_random_answered_shortly_are_seen_beside_a_pools_jobs() -> None:
    up, replies = handed_in(RANDOM)
    push = seen([(up, joined(pushed([30.0] * 80, 400), replies))])
    assert push.shares == 61


@pytest.mark.parametrize(
    ("gaps", "size", "answer", "late"),
    [
        ([40.0] * 60, 213, 63, 0.1),
        (RANDOM, 40, 30, 0.1),
        (RANDOM, 213, 900, 0.1),
        (RANDOM, 213, 63, 1.1),
        ([0.3, 0.3, 0.3, 900.0] * 15, 213, 63, 0.1),
        (RANDOM[:5], 213, 63, 0.1),
    ],
    ids=["on a timer", "too short", "asks for much", "answered late", "in bursts", "too few"],
)
def test_what_else_a_client_says_is_no_share(gaps: list[float], size: int, answer: int, late: float) -> None:
    up, replies = handed_in(gaps, size, answer, late)
    assert seen([(up, joined(pushed([30.0] * 80, 400), replies))]).shares == 0


def test_shares_are_seen_where_heartbeats_are_commoner() -> None:
    up, replies = handed_in(RANDOM)
    beats = pushed([30.0] * 90, 68)
    assert seen([(joined(up, beats), joined(pushed([31.0] * 80, 400), replies))]).shares >= 59


def test_answers_of_all_lengths_are_no_replies_to_shares() -> None:
    up, replies = handed_in(RANDOM)
    mixed = Side(replies.times_us, np.array([40 + 17 * (n % 9) for n in range(len(replies.sizes))]))
    assert seen([(up, joined(pushed([30.0] * 80, 400), mixed))]).shares == 0


@pytest.mark.parametrize("apart", [8, -16, 67, 134])
def test_a_ciphers_block_and_bitcoins_branches_make_one_length(apart: int) -> None:
    down = merged([n * 1_000_000 for n in range(10)], [900, 900 + apart] * 5)
    assert seen([(NOBODY, down)]).share == 1.0


def test_other_lengths_are_not_one() -> None:
    down = merged([n * 1_000_000 for n in range(10)], [900, 930] * 5)
    assert seen([(NOBODY, down)]).share == 0.5


def test_heartbeats_are_told_apart_from_what_is_told() -> None:
    down = merged([n * 1_000_000 for n in range(10)], [24] * 7 + [400] * 3)
    assert (seen([(NOBODY, down)]).pushes, seen([(NOBODY, down)]).told) == (3, 3)


def blocks_and(timer_s: float, interval_s: float, count: int, seed: int, late_s: float = 0.0) -> list[float]:
    """Gaps between jobs on a chain: a block, or the timer since the last job, whichever is sooner."""
    rng = Random(seed)
    return [min(rng.expovariate(1 / interval_s), timer_s + rng.gauss(0, late_s)) for _ in range(count)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("timer", "interval"), [(31.0, 13.0), (45.0, 13.0), (30.0, 120.0)])
def test_a_timer_shows_where_blocks_hardly_ever_let_it_run_out(timer: float, interval: float, seed: int) -> None:
    push = seen([(NOBODY, pushed(blocks_and(timer, interval, 5000, seed)))])
    assert push.reset
    assert push.timer_us == pytest.approx(timer * 1e6, rel=0.07)


@pytest.mark.parametrize("seed", range(4))
def test_a_timer_that_is_late_by_a_second_is_one(seed: int) -> None:
    push = seen([(NOBODY, pushed(blocks_and(10.0, 120.0, 2000, seed, late_s=1.4)))])
    assert push.reset
    assert push.timed >= 0.7


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("interval", [3.0, 13.0, 120.0, 600.0])
def test_messages_at_random_have_no_timer(interval: float, seed: int) -> None:
    rng = Random(seed)
    assert not seen([(NOBODY, pushed([rng.expovariate(1 / interval) for _ in range(4000)]))]).reset


@pytest.mark.parametrize("phases", [(0.0,), (0.0, 3.1), (0.0, 4.0, 30.5), (0.0, 1.0, 9.0, 17.0, 31.0)])
def test_timers_side_by_side_are_not_started_anew(phases: tuple[float, ...]) -> None:
    rng = Random(3)
    times = sorted(50.0 * n + phase + rng.uniform(-0.2, 0.2) for n in range(600) for phase in phases)
    assert not seen([(NOBODY, merged([round(at * 1e6) for at in times], [400] * len(times)))]).reset


def test_shares_are_found_behind_heartbeats_that_are_ten_times_commoner() -> None:
    up, replies = handed_in(RANDOM)
    end = int(up.times_us[-1])
    beats = pushed([4.0] * (end // 4_000_000), 68)
    reports = pushed([2.7, *[10.0] * (end // 10_000_000)], 170)
    push = seen([(joined(up, beats, reports), joined(pushed([31.0] * 80, 400), replies))])
    assert push.shares >= 50
    assert push.beats == 0


def test_a_heartbeat_a_minute_is_slow() -> None:
    beats = pushed([60.0] * 50, 68)
    assert seen([(beats, pushed([31.0] * 100, 400))]).beats == 51


def polling(pushes: int) -> tuple[Side, Side]:
    """Work asked for every five seconds, and sometimes handed out unasked."""
    polls = pushed([5.0] * 200, 81)
    replies = Side(polls.times_us + 100_000, np.full(201, 270))
    unasked = Side(polls.times_us[3 : 3 + 7 * pushes : 7] + 3_500_000, np.full(pushes, 270))
    return polls, joined(replies, unasked)


def test_work_is_polled_for_and_handed_out_as_well() -> None:
    assert seen([polling(20)]).polled
    assert seen([polling(20)]).pushes == 20


def test_mere_polling_is_not() -> None:
    assert not seen([polling(3)]).polled


def test_what_is_polled_for_and_what_is_pushed_differ() -> None:
    polls, down = polling(20)
    sizes = np.where(np.isin(down.times_us - 100_000, polls.times_us), 200, 270)
    assert not seen([(polls, Side(down.times_us, sizes))]).polled


def test_what_is_said_after_the_other_side_was_kept_is_left_out() -> None:
    """Of a side only so many messages are kept: what the client says later has no answer that is known."""
    down = np.arange(MOST_PER_SIDE) * 1_000_000
    up = np.arange(0, 2 * MOST_PER_SIDE, 40) * 1_000_000 + 500
    ts = np.concatenate([down, up])
    order = np.argsort(ts)
    way = np.concatenate([np.zeros(len(down), bool), np.ones(len(up), bool)])[order]
    whole = np.zeros(len(ts), np.int64)
    one = Shown("h", 1, "s", 2, 1, 1, ts[order], whole + 100, way, np.full(len(ts), "raw"), whole)
    client, server = sides(one)
    assert client.times_us[-1] <= server.times_us[-1] == down[-1]
    assert len(client.times_us) == 100
