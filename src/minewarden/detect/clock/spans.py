"""Stretches of time as arrays: where two sets of them overlap, and how many become few."""

import numpy as np
from numpy.typing import NDArray

Spans = NDArray[np.int64]
"""Disjoint sorted stretches in microseconds, shape (n, 2): begin (left out) and end (taken in)."""


def joined(spans: Spans) -> Spans:
    """Stretches sorted by begin, of which some overlap, as disjoint ones; empty ones go."""
    spans = spans[spans[:, 1] > spans[:, 0]]
    if len(spans) == 0:
        return spans
    reach = np.maximum.accumulate(spans[:, 1])
    first = np.concatenate(([0], np.flatnonzero(spans[1:, 0] > reach[:-1]) + 1))
    last = np.concatenate((first[1:] - 1, [len(spans) - 1]))
    return np.stack((spans[first, 0], reach[last]), axis=1)


def overlaps(one: Spans, other: Spans) -> Spans:
    """Where two sets of stretches overlap."""
    if len(one) == 0 or len(other) == 0:
        return np.zeros((0, 2), np.int64)
    near = (other[:, 1] > one[0, 0]) & (other[:, 0] < one[-1, 1])
    other = other[near]
    first = np.searchsorted(other[:, 1], one[:, 0], "right")
    after = np.searchsorted(other[:, 0], one[:, 1], "left")
    many = np.maximum(after - first, 0)
    which = np.repeat(np.arange(len(one)), many)
    place = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    begins = np.maximum(one[which, 0], other[place, 0])
    ends = np.minimum(one[which, 1], other[place, 1])
    kept = ends > begins
    return np.stack((begins[kept], ends[kept]), axis=1)
