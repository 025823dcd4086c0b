"""Which hosts looked up, reached or named something of the watch set: set-based questions to the lake.

Distinct names and addresses are matched once against the watch set, whatever the number of rows; the hits, with the
spans of time in which they hold, are joined back. Only hits are held in memory, the rest spills to the lake's scratch.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa

from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.engine import Engine
from minewarden.vocab.clock import microseconds

SLACK_US = 2_000_000
"""How far the clocks of two sources may disagree on what came first."""

_KEPT_ROWS = 5

# A certificate's own name, where it has one: old and home-made certificates name the server there alone.
_OWN_NAME = r"lower(trim(regexp_extract(subject, '(?i)(?:^|[,/])\s*CN\s*=\s*([^,/]+)', 1)))"

_NAMES = f"""
SELECT DISTINCT name FROM (
    SELECT query AS name FROM dns
    UNION ALL SELECT alias FROM (SELECT unnest(answers) AS alias FROM dns WHERE answers IS NOT NULL)
        WHERE NOT regexp_matches(alias, '^[0-9.]+$|:')
    UNION ALL SELECT sni FROM tls WHERE sni IS NOT NULL
    UNION ALL SELECT unnest(names) FROM tls WHERE sni IS NULL
    UNION ALL SELECT {_OWN_NAME} FROM tls WHERE sni IS NULL AND subject IS NOT NULL
    UNION ALL SELECT host FROM http WHERE host IS NOT NULL
) WHERE name IS NOT NULL
"""

# What a name may do is settled here once: an allow entry silences it, and a name of two uses speaks on its ports only.
_NAME_HITS = """
SELECT s.name, s.number, s.from_us, s.until_us,
       n.alerts AND s.allowed IS NULL AS alerts,
       CASE WHEN s.allowed IS NULL THEN n.ports END AS ports
FROM name_spans s JOIN watched_names n ON n.number = s.number
"""

# What was asked for, or what the answer says the name asked for stands for: whoever mines behind a name of their own
# (a CNAME) is seen by the second. A name that is known itself is judged as itself: the pool's site stays a site.
_ASKED = """
SELECT d.src, d.ts, d.origin, d.row, d.query, d.answers, h.name, h.number, h.alerts, h.ports
FROM dns d JOIN name_hits h ON h.name = d.query AND d.ts >= h.from_us AND d.ts < h.until_us
WHERE h.alerts OR array_length(h.ports) > 0
UNION ALL
SELECT d.src, d.ts, d.origin, d.row, d.query, d.answers, h.name, h.number, h.alerts, h.ports
FROM (
    SELECT src, ts, origin, row, query, answers, unnest(list_distinct(answers)) AS alias FROM dns
    WHERE answers IS NOT NULL AND query NOT IN (SELECT name FROM name_hits)
) d JOIN name_hits h ON h.name = d.alias AND d.ts >= h.from_us AND d.ts < h.until_us
WHERE h.alerts OR array_length(h.ports) > 0
"""

_RESOLVED = """
SELECT src AS host, ts, query, name, number, alerts, ports, unnest(answers) AS ip FROM asked WHERE answers IS NOT NULL
"""

_SUMMARY = f"""count(*) AS count, min(ts) AS first_us, max(until) AS last_us,
       min(struct_pack(ts := ts, origin := origin, row := row), {_KEPT_ROWS}) AS rows"""

_PORT = (
    "coalesce(arg_min(src_port, struct_pack(ts := ts, origin := origin, row := row)) "
    "FILTER (WHERE src_port IS NOT NULL), 0)"
)

_LOOKUPS = f"""
SELECT src AS host, '' AS server, 0 AS port, name, query, number, {_SUMMARY}, 0 AS host_port,
       NULL::BOOLEAN AS established, 0 AS others,
       bool_or(r.dst IS NOT NULL) AS resolver
