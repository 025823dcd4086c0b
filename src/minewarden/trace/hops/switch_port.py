"""From a MAC address to the switch port behind which it was: where the device stands, not who it is.

Every switch on the way sees the address; the access port is the one with the fewest addresses behind it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minewarden.trace.hop import Known, Step, TraceSettings, register_known
from minewarden.vocab.attribution import Certainty
from minewarden.vocab.clock import microseconds
from minewarden.vocab.finding import RowRef
from minewarden.vocab.message import message

if TYPE_CHECKING:
    import duckdb

_QUERY = """
WITH
seen AS (
    SELECT f.k, s.switch, s.port, s.ts, s.origin, s.row, c.name, c.measured,
        CASE WHEN s.ts IS NULL THEN {far} + 1 ELSE greatest(0, s.ts - f."last", f."first" - s.ts) END AS away
    FROM fdb s JOIN known f ON s.mac = f.mac JOIN clock c USING (origin)
    WHERE f.mac <> '' AND same_site(c.site, f.site)
),
nearest AS (
    SELECT * FROM seen WHERE away <= {far} + 1
    QUALIFY row_number() OVER (PARTITION BY k, switch ORDER BY away, ts DESC, origin, row) = 1
),
crowd AS (
    SELECT origin, switch, port, count(DISTINCT mac) AS macs FROM fdb
    WHERE (origin, switch, port) IN (SELECT (origin, switch, port) FROM nearest) GROUP BY ALL
)
SELECT n.k, n.switch, n.port, n.ts, n.name, n.row, n.measured, n.away, w.macs, count(*) OVER (PARTITION BY n.k)
FROM nearest n JOIN crowd w USING (origin, switch, port)
QUALIFY row_number() OVER (PARTITION BY n.k ORDER BY w.macs, n.away, n.switch, n.port) = 1
"""


class SwitchPortHop:
    """Known: `mac`. Found: one `switch port`, the access port as far as the tables tell."""

    kind = "switch_port"

    def find(
        self, connection: "duckdb.DuckDBPyConnection", known: Sequence[Known], settings: TraceSettings
    ) -> list[list[Step]]:
        """The access port for each MAC address; nothing where no table has it near the time."""
        register_known(connection, known)
        steps: list[list[Step]] = [[] for _ in known]
        query = _QUERY.format(far=microseconds(settings.sighting))
        for k, switch, port, ts, name, row, measured, away, macs, switches in connection.execute(query).fetchall():
            sure = measured and ts is not None and away == 0
            steps[k].append(
                Step(
                    found=f"{switch} {port}",
                    certainty=Certainty.UNIQUE if sure and macs == 1 else Certainty.LIKELY,
                    since=ts,
                    till=ts,
                    reach=(known[k].start, known[k].end),
                    rows=(RowRef(name, row),),
                    count=1,
                    overlap=0,
                    note=message(
                        "trace.switch_port_undated" if ts is None else "trace.switch_port_seen",
                        macs=macs,
                        switches=switches,
                    ),
                )
            )
        return steps
