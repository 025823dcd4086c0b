"""Proposes pairs of flows that may keep one clock, in work that grows with the events and not with the pairs.

In a class of few flows every pair is proposed. In a larger one, flows are filed under every three events in a row,
each to within two seconds, in two bins half a bin apart; whoever meets under one such key is proposed. Under a
crowded key, which a large cluster makes, only neighbours in an order that changes from key to key are paired: a
cluster is joined by a few pairs of each member.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minewarden.detect.clock.messages import Times

FEW_FLOWS = 64
BIN_US = 2_000_000
RUN = 3
MOST_PER_FLOW = 20

_Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of positions, the likeliest first; `possible` counts all pairs of all classes."""

    pairs: tuple[tuple[int, int], ...]
    possible: int
    left_out: int


def candidates(rows: Sequence[Times], classes: Sequence[int]) -> Candidates:
    """Pairs among rows of events (microseconds, sorted) that are of one class or of the next."""
    kinds = np.asarray(classes, np.int64)
    possible = 0
    proposed: list[NDArray[np.int64]] = []
    crowded = np.zeros(len(rows), bool)
    values, counts = np.unique(kinds, return_counts=True)
    sizes = dict(zip(values.tolist(), counts.tolist(), strict=True))
    for kind, count in sizes.items():
        # A size near the edge of a class may fall into the next one.
        following = sizes.get(kind + 1, 0)
        possible += count * (count - 1) // 2 + count * following
        mine = np.flatnonzero(kinds == kind)
        if count + following > FEW_FLOWS:
            crowded |= (kinds == kind) | (kinds == kind + 1)
            continue
        a, b = np.triu_indices(count, 1)
        proposed.append(np.stack((mine[a], mine[b]), axis=1))
        if following:
            grid = np.meshgrid(mine, np.flatnonzero(kinds == kind + 1), indexing="ij")
            proposed.append(np.stack([axis.ravel() for axis in grid], axis=1))
    if crowded.any():
        proposed.append(_met(rows, kinds, np.flatnonzero(crowded)))
    if not proposed:
        return Candidates((), possible, 0)
    pairs = np.sort(np.concatenate(proposed), axis=1)
    found, times = np.unique(pairs, axis=0, return_counts=True)
    order = np.lexsort((found[:, 1], found[:, 0], -times))
    most = max(MOST_PER_FLOW * len(rows), FEW_FLOWS**2)
    kept = found[order[:most]]
    return Candidates(tuple((int(a), int(b)) for a, b in kept), possible, max(0, len(found) - most))


def _met(rows: Sequence[Times], kinds: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs of rows that meet under a key."""
    lengths = np.array([len(rows[i]) for i in chosen])
    owner = np.repeat(chosen, lengths)
    times = np.concatenate([rows[i] for i in chosen])
    first = np.flatnonzero(owner[: -RUN + 1] == owner[RUN - 1 :]) if len(owner) >= RUN else np.zeros(0, np.int64)
    out = []
    for phase in (0, BIN_US // 2):
        bins = ((times + phase) // BIN_US).astype(np.uint64)
        for shift in (0, 1):
            key = ((kinds[owner[first]] + shift) // 2 * 4 + 2 * shift + (phase > 0)).astype(np.uint64)
            for step in range(RUN):
                key = _mixed(key ^ bins[first + step])
            out.append(_paired(key, owner[first]))
    return np.concatenate(out)


def _paired(key: _Words, owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each row with the next two under the same key, in an order of the key's own."""
    order = np.lexsort((_mixed(key + owner.astype(np.uint64)), key))
    key, owner = key[order], owner[order]
    out = []
    for step in (1, 2):
        meet = (key[step:] == key[:-step]) & (owner[step:] != owner[:-step])
        out.append(np.stack((owner[:-step][meet], owner[step:][meet]), axis=1))
    return np.concatenate(out)


def _mixed(word: _Words) -> _Words:
    """splitmix64."""
    with np.errstate(over="ignore"):
        word = word + np.uint64(0x9E3779B97F4A7C15)
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(word ^ (word >> np.uint64(31)))
