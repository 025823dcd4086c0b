"""What a hop is: from known things and a window of time to the next thing, with validity, rows and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.attribution import Certainty
from minewarden.vocab.clock import microseconds
from minewarden.vocab.finding import RowRef
from minewarden.vocab.message import Message, message

if TYPE_CHECKING:
    import duckdb

KEPT_ROWS = 16
"""How many rows a hop cites; how many there are is said in its note."""

MOST_STEPS, LEAST_STEPS, MOST_STEPS_IN_ALL = 2048, 16, 65_536
"""How many things a hop finds for one known thing: the best, a fair share of all, but never fewer than the least. How
many there are is said, and a warning names it: a question without a port may fit everybody behind an exit."""

_NEVER, _EVER = -(2**62), 2**62


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """What may be set. `unregistered`: how far a clock that nobody measured is taken to be wrong, both ways.
    `sighting`: how old or young a MAC table may be to say where a device was. `zones`: the whole-zone shifts that are
    tried where a window holds nothing, to see whether a file was read in the wrong zone. `arp`: how old or young an ARP
    table may be to say whose an address was (entries live from 20 minutes to 4 hours). `layers`: how many translations
    in a row are followed."""

    unregistered: timedelta = timedelta(seconds=300)
    sighting: timedelta = timedelta(days=7)
    arp: timedelta = timedelta(hours=4)
    layers: int = 3
    zones: tuple[timedelta, ...] = (timedelta(hours=8), timedelta(hours=-8))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a hop: addresses and the window `start..end` around the nominal `at..until`, all in
    microseconds of true time. Empty strings and 0: not known. `site` is the network that an inside address is of:
    schools use the same ones."""

    ip: str
    start: int
    end: int
    at: int
    until: int
    port: int = 0
    peer_ip: str = ""
    peer_port: int = 0
    mac: str = ""
    site: str = ""

    def shifted(self, span: timedelta) -> "Known":
        """The same, at another time."""
        by = microseconds(span)
        return replace(self, start=self.start + by, end=self.end + by, at=self.at + by, until=self.until + by)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a hop found. `since`, `till` in microseconds of true time, None: open. `reach` is the span in
    which it may hold, clocks' tolerances included; the next hop looks no further. `also` is what the row says besides
    (a hostname, a MAC address, an inside port), where its rows agree. `site` is the network that the rows are of, where
    one is registered. `overlap` and `count` rank it. `unmeasured`: the sources of unregistered clocks.
    `of` is how many were found for the same known thing, where only the best of them were kept."""

    found: str
    certainty: Certainty
    since: int | None
    till: int | None
    reach: tuple[int, int]
    rows: tuple[RowRef, ...]
    count: int
    overlap: int
    also: str = ""
    unmeasured: frozenset[str] = field(default_factory=frozenset)
    note: Message | None = None
    of: int = 0
    site: str = ""

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Best first: certainty, then overlap with the window, then how often it was seen, then the spelling."""
        return (list(Certainty).index(self.certainty), -self.overlap, -self.count, self.found)


class Hop(Protocol):
    """One class per hop. `find` answers all questions in one set-based query: a list of steps per known thing."""

    kind: str

    def find(
        self, connection: "duckdb.DuckDBPyConnection", known: Sequence[Known], settings: TraceSettings
    ) -> list[list[Step]]:
        """The steps for each known thing, best first; the tables `clock` and the lake's views are there."""
        ...


_CLOCK = pa.schema(
    [
        ("origin", pa.int32()),
        ("name", pa.string()),
        ("measured", pa.bool_()),
        ("slack", pa.int64()),
        ("begun", pa.int64()),
        ("seen", pa.int64()),
        ("site", pa.string()),
    ]
)
_KNOWN = pa.schema(
    [
        ("k", pa.int32()),
        ("ip", pa.string()),
        ("port", pa.int32()),
        ("peer_ip", pa.string()),
        ("peer_port", pa.int32()),
        ("mac", pa.string()),
        ("first", pa.int64()),
        ("last", pa.int64()),
        ("nominal", pa.int64()),
        ("nominal_last", pa.int64()),
        ("site", pa.string()),
    ]
)


