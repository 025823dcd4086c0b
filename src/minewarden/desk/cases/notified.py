"""A case that comes from a notice and not from a finding of one's own: the notice names an address and a time."""

from datetime import datetime

from django.db import transaction

from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Case, Notice
from minewarden.desk.cases.opening import Facts, join, new_case, remember_opening
from minewarden.desk.org.models import Person, Unit


@transaction.atomic
def open_for_notice(
    *,
    by: Person,
    now: datetime,
    unit: Unit,
    notice: Notice,
    facts: Facts,
    received_at: datetime | None = None,
    reason: str = "",
    previous: Case | None = None,
) -> Case:
    """Open a case of origin "notified" for the unit that answers for the address, and join the notice to it.

    `received_at` is the receipt by this unit (delivered and told, or told by telephone); without it the notice's own
    where this unit received it itself, else `now`. `previous` is the case of a unit that the line was sent to wrongly.
    Raises TransitionError where neither an address nor a name is given, or the receipt lies in the future;
    PermissionDenied where `by` is no officer over the unit.
    """
    demand(by, Duty.HANDLE, unit)
    if not (facts.host or facts.server_name or facts.server):
        raise refusals.nothing_named()
    case = new_case(
        facts, unit=unit, by=by, now=now, notice=notice, received_at=received_at, previous=previous,
        origin=Case.Origin.NOTIFIED,
    )  # fmt: skip
    remember_opening(case, by=by, now=now, note=reason)
    join(case, notice, by=by, now=now, received_at=received_at)
    return case
