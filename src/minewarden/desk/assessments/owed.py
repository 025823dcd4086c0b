"""Who had to hand in an assessment, who did, who was late, who did not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import FilteredRelation, Q, QuerySet
from django.utils import timezone

from minewarden.desk.assessments.models import Assessment
from minewarden.desk.assessments.periods import Period
from minewarden.desk.kit.told import answers, instant
from minewarden.desk.org.models import Unit
from minewarden.desk.org.parameters import in_force

BELOW = (Unit.Kind.CITY, Unit.Kind.DISTRICT, Unit.Kind.ZONE, Unit.Kind.SCHOOL, Unit.Kind.KINDERGARTEN)


class Standing(StrEnum):
    """How an assessment stands."""

    NONE = "none"
    PENDING = "pending"
    RETURNED = "returned"
    FROZEN = "frozen"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Handed:
    """How a unit's assessment of a period stands, and when it was first handed in."""

    standing: Standing
    at: datetime | None = None

    @property
    def done(self) -> bool:
        """Whether the unit has handed in: a version that waits for the approver is on its way and counts."""
        return self.standing in (Standing.PENDING, Standing.FROZEN, Standing.ZERO)


NOBODY = Handed(Standing.NONE)
"""Of whom nothing is there."""


class Obliged(NamedTuple):
    """A unit that had to assess: as much of it as is shown of thousands."""

    pk: int
    parent_id: int | None
    path: str
    name: str
    short_name: str

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name

    @property
    def above(self) -> list[str]:
        """The numbers of the units above it, root first."""
        return self.path.rstrip("/").split("/")[:-1]


@dataclass(frozen=True, slots=True)
class Roll:
    """The units below one that had to assess a period, in the order of the tree, and how each stands."""

    due: datetime
    units: tuple[Obliged, ...]
    handed: Mapping[int, Handed]

    def of(self, unit: Obliged) -> Handed:
        """How one stands."""
        return self.handed.get(unit.pk, NOBODY)

    def missing(self) -> list[Obliged]:
        """Those that did not hand in."""
        done = {pk for pk, handed in self.handed.items() if handed.done}
        return [unit for unit in self.units if unit.pk not in done]

    def late(self) -> list[Obliged]:
        """Those that handed in after the time."""
        late = {pk for pk, handed in self.handed.items() if handed.at is not None and handed.at > self.due}
        return [unit for unit in self.units if unit.pk in late]

    def count(self, standing: Standing) -> int:
        """How many stand so."""
        handed = sum(one.standing is standing for one in self.handed.values())
        return handed + len(self.units) - len(self.handed) if standing is Standing.NONE else handed


def due_of(unit: Unit, period: Period, now: datetime) -> datetime:
    """By when a unit's assessment of a period is to be handed in."""
    return period.due(in_force(unit, now).time("assessment_at"))


def obliged(unit: Unit, day: date, last_day: date | None = None) -> "QuerySet[Unit]":
    """The units below one that assess on a day: those in being, departments aside. Whoever came into being after the
    last day of handing in owes nothing for what was before it."""
    there = Q(valid_to=None) | Q(valid_to__gte=day)
    there &= Q(valid_from__lte=min(day, last_day or day))
    below = Unit.objects.filter(there, path__startswith=unit.path, kind__in=BELOW)
    return below.exclude(pk=unit.pk)


def handed_of(unit: Unit, periods: Sequence[Period]) -> dict[str, Handed]:
    """How one unit stands, by the codes of periods; what it has nothing of is left out."""
    rows = Assessment.objects.filter(code__in=[period.code for period in periods], unit=unit)
    # An assessment without a version or a zero report has none of its own here, which the types do not know.
    told: Iterable[tuple[str, str | None, datetime | None, datetime | None]] = rows.order_by(
        "versions__number"
    ).values_list("code", "versions__outcome", "versions__asked_at", "zero__at")
    found: dict[str, list[_Told]] = {}
    for code, outcome, at, zero in told:
        found.setdefault(code, []).append(_Told(outcome, at, zero))
    return {code: handed for code, rows in found.items() if (handed := _handed(rows)) is not None}


class _Told(NamedTuple):
    """A version of an assessment, by its outcome and when it was handed in, and when zero was reported instead."""

    outcome: str | None
    at: datetime | None
    zero: datetime | None


_WORDS = {"pending": Standing.PENDING, "agreed": Standing.FROZEN, "refused": Standing.RETURNED}


def _handed(rows: Sequence[_Told]) -> Handed | None:
    """How an assessment stands by its versions in the order of their numbers; None where there is nothing of it."""
    found: Handed | None = None
    for row in rows:
        if row.outcome is not None:
            # A correction on its way, or sent back, leaves standing what was approved.
            kept = found is not None and found.standing is Standing.FROZEN
            found = Handed(Standing.FROZEN if kept else _WORDS[row.outcome], found.at if found else row.at)
    zero = rows[0].zero
    if zero is None or (found is not None and found.standing is Standing.FROZEN):
        return found
    return Handed(Standing.ZERO, min(zero, found.at) if found and found.at else zero)


def roll(unit: Unit, period: Period, now: datetime) -> Roll:
    """All below a unit, each with what it handed in."""
    below = obliged(unit, min(period.last, timezone.localdate(now)), period.last_day)
    rows = below.annotate(one=FilteredRelation("assessments", condition=Q(assessments__code=period.code)))
    told = rows.order_by("path", "one__versions__number").values_list(
        *Obliged._fields, "one__versions__outcome", "one__versions__asked_at", "one__zero__at"
    )
    width = len(Obliged._fields)
    units: dict[int, Obliged] = {}
    # Thousands, most of whom have handed in nothing yet.
    handed: dict[int, list[_Told]] = {}
    for row in answers(told):
        if row[0] not in units:
            units[row[0]] = Obliged._make(row[:width])
        if any(row[width:]):
            outcome, at, zero = row[width:]
            handed.setdefault(row[0], []).append(_Told(outcome, at and instant(at), zero and instant(zero)))
    stand = {pk: stands for pk, rows_ in handed.items() if (stands := _handed(rows_)) is not None}
    return Roll(due_of(unit, period, now), tuple(units.values()), stand)
