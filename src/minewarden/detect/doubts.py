"""What speaks for a harmless server: who else uses it and how, and what this very connection shows.

Source: MineShark (NDSS 2025), whose share of harmless visits removed most false alarms; detection.md, §1.2 and §6.
Asked only of servers at which families that rank saw something, set-based, so that memory follows their visitors.
Counted per server and port: a pool's site may stand beside its port. A pool that a list knows or that was parsed is not
doubted for its visitors. How much doubt may do is settled in `weigh`.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa

from minewarden.detect.detector import Context
from minewarden.detect.weigh import EXACT_FAMILY
from minewarden.vocab.clock import microseconds, to_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import Endpoint

ASKED_OF = frozenset({"shape", "behaviour", "flow", "block-clock", "same-clock"})
KNOWN = frozenset({"protocol", "intel-flow"})

SHORT_US = 120_000_000
"""An ordinary visit is over by then; miners' connections last for hours. Only said where the source can tell: where the
sighting's own connection is no longer than this either, as with flow records cut every minute, it cannot."""
LEAST_OTHERS = 5
"""Of fewer visitors no share is told."""
HARMLESS = ((0.9, 3.5), (0.5, 1.5))
"""From which share of ordinary visitors on how many nats are taken. 98 % of risky addresses have a share below 0.9 and
98 % of harmless ones the whole (MineShark): ln 50 is 3.9 nats; half a share is set by hand."""
MANY = 20
MOST_FOR_MANY = 4.0
"""Nats taken for many visitors: ln(visitors / 20), at 200 visitors 2.3. A campus has 0-50 miners a day over all pools
(detection.md, §7), so that 20 at one unknown server are no surprise and hundreds are; set by hand."""
WEB = 3.0
"""Nats taken where the client named a protocol of the web (ALPN) or spoke HTTP: miners name none (detection.md, §4)."""
NAMED = 0.0
"""Nats for a server named in the hello that no list knows: none, for miners that are not XMRig name theirs as well. But
such a name can be looked into, so that nothing has to be confirmed by blocks: wallets' servers and feeds have names."""
NODE_PORT = 2.5
"""Nats taken for a port of wallets' servers or nodes, which follow blocks and push; by hand."""
NODE_PORTS = frozenset({50001, 50002, 8333, 18333, 9333, 18080, 18089, 30303, 16111, 8767, 9030, 8233, 22556})
"""Electrum; Bitcoin and its test net, Litecoin, Monero (and its public RPC), Ethereum, Kaspa, Ravencoin, Ergo, Zcash
and Dogecoin, as their programs' defaults say (as of November 2026)."""

BEFORE = timedelta(days=1)
"""How long before the sightings visits count as well."""
_KEPT_ROWS = 5
_PAIRS = pa.schema([("host", pa.string()), ("server", pa.string()), ("port", pa.int32()), ("known", pa.bool_())])

# One pass over the servers' rows; sums per server, from which each pair's own visit is taken away again.
_VISITS = rf"""
WITH servers AS (SELECT DISTINCT server, port FROM pairs
), web AS (
    SELECT DISTINCT src, dst, dst_port FROM tls SEMI JOIN servers ON dst = server AND dst_port = port
    WHERE regexp_matches(alpn, '(^|[^a-z0-9])(h2|h3|http/1\.[01])($|[^a-z0-9])') AND ts BETWEEN $begin AND $end
    UNION SELECT DISTINCT src, dst, dst_port FROM http SEMI JOIN servers ON dst = server AND dst_port = port
    WHERE ts BETWEEN $begin AND $end
), named AS (
    SELECT src, dst, dst_port, min(sni) AS name FROM tls SEMI JOIN servers ON dst = server AND dst_port = port
    WHERE sni IS NOT NULL AND ts BETWEEN $begin AND $end GROUP BY src, dst, dst_port
), visits AS (
    SELECT c.src, c.dst, c.dst_port, sum(c.until - c.ts) / count(DISTINCT coalesce(c.src_port, -c.row)) AS each_us,
        bool_or(w.src IS NOT NULL) AS web, min(struct_pack(ts := c.ts, origin := c.origin, row := c.row)) AS first
    FROM conn c SEMI JOIN servers ON c.dst = server AND c.dst_port = port
    LEFT JOIN web w ON w.src = c.src AND w.dst = c.dst AND w.dst_port = c.dst_port
    WHERE c.established IS NOT FALSE AND c.ts BETWEEN $begin AND $end
    GROUP BY c.src, c.dst, c.dst_port
), sums AS (
    SELECT dst, dst_port, count(*) AS visitors, count(*) FILTER (WHERE web) AS web,
        count(*) FILTER (WHERE NOT web AND each_us <= {SHORT_US}) AS short, min(first, {_KEPT_ROWS + 1}) AS rows
    FROM visits GROUP BY dst, dst_port
)
SELECT p.host, p.server, p.port, p.known, coalesce(s.visitors, 0) - (own.src IS NOT NULL)::INT AS others,
    coalesce(s.web, 0) - coalesce(own.web, false)::INT
        + CASE WHEN own.each_us > {SHORT_US} THEN s.short ELSE 0 END AS ordinary,
    w.src IS NOT NULL AS web, n.name, s.rows AS rows
FROM pairs p LEFT JOIN sums s ON s.dst = p.server AND s.dst_port = p.port
LEFT JOIN visits own ON own.src = p.host AND own.dst = p.server AND own.dst_port = p.port
LEFT JOIN web w ON w.src = p.host AND w.dst = p.server AND w.dst_port = p.port
LEFT JOIN named n ON n.src = p.host AND n.dst = p.server AND n.dst_port = p.port
ORDER BY p.host, p.server, p.port
"""


