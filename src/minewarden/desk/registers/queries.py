"""What the registers lack: in all, and unit by unit down the tree; the same figures for others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, QuerySet
from django.utils import timezone

from minewarden.desk.kit.figures import Figure
from minewarden.desk.kit.words import say
from minewarden.desk.ledger.access import READERS
from minewarden.desk.ledger.books import BOOKS
from minewarden.desk.ledger.queries import Gap, Tab, tabs
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.org.parameters import InForce, in_force
from minewarden.desk.registers import counts as looked_up
from minewarden.desk.registers.books import GAPS, NARROWINGS, PLAIN
from minewarden.desk.registers.models import Terminal

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit right below the one in view, with what it and all below it lack; `opens` where there are units below."""

    unit: Unit
    counts: tuple[int, ...]
    opens: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """What is lacking in all, and by unit: exceptions only, in the order of the tree, no ranking."""

    gaps: tuple[Gap, ...]
    keys: tuple[str, ...]
    rows: tuple[UnitRow, ...]
    top: Unit | None
    tabs: tuple[Tab, ...]


def overview(person: Person, below: Unit | None, top: Unit | None, now: datetime) -> Overview:
    """The gaps of the units a person sees, below the unit in view or one further down."""
    within = top or below
    today, set_ = timezone.localdate(now), in_force(within or person.unit, now)
    units = units_visible_to(person, *READERS)
    lacking = _lacking(units.filter(path__startswith=within.path) if within else units, today, set_)
    gaps = tuple(Gap(key, sum(lacking[key].values()), tone, code, key) for key, tone, code in GAPS if lacking[key])
    keys = tuple(gap.key for gap in gaps)
    below_it, others = _by_unit(person, within, lacking, keys), tabs("admissions", here=False)
    return Overview(gaps, keys, tuple(below_it), within, tuple(others))


def _lacking(units: QuerySet[Unit], day: date, set_: InForce) -> Mapping[str, Mapping[int, int]]:
    """Of each gap: by unit, how many rows have it; counted by the database, however many there are."""
    found = looked_up.by_unit(units)
    for code in dict.fromkeys(code for _, _, code in GAPS):
        field = "pk" if code == "units" else "unit_id"
        rows = BOOKS[code].model._default_manager.filter(**{f"{field}__in": units}).order_by()
        keys = [key for key, _, of in GAPS if of == code and key not in found]
        told = {key: Count("pk", filter=PLAIN[key](day, set_)) for key in keys if key in PLAIN}
        found |= {key: {} for key in told}
        for unit, *counts in rows.values_list(field).annotate(**told) if told else ():
            for key, count in zip(told, counts, strict=True):
                if count:
                    found[key][unit] = count
        for key in keys:
            if key not in told:
                having = NARROWINGS[key](rows, day, set_).values(field).annotate(rows_of_it=Count("pk"))
                found[key] = dict(having.values_list(field, "rows_of_it"))
    return found


def _by_unit(
    person: Person, within: Unit | None, lacking: Mapping[str, Mapping[int, int]], keys: Sequence[str]
) -> list[UnitRow]:
    """One row for each unit right below; what belongs to the unit in view itself has a row of its own."""
    units = units_visible_to(person)
    if within is not None:
        units = units.filter(path__startswith=within.path)
    paths = dict(units.order_by().values_list("pk", "path"))
    known = set(paths.values())
    least = min((path.count("/") for path in known), default=0)
    level = least + 1 if sum(path.count("/") == least for path in known) == 1 else least
    counted: dict[str, Counter[str]] = {}
    for key in keys:
        for unit, count in lacking[key].items():
            if path := paths.get(unit):
                row = "/".join(path.split("/")[:level]) + "/"
                counted.setdefault(row if row in known else path, Counter())[key] += count
    parents = {"/".join(path.split("/")[:-2]) + "/" for path in known}
    rows = sorted(counted.items())[:_SHOWN]
    shown = {unit.path: unit for unit in units.filter(path__in=[path for path, _ in rows])}
    return [
        UnitRow(shown[path], tuple(counts[key] for key in keys), path in parents and shown[path] != within)
        for path, counts in rows
    ]


def gap_words(key: str) -> str:
    """What is lacking, in words."""
    return say(f"desk_ledger.gap_{key}")


def protected(units: Sequence[int], now: datetime) -> Mapping[int, Figure]:
    """By unit: of the terminals in the register, how many have anti-virus and were scanned in time."""
    found: dict[int, Figure] = {}
    for unit in Unit.objects.filter(pk__in=units):
        rows = Terminal.objects.filter(unit=unit)
        total = rows.count()
        if total:
            set_ = in_force(unit, now)
            bad = NARROWINGS["scan_old"](rows, timezone.localdate(now), set_).count()
            bad += NARROWINGS["bare"](rows, timezone.localdate(now), set_).count()
            found[unit.pk] = Figure(total - bad, total)
    return found


def gaps_of_units(units: Sequence[int], now: datetime) -> Mapping[int, Mapping[str, int]]:
    """By unit: how many rows each gap has there; units that lack nothing are not in it."""
    found = dict[int, dict[str, int]]()
    among = Unit.objects.filter(pk__in=list(units)).order_by()
    for key, counts in _lacking(among, timezone.localdate(now), in_force(None, now)).items():
        for unit, count in counts.items():
            found.setdefault(unit, {})[key] = count
    return found
