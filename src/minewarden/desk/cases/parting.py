"""Several machines behind one address: where a person confirms each of them, every one becomes a case of its own.

A case is what happened on a device, so three machines are three cases of one notice. Each keeps the receipt, the due
times, the time that was allowed and the notices of the case that it came from, and is answered for to their senders.
"""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from minewarden.desk.cases import followers, refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.history import held, remark
from minewarden.desk.cases.lifecycle import OPEN_FOR_FINDING, Duty, State
from minewarden.desk.cases.models import Asked, CandidateCopy, Case
from minewarden.desk.cases.opening import facts_of, remember_opening
from minewarden.desk.cases.side import take_along
from minewarden.desk.org.models import Person

_KEPT = (
    "unit", "lead", "evidence", "origin", "state", "received_at", "original48", "original72", "due48", "due72",
    "signed_at", "told_at", "told48", "told72",
)  # fmt: skip


@transaction.atomic
def confirm_each(case: Case, *, by: Person, now: datetime, reason: str) -> list[Case]:
    """Say that each of several candidates was one of the machines, and how that is known: the first stays with this
    case, every other becomes a case beside it. Answers the new ones; each is then locked for itself.

    Raises TransitionError where there are not several, where somebody has said already which one it was, where a
    request waits for its answer, or without a reason.
    """
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if not reason.strip():
        raise refusals.reason_missing()
    candidates = list(case.candidates.select_for_update(no_key=True))
    if State(case.state) not in OPEN_FOR_FINDING or len(candidates) < 2 or any(one.chosen_at for one in candidates):
        raise refusals.already_decided()
    if any(asked.filter(outcome=Asked.Outcome.PENDING).exists() for asked in (case.decisions, case.extensions)):
        raise refusals.already_asked()
    first, *others = candidates
    _choose(first, by=by, now=now, reason=reason)
    first.save(update_fields=["chosen_at", "chosen_by", "chosen_reason"])
    made = [_beside(case, one, by=by, now=now, reason=reason) for one in others]
    remark(case, "confirm-each", by=by, now=now, note=reason, facts={"cases": [one.pk for one in made]})
    return made


def _beside(case: Case, candidate: CandidateCopy, *, by: Person, now: datetime, reason: str) -> Case:
    kept = {name: getattr(case, name) for name in _KEPT}
    made: Case = Case.objects.create(opened_at=now, opened_by=by, **kept, **asdict(facts_of(case)))
    # The answer of the trace stays with the first case as well; the copy says which of them this case is about.
    candidate.pk, candidate._state.adding, candidate.case, candidate.position = None, True, made, 1
    _choose(candidate, by=by, now=now, reason=reason)
    candidate.save()
    remember_opening(made, by=by, now=now, note=case.number)
    for row in case.joined.order_by("pk"):
        take_along(row, made, by=by, now=now)
    followers.parted(case, made)
    return made


def _choose(candidate: CandidateCopy, *, by: Person, now: datetime, reason: str) -> None:
    candidate.chosen_at, candidate.chosen_by, candidate.chosen_reason = now, by, reason
