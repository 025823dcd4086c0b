"""Proposes pairs of flows that may keep one clock, in work that grows with the events and not with the pairs.

In a class of few flows every pair is proposed. In a larger one, flows are filed under some events in a row, each to
within two seconds, in two bins half a bin apart; whoever meets under one such key is proposed. How many events make
a key is chosen by each flow's own density, so that strangers seldom meet. Under a crowded key, which a large cluster
makes, each flow is paired with two others only, in an order that changes from key to key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minewarden.detect.clock.messages import Times

FEW_FLOWS = 64
BIN_US = 2_000_000
SHORTEST_RUN, LONGEST_RUN = 3, 6
STRANGERS = 2.0
"""So many strangers may a flow be expected to meet."""
MOST_PER_FLOW = 20
ROUGH_WIDTHS_US = np.array([1, 2, 4, 12, 20], np.int64) * 1_000_000
ROUGH_SHIFTS_US = np.array([0, -409, -257, -131, -67, 67, 131, 257, 409], np.int64) * 1_000_000
"""No shift first, then some in seconds of primes, which no timer divides."""

_Ints = NDArray[np.int64]
_Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of positions, the likeliest first; `left_out` counts those beyond the bound on work."""

    pairs: tuple[tuple[int, int], ...]
    left_out: int


