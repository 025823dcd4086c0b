"""Finds flows of the campus that keep the same clock as each other, without any chain's data.

Source: detection.md of the project's field notes, §6, last part. Two flows whose work changes at the same moments
follow one chain; one member confirmed otherwise makes the rest of its cluster probable. A common clock alone says
nothing of mining: two subscribers of one news service share one too.

What makes it hold:
- only events that break a flow's own timer are compared, and flows whose events keep to round times are left out;
- a hit's chance is the share of time that windows cover AROUND each event, so that two flows that are both busy in
  the morning do not agree by that alone (Hoeffding 1956: the binomial with the mean chance bounds the tail);
- no more than one of 1000 circular shifts may do as well;
- the smallest tail is multiplied by lags, widths, both directions and ALL pairs that could have been compared, not
  only the candidates that the index proposed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from minewarden.detect.clock.candidates import candidates
from minewarden.detect.clock.events import comparable, events
from minewarden.detect.clock.exposure import Exposure
from minewarden.detect.clock.messages import SIZE_SLACK, PushFlow, Times
from minewarden.detect.clock.tails import Reals, log_tail
from minewarden.detect.clock.test import GRID, Grid

SIGNIFICANT = 1e-4
SHIFTS = 1000
MOST_SHIFTED = 0.002
AROUND_US, AROUND_EVENTS = 300_000_000, 8


@dataclass(frozen=True, slots=True)
class Pair:
    """Two flows of one clock: of `events` of the first, `hits` were followed by the second's within the window."""

    first: str
    second: str
    p_value: float
    p_corrected: float
    lag_s: int
    width_s: int
    hits: int
    events: int
    p0: float
    p_shift: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """Flows joined by significant pairs; members sorted, pairs strongest first (a tree, not every pair)."""

    members: tuple[str, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class SameClocks:
    """What was found, and out of how much: `pairs` counts every pair that the correction pays for."""

    clusters: tuple[Cluster, ...]
    flows: int
    pairs: int
    compared: int
    left_out: int
    """Candidate pairs beyond the bound on work, which were not compared."""


def same_clocks(flows: Iterable[tuple[str, PushFlow]], *, grid: Grid = GRID, alpha: float = SIGNIFICANT) -> SameClocks:
    """Cluster flows, given as (name, flow) with distinct names, by the clock that they keep.

    Flows are compared within a class of message size (to within a few bytes); flows without sizes among themselves.
    Work and memory grow with the number of events, not of pairs.
    """
    members, classes = _events(flows)
    proposed = candidates([one for _, one in members], classes)
    forest = _Forest()
    compared = 0
    for a, b in proposed.pairs:
        (first, ours), (second, theirs) = members[a], members[b]
        if forest.root(first) == forest.root(second):
            continue
        compared += 1
        pair = compare(first, ours, second, theirs, grid=grid, pairs=proposed.possible)
        if pair is not None and pair.p_corrected < alpha:
            forest.join(pair)
    names = {name for name, _ in members}
    return SameClocks(forest.clusters(), len(names), proposed.possible, compared, proposed.left_out)


def compare(first: str, ours: Times, second: str, theirs: Times, *, grid: Grid = GRID, pairs: int = 1) -> Pair | None:
    """The better direction of two rows of events; None where they overlap in fewer than three events or not at all
    better than their own circular shifts."""
    both = (
        _directed(first, ours, second, theirs, grid, pairs),
        _directed(second, theirs, first, ours, grid, pairs),
    )
    found = [pair for pair in both if pair is not None]
    return min(found, key=lambda pair: pair.p_value, default=None)


def probable(clusters: Iterable[Cluster], confirmed: Iterable[str]) -> Mapping[str, Pair]:
    """Members that share a clock with a confirmed one, with the pair that says so: its own strongest."""
    known = frozenset(confirmed)
    out: dict[str, Pair] = {}
    for cluster in clusters:
        if not known.intersection(cluster.members):
            continue
        for pair in cluster.pairs:
            for name in (pair.first, pair.second):
                if name not in known:
                    out.setdefault(name, pair)
    return dict(sorted(out.items()))


def _events(flows: Iterable[tuple[str, PushFlow]]) -> tuple[list[tuple[str, Times]], list[int]]:
    members: list[tuple[str, Times]] = []
    classes: list[int] = []
    for name, flow in flows:
        sized = flow.classes[1:] or flow.classes
        for one in sized:
            found = events(one.times_us)
            if comparable(found):
                members.append((name, found))
                classes.append(round(one.size / (2 * SIZE_SLACK)))
    return members, classes


def _directed(first: str, ours: Times, second: str, theirs: Times, grid: Grid, pairs: int) -> Pair | None:
    begin, end = max(ours[0], theirs[0]), min(ours[-1], theirs[-1])
    around = max(AROUND_US, AROUND_EVENTS * int(np.diff(theirs).mean()))
    best: tuple[float, int, int, int, int, float] | None = None
    rows = []
    for row, lag in enumerate(grid.lags_s):
        shown = Exposure(theirs, np.array([[begin, end]], np.int64))
        due = ours + lag * 1_000_000
        due = due[(due > begin) & (due <= end)]
        if end <= begin or len(due) < 3:
            return None
        delays = shown.delays(due)
        hits = (delays[None, :] < grid.widths_us[:, None]).sum(axis=1)
        p0 = _local(shown, due, grid.widths_us, around)
        tails = log_tail(hits, len(due), p0)
        at = int(tails.argmin())
        rows.append((shown, due, p0))
        if best is None or tails[at] < best[0]:
            best = (float(tails[at]), row, at, int(hits[at]), len(due), float(p0[at]))
    if best is None:
        return None
    log_p, row, at, hit, count, chance = best
    p_shift = _shifted(*rows[row][:2], int(grid.widths_us[at]), hit)
    if p_shift > MOST_SHIFTED:
        return None
    log_corrected = min(0.0, log_p + float(np.log(grid.cells) + np.log(2.0) + np.log(max(pairs, 1))))
    p_value, p_corrected = float(np.exp(log_p)), float(np.exp(log_corrected))
    return Pair(first, second, p_value, p_corrected, grid.lags_s[row], grid.widths_s[at], hit, count, chance, p_shift)


def _local(shown: Exposure, due: Times, widths_us: Times, around_us: int) -> Reals:
    """The mean over events of the share covered around each; at least what it is over all the time they share."""
    begin, end = shown.spans_us[0]
    spans = np.stack((np.maximum(due - around_us, begin), np.minimum(due + around_us, end)), axis=1)
    lengths = spans[:, 1] - spans[:, 0]
    wide = Exposure(shown.times_us, spans)
    near = np.array([(wide.covered_each(int(width)) / lengths).mean() for width in widths_us])
    return np.asarray(np.maximum(near, shown.covered(widths_us)))


def _shifted(shown: Exposure, due: Times, width_us: int, hits: int) -> float:
    shares = np.random.default_rng(20261124).random(SHIFTS)
    delays = shown.delays(shown.turned(due, shares).ravel()).reshape(SHIFTS, len(due))
    return float((1 + ((delays < width_us).sum(axis=1) >= hits).sum()) / (1 + SHIFTS))


class _Forest:
    """Union-find over names, with the pairs that joined them."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._pairs: list[Pair] = []

    def root(self, name: str) -> str:
        while (parent := self._parents.get(name, name)) != name:
            self._parents[name] = self._parents.get(parent, parent)
            name = parent
        return name

    def join(self, pair: Pair) -> None:
        self._parents[self.root(pair.second)] = self.root(pair.first)
        self._pairs.append(pair)

    def clusters(self) -> tuple[Cluster, ...]:
        groups: dict[str, list[Pair]] = {}
        for pair in sorted(self._pairs, key=lambda pair: (pair.p_value, pair.first, pair.second)):
            groups.setdefault(self.root(pair.first), []).append(pair)
        made = [
            Cluster(tuple(sorted({name for pair in pairs for name in (pair.first, pair.second)})), tuple(pairs))
            for pairs in groups.values()
        ]
        return tuple(sorted(made, key=lambda one: one.members))
