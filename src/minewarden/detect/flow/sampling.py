"""What sampling leaves of a miner's connection, and so whether flow records can be judged at all.

A router that looks at one packet in N keeps each packet with chance 1/N. Rebuilding messages needs the packets of both
directions in proportion, their sizes and their evenness over slices; of a quiet miner's few hundred packets an hour
hardly any are left. Nothing is scaled up and guessed: sampled sources are left alone, and that is said with the
figures.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.message import Message, message

MOST_SAMPLING = 1
"""The fit was made for all packets; what it would give for sampled ones stands in bench/FLOW_ONLY.md."""

PACKETS_AN_HOUR = 600.0
"""Of the median miner in the fit, both directions together."""

NEEDED = 1200.0
"""Packets that two hours of such a miner show unsampled: the least that is judged."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What is left in an hour, and in how many hours the needed packets would come together."""

    packets_an_hour: float
    hours: float


def effect(sampling: int) -> Effect:
    """The effect of looking at one packet in `sampling`. Raises ValueError below 1."""
    if sampling < 1:
        raise ValueError(f"not a sampling: {sampling}")
    left = PACKETS_AN_HOUR / sampling
    return Effect(left, NEEDED / left)


def usable(sources: Iterable[SourceRecord]) -> list[SourceRecord]:
    """The sources with flow records that can be judged."""
    return [source for source in sources if source.rows.get("conn") and 0 <= source.sampling <= MOST_SAMPLING]


def left_alone(sources: Iterable[SourceRecord]) -> Iterator[Message]:
    """One sentence for each source that is not judged because it is sampled, in the order of their names."""
    for source in sorted(sources, key=lambda source: (source.name, source.origin)):
        if not source.rows.get("conn"):
            continue
        if source.sampling < 0:
            yield message("flow_only.sampled_unknown", source=source.name)
        elif source.sampling > MOST_SAMPLING:
            told = effect(source.sampling)
            yield message(
                "flow_only.sampled",
                source=source.name,
                sampling=source.sampling,
                packets=round(PACKETS_AN_HOUR),
                left=f"{told.packets_an_hour:.3g}",
                hours=f"{told.hours:.3g}",
            )
