"""How a case moves and how it is remembered: one move is one step in the history and one record in the audit log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from minewarden.desk.audit.record import record
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import State, Verb, step
from minewarden.desk.cases.models import Case, CaseNotice, Step
from minewarden.desk.cases.told import tell
from minewarden.desk.org.models import Person


def held(case: Case) -> Case:
    """The case as the database has it now, held until the transaction ends, so that two people cannot both move it.

    Every row of the desk is held by `no_key`: rows that refer to it need not wait. PostgreSQL checks their foreign keys
    at the commit, while they hold the end of the audit chain that the holder still asks for: both would wait for ever.
    """
    rows = Case.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "lead", "evidence")
    fresh: Case = rows.get(pk=case.pk)
    return fresh


def of_case(case: Case, joined: CaseNotice | None) -> CaseNotice | None:
    """The notice as the database has it, which must be one of the case. Raises CaseNotice.DoesNotExist else."""
    if joined is None:
        return None
    found: CaseNotice = case.joined.select_related("notice").get(pk=joined.pk)
    return found


def move(
    case: Case, verb: Verb, *, by: Person, now: datetime, note: str = "", quietly: bool = False, **changes: Any
) -> Case:
    """Take a step of the table, write what changes with it, remember it, and tell whose turn it is. Call it within a
    transaction. quietly: whoever calls tells of it himself.

    Raises TransitionError where the table has no such step, PermissionDenied where `by` is not charged with it.
    """
    row = step(State(case.state), verb)
    demand(by, row.duty, case.unit)
    changes = {"state": row.target.value} | changes
    before = {name: _plain(getattr(case, name)) for name in changes}
    for name, value in changes.items():
        setattr(case, name, value)
    case.save(update_fields=sorted(changes))
    taken = Step.objects.create(
        case=case, at=now, by=by, verb=verb.value, source=row.source.value, target=row.target.value, note=note
    )
    after = {name: _plain(value) for name, value in changes.items()} | ({"note": note} if note else {})
    record(f"case.{verb.value}", by=by, obj=case, before=before, after=after)
    if not quietly:
        tell(case, taken, by=by, now=now)
    return case


def remark(
    case: Case, verb: str, *, by: Person, now: datetime, note: str = "", facts: Mapping[str, Any] | None = None
) -> None:
    """Remember an act that does not move the case (a proposal, an extension, a look behind a mask), and tell whose turn
    it is."""
    taken = Step.objects.create(case=case, at=now, by=by, verb=verb, note=note)
    record(f"case.{verb}", by=by, obj=case, after=dict(facts or {}) | ({"note": note} if note else {}))
    tell(case, taken, by=by, now=now)


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value
