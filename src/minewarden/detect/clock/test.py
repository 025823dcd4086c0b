"""The block-time test: do a server's messages follow a chain's blocks more often than chance allows?

Source: detection.md of the project's field notes, §6. Given the flow's own times, each block hits the union of the
windows with the probability p0 = the share of the time that they cover, whatever the flow is; hits are therefore
Bin(blocks, p0), exactly, as long as blocks come as a Poisson process. The smallest tail over lags, widths, size
classes and coins is multiplied by the number of all that were tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from minewarden.detect.clock.exposure import Exposure, awake, exposure
from minewarden.detect.clock.messages import PushFlow, SizeClass, Times
from minewarden.detect.clock.reference import GAP_INTERVALS, BlockClock
from minewarden.detect.clock.tails import Counts, Reals, log_bayes_factor, log_mean, log_tail

FEW_BLOCKS = 8
"""With fewer blocks than these the circular shifts may veto."""
VETO = 0.01
LEAST_SILENCE_US = 600_000_000


@dataclass(frozen=True)
class Grid:
    """Lags and widths in whole seconds; every pair is one test."""

    lags_s: tuple[int, ...] = (0, 1, 2, 4, 8)
    widths_s: tuple[int, ...] = (1, 2, 4, 8, 12)

    @cached_property
    def widths_us(self) -> Times:
        """The widths in microseconds."""
        return np.array(self.widths_s, np.int64) * 1_000_000

    @property
    def cells(self) -> int:
        """How many tests one class and one coin cost."""
        return len(self.lags_s) * len(self.widths_s)


GRID = Grid()


@dataclass(frozen=True, slots=True)
class BlockResult:
    """What the best cell says. `p_value` is that cell's own tail, `p_corrected` counts all `tests` and any veto.

    `log_likelihood`: ln of the Bayes factor averaged over everything tried, in nats; its expectation under chance is
    at most 1, so no further correction is due. `p_shift`: share of circular shifts doing as well, where they were
    made. `size` is the class's message size in bytes, 0 for all messages, -1 for all but heartbeats.
    """

    coin: str
    source: str
    p_value: float
    p_corrected: float
    lag_s: int
    width_s: int
    hits: int
    blocks: int
    p0: float
    tests: int
    size: int
    log_likelihood: float
    first_us: int
    last_us: int
    p_shift: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """One class against one clock: arrays of shape (lags, widths), and what is needed to shift."""

    times: SizeClass
    exposures: tuple[Exposure, ...]
    due: tuple[Times, ...]
    hits: Counts
    blocks: Counts
    p0: Reals


def block_test(
    flow: PushFlow, clock: BlockClock, *, grid: Grid = GRID, coins: int = 1, shifts: int = 1000, seed: int = 20261124
) -> BlockResult | None:
    """Test one flow against one chain; None where nothing can be tested (too few messages, no block in the time).

    `coins`: how many chains this flow is tested against; they all count. Shifts are drawn from `seed`, the same for
    every flow, so that a result can be repeated. The work is about one binary search per block, lag and class.
    """
    if not clock.testable or not flow.classes:
        return None
    counted = [_count(one, clock, grid) for one in (*flow.classes, *flow.beside)]
    if not any(one.blocks.any() for one in counted):
        return None
    tails = np.stack([log_tail(one.hits, one.blocks, one.p0) for one in counted])
    which, lag, width = (int(i) for i in np.unravel_index(int(tails.argmin()), tails.shape))
    best = counted[which]
    tests = grid.cells * len(counted) * coins
    factors = np.stack([log_bayes_factor(one.hits, one.blocks, one.p0) for one in counted])
    result = BlockResult(
        coin=clock.coin,
        source=clock.source,
        p_value=float(np.exp(tails.min())),
        p_corrected=float(np.exp(min(0.0, tails.min() + np.log(tests)))),
        lag_s=grid.lags_s[lag],
        width_s=grid.widths_s[width],
        hits=int(best.hits[lag, width]),
        blocks=int(best.blocks[lag, width]),
        p0=float(best.p0[lag, width]),
        tests=tests,
        size=best.times.size,
        log_likelihood=log_mean(factors) - float(np.log(coins)),
        first_us=int(best.times.times_us[0]),
        last_us=int(best.times.times_us[-1]),
    )
    if (clock.poisson and result.blocks >= FEW_BLOCKS) or result.p_corrected == 1:
        return result
    shares = np.random.default_rng(seed).random(max(shifts, 1000))
    return _checked(result, clock, coins, _shifted(counted, grid, shares, float(tails.min())))


def strongest(flow: PushFlow, clocks: Sequence[BlockClock], *, grid: Grid = GRID) -> BlockResult | None:
    """The chain that a flow keeps best among several, corrected for all of them; None where none can be tested."""
    usable = [clock for clock in clocks if clock.testable]
    results = [block_test(flow, clock, grid=grid, coins=len(usable)) for clock in usable]
    found = [result for result in results if result is not None]
    return min(found, key=lambda one: (one.p_corrected, one.p_value, -one.log_likelihood, one.coin), default=None)


def _count(times: SizeClass, clock: BlockClock, grid: Grid) -> _Counted:
    silence = max(LEAST_SILENCE_US, int(GAP_INTERVALS * clock.interval_s * 1e6))
    lags = [lag * 1_000_000 for lag in grid.lags_s]
    first, last = times.times_us[0] - max(lags), times.times_us[-1]
    if ((clock.segments_us[:, 0] < first) & (clock.segments_us[:, 1] > last)).any():
        # The usual case: the record is whole, so that the time that counts is the same for every lag.
        shown = Exposure(times.times_us, awake(times.times_us, silence))
        exposures = [shown] * len(lags)
        p0 = np.tile(shown.covered(grid.widths_us), (len(lags), 1))
    else:
        exposures = [exposure(times.times_us, clock.segments_us + lag, silence) for lag in lags]
        p0 = np.stack([shown.covered(grid.widths_us) for shown in exposures])
    dues = [_due(shown, clock, lag) for shown, lag in zip(exposures, lags, strict=True)]
    blocks = np.array([len(due) for due in dues], np.int64)
    delays = [np.sort(shown.delays(due)) for shown, due in zip(exposures, dues, strict=True)]
    hits = np.stack([np.searchsorted(one, grid.widths_us, "left") for one in delays])
    return _Counted(times, tuple(exposures), tuple(dues), hits, np.broadcast_to(blocks[:, None], hits.shape), p0)


def _due(shown: Exposure, clock: BlockClock, lag_us: int) -> Times:
    """When messages are due that could be tested; the arrivals that bound a stretch of record are not in it."""
    if len(shown.spans_us) == 0:
        return np.zeros(0, np.int64)
    begin, end = shown.spans_us[0, 0] - lag_us, shown.spans_us[-1, 1] - lag_us
    arrivals = clock.arrivals_us
    near = arrivals[np.searchsorted(arrivals, begin, "right") : np.searchsorted(arrivals, end, "right")]
    bounds = clock.segments_us.ravel()
    bounds = bounds[(bounds >= begin) & (bounds <= end)]
    due = (near[~np.isin(near, bounds)] if len(bounds) else near) + lag_us
    return np.asarray(due[shown.counts(due)])


def _shifted(counted: Sequence[_Counted], grid: Grid, shares: Reals, observed: float) -> float:
    """The share of shifts (the truth counted as one) whose smallest tail over cells and classes is as small."""
    best = np.zeros(len(shares))
    for one in counted:
        for row, (shown, due) in enumerate(zip(one.exposures, one.due, strict=True)):
            if len(due) == 0:
                continue
            delays = shown.delays(shown.turned(due, shares).ravel()).reshape(len(shares), len(due))
            outcomes = np.arange(len(due) + 1)
            for column, width in enumerate(grid.widths_us):
                tail = log_tail(outcomes, len(due), one.p0[row, column])
                np.minimum(best, tail[(delays < width).sum(axis=1)], out=best)
    return float((1 + (best <= observed + 1e-9).sum()) / (1 + len(shares)))


def _checked(result: BlockResult, clock: BlockClock, coins: int, p_shift: float) -> BlockResult:
    """Few blocks: the shifts may veto. A chain that is no Poisson process: nothing but the shifts is believed."""
    shifted = min(1.0, p_shift * coins)
    if not clock.poisson:
        # sqrt: the usual way to turn a p-value into a factor whose expectation under chance is 1.
        most = -float(np.log(2) + 0.5 * np.log(p_shift)) - float(np.log(coins))
        p_corrected = max(result.p_corrected, shifted)
    elif p_shift > VETO:
        most, p_corrected = 0.0, max(result.p_corrected, shifted)
    else:
        most, p_corrected = result.log_likelihood, result.p_corrected
    return replace(result, p_corrected=p_corrected, log_likelihood=min(result.log_likelihood, most), p_shift=p_shift)