def doubts(context: Context, sightings: Iterable[Sighting]) -> list[Sighting]:
    """What to add to the sightings, in the order of host, server and port. No weight is above zero."""
    groups: dict[tuple[str, str, int], list[Sighting]] = defaultdict(list)
    known = set()
    for sighting in sightings:
        place = (sighting.host, sighting.server, sighting.port)
        if sighting.server and sighting.port and sighting.evidence.family in ASKED_OF:
            groups[place].append(sighting)
        if sighting.evidence.family in KNOWN:
            known.add(place[1:])
    if not groups:
        return []
    pairs = [(*place, place[1:] in known) for place in sorted(groups)]
    whole = [sighting.evidence for group in groups.values() for sighting in group]
    begin = min(to_us(item.first_seen) for item in whole) - microseconds(BEFORE)
    end = max(to_us(item.last_seen) for item in whole)
    with context.lake.engine() as engine:
        named = [dict(zip(_PAIRS.names, pair, strict=True)) for pair in pairs]
        engine.give("pairs", pa.Table.from_pylist(named, _PAIRS))
        query = _VISITS.replace("$begin", str(begin)).replace("$end", str(end))
        counted = [row for batch in engine.ask(query) for row in batch.to_pylist()]
    found: list[Sighting] = []
    for row in counted:
        found.extend(_said(row, groups[row["host"], row["server"], row["port"]], context))
    return found


def visitors_weight(others: int, ordinary: int) -> float:
    """Nats (zero or below) for so many other visitors, of which so many look ordinary."""
    share = ordinary / others if others >= LEAST_OTHERS else 0.0
    taken = next((nats for least, nats in HARMLESS if share >= least), 0.0)
    if others >= MANY:
        taken += min(MOST_FOR_MANY, math.log((others + 1) / MANY))
    return -round(taken, 3)


def _said(row: dict[str, Any], group: Sequence[Sighting], context: Context) -> Iterator[Sighting]:
    place = {"host": row["host"], "server": str(Endpoint(row["server"], row["port"]))}
    nats = 0.0 if row["known"] else visitors_weight(row["others"], row["ordinary"])
    if nats < 0:
        text = message("doubts.visitors", **place, others=row["others"], ordinary=row["ordinary"])
        refs = [RowRef(context.sources.get(r["origin"], str(r["origin"])), r["row"]) for r in row["rows"]]
        yield _sighting(group, "visitors", nats, text, tuple(sorted(refs[:_KEPT_ROWS])))
    if row["web"]:
        yield _sighting(group, "confounder", -WEB, message("doubts.web", **place))
    elif row["name"] and not row["known"] and any(sighting.evidence.family == EXACT_FAMILY for sighting in group):
        yield _sighting(group, "confounder", NAMED, message("doubts.named", **place, name=row["name"]))
    if row["port"] in NODE_PORTS:
        yield _sighting(group, "confounder", -NODE_PORT, message("doubts.node_port", **place))


def _sighting(
    group: Sequence[Sighting], family: str, nats: float, text: Message, rows: tuple[RowRef, ...] = ()
) -> Sighting:
    first = group[0]
    evidence = Evidence(
        detector="doubts",
        family=family,
        grade=Grade.CONNECTED,
        weight=nats,
        text=text,
        first_seen=min(sighting.evidence.first_seen for sighting in group),
        last_seen=max(sighting.evidence.last_seen for sighting in group),
        rows=rows,
    )
    return Sighting(host=first.host, server=first.server, port=first.port, evidence=evidence)
