"""Reference clocks: when the blocks of a chain ARRIVED somewhere, from node logs or from the campus's own miners.

Source: detection.md of the project's field notes, §6. Proof-of-work blocks arrive as a Poisson process on which no
harmless server depends; that, and nothing about the traffic, makes the test's null exact. The time in a block's
header is the miner's claim: it clusters at whole minutes and runs backwards, and is refused (`arrivals_file`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from minewarden.detect.clock.messages import Times
from minewarden.detect.clock.spans import Spans, joined, overlaps
from minewarden.telemetry.arrivals import BLOCK_INTERVALS_S

Kind = Literal["node", "jobs", "file"]
"""Where arrivals come from: a node's log, jobs handed to known miners, or any other list of arrivals."""

GAP_INTERVALS = 8.0
"""A longer gap than this is held to be a hole in the record: one true gap in 3000 is as long."""

CATCH_UP_BLOCKS, CATCH_UP_INTERVALS = 6, 0.05
"""So many arrivals within so little of an interval are a node that caught up after a hole: one true case in 10^8."""

LEAST_TESTABLE_S = 2.0
PHASES_S = (10.0, 30.0, 60.0, 300.0, 600.0)


class Gap(NamedTuple):
    """A stretch in which the reference saw nothing for too long; it is not tested, and said."""

    from_us: int
    until_us: int


@dataclass(frozen=True, slots=True, eq=False)
class BlockClock:
    """Arrivals of one chain's blocks, sorted, in microseconds since 1970 UTC.

    `source` is what the user knows it by; `members` are flows whose own messages made the clock, which must not be
    tested against it. `interval_s` is the chain's mean interval: the known target, or estimated.
    """

    coin: str
    arrivals_us: Times
    source: str
    kind: Kind
    members: frozenset[str] = frozenset()
    interval_s: float = 0.0
    watched_us: Spans | None = None
    """When the reference was watching, shape (n, 2), where that is known; otherwise from the first arrival to the last,
    and those two only bound the time."""
    gaps: tuple[Gap, ...] = field(init=False)
    segments_us: Spans = field(init=False)
    """Shape (n, 2): the stretches in which the record is whole. An arrival at a bound is not tested."""
    poisson: bool = field(init=False)
    """Whether the gaps look as those of a Poisson process do; otherwise only circular shifts are believed."""

    def __post_init__(self) -> None:
        arrivals = np.ascontiguousarray(self.arrivals_us, np.int64)
        if arrivals.ndim != 1 or (len(arrivals) > 1 and bool((np.diff(arrivals) < 0).any())):
            raise ValueError("arrivals are one sorted row of microseconds")
        interval = self.interval_s or BLOCK_INTERVALS_S.get(self.coin, 0.0) or _interval(arrivals)
        put = object.__setattr__
        put(self, "arrivals_us", arrivals)
        put(self, "interval_s", interval)
        spans = np.diff(arrivals)
        holes = np.flatnonzero(_not_seen(arrivals, interval))
        put(self, "gaps", _gaps(arrivals, holes))
        watched = (
            self.watched_us if self.watched_us is not None else arrivals[[0, -1]][None, :] if len(arrivals) else None
        )
        put(self, "segments_us", _without(watched, self.gaps))
        put(self, "poisson", looks_poisson(np.delete(spans, holes), arrivals))

    @property
    def testable(self) -> bool:
        """Whether blocks are far enough apart; at ten a second every message follows one."""
        return self.interval_s >= LEAST_TESTABLE_S and len(self.segments_us) > 0


class Job(NamedTuple):
    """A message that gave work to a known miner: in which flow, when, and on top of which block.

    `tip` is whatever stays the same from one block to the next: the previous block's hash, or the height.
    """

    flow: str
    ts_us: int
    tip: str


