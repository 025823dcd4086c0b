"""异议、申诉: somebody contests the nature. The classification opens again, for reviewers who were not in it."""

from datetime import datetime

from django.db import transaction

from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.history import held, remark
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked, Case, Decision, Objection
from minewarden.desk.org.models import Person

LEVELS = (1, 2)
"""1: 异议, decided by another reviewer. 2: 申诉, decided by the superior office. There is no third."""


@transaction.atomic
def raise_objection(
    case: Case, *, by: Person, now: datetime, raised_by: str, raised_at: datetime, grounds: str
) -> Objection:
    """Write the objection down and open the classification again. Who objects and why is restricted; every earlier
    decision stays as it was."""
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    contested = case.decisions.filter(kind=Decision.Kind.NATURE, outcome=Asked.Outcome.AGREED).order_by("-pk").first()
    level = case.objections.count() + 1
    settled = not case.objections.filter(answer=None).exists()
    pending = case.decisions.filter(outcome=Asked.Outcome.PENDING).exists()
    if contested is None or not settled or pending or level not in LEVELS:
        raise refusals.nothing_to_contest()
    if raised_at > now or not (raised_by.strip() and grounds.strip()):
        raise refusals.reason_missing()
    row: Objection = Objection.objects.create(
        case=case, level=level, contested=contested, raised_by=raised_by.strip(), raised_at=raised_at,
        grounds=grounds.strip(), entered_at=now, entered_by=by,
    )  # fmt: skip
    before, case.nature = case.nature, Case.Nature.UNDECIDED
    case.save(update_fields=["nature"])
    # The log says that there is an objection, not whose and why: many may read the log.
    facts = {"level": level, "contested": contested.pk, "was": before}
    remark(case, f"objection-{level}", by=by, now=now, facts=facts)
    return row
