"""Ranks an inside port at which inside hosts gather for hours while it keeps to one server outside: a mining proxy.

Source: what xmrig-proxy and p2pool do (detection.md, §8: many inside hosts with long flows to one inside port, one
upstream): each job of the pool is passed on to every client, so that each receives about as much as the upstream gives.
From flow records alone; it sees no content, so it names the proxy and its clients and never says more than "suspected"
by itself. A client alone is not stated: only where the server outside is known besides (`detect.upstream`).
"""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, ClassVar

import pyarrow as pa

from minewarden.config.settings import setting
from minewarden.detect.detector import SLOW, Context, Pace
from minewarden.telemetry.engine import Engine
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.message import message
from minewarden.vocab.net import Endpoint


@dataclass(frozen=True, slots=True)
class Settings:
    """Weights are log-likelihood ratios in nats, set by hand: no real sample was at hand. A client shows less than the
    proxy: `client_share` of its weight, which is below what is stated alone.

    A connection counts from `least_minutes` on (one that is cut into records counts by their sum), a client and the
    upstream from `least_hours` in all. Rates are bytes a second: a server's were 4-60 on real miners' connections
    (detection.md, §0.3), with room for headers. `least_alike` of the clients receive the median within the factor
    `alike`, and the upstream gives it within `passed_on`: jobs are passed on to all alike, shares' answers differ.
    `most_upstreams`: the pool, one to fall back on, and a donation's. From `most_outside` servers outside on, a port of
    web proxies is what it says."""

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    least_minutes: float = setting(30.0, 1, 1440)
    least_hours: float = setting(2.0, 0.5, 168)
    least_rate: float = setting(1.0, 0.1, 100)
    most_rate: float = setting(200.0, 10, 10_000)
    most_up: float = setting(200.0, 1, 10_000)
    least_clients: int = setting(3, 2, 1000)
    alike: float = setting(2.0, 1, 10)
    passed_on: float = setting(4.0, 1, 20)
    least_alike: float = setting(0.6, 0.1, 1)
    most_upstreams: int = setting(3, 1, 20)
    most_outside: int = setting(30, 1, 10_000)
    weight_gathered: float = setting(2.5, 0, 6)
    weight_five: float = setting(0.5, 0, 6)
    weight_one_upstream: float = setting(1.0, 0, 6)
    weight_pushed: float = setting(0.5, 0, 6)
    weight_few_outside: float = setting(0.5, 0, 6)
    weight_same_hours: float = setting(0.5, 0, 6)
    client_share: float = setting(0.8, 0, 0.9)


DEFAULT = Settings()

WEB_PROXIES = frozenset({80, 443, 1080, 3128, 8000, 8080, 8118, 8443, 8888})
SERVICES = frozenset(
    {21, 22, 23, 25, 53, 88, 110, 111, 123, 135, 137, 139, 143, 161, 162, 389, 445, 464, 465, 514, 515, 548, 554}
    | {587, 631, 636, 853, 873, 993, 995, 1433, 1514, 1515, 1521, 1883, 2049, 3260, 3268, 3269, 3306, 3389, 4505, 4506}
    | {5060, 5061, 5222, 5269, 5432, 5672, 5900, 5985, 5986, 6379, 8883, 9100, 9200, 9300, 10050, 10051, 27017}
)
"""Names, directories, files, printers, mail, databases, remote desktops, monitoring, brokers: ports at which hosts
gather by right. A mining proxy that hides at one of them is not seen here; `stratum` sees it where it speaks openly."""

_INSIDE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
_PRIVATE = (
    r"^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\."
    r"|f[cde][0-9a-f]{2}:)"
)
_NAMED = 8

# What may be inside, told by the first letters alone: at an exit most rows go outside, and are left out at once.
_PERHAPS_INSIDE = "(dst LIKE '10.%' OR dst LIKE '192.168.%' OR dst LIKE '172.%' OR dst LIKE '100.%' OR dst LIKE 'f%')"
_OF_PROXIES = "src IN (SELECT dst FROM clients)"

# Connections first and only those that last: groups of four columns spill well, and little is left of them.
_LASTING = """
SELECT src, dst, dst_port, count(*) AS connections, min(port) AS src_port, sum(held)::BIGINT AS lasted,
    min(first) AS first, max(last) AS last, 1e6 * sum(got) / sum(held) AS rate, 1e6 * sum(gave) / sum(held) AS up,
    min(seen) AS seen
FROM (
    SELECT src, dst, dst_port, src_port AS port, coalesce(src_port, -row) AS one, sum(until - ts) AS held,
        min(ts) AS first, max(until) AS last, sum(bytes_up) AS gave, sum(bytes_down) AS got,
        min(struct_pack(ts := ts, origin := origin, row := row)) AS seen
    FROM conn WHERE {of} AND lower(proto) = 'tcp' AND dst_port IS NOT NULL AND established IS NOT FALSE AND src <> dst
    GROUP BY src, dst, dst_port, port, one HAVING sum(until - ts) >= {each_us}
) GROUP BY src, dst, dst_port
HAVING sum(held) >= {least_us} AND 1e6 * sum(got) / sum(held) BETWEEN {least_rate} AND {most_rate}
    AND 1e6 * sum(gave) / sum(held) <= {most_up}
"""

