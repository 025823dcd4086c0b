"""From an inside address to the MAC addresses to which a DHCP server had given it.

A lease ends when its time is over, or earlier, when the server writes the same address again: a renewal, a release, or
another device, to which it can only go when the first one has given it back.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minewarden.trace.hop import Known, Step, TraceSettings, judge, register_known

if TYPE_CHECKING:
    import duckdb

# A declined address is one that the device refused; a deleted row says nothing of when. Of rows that tell the same
# lease the last one counts: a release is written as the same lease with an earlier end. Only rows of one source end
# each other, since two schools may use the same inside addresses.
_SPANS = """
CREATE OR REPLACE TEMP TABLE lease_span AS
WITH mine AS (
    SELECT * FROM lease
    WHERE ip IN (SELECT DISTINCT ip FROM known) AND coalesce(state, '') NOT IN ('declined', 'abandoned', 'deleted')
    QUALIFY row_number() OVER (PARTITION BY origin, ip, mac, ts ORDER BY row DESC) = 1
)
SELECT ip, mac, hostname, ts AS since, origin, row, state,
    least(until, lead(ts) OVER (PARTITION BY origin, ip ORDER BY ts, row)) AS till
FROM mine
"""

# A lease without an end is forever, but for those of servers that log no length (`assigned`): they are sure only as
# long as the log goes on.
_HITS = """
SELECT f.k, s.mac AS found, s.hostname AS also, s.since, s.till,
    true AS certain, CASE WHEN s.state = 'assigned' THEN c.seen ELSE 4000000000000000 END AS sure, s.origin, s.row
FROM lease_span s JOIN known f USING (ip) JOIN clock c USING (origin)
WHERE meets(s.since, s.till, c.slack, f."first", f."last") AND same_site(c.site, f.site)
"""


class LeaseHop:
    """Known: `ip`. Found: MAC addresses; `also` is the hostname that the device gave."""

    kind = "lease"

    def find(
        self, connection: "duckdb.DuckDBPyConnection", known: Sequence[Known], settings: TraceSettings
    ) -> list[list[Step]]:
        """MAC addresses for each inside address, best first."""
        register_known(connection, known)
        connection.execute(_SPANS)
        return judge(connection, _HITS, known)
