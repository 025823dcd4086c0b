"""Who had to hand in an assessment, who did, who was late, who did not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from minewarden.desk.assessments.models import Assessment
from minewarden.desk.assessments.periods import Period
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
        return [unit for unit in self.units if not self.of(unit).done]

    def late(self) -> list[Obliged]:
        """Those that handed in after the time."""
        return [unit for unit in self.units if (at := self.of(unit).at) is not None and at > self.due]

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


def standings(units: "QuerySet[Unit] | Sequence[Unit]", period: Period) -> dict[int, Handed]:
    """How each unit stands; who has nothing at all is left out."""
    return {unit_id: handed for (unit_id, _), handed in _standings(units, (period,)).items()}


def handed_of(unit: Unit, periods: Sequence[Period]) -> dict[str, Handed]:
    """How one unit stands, by the codes of periods."""
    return {code: handed for (_, code), handed in _standings([unit], periods).items()}


def _standings(units: "QuerySet[Unit] | Sequence[Unit]", periods: Sequence[Period]) -> dict[tuple[int, str], Handed]:
    found: dict[tuple[int, str], Handed] = {}
    words = {"pending": Standing.PENDING, "agreed": Standing.FROZEN, "refused": Standing.RETURNED}
    rows = Assessment.objects.filter(code__in=[period.code for period in periods], unit__in=units)
    zeros: dict[tuple[int, str], datetime] = {}
    # An assessment without a version or a zero report has none of its own here, which the types do not know.
    told: Iterable[tuple[int, str, str | None, datetime, datetime | None]] = rows.order_by(
        "versions__number"
    ).values_list("unit_id", "code", "versions__outcome", "versions__asked_at", "zero__at")
    for unit_id, code, outcome, at, zero in told:
        if zero is not None:
            zeros[unit_id, code] = zero
        if outcome is None:
            continue
        before = found.get((unit_id, code))
        # A correction on its way, or sent back, leaves standing what was approved.
        kept = before is not None and before.standing is Standing.FROZEN
        found[unit_id, code] = Handed(Standing.FROZEN if kept else words[outcome], before.at if before else at)
    for (unit_id, code), at in zeros.items():
        before = found.get((unit_id, code))
        if before is None or before.standing is not Standing.FROZEN:
            found[unit_id, code] = Handed(Standing.ZERO, min(at, before.at) if before and before.at else at)
    return found


def roll(unit: Unit, period: Period, now: datetime) -> Roll:
    """All below a unit."""
    below = obliged(unit, min(period.last, timezone.localdate(now)), period.last_day)
    rows = below.order_by("path").values_list(*Obliged._fields)
    return Roll(due_of(unit, period, now), tuple(Obliged(*row) for row in rows), standings(below, period))
