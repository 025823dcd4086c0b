"""The counts of units in a window, taken once for a whole part of the tree and then summed upwards.

Each table is asked once, grouped by unit, for all tallies, all units and all windows at once; the figures of a district
are sums of those of its schools, and what must not count twice (addresses, devices) is put together as sets. So whole
and parts agree however many levels there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from django.db.models import Case as Choose
from django.db.models import Count, IntegerField, Q, QuerySet, When
from django.db.models import Value as Fixed

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
from minewarden.desk.assessments.scopes import Heirs, heirs, heirs_at
from minewarden.desk.blocks.models import Receipt, Release, Scope
from minewarden.desk.ledger.models import UnitRange
from minewarden.desk.org.access import paths_of_units
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
    asked: frozenset[str]
    # Sums that are known of a unit only where something was added: of the others nobody knows, which is not nought.
    sparse: frozenset[str] = frozenset()
    own: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    plain: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    values: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    times: dict[str, dict[str, list[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def any(self, unit: Unit, keys: Iterable[str]) -> bool:
        """Whether a unit with all below it has anything under plain tallies."""
        return any(self.plain[key].get(unit.path) for key in keys)

    def of(self, unit: Unit, keys: Iterable[str] | None = None) -> Figures:
        """The figures of a unit with all below it, of all keys or of some."""
        wanted = self.keys if keys is None else self.keys & frozenset(keys)
        counts: dict[str, int | None] = dict.fromkeys(self.unknown & wanted)
        spans: dict[str, Span | None] = {}
        for key in wanted - self.unknown:
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


Asked = tuple[Window, Collection[str]]
"""A window, and what is to be counted in it."""


def gather(
    unit: Unit, window: Window, *, now: datetime, keys: Collection[str] = ALL, who: Heirs | None = None
) -> Gathered:
    """Count in a unit and all below it. What only the present knows stays unknown for a window that ended before."""
    return gather_all(unit, [(window, keys)], now=now, who=who)[0]


def gather_all(unit: Unit, asked: Sequence[Asked], *, now: datetime, who: Heirs | None = None) -> list[Gathered]:
    """Count in several windows at once: each table is asked once for all of them, whatever their number."""
    holding = [who] * len(asked) if who is not None else heirs_at([window.until for window, _ in asked])
    found = [_begun(window, keys, one, now) for (window, keys), one in zip(asked, holding, strict=True)]
    paths = _Paths(unit)
    # Between two windows units may have been merged. Where that moved rows into the unit or out of it, other rows are
    # asked for; where it moved them within the unit, the same rows count for others.
    for same in dict.fromkeys(one.heirs.below(unit) for one in found):
        those = [one for one in found if one.heirs.below(unit) == same]
        for table in dict.fromkeys((base.table, base.owner) for base in BASES.values()):
            together = [name for name, base in BASES.items() if (base.table, base.owner) == table]
            _plain(together, unit, those, paths)
        for name in BASES:
            _distinct(name, unit, those, paths)
        _times(unit, those, paths)
        for one in those:
            if one.asked & {"releases_asked", "releases_held"}:
                _releases(unit, one, paths)
    return found


def _begun(window: Window, keys: Collection[str], who: Heirs, now: datetime) -> Gathered:
    wanted, present = frozenset(keys) & ALL, window.until > now
    lost = {k for k in wanted if not present and (k in ELSEWHERE or (k in TALLIES and TALLIES[k].live))}
    return Gathered(window, who, frozenset(keys), frozenset((set(keys) - ALL) | lost), wanted - lost)


def of_unit(unit: Unit, window: Window, *, now: datetime, keys: Collection[str] = ALL) -> Figures:
    """The figures of one unit."""
    return gather(unit, window, now=now, keys=keys).of(unit)


def cheap(keys: Iterable[str] = ALL) -> frozenset[str]:
    """Those that are not asked of the largest tables."""
    return frozenset(k for k in keys if k not in ELSEWHERE and (k not in TALLIES or TALLIES[k].base not in LARGE))


class _Paths:
    """Of each unit's number the paths that its rows count for: its own, or its heir's, and those above up to the unit
    that is counted."""

    def __init__(self, unit: Unit) -> None:
        self._top = unit.path
        self._path: Mapping[int, str] = {}
        self._known: dict[tuple[int, int], tuple[str, ...]] = {}

    def above(self, unit_id: int, who: Heirs) -> tuple[str, ...]:
        key = unit_id, id(who.moved)
        if key not in self._known:
            if not self._path:
                self._path = paths_of_units()
            whole = who.path(self._path[unit_id])
            cuts = [place + 1 for place, sign in enumerate(whole) if sign == "/" and place + 1 >= len(self._top)]
            self._known[key] = tuple(whole[:cut] for cut in cuts)
        return self._known[key]


def _plain(names: Sequence[str], unit: Unit, those: Sequence[Gathered], paths: _Paths) -> None:
    """Tallies of the rows of a table, by unit, in one question; whether a unit has any is the same question."""
    base, columns = BASES[names[0]], _Columns()
    narrow = len({tally.base for tally in TALLIES.values() if tally.base in names}) > 1
    for one in those:
        for key in one.asked:
            tally = TALLIES.get(key)
            if tally is not None and tally.base in names and key not in SPANS and tally.value in ("", base.owner):
                where = tally.where(one.window)
                columns.add(one, key, where & BASES[tally.base].only if narrow else where)
        if names[0] == "asset" and one.asked & {"cells", "cells_filled"}:
            columns.add(one, "cells", Q(), weight=len(_CELLS))
            columns.add(one, "cells_filled", Q(), weight=len(_CELLS))
            for empty in _CELLS:
                columns.add(one, "cells_filled", empty, weight=-1)
    if not columns:
        return
    rows = (base.table() if narrow else base.rows()).filter(those[0].heirs.below(unit, base.path)).order_by()
    if base.near is not None:
        rows = rows.filter(base.near([one.window for one in those]))
    for owner, *numbers in rows.values_list(base.owner).annotate(**columns.annotations):
        told = zip(columns.asked, columns.reads, strict=True)
        counted = [(column, numbers[place]) for column, place in told if numbers[place]]
        if not counted:
            continue
        for (one, key, weight, distinct), number in counted:
            above = paths.above(owner, one.heirs)
            if distinct:
                for path in above:
                    one.values[key][path].add(str(owner))
                continue
            one.own[key][above[-1]] += number * weight
            plain = one.plain[key]
            for path in above:
                plain[path] += number * weight


class _Columns:
    """The columns of a question that counts: for which window and key each is, and how much one row weighs.

    Conditions that several figures share are counted once; `reads` says in which column of the answer each stands.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[Gathered, str, int, bool]] = []
        self.reads: list[int] = []
        self.annotations: dict[str, Count] = {}
        self._known: dict[Q, int] = {}

    def add(self, one: Gathered, key: str, where: Q, *, weight: int = 1) -> None:
        distinct = key in TALLIES and bool(TALLIES[key].value)
        place = self._known.setdefault(where, len(self.annotations))
        if place == len(self.annotations):
            self.annotations[f"n{place}"] = Count("pk", filter=where) if where else Count("pk")
        self.asked.append((one, key, weight, distinct))
        self.reads.append(place)

    def __bool__(self) -> bool:
        return bool(self.asked)


