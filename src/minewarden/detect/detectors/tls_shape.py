"""Tells TLS connections that are shaped like a miner's: an OpenSSL hello without names, a login, jobs of one size.

Source: detection.md of the project's field notes, §4, and XMRig's public source (src/base/net/stratum/Tls.cpp). Where
there are no packets, only TLS and flow logs, it falls back on the hello and on the flow's length and rate, which weigh
less. Scenario: encrypted mining at an unknown address (S3).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

import pyarrow as pa

from minewarden.config.settings import setting
from minewarden.detect.detector import Context
from minewarden.detect.first_records import JOB, LEAST_JOBS, Beginning, beginning
from minewarden.detect.records import Shown, shown
from minewarden.telemetry.engine import Engine, tuples
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.indicator import WEB_PORTS
from minewarden.vocab.message import Message, message


@dataclass(frozen=True, slots=True)
class Settings:
    """Weights are log-likelihood ratios in nats, set by hand from five real TLS miners (all have all of them) and from
    the harmless captures. How common hellos without name and protocol are differs from campus to campus: they weigh
    little. What weighs less than `least_weight` is not stated at all, not even beside other reasons: it would be every
    second program. `flow_weight_...`: where only logs tell; long and small means `least_hours` at least, and from
    `least_rate` to `most_rate` bytes a second from the server."""

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    weight_no_name: float = setting(1.5, 0, 6)
    weight_no_protocol: float = setting(1.0, 0, 6)
    weight_openssl: float = setting(0.5, 0, 6)
    weight_login: float = setting(1.0, 0, 6)
    weight_xmrig_login: float = setting(0.5, 0, 6)
    weight_jobs: float = setting(1.5, 0, 6)
    flow_weight_no_name: float = setting(1.0, 0, 6)
    flow_weight_no_protocol: float = setting(1.0, 0, 6)
    flow_weight_openssl: float = setting(1.0, 0, 6)
    flow_weight_long_and_small: float = setting(2.0, 0, 6)
    flow_weight_no_web_port: float = setting(0.5, 0, 6)
    least_hours: float = setting(1.0, 0.05, 240)
    least_rate: float = setting(1.0, 0, 1000)
    most_rate: float = setting(100.0, 1, 100_000)
    least_weight: float = setting(3.0, 0.5, 6)


DEFAULT = Settings()

OPENSSL_CIPHERS = "e8f1e7e78f70"
"""The second part of the JA4 of OpenSSL 3.0's own list of ciphers."""
OPENSSL_JA3 = ("c216e752cae6f8755fd27f561d031636", "a3afc2c46ba4a7d7fbe1cfb7a3031c2f")
"""The JA3 of its hello without and with a name: Suricata 7 as Debian has it, and Zeek with one package, tell no JA4."""
OPENSSL_HELLO = 297

