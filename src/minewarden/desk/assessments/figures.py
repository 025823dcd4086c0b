"""The counts of units in a window, taken once for a whole part of the tree and then summed upwards.

Each table is asked once, grouped by unit, for all tallies, all units and all windows at once; the figures of a district
are sums of those of its schools, and what must not count twice (addresses, devices) is put together as sets. So whole
and parts agree however many levels there are.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from itertools import compress
from operator import itemgetter
from statistics import median
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import (
    BigIntegerField,
    Count,
    F,
    FilteredRelation,
    Func,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models import Value as Fixed
from django.db.models.functions import Coalesce

from minewarden.desk.assessments.indicators import (
    BASES,
    EITHER,
    ELSEWHERE,
    KEPT,
    SPANS,
    STEPS,
    TALLIES,
    Window,
    rows_of,
)
from minewarden.desk.assessments.met import as_one, numbers
from minewarden.desk.assessments.periods import Period
from minewarden.desk.assessments.scopes import Heirs, heirs, heirs_at
from minewarden.desk.blocks.models import Release, Scope
from minewarden.desk.kit.told import Took, answers
from minewarden.desk.kit.upward import at_place, in_one, upward
from minewarden.desk.ledger.models import UnitRange
from minewarden.desk.org.access import paths_of_units
from minewarden.desk.org.models import Unit

ALL = frozenset({*TALLIES, *ELSEWHERE})
Kept = TypeVar("Kept")


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
    """What was counted for a unit, `top` its path, and of `parts` for each unit below it: by the path of the unit for
    which it counts. What counts once, and times, stand at that unit alone; sums, and what others tell of `plain`
    figures, stand at each unit whose it is with all below it."""

    window: Window
    heirs: Heirs
    top: str
    keys: frozenset[str]
    unknown: frozenset[str]
    asked: frozenset[str]
    parts: frozenset[str]
    # Sums that are known of a unit only where something was added: of the others nobody knows, which is not nought.
    sparse: frozenset[str] = frozenset()
    sums: "dict[str, _Sum]" = field(default_factory=dict)
    plain: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    values: dict[str, dict[str, set[Hashable]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    times: dict[str, dict[str, list[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def any(self, path: str, keys: Iterable[str]) -> bool:
        """Whether the unit of a path with all below it has anything under plain tallies."""
        return any(self.sums[self._known(key, path)].of(path) for key in keys)

    def own(self, key: str) -> Iterator[tuple[str, int]]:
        """What each unit has of its own under a plain tally, by its path."""
        summed = self.sums[self._known(key)]
        return ((path, number) for path in summed.alone if (number := summed.of(path, summed.alone)))

    def of(self, unit: Unit, keys: Iterable[str] | None = None) -> Figures:
        """The figures of a unit with all below it, of all keys or of some. Raises KeyError for a unit below of which
        one of them was not asked."""
        wanted = self.keys if keys is None else self.keys & frozenset(keys)
        counts: dict[str, int | None] = dict.fromkeys(self.unknown & wanted)
        spans: dict[str, Span | None] = {}
        for key in wanted - self.unknown:
            self._known(key, unit.path)
            if key in SPANS:
                times = [took for several in _below(self.times[key], unit) for took in several]
                spans[key], counts[key] = _span(times), len(times)
            elif key in self.values or (key in TALLIES and TALLIES[key].value) or key.startswith("releases_"):
                counts[key] = len(set[Hashable]().union(*_below(self.values[key], unit)))
            elif key in self.sums:
                counts[key] = self.sums[key].of(unit.path)
            else:
                counts[key] = self.plain[key].get(unit.path, None if key in self.sparse else 0)
        return Figures(counts, spans)

    def _known(self, key: str, path: str = "") -> str:
        """A key, where it was counted of the unit of a path; of every unit, where none is named."""
        if path != self.top and key in self.asked and key not in self.parts:
            raise KeyError(key)
        return key


def _below(rows: Mapping[str, Kept], unit: Unit) -> list[Kept]:
    return [row for path, row in rows.items() if path.startswith(unit.path)]


def window_of(period: Period, now: datetime) -> Window:
    """A period as far as it can be counted at a time."""
    return Window(period.start, max(period.start, period.cut(now)))


class Asked(NamedTuple):
    """A window, what is to be counted in it, and of which of that each unit below is asked too."""

    window: Window
    keys: Collection[str]
    parts: Collection[str] = ALL


def gather(
    unit: Unit, window: Window, *, now: datetime, keys: Collection[str] = ALL, parts: Collection[str] = ALL,
    who: Heirs | None = None,
) -> Gathered:  # fmt: skip
    """Count in a unit and all below it. What only the present knows stays unknown for a window that ended before."""
    return gather_all(unit, [Asked(window, keys, parts)], now=now, who=who)[0]


def gather_all(unit: Unit, asked: Sequence[Asked], *, now: datetime, who: Heirs | None = None) -> list[Gathered]:
    """Count in several windows at once: each table is asked once for all of them, whatever their number, and cases once
    more for windows of which nothing but the course of the stock is asked."""
    holding = [who] * len(asked) if who is not None else heirs_at([one.window.until for one in asked])
    found = [_begun(unit, *one, whose, now) for one, whose in zip(asked, holding, strict=True)]
    paths = _Paths(unit)
    # Between two windows units may have been merged. Where that moved rows into the unit or out of it, other rows are
    # asked for; where it moved them within the unit, the same rows count for others.
    for same in dict.fromkeys(one.heirs.below(unit) for one in found):
        those = [one for one in found if one.heirs.below(unit) == same]
        # A course goes back a year, for which of all these rows nothing else is to be asked.
        course = [one for one in those if one.asked <= STEPS.keys() and not one.asked & one.parts]
        others = [one for one in those if one not in course]
        for table in dict.fromkeys((base.table, base.owner) for base in BASES.values() if not base.kept):
            together = [name for name, base in BASES.items() if (base.table, base.owner) == table]
            for several in (course, others):
                _counts(together, unit, several, paths)
        _kept(unit, others, paths)
        _times(unit, others, paths)
        for one in others:
            if one.asked & {"releases_asked", "releases_held"}:
                _releases(unit, one, paths)
    return found


def _begun(
    unit: Unit, window: Window, keys: Collection[str], parts: Collection[str], who: Heirs, now: datetime
) -> Gathered:
    wanted, present = frozenset(keys) & ALL, window.until > now
    lost = {k for k in wanted if not present and (k in ELSEWHERE or (k in TALLIES and TALLIES[k].live))}
    unknown = frozenset((set(keys) - ALL) | lost)
    return Gathered(window, who, unit.path, frozenset(keys), unknown, wanted - lost, frozenset(parts))


def of_unit(unit: Unit, window: Window, *, now: datetime, keys: Collection[str] = ALL) -> Figures:
    """The figures of one unit."""
    return gather(unit, window, now=now, keys=keys, parts=()).of(unit)


class _Sum(NamedTuple):
    """A sum at its place in the numbers of units, with what is below them and alone: what is added up once for several
    sums need not be added up for each."""

    whole: Mapping[str, int]
    alone: Mapping[str, int]
    place: int = 0

    def of(self, path: str, numbers: Mapping[str, int] | None = None) -> int:
        return at_place((self.whole if numbers is None else numbers).get(path, 0), self.place)


class _Paths:
    """Of each unit's number the path that its rows count for: its own, or its heir's."""

    def __init__(self, unit: Unit) -> None:
        self.top = unit.path
        self._paths: Mapping[int, str] = {}

    def of(self, unit_id: int, who: Heirs) -> str:
        (path,) = self._of_all([unit_id], who)
        return path

    def _of_all(self, unit_ids: Iterable[int], who: Heirs) -> Iterator[str]:
        self._paths = self._paths or paths_of_units()
        paths = map(self._paths.__getitem__, unit_ids)
        return map(who.path, paths) if who.moved else paths

    def lay(self, one: Gathered, keys: Iterable[str], of_units: Mapping[int, int]) -> None:
        """Add numbers that hold a sum for each of some keys, by the numbers of units, to all that is above each."""
        alone = defaultdict[str, int](int)
        for path, number in zip(self._of_all(of_units, one.heirs), of_units.values(), strict=True):
            alone[path] += number
        whole = upward(alone, self.top)
        one.sums.update((key, _Sum(whole, alone, place)) for place, key in enumerate(keys))

    def lay_whole(self, one: Gathered, key: str, number: int) -> None:
        """Lay down what is known of the unit itself alone."""
        one.sums[key] = _Sum({self.top: number}, {})


Words = int | tuple[int, ...]
"""The number that tells which conditions a row meets, or several where there are more than one number holds."""


def _counts(names: Sequence[str], unit: Unit, those: Sequence[Gathered], paths: _Paths) -> None:
    """Tallies of the rows of a table in one question: of each row, what of all that is asked it meets, and the values
    that count once."""
    base, columns, values = BASES[names[0]], _Columns[Q](), list[str]()
    narrow = len({tally.base for tally in TALLIES.values() if tally.base in names}) > 1
    for one in those:
        for key in one.asked - SPANS.keys():
            tally = TALLIES.get(key)
            if tally is None or tally.base not in names:
                continue
            only = (BASES[tally.base].only,) if narrow else ()
            if terms := STEPS.get(key) or EITHER.get(key):
                for weight, met in terms:
                    columns.add(one, key, *_parts(*met(one.window), *only), weight=weight)
            else:
                columns.add(one, key, *_parts(tally.where(one.window), *only))
            if tally.value not in ("", base.owner, *values):
                values.append(tally.value)
    if not columns:
        return
    rows = (base.table() if narrow else base.rows()).filter(those[0].heirs.below(unit, base.path)).order_by()
    # Steps ask of every row two times only, which an index of those tells.
    if base.near is not None and not all(key in STEPS for _, key, _, _ in columns.asked):
        near, windows = base.near, [one.window for one in those]
        rows = rows.filter(near(windows) | base.further(windows) if values else near(windows))
    # Whose a row is need not be read where it only counts for the unit itself.
    whose = [base.owner] if any(key in one.parts or _of_owner(key) for one, key, _, _ in columns.asked) else []
    words, first = numbers(columns.known), [*whose, *values]
    found = _found(rows.annotate(**words), first, words)
    plain: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for one, key, need, weight in columns.asked:
        if not TALLIES[key].value:
            plain[id(one), key].append((need, weight))
    for one in those:
        mine = {key: needs for (which, key), needs in plain.items() if which == id(one)}
        for key in mine.keys() - one.parts:
            paths.lay_whole(one, key, sum(weight * found.meet(need) for need, weight in mine[key]))
        if parted := {key: needs for key, needs in mine.items() if key in one.parts}:
            _of_units(found, base.owner, one, parted, paths)
    for column in first:
        once = [(one, key, need) for one, key, need, _ in columns.asked if TALLIES[key].value == column]
        if once:
            _values(found, base.owner, column, once, paths)


class _Rows:
    """What a question found: some columns, and of each row which conditions it meets, as numbers. `met`: those numbers
    as one."""

    def __init__(self, columns: Mapping[str, list[Any]], words: Sequence[Words], times: Mapping[Words, int]) -> None:
        self.columns, self.words = columns, words
        self.met = {several: as_one(several) for several in times}
        self._times = [(self.met[several], n) for several, n in times.items()]

    def meet(self, need: int) -> int:
        """How many rows meet all conditions of some bits."""
        return sum([n for bits, n in self._times if bits & need == need])


def _found(rows: "QuerySet[Any, Any]", first: Sequence[str], words: Collection[str]) -> _Rows:
    """Ask for some columns and for words. Where no column is asked, the database puts together what is alike."""
    of_words = _last(len(words), len(first))
    if not first:
        told = answers(rows.values_list(*words).annotate(n=Count("*")))
        return _Rows({}, (), {of_words(row): row[-1] for row in told})
    told = answers(rows.values_list(*first, *words))
    met = list(map(of_words, told))
    columns = {column: list(map(itemgetter(place), told)) for place, column in enumerate(first)}
    return _Rows(columns, met, Counter(met))


def _of_owner(key: str) -> bool:
    tally = TALLIES[key]
    return tally.value == BASES[tally.base].owner


def _of_units(
    found: _Rows, owner: str, one: Gathered, asked: Mapping[str, Sequence[tuple[int, int]]], paths: _Paths
) -> None:
    """Lay down what of each unit meets the conditions of plain tallies."""
    weights = dict.fromkeys(found.met, 0)
    for place, needs in enumerate(asked.values()):
        for need, weight in needs:
            there = in_one((*(0,) * place, weight))
            for several, bits in found.met.items():
                if bits & need == need:
                    weights[several] += there
    of_units = defaultdict[int, int](int)
    for unit_id, several in zip(found.columns[owner], found.words, strict=True):
        if weight := weights[several]:
            of_units[unit_id] += weight
    paths.lay(one, asked, of_units)


def _values(found: _Rows, owner: str, column: str, asked: Sequence[tuple[Gathered, str, int]], paths: _Paths) -> None:
    """Lay down the values of a column that count once, of the rows that meet the conditions of each tally."""
    by_unit = any(key in one.parts for one, key, _ in asked)
    sets = [defaultdict[Any, set[Any]](set) for _ in asked]
    of_met = {
        several: [
            (values, key in one.parts)
            for values, (one, key, need) in zip(sets, asked, strict=True)
            if bits & need == need
        ]
        for several, bits in found.met.items()
    }
    # Of all rows that meet the same the values are put together first.
    cells = found.columns[column]
    if by_unit:
        of_units = defaultdict[Any, set[Any]](set)
        for unit_id, value, several in zip(found.columns[owner], cells, found.words, strict=True):
            of_units[unit_id, several].add(value)
        alike = [(unit_id, several, those) for (unit_id, several), those in of_units.items()]
    else:
        together = {several: set[Any]() for several in of_met}
        for value, several in zip(cells, found.words, strict=True):
            together[several].add(value)
        alike = [(None, several, those) for several, those in together.items()]
    for unit_id, several, those in alike:
        for values, parted in of_met[several]:
            values[unit_id if parted else None] |= those
    for values, (one, key, _) in zip(sets, asked, strict=True):
        keep, laid = TALLIES[key].keep, one.values[key]
        for unit_id, several_values in values.items():
            path = paths.top if unit_id is None else paths.of(unit_id, one.heirs)
            laid[path].update(keep(several_values))


def _parts(*wheres: Q) -> list[Q]:
    """What must hold of a row for all of the conditions to hold, of each column together, and each comparison of two
    columns: tallies share most of it, and of each row each part is asked once."""
    of_column: dict[str, Q] = {}
    others: list[Q] = []
    for where in _flat(*wheres):
        if isinstance(where, Q):
            others.append(where)
        elif hasattr(where[1], "resolve_expression"):
            others.append(Q(where))
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


def _kept(unit: Unit, those: Sequence[Gathered], paths: _Paths) -> None:
    """Tallies of a table whose rows are counted already, in one question, so that all of it is of one moment."""
    columns = _Columns[tuple[type[Model], str, Q]]()
    for one in those:
        for key in one.asked & KEPT.keys():
            for kept in KEPT[key]:
                columns.add(one, key, (kept.table, kept.column, kept.where(one.window)), weight=kept.weight)
    if not columns:
        return
    parted = any(key in one.parts for one, key, _, _ in columns.asked)
    # Each of its own rows: of the days since which a device is checked in time there are few.
    parts = [
        _sums(rows, columns.known, those[0].heirs.below(unit), parted)
        for rows in dict.fromkeys((table, where) for table, _, where in columns.known)
    ]
    told = answers(parts[0].union(*parts[1:], all=True))
    for one in those:
        for key in one.asked & KEPT.keys():
            needs = [
                (need.bit_length() - 1, weight) for own, of, need, weight in columns.asked if own is one and of == key
            ]
            of_units = defaultdict[int, int](int)
            for owner, *of_all in told:
                of_units[owner] += sum(weight * of_all[place] for place, weight in needs)
            if key in one.parts:
                paths.lay(one, (key,), of_units)
            else:
                paths.lay_whole(one, key, sum(of_units.values()))


def _sums(
    which: tuple[type[Model], Q], known: Sequence[tuple[type[Model], str, Q]], below: Q, parted: bool
) -> "QuerySet[Any, Any]":
    """The sums of some rows of a table of kept counts, nought for those of others; by unit only where somebody asks,
    for there are thousands."""
    (kept, narrow), sums = which, dict[str, Any]()
    for place, (table, column, where) in enumerate(known):
        # A bare sum is that of all rows, where nothing tells them apart.
        added = Sum(column) if parted else Func(F(column), function="SUM", output_field=BigIntegerField())
        sums[f"n{place}"] = Coalesce(added, 0) if (table, where) == which else Fixed(0)
    whose = ("unit_id",) if parted else ()
    sums = sums if parted else {"whose": Fixed(0)} | sums
    rows = kept._base_manager.filter(below & narrow).order_by().values(*whose)
    found: QuerySet[Any, Any] = rows.annotate(**sums).values_list(*whose, *sums)
    return found


Column = TypeVar("Column", bound=Hashable)


class _Columns(Generic[Column]):
    """What a question asks: for which window and key, which columns a row needs to meet, a bit each, and how much it
    weighs. What several figures share is asked once.
    """

    def __init__(self) -> None:
        self.known: list[Column] = []
        self.asked: list[tuple[Gathered, str, int, int]] = []
        self._bits: dict[Column, int] = {}

    def add(self, one: Gathered, key: str, *columns: Column, weight: int = 1) -> None:
        need = 0
        for column in columns:
            bit = self._bits.setdefault(column, 1 << len(self.known))
            if bit >> len(self.known):
                self.known.append(column)
            need |= bit
        self.asked.append((one, key, need, weight))

    def __bool__(self) -> bool:
        return bool(self.asked)


def _times(unit: Unit, those: Sequence[Gathered], paths: _Paths) -> None:
    """How long things took, of all tallies of a table in one question: who sent and who received are columns of the
    same rows."""
    asked = [(one, key) for one in those for key in one.asked & SPANS.keys()]
    for table in dict.fromkeys(BASES[TALLIES[key].base].table for _, key in asked):
        mine = [(one, key, base) for one, key in asked if (base := BASES[TALLIES[key].base]).table is table]
        # Whose a row is need not be read where it only counts for the unit itself.
        owners = list(dict.fromkeys(base.owner for one, key, base in mine if key in one.parts))
        lengths = list(dict.fromkeys(SPANS[key] for _, key, _ in mine))
        took = {f"took{n}": Took(*length) for n, length in enumerate(lengths)}
        met = _Columns[Q]()
        for one, key, base in mine:
            met.add(one, key, *_parts(TALLIES[key].where(one.window), those[0].heirs.below(unit, base.path)))
        words, near = numbers(met.known), mine[0][2].near
        rows = table().filter(near([one.window for one in those]) if near else Q()).order_by()
        told = answers(rows.annotate(**took, **words).values_list(*owners, *took, *words))
        of_all = list(map(_last(len(words), len(owners) + len(took)), told))
        known = {several: as_one(several) for several in set(of_all)}
        for (one, key, need, _), (_, _, base) in zip(met.asked, mine, strict=True):
            wanted = {several for several, bits in known.items() if bits & need == need}
            of_these = list(compress(told, map(wanted.__contains__, of_all)))
            lasted, times = itemgetter(len(owners) + lengths.index(SPANS[key])), one.times[key]
            if key not in one.parts:
                times[paths.top] += map(lasted, of_these)
                continue
            whose = owners.index(base.owner)
            for row in of_these:
                times[paths.of(row[whose], one.heirs)].append(lasted(row))


def _last(count: int, after: int) -> Callable[[tuple[Any, ...]], Words]:
    """Takes the last columns of a row, so many after others."""
    return itemgetter(*range(after, after + count))


def _span(times: list[int]) -> Span | None:
    times.sort()
    # Two clocks that disagree make nothing take less than no time.
    below = bisect_left(times, 0)
    times[:below] = [0] * below
    return Span(len(times), round(median(times)), times[-1]) if times else Span(0, 0, 0)


def _releases(unit: Unit, found: Gathered, paths: _Paths) -> None:
    """Of the newest list that was released for a unit: asked is who has an exit; it is held where each device that
    answered holds it."""
    at = found.window.moment
    released = Release.objects.filter(at__lte=at, scope=Scope.NETWORK)
    last = released.filter(unit=OuterRef("unit")).order_by("-at", "-pk").values("pk")[:1]
    answered = FilteredRelation("receipts", condition=Q(receipts__at__lte=at))
    told = released.filter(pk=Subquery(last)).annotate(answered=answered).order_by("answered__at", "answered__pk")
    receipts = list(told.values_list("pk", "unit__path", "answered__unit_id", "answered__device", "answered__state"))
    newest = {path: pk for pk, path, *_ in receipts}
    if not newest:
        return
    exits = UnitRange.objects.filter(purpose=UnitRange.Purpose.EGRESS, valid_from__lte=at).exclude(valid_to__lte=at)
    rows = exits.filter(found.heirs.below(unit)).order_by().values_list("unit_id").distinct()
    where, nearest = paths_of_units(), lru_cache(1 << 10)(partial(_nearest, newest=newest))
    asked: dict[int, int] = {}
    for (unit_id,) in answers(rows):
        # Thousands of schools have nothing of their own, and then that of the few units above them.
        path = where[unit_id]
        release = newest[path] if path in newest else nearest(_above(path))
        if release is not None:
            asked[unit_id] = release
    latest: dict[tuple[int, str], str] = {}
    for release, _, unit_id, device, state in receipts:
        if asked.get(unit_id) == release:
            latest[unit_id, device] = state
    bad = {key[0] for key, state in latest.items() if state != "confirmed"}
    held = {key[0] for key in latest} - bad
    for key, units in (("releases_asked", asked.keys()), ("releases_held", held & asked.keys())):
        for unit_id in units:
            path = paths.of(unit_id, found.heirs) if key in found.parts else paths.top
            found.values[key][path].add(unit_id)


def _nearest(path: str, newest: Mapping[str, int]) -> int | None:
    """What was released by the unit of a path, else by the nearest above it."""
    while path and path not in newest:
        path = _above(path)
    return newest.get(path)


def _above(path: str) -> str:
    return path[: path.rfind("/", 0, -1) + 1]


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
    rows = dict(listed(key, unit, window, who=who).order_by().values_list(tally.value).annotate(n=Count("pk")))
    return sorted((Value(str(value), rows[value]) for value in tally.keep(rows)), key=lambda value: value.text)