def from_jobs(
    coin: str, jobs: Iterable[Job], source: str, watched: Mapping[str, tuple[int, int]] | None = None
) -> BlockClock:
    """The clock that known miners' own jobs keep: each time a new tip is first seen in any of the flows.

    The tip that a flow begins with was old when it was told, so it is no arrival; nor is one that comes back.
    `watched`: flow -> (first, last) message of any kind in microseconds; without it, the first and last job.
    """
    begun: set[str] = set()
    known: set[str] = set()
    arrivals: list[int] = []
    spans: dict[str, tuple[int, int]] = {}
    for job in sorted(jobs, key=lambda job: (job.ts_us, job.flow)):
        if job.flow in begun and job.tip not in known:
            arrivals.append(job.ts_us)
        begun.add(job.flow)
        known.add(job.tip)
        spans[job.flow] = (spans.get(job.flow, (job.ts_us, 0))[0], job.ts_us)
    seen = joined(np.array(sorted((watched or spans).values()), np.int64).reshape(-1, 2))
    return BlockClock(coin, np.array(arrivals, np.int64), source, "jobs", frozenset(begun), watched_us=seen)


def looks_poisson(spans: Times, times: Times) -> bool:
    """Whether gaps vary as exponential ones do, do not follow each other, and times keep to no round clock.

    A screen of wide limits, for any number of times: few times are seldom refused. Spans and times in microseconds.
    """
    count = len(spans)
    if count < 3:
        return True
    wide = 3.5 / np.sqrt(count)
    spread = float(spans.std() / max(spans.mean(), 1.0))
    if not 0.75 - wide < spread < 1.3 + wide:
        return False
    if count >= 20 and abs(float(np.corrcoef(spans[:-1], spans[1:])[0, 1])) > 0.2 + wide:
        return False
    return not keeps_phase(times, PHASES_S)


def keeps_phase(times: Times, periods_s: Sequence[float], strength: float = 13.8) -> bool:
    """Whether times prefer one phase of any period (Rayleigh's test, by chance once in e^strength: a million).

    A mean resultant below 0.05 is too weak to matter, however many times show it; times that last for fewer than six
    periods cannot tell.
    """
    if len(times) == 0:
        return False
    told = [int(period * 1e6) for period in periods_s if times[-1] - times[0] >= 6e6 * period]
    if not told:
        return False
    turns = np.array(told, np.int64)[:, None]
    resultant = np.abs(np.exp((2j * np.pi) * ((times % turns) / turns)).mean(axis=1))
    return bool(((resultant > 0.05) & (resultant**2 * len(times) > strength)).any())


def _not_seen(arrivals: Times, interval_s: float) -> NDArray[np.bool_]:
    """Which gaps are no gaps between arrivals: too long, or of a node catching up."""
    spans = np.diff(arrivals)
    out: NDArray[np.bool_] = spans > GAP_INTERVALS * interval_s * 1e6
    many = CATCH_UP_BLOCKS - 1
    if len(arrivals) > many and interval_s > 0:
        hurried = arrivals[many:] - arrivals[:-many] < CATCH_UP_INTERVALS * interval_s * 1e6
        for step in range(many):
            out[step : len(spans) - many + 1 + step] |= hurried
    return out


def _gaps(arrivals: Times, holes: Times) -> tuple[Gap, ...]:
    """Neighbouring holes as one."""
    if len(holes) == 0:
        return ()
    breaks = np.flatnonzero(np.diff(holes) > 1)
    firsts = holes[np.concatenate(([0], breaks + 1))]
    lasts = holes[np.concatenate((breaks, [len(holes) - 1]))]
    return tuple(Gap(int(arrivals[a]), int(arrivals[b + 1])) for a, b in zip(firsts, lasts, strict=True))


def _without(watched: Spans | None, gaps: tuple[Gap, ...]) -> Spans:
    """What is left of the watched time when the gaps are taken out."""
    if watched is None or len(watched) == 0:
        return np.zeros((0, 2), np.int64)
    far = np.int64(1 << 62)
    holes = np.array(gaps, np.int64).reshape(-1, 2)
    begins = np.concatenate(([-far], holes[:, 1]))
    ends = np.concatenate((holes[:, 0], [far]))
    return overlaps(np.asarray(watched, np.int64), np.stack((begins, ends), axis=1))


def _interval(arrivals: Times) -> float:
    """From the median gap, which holes do not move."""
    return float(np.median(np.diff(arrivals))) / 1e6 / float(np.log(2)) if len(arrivals) > 1 else 0.0
