"""The counts of units in a window, taken once for a whole part of the tree and then summed upwards.

Each table is asked once, grouped by unit, for all tallies, all units and all windows at once; the figures of a district
are sums of those of its schools, and what must not count twice (addresses, devices) is put together as sets. So whole
and parts agree however many levels there are.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from statistics import median
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import BigIntegerField, Count, Func, Q, QuerySet, Sum, When
from django.db.models import Case as Choose
from django.db.models import Value as Fixed
from django.db.models.functions import Coalesce

from minewarden.desk.assessments.indicators import (
    BASES,
    ELSEWHERE,
    KEPT,
    SPANS,
    STEPS,
    TALLIES,
    Base,
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
Kept = TypeVar("Kept")
Told = TypeVar("Told")


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
    """What was counted in a part of the tree, by the path of the unit for which it counts. What counts once, and times,
    stand at that unit alone; what others tell of `plain` figures stands at each unit whose it is with all below it."""

    window: Window
    heirs: Heirs
    keys: frozenset[str]
    unknown: frozenset[str]
    asked: frozenset[str]
    # Sums that are known of a unit only where something was added: of the others nobody knows, which is not nought.
    sparse: frozenset[str] = frozenset()
    sums: "dict[str, _Sum]" = field(default_factory=dict)
    plain: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    values: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    times: dict[str, dict[str, list[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def any(self, path: str, keys: Iterable[str]) -> bool:
        """Whether the unit of a path with all below it has anything under plain tallies."""
        return any(self.sums[key].of(path) for key in keys)

    def own(self, key: str) -> Iterator[tuple[str, int]]:
        """What each unit has of its own under a plain tally, by its path."""
        summed = self.sums[key]
        return ((path, number) for path in summed.table.own if (number := summed.of(path, summed.table.own)))

    def of(self, unit: Unit, keys: Iterable[str] | None = None) -> Figures:
        """The figures of a unit with all below it, of all keys or of some."""
        wanted = self.keys if keys is None else self.keys & frozenset(keys)
        counts: dict[str, int | None] = dict.fromkeys(self.unknown & wanted)
        spans: dict[str, Span | None] = {}
        for key in wanted - self.unknown:
            if key in SPANS:
                times = [took for several in _below(self.times[key], unit) for took in several]
                spans[key], counts[key] = _span(times), len(times)
            elif key in self.sums:
                counts[key] = self.sums[key].of(unit.path)
            elif key in self.values or (key in TALLIES and TALLIES[key].value) or key.startswith("releases_"):
                counts[key] = len(set[str]().union(*_below(self.values[key], unit)))
            else:
                counts[key] = self.plain[key].get(unit.path, None if key in self.sparse else 0)
        return Figures(counts, spans)


def _below(rows: Mapping[str, Kept], unit: Unit) -> list[Kept]:
    return [row for path, row in rows.items() if path.startswith(unit.path)]


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
        for table in dict.fromkeys((base.table, base.owner) for base in BASES.values() if base.kept is None):
            together = [name for name, base in BASES.items() if (base.table, base.owner) == table]
            _plain(together, unit, those, paths)
        for name, base in BASES.items():
            if base.kept is not None:
                _kept(base, base.kept(), unit, those, paths)
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


class _Table:
    """The answer to a question that counts: by the path of the unit for which it counts, how many rows meet which
    conditions. own: without what is below it; whole: with that. Of the conditions that a row meets each is a bit."""

    def __init__(self) -> None:
        self.own: dict[str, Mapping[int, int]] = {}
        self.whole: dict[str, Mapping[int, int]] = {}

    def sum_up(self, top: str) -> None:
        """Add level by level what is below to what is above it, up to the unit that is counted."""
        whole = self.whole = dict(self.own)
        levels = defaultdict[int, set[str]](set)
        for path in whole:
            levels[path.count("/")].add(path)
        for depth in range(max(levels, default=0), top.count("/"), -1):
            below = defaultdict[str, list[Mapping[int, int]]](list)
            for path in levels[depth]:
                below[path[: path.rindex("/", 0, -1) + 1]].append(whole[path])
            for path, rows in below.items():
                whole[path] = _together([whole[path], *rows] if path in whole else rows)
            levels[depth - 1].update(below)


def _together(several: Iterable[Mapping[int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for counts in several:
        for met, rows in counts.items():
            found[met] = found.get(met, 0) + rows
    return found


@dataclass(frozen=True, slots=True)
class _Sum:
    """How a count is read from a table: the rows that meet some conditions, those of each times how much."""

    table: _Table
    needs: tuple[tuple[int, int], ...]

    def of(self, path: str, rows: Mapping[str, Mapping[int, int]] | None = None) -> int:
        counts = (self.table.whole if rows is None else rows).get(path)
        if counts is None:
            return 0
        return sum(weight * n for need, weight in self.needs for met, n in counts.items() if met & need == need)


class _Paths:
    """Of each unit's number the path that its rows count for: its own, or its heir's."""

    def __init__(self, unit: Unit) -> None:
        self.top = unit.path
        self._paths: Mapping[int, str] = {}

    def of(self, unit_id: int, who: Heirs) -> str:
        self._paths = self._paths or paths_of_units()
        path = self._paths[unit_id]
        return who.path(path) if who.moved else path


def _plain(names: Sequence[str], unit: Unit, those: Sequence[Gathered], paths: _Paths) -> None:
    """Tallies of the rows of a table in one question: of each row, what of all that is asked it meets."""
    base, columns = BASES[names[0]], _Columns[Q]()
    narrow = len({tally.base for tally in TALLIES.values() if tally.base in names}) > 1
    for one in those:
        for key in one.asked:
            tally = TALLIES.get(key)
            if tally is not None and tally.base in names and key not in SPANS and tally.value in ("", base.owner):
                only = (BASES[tally.base].only,) if narrow else ()
                if key in STEPS:
                    for weight, met in STEPS[key]:
                        columns.add(one, key, *_parts(*met(one.window), *only), weight=weight)
                else:
                    columns.add(one, key, *_parts(tally.where(one.window), *only))
    if not columns:
        return
    rows = (base.table() if narrow else base.rows()).filter(those[0].heirs.below(unit, base.path)).order_by()
    if base.near is not None:
        rows = rows.filter(base.near([one.window for one in those]))
    words = _words(columns.known)
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for (owner, *told), n in Counter(_raw(rows.annotate(**words).values_list(base.owner, *words))).items():
        found[owner][_met(told)] = n
    _sum_up(found, columns, paths)


def _parts(*wheres: Q) -> list[Q]:
    """What must hold of a row for all of the conditions to hold, of each column together: tallies share most of it,
    and of each row each part is asked once."""
    of_column: dict[str, Q] = {}
    others: list[Q] = []
    for where in _flat(*wheres):
        if isinstance(where, Q):
            others.append(where)
        else:
            column = where[0].rpartition("__")[0] or where[0]
            of_column[column] = of_column.get(column, Q()) & Q(where)
    return [*of_column.values(), *others]


def _flat(*wheres: Q) -> Iterator[Any]:
    for where in wheres:
        if where.negated or where.connector != Q.AND or not where:
            yield where
        else:
            for child in where.children:
                yield from _flat(child) if isinstance(child, Q) else (child,)


_BITS = 60
"""Conditions that one number of a database tells."""


def _words(conditions: Sequence[Q]) -> dict[str, Func]:
    """Columns of numbers that tell of each row which of the conditions hold, as many as it takes."""
    begins = range(0, len(conditions), _BITS)
    return {f"met{n}": _bits(conditions[begin : begin + _BITS]) for n, begin in enumerate(begins)}


def _met(words: Sequence[int]) -> int:
    """The numbers of `_words` as one."""
    return sum(word << place * _BITS for place, word in enumerate(words))


def _bits(conditions: Sequence[Q]) -> Func:
    marks: list[Choose | Fixed] = []
    before: dict[str, dict[datetime, int]] = defaultdict(dict)
    for place, where in enumerate(conditions):
        match where.negated, where.children:
            case False, [(str(lookup), datetime() as instant)] if lookup.endswith("__lt"):
                bits = before[lookup.removesuffix("__lt")]
                bits[instant] = bits.get(instant, 0) | 1 << place
            case _:
                marks.append(mark(where, 1 << place) if where else Fixed(1 << place))
    marks += [_before(column, bits) for column, bits in before.items()]
    return Func(*marks, template="(%(expressions)s)", arg_joiner=" + ", output_field=BigIntegerField())


def _before(column: str, bits: Mapping[datetime, int]) -> Choose:
    """Before which instants a time lies: it is compared with the latest first, and no further than where it lies."""
    met, steps = 0, [When(Q((column, None)), then=Fixed(0))]
    for instant in sorted(bits, reverse=True):
        steps.append(When(Q((f"{column}__gte", instant)), then=Fixed(met)))
        met |= bits[instant]
    return Choose(*steps, default=Fixed(met), output_field=BigIntegerField())


def _kept(base: Base, rows: "QuerySet[Any, Any]", unit: Unit, those: Sequence[Gathered], paths: _Paths) -> None:
    """Tallies of a table whose rows are counted already."""
    columns = _Columns[Sum]()
    for one in those:
        for key in one.asked & KEPT.keys():
            for weight, column, where in KEPT[key]:
                columns.add(one, key, Sum(column, filter=where(one.window) or None, default=0), weight=weight)
    if columns:
        sums = {f"n{place}": column for place, column in enumerate(columns.known)}
        rows = rows.filter(those[0].heirs.below(unit, base.path)).order_by()
        told = _raw(rows.values_list(base.owner).annotate(**sums))
        _sum_up({owner: {1 << n: of_it for n, of_it in enumerate(of_all)} for owner, *of_all in told}, columns, paths)


def _sum_up(found: Mapping[int, dict[int, int]], columns: "_Columns[Any]", paths: _Paths) -> None:
    """Lay down what was found: by the number of a unit, how many rows meet which conditions."""
    if columns.once:
        for counts in found.values():
            counts[sum(bit for need, bit in columns.once.items() if any(met & need == need for met in counts))] = 1
    tables = {id(one.heirs): (one.heirs, _Table()) for one, _, _, _ in columns.asked}
    for heirs_, table in tables.values():
        for owner, counts in found.items():
            path = paths.of(owner, heirs_)
            table.own[path] = _together([table.own[path], counts]) if path in table.own else counts
        table.sum_up(paths.top)
    for one, key, need, weight in columns.asked:
        before = one.sums[key].needs if key in one.sums else ()
        one.sums[key] = _Sum(tables[id(one.heirs)][1], (*before, (need, weight)))


def _raw(rows: "QuerySet[Any, Any]") -> list[tuple[Any, ...]]:
    """What a question finds, as the database says it. Of numbers and texts nothing is to be made, and to ask that of
    each of a hundred thousand cells takes as long as to count them."""
    with connection.cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


Column = TypeVar("Column", bound=Hashable)


class _Columns(Generic[Column]):
    """What a question asks: for which window and key, which columns a row needs to meet, a bit each, and how much it
    weighs. What several figures share is asked once. once: needs -> the bit that a unit has, counted once, with rows
    of the sort.
    """

    def __init__(self) -> None:
        self.known: list[Column] = []
        self.asked: list[tuple[Gathered, str, int, int]] = []
        self.once: dict[int, int] = {}
        self._bits: dict[Column, int] = {}

    def add(self, one: Gathered, key: str, *columns: Column, weight: int = 1) -> None:
        need = 0
        for column in columns:
            bit = self._bits.setdefault(column, 1 << len(self.known))
            if bit >> len(self.known):
                self.known.append(column)
            need |= bit
        if key in TALLIES and TALLIES[key].value:
            # Behind all that may be asked of a row.
            need = self.once.setdefault(need, 1 << _MOST + len(self.once))
        self.asked.append((one, key, need, weight))

    def __bool__(self) -> bool:
        return bool(self.asked)


_MOST = 1_000


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
        wheres = [tally.where(one.window) for one, _, tally in mine]
        rows = base.rows().filter(those[0].heirs.below(unit, base.path)).order_by()
        words = _words(wheres)
        rows = rows.filter(_any(wheres)).annotate(**words)
        of_met = _Of([(one.values[key], one.heirs, tally.keep) for one, key, tally in mine])
        for owner, value, *told in set(_raw(rows.values_list(base.owner, column, *words))):
            for values, who, keep in of_met[tuple(told)]:
                if keep(value):
                    values[paths.of(owner, who)].add(str(value))


def _times(unit: Unit, those: Sequence[Gathered], paths: _Paths) -> None:
    """How long things took, of all tallies of a table in one question: who sent and who received are columns of the
    same rows."""
    asked = [(one, key) for one in those for key in one.asked & SPANS.keys()]
    for table in dict.fromkeys(BASES[TALLIES[key].base].table for _, key in asked):
        mine = [(one, key, base) for one, key in asked if (base := BASES[TALLIES[key].base]).table is table]
        columns = list(dict.fromkeys(c for _, key, base in mine for c in (base.owner, *SPANS[key])))
        # Of a bare column of times SQLite's driver makes each cell a time, which takes longer than all else.
        bare = {f"at{n}": Coalesce(c, c) for n, c in enumerate(columns)}
        wheres = [TALLIES[key].where(one.window) & those[0].heirs.below(unit, base.path) for one, key, base in mine]
        words = _words(wheres)
        rows = table().filter(_any(wheres)).annotate(**words, **bare).order_by()
        places = [[columns.index(c) for c in (base.owner, *SPANS[key])] for _, key, base in mine]
        of_met = _Of([(one.times[key], one.heirs, at) for (one, key, _), at in zip(mine, places, strict=True)])
        # What one sends to thousands comes and goes for all of them at the same times.
        took = lru_cache(1 << 10)(_took)
        for row in _raw(rows.values_list(*bare, *words)):
            for times, who, (owner, begun, ended) in of_met[row[len(bare) :]]:
                times[paths.of(row[owner], who)].append(took(row[begun], row[ended]))


class _Of(dict[tuple[int, ...], list[Told]], Generic[Told]):
    """By the numbers that `_words` tells of a row: what there is for those of the conditions that hold."""

    def __init__(self, several: Sequence[Told]) -> None:
        super().__init__()
        self._several = several

    def __missing__(self, words: tuple[int, ...]) -> list[Told]:
        met = _met(words)
        found = self[words] = [one for place, one in enumerate(self._several) if met >> place & 1]
        return found


def _took(begun: "datetime | str", ended: "datetime | str") -> int:
    return max(0, round((_instant(ended) - _instant(begun)).total_seconds()))


def _instant(cell: "datetime | str") -> datetime:
    """A time as the database says it: what SQLite computes, it tells as text."""
    return datetime.fromisoformat(cell) if isinstance(cell, str) else cell


def mark(where: Q, number: int = 1) -> Choose:
    """1, or another number, for a row for which a condition holds, else 0."""
    return Choose(When(where, then=Fixed(number)), default=Fixed(0), output_field=BigIntegerField())


def _any(wheres: Iterable[Q]) -> Q:
    found = Q()
    for where in wheres:
        found |= where
    return found


def _span(times: list[int]) -> Span | None:
    return Span(len(times), round(median(times)), max(times)) if times else Span(0, 0, 0)


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
    held = told - bad
    for unit_id in asked:
        path = paths.of(unit_id, found.heirs)
        found.values["releases_asked"][path].add(str(unit_id))
        if unit_id in held:
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
