"""What the pages of the ledgers show: lists, an entry, imports, gaps."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.core.paginator import Page
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from minewarden.desk.kit import masks
from minewarden.desk.kit.initials import by_initials
from minewarden.desk.kit.paging import page_of_many
from minewarden.desk.kit.words import said, say
from minewarden.desk.ledger.access import (
    READERS,
    WRITERS,
    assets_visible_to,
    entries_listed_to,
    entries_visible_to,
    imports_visible_to,
    ranges_visible_to,
)
from minewarden.desk.ledger.books import BOOKS, NARROWED, Book, Narrow
from minewarden.desk.ledger.imports import PlannedRow, planned
from minewarden.desk.ledger.models import (
    Asset,
    AssetTotal,
    Duty,
    Entry,
    Import,
    Line,
    LogSource,
    Protection,
    Shift,
    Sighting,
    Staff,
    UnitRange,
    sort_key,
)
from minewarden.desk.ledger.plans import Outcome
from minewarden.desk.ledger.registry import (
    INSIDE,
    Outline,
    all_claims,
    standing,
)
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.divisions import full_name
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.org.parameters import InForce, in_force
from minewarden.documents.sheet import Column, Kind
from minewarden.documents.sheet_cells import shown
from minewarden.vocab.net import canonical_ip

_BATCHES = 20
# Beyond it a figure of the overview is said as a bound: nobody mends ten thousand gaps one by one.
_MOST_COUNTED = 10_000
# Among more devices than this a search uses indexes only.
_MOST_READ = 30_000
# Of what one index finds, so many are listed; whoever finds more asks more closely.
_MOST_FOUND = 2_000
# What a list says of a search that uses indexes only.
_NOTES = {"assets": "desk_ledger.search_by_index", "staff": "desk_ledger.search_staff_by_index"}
# Sorts after every character.
_LAST = "\U0010ffff"
_QUARTER = timedelta(days=92)
_WEEK = 7
_PREVIEWED = 5
_ONE_LINE = 20
# What a list shows of each book; the whole entry has a page of its own.
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "assets": ("number", "name", "unit", "ip", "mac", "place", "person_name"),
    "lines": ("number", "unit", "carrier", "upstream", "key", "contract_to", "person_name"),
    "ranges": ("cidr", "unit", "purpose", "line", "valid_from", "valid_to", "note"),
    "duties": ("unit", "post", "name", "title", "phone", "since", "until"),
    "shifts": ("day", "span", "unit", "name", "phone", "leader"),
    "protections": ("type", "model", "unit", "place", "signatures_on", "licence_to", "log_days"),
    "logs": ("type", "device", "unit", "offset", "zone", "keep_days", "checked_on"),
    "staff": ("number", "name", "unit", "department", "title", "kind", "phone"),
    "units": ("name", "kind", "parent", "region_code", "school_code", "credit_code"),
    "seen": ("mac", "ip", "hostname", "unit", "first_seen", "last_seen", "source"),
}
_SEARCHED: Mapping[str, tuple[str, ...]] = {
    "lines": ("number", "key", "person_name", "contract"),
    "duties": ("name", "title"),
    "shifts": ("name", "leader"),
    "protections": ("model", "place"),
    "logs": ("device", "time_source"),
    "staff": ("name", "number", "department"),
    "units": ("name", "short_name", "school_code", "credit_code"),
    "seen": ("mac", "ip", "hostname", "source"),
}
# What is also found by the first letters of pinyin.
_NAMED: Mapping[str, tuple[str, ...]] = {"staff": ("name",), "duties": ("name",), "units": ("name", "short_name")}
_MONO = frozenset({Kind.IP, Kind.MAC, Kind.RANGE, Kind.PHONE, Kind.DATE})
# Names stand in full where they are there to be called; elsewhere lists hide them.
_HIDDEN_NAMES = frozenset({"person_name"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a list."""

    title: str
    text: str
    mono: bool


