"""The counts of units in a window, taken once for a whole part of the tree and then summed upwards.

Each tally is one question to the database, grouped by unit, for all units at once; the figures of a district are sums
of those of its schools, and what must not count twice (addresses, devices) is put together as sets. So whole and parts
agree however many levels there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from django.db.models import Count, Q, QuerySet

from minewarden.desk.assessments.indicators import (
    BASES,
    ELSEWHERE,
    LARGE,
    NO_NETWORK,
    REQUIRED_CELLS,
    SPANS,
    TALLIES,
    Window,
    rows_of,
)
from minewarden.desk.assessments.periods import Period
from minewarden.desk.assessments.scopes import Heirs, heirs
from minewarden.desk.blocks.models import Receipt, Release, Scope
from minewarden.desk.ledger.models import UnitRange
from minewarden.desk.org.models import Unit

ALL = frozenset({*TALLIES, *ELSEWHERE})


@dataclass(frozen=True, slots=True)
class Span:
    """How long something took, over all times that it happened: how often, the median and the longest, in seconds."""

    times: int
    median: int
    longest: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of one unit with all below it. None: there is no source that could tell."""

    counts: Mapping[str, int | None]
    spans: Mapping[str, Span | None]

    def count(self, key: str) -> int | None:
        """A count; None where there is no source."""
        return self.counts.get(key)

    def number(self, key: str) -> int:
        """A count, 0 where there is no source."""
        return self.counts.get(key) or 0


