"""A ledger as a book: its table, the rows of the database behind it, and the rules between cells and between rows."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db import models
from django.utils import timezone

from minewarden.desk.ledger import columns
from minewarden.desk.ledger.access import units_of_writer
from minewarden.desk.ledger.models import (
    Asset,
    Duty,
    Line,
    LogSource,
    Protection,
    Shift,
    Sighting,
    Staff,
    UnitRange,
    sort_key,
    span_of,
)
from minewarden.desk.ledger.registry import Claims, contradictions, outline_of, outlines, valid_at
from minewarden.desk.org import codes, divisions
from minewarden.desk.org.models import FormerName, Person, Unit
from minewarden.desk.org.parameters import InForce, in_force
from minewarden.documents.sheet import Kind, Table
from minewarden.documents.sheet_cells import plain
from minewarden.vocab.message import Message, message
from minewarden.vocab.words import DISPLAY_ZONE

_IDENTITY = ("ip", "mac", "hostname", "switch_port", "login", "public_endpoint", "domain")
_COMPUTING = (Asset.Category.GPU, Asset.Category.CLUSTER)
_NAMED_MOST = 3


@dataclass(slots=True)
class Draft:
    """A row on its way into the ledger: what was given, what it means, what is wrong, what people should look at."""

    line: int
    texts: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[tuple[str, Message]] = field(default_factory=list)
    cautions: list[Message] = field(default_factory=list)
    existing: Any = None

    def fault(self, key: str, why: Message) -> None:
        """Note what is wrong with a column; the empty key means the row."""
        self.faults.append((key, why))

    @property
    def unit(self) -> Unit | None:
        """The unit whose entry it is."""
        found = self.values.get("unit")
        return found if isinstance(found, Unit) else None


class World:
    """What rows are compared with: the units that the writer may write for, lines, ranges; each read once."""

    def __init__(self, by: Person | None, now: datetime) -> None:
        self.by, self.now = by, now
        self.today = timezone.localdate(now)

    @cached_property
    def mine(self) -> dict[str, list[Unit]]:
        """Unit by each of its names and codes, among those the writer may write for."""
        return _by_name(list(units_of_writer(self.by)))

    @cached_property
    def everyone(self) -> dict[str, list[Unit]]:
        """Unit by each of its names and codes."""
        return _by_name(list(Unit.objects.all()))

    @cached_property
    def only(self) -> Unit | None:
        """The unit where the writer has just one."""
        found = list(units_of_writer(self.by)[:2])
        return found[0] if len(found) == 1 else None

    @cached_property
    def lines(self) -> dict[tuple[int, str], Line]:
        """Line by unit and number."""
        return {(line.unit_id, plain(line.number)): line for line in Line.objects.select_related("unit")}

    @cached_property
    def claims(self) -> Claims:
        """Every range."""
        return Claims().load()

    @cached_property
    def spans(self) -> dict[int, list[tuple[str, str]]]:
        """First and last address, as sort keys, of the ranges that a unit holds now."""
        found: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for claim in valid_at(self.claims.all(), self.now):
            found[claim.unit_id].append((claim.first, claim.last))
        return found

    def spans_of(self, unit: Unit) -> list[tuple[str, str]]:
        """Those of the unit; of a department, those of its school as well."""
        found = list(self.spans.get(unit.pk, ()))
        if unit.kind == Unit.Kind.DEPARTMENT:
            found += [span for above in unit.ancestor_ids() for span in self.spans.get(above, ())]
        return found


Check = Callable[[Sequence[Draft], World], None]


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger: where its rows stand, what its references mean, how its rows are tried together.

    days: columns of days that the database keeps as moments; the last day of a span ends at the next midnight. A book
    of an app above says itself which columns its list shows and searches, and which day says that an entry ended.
    """

    table: Table
    model: type[models.Model]
    references: Mapping[str, str]
    check: Check
    days: frozenset[str] = frozenset()
    last_days: frozenset[str] = frozenset()
    listed: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    ends: str = ""
    # Books of one group stand side by side in the tabs.
    group: str = "ledger"

    @property
    def code(self) -> str:
        """Its name in addresses."""
        return self.table.code

    @property
    def secret(self) -> str:
        """The column that is masked; empty where there is none."""
        return next((column.key for column in self.table.columns if column.secret), "")

    def stored(self, key: str, value: Any) -> Any:
        """A value as the model keeps it."""
        if key in self.days and isinstance(value, date):
            return datetime.combine(value, time.min, DISPLAY_ZONE)
        if key in self.last_days and isinstance(value, date):
            return datetime.combine(value + timedelta(days=1), time.min, DISPLAY_ZONE)
        if value is None:
            place = self.model._meta.get_field(key)
            if isinstance(place, models.Field) and not place.null:
                return place.get_default()
        return value

    def cell(self, entry: Any, key: str) -> Any:
        """The value of an entry as its column shows it."""
        value = getattr(entry, key)
        if key in self.days and value is not None:
            return timezone.localdate(value)
        if key in self.last_days and value is not None:
            return timezone.localdate(value - timedelta(microseconds=1))
        if key == "aliases":
            return "；".join(value)
        if self.table.column(key).kind is Kind.REFERENCE:
            return value and (value.number if isinstance(value, Line) else value.name)
        return value