@dataclass(frozen=True, slots=True)
class ListLine:
    """A line of a list: its cells, and what people should see of it at once."""

    pk: int
    cells: tuple[Cell, ...]
    marks: tuple[tuple[str, str], ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class Tab:
    """A book in the row of tabs."""

    code: str
    title: str
    here: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A cell of an entry, with what it is called."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the ledgers lack: how often, how bad, and where to mend it."""

    key: str
    count: int
    tone: str
    book: str
    show: str

    @property
    def figure(self) -> str:
        """How often, in figures; beyond a bound only that it is more."""
        return f"{_MOST_COUNTED}+" if self.count > _MOST_COUNTED else str(self.count)

    @property
    def words(self) -> str:
        """What is lacking."""
        return say(f"desk_ledger.gap_{self.key}")


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of an import that was refused and that nobody has handed in corrected."""

    batch: Import
    line: int
    unit: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Ownerless:
    """Devices that nobody answers for: in the ledger, and in rows that were handed in and refused."""

    page: Page[Asset]
    rejected: tuple[RejectedRow, ...]
    older: int


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of an import on its page: what it is of, what becomes of it, and why."""

    line: int
    outcome: str
    tone: str
    cells: tuple[tuple[str, str, bool], ...]
    said: tuple[str, ...]

    @property
    def words(self) -> str:
        """What becomes of it, in words."""
        return say(f"desk_ledger.outcome_{self.outcome}")


def tabs(of: str, *, here: bool = True) -> list[Tab]:
    """The books of the group of one, in the order of the tabs; here: that one is what the page shows."""
    group = BOOKS[of].group if of in BOOKS else "ledger"
    mine = ((code, book) for code, book in BOOKS.items() if code != "units" and book.group == group)
    return [Tab(code, said(book.table.title), here and code == of) for code, book in mine]


def entries(
    book: Book, person: Person, below: Unit | None = None, *, search: str = "", show: str = "", now: datetime
) -> QuerySet[Any]:
    """The entries of a book that a person sees, narrowed by a search and by one of the gaps."""
    found = entries_listed_to(book, person, below)
    if (narrow := _NARROWED.get(show) or NARROWED.get(show)) is not None:
        found = narrow(found, timezone.localdate(now), in_force(below or person.unit, now))
    text = search.strip()
    if not text:
        return found
    if book.code == "ranges":
        return _ranges(found, text)
    if book.code == "assets":
        return _assets(found, text)
    if book.code == "staff" and _is_wide(found):
        return _staff(found, text)
    wanted = Q() if book.code == "units" else Q(unit__name__icontains=text) | Q(unit__short_name__icontains=text)
    for key in book.searched or _SEARCHED[book.code]:
        wanted |= Q(**{f"{key}__icontains": text})
    if (named := _NAMED.get(book.code)) is not None:
        wanted |= by_initials(found, text, *named)
    return found.filter(wanted)


def lines(book: Book, rows: Sequence[Any], now: datetime, unit: Unit | None = None) -> list[ListLine]:
    """Entries as the lines of a list. What is short or due is told by the numbers that hold for `unit`."""
    today, set_ = timezone.localdate(now), in_force(unit, now)
    columns = [book.table.column(key) for key in (book.listed or _SHOWN[book.code])]
    known = _known(rows) if book.code == "seen" else frozenset()
    return [
        ListLine(
            row.pk,
            tuple(Cell(said(c.title), _listed(book, c, row), c.kind in _MONO) for c in columns),
            tuple(_marks(row, today, known, set_)),
            _ended(row, now),
        )
        for row in rows
    ]


def headings(book: Book) -> list[str]:
    """The headings of the list."""
    return [said(book.table.column(key).title) for key in (book.listed or _SHOWN[book.code])]


def narrowed(show: str) -> str:
    """What a list is narrowed to, in words; empty where it is not."""
    keys = {"unchecked": "unchecked_assets"}
    key = keys.get(show, show)
    known = show in _NARROWED or show in NARROWED
    return say("desk_ledger.narrowed", what=say(f"desk_ledger.gap_{key}")) if known else ""


def facts(book: Book, entry: Any) -> list[Fact]:
    """Every cell of an entry, for its page."""
    return [
        Fact(said(column.title), text)
        for column in book.table.columns
        if (text := _listed(book, column, entry, whole=True))
    ]


def texts(book: Book, entry: Any) -> dict[str, str]:
    """The cells of an entry as a form shows them for changing; a number stays masked."""
    found = {}
    for column in book.table.columns:
        value = book.cell(entry, column.key)
        text = str(value) if column.kind is Kind.CHOICE and value else shown(column, value)
        if column.kind is Kind.FLAG:
            text = "" if value is None else "yes" if value else "no"
        found[column.key] = masks.phone(text) if column.secret else text
    return found


def exported(book: Book, rows: QuerySet[Any], *, whole: bool) -> Iterator[dict[str, Any]]:
    """Entries as rows of a workbook; numbers are masked unless a reason was given."""
    for row in rows.iterator(chunk_size=2000):
        values = {column.key: book.cell(row, column.key) for column in book.table.columns}
        if book.secret and not whole:
            values[book.secret] = masks.phone(values[book.secret])
        yield values


def options(book: Book, person: Person, below: Unit | None = None) -> dict[str, list[str]]:
    """What the template's drop-downs offer: the units a person writes for (of these, those of the unit in view), and
    their lines. All of them: the template says where they are more than a list can hold."""
    units = units_visible_to(person, *WRITERS).filter(Q(valid_to=None) | Q(valid_to__gte=timezone.localdate()))
    if below is not None:
        units = units.filter(path__startswith=below.path)
    names = list(units.order_by("path").values_list("name", flat=True))
    found = {"unit": names}
    if "line" in book.references:
        lines = Line.objects.filter(unit__in=units, ended_on=None).order_by("unit__path", "number")
        found["line"] = list(dict.fromkeys(lines.values_list("number", flat=True)))
    if "parent" in book.references:
        found["parent"] = names
    return {key: labels for key, labels in found.items() if labels and key in book.references}


def _listed(book: Book, column: Column, row: Any, *, whole: bool = False) -> str:
    value = book.cell(row, column.key)
    if column.kind is Kind.CHOICE:
        return said(column.choices[value]) if value in column.choices else str(value or "")
    if column.kind is Kind.FLAG:
        return "" if value is None else say("sheets.yes" if value else "sheets.no")
    if column.secret:
        return masks.phone(value or "")
    if column.key in _HIDDEN_NAMES and not whole:
        return masks.name(value or "")
    if column.kind is Kind.MAC and not whole and book.code != "seen":
        return masks.mac(value) if value else ""
    if column.kind is Kind.REFERENCE and column.key == "unit" and not whole:
        return str(row.unit.label)
    if column.key == "region_code":
        return _named(value)
    return "" if value is None else str(value)


def _named(code: str) -> str:
    """A division code with the name of the division, where the table has it."""
    return f"{code} {full_name(code)}".strip()


def _ended(row: Any, now: datetime) -> bool:
    today = timezone.localdate(now)
    if isinstance(row, Asset):
        return row.status == Asset.Status.GONE
    if isinstance(row, UnitRange):
        return row.valid_to is not None and row.valid_to <= now
    if isinstance(row, Duty):
        return row.until is not None and row.until <= today
    if isinstance(row, Staff):
        return row.left_on is not None
    return isinstance(row, Line) and row.ended_on is not None


def _marks(row: Any, today: date, known: frozenset[int], set_: InForce) -> Iterator[tuple[str, str]]:
    """(tone, words) of what people should see at once."""
    if isinstance(row, Entry) and row.on_behalf:
        yield "blue", say("desk_ledger.mark_on_behalf")
    if isinstance(row, Asset):
        if not row.person_name and row.status != Asset.Status.GONE:
            yield "amber", say("desk_ledger.ownerless")
        if row.performance == Asset.Performance.TO_CHECK:
            yield "amber", say("desk_ledger.mark_to_check")
        if row.status == Asset.Status.GONE:
            yield "grey", say("ledger_columns.status_gone")
    elif isinstance(row, UnitRange):
        past = row.valid_to is not None and timezone.localdate(row.valid_to) <= today
        yield ("grey", say("desk_ledger.mark_ended")) if past else ("green", say("desk_ledger.in_use"))
        if row.line is None and row.is_inside:
            yield "amber", say("desk_ledger.mark_no_line")
    elif isinstance(row, Line):
        if row.ended_on:
            yield "grey", say("desk_ledger.mark_ended")
            return
        if row.contract_to:
            yield from _due(row.contract_to, today, set_, "expires", "expired")
        if row.nat_log_days is not None and row.nat_log_days < set_.number("log_days"):
            yield "red", say("desk_ledger.mark_nat_kept_short", days=set_.number("log_days"))
        if row.keeps_unsaid:
            yield "red", say("desk_ledger.mark_nat_keep_unsaid", days=set_.number("log_days"))
    elif isinstance(row, Protection):
        if row.signatures_on is None or today - row.signatures_on > _days(set_, "signature_days"):
            yield "amber", say("desk_ledger.mark_stale")
        if row.licence_to:
            yield from _due(row.licence_to, today, set_, "licence_ends", "licence_ended")
    elif isinstance(row, LogSource):
        if row.keep_days is None:
            yield "red", say("desk_ledger.mark_keep_unsaid", days=set_.number("log_days"))
        elif row.keep_days < set_.number("log_days"):
            yield "red", say("desk_ledger.mark_kept_short", days=set_.number("log_days"))
        if row.offset is None:
            yield "amber", say("desk_ledger.mark_no_offset")
    elif isinstance(row, Duty | Staff):
        over = row.until if isinstance(row, Duty) else row.left_on
        if over is not None and over <= today:
            yield "grey", say("desk_ledger.mark_over" if isinstance(row, Duty) else "desk_ledger.mark_left")
    elif isinstance(row, Sighting):
        there = row.pk in known
        yield "green" if there else "amber", say("desk_ledger.mark_known" if there else "desk_ledger.mark_unknown")


def _due(end: date, today: date, set_: InForce, soon: str, over: str) -> Iterator[tuple[str, str]]:
    if end < today:
        yield "red", say(f"desk_ledger.mark_{over}")
    elif end - today <= _days(set_, "ends_within_days"):
        yield "amber", say(f"desk_ledger.mark_{soon}", days=(end - today).days)


# Lists by what they lack. Each takes the rows, the day and the moment.


def _in_ledger() -> Q:
    """Whether a sighting's device stands in the ledger of its unit: by MAC, where either side knows none by address."""
    mine = Asset.objects.filter(unit__path__startswith=OuterRef("unit__path"))
    by_mac = Exists(mine.exclude(mac="").filter(mac=OuterRef("mac")))
    by_ip = mine.exclude(ip="").filter(ip=OuterRef("ip"))
    return Q(by_mac) | Q(Exists(by_ip.filter(mac=""))) | Q(Exists(by_ip), mac="")


def _known(rows: Sequence[Any]) -> frozenset[int]:
    numbers = [row.pk for row in rows]
    return frozenset(Sighting.objects.filter(_in_ledger(), pk__in=numbers).values_list("pk", flat=True))


def _days(set_: InForce, key: str) -> timedelta:
    return timedelta(days=set_.number(key))


_NARROWED: Mapping[str, Narrow] = {
    "ownerless": lambda rows, day, set_: rows.filter(person_name="").exclude(status=Asset.Status.GONE),
    "to_check": lambda rows, day, set_: rows.filter(performance=Asset.Performance.TO_CHECK),
    "no_line": lambda rows, day, set_: _private(rows.filter(line=None, valid_to=None)),
    "expiring": lambda rows, day, set_: rows.filter(
        contract_to__lte=day + _days(set_, "ends_within_days"), ended_on=None
    ),
    "kept_short": lambda rows, day, set_: rows.filter(keep_days__lt=set_.number("log_days")),
    "keep_unsaid": lambda rows, day, set_: rows.filter(keep_days=None),
    "nat_kept_short": lambda rows, day, set_: rows.filter(nat_log_days__lt=set_.number("log_days"), ended_on=None),
    "nat_keep_unsaid": lambda rows, day, set_: rows.filter(Line.keeping_unsaid()),
    "no_offset": lambda rows, day, set_: rows.filter(offset=None),
    "stale": lambda rows, day, set_: rows.filter(
        Q(signatures_on=None)
        | Q(signatures_on__lt=day - _days(set_, "signature_days"))
        | Q(licence_to__lte=day + _days(set_, "ends_within_days"))
    ),
    "unchecked": lambda rows, day, set_: rows.filter(Q(checked_on=None) | Q(checked_on__lt=day - _QUARTER)),
    "unchecked_contacts": lambda rows, day, set_: rows.filter(
        Q(checked_on=None) | Q(checked_on__lt=day - _QUARTER), Q(until=None) | Q(until__gte=day), post__in=Duty.CONTACTS
    ),
    "unknown": lambda rows, day, set_: rows.exclude(_in_ledger()),
    "no_contact": lambda rows, day, set_: _without(rows, day, Duty, post__in=Duty.CONTACTS),
    "no_range": lambda rows, day, set_: _without(rows, day, UnitRange),
}


def _private(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Ranges that many networks use, by their first address."""
    within = Q()
    for low, high in INSIDE:
        within |= Q(first__gte=low, first__lte=high)
    return rows.filter(within)


def _without(rows: QuerySet[Any], day: date, model: type[Duty] | type[UnitRange], **wanted: Any) -> QuerySet[Any]:
    """Units in being, departments aside, for which no such entry holds."""
    there: QuerySet[Any] = model._default_manager.filter(unit=OuterRef("pk"), **wanted)
    if model is Duty:
        there = there.filter(Q(until=None) | Q(until__gte=day))
    rows = rows.filter(Q(valid_to=None) | Q(valid_to__gte=day)).exclude(kind=Unit.Kind.DEPARTMENT)
    return rows.exclude(Exists(there))


def gaps(person: Person, below: Unit | None, now: datetime) -> list[Gap]:
    """What the ledgers of the units a person sees lack, the worst first; nothing that is in order."""
    wanted = (
        ("ownerless", "amber", "assets", "ownerless"), ("to_check", "amber", "assets", "to_check"),
        ("unknown", "amber", "seen", "unknown"), ("no_contact", "amber", "units", "no_contact"),
        ("no_range", "amber", "units", "no_range"), ("no_line", "amber", "ranges", "no_line"),
        ("kept_short", "red", "logs", "kept_short"), ("nat_kept_short", "red", "lines", "nat_kept_short"),
        ("keep_unsaid", "red", "logs", "keep_unsaid"), ("nat_keep_unsaid", "red", "lines", "nat_keep_unsaid"),
        ("no_offset", "amber", "logs", "no_offset"),
        ("stale", "amber", "protections", "stale"), ("expiring", "amber", "lines", "expiring"),
        ("unchecked_assets", "grey", "assets", "unchecked"), ("unchecked_ranges", "grey", "ranges", "unchecked"),
        ("unchecked_contacts", "grey", "duties", "unchecked_contacts"),
    )  # fmt: skip
    today, set_ = timezone.localdate(now), in_force(below or person.unit, now)
    found = [Gap("conflicts", len(conflicts(person, below)), "red", "", "conflicts")]
    for key, tone, code, show in wanted:
        rows = _NARROWED[show](entries_visible_to(BOOKS[code], person, below), today, set_)
        found.append(Gap(key, rows.order_by()[: _MOST_COUNTED + 1].count(), tone, code, show))
    found.append(Gap("no_shift", _days_without_shift(person, now), "amber", "shifts", ""))
    worst = {"red": 0, "amber": 1, "grey": 2}
    return sorted((gap for gap in found if gap.count), key=lambda gap: worst[gap.tone])


def _days_without_shift(person: Person, now: datetime) -> int:
    """Of the coming seven days, how many have nobody on duty at the person's own unit, where it keeps a roster."""
    today = timezone.localdate(now)
    roster = Shift.objects.filter(unit=person.unit)
    if not roster.exists():
        return 0
    covered = set(roster.filter(day__gte=today, day__lt=today + timedelta(days=_WEEK)).values_list("day", flat=True))
    return _WEEK - len(covered)


def ownerless(person: Person, request: HttpRequest, below: Unit | None = None) -> Ownerless:
    """The devices that nobody answers for, in the units a person sees; of rows that were refused those of the latest
    files, and how many older files have some."""
    found = assets_visible_to(person, below).filter(person_name="").exclude(status=Asset.Status.GONE)
    batches = list(_with_ownerless_rows(person, below))
    rejected = tuple(_rejected_without_person(person, below, batches[:_BATCHES]))
    page = page_of_many(found.order_by("unit__path", "number"), request, by_unit=_ownerless_by_unit(person, below))
    return Ownerless(page, rejected, len(batches[_BATCHES:]))


def _ownerless_by_unit(person: Person, below: Unit | None) -> list[tuple[int, int]]:
    """How many of them stand in each unit, as the database keeps it: a city's are not counted for fifty lines."""
    units = units_visible_to(person, *READERS)
    units = units.filter(path__startswith=below.path) if below else units
    rows = AssetTotal.objects.filter(unit__in=units, ownerless__gt=0).order_by("unit__path")
    return list(rows.values_list("unit_id", "ownerless"))


def count_ownerless(person: Person, below: Unit | None, most: int) -> int:
    """How many devices in the units that a person sees have nobody who answers for them; counted up to a bound."""
    rows = assets_visible_to(person, below).filter(person_name="").exclude(status=Asset.Status.GONE)
    return rows.order_by()[:most].count()


def _with_ownerless_rows(person: Person, below: Unit | None) -> "QuerySet[Import]":
    rows = imports_visible_to(person, below).filter(book="assets", state=Import.State.DONE, counts__ownerless__gt=0)
    return rows.defer("original")


def _rejected_without_person(person: Person, below: Unit | None, batches: Iterable[Import]) -> Iterator[RejectedRow]:
    for batch in batches:
        rows = [row for row in planned(batch) if any(key == "person_name" for key, _ in row.faults)]
        numbers = [row.texts.get("number", "") for row in rows]
        have = set(assets_visible_to(person, below).filter(number__in=numbers).values_list("number", flat=True))
        for row in rows:
            given = row.texts
            if given.get("number", "") not in have:
                yield RejectedRow(
                    batch, row.line, given.get("unit", ""), given.get("number", ""), given.get("name", "")
                )


def conflicts(person: Person, below: Unit | None = None) -> list[tuple[Outline, Outline]]:
    """Pairs of claims of which at most one can be right, where a person sees one of the two; sorted by address."""
    pairs = standing()
    concerned = {claim.pk for pair in pairs for claim in pair}
    mine = set(ranges_visible_to(person, below).filter(pk__in=list(concerned)).values_list("pk", flat=True))
    return [(one, other) for one, other in pairs if one.pk in mine or other.pk in mine]


def conflicting(pairs: Sequence[tuple[Outline, Outline]]) -> list[tuple[UnitRange, UnitRange]]:
    """The claims of some pairs, with their units, as a page shows them."""
    claims = {claim.pk: claim for claim in all_claims().filter(pk__in={claim.pk for pair in pairs for claim in pair})}
    return [(claims[one.pk], claims[other.pk]) for one, other in pairs]


def import_rows(kept: Import, show: str) -> list[PlannedRow]:
    """The rows of an import, all or those of one outcome."""
    rows = planned(kept)
    if show == "cautioned":
        return [row for row in rows if row.cautions and not row.faults]
    return [row for row in rows if not show or row.outcome.value == show]


def shown_rows(kept: Import, rows: Sequence[PlannedRow]) -> list[ShownRow]:
    """Rows of an import as its page shows them."""
    book = BOOKS[kept.book]
    tones = {Outcome.NEW: "green", Outcome.CHANGED: "blue", Outcome.SAME: "grey", Outcome.ERROR: "red"}
    return [
        ShownRow(
            row.line,
            row.outcome.value,
            tones[row.outcome],
            tuple(
                _given(book.table.column(key), row.texts.get(key, ""))
                for key in (book.listed or _SHOWN[book.code])[:_PREVIEWED]
            ),
            tuple(_why(book, row)),
        )
        for row in rows
    ]


def outcomes(kept: Import) -> list[tuple[str, str, int]]:
    """(key, words, count) of the tabs over the rows of an import."""
    counts = kept.counts
    keys = ("", "new", "changed", "same", "error", "cautioned")
    return [(key, say(f"desk_ledger.outcome_{key or 'all'}"), int(counts.get(key or "rows", 0))) for key in keys]


def _given(column: Column, text: str) -> tuple[str, str, bool]:
    """Heading, text, and whether it stays on one line."""
    one_line = len(text) <= _ONE_LINE and (column.kind in _MONO or column.key == "number")
    shown = masks.phone(text) if column.secret else _named(text) if column.key == "region_code" else text
    return said(column.title), shown, one_line


def _why(book: Book, row: PlannedRow) -> Iterator[str]:
    for key, fault in row.faults:
        yield f"{said(book.table.column(key).title)}：{said(fault)}" if key else said(fault)
    for caution in row.cautions:
        yield said(caution)
    for key, (before, after) in row.changes.items():
        column = book.table.column(key)
        if column.secret:
            yield say("desk_ledger.number_changes", title=said(column.title))
        else:
            old, new = (_value(column, value) for value in (before, after))
            yield f"{said(column.title)}：{old or '—'} → {new or '—'}"


def _value(column: Column, value: Any) -> str:
    """A value as it was kept: the days of it are text already."""
    return shown(column, value) if column.kind in (Kind.CHOICE, Kind.FLAG) else str(value or "")


def recent_imports(person: Person, book: Book) -> list[Import]:
    """The last imports of a book."""
    return list(imports_visible_to(person).filter(book=book.code).defer("original", "rows")[:8])


def successors(staff: Staff) -> QuerySet[Staff]:
    """Who could take over from somebody who leaves."""
    return Staff.objects.filter(unit=staff.unit, left_on=None).exclude(pk=staff.pk)


def may_write(person: Person) -> bool:
    """Whether the person keeps any unit's ledgers."""
    return person.holds(*WRITERS)


def _ranges(found: QuerySet[Any], text: str) -> QuerySet[Any]:
    try:
        key = sort_key(ipaddress.ip_address(canonical_ip(text)))
    except ValueError:
        return found.filter(Q(cidr__startswith=text) | Q(unit__name__icontains=text) | Q(note__icontains=text))
    return found.filter(first__lte=key, last__gte=key)


def _assets(found: QuerySet[Any], text: str) -> QuerySet[Any]:
    if _is_wide(found):
        begins = [_begins(field, text) for field in ("ip", "hostname", "login", "person_name")]
        units = Q(unit__in=Unit.objects.filter(name__icontains=text).order_by().values("pk"))
        return _by_index(found, Q(number__icontains=text), *begins, _begins("mac", _mac(text)), units)
    named = Q(number__icontains=text) | Q(name__icontains=text) | Q(person_name__icontains=text)
    placed = Q(place__icontains=text) | Q(unit__name__icontains=text) | Q(login=text)
    known = Q(ip__startswith=text) | Q(mac__startswith=_mac(text)) | Q(hostname__istartswith=text)
    return found.filter(named | placed | known)


def _staff(found: QuerySet[Any], text: str) -> QuerySet[Any]:
    """People of a whole city. A part of a name is looked for in the index of names, which is a tenth of the roll."""
    named = Unit.objects.filter(Q(name__icontains=text) | Q(short_name__icontains=text)).order_by()
    return _by_index(found, Q(name__icontains=text), _begins("number", text), Q(unit__in=named.values("pk")))


def search_note(
    book: Book, person: Person, below: Unit | None, now: datetime, *, search: str, show: str, found: int
) -> str:
    """By what a search looks where there is too much to look into every cell, and whether it `found` more than it
    lists; empty where it looks into all."""
    sentence = _NOTES.get(book.code)
    if sentence is None or not search.strip() or not _is_wide(entries(book, person, below, show=show, now=now)):
        return ""
    said_ = [say(sentence, most=_MOST_READ)]
    if found >= _MOST_FOUND:
        said_.append(say("desk_ledger.search_found_many", most=_MOST_FOUND))
    return "".join(said_)


def _is_wide(found: QuerySet[Any]) -> bool:
    return found.order_by()[: _MOST_READ + 1].count() > _MOST_READ


def _by_index(found: QuerySet[Any], *parts: Q) -> QuerySet[Any]:
    """What any of the parts finds: each alone, because one condition over all of them reads every row; and of each not
    more than anybody reads, because what begins like everything else would have to be sorted whole."""
    numbers: set[int] = set()
    for part in parts:
        numbers.update(found.filter(part).order_by().values_list("pk", flat=True)[:_MOST_FOUND])
    return found.filter(pk__in=numbers)


def _begins(field: str, text: str) -> Q:
    """Whether a cell begins so. SQLite uses an index for a span only, PostgreSQL for `LIKE` only."""
    if connection.vendor != "sqlite":
        return Q(**{f"{field}__startswith": text})
    spellings = {text, text.lower(), text.upper()}
    return reduce(or_, (Q(**{f"{field}__gte": each, f"{field}__lt": each + _LAST}) for each in sorted(spellings)))


def _mac(text: str) -> str:
    return text.lower().replace("-", ":")