FROM (SELECT *, ts AS until FROM asked WHERE alerts) hits
LEFT JOIN (SELECT DISTINCT dst FROM dns WHERE src <> dst AND dst IN (SELECT src FROM asked)) r ON r.dst = hits.src
GROUP BY src, name, query, number ORDER BY host, name, query, number
"""

# The last look-up before the connection decides. A connection that named another server itself (SNI, Host) went there,
# and an address that other names of the network resolve to as well proves less: `others` counts those names.
_JOINED = f"""
WITH events AS (
    SELECT host AS src, ip AS dst, ts AS moment, 0 AS kind, NULL::BIGINT AS ts, NULL::BIGINT AS until,
        NULL::INTEGER AS src_port, NULL::INTEGER AS dst_port, NULL::BOOLEAN AS established, NULL::INTEGER AS origin,
        NULL::BIGINT AS row,
        struct_pack(ts := ts, number := number, name := name, query := query, alerts := alerts, ports := ports) AS news
    FROM resolved
    UNION ALL
    SELECT c.src, c.dst, c.ts + {SLACK_US}, 1, c.ts, c.until, c.src_port, c.dst_port, c.established, c.origin, c.row,
        NULL
    FROM conn c SEMI JOIN resolved r ON c.src = r.host AND c.dst = r.ip WHERE lower(c.proto) = 'tcp'
), told AS (
    SELECT src, dst, kind, ts, until, src_port, dst_port, established, origin, row,
        max(news) OVER (PARTITION BY src, dst ORDER BY moment, kind
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS news
    FROM events
), latest AS (
    SELECT src, dst, ts, until, src_port, dst_port, established, origin, row, news.ts AS looked_up,
        news.number AS number, news.name AS name, news.query AS query, news.alerts AS alerts, news.ports AS ports
    FROM told WHERE kind = 1 AND news IS NOT NULL
), said AS (
    SELECT src, src_port, dst, dst_port, ts, sni AS name FROM tls WHERE sni IS NOT NULL
    UNION ALL SELECT src, src_port, dst, dst_port, ts, host FROM http WHERE host IS NOT NULL
), shared AS (
    SELECT ip, count(DISTINCT query) AS others
    FROM (SELECT query, unnest(answers) AS ip FROM dns WHERE answers IS NOT NULL)
    WHERE ip IN (SELECT ip FROM resolved) AND query NOT IN (SELECT name FROM name_hits)
      AND query NOT IN (SELECT query FROM resolved)
    GROUP BY ip
)
SELECT src AS host, dst AS server, coalesce(dst_port, 0) AS port, name, min(query) AS query, number, {_SUMMARY},
       {_PORT} AS host_port, bool_or(established) AS established,
       coalesce(max(shared.others), 0) AS others, false AS resolver
FROM latest LEFT JOIN shared ON shared.ip = latest.dst
WHERE ts <= looked_up + $window AND (alerts OR list_contains(ports, dst_port))
  AND NOT EXISTS (
    SELECT 1 FROM said WHERE said.src = latest.src AND said.dst = latest.dst AND said.src_port = latest.src_port
      AND said.dst_port = latest.dst_port AND said.name NOT IN (latest.name, latest.query)
      AND said.ts BETWEEN latest.ts - {SLACK_US} AND latest.until + {SLACK_US})
GROUP BY src, dst, dst_port, name, number ORDER BY host, server, port, name, number
"""

_SAID = f"""
SELECT src AS host, dst AS server, coalesce(dst_port, 0) AS port, name, name AS query, number, {_SUMMARY},
       {_PORT} AS host_port, NULL::BOOLEAN AS established,
       0 AS others, false AS resolver
FROM (
    SELECT t.*, t.ts AS until, h.name, h.number
    FROM ({{rows}}) t JOIN name_hits h ON h.name = t.said AND t.ts >= h.from_us AND t.ts < h.until_us
    WHERE h.alerts OR list_contains(h.ports, t.dst_port)
)
GROUP BY src, dst, dst_port, name, number ORDER BY host, server, port, name, number
"""

_SAID_IN = {
    "sni": "SELECT ts, src, src_port, dst, dst_port, origin, row, sni AS said FROM tls WHERE sni IS NOT NULL",
    "http": "SELECT ts, src, src_port, dst, dst_port, origin, row, host AS said FROM http WHERE host IS NOT NULL",
    # Browsers always name the server; a certificate counts only where the client did not, or a visit to the pool's
    # site, whose certificate often covers every name below the domain, would count as well.
    "certificate": "SELECT ts, src, src_port, dst, dst_port, origin, row, "
    f"unnest(list_distinct(list_concat(coalesce(names, []), [{_OWN_NAME}]))) AS said FROM tls WHERE sni IS NULL",
}

_ADDRESSES = "SELECT DISTINCT dst, dst_port FROM conn"

_REACHED = f"""
SELECT src AS host, dst AS server, coalesce(dst_port, 0) AS port, '' AS name, '' AS query, number, {_SUMMARY},
       {_PORT} AS host_port, bool_or(established) AS established,
       0 AS others, false AS resolver
FROM conn JOIN address_hits a ON a.ip = dst AND a.port IS NOT DISTINCT FROM dst_port
     AND ts >= a.from_us AND ts < a.until_us
GROUP BY src, dst, dst_port, number ORDER BY host, server, port, number
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """One host's contact with one thing of the watch set, over all rows that show it.

    how: lookup | joined | sni | http | certificate | address. `query`: the name that was asked for, where `name` stood
    in its answer. `established`: False where every attempt failed, None where the sources cannot tell. `others`:
    further names that resolve to the server. `resolver`: the host answers queries of others. rows: the earliest few, as
    (origin, row).
    """

    how: str
    host: str
    server: str
    port: int
    name: str
    query: str
    number: int
    count: int
    first_us: int
    last_us: int
    rows: tuple[tuple[int, int], ...]
    host_port: int
    established: bool | None
    others: int
    resolver: bool


def contacts(engine: Engine, watchset: WatchSet, window: timedelta) -> Iterator[Contact]:
    """Every contact, in a fixed order. `window` is how long after a look-up a
    connection to the answered address still counts as its use."""
    _load_name_hits(engine, watchset)
    engine.keep("asked", _ASKED)
    engine.keep("resolved", _RESOLVED)
    yield from _ask(engine, "lookup", _LOOKUPS)
    yield from _ask(engine, "joined", _JOINED.replace("$window", str(microseconds(window))))
    for how, rows in _SAID_IN.items():
        yield from _ask(engine, how, _SAID.format(rows=rows))
    if _load_address_hits(engine, watchset):
        yield from _ask(engine, "address", _REACHED)


def _load_name_hits(engine: Engine, watchset: WatchSet) -> None:
    spans = _matched(engine, _NAMES, lambda batch: watchset.name_spans(batch.column(0).to_pylist()))
    engine.give("name_spans", spans if spans is not None else watchset.name_spans(()))
    engine.give("watched_names", watchset.names_table())
    engine.keep("name_hits", _NAME_HITS)


def _load_address_hits(engine: Engine, watchset: WatchSet) -> bool:
    """Without networks in the set the engine leaves out what cannot hit; otherwise every address is asked for."""
    engine.give("watched_addresses", watchset.addresses_table())
    exact = "" if watchset.has_networks else " WHERE dst IN (SELECT ip FROM watched_addresses)"
    spans = _matched(engine, _ADDRESSES + exact, lambda batch: watchset.address_spans(_pairs(batch)))
    if spans is None:
        return False
    engine.give("address_spans", spans)
    engine.keep(
        "address_hits",
        "SELECT s.* FROM address_spans s JOIN watched_addresses w ON w.number = s.number "
        "WHERE w.alerts AND s.allowed IS NULL",
    )
    return True


def _matched(engine: Engine, query: str, match: Callable[[pa.RecordBatch], pa.Table]) -> pa.Table | None:
    hits = [table for batch in engine.ask(query) if (table := match(batch)).num_rows]
    return pa.concat_tables(hits) if hits else None


def _pairs(batch: pa.RecordBatch) -> Iterable[tuple[str, int | None]]:
    return zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)


def _ask(engine: Engine, how: str, query: str) -> Iterator[Contact]:
    for batch in engine.ask(query):
        for row in batch.to_pylist():
            refs = tuple((ref["origin"], ref["row"]) for ref in row.pop("rows"))
            yield Contact(how=how, rows=refs, **row)
