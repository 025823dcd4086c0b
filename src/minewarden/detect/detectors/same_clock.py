"""Clusters flows whose work changes at the same moments; a miner that speaks openly makes its cluster probable.

Source: detection.md of the project's field notes, §6, last part, and docs/adr/0010-block-clock.md: a test with
safeguards, not an exact one, so it states no p-value and never confirms. Without a known member a cluster only ranks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from minewarden.detect.clock.grouping import FlowKey
from minewarden.detect.clock.messages import PushFlow, push_flow
from minewarden.detect.clock.said import said_of_pair
from minewarden.detect.clock.same_clock import Pair, SameClocks, probable, same_clocks
from minewarden.detect.clock.spoken import spoken
from minewarden.detect.detector import SLOW, Context
from minewarden.detect.records import shown
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting

KNOWN_NATS, UNKNOWN_NATS = 10.0, 1.0
"""With a known member: more than the base rate takes away (9.2 nats). Without one: beside other reasons only."""
LEAST_MESSAGES, MOST_MESSAGES, MOST_SIZE = 8, 200_000, 1400

_CHOSEN = f"""
    SELECT src, dst, dst_port FROM record WHERE NOT from_client GROUP BY src, dst, dst_port
    HAVING count(*) BETWEEN {LEAST_MESSAGES} AND {MOST_MESSAGES} AND median(length) <= {MOST_SIZE}
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
    pace = SLOW

    def detect(self, context: Context) -> Iterator[Sighting]:
        """In the order of host, server and port."""
        seen: dict[str, _Seen] = {}
        with context.lake.engine() as engine:
            known = {_name(key): push_flow(*said) for key, said in spoken(engine).items()}
            flows = list(known.items())
            for (host, server, port), group in groupby(
                shown(engine, _CHOSEN), key=lambda one: (one.host, one.server, one.port)
            ):
                key, connections = FlowKey(host, server, port), list(group)
                if _name(key) in known:
                    continue
                sent = [(one.ts[~one.up], one.length[~one.up]) for one in connections]
                flow = push_flow(*(np.concatenate(column) for column in zip(*sent, strict=True)))
                times = np.concatenate([one.ts for one in connections])
                rows = {RowRef(context.sources.get(one.origin, f"#{one.origin}"), one.stream) for one in connections}
                own = connections[0].host_port if len(connections) == 1 else 0
                seen[_name(key)] = _Seen(key, own, int(times.min()), int(times.max()), tuple(sorted(rows)))
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
                weight=KNOWN_NATS if name in strong else UNKNOWN_NATS,
                text=said_of_pair(pair, other, found.pairs),
                first_seen=from_us(one.first_us),
                last_seen=from_us(one.last_us),
                rows=one.rows,
            )
            yield Sighting(*one.key, evidence, host_port=one.host_port)


def _name(key: FlowKey) -> str:
    server = f"[{key.server}]" if ":" in key.server else key.server
    return f"{key.host} - {server}:{key.port}"
