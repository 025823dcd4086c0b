"""Ranks long connections by what flow records alone tell: pace, sizes and evenness of messages rebuilt from counts.

Source: XMR-Ray (Russo, Srndic, Laskov, EURASIP JIS 2021) for the idea that a pool's messages can be rebuilt from the
records' bytes and packets; the weights are this project's own (detect/flow/weights.json, bench/FLOW_ONLY.md). It sees
neither content nor names: alone it never says more than "suspected". Where packets of a connection were read, detectors
that see more judge it, and this one keeps silent. Scenario: encrypted mining where only flow records are kept.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import ClassVar

import numpy as np
import pyarrow as pa

from minewarden.config.settings import setting
from minewarden.detect.detector import SLOW, Context, Pace
from minewarden.detect.flow.pieces import flows
from minewarden.detect.flow.reach import hidden
from minewarden.detect.flow.sampling import left_alone, usable
from minewarden.detect.flow.shape import features, grains, judged, messages
from minewarden.detect.flow.weights import fitted
from minewarden.telemetry.engine import Engine
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.message import Message, message

FAMILY = "flow"


@dataclass(frozen=True, slots=True)
class Settings:
    """What weighs less than `least_weight` nats is not stated at all, not even beside other reasons. Counts without
    content are worth no more than `most_weight`, however well they fit; fusion has its own cap."""

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    least_weight: float = setting(2.0, 0.5, 8)
    most_weight: float = setting(6.0, 0.5, 8)


DEFAULT = Settings()

LEAST_NATS = -10.0
"""What one of several connections that do not fit takes from the others."""

_SEEN = """
    SELECT DISTINCT c.host, c.server, c.port FROM candidate c JOIN (
        SELECT src AS host, dst AS server, dst_port AS port FROM record
        UNION ALL SELECT sender AS host, receiver AS server, receiver_port AS port FROM message
        UNION ALL SELECT receiver AS host, sender AS server, sender_port AS port FROM message
    ) p ON p.host = c.host AND p.server = c.server AND p.port = c.port
"""
"""Those of which packets were read: other detectors judge them better."""

_Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class _Judged:
    """One connection with its weight; columns of `pieces.flows`."""

    host: str
    host_port: int
    server: str
    port: int
    ts: int
    until: int
    origin: int
    row: int
    records: int
    span: float
    pu: float
    pd: float
    bu: float
    bd: float
    nats: float


@dataclass(frozen=True, slots=True)
class FlowOnlyDetector:
    """One sighting for each (host, server, port) whose long connections look like a miner's in flow records."""

    name: str = "flow_only"
    reads: frozenset[str] = frozenset({"conn"})
    settings: Settings = DEFAULT
    pace: ClassVar[Pace] = SLOW

    def detect(self, context: Context) -> Iterator[Sighting]:
        """State what weighs enough to be counted, in the order of host, server and port."""
        sources = usable(context.lake.sources())
        if not sources:
            return
        candidates: dict[_Key, tuple[list[_Judged], float]] = {}
        with context.lake.engine() as engine:
            everything = (one for rows in flows(engine, sources) for one in _weighed(rows))
            for key, group in groupby(everything, key=lambda one: (one.host, one.server, one.port)):
                connections = list(group)
                nats = together(connections)
                if nats >= self.settings.least_weight:
                    candidates[key] = connections, nats
            for key in _seen(engine, candidates):
                del candidates[key]
        for connections, nats in candidates.values():
            yield self._sighting(connections, nats, context)

    def abstains(self, context: Context) -> Iterator[Message]:
        """Which sources are not judged because they are sampled, and of which much cannot be found."""
        sources = context.lake.sources()
        yield from left_alone(sources)
        if judged_ones := usable(sources):
            with context.lake.engine() as engine:
                yield from hidden(engine, judged_ones)

    def _sighting(self, connections: list[_Judged], nats: float, context: Context) -> Sighting:
        longest = max(connections, key=lambda one: (one.span, one.ts, one.host_port))
        told = messages(*(np.array([value]) for value in (longest.pu, longest.pd, longest.bu, longest.bd)))
        hours = max(longest.span / 3600, 1e-9)
        evidence = Evidence(
            detector=self.name,
            family=FAMILY,
            grade=Grade.BEHAVED,
            weight=round(min(nats, self.settings.most_weight), 3),
            text=message(
                "flow_only.pace",
                host=longest.host,
                server=f"[{longest.server}]" if ":" in longest.server else longest.server,
                port=longest.port,
                hours=f"{hours:.1f}",
                records=longest.records,
                down=round(float(told.down[0]) / hours),
                down_size=round(float(told.down_size[0])),
                up=round(float(told.up[0]) / hours),
                up_size=round(float(told.up_size[0])),
            ),
            first_seen=from_us(min(one.ts for one in connections)),
            last_seen=from_us(max(one.until for one in connections)),
            rows=tuple(
                sorted(RowRef(context.sources.get(one.origin, str(one.origin)), one.row) for one in connections)
            ),
        )
        port = longest.host_port if len(connections) == 1 else 0
        return Sighting(longest.host, longest.server, longest.port, evidence, host_port=port)


def _seen(engine: Engine, candidates: Collection[_Key]) -> list[_Key]:
    """The candidates that other detectors judge better."""
    if not candidates:
        return []
    hosts, servers, ports = zip(*candidates, strict=True)
    columns = {"host": pa.array(hosts, pa.string()), "server": pa.array(servers, pa.string())}
    engine.give("candidate", pa.table(columns | {"port": pa.array(ports, pa.int32())}))
    return [(row["host"], row["server"], row["port"]) for batch in engine.ask(_SEEN) for row in batch.to_pylist()]


def _weighed(rows: pa.RecordBatch) -> Iterator[_Judged]:
    """The connections that were watched long enough, each with its weight; harmless ones too."""
    rows = rows.filter(pa.array(judged(rows)))
    if not rows.num_rows:
        return
    numbers, grain = features(rows), grains(rows)
    nats = np.full(rows.num_rows, LEAST_NATS)
    for name, fit in fitted().items():
        nats = np.where(grain == name.value, np.maximum(fit.nats(numbers), LEAST_NATS), nats)
    columns = [name for name in _Judged.__slots__ if name != "nats"]
    for one, weight in zip(rows.select(columns).to_pylist(), nats.tolist(), strict=True):
        yield _Judged(**one, nats=weight)


def together(connections: Sequence[_Judged]) -> float:
    """The mean weight of a host's connections to one server, each counted for as long as it was watched.

    Several are no more reason than one: a program that opens many at once behaves alike in each.
    """
    return sum(one.nats * one.span for one in connections) / sum(one.span for one in connections)
