"""From a public address (and port, and peer) to the inside addresses that were translated to it.

Rows come as whole sessions, as create and delete events, as blocks of ports given to one inside address, and as
static one-to-one mappings (no port). A create is closed by the next event of the same translation, else by the next
create that gives the same outside port to somebody else; else it is open. A delete whose create was not logged began
after the last thing that is known of its port; where nothing is, its beginning is open.
"""

from collections.abc import Sequence

import duckdb

from minewarden.trace.hop import Known, Step, TraceSettings, judge, register_known

# Which rows matter: an exact outside port, an outside port for the same peer, or no port at all. Each is a lookup by
# equality, so that ten thousand questions cost one pass; whole partitions of the pairing below are kept.
_WANTED = """
CREATE OR REPLACE TEMP TABLE nat_wanted AS
WITH
by_port AS (SELECT DISTINCT ip, port FROM known WHERE port > 0),
by_peer AS (SELECT DISTINCT ip, peer_ip FROM known WHERE port = 0 AND peer_ip <> ''),
by_peer_address AS (SELECT DISTINCT ip FROM by_peer),
by_address AS (SELECT DISTINCT ip FROM known WHERE port = 0 AND peer_ip = ''),
any_way AS (SELECT DISTINCT ip FROM known)
SELECT n.* FROM nat n
WHERE CASE
    WHEN n.outside_port IS NULL OR n.outside_port_last IS NOT NULL THEN n.outside IN (FROM any_way)
    ELSE (n.outside, n.outside_port) IN (SELECT (ip, port) FROM by_port)
        OR (n.outside, n.dst) IN (SELECT (ip, peer_ip) FROM by_peer)
        OR (n.dst IS NULL AND n.outside IN (FROM by_peer_address))
        OR n.outside IN (FROM by_address)
    END
"""

# A session that is told whole closes a create of the same translation as a delete does: by its beginning, or where it
# repeats that very create, by its end (hence `turn`). A port given to somebody else ends a translation early only where
# the destination is known: some devices give one port to several inside addresses for several destinations.
_SPANS = """
CREATE OR REPLACE TEMP TABLE nat_span AS
WITH
events AS (
    SELECT * REPLACE (CASE WHEN event = 'delete' THEN 'end' ELSE 'begin' END AS event), 1 AS turn
    FROM nat_wanted WHERE event IN ('create', 'delete') OR (event = 'block' AND until IS NULL)
    UNION ALL
    SELECT * REPLACE ('said' AS event), 0 AS turn
    FROM nat_wanted WHERE event IN ('session', 'block') AND until IS NOT NULL
    UNION ALL
    SELECT * REPLACE ('said' AS event, until AS ts), 1 AS turn
    FROM nat_wanted WHERE event IN ('session', 'block') AND until IS NOT NULL
),
paired AS (
    SELECT *, lead(ts) OVER same AS next_ts, coalesce(lag(event) OVER same, '') AS before, lag(ts) OVER port AS prior_ts
    FROM events
    WINDOW same AS (PARTITION BY proto, inside, inside_port, outside, outside_port, outside_port_last, dst, dst_port
        ORDER BY ts, turn, origin, row),
    port AS (PARTITION BY proto, outside, outside_port, outside_port_last, dst, dst_port ORDER BY ts, origin, row)
),
taken AS (
    SELECT origin, row, min(ts) OVER (PARTITION BY proto, outside, outside_port, outside_port_last, dst, dst_port
        ORDER BY ts RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS ts
    FROM nat_wanted WHERE event <> 'delete' AND outside_port IS NOT NULL
)
SELECT inside, outside, outside_port, outside_port_last, dst, dst_port, ts AS since, until AS till, true AS certain,
    origin, row
FROM nat_wanted WHERE event = 'session' OR (event = 'block' AND until IS NOT NULL)
UNION ALL
SELECT p.inside, p.outside, p.outside_port, p.outside_port_last, p.dst, p.dst_port, p.ts,
    CASE WHEN p.dst IS NULL THEN coalesce(p.next_ts, t.ts) ELSE least(p.next_ts, t.ts) END, true, p.origin, p.row
FROM paired p LEFT JOIN taken t USING (origin, row) WHERE p.event = 'begin'
UNION ALL
SELECT inside, outside, outside_port, outside_port_last, dst, dst_port,
    CASE WHEN dst IS NOT NULL THEN prior_ts END, ts, false, origin, row
FROM paired WHERE event = 'end' AND before <> 'begin'
"""

_FITS = """meets(s.since, s.till, c.slack, f."first", f."last")
    AND (f.peer_ip = '' OR s.dst IS NULL
        OR (s.dst = f.peer_ip AND (f.peer_port = 0 OR s.dst_port IS NULL OR s.dst_port = f.peer_port)))"""

# A one-to-one mapping without an end is in force; a translation without one is sure only as long as the log goes on.
_PICK = """SELECT f.k, s.inside AS found, NULL::VARCHAR AS also, s.since, s.till, s.certain,
    CASE WHEN s.outside_port IS NULL THEN 4000000000000000 ELSE c.seen END AS sure, s.origin, s.row"""

_HITS = f"""
{_PICK} FROM nat_span s JOIN known f ON s.outside = f.ip AND s.outside_port = f.port JOIN clock c USING (origin)
WHERE s.outside_port_last IS NULL AND f.port > 0 AND {_FITS}
UNION ALL
{_PICK} FROM nat_span s JOIN known f ON s.outside = f.ip JOIN clock c USING (origin)
WHERE f.port > 0 AND (s.outside_port IS NULL OR f.port BETWEEN s.outside_port AND s.outside_port_last) AND {_FITS}
UNION ALL
{_PICK} FROM nat_span s JOIN known f ON s.outside = f.ip AND s.dst = f.peer_ip JOIN clock c USING (origin)
WHERE f.port = 0 AND f.peer_ip <> '' AND {_FITS}
UNION ALL
{_PICK} FROM nat_span s JOIN known f ON s.outside = f.ip JOIN clock c USING (origin)
WHERE f.port = 0 AND (f.peer_ip = '' OR s.dst IS NULL) AND {_FITS}
"""


class NatHop:
    """Known: `ip`, `port` (0 unknown), the peer. Found: inside addresses."""

    kind = "nat"

    def find(
        self, connection: duckdb.DuckDBPyConnection, known: Sequence[Known], settings: TraceSettings
    ) -> list[list[Step]]:
        """Inside addresses for each outside address, best first."""
        register_known(connection, known)
        connection.execute(_WANTED)
        connection.execute(_SPANS)
        return judge(connection, _HITS, known)


def outside_addresses(connection: duckdb.DuckDBPyConnection, addresses: Sequence[str]) -> frozenset[str]:
    """Those of the addresses that some translation row has as its outside."""
    if not addresses:
        return frozenset()
    rows = connection.execute("SELECT DISTINCT outside FROM nat WHERE outside IN (SELECT unnest(?))", [list(addresses)])
    return frozenset(row[0] for row in rows.fetchall())