def set_clocks(
    connection: "duckdb.DuckDBPyConnection", sources: Sequence[SourceRecord], settings: TraceSettings
) -> None:
    """Make table `clock` (origin, name, measured, slack, begun, seen, site): how far each source's times may be off,
    its first and last time, and whose network it is of. Makes the macros `meets(since, till, slack, first, last)`: may
    the two spans touch; `same_site(one, other)`: may they be of one network."""
    wide = microseconds(settings.unregistered)
    rows = [
        {
            "origin": record.origin,
            "name": record.name,
            "measured": record.offset_s is not None,
            "slack": round(record.tolerance_s * 1e6) if record.offset_s is not None else wide,
            "begun": record.first_us,
            "seen": record.last_us,
            "site": record.site,
        }
        for record in sources
    ]
    arrow = pa.Table.from_pylist(rows, _CLOCK)
    connection.register("clock_rows", arrow)
    connection.execute("CREATE TEMP TABLE clock AS SELECT * FROM clock_rows")
    connection.unregister("clock_rows")
    connection.execute(
        "CREATE TEMP MACRO meets(since, till, slack, a, b) AS"
        " (since IS NULL OR since - slack <= b) AND (till IS NULL OR till + slack >= a)"
    )
    connection.execute("CREATE TEMP MACRO same_site(one, other) AS one = '' OR other = '' OR one = other")


def register_known(connection: "duckdb.DuckDBPyConnection", known: Sequence[Known]) -> None:
    """Make table `known`, one row per known thing, numbered `k` from 0."""
    columns = [
        range(len(known)),
        [item.ip for item in known],
        [item.port for item in known],
        [item.peer_ip for item in known],
        [item.peer_port for item in known],
        [item.mac for item in known],
        [item.start for item in known],
        [item.end for item in known],
        [item.at for item in known],
        [item.until for item in known],
        [item.site for item in known],
    ]
    arrays = [pa.array(list(values), kind.type) for values, kind in zip(columns, _KNOWN, strict=True)]
    connection.register("known_rows", pa.Table.from_arrays(arrays, schema=_KNOWN))
    connection.execute("CREATE OR REPLACE TEMP TABLE known AS SELECT * FROM known_rows")
    connection.unregister("known_rows")


_JUDGE = """
WITH hit AS ({hits}),
wide AS (
    SELECT h.k, h.found, h.also, h.since, h.till, h.origin, h.row, c.name, c.measured, c.site, f.first, f.last,
        coalesce(h.since - c.slack, {never}) AS p0,
        coalesce(h.till + c.slack, {ever}) AS p1,
        CASE WHEN h.certain THEN h.since - c.slack END AS s0,
        coalesce(h.till, h.sure) + c.slack AS s1,
        f.nominal, f.nominal_last
    FROM hit h JOIN clock c USING (origin) JOIN known f USING (k)
),
walked AS (
    SELECT *, max(s1) OVER (PARTITION BY k, found ORDER BY s0, s1, origin, row
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM wide
)
SELECT k, found,
    CASE WHEN min(also) = max(also) THEN max(also) ELSE '' END AS also,
    CASE WHEN min(site) = max(site) THEN max(site) ELSE '' END AS site,
    CASE WHEN bool_or(since IS NULL) THEN NULL ELSE min(since) END AS since,
    CASE WHEN bool_or(till IS NULL) THEN NULL ELSE max(till) END AS till,
    min(p0) AS p0, max(p1) AS p1,
    count(*) AS count,
    sum(greatest(0, least(p1, last) - greatest(p0, first)))::BIGINT AS overlap,
    bool_or(coalesce(s0 <= nominal_last AND s1 >= nominal, false)) AS nominal,
    coalesce(min(s0) <= any_value(first) AND max(s1) >= any_value(last), false)
        AND NOT bool_or(coalesce(s0 > before + 1 AND s0 > first AND before < last, false)) AS whole,
    arg_min(origin, (coalesce(since, till, 0), origin, row), {kept}) AS origins,
    arg_min(row, (coalesce(since, till, 0), origin, row), {kept}) AS numbers,
    list_distinct(list(name) FILTER (NOT measured)) AS unmeasured
FROM walked GROUP BY k, found
"""
# The order of `Step.rank`, as far as what was graded is already known.
_BEST = """
FROM (SELECT *, count(*) OVER (PARTITION BY k) AS of FROM ({judged}))
QUALIFY of <= {most} OR row_number() OVER (PARTITION BY k
    ORDER BY (nominal AND len(coalesce(unmeasured, [])) = 0) DESC, overlap DESC, count DESC, found) <= {most}
"""