def _distinct(name: str, unit: Unit, those: Sequence[Gathered], paths: _Paths) -> None:
    """Values that count once, of all tallies of a base in one question for each column."""
    base = BASES[name]
    wanted = [
        (one, key, TALLIES[key])
        for one in those
        for key in one.asked
        if key in TALLIES and TALLIES[key].base == name and TALLIES[key].value not in ("", base.owner)
    ]
    for column in dict.fromkeys(tally.value for _, _, tally in wanted):
        mine = [(one, key, tally) for one, key, tally in wanted if tally.value == column]
        marks = {f"m{n}": mark(tally.where(one.window)) for n, (one, _, tally) in enumerate(mine)}
        rows = base.rows().filter(those[0].heirs.below(unit, base.path)).order_by()
        rows = rows.filter(_any(tally.where(one.window) for one, _, tally in mine)).annotate(**marks)
        for owner, value, *marked in rows.values_list(base.owner, column, *marks).distinct():
            for (one, key, tally), there in zip(mine, marked, strict=True):
                if there and tally.keep(value):
                    for path in paths.above(owner, one.heirs):
                        one.values[key][path].add(str(value))


def _times(unit: Unit, those: Sequence[Gathered], paths: _Paths) -> None:
    """How long things took, of all tallies in one question: who sent and who received are columns of the same rows."""
    mine = [(one, key) for one in those for key in one.asked & SPANS.keys()]
    if not mine:
        return
    bases = {key: BASES[TALLIES[key].base] for _, key in mine}
    columns = list(dict.fromkeys(c for _, key in mine for c in (bases[key].owner, *SPANS[key])))
    heirs_ = those[0].heirs
    wheres = [TALLIES[key].where(one.window) & heirs_.below(unit, bases[key].path) for one, key in mine]
    marks = {f"m{n}": mark(where) for n, where in enumerate(wheres)}
    rows = bases[mine[0][1]].rows().filter(_any(wheres)).annotate(**marks).order_by()
    for row in rows.values_list(*columns, *marks):
        at = dict(zip(columns, row, strict=False))
        for (one, key), there in zip(mine, row[len(columns) :], strict=True):
            if there:
                begun, ended = (at[column] for column in SPANS[key])
                took = max(0, round((ended - begun).total_seconds()))
                for path in paths.above(at[bases[key].owner], one.heirs):
                    one.times[key][path].append(took)