def _by_name(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    known = {unit.pk: unit for unit in units}
    found: dict[str, dict[int, Unit]] = defaultdict(dict)
    for unit in known.values():
        for name in (unit.name, unit.short_name, unit.school_code or "", *unit.aliases):
            if name:
                found[plain(name)][unit.pk] = unit
    for former in FormerName.objects.filter(unit__in=list(known)) if len(known) < 500 else FormerName.objects.all():
        if former.unit_id in known:
            found[plain(former.name)][former.unit_id] = known[former.unit_id]
    return {name: list(these.values()) for name, these in found.items()}


# Rules.


def _nothing(drafts: Sequence[Draft], world: World) -> None:
    """No rule between cells."""


def _assets(drafts: Sequence[Draft], world: World) -> None:
    by_number: dict[str, set[int]] = defaultdict(set)
    lines: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        number = draft.values.get("number")
        if number and draft.unit is not None:
            by_number[number].add(draft.unit.pk)
            lines[number].append(draft)
    taken = _numbers_elsewhere(by_number)
    for draft in drafts:
        _identity(draft)
        _performance(draft)
        _address(draft, world)
        number, unit = draft.values.get("number"), draft.unit
        if not number or unit is None:
            continue
        if len(by_number[number]) > 1:
            others = [str(other.line) for other in lines[number] if other.unit != unit][:_NAMED_MOST]
            draft.fault("number", message("ledger_rules.number_in_file", lines="、".join(others)))
        elif holder := next((name for pk, name in taken.get(number, ()) if pk != unit.pk), ""):
            draft.fault("number", message("ledger_rules.number_elsewhere", unit=holder))


def _numbers_elsewhere(numbers: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    wanted, found = sorted(numbers), defaultdict(list)
    for begin in range(0, len(wanted), 500):
        part = wanted[begin : begin + 500]
        for number, unit, name in Asset.objects.filter(number__in=part).values_list("number", "unit_id", "unit__name"):
            found[number].append((unit, name))
    return found


def _identity(draft: Draft) -> None:
    given = any(draft.values.get(key) or draft.texts.get(key) for key in _IDENTITY)
    if not given and not any(getattr(draft.existing, key, "") for key in _IDENTITY):
        draft.fault("ip", message("ledger_rules.no_identity"))


def _performance(draft: Draft) -> None:
    """A GPU without a purpose is taken, and marked; whether it is for computing is for people to say."""
    if not draft.values.get("gpu") and draft.values.get("category") not in _COMPUTING:
        return
    unsaid = ("use", message("sheets.required"))
    said = unsaid not in draft.faults
    if not said:
        draft.faults.remove(unsaid)
        draft.values.pop("use", None)
    before = draft.existing
    if before is not None and before.use and before.performance in (Asset.Performance.HIGH, Asset.Performance.ORDINARY):
        return
    if not said or not draft.values.get("performance"):
        draft.values["performance"] = Asset.Performance.TO_CHECK
        draft.cautions.append(message("ledger_rules.performance_to_check"))


def _address(draft: Draft, world: World) -> None:
    ip, unit = draft.values.get("ip"), draft.unit
    if not ip or unit is None:
        return
    spans = world.spans_of(unit)
    first, _ = span_of(ip)
    key = sort_key(first)
    if spans and not any(low <= key <= high for low, high in spans):
        draft.fault("ip", message("ledger_rules.outside", ip=ip, unit=unit.label))


def _lines(drafts: Sequence[Draft], world: World) -> None:
    for draft in drafts:
        values = draft.values
        if values.get("own_egress") is False and not (values.get("upstream") or getattr(draft.existing, "upstream", 0)):
            draft.fault("upstream", message("ledger_rules.upstream_needed"))
        _ordered(draft, "contract_from", "contract_to")
    _kept_long_enough(drafts, world, "nat_log_days")
    least = in_force(world.by.unit if world.by else None, world.now).number("log_days")
    for draft in drafts:
        if _as_line(draft).keeps_unsaid:
            draft.cautions.append(message("ledger_rules.nat_keep_unsaid", least=least))


def _as_line(draft: Draft) -> Line:
    """What tells of the exit of the line that the row would make; a blank cell leaves what stood there."""
    line = Line()
    for key in ("nat", "own_egress", "carrier", "nat_log_days", "ended_on"):
        said = draft.values.get(key)
        if said is None or said == "":
            said = getattr(draft.existing or line, key)
        setattr(line, key, said)
    return line


def _ranges(drafts: Sequence[Draft], world: World) -> None:
    for draft in drafts:
        _ordered(draft, "valid_from", "valid_to")
    # Rows of the file stand under negative numbers, beside the ranges that they do not replace.
    rows = {-at: (draft, _as_range(draft)) for at, draft in enumerate(drafts, start=1) if not draft.faults}
    replaced = {draft.existing.pk for draft, _ in rows.values() if draft.existing is not None}
    kept = [claim for claim in outlines() if claim.pk not in replaced]
    for draft, claim in rows.values():
        if claim.is_inside and claim.line is None:
            draft.cautions.append(message("ledger_rules.no_line"))
    names: dict[str, str] = {}
    for pair in contradictions([*kept, *(outline_of(claim, at) for at, (_, claim) in rows.items())], own=True):
        for claimed, against in (pair, pair[::-1]):
            row = rows.get(claimed.pk)
            if row is None:
                continue
            if claimed.unit == against.unit:
                row[0].fault("cidr", message("ledger_rules.twice", range=against.cidr))
                continue
            if against.unit not in names:
                names[against.unit] = Unit.objects.get(path=against.unit).label
            row[0].cautions.append(message("ledger_rules.contradiction", unit=names[against.unit], range=against.cidr))


def _as_range(draft: Draft) -> UnitRange:
    """The range that the row would make."""
    book, before = BOOKS["ranges"], draft.existing
    claim = UnitRange(pk=getattr(before, "pk", None))
    for column in book.table.columns:
        if column.key in draft.values:
            setattr(claim, column.key, book.stored(column.key, draft.values[column.key]))
        elif before is not None:
            setattr(claim, column.key, getattr(before, column.key))
    claim.clean()
    return claim


def _ordered(draft: Draft, begin: str, end: str) -> None:
    first, last = draft.values.get(begin), draft.values.get(end)
    if first and last and last < first:
        draft.fault(end, message("ledger_rules.ends_before"))


def _duties(drafts: Sequence[Draft], world: World) -> None:
    for draft in drafts:
        _ordered(draft, "since", "until")


def _logs(drafts: Sequence[Draft], world: World) -> None:
    _kept_long_enough(drafts, world, "keep_days")
    least = in_force(world.by.unit if world.by else None, world.now).number("log_days")
    for draft in drafts:
        # A blank cell changes nothing, so that what stood there before still counts.
        if draft.values.get("keep_days") is None and getattr(draft.existing, "keep_days", None) is None:
            draft.cautions.append(message("ledger_rules.keep_unsaid", least=least))


def _kept_long_enough(drafts: Sequence[Draft], world: World, key: str) -> None:
    """Logs that are kept for fewer days than the law asks for are pointed out."""
    least = in_force(world.by.unit if world.by else None, world.now).number("log_days")
    for draft in drafts:
        keep = draft.values.get(key)
        if keep is not None and keep < least:
            draft.cautions.append(message("ledger_rules.kept_short", days=keep, least=least))


def _units(drafts: Sequence[Draft], world: World) -> None:
    """Superiors may stand in the same file, above or below; codes must be well formed and nobody else's."""
    named = {plain(str(draft.values.get("name", ""))): draft for draft in drafts}
    mine = {unit.pk for units in world.mine.values() for unit in units}
    for draft in drafts:
        superior = draft.texts.get("parent", "")
        if not isinstance(draft.values.get("parent"), Unit):
            within = named.get(plain(superior))
            if within is not None and within is not draft:
                draft.faults = [(key, why) for key, why in draft.faults if key != "parent"]
                draft.values["parent"] = within
        elif draft.existing is not None and draft.existing.contains(draft.values["parent"]):
            draft.fault("parent", message("ledger_rules.circle"))
        elif draft.values["parent"].pk not in mine and (
            draft.existing is None or draft.existing.parent != draft.values["parent"]
        ):
            draft.fault("parent", message("ledger_rules.unit_unknown", text=superior))
        if draft.existing is not None and draft.existing.pk not in mine:
            draft.fault("name", message("ledger_rules.unit_unknown", text=draft.existing.name))
        for key, good in (
            ("school_code", codes.is_school_code),
            ("region_code", codes.is_region_code),
            ("credit_code", codes.is_credit_code),
        ):
            if draft.values.get(key) and not good(draft.values[key]):
                draft.fault(key, message(f"desk_org.bad_{key}"))
        _region(draft)
    _unit_codes(drafts)
    _fallen_with_their_superiors(drafts)


def _fallen_with_their_superiors(drafts: Sequence[Draft]) -> None:
    """A unit whose superior stands in a row that is not taken in has nowhere to stand either, nor has one whose way up
    the rows comes to no end."""
    # One that is in the ledger already can be stood under, whatever becomes of its row.
    reached = {id(draft) for draft in drafts if draft.existing is not None}
    below = [draft for draft in drafts if not draft.faults and isinstance(draft.values.get("parent"), Draft)]
    reached |= {id(draft) for draft in drafts if not draft.faults} - {id(draft) for draft in below}
    while ready := [draft for draft in below if id(draft.values["parent"]) in reached]:
        reached |= {id(draft) for draft in ready}
        below = [draft for draft in below if id(draft.values["parent"]) not in reached]
    # Those below the rows of a circle fall with them and are told the same: where their rows stand they see themselves.
    for draft in below:
        draft.fault("parent", message("ledger_rules.superior_fallen", line=draft.values["parent"].line))


def _region(draft: Draft) -> None:
    """A division code that names nothing, or another place, is taken and pointed out."""
    code, superior = str(draft.values.get("region_code") or ""), draft.values.get("parent")
    above = (
        superior.values.get("region_code", "") if isinstance(superior, Draft) else getattr(superior, "region_code", "")
    )
    if codes.is_region_code(code) and draft.values.get("kind") != Unit.Kind.ZONE:
        told = f"{draft.values.get('name', '')}{draft.texts.get('parent', '')}"
        draft.cautions += divisions.cautions(code, above=above, told=told)


def _unit_codes(drafts: Sequence[Draft]) -> None:
    for key in ("school_code", "credit_code"):
        wanted = {draft.values.get(key) for draft in drafts} - {None}
        holders = {getattr(unit, key): unit for unit in Unit.objects.filter(**{f"{key}__in": wanted})}
        lines: dict[str, int] = {}
        for draft in drafts:
            code = draft.values.get(key)
            holder = holders.get(code)
            if holder is not None and holder != draft.existing:
                draft.fault(key, message("ledger_rules.code_elsewhere", unit=holder.name))
            elif code and lines.setdefault(code, draft.line) != draft.line:
                draft.fault(key, message("ledger_rules.number_in_file", lines=str(lines[code])))


def check_names(drafts: Sequence[Draft], world: World) -> None:
    """Names of people as they are written: one kind of dot, no sign that a machine put where it knew no letter.

    Namesakes within a unit are two people as long as their numbers differ; each of the rows says of the other.
    """
    lines: dict[tuple[int, str], list[int]] = defaultdict(list)
    for draft in drafts:
        name = draft.values.get("name")
        if not name or draft.unit is None:
            continue
        draft.values["name"] = name = spelled(name)
        lines[draft.unit.pk, name].append(draft.line)
        if wrong := next((character for character in name if not _of_a_name(character)), ""):
            draft.fault("name", message("ledger_rules.name_sign", sign=wrong, code=f"U+{ord(wrong):04X}"))
        elif any(ord(character) > _RARE for character in name):
            draft.cautions.append(message("ledger_rules.name_rare", name=name))
    for draft in drafts:
        others = lines.get((draft.unit.pk, draft.values["name"]), []) if draft.unit and draft.values.get("name") else []
        if len(others) > 1:
            elsewhere = "、".join(str(line) for line in others if line != draft.line)
            draft.cautions.append(message("ledger_rules.namesake", lines=elsewhere, name=draft.values["name"]))


_DOTS = str.maketrans(dict.fromkeys("•‧・･⋅∙●．", "·"))
# Behind the first plane stand letters that old telephones and printers lack.
_RARE = 0xFFFF


def spelled(name: str) -> str:
    """A name in its one spelling: the dot between its parts is ·, spaces within Chinese are left out."""
    name = unicodedata.normalize("NFC", name).translate(_DOTS).strip()
    return "".join(name.split()) if any(ord(character) > 0x2E7F for character in name) else " ".join(name.split())


def _of_a_name(character: str) -> bool:
    """Letters of any script with their marks, digits that tell namesakes apart, and what joins the parts of a name."""
    return character in "·-'’ .()（）" or unicodedata.category(character)[0] in "LMN"


def _seen(drafts: Sequence[Draft], world: World) -> None:
    for draft in drafts:
        if not draft.values.get("mac") and not draft.values.get("ip"):
            draft.fault("mac", message("ledger_rules.no_identity"))


_UNIT = {"unit": "mine"}
BOOKS: dict[str, Book] = {
    book.code: book
    for book in (
        Book(columns.ASSETS, Asset, _UNIT, _assets),
        Book(columns.LINES, Line, {**_UNIT, "upstream": "unit"}, _lines),
        Book(
            columns.RANGES,
            UnitRange,
            {**_UNIT, "line": "line", "allocated_by": "unit"},
            _ranges,
            frozenset({"valid_from"}),
            frozenset({"valid_to"}),
        ),
        Book(columns.DUTIES, Duty, _UNIT, _duties),
        Book(columns.SHIFTS, Shift, _UNIT, _nothing),
        Book(columns.PROTECTIONS, Protection, _UNIT, _nothing),
        Book(columns.LOGS, LogSource, _UNIT, _logs),
        Book(columns.STAFF, Staff, _UNIT, check_names),
        Book(columns.UNITS, Unit, {"parent": "unit"}, _units),
        Book(columns.SEEN, Sighting, _UNIT, _seen, frozenset({"first_seen", "last_seen"})),
    )
}


Narrow = Callable[[models.QuerySet[Any], date, InForce], models.QuerySet[Any]]
NARROWED: dict[str, Narrow] = {}
"""Lists by what they lack, of the books that apps above lay here: the rows, the day, the numbers in force."""


def add_book(book: Book) -> None:
    """Lay a book of an app above beside the ledgers: its list, its entries and its spreadsheets are theirs."""
    BOOKS.setdefault(book.code, book)
