"""What a detector is: one trick, one file, one test, one scenario."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.lake import Lake
from minewarden.vocab.finding import Sighting


@dataclass(frozen=True, slots=True)
class Context:
    """What a detector may look at. `sources` maps a source's number in the lake to the name the user knows."""

    lake: Lake
    watchset: WatchSet
    now: datetime
    sources: Mapping[int, str] = field(default_factory=dict)


class Detector(Protocol):
    """`reads` are the tables it can use: where a unit has none of them, the patrol skips it and says so."""

    name: str
    reads: frozenset[str]

    def detect(self, context: Context) -> Iterator[Sighting]:
        """State every sighting, in any order; the same (host, server, port) may come more than once."""
        ...