# The median is spelled out: engines interpolate it in ways that differ by the last bit.
_GATHERED = """
WITH within AS (
    SELECT * FROM inward WHERE src IN (SELECT ip FROM inside) AND dst IN (SELECT ip FROM inside)
        AND dst_port NOT IN (SELECT port FROM services)
), ranked AS (
    SELECT dst, dst_port, rate, row_number() OVER (PARTITION BY dst, dst_port ORDER BY rate) AS place,
        count(*) OVER (PARTITION BY dst, dst_port) AS everybody
    FROM within
), middle AS (
    SELECT dst, dst_port, avg(rate) AS middle, max(everybody) AS everybody FROM ranked
    WHERE everybody >= {least_clients} AND 2 * place BETWEEN everybody AND everybody + 2
    GROUP BY dst, dst_port
), alike AS (
    SELECT w.*, m.middle, m.everybody, min(w.first) OVER (PARTITION BY w.dst, w.dst_port) AS begun,
        max(w.last) OVER (PARTITION BY w.dst, w.dst_port) AS finish,
        count(*) OVER (PARTITION BY w.dst, w.dst_port) AS fellows
    FROM within w JOIN middle m ON m.dst = w.dst AND m.dst_port = w.dst_port
    WHERE w.rate BETWEEN m.middle / {alike} AND m.middle * {alike}
)
SELECT * FROM alike WHERE fellows >= {least_clients} AND fellows >= {least_alike} * everybody
"""

_FOUND = """
WITH places AS (
    SELECT DISTINCT dst AS proxy, dst_port AS port, middle, begun, finish FROM clients
), outward AS (
    SELECT * FROM onward WHERE dst NOT IN (SELECT ip FROM inside)
), few AS (
    SELECT src, count(*) AS upstreams FROM outward GROUP BY src HAVING count(*) <= {most_upstreams}
), outside AS (
    SELECT src, count(DISTINCT dst) AS outside FROM conn
    WHERE src IN (SELECT src FROM few) AND dst NOT IN (SELECT ip FROM inside) AND lower(proto) = 'tcp'
        AND NOT regexp_matches(dst, '{private}')
    GROUP BY src
), met AS (
    SELECT p.proxy, p.port, p.middle, o.dst AS server, o.dst_port AS server_port, o.connections AS their_connections,
        o.src_port AS their_port, o.lasted AS their_lasted, o.first AS their_first, o.last AS their_last,
        o.rate AS their_rate, o.seen AS their_seen, few.upstreams AS upstreams, outside.outside AS outside,
        least(o.last, p.finish) - greatest(o.first, p.begun) AS shared, p.finish - p.begun AS span
    FROM places p JOIN outward o ON o.src = p.proxy JOIN few ON few.src = p.proxy JOIN outside ON outside.src = p.proxy
    WHERE o.rate BETWEEN p.middle / {passed_on} AND p.middle * {passed_on}
        AND (p.port NOT IN (SELECT port FROM web_proxies) OR outside.outside <= {most_outside})
), best AS (
    SELECT *, row_number() OVER (PARTITION BY proxy, port
        ORDER BY shared DESC, greatest(their_rate / middle, middle / their_rate), server, server_port) AS place
    FROM met WHERE shared >= {each_us}
)
SELECT c.*, b.server, b.server_port, b.their_connections, b.their_port, b.their_lasted, b.their_first, b.their_last,
    b.their_rate, b.their_seen, b.upstreams, b.outside, b.shared, b.span
FROM best b JOIN clients c ON c.dst = b.proxy AND c.dst_port = b.port
WHERE b.place = 1 ORDER BY c.dst, c.dst_port, c.src
"""


