"""Turns the segments that a server sent in one flow into messages and classes of equal size.

Source: detection.md of the project's field notes, §6: segments less than 50 ms apart are one message; sizes are taken
to within 2 bytes; classes holding a fifth of the messages are tested by themselves, beside all messages together.
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


@dataclass(frozen=True, slots=True, eq=False)
class SizeClass:
    """Messages of one size. `size` in bytes (within 2), ALL for every message."""

    size: int
    times_us: Times


@dataclass(frozen=True, slots=True, eq=False)
class PushFlow:
    """What a server sent: its classes, the one of all messages first (with their size, where they have one).
    Empty where there are too few messages."""

    classes: tuple[SizeClass, ...]
    messages: int


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
    return PushFlow((SizeClass(ALL, times), *sized), len(times))


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
