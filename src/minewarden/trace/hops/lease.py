"""From an inside address to the MAC addresses to which a DHCP server had given it.

A lease ends when its time is over, or earlier, when the same address is given to another device: then the first one
must have given it back.
"""

from collections.abc import Sequence

import duckdb

from minewarden.trace.hop import Known, Step, TraceSettings, judge, register_known

# A declined address is one that the device refused; a deleted row says nothing of when.
_SPANS = """
CREATE OR REPLACE TEMP TABLE lease_span AS
WITH mine AS (
    SELECT * FROM lease
    WHERE ip IN (SELECT DISTINCT ip FROM known) AND coalesce(state, '') NOT IN ('declined', 'abandoned', 'deleted')
),
runs AS (
    SELECT *, row_number() OVER whole AS place, row_number() OVER own AS own_place FROM mine
    WINDOW whole AS (PARTITION BY ip ORDER BY ts, origin, row), own AS (PARTITION BY ip, mac ORDER BY ts, origin, row)
),
starts AS (
    SELECT ip, mac, place - own_place AS run, max(place) AS final FROM runs GROUP BY ALL
)
SELECT r.ip, r.mac, r.hostname, r.ts AS since, least(r.until, taken.ts) AS till, r.origin, r.row
FROM runs r
JOIN starts s ON s.ip = r.ip AND s.mac = r.mac AND s.run = r.place - r.own_place
LEFT JOIN runs taken ON taken.ip = r.ip AND taken.place = s.final + 1
"""

_HITS = """
SELECT f.k, s.mac AS found, s.hostname AS also, s.since, s.till, 4000000000000000 AS sure, s.origin, s.row
FROM lease_span s JOIN known f USING (ip) JOIN clock c USING (origin)
WHERE meets(s.since, s.till, c.slack, f."first", f."last")
"""


class LeaseHop:
    """Known: `ip`. Found: MAC addresses; `also` is the hostname that the device gave."""

    kind = "lease"

    def find(
        self, connection: duckdb.DuckDBPyConnection, known: Sequence[Known], settings: TraceSettings
    ) -> list[list[Step]]:
        """MAC addresses for each inside address, best first."""
        register_known(connection, known)
        connection.execute(_SPANS)
        return judge(connection, _HITS, known)
