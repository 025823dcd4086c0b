"""From a resolver to the clients that asked it for a name: the resolver of a notice is a mirror, not a miner.

Only who asked is found, and asking for a name is not mining: security products look names up too. So a client is never
more than likely by this hop.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from minewarden.trace.hop import Known, Step, TraceSettings, judge, register_known
from minewarden.vocab.attribution import Certainty

if TYPE_CHECKING:
    import duckdb

Listed = Callable[[Sequence[str]], Collection[str]]
"""Those of some names that a list of pools has."""

# Some logs do not say which server was asked; they are of the one server that wrote them.
_ASKED = """
SELECT DISTINCT d.query FROM dns d JOIN known f ON d.dst = f.ip OR d.dst IS NULL JOIN clock c USING (origin)
WHERE d.ts + c.slack >= f."first" AND d.ts - c.slack <= f."last" AND d.src <> f.ip AND same_site(c.site, f.site)
"""
_HITS = """
SELECT f.k, d.src AS found, d.query AS also, d.ts AS since, d.ts AS till, true AS certain, d.ts AS sure, d.origin, d.row
FROM dns d JOIN known f ON d.dst = f.ip OR d.dst IS NULL JOIN clock c USING (origin)
JOIN wanted w ON w.k = f.k AND (d.query = w.name OR (w.below AND ends_with(d.query, '.' || w.name)))
WHERE meets(d.ts, d.ts, c.slack, f."first", f."last") AND d.src <> f.ip AND same_site(c.site, f.site)
"""
_WANTED = pa.schema([("k", pa.int32()), ("name", pa.string()), ("below", pa.bool_())])


class LookupHop:
    """Known: `ip` of a resolver. Found: clients; `also` is the name that they asked for."""

    kind = "dns"

    def __init__(self, names: Sequence[Sequence[str]] = (), listed: Listed | None = None) -> None:
        """`names`: of each known thing the names that the notice tells, in lower case; none: those that a list has."""
        self._names, self._listed = names, listed

    def find(
        self, connection: "duckdb.DuckDBPyConnection", known: Sequence[Known], settings: TraceSettings
    ) -> list[list[Step]]:
        """Clients for each resolver, best first."""
        register_known(connection, known)
        wanted = [(k, name, True) for k, names in enumerate(self._names) for name in names]
        open_ended = [k for k, names in enumerate(self._names) if not names]
        if open_ended and self._listed is not None:
            asked = [row[0] for row in connection.execute(_ASKED).fetchall()]
            wanted += [(k, name, False) for k in open_ended for name in self._listed(asked)]
        columns = [pa.array([row[at] for row in wanted], field.type) for at, field in enumerate(_WANTED)]
        connection.register("wanted", pa.Table.from_arrays(columns, schema=_WANTED))
        try:
            steps = judge(connection, _HITS, known)
        finally:
            connection.unregister("wanted")
        return [[_no_more_than_likely(step) for step in group] for group in steps]


def _no_more_than_likely(step: Step) -> Step:
    sure = Certainty.POSSIBLE if step.certainty is Certainty.POSSIBLE else Certainty.LIKELY
    return replace(step, certainty=sure)
