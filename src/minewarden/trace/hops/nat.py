"""From a public address (and port, and peer) to the inside addresses that were translated to it.

Where translations stand one behind the other (a school's gateway behind the district's exit, a carrier's behind that),
the inside address of one is the outside of the next, and so is the inside port, which a step therefore tells.

Rows come as whole sessions, as create and delete events, as blocks of ports given to one inside address, and as
static one-to-one mappings (no port). A create is closed by the next event of the same translation, else by the next
create that gives the same outside port to somebody else; else it is open. A delete whose create was not logged began
after the last thing that is known of its port; where nothing is, its beginning is open.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from minewarden.trace.hop import Known, Step, TraceSettings, judge, register_known

if TYPE_CHECKING:
    import duckdb

_LEAST_CELL = 60_000_000
_MOST_CELLS, _MOST_CELLS_IN_ALL = 4096, 1_000_000

# Which rows matter: an exact outside port, an outside port for the same peer, or no port at all. Each is a lookup by
# equality, so that ten thousand questions cost one pass; those that no question needs are left out.
_ANY_PORT = "n.outside_port IS NULL OR n.outside_port_last IS NOT NULL"
_BY_PORT = "(n.outside, n.outside_port) IN (SELECT (ip, port) FROM known WHERE port > 0)"
_BY_PEER = """(n.outside, n.dst) IN (SELECT (ip, peer_ip) FROM known WHERE port = 0 AND peer_ip <> '')
    OR (n.dst IS NULL AND n.outside IN (SELECT ip FROM known WHERE port = 0 AND peer_ip <> ''))"""
_BY_ADDRESS = "n.outside IN (SELECT ip FROM known WHERE port = 0 AND peer_ip = '')"

# A lane is an outside port (towards one destination, where that is told): the place that one translation holds at a
# time. Its number is two hashes of 64 bits, because sorting by eight columns of text is what costs the time.
_LANE = "proto, outside, outside_port, outside_port_last, dst, dst_port"
_LOOSE = "(n.event IN ('create', 'delete') OR (n.event = 'block' AND n.until IS NULL))"

# Only events that tell half of a translation must be paired, and then with all that happened in their lane. What is
# told whole, in a lane where nothing else is, matters only where it meets a window that is asked for.
_LANES = """
CREATE OR REPLACE TEMP TABLE loose_lane AS
SELECT DISTINCT hash({lane}) AS lane FROM nat n WHERE {loose} AND {match}
"""
_KEPT = """
SELECT n.*, hash({lane}) AS lane, hash({lane}, 1) AS lane_too,
    hash({lane}, inside, inside_port) AS same, hash({lane}, inside, inside_port, 1) AS same_too, {paired} AS paired
FROM nat n
"""
_WANTED = (
    """CREATE OR REPLACE TEMP TABLE nat_wanted AS
