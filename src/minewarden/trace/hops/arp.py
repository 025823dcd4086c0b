"""From an inside address to the MAC address that a router's ARP table had for it: for addresses that no server leased.

A table is a moment: it says whose the address was then. Taken inside the window it is as good as a lease; before or
after it, it counts for as long as entries live, and as certain only where the tables on both sides agree.
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
    SELECT f.k, a.mac, a.device, a.ts, c.name, a.row, c.measured,
        CASE WHEN a.ts IS NULL THEN NULL WHEN a.ts + c.slack < f."first" THEN -1 WHEN a.ts - c.slack > f."last" THEN 1
            ELSE 0 END AS side,
        CASE WHEN a.ts IS NULL THEN {far} ELSE greatest(0, a.ts - f."last", f."first" - a.ts) END AS away
    FROM arp a JOIN known f USING (ip) JOIN clock c USING (origin)
    WHERE f.mac = '' AND same_site(c.site, f.site)
)
SELECT k, mac, ts, name, row, measured, side FROM seen WHERE away <= {far}
QUALIFY side = 0 OR row_number() OVER (PARTITION BY k, side ORDER BY away, name, row) = 1
ORDER BY k, ts, name, row
"""


class ArpHop:
    """Known: `ip`, without a MAC address. Found: MAC addresses."""

    kind = "arp"

    def find(
        self, connection: "duckdb.DuckDBPyConnection", known: Sequence[Known], settings: TraceSettings
    ) -> list[list[Step]]:
        """MAC addresses for each inside address, best first."""
        register_known(connection, known)
        rows: list[dict[str, list[_Row]]] = [{} for _ in known]
        for k, mac, *told in connection.execute(_QUERY.format(far=microseconds(settings.arp))).fetchall():
            rows[k].setdefault(mac, []).append(tuple(told))
        return [
            sorted((_step(one, mac, told, alone=len(found) == 1) for mac, told in found.items()), key=lambda s: s.rank)
            for one, found in zip(known, rows, strict=True)
        ]


_Row = tuple[int | None, str, int, bool, int | None]
"""Time, source, row, whether its clock is measured, and on which side of the window it lies (0: inside)."""


def _step(known: Known, mac: str, rows: list[_Row], *, alone: bool) -> Step:
    sides = {side for _, _, _, measured, side in rows if measured and side is not None}
    if 0 in sides:
        certainty = Certainty.UNIQUE if alone else Certainty.LIKELY
    else:
        certainty = Certainty.LIKELY if alone and {-1, 1} <= sides else Certainty.POSSIBLE
    times = [ts for ts, *_ in rows if ts is not None]
    return Step(
        found=mac,
        certainty=certainty,
        since=min(times, default=None),
        till=max(times, default=None),
        reach=(known.start, known.end),
        rows=tuple(RowRef(name, row) for _, name, row, _, _ in rows),
        count=len(rows),
        overlap=0,
        unmeasured=frozenset(name for _, name, _, measured, _ in rows if not measured),
        note=None if 0 in sides else message("trace.arp_beside" if times else "trace.arp_undated"),
    )
