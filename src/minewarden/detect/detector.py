"""What a detector is: one trick, one file, one test, one scenario."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.lake import Lake
from minewarden.vocab.finding import Sighting
from minewarden.vocab.message import Message


@dataclass(frozen=True, slots=True)
class Context:
    """What a detector may look at. `sources` maps a source's number in the lake to the name the user knows."""

    lake: Lake
    watchset: WatchSet
    now: datetime
    sources: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a watch asks a detector, which looks at rows that keep coming.

    quick: also every round, over what arrived in the last minutes; for what a row or two can show.
    every: at least so long between two looks at the whole window; they rest longer where they cost much.
    window: how far back such a look goes, where that is not as far as the watch's own window.
    """

    quick: bool = True
    every: timedelta = timedelta()
    window: timedelta | None = None


QUICK = Pace()
"""The pace of a detector that says nothing of it."""
SLOW = Pace(quick=False, every=timedelta(minutes=10))
"""For what only hours of rows can show: clocks of blocks, accumulators of flows."""


def pace_of(detector: object) -> Pace:
    """The pace that a detector states in its attribute `pace`, else `QUICK`."""
    pace = getattr(detector, "pace", QUICK)
    if not isinstance(pace, Pace):
        raise TypeError(f"the pace of {type(detector).__name__} is no Pace")
    return pace


class Detector(Protocol):
    """`reads` are the tables it can use: where a unit has none of them, the patrol skips it and says so.

    A class attribute `pace` (`Pace`) says how often a watch asks it; without one it is `QUICK`.
    """

    name: str
    reads: frozenset[str]

    def detect(self, context: Context) -> Iterator[Sighting]:
        """State every sighting, in any order; the same (host, server, port) may come more than once."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A detector that keeps sums beside the lake, for what takes longer to show than a watch's window holds."""

    def remember(self, context: Context) -> None:
        """Add up what has become complete since the last time. Doing it again changes nothing."""
        ...


@runtime_checkable
class Abstaining(Protocol):
    """A detector that may have to leave sources alone which it could read, such as sampled ones."""

    def abstains(self, context: Context) -> Iterator[Message]:
        """What is not judged, and why."""
        ...
