"""Which logs and which devices a trace of a case may look into."""

from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty, State
from minewarden.desk.cases.models import Case
from minewarden.desk.ledger.models import Asset, LogSource
from minewarden.desk.org.access import holds
from minewarden.desk.org.models import Person, Role, Unit

TRACEABLE = (State.DELIVERED, State.SIGNED, State.INVESTIGATING)
"""Before somebody has said which device it was."""

MOST = 50
"""Candidates that a case takes; whoever has more needs the source port first."""


def may_trace(person: Person, case: Case) -> bool:
    """Whether this person may still look for the device of the case."""
    return may(person, Duty.HANDLE, case.unit) and State(case.state) in TRACEABLE


def devices_of(case: Case) -> QuerySet[Asset]:
    """The devices of the unit that the case belongs to, and of the units below it."""
    return Asset.objects.filter(unit__path__startswith=case.unit.path).select_related("unit")


MOST_SOURCES = 30
"""Registered sources of logs that the form has a place for; what a unit has beyond goes to the others."""


def sources_of(person: Person, case: Case) -> list[LogSource]:
    """The registered sources whose logs a case is traced with: those of its unit and the unit's departments, and of
    the units above that this person works for, since the exit is often theirs."""
    unit = case.unit
    above = [one.pk for one in Unit.objects.filter(pk__in=unit.ancestor_ids()) if holds(person, Role.OFFICER, unit=one)]
    mine = Unit.objects.filter(
        Q(pk=unit.pk) | Q(path__startswith=unit.path, kind=Unit.Kind.DEPARTMENT) | Q(pk__in=above)
    )
    rows = LogSource.objects.filter(unit__in=mine).select_related("unit")
    return list(rows.order_by("-unit__path", "type", "device")[:MOST_SOURCES])


def kept_logs() -> Path | None:
    """The lake that a watch keeps for this desk, where one is set and there."""
    lake = settings.LAKE
    return lake if lake is not None and lake.is_dir() else None
