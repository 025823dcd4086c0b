"""The block test: its false-alarm rate over harmless flows, its power, and what must not change it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.detect.clock.messages import REST, PushFlow, SizeClass, push_flow
from minewarden.detect.clock.reference import BlockClock
from minewarden.detect.clock.test import GRID, Grid, block_test, strongest
from tests.detect.clock.processes import START_US, chain, harmless, jobs, micro

HOUR = 3600.0


def clock_of(seconds: np.ndarray, coin: str = "XMR", **more: object) -> BlockClock:
    return BlockClock(coin, micro(seconds), "node", "node", **more)  # type: ignore[arg-type]


def p_of(times: np.ndarray, clock: BlockClock, **more: object) -> float:
    result = block_test(push_flow(micro(times)), clock, **more)  # type: ignore[arg-type]
    return 1.0 if result is None else result.p_corrected


@pytest.mark.parametrize("interval", [13.0, 120.0, 600.0])
def test_harmless_flows_are_significant_no_more_often_than_said(interval: float) -> None:
    rng = np.random.default_rng(int(interval))
    values: dict[str, list[float]] = {}
    coin = {13.0: "ETC", 120.0: "XMR", 600.0: "BTC"}[interval]
    for _ in range(60):
        clock = clock_of(chain(rng, interval, 4 * HOUR), coin)
        for name, times in harmless(rng, 4 * HOUR).items():
            values.setdefault(name, []).append(p_of(times, clock))
    for name, got in values.items():
        assert np.mean(np.array(got) < 0.05) <= 0.15, name
    together = np.concatenate([np.array(got) for got in values.values()])
    for bound in (0.2, 0.05, 0.01):
        slack = 3.1 * np.sqrt(bound * (1 - bound) / len(together))
        assert np.mean(together < bound) <= bound + slack, bound


def test_one_cell_alone_has_the_distribution_that_is_claimed() -> None:
    # One lag, one width, one class: no correction hides a wrong p0; P(p < x) must be near x, not only below it.
    rng = np.random.default_rng(8)
    grid = Grid((2,), (8,))
    values = []
    for _ in range(600):
        times = harmless(rng, 8 * HOUR)["beacon with jitter"]
        result = block_test(push_flow(micro(times)), clock_of(chain(rng, 120, 8 * HOUR)), grid=grid)
        assert result is not None
        values.append(result.p_value)
    p = np.array(values)
    assert 0.02 < np.mean(p < 0.05) < 0.075
    assert 0.14 < np.mean(p < 0.25) < 0.31


def test_miners_are_found_and_the_best_cell_is_sensible() -> None:
    rng = np.random.default_rng(11)
    found = []
    for _ in range(20):
        blocks = chain(rng, 120, HOUR)
        result = block_test(push_flow(micro(jobs(rng, blocks, HOUR))), clock_of(blocks))
        assert result is not None
        assert result.hits <= result.blocks
        assert result.lag_s + result.width_s <= 5
        assert result.tests == 25
        found.append((result.p_corrected, result.log_likelihood))
    assert np.mean([p < 1e-8 for p, _ in found]) >= 0.9
    assert min(factor for _, factor in found) > 5


def test_answers_to_shares_do_not_hide_the_jobs_where_sizes_are_known() -> None:
    rng = np.random.default_rng(12)
    blocks = chain(rng, 120, HOUR)
    work, answers = jobs(rng, blocks, HOUR), np.cumsum(rng.exponential(12, 300))
    times = np.concatenate((work, answers))
    sizes = np.concatenate((np.full(len(work), 380), np.full(len(answers), 62)))
    order = np.argsort(times)
    known = block_test(push_flow(micro(times), sizes[order]), clock_of(blocks))
    blind = block_test(push_flow(micro(times)), clock_of(blocks))
    assert known is not None
    assert blind is not None
    assert known.size == 380
    assert known.tests == 75
    assert known.p_corrected < 1e-3 * blind.p_corrected


def test_a_tunnels_pings_do_not_hide_jobs_of_many_lengths() -> None:
    # Bitcoin's jobs are some branches of a tree longer or shorter: no length holds a fifth of the messages.
    rng = np.random.default_rng(14)
    blocks = chain(rng, 600, 4 * HOUR)
    work, pings = jobs(rng, blocks, 4 * HOUR, refresh=60, lag=2.5), np.arange(4.0, 4 * HOUR, 10)
    sizes = np.concatenate((1255 + 67 * rng.integers(-2, 3, len(work)), np.full(len(pings), 94)))
    times = np.concatenate((work, pings))
    order = np.argsort(times)
    flow = push_flow(micro(times), sizes[order])
    found = block_test(flow, clock_of(blocks, "BTC"))
    without = block_test(PushFlow(flow.classes, flow.messages), clock_of(blocks, "BTC"))
    assert found is not None
    assert without is not None
    assert found.size == REST
    assert found.tests == 25 * len((*flow.classes, *flow.beside))
    assert found.p_corrected < 1e-8
    assert without.p_corrected > 1e-6


def test_what_is_left_beside_heartbeats_is_significant_no_more_often_than_said() -> None:
    rng = np.random.default_rng(15)
    values = []
    for _ in range(400):
        pings, notices = np.arange(rng.uniform(0, 10), 4 * HOUR, 10), np.cumsum(rng.exponential(45, 500))
        times = np.concatenate((pings, notices[notices < 4 * HOUR]))
        sizes = np.concatenate((np.full(len(pings), 94), rng.integers(100, 900, len(times) - len(pings))))
        order = np.argsort(times)
        flow = push_flow(micro(times), sizes[order])
        result = block_test(flow, clock_of(chain(rng, 600, 4 * HOUR), "BTC"))
        assert result is not None
        assert flow.beside
        values.append(result.p_corrected)
    for bound in (0.2, 0.05, 0.01):
        assert np.mean(np.array(values) < bound) <= bound + 3.1 * np.sqrt(bound * (1 - bound) / len(values)), bound


def test_a_later_vantage_point_shows_in_the_lag() -> None:
    rng = np.random.default_rng(13)
    blocks = chain(rng, 120, HOUR)
    result = block_test(push_flow(micro(jobs(rng, blocks, HOUR) + 6.0)), clock_of(blocks))
    assert result is not None
    assert result.p_corrected < 1e-8
    assert result.lag_s in (4, 2)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), shift=st.integers(-(10**15), 10**15))
def test_moving_flow_and_chain_together_changes_nothing(seed: int, shift: int) -> None:
    rng = np.random.default_rng(seed)
    blocks = chain(rng, 120, HOUR)
    flow, arrivals = micro(jobs(rng, blocks, HOUR)), micro(blocks)
    one = block_test(push_flow(flow), BlockClock("XMR", arrivals, "x", "node"))
    other = block_test(push_flow(flow + shift), BlockClock("XMR", arrivals + shift, "x", "node"))
    assert one is not None
    assert other is not None
    assert (one.p_value, one.hits, one.blocks, one.p0) == (other.p_value, other.hits, other.blocks, other.p0)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), miss=st.integers(1, 12))
def test_fewer_hits_are_never_more_significant(seed: int, miss: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(20, 60, 90))
    hit = np.sort(rng.choice(times[1:-1], 20, replace=False)) - 0.5
    end = float(times[-1])
    watched = np.array([[START_US - 10**6, START_US + int(end * 1e6)]])
    worse = np.sort(np.concatenate((hit[miss:], hit[:miss] - 15.0)))
    better_p, worse_p = (p_of(times, clock_of(b, watched_us=watched, interval_s=120)) for b in (hit, worse))
    assert better_p < worse_p


def test_more_coins_cost_more() -> None:
    rng = np.random.default_rng(14)
    blocks = chain(rng, 120, HOUR)
    times = jobs(rng, blocks, HOUR)
    one, four = p_of(times, clock_of(blocks)), p_of(times, clock_of(blocks), coins=4)
    assert four == pytest.approx(4 * one)


def test_the_right_chain_is_named_among_several() -> None:
    rng = np.random.default_rng(15)
    chains = {coin: chain(rng, 120, HOUR) for coin in ("XMR", "ERG")}
    clocks = [clock_of(blocks, coin) for coin, blocks in chains.items()]
    clocks.append(clock_of(np.arange(0, HOUR, 0.1), "KAS"))
    result = strongest(push_flow(micro(jobs(rng, chains["ERG"], HOUR))), clocks)
    assert result is not None
    assert result.coin == "ERG"
    assert result.tests == 50, "a chain that cannot be tested costs nothing"
    assert strongest(push_flow([]), clocks) is None


def test_few_blocks_may_be_vetoed_and_say_so() -> None:
    rng = np.random.default_rng(16)
    blocks = np.array([100.0, 390.0, 700.0, 1130.0])
    times = jobs(rng, blocks, 1500.0)
    result = block_test(push_flow(micro(times)), clock_of(np.concatenate(([-50.0], blocks, [1600.0])), interval_s=300))
    assert result is not None
    assert result.blocks == 4
    assert result.p_shift is not None
    assert result.p_corrected >= result.p_value


def test_a_chain_of_timers_convinces_nobody() -> None:
    # "Blocks" every 60 s and a 60 s beacon: each hits, and so does each turn of the circle by a minute.
    blocks = np.arange(5.0, 8 * HOUR, 60.0)
    clock = clock_of(blocks)
    assert not clock.poisson
    result = block_test(push_flow(micro(blocks[10:-10] + 0.4)), clock)
    assert result is not None
    assert result.p_value < 1e-100
    assert result.p_corrected > 0.005
    assert result.log_likelihood < 3


def test_a_chain_whose_blocks_come_in_pairs_is_only_believed_by_its_shifts() -> None:
    rng = np.random.default_rng(19)
    blocks = np.repeat(chain(rng, 240, 8 * HOUR), 2)
    blocks[1::2] += 3.0
    clock = clock_of(np.sort(blocks))
    assert not clock.poisson
    result = block_test(push_flow(micro(jobs(rng, np.sort(blocks), 8 * HOUR))), clock)
    assert result is not None
    assert result.p_value < 1e-20
    assert result.p_corrected == pytest.approx(1 / 1001)
    assert result.log_likelihood < 3


def test_the_arrivals_that_bound_a_record_are_not_tested() -> None:
    arrivals = np.cumsum(np.random.default_rng(20).uniform(30, 200, 40))
    flow = push_flow(micro(np.arange(-500.0, arrivals[-1] + 500, 20.0)))
    result = block_test(flow, clock_of(arrivals), grid=Grid((0,), (4,)))
    assert result is not None
    assert result.blocks == 38


def test_what_the_reference_did_not_see_is_not_tested() -> None:
    rng = np.random.default_rng(17)
    blocks = chain(rng, 120, 4 * HOUR)
    times = jobs(rng, blocks, 4 * HOUR)
    seen = blocks[(blocks < HOUR) | (blocks > 3 * HOUR)]
    whole, holed = (block_test(push_flow(micro(times)), clock_of(b)) for b in (blocks, seen))
    assert whole is not None
    assert holed is not None
    assert holed.blocks < whole.blocks * 0.7
    assert holed.hits / holed.blocks > 0.85
    assert abs(holed.p0 - whole.p0) < 0.1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), lag=st.integers(0, 8), width=st.integers(1, 12), hole=st.booleans())
def test_hits_blocks_and_share_are_those_of_the_definition(seed: int, lag: int, width: int, hole: bool) -> None:
    rng = np.random.default_rng(seed)
    blocks = np.concatenate(([-500.0], chain(rng, 90, 1800.0), [2400.0]))
    messages = np.cumsum(rng.exponential(15, 100))
    spans = np.array([[-400.0, 700.0], [760.0, 2300.0]]) if hole else np.array([[-400.0, 2300.0]])
    watched = START_US + (spans * 1e6).astype(np.int64)
    clock = clock_of(blocks, watched_us=watched, interval_s=250)
    result = block_test(push_flow(micro(messages)), clock, grid=Grid((lag,), (width,)))
    if result is None:
        return

    def due(at: np.ndarray) -> np.ndarray:
        """Those of the times at which a block can be tested."""
        arrival = at - lag
        inside = np.any([(arrival > a) & (arrival <= b) for a, b in spans], axis=0)
        return at[inside & (at > kept[0]) & (at <= kept[-1])]

    def hit(at: np.ndarray) -> np.ndarray:
        return np.array([bool(((kept >= t) & (kept < t + width)).any()) for t in at], bool)

    kept = (push_flow(micro(messages)).classes[0].times_us - START_US) / 1e6
    tested_blocks = due((clock.arrivals_us - START_US) / 1e6 + lag)
    assert result.blocks == len(tested_blocks)
    assert result.hits == hit(tested_blocks).sum()
    assert result.p0 == pytest.approx(hit(due(np.arange(0, 2300, 0.25))).mean(), abs=0.01)


def test_nothing_to_test() -> None:
    rng = np.random.default_rng(18)
    clock = clock_of(chain(rng, 120, HOUR))
    assert block_test(push_flow([1, 2]), clock) is None
    far = push_flow(micro(np.arange(0, 3000, 30.0) + 10 * HOUR))
    assert block_test(far, clock) is None
    assert block_test(far, clock_of(np.arange(0, HOUR, 0.1), "KAS")) is None
    assert block_test(far, BlockClock("XMR", np.zeros(0, np.int64), "x", "node")) is None


def test_all_messages_at_once_and_a_single_instant() -> None:
    clock = clock_of(np.arange(0, HOUR, 100.0) + np.random.default_rng(1).random(36) * 50)
    still = PushFlow((SizeClass(0, np.full(9, START_US + 10**8, np.int64)),), 9)
    assert block_test(still, clock) is None
    dense = push_flow(micro(np.arange(0, HOUR, 0.2)))
    result = block_test(dense, clock)
    assert result is not None
    assert result.p_corrected == 1


def test_the_grid_is_the_documented_one() -> None:
    assert GRID.cells == 25