def candidates(rows: Sequence[Times], classes: Sequence[int]) -> Candidates:
    """Pairs among rows of events (microseconds, sorted) that are of one class or of the next."""
    if len(rows) < 2:
        return Candidates((), 0)
    found, times = np.unique(np.concatenate(list(_proposed(rows, np.asarray(classes, np.int64)))), return_counts=True)
    order = np.lexsort((found, -times))
    most = max(MOST_PER_FLOW * len(rows), FEW_FLOWS**2)
    kept = found[order[:most]]
    pairs = zip((kept // len(rows)).tolist(), (kept % len(rows)).tolist(), strict=True)
    return Candidates(tuple(pairs), max(0, len(found) - most))


def resembling(one: Times, rows: Sequence[Times], least: float) -> list[int]:
    """Positions of the rows that roughly coincide with `one` (as `rough` says), by one pass over all their events."""
    lengths = np.array([len(row) for row in rows])
    ends = np.cumsum(lengths)
    events = np.concatenate(list(rows))
    at = np.clip(np.searchsorted(one, events), 1, len(one) - 1)
    apart = np.minimum(np.abs(events - one[at - 1]), np.abs(one[at] - events))
    within = (events >= one[0] - ROUGH_WIDTHS_US[-1]) & (events <= one[-1] + ROUGH_WIDTHS_US[-1])
    spacing = float(np.diff(one).mean())
    best = np.zeros(len(rows))
    for width in ROUGH_WIDTHS_US:
        hits = np.add.reduceat(within & (apart <= width), ends - lengths, dtype=np.int64)
        count = np.add.reduceat(within, ends - lengths, dtype=np.int64)
        best = np.maximum(best, _surprise(hits, count * (1 - np.exp(-2 * width / spacing))))
    return [int(i) for i in np.flatnonzero(best >= least)]


def rough(ours: Times, theirs: Times) -> float:
    """About how many nats of surprise there are in the coincidences of two rows: a screen, not a test.

    What is expected is what the second row's density says, or what a few shifted copies show where that is more.
    """
    begin, end = max(ours[0], theirs[0]), min(ours[-1], theirs[-1])
    due = ours[(ours >= begin) & (ours <= end)]
    if len(due) == 0:
        return 0.0
    moved = due[None, :] + ROUGH_SHIFTS_US[:, None]
    at = np.clip(np.searchsorted(theirs, moved), 1, len(theirs) - 1)
    apart = np.minimum(np.abs(moved - theirs[at - 1]), np.abs(theirs[at] - moved))
    spacing = float((theirs[-1] - theirs[0]) / (len(theirs) - 1))
    hits = (apart[:, None, :] <= ROUGH_WIDTHS_US[:, None]).sum(axis=2)
    expected = np.maximum(len(due) * (1 - np.exp(-2 * ROUGH_WIDTHS_US / spacing)), hits[1:].mean(axis=0))
    return float(_surprise(hits[0], expected).max())


def _surprise(hits: _Ints, expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chernoff's exponent of a Poisson count."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = hits * np.log(hits / expected) - hits + expected
    return np.where((hits > expected) & (expected > 0), value, 0.0)


def _proposed(rows: Sequence[Times], kinds: _Ints) -> Iterator[_Ints]:
    """Pairs (a, b), a < b, as a * len(rows) + b."""
    values, counts = np.unique(kinds, return_counts=True)
    sizes = dict(zip(values.tolist(), counts.tolist(), strict=True))
    order = np.argsort(kinds, kind="stable")
    begins = dict(zip(values.tolist(), (np.cumsum(counts) - counts).tolist(), strict=True))
    for kind, count in sizes.items():
        # A size near the edge of a class may fall into the next one.
        mine = order[begins[kind] : begins[kind] + count]
        next_one = order[begins[kind + 1] :][: sizes[kind + 1]] if kind + 1 in sizes else order[:0]
        if count + len(next_one) <= FEW_FLOWS:
            a, b = np.triu_indices(count, 1)
            yield _coded(mine[a], mine[b], len(rows))
            yield _coded(np.repeat(mine, len(next_one)), np.tile(next_one, count), len(rows))
        else:
            yield from _met(rows, np.concatenate((mine, next_one)))


def _met(rows: Sequence[Times], chosen: _Ints) -> Iterator[_Ints]:
    """Pairs of rows that meet under a key, each row being filed under runs of two lengths."""
    runs = _runs([rows[i] for i in chosen])
    for run in range(SHORTEST_RUN, LONGEST_RUN + 1):
        filed = chosen[(runs == run) | (runs == run - 1)]
        if len(filed) < 2:
            continue
        owner = np.repeat(filed, [len(rows[i]) for i in filed])
        times = np.concatenate([rows[i] for i in filed])
        first = np.flatnonzero(owner[: len(owner) - run + 1] == owner[run - 1 :])
        for phase in (0, BIN_US // 2):
            bins = ((times + phase) // BIN_US).astype(np.uint64)
            key = np.full(len(first), phase, np.uint64)
            for step in range(run):
                key = _mixed(key ^ bins[first + step])
            yield from _paired(key, owner[first], len(rows))


def _runs(rows: Sequence[Times]) -> _Ints:
    """How many events make a key, for each row: enough that few strangers of its own density meet it."""
    spacing = np.array([(row[-1] - row[0]) / (len(row) - 1) for row in rows])
    density = np.minimum(0.9, BIN_US / np.maximum(spacing, 1.0))
    events = sum(len(row) for row in rows)
    needed = np.ceil(np.log(STRANGERS / (2 * events)) / np.log(density))
    return np.asarray(np.clip(needed, SHORTEST_RUN, LONGEST_RUN).astype(np.int64))


def _paired(key: _Words, owner: _Ints, most: int) -> Iterator[_Ints]:
    """Each row with the next two under the same key, in an order of the key's own."""
    order = np.lexsort((_mixed(key + owner.astype(np.uint64)), key))
    key, owner = key[order], owner[order]
    for step in (1, 2):
        meet = (key[step:] == key[:-step]) & (owner[step:] != owner[:-step])
        yield _coded(owner[:-step][meet], owner[step:][meet], most)


def _coded(a: _Ints, b: _Ints, most: int) -> _Ints:
    return np.asarray(np.minimum(a, b) * most + np.maximum(a, b))


def _mixed(word: _Words) -> _Words:
    """splitmix64."""
    with np.errstate(over="ignore"):
        word = word + np.uint64(0x9E3779B97F4A7C15)
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(word ^ (word >> np.uint64(31)))