def mark(where: Q) -> Choose:
    """1 for a row for which a condition holds, else 0."""
    return Choose(When(where, then=Fixed(1)), default=Fixed(0), output_field=IntegerField())


def _any(wheres: Iterable[Q]) -> Q:
    found = Q()
    for where in wheres:
        found |= where
    return found


def _span(times: list[int]) -> Span | None:
    return Span(len(times), round(median(times)), max(times)) if times else Span(0, 0, 0)


_CELLS = (*(Q(**{cell: ""}) for cell in REQUIRED_CELLS), NO_NETWORK)
"""必填格 that are empty: the cells of devices that the ledger asks for, and one that tells it on the network."""


def _releases(unit: Unit, found: Gathered, paths: _Paths) -> None:
    """Of the newest list that was released for a unit: asked is who has an exit; it is held where each device that
    answered holds it."""
    at = found.window.moment
    released = Release.objects.filter(at__lte=at, scope=Scope.NETWORK).order_by("at", "pk")
    newest = {path: pk for pk, path in released.values_list("pk", "unit__path")}
    if not newest:
        return
    exits = UnitRange.objects.filter(purpose=UnitRange.Purpose.EGRESS, valid_from__lte=at).exclude(valid_to__lte=at)
    rows = exits.filter(found.heirs.below(unit)).order_by().values_list("unit_id", "unit__path").distinct()
    asked = {unit_id: release for unit_id, path in rows if (release := _nearest(path, newest)) is not None}
    latest: dict[tuple[int, str], str] = {}
    answers = Receipt.objects.filter(release__in=set(newest.values()), at__lte=at).order_by("at", "pk")
    for unit_id, release, device, state in answers.values_list("unit_id", "release_id", "device", "state"):
        if asked.get(unit_id) == release:
            latest[unit_id, device] = state
    told, bad = {key[0] for key in latest}, {key[0] for key, state in latest.items() if state != "confirmed"}
    for unit_id in asked:
        for path in paths.above(unit_id, found.heirs):
            found.values["releases_asked"][path].add(str(unit_id))
            if unit_id in told - bad:
                found.values["releases_held"][path].add(str(unit_id))


def _nearest(path: str, newest: Mapping[str, int]) -> int | None:
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