def judge(connection: "duckdb.DuckDBPyConnection", hits: str, known: Sequence[Known]) -> list[list[Step]]:
    """Turn a query of hits (k, found, also, since, till, certain, sure, origin, row) into steps with their certainty.

    A hit holds from `since` to `till` (null: open), at the earliest where it is not `certain`; where the end is open it
    is sure until `sure` only (the last time its source was written). Edges are widened by the slack of the source's
    clock. A found thing fits the whole window when its hits together leave no gap in it. Of very many things the best
    are kept, and each says how many there were.
    """
    names = dict(connection.execute("SELECT origin, name FROM clock").fetchall())
    most = max(LEAST_STEPS, min(MOST_STEPS, MOST_STEPS_IN_ALL // max(1, len(known))))
    query = _BEST.format(judged=_JUDGE.format(hits=hits, never=_NEVER, ever=_EVER, kept=KEPT_ROWS), most=most)
    raw: list[list[_Judged]] = [[] for _ in known]
    cursor = connection.execute(query)
    columns = [column[0] for column in cursor.description or ()]
    while chunk := cursor.fetchmany(10_000):
        for values in chunk:
            row = dict(zip(columns, values, strict=True))
            refs = sorted({RowRef(names[o], n) for o, n in zip(row["origins"], row["numbers"], strict=True)})
            raw[row["k"]].append(_Judged(row["nominal"], row["whole"], not row["unmeasured"], _step(row, tuple(refs))))
    return [sorted((_graded(one, alone=len(group) == 1) for one in group), key=lambda s: s.rank) for group in raw]


@dataclass(frozen=True, slots=True)
class _Judged:
    nominal: bool
    whole: bool
    measured: bool
    step: Step


def _step(row: dict[str, object], refs: tuple[RowRef, ...]) -> Step:
    count = int(str(row["count"]))
    return Step(
        found=str(row["found"]),
        certainty=Certainty.POSSIBLE,
        since=row["since"],  # type: ignore[arg-type]
        till=row["till"],  # type: ignore[arg-type]
        reach=(row["p0"], row["p1"]),  # type: ignore[arg-type]
        rows=refs,
        count=count,
        overlap=int(str(row["overlap"])),
        also=str(row["also"]),
        unmeasured=frozenset(row["unmeasured"] or ()),  # type: ignore[call-overload]
        note=message("trace.more_rows", count=count, shown=len(refs)) if count > len(refs) else None,
        of=int(str(row["of"])),
        site=str(row["site"]),
    )


def _graded(one: _Judged, *, alone: bool) -> Step:
    """The rule of `vocab.attribution.Certainty`, in one place."""
    if not one.measured or not one.nominal:
        certainty = Certainty.POSSIBLE
    elif one.whole and alone:
        certainty = Certainty.UNIQUE
    else:
        certainty = Certainty.LIKELY
    return replace(one.step, certainty=certainty)


def weaker(one: Certainty, other: Certainty) -> Certainty:
    """The less certain of two: a chain is as sure as its weakest hop."""
    order = list(Certainty)
    return order[max(order.index(one), order.index(other))]
