"""Which logs and which devices a trace of a case may look into."""

from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty, State
from minewarden.desk.cases.models import Case
from minewarden.desk.ledger.models import Asset
from minewarden.desk.org.models import Person

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


def kept_logs() -> Path | None:
    """The lake that a watch keeps for this desk, where one is set and there."""
    lake = settings.LAKE
    return lake if lake is not None and lake.is_dir() else None
