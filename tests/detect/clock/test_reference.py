"""Clocks: holes, catching up, watched time, and whether arrivals look as a Poisson process does."""

import numpy as np
import pytest

from minewarden.detect.clock.reference import BlockClock, Gap, Job, from_jobs, keeps_phase, looks_poisson
from tests.detect.clock.processes import START_US, chain, micro


def clock(seconds: list[float] | np.ndarray, coin: str = "XMR", **more: object) -> BlockClock:
    return BlockClock(coin, micro(np.asarray(seconds, float)), "node", "node", **more)  # type: ignore[arg-type]


def test_a_long_gap_is_left_out_and_said() -> None:
    made = clock([0, 100, 250, 250 + 961, 1300, 1500])
    assert made.gaps == (Gap(START_US + 250_000_000, START_US + 1_211_000_000),)
    assert ((made.segments_us - START_US) / 1e6).tolist() == [[0, 250], [1211, 1500]]


def test_a_gap_that_happens_is_not() -> None:
    assert clock([0, 100, 250, 250 + 959, 1300]).gaps == ()


def test_a_node_that_catches_up_tells_no_arrivals() -> None:
    made = clock([0, 100, 2000, 2001, 2002, 2003, 2004, 2005, 2120, 2300])
    assert made.gaps == (Gap(START_US + 100_000_000, START_US + 2_005_000_000),)


def test_unsorted_arrivals_are_refused() -> None:
    with pytest.raises(ValueError, match="sorted"):
        BlockClock("XMR", np.array([5, 3]), "x", "node")


def test_an_empty_clock_and_a_fast_chain_cannot_be_tested() -> None:
    assert not BlockClock("XMR", np.zeros(0, np.int64), "x", "node").testable
    assert not clock(np.arange(1000) * 0.1, "KAS").testable
    assert clock([0, 100, 200]).testable


def test_jobs_of_known_miners_make_a_clock() -> None:
    def at(flow: str, second: int, tip: str) -> Job:
        return Job(flow, START_US + second * 1_000_000, tip)

    made = from_jobs(
        "ZEC",
        [
            at("a", 0, "t0"), at("a", 30, "t0"), at("a", 50, "t1"), at("a", 80, "t1"),
            at("b", 52, "t1"), at("b", 90, "t2"), at("a", 91, "t2"), at("a", 95, "t1"), at("a", 99, "t2"),
        ],
        "campus",
    )  # fmt: skip
    assert ((made.arrivals_us - START_US) / 1e6).tolist() == [50, 90], "first sight in any flow; old tips do not count"
    assert made.members == {"a", "b"}
    assert made.kind == "jobs"
    assert ((made.segments_us - START_US) / 1e6).tolist() == [[0, 99]]


def test_the_tip_that_a_flow_begins_with_is_old() -> None:
    assert len(from_jobs("ZEC", [Job("a", START_US, "x"), Job("b", START_US + 10**9, "y")], "c").arrivals_us) == 0


def test_watched_time_is_wider_than_the_first_and_last_arrival() -> None:
    jobs = [Job("a", START_US, "x"), Job("a", START_US + 10**8, "y"), Job("a", START_US + 2 * 10**8, "z")]
    made = from_jobs("ZEC", jobs, "c", {"a": (START_US - 5, START_US + 10**9 // 2)})
    assert made.segments_us.tolist() == [[START_US - 5, START_US + 10**9 // 2]]


def test_poisson_arrivals_pass_and_timers_do_not() -> None:
    rng = np.random.default_rng(3)
    passed = 0
    for _ in range(200):
        times = micro(chain(rng, 120, 120 * 200))
        passed += looks_poisson(np.diff(times), times)
    assert passed >= 197
    ticks = micro(np.arange(300) * 60.0 + rng.normal(0, 5, 300))
    assert not looks_poisson(np.diff(ticks), ticks)
    bunched = micro(np.repeat(np.arange(100) * 500.0, 4) + rng.random(400))
    assert not looks_poisson(np.diff(bunched), bunched)


def test_phases_are_only_told_by_times_that_last() -> None:
    rng = np.random.default_rng(4)
    minutes = micro(np.arange(100) * 60.0 + rng.normal(0, 3, 100))
    assert keeps_phase(minutes, (300.0, 60.0))
    assert not keeps_phase(minutes[:5], (60.0,))
    assert not keeps_phase(micro(rng.random(20) * 300), (3600.0,)), "a short capture lies in one phase of an hour"
