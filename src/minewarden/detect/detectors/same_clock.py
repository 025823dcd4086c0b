"""Clusters flows whose work changes at the same moments; a miner that speaks openly makes its cluster probable.

Source: detection.md of the project's field notes, §6, last part, and docs/adr/0010-block-clock.md: a test with
safeguards, not an exact one, so it states no p-value and never confirms. Without a known member a cluster only ranks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import ClassVar

import numpy as np

from minewarden.config.settings import setting
from minewarden.detect.clock.grouping import FlowKey
from minewarden.detect.clock.messages import PushFlow, push_flow
from minewarden.detect.clock.said import said_of_pair
from minewarden.detect.clock.same_clock import Pair, SameClocks, probable, same_clocks
from minewarden.detect.clock.spoken import spoken
from minewarden.detect.detector import SLOW, Context, Pace
from minewarden.detect.records import shown
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting

KNOWN_NATS, UNKNOWN_NATS = 10.0, 1.0
"""With a known member: more than the base rate takes away (9.2 nats). Without one: beside other reasons only."""
LEAST_MESSAGES, MOST_MESSAGES, MOST_SIZE = 8, 200_000, 1400


@dataclass(frozen=True, slots=True)
class Settings:
    """Weights in nats with and without a member that is known to mine; sizes in bytes."""

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    weight_known: float = setting(KNOWN_NATS, 0, 10)
    weight_unknown: float = setting(UNKNOWN_NATS, 0, 5)
    least_messages: int = setting(LEAST_MESSAGES, 3, 1000)
    most_messages: int = setting(MOST_MESSAGES, 100, 10_000_000)
    most_size: int = setting(MOST_SIZE, 60, 16_384)


DEFAULT = Settings()

_CHOSEN = """
    SELECT src, dst, dst_port FROM record WHERE NOT from_client GROUP BY src, dst, dst_port
    HAVING count(*) BETWEEN {least} AND {most} AND median(length) <= {size}
"""


@dataclass(frozen=True, slots=True)
class _Seen:
    key: FlowKey
    host_port: int
    first_us: int
    last_us: int
    rows: tuple[RowRef, ...]


@dataclass(frozen=True, slots=True)
class SameClockDetector:
    """One sighting for each flow that keeps another's clock; known miners themselves get none."""

    name: str = "same_clock"
    reads: frozenset[str] = frozenset({"record"})
    settings: Settings = DEFAULT
    pace: ClassVar[Pace] = SLOW

    def detect(self, context: Context) -> Iterator[Sighting]:
        """In the order of host, server and port."""
        own, seen = self.settings, dict[str, _Seen]()
        chosen = _CHOSEN.format(least=own.least_messages, most=own.most_messages, size=own.most_size)
        with context.lake.engine() as engine:
            known = {_name(key): push_flow(*said) for key, said in spoken(engine).items()}
            flows = list(known.items())
            for (host, server, port), group in groupby(
                shown(engine, chosen), key=lambda one: (one.host, one.server, one.port)
            ):
                key, connections = FlowKey(host, server, port), list(group)
                if _name(key) in known:
                    continue
                sent = [(one.ts[~one.up], one.length[~one.up]) for one in connections]
                flow = push_flow(*(np.concatenate(column) for column in zip(*sent, strict=True)))
                times = np.concatenate([one.ts for one in connections])
                rows = {RowRef(context.sources.get(one.origin, f"#{one.origin}"), one.stream) for one in connections}
                port_here = connections[0].host_port if len(connections) == 1 else 0
                seen[_name(key)] = _Seen(key, port_here, int(times.min()), int(times.max()), tuple(sorted(rows)))
                flows.append((_name(key), flow))
        yield from self._sightings(same_clocks(flows, known=known.keys()), known, seen)

    def _sightings(self, found: SameClocks, known: dict[str, PushFlow], seen: dict[str, _Seen]) -> Iterator[Sighting]:
        strong = probable(found.clusters, known)
        weak: dict[str, Pair] = {}
        for cluster in found.clusters:
            for pair in cluster.pairs:
                weak.setdefault(pair.first, pair)
                weak.setdefault(pair.second, pair)
        for name in sorted(weak.keys() & seen.keys()):
            pair, one = strong.get(name, weak[name]), seen[name]
            other = pair.second if pair.first == name else pair.first
            evidence = Evidence(
                detector=self.name,
                family="same-clock",
                grade=Grade.BEHAVED,
                weight=self.settings.weight_known if name in strong else self.settings.weight_unknown,
                text=said_of_pair(pair, other, found.pairs),
                first_seen=from_us(one.first_us),
                last_seen=from_us(one.last_us),
                rows=one.rows,
            )
            yield Sighting(*one.key, evidence, host_port=one.host_port)


def _name(key: FlowKey) -> str:
    server = f"[{key.server}]" if ":" in key.server else key.server
    return f"{key.host} - {server}:{key.port}"