SELECT * FROM ("""
    + _KEPT
    + """JOIN clock c USING (origin)
    JOIN asked w ON w.ip = n.outside AND w.cell = greatest(n.ts - c.slack - {begin}, 0) // {size}
    WHERE coalesce(w.next <= (n.until + c.slack - {begin}) // {size}, true) AND {match}
) WHERE lane NOT IN (FROM loose_lane)
"""
)
_PAIRED = f"INSERT INTO nat_wanted SELECT * FROM ({_KEPT} WHERE {{match}}) WHERE lane IN (FROM loose_lane)"

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
    FROM nat_wanted WHERE paired AND event IN ('session', 'block') AND until IS NOT NULL
    UNION ALL
    SELECT * REPLACE ('said' AS event, until AS ts), 1 AS turn
    FROM nat_wanted WHERE paired AND event IN ('session', 'block') AND until IS NOT NULL
),
matched AS (
    SELECT *, lead(ts) OVER own AS next_ts, coalesce(lag(event) OVER own, '') AS before, lag(ts) OVER any_in AS prior_ts
    FROM events
    WINDOW own AS (PARTITION BY same, same_too ORDER BY ts, turn, origin, row),
    any_in AS (PARTITION BY lane, lane_too ORDER BY ts, origin, row)
),
taken AS (
    SELECT origin, row, first_value(ts) OVER (PARTITION BY lane, lane_too
        ORDER BY ts GROUPS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) AS ts
    FROM nat_wanted WHERE paired AND event <> 'delete' AND outside_port IS NOT NULL
)
SELECT inside, inside_port, outside, outside_port, outside_port_last, dst, dst_port, ts AS since, until AS till,
    true AS certain, origin, row
FROM nat_wanted WHERE event = 'session' OR (event = 'block' AND until IS NOT NULL)
UNION ALL
SELECT p.inside, p.inside_port, p.outside, p.outside_port, p.outside_port_last, p.dst, p.dst_port, p.ts,
    CASE WHEN p.dst IS NULL THEN coalesce(p.next_ts, t.ts) ELSE least(p.next_ts, t.ts) END, true, p.origin, p.row
FROM matched p LEFT JOIN taken t USING (origin, row) WHERE p.event = 'begin'
UNION ALL
SELECT inside, inside_port, outside, outside_port, outside_port_last, dst, dst_port,
    CASE WHEN dst IS NOT NULL THEN prior_ts END, ts, false, origin, row
FROM matched WHERE event = 'end' AND before <> 'begin'
"""

_FITS = """meets(s.since, s.till, c.slack, f."first", f."last")
    AND (f.peer_ip = '' OR s.dst IS NULL
        OR (s.dst = f.peer_ip AND (f.peer_port = 0 OR s.dst_port IS NULL OR s.dst_port = f.peer_port)))"""

# A one-to-one mapping without an end is in force; a translation without one is sure only as long as the log goes on.
_PICK = """SELECT f.k, s.inside AS found, coalesce(s.inside_port::VARCHAR, '') AS also, s.since, s.till, s.certain,
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
    """Known: `ip`, `port` (0 unknown), the peer. Found: inside addresses; `also` is the inside port, if only one."""

    kind = "nat"

    def find(
        self, connection: "duckdb.DuckDBPyConnection", known: Sequence[Known], settings: TraceSettings
    ) -> list[list[Step]]:
        """Inside addresses for each outside address, best first."""
        register_known(connection, known)
        self._collect(connection, known)
        connection.execute(_SPANS)
        return judge(connection, _HITS, known)

    def _collect(self, connection: "duckdb.DuckDBPyConnection", known: Sequence[Known]) -> None:
        """Make table `nat_wanted`: the rows that any question may rest on."""
        parts = {"lane": _LANE, "loose": _LOOSE, "match": _match(known), **_register_asked(connection, known)}
        connection.execute(_LANES.format(**parts))
        connection.execute(_WANTED.format(**parts, paired="false"))
        if connection.execute("SELECT count(*) FROM loose_lane").fetchall() != [(0,)]:
            connection.execute(_PAIRED.format(**parts, paired="true"))


def _match(known: Sequence[Known]) -> str:
    """Whether a row may answer one of the questions, by equality."""
    parts = []
    if any(one.port for one in known):
        parts += [_ANY_PORT, _BY_PORT]
    if any(not one.port and one.peer_ip for one in known):
        parts += [_ANY_PORT, _BY_PEER]
    if any(not one.port and not one.peer_ip for one in known):
        parts.append(_BY_ADDRESS)
    return f"n.outside IN (SELECT ip FROM known) AND ({' OR '.join(dict.fromkeys(parts))})"


def _register_asked(connection: "duckdb.DuckDBPyConnection", known: Sequence[Known]) -> dict[str, int]:
    """Make table `asked` (ip, cell, next) and return its `begin` and `size`.

    Time from `begin` on is cut into cells of `size` microseconds; of each address every cell has the `next` one, itself
    included, that a window touches. So one lookup by equality tells whether a span can meet any window.
    """
    begin, end = min(one.start for one in known), max(one.end for one in known)
    numbers = {ip: number for number, ip in enumerate(sorted({one.ip for one in known}))}
    size = max(_LEAST_CELL, (end - begin) // min(_MOST_CELLS, _MOST_CELLS_IN_ALL // len(numbers)) + 1)
    count = (end - begin) // size + 1
    following = np.full((len(numbers), count), count, np.int64)
    for one in known:
        first, last = (one.start - begin) // size, (one.end - begin) // size
        following[numbers[one.ip], first : last + 1] = np.arange(first, last + 1)
    following = np.minimum.accumulate(following[:, ::-1], axis=1)[:, ::-1]
    index, cell = np.nonzero(following < count)
    columns = [pa.array(list(numbers)).take(pa.array(index)), pa.array(cell), pa.array(following[index, cell])]
    connection.register("asked_rows", pa.table(columns, names=["ip", "cell", "next"]))
    connection.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT * FROM asked_rows")
    connection.unregister("asked_rows")
    return {"begin": begin, "size": size}


def outside_addresses(connection: "duckdb.DuckDBPyConnection", addresses: Sequence[str]) -> frozenset[str]:
    """Those of the addresses that some translation row has as its outside."""
    if not addresses:
        return frozenset()
    rows = connection.execute("SELECT DISTINCT outside FROM nat WHERE outside IN (SELECT unnest(?))", [list(addresses)])
    return frozenset(row[0] for row in rows.fetchall())