@dataclass
class Gathered:
    """What was counted in a part of the tree, by the path of the unit for which it counts."""

    window: Window
    heirs: Heirs
    keys: frozenset[str]
    unknown: frozenset[str]
    # Sums that are known of a unit only where something was added: of the others nobody knows, which is not nought.
    sparse: frozenset[str] = frozenset()
    own: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    plain: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    values: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    times: dict[str, dict[str, list[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def of(self, unit: Unit) -> Figures:
        """The figures of a unit with all below it."""
        counts: dict[str, int | None] = dict.fromkeys(self.unknown & self.keys)
        spans: dict[str, Span | None] = {}
        for key in self.keys - self.unknown:
            if key in SPANS:
                spans[key] = _span(self.times[key].get(unit.path, []))
                counts[key] = len(self.times[key].get(unit.path, []))
            elif key in self.values or (key in TALLIES and TALLIES[key].value) or key.startswith("releases_"):
                counts[key] = len(self.values[key].get(unit.path, ()))
            else:
                counts[key] = self.plain[key].get(unit.path, None if key in self.sparse else 0)
        return Figures(counts, spans)


def window_of(period: Period, now: datetime) -> Window:
    """A period as far as it can be counted at a time."""
    return Window(period.start, max(period.start, period.cut(now)))


def gather(
    unit: Unit, window: Window, *, now: datetime, keys: Collection[str] = ALL, who: Heirs | None = None
) -> Gathered:
    """Count in a unit and all below it. What only the present knows stays unknown for a window that ended before."""
    who = who if who is not None else heirs(window.until)
    wanted = frozenset(keys) & ALL
    present = window.until > now
    lost = {k for k in wanted if not present and (k in ELSEWHERE or (k in TALLIES and TALLIES[k].live))}
    found = Gathered(window, who, frozenset(keys), frozenset((set(keys) - ALL) | lost))
    paths = _Paths(who)
    asked = wanted - lost
    for name in dict.fromkeys(TALLIES[key].base for key in TALLIES if key in asked):
        _plain(name, [k for k in asked if k in TALLIES and TALLIES[k].base == name], unit, found, paths)
    for key in (k for k in asked if k in TALLIES and TALLIES[k].value):
        _distinct(key, unit, found, paths)
    for key in asked & SPANS.keys():
        _times(key, unit, found, paths)
    if asked & {"cells", "cells_filled"}:
        _cells(unit, found, paths)
    if asked & {"releases_asked", "releases_held"}:
        _releases(unit, found, paths)
    return found


def of_unit(unit: Unit, window: Window, *, now: datetime, keys: Collection[str] = ALL) -> Figures:
    """The figures of one unit."""
    return gather(unit, window, now=now, keys=keys).of(unit)


def cheap(keys: Iterable[str] = ALL) -> frozenset[str]:
    """Those that are not asked of the largest tables."""
    return frozenset(k for k in keys if k not in ELSEWHERE and (k not in TALLIES or TALLIES[k].base not in LARGE))


class _Paths:
    """Of each unit's number the paths that its rows count for: its own, or its heir's, and all above."""

    def __init__(self, who: Heirs) -> None:
        self._path = dict(Unit.objects.order_by().values_list("pk", "path"))
        self._who = who
        self._known: dict[int, tuple[str, ...]] = {}

    def above(self, unit_id: int) -> tuple[str, ...]:
        if unit_id not in self._known:
            parts = self._who.path(self._path[unit_id]).rstrip("/").split("/")
            self._known[unit_id] = tuple("/".join(parts[: n + 1]) + "/" for n in range(len(parts)))
        return self._known[unit_id]


def _plain(name: str, keys: list[str], unit: Unit, found: Gathered, paths: _Paths) -> None:
    base = BASES[name]
    asked = {key: TALLIES[key].where(found.window) for key in keys if not TALLIES[key].value and key not in SPANS}
    if not asked:
        return
    # Where one tally alone is asked, the database need not look at what does not count.
    rows = base.rows().filter(found.heirs.below(unit, base.path)).order_by()
    counted = rows.values_list(base.owner).annotate(
        **{f"n_{key}": Count("pk", filter=where) if where else Count("pk") for key, where in asked.items()}
    )
    for owner, *numbers in counted:
        for key, number in zip(asked, numbers, strict=True):
            found.own[key][paths.above(owner)[-1]] += number
        for path in paths.above(owner):
            for key, number in zip(asked, numbers, strict=True):
                if number:
                    found.plain[key][path] += number


def _distinct(key: str, unit: Unit, found: Gathered, paths: _Paths) -> None:
    tally = TALLIES[key]
    base = BASES[tally.base]
    rows = rows_of(key, found.window).filter(found.heirs.below(unit, base.path)).order_by()
    for owner, value in rows.values_list(base.owner, tally.value).distinct():
        if tally.keep(value):
            for path in paths.above(owner):
                found.values[key][path].add(str(value))


def _times(key: str, unit: Unit, found: Gathered, paths: _Paths) -> None:
    base = BASES[TALLIES[key].base]
    begin, end = SPANS[key]
    rows = rows_of(key, found.window).filter(found.heirs.below(unit, base.path)).order_by()
    for owner, begun, ended in rows.values_list(base.owner, begin, end):
        took = max(0, round((ended - begun).total_seconds()))
        for path in paths.above(owner):
            found.times[key][path].append(took)


def _span(times: list[int]) -> Span | None:
    return Span(len(times), round(median(times)), max(times)) if times else Span(0, 0, 0)


def _cells(unit: Unit, found: Gathered, paths: _Paths) -> None:
    """必填格: the cells of devices that the ledger asks for, and those of them that are filled in."""
    base = BASES["asset"]
    empty = {f"no_{cell}": Count("pk", filter=Q(**{cell: ""})) for cell in REQUIRED_CELLS}
    rows = base.rows().filter(found.heirs.below(unit, base.path)).order_by().values_list(base.owner)
    for owner, devices, *lacking in rows.annotate(n=Count("pk"), net=Count("pk", filter=NO_NETWORK), **empty):
        asked = devices * (len(REQUIRED_CELLS) + 1)
        for path in paths.above(owner):
            found.plain["cells"][path] += asked
            found.plain["cells_filled"][path] += asked - sum(lacking)


def _releases(unit: Unit, found: Gathered, paths: _Paths) -> None:
    """Of the newest list that was released for a unit: asked is who has an exit; it is held where each device that
    answered holds it."""
    at = found.window.moment
    newest: dict[str, Release] = {}
    for one in (
        Release.objects.filter(at__lte=at, scope=Scope.NETWORK)
        .select_related("unit")
        .defer("orders", "rules")
        .order_by("at", "pk")
    ):
        newest[one.unit.path] = one
    exits = UnitRange.objects.filter(purpose=UnitRange.Purpose.EGRESS, valid_from__lte=at).exclude(valid_to__lte=at)
    rows = exits.filter(found.heirs.below(unit)).order_by().values_list("unit_id", "unit__path").distinct()
    asked = {unit_id: release for unit_id, path in rows if (release := _nearest(path, newest)) is not None}
    latest: dict[tuple[int, str], Receipt] = {}
    receipts = Receipt.objects.filter(release__in=[one.pk for one in newest.values()], unit__in=asked, at__lte=at)
    for receipt in receipts.order_by("at", "pk"):
        if asked[receipt.unit_id].pk == receipt.release_id:
            latest[receipt.unit_id, receipt.device] = receipt
    told, bad = {key[0] for key in latest}, {key[0] for key, row in latest.items() if row.state != "confirmed"}
    for unit_id in asked:
        for path in paths.above(unit_id):
            found.values["releases_asked"][path].add(str(unit_id))
            if unit_id in told - bad:
                found.values["releases_held"][path].add(str(unit_id))


def _nearest(path: str, newest: Mapping[str, Release]) -> Release | None:
    best = max((above for above in newest if path.startswith(above)), key=len, default="")
    return newest.get(best)


@dataclass(frozen=True, slots=True)
class Value:
    """A value that counts once, with how many rows bear it."""

    text: str
    rows: int


def listed(key: str, unit: Unit, window: Window, *, who: Heirs | None = None) -> "QuerySet[Any, Any]":
    """The rows behind a count of a unit: asked as the count is asked. Raises KeyError for what is no tally."""
    who = who if who is not None else heirs(window.until)
    return rows_of(key, window).filter(who.below(unit, BASES[TALLIES[key].base].path))


def values_of(key: str, unit: Unit, window: Window, *, who: Heirs | None = None) -> list[Value]:
    """The values behind a count that counts equal ones once."""
    tally = TALLIES[key]
    rows = listed(key, unit, window, who=who).order_by().values_list(tally.value).annotate(n=Count("pk"))
    return sorted((Value(str(value), n) for value, n in rows if tally.keep(value)), key=lambda value: value.text)