@dataclass(frozen=True, slots=True)
class InternalProxyDetector:
    """One sighting for the proxy and its server outside, and one for each client. `own`: public networks of the unit
    that count as inside, beside the private ones."""

    own: tuple[str, ...] = ()
    name: str = "internal_proxy"
    reads: frozenset[str] = frozenset({"conn"})
    settings: Settings = DEFAULT
    pace: ClassVar[Pace] = SLOW

    def detect(self, context: Context) -> Iterator[Sighting]:
        """State each proxy with its clients, in the order of the proxies' addresses and ports."""
        with context.lake.engine() as engine:
            inside = [ipaddress.ip_network(text) for text in (*_INSIDE, *self.own)]
            engine.give("services", pa.table({"port": pa.array(sorted(SERVICES), pa.int32())}))
            engine.give("web_proxies", pa.table({"port": pa.array(sorted(WEB_PROXIES), pa.int32())}))
            asked = _asked(self.settings)
            engine.keep("inward", _LASTING.format(of="true" if self.own else _PERHAPS_INSIDE, **asked))
            _give_inside(engine, "inward", inside)
            engine.keep("clients", _GATHERED.format(**asked))
            engine.keep("onward", _LASTING.format(of=_OF_PROXIES, **asked))
            _give_inside(engine, "onward", inside)
            clients = (
                row for batch in engine.ask(_FOUND.format(private=_PRIVATE, **asked)) for row in batch.to_pylist()
            )
            for _, group in groupby(clients, key=lambda row: (row["dst"], row["dst_port"])):
                yield from self._sightings(list(group), context)

    def _sightings(self, clients: list[dict[str, Any]], context: Context) -> Iterator[Sighting]:
        one = clients[0]
        nats = weight(clients, self.settings)
        proxy, upstream = Endpoint(one["dst"], one["dst_port"]), Endpoint(one["server"], one["server_port"])
        hosts = [row["src"] for row in clients]
        text = message(
            "internal_proxy.gathered",
            host=proxy.ip,
            proxy=str(proxy),
            server=f"[{upstream.ip}]" if ":" in upstream.ip else upstream.ip,
            port=upstream.port,
            count=len(hosts),
            clients=", ".join(hosts[:_NAMED]) + (" …" if len(hosts) > _NAMED else ""),
            minutes=one["their_lasted"] // 60_000_000,
            rate=round(one["middle"]),
            upstream_rate=round(one["their_rate"]),
        )
        seen = [one["their_seen"], *(row["seen"] for row in clients[: _NAMED - 1])]
        evidence = self._evidence(nats, text, (one["their_first"], one["their_last"]), seen, context)
        port = one["their_port"] if one["their_connections"] == 1 else None
        yield Sighting(proxy.ip, upstream.ip, upstream.port, evidence, host_port=port or 0)
        for row in clients:
            text = message(
                "internal_proxy.client",
                host=row["src"],
                proxy=str(proxy),
                upstream=str(upstream),
                others=len(hosts) - 1,
                minutes=row["lasted"] // 60_000_000,
                rate=round(row["rate"]),
            )
            times = (row["first"], row["last"])
            evidence = self._evidence(round(self.settings.client_share * nats, 2), text, times, [row["seen"]], context)
            port = row["src_port"] if row["connections"] == 1 else None
            beyond = (upstream.ip, upstream.port)
            yield Sighting(row["src"], proxy.ip, proxy.port, evidence, host_port=port or 0, beyond=beyond)

    def _evidence(
        self, nats: float, text: Any, times: tuple[int, int], seen: Sequence[dict[str, Any]], context: Context
    ) -> Evidence:
        return Evidence(
            detector=self.name,
            family="proxy",
            grade=Grade.BEHAVED,
            weight=nats,
            text=text,
            first_seen=from_us(times[0]),
            last_seen=from_us(times[1]),
            rows=tuple(sorted(RowRef(context.sources.get(r["origin"], str(r["origin"])), r["row"]) for r in seen)),
        )


def weight(clients: Sequence[dict[str, Any]], own: Settings = DEFAULT) -> float:
    """The weight of a proxy in nats; each row carries a client and, the same in all, the upstream."""
    one = clients[0]
    terms = (
        (own.weight_gathered, True),
        (own.weight_five, len(clients) >= 5),
        (own.weight_one_upstream, one["upstreams"] == 1),
        (own.weight_pushed, sum(row["up"] <= row["rate"] for row in clients) * 2 >= len(clients)),
        (own.weight_few_outside, one["outside"] <= 10),
        (own.weight_same_hours, one["shared"] >= 0.9 * one["span"]),
    )
    return sum(nats for nats, holds in terms if holds)


def _asked(own: Settings) -> dict[str, int | str]:
    """The settings as the queries have them; what is no whole number in a form that every engine takes for a double."""
    return {
        "each_us": round(own.least_minutes * 60e6),
        "least_us": round(own.least_hours * 3600e6),
        "least_clients": own.least_clients,
        "most_upstreams": own.most_upstreams,
        "most_outside": own.most_outside,
        **{
            name: f"{getattr(own, name):e}"
            for name in ("least_rate", "most_rate", "most_up", "alike", "passed_on", "least_alike")
        },
    }


def _give_inside(engine: Engine, table: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> None:
    """Make known which addresses of a table are inside."""
    held: list[str] = []
    for batch in engine.ask(f"SELECT src FROM {table} UNION SELECT dst FROM {table}"):
        for text in batch.column(0).to_pylist():
            address = ipaddress.ip_address(text)
            if any(address in network for network in networks):
                held.append(text)
    engine.give("inside", pa.table({"ip": pa.array(held, pa.string())}))