_FIRST = 24
_CONNECTIONS = f"""
    SELECT src, dst, dst_port FROM record WHERE number < {_FIRST}
    GROUP BY src, dst, dst_port
    HAVING bool_or(from_client AND number = 0 AND kind IN ('handshake', 'unknown'))
        AND count(*) FILTER (WHERE NOT from_client AND length BETWEEN {JOB[0]} AND {JOB[1]}) >= {LEAST_JOBS}
"""
_HELLOS = """
    SELECT candidate.number, min(tls.sni) AS sni, min(tls.alpn) AS alpn, min(tls.ja4) AS ja4, min(tls.ja3) AS ja3
    FROM candidate JOIN tls ON tls.origin = candidate.origin AND tls.src = candidate.src AND tls.dst = candidate.dst
        AND tls.src_port = candidate.src_port AND tls.dst_port = candidate.dst_port
        AND abs(tls.ts - candidate.ts) < 5000000
    WHERE tls.has_hello GROUP BY candidate.number
"""
_KNOWN_JA3 = f"CASE WHEN tls.ja3 IN {OPENSSL_JA3} THEN tls.ja3 END"
_FLOWS = f"""
    SELECT tls.src AS host, tls.dst AS server, tls.dst_port AS port, min(tls.src_port) AS host_port,
        tls.alpn AS alpn, tls.ja4 AS ja4, {_KNOWN_JA3} AS ja3, count(*) AS count, min(conn.ts) AS first_us,
        max(conn.until) AS last_us, max(conn.until - conn.ts) AS lasted,
        min(struct_pack(origin := tls.origin, row := tls.row), 20) AS rows
    FROM tls JOIN conn ON conn.src = tls.src AND conn.dst = tls.dst AND conn.src_port = tls.src_port
        AND conn.dst_port = tls.dst_port
    WHERE tls.has_hello AND tls.sni IS NULL AND conn.proto = 'tcp'
        AND tls.ts BETWEEN conn.ts - 5000000 AND conn.until AND conn.until - conn.ts >= {{least_us}}
        AND conn.bytes_down * 1e6 BETWEEN {{least_rate}} * (conn.until - conn.ts)
            AND {{most_rate}} * (conn.until - conn.ts)
        AND conn.bytes_up < 2 * conn.bytes_down
        AND NOT EXISTS (SELECT 1 FROM record WHERE record.src = tls.src AND record.dst = tls.dst
            AND record.dst_port = tls.dst_port)
    GROUP BY tls.src, tls.dst, tls.dst_port, tls.alpn, tls.ja4, {_KNOWN_JA3}
    ORDER BY host, server, port, alpn, ja4, ja3
"""
_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Hello:
    """What a client's hello said; `known` false where no hello was read."""

    known: bool = False
    sni: str | None = None
    alpn: str | None = None
    ja4: str | None = None
    ja3: str | None = None

    @property
    def openssl(self) -> bool:
        """Whether OpenSSL 3.0 as it comes says so."""
        return f"_{OPENSSL_CIPHERS}_" in (self.ja4 or "") or self.ja3 in OPENSSL_JA3


@dataclass(frozen=True, slots=True)
class _Candidate:
    shown: Shown
    begun: Beginning


@dataclass(frozen=True, slots=True)
class TlsShapeDetector:
    """One sighting for each (host, server, port) whose connections are shaped like a miner's."""

    name: str = "tls_shape"
    reads: frozenset[str] = frozenset({"record", "tls"})
    settings: Settings = DEFAULT

    def detect(self, context: Context) -> Iterator[Sighting]:
        """State what weighs enough to be counted, in a fixed order."""
        with context.lake.engine() as engine:
            yield from self._by_segments(engine, context)
            if not {"tls", "conn"} <= context.lake.tables():
                return
            for batch in engine.ask(flows_asked(self.settings), _BATCH):
                for row in batch.to_pylist():
                    hello = Hello(True, None, row["alpn"], row["ja4"], row["ja3"])
                    nats = flow_weight(hello, row["port"] or 0, self.settings)
                    if nats >= self.settings.least_weight:
                        yield self._by_flow(row, nats, context)

    def _by_segments(self, engine: Engine, context: Context) -> Iterator[Sighting]:
        found = [_Candidate(_opening(one), begun) for one, begun in _begun(engine) if begun.jobs]
        hellos = _hellos(engine, found)
        best: dict[tuple[str, str, int], tuple[float, int]] = {}
        for number, candidate in enumerate(found):
            nats = weight(candidate.begun, hellos.get(number, Hello()), self.settings)
            place = (candidate.shown.host, candidate.shown.server, candidate.shown.port)
            if nats >= self.settings.least_weight and nats > best.get(place, (0.0, 0))[0]:
                best[place] = (nats, number)
        for nats, number in best.values():
            yield self._sighting(found[number], hellos.get(number, Hello()), nats, context)

    def _sighting(self, candidate: _Candidate, hello: Hello, nats: float, context: Context) -> Sighting:
        one, begun = candidate.shown, candidate.begun
        text = message(
            "tls_shape.bare" if hello.known and hello.sni is None else "tls_shape.named",
            host=one.host,
            server=_spelled(one.server),
            port=one.port,
            first=from_us(int(one.ts[0])),
            login=begun.login,
            jobs=begun.jobs,
            size=begun.job,
        )
        row = RowRef(context.sources.get(one.origin, str(one.origin)), one.stream)
        evidence = self._evidence(text, nats, int(one.ts[0]), int(one.ts[-1]), (row,))
        return Sighting(
            host=one.host,
            server=one.server,
            port=one.port,
            host_port=one.host_port,
            server_name=hello.sni or "",
            evidence=evidence,
        )

    def _by_flow(self, row: dict[str, Any], nats: float, context: Context) -> Sighting:
        text = message(
            "tls_shape.flow",
            host=row["host"],
            server=_spelled(row["server"]),
            port=row["port"] or 0,
            count=row["count"],
            hours=round(row["lasted"] / 3.6e9, 1),
        )
        refs = (RowRef(context.sources.get(ref["origin"], str(ref["origin"])), ref["row"]) for ref in row["rows"])
        evidence = self._evidence(text, nats, row["first_us"], row["last_us"], tuple(sorted(refs)))
        port = row["host_port"] or 0 if row["count"] == 1 else 0
        return Sighting(
            host=row["host"], server=row["server"], port=row["port"] or 0, host_port=port, evidence=evidence
        )

    def _evidence(self, text: Message, nats: float, first_us: int, last_us: int, rows: tuple[RowRef, ...]) -> Evidence:
        first, last = from_us(first_us), from_us(last_us)
        return Evidence(self.name, "shape", Grade.BEHAVED, nats, text, first, last, rows)


