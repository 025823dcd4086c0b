"""Numbers of units added to all that is above each, for thousands of them: level by level, which is quick only for
plain numbers, so that what is counted several times stands in one number, each count at its place.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

_WIDE = 40
"""Bits that a count takes, more than any table has rows."""


def in_one(counts: Iterable[int]) -> int:
    """Several counts as one number, each at its place."""
    return sum(count << place * _WIDE for place, count in enumerate(counts))


def at_place(number: int, place: int) -> int:
    """The count that stands at a place of a number."""
    return number >> place * _WIDE & (1 << _WIDE) - 1


def upward(alone: Mapping[str, int], top: str = "") -> Mapping[str, int]:
    """Path of a unit -> its number with those of all below it; `alone` is what each has of its own. Nothing is added
    to what is above the path of `top`."""
    whole, added = defaultdict[str, int](int), alone
    while added:
        above = defaultdict[str, int](int)
        for path, number in added.items():
            whole[path] += number
            if len(path) > len(top):
                above[path[: path.rfind("/", 0, -1) + 1]] += number
        added = above
    return whole
