"""Turns the segments that a server sent in one flow into messages and classes of equal size.

Source: detection.md of the project's field notes, §6: segments less than 50 ms apart are one message; sizes are taken
to within 2 bytes; classes holding a fifth of the messages are tested by themselves, beside all messages together.
Heartbeats, as a tunnel's, may leave no fifth to what is told between them: what is left without them is a class too.
Whatever is decided here is decided from the flow alone, never from a block, so the test's null stays exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
"""Sorted microseconds since 1970 UTC."""

MERGE_US = 50_000
SIZE_SLACK = 2
LEAST_SHARE = 0.2
LEAST_MESSAGES = 5
ALL = 0
"""The size of the class that holds every message."""
REST = -1
"""The size of a class that holds every message but heartbeats."""

BEATS, LEAST_BEATS = 0.8, 20
LEAST_SLACK_US, SLACK = 600_000, 0.07
"""Messages of one size are heartbeats where so much of the gaps between them, of so many, is one gap within 0.6 s or
7 %. A pool's jobs may be as regular where blocks are rare: so they stay a class, and are only left out of the rest."""
NEARLY_ALL = 0.9
MOST_PEELED = 3
"""Kinds of heartbeats one above the other: a tunnel's own, the program's, and one more."""


@dataclass(frozen=True, slots=True, eq=False)
class SizeClass:
    """Messages of one size. `size` in bytes (within 2), ALL for every message."""

    size: int
    times_us: Times


@dataclass(frozen=True, slots=True, eq=False)
class PushFlow:
    """What a server sent: its classes, the one of all messages first (with their size, where they have one).
    Empty where there are too few messages. `beside`: further classes, of what is left without heartbeats."""

    classes: tuple[SizeClass, ...]
    messages: int
    beside: tuple[SizeClass, ...] = ()


def push_flow(times_us: Any, lengths: Any = None) -> PushFlow:
    """Segments with payload (times in microseconds, any order; payload lengths in bytes, or None) as a flow.

    Raises ValueError where the two are not equally long.
    """
    times = np.asarray(times_us, np.int64)
    sizes = None if lengths is None else np.asarray(lengths, np.int64)
    if times.ndim != 1 or (sizes is not None and sizes.shape != times.shape):
        raise ValueError("one length for each time, both in one dimension")
    if len(times) > 1 and (np.diff(times) < 0).any():
        order = np.argsort(times, kind="stable")
        times, sizes = times[order], None if sizes is None else sizes[order]
    times, sizes = _merged(times, sizes)
    if len(times) < LEAST_MESSAGES:
        return PushFlow((), len(times))
    sized = () if sizes is None else tuple(_size_classes(times, sizes))
    if len(sized) == 1 and len(sized[0].times_us) == len(times):
        return PushFlow(sized, len(times))
    beside = () if sizes is None else tuple(_beside_beats(times, sizes, sized))
    return PushFlow((SizeClass(ALL, times), *sized), len(times), beside)


def _merged(times: Times, sizes: Times | None) -> tuple[Times, Times | None]:
    """The time of a message is that of its first segment, its size the sum."""
    if len(times) == 0:
        return times, sizes
    first = np.concatenate(([0], np.flatnonzero(np.diff(times) >= MERGE_US) + 1))
    return times[first], None if sizes is None else np.add.reduceat(sizes, first)


def _size_classes(times: Times, sizes: Times) -> Sequence[SizeClass]:
    """The commonest size first; each message belongs to one class at most, so there are five at most."""
    least = max(LEAST_MESSAGES, LEAST_SHARE * len(times))
    free = np.ones(len(times), bool)
    found: list[SizeClass] = []
    while int(free.sum()) >= least:
        values, counts = np.unique(sizes[free], return_counts=True)
        total = np.concatenate(([0], np.cumsum(counts)))
        lower = np.searchsorted(values, values - SIZE_SLACK, "left")
        upper = np.searchsorted(values, values + SIZE_SLACK, "right")
        near = total[upper] - total[lower]
        best = int(np.lexsort((values, -counts, -near))[0])
        if near[best] < least:
            break
        mine = free & (np.abs(sizes - values[best]) <= SIZE_SLACK)
        free &= ~mine
        found.append(SizeClass(int(values[best]), times[mine]))
    return found


def _beside_beats(times: Times, sizes: Times, sized: Sequence[SizeClass]) -> Sequence[SizeClass]:
    """What is left when the heartbeats are taken away, and its classes; kind after kind of heartbeats."""
    found: list[SizeClass] = []
    known, beats = list(sized), [one.size for one in sized if _beats(one.times_us)]
    for _ in range(MOST_PEELED):
        left = np.ones(len(times), bool)
        for size in beats:
            left &= np.abs(sizes - size) > SIZE_SLACK
        times, sizes = times[left], sizes[left]
        if not beats or len(times) < LEAST_MESSAGES:
            break
        # Where a class is as good as all that is left, the same moments are not tested twice.
        if all((np.abs(sizes - one.size) <= SIZE_SLACK).mean() < NEARLY_ALL for one in known):
            found.append(SizeClass(REST, times))
        classes = [
            one
            for one in _size_classes(times, sizes)
            if len(one.times_us) < NEARLY_ALL * len(times)
            and all(abs(one.size - other.size) > SIZE_SLACK for other in known)
        ]
        found += classes
        known += classes
        beats = [one.size for one in classes if _beats(one.times_us)]
    return found


def _beats(times: Times) -> bool:
    """Whether messages of one size keep a timer and hardly anything else."""
    gaps = np.sort(np.diff(times))
    if len(gaps) < LEAST_BEATS:
        return False
    slack = np.maximum(LEAST_SLACK_US, (gaps * SLACK).astype(np.int64))
    near = np.searchsorted(gaps, gaps + slack, "right") - np.searchsorted(gaps, gaps - slack, "left")
    return bool(near.max() >= BEATS * len(gaps))