def flows_asked(own: Settings) -> str:
    """The query for flows without a name that are long and small."""
    return _FLOWS.format(
        least_us=round(own.least_hours * 3.6e9), least_rate=f"{own.least_rate:e}", most_rate=f"{own.most_rate:e}"
    )


def weight(begun: Beginning, hello: Hello, own: Settings = DEFAULT) -> float:
    """The weight in nats of the first segments and the hello; 0 where no jobs of constant size followed a login."""
    if not begun.jobs:
        return 0.0
    terms = (
        (own.weight_no_name, hello.known and hello.sni is None),
        (own.weight_no_protocol, hello.known and hello.alpn is None),
        (own.weight_openssl, hello.openssl or begun.hello == OPENSSL_HELLO),
        (own.weight_login, begun.login > 0),
        (own.weight_xmrig_login, begun.like_xmrig),
        (own.weight_jobs, True),
    )
    return sum(nats for nats, holds in terms if holds)


def flow_weight(hello: Hello, port: int, own: Settings = DEFAULT) -> float:
    """The weight in nats where only logs tell, of a flow that is long and small."""
    terms = (
        (own.flow_weight_no_name, hello.sni is None),
        (own.flow_weight_no_protocol, hello.alpn is None),
        (own.flow_weight_openssl, hello.openssl),
        (own.flow_weight_long_and_small, True),
        (own.flow_weight_no_web_port, port not in WEB_PORTS),
    )
    return sum(nats for nats, holds in terms if holds)


def _begun(engine: Engine) -> Iterator[tuple[Shown, Beginning]]:
    for one in shown(engine, _CONNECTIONS, f"number < {_FIRST}"):
        yield one, beginning(one)


def _opening(one: Shown) -> Shown:
    """The connection without all but its first and its last row, so that many can be kept."""
    ends = [0, -1]
    return replace(
        one, ts=one.ts[ends], length=one.length[ends], up=one.up[ends], kind=one.kind[ends], row=one.row[ends]
    )


def _hellos(engine: Engine, found: list[_Candidate]) -> dict[int, Hello]:
    """The hello of each candidate, by its place in the list."""
    if not found:
        return {}
    columns = {
        "number": pa.array(range(len(found)), pa.int64()),
        "origin": pa.array([one.shown.origin for one in found], pa.int32()),
        "src": pa.array([one.shown.host for one in found], pa.string()),
        "dst": pa.array([one.shown.server for one in found], pa.string()),
        "src_port": pa.array([one.shown.host_port for one in found], pa.int32()),
        "dst_port": pa.array([one.shown.port for one in found], pa.int32()),
        "ts": pa.array([int(one.shown.ts[0]) for one in found], pa.int64()),
    }
    engine.give("candidate", pa.table(columns))
    rows: Any = tuples(engine.ask(_HELLOS))
    return {number: Hello(True, *said) for number, *said in rows}


def _spelled(server: str) -> str:
    return f"[{server}]" if ":" in server else server
