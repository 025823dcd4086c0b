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

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from minewarden.detect.clock.candidates import candidates, resembling, rough
from minewarden.detect.clock.events import comparable, events
from minewarden.detect.clock.exposure import Exposure
from minewarden.detect.clock.messages import SIZE_SLACK, PushFlow, Times
from minewarden.detect.clock.tails import Reals, log_tail
from minewarden.detect.clock.test import GRID, Grid

SIGNIFICANT = 1e-4
SHIFTS = 1000
LEAST_COMMON = 5
MOST_SHIFTED = 0.002
MOST_KNOWN = 64
"""So many known flows at most are held against all others, which costs one pass over all events each."""
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
    p_shift: float = 1.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Flows joined by significant pairs; members sorted, pairs strongest first (a tree, not every pair)."""

    members: tuple[str, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class SameClocks:
    """What was found, and out of how much: `flows` could be compared, `pairs` are all pairs of them, which the
    correction pays for, and `compared` those that were fully tested."""

    clusters: tuple[Cluster, ...]
    flows: int
    pairs: int
    compared: int
    left_out: int
    """Candidate pairs beyond the bound on work, which were not compared."""


def same_clocks(
    flows: Iterable[tuple[str, PushFlow]],
    *,
    known: Collection[str] = (),
    grid: Grid = GRID,
    alpha: float = SIGNIFICANT,
) -> SameClocks:
    """Cluster flows, given as (name, flow) with distinct names, by the clock that they keep.

    Candidates come from within a class of message size; each cluster found is then held against all flows of any
    size, since another pool's jobs of the same chain are longer or shorter; so are the first MOST_KNOWN flows named in
    `known`. Work and memory grow with the number of
    events times the number of clusters, not with that of pairs.
    """
    rows, classes, names = _events(flows)
    possible = len(set(names)) * (len(set(names)) - 1) // 2
    search = _Search(names, rows, grid, alpha, possible)
    if len(rows) > 1:
        proposed = candidates(rows, classes)
        search.each(proposed.pairs)
        search.absorb(known)
    left_out = proposed.left_out if len(rows) > 1 else 0
    return SameClocks(search.forest.clusters(), len(set(names)), possible, search.compared, left_out)


def compare(
    first: str,
    ours: Times,
    second: str,
    theirs: Times,
    *,
    grid: Grid = GRID,
    pairs: int = 1,
    alpha: float = SIGNIFICANT,
) -> Pair | None:
    """The better direction of two rows of events, where it is significant after correction for `pairs` pairs and its
    circular shifts do not do as well; otherwise None."""
    found = [
        _directed(first, ours, second, theirs, grid, pairs),
        _directed(second, theirs, first, ours, grid, pairs),
    ]
    kept = [one for one in found if one is not None and one.pair.p_corrected < alpha]
    if not kept:
        return None
    best = min(kept, key=lambda one: one.pair.p_value)
    p_shift = _shifted(best, grid)
    return replace(best.pair, p_shift=p_shift) if p_shift <= MOST_SHIFTED else None


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


class _Search:
    """Compares pairs and joins what is significant."""

    def __init__(self, names: list[str], rows: list[Times], grid: Grid, alpha: float, possible: int) -> None:
        self.forest = _Forest()
        self.compared = 0
        self._names, self._rows = names, rows
        self._grid, self._alpha, self._possible = grid, alpha, possible
        # Half of what significance will ask for, since the screen knows no lag.
        self._least = 0.5 * float(np.log(max(possible, 1) / alpha))

    def each(self, pairs: Iterable[tuple[int, int]]) -> None:
        for a, b in pairs:
            if self._apart(a, b) and rough(self._rows[a], self._rows[b]) >= self._least:
                self._compare(a, b)

    def absorb(self, known: Collection[str]) -> None:
        """Hold the member with most events of each cluster, and each known flow, against all flows."""
        best: dict[str, int] = {}
        wanted = frozenset(sorted(known)[:MOST_KNOWN])
        for at, name in enumerate(self._names):
            root = self.forest.root(name)
            if self.forest.joined(name) and (root not in best or len(self._rows[at]) > len(self._rows[best[root]])):
                best[root] = at
        chosen = {at for at, name in enumerate(self._names) if name in wanted} | set(best.values())
        for at in sorted(chosen):
            for other in resembling(self._rows[at], self._rows, self._least):
                if self._apart(at, other):
                    self._compare(at, other)

    def _apart(self, a: int, b: int) -> bool:
        return self.forest.root(self._names[a]) != self.forest.root(self._names[b])

    def _compare(self, a: int, b: int) -> None:
        self.compared += 1
        ours, theirs = (self._names[a], self._rows[a]), (self._names[b], self._rows[b])
        pair = compare(*ours, *theirs, grid=self._grid, pairs=self._possible, alpha=self._alpha)
        if pair is not None:
            self.forest.join(pair)


def _events(flows: Iterable[tuple[str, PushFlow]]) -> tuple[list[Times], list[int], list[str]]:
    rows: list[Times] = []
    classes: list[int] = []
    names: list[str] = []
    for name, flow in flows:
        for one in flow.classes[1:] or flow.classes:
            found = events(one.times_us)
            if comparable(found):
                rows.append(found)
                classes.append(round(one.size / (2 * SIZE_SLACK)))
                names.append(name)
    return rows, classes, names


@dataclass(frozen=True, slots=True, eq=False)
class _Directed:
    """A pair with what is needed to shift it."""

    pair: Pair
    shown: Exposure
    due: Times


def _directed(first: str, ours: Times, second: str, theirs: Times, grid: Grid, pairs: int) -> _Directed | None:
    begin, end = max(ours[0], theirs[0]), min(ours[-1], theirs[-1])
    if end <= begin:
        return None
    shown = Exposure(theirs, np.array([[begin, end]], np.int64))
    around = max(AROUND_US, AROUND_EVENTS * int(np.diff(theirs).mean()))
    tried = float(np.log(grid.cells) + np.log(2.0) + np.log(max(pairs, 1)))
    best: tuple[float, _Directed] | None = None
    for lag in grid.lags_s:
        due = ours + lag * 1_000_000
        due = due[(due > begin) & (due <= end)]
        if len(due) < LEAST_COMMON:
            continue
        hits = (shown.delays(due)[None, :] < grid.widths_us[:, None]).sum(axis=1)
        p0 = local_chance(shown, due, grid.widths_us, around)
        tails = log_tail(hits, len(due), p0)
        at = int(tails.argmin())
        if best is None or tails[at] < best[0]:
            low, width = float(tails[at]), grid.widths_s[at]
            p_value, p_corrected = float(np.exp(low)), float(np.exp(min(0.0, low + tried)))
            numbers = (p_value, p_corrected, lag, width, int(hits[at]), len(due), float(p0[at]))
            best = (low, _Directed(Pair(first, second, *numbers), shown, due))
    return None if best is None else best[1]


def local_chance(shown: Exposure, due: Times, widths_us: Times, around_us: int) -> Reals:
    """The mean over events of the share covered around each; at least what it is over all the time they share."""
    begin, end = shown.spans_us[0]
    spans = np.stack((np.maximum(due - around_us, begin), np.minimum(due + around_us, end)), axis=1)
    lengths = spans[:, 1] - spans[:, 0]
    wide = Exposure(shown.times_us, spans)
    near = np.array([(wide.covered_each(int(width)) / lengths).mean() for width in widths_us])
    return np.asarray(np.maximum(near, shown.covered(widths_us)))


def _shifted(one: _Directed, grid: Grid) -> float:
    """The share of circular shifts (the truth counted as one) with as many hits in the best cell."""
    shares = np.random.default_rng(20261124).random(SHIFTS)
    delays = one.shown.delays(one.shown.turned(one.due, shares).ravel()).reshape(SHIFTS, len(one.due))
    hits = (delays < one.pair.width_s * 1_000_000).sum(axis=1)
    return float((1 + (hits >= one.pair.hits).sum()) / (1 + SHIFTS))


class _Forest:
    """Union-find over names, with the pairs that joined them."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._pairs: list[Pair] = []
        self._joined: set[str] = set()

    def root(self, name: str) -> str:
        while (parent := self._parents.get(name, name)) != name:
            self._parents[name] = self._parents.get(parent, parent)
            name = parent
        return name

    def join(self, pair: Pair) -> None:
        self._parents[self.root(pair.second)] = self.root(pair.first)
        self._pairs.append(pair)
        self._joined |= {pair.first, pair.second}

    def joined(self, name: str) -> bool:
        return name in self._joined

    def clusters(self) -> tuple[Cluster, ...]:
        groups: dict[str, list[Pair]] = {}
        for pair in sorted(self._pairs, key=lambda pair: (pair.p_value, pair.first, pair.second)):
            groups.setdefault(self.root(pair.first), []).append(pair)
        made = [
            Cluster(tuple(sorted({name for pair in pairs for name in (pair.first, pair.second)})), tuple(pairs))
            for pairs in groups.values()
        ]
        return tuple(sorted(made, key=lambda one: one.members))
