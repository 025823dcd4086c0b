"""What one person proposes and another decides: the nature, a false alarm, 无法定位, and more time."""

from datetime import datetime
from typing import Any

from django.db import transaction

from minewarden.desk.cases import clocks, refusals
from minewarden.desk.cases.access import demand, may
from minewarden.desk.cases.followup import plan_compensation
from minewarden.desk.cases.history import held, move, of_case, remark
from minewarden.desk.cases.lifecycle import Aside, Duty, State, Verb, aside, step
from minewarden.desk.cases.models import Asked, Case, CaseNotice, Decision, Extension, Objection
from minewarden.desk.org.models import Person

FALSE_ALARM_REASONS = ("security-product", "resolver", "research", "shared-address", "wrong-time", "other")
UNLOCATABLE_REASONS = ("no-nat-log", "no-port", "log-expired", "shared-wireless", "device-gone", "other")
NATURES = (Case.Nature.ACTIVE.value, Case.Nature.PASSIVE.value)
_VALUES = {
    Decision.Kind.NATURE.value: frozenset(NATURES),
    Decision.Kind.FALSE_ALARM.value: frozenset(FALSE_ALARM_REASONS),
    Decision.Kind.UNLOCATABLE.value: frozenset(UNLOCATABLE_REASONS),
}
_VERBS = {
    Decision.Kind.FALSE_ALARM.value: Verb.CONFIRM_FALSE_ALARM,
    Decision.Kind.UNLOCATABLE.value: Verb.CONFIRM_UNLOCATABLE,
}
NATURE_STATES = frozenset({State.LOCKED, State.HANDLING, State.RETURNED})


@transaction.atomic
def propose(case: Case, *, by: Person, now: datetime, kind: str, value: str, reason: str) -> Decision:
    """Propose a judgement, with the reason that another person will read."""
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if not reason.strip() or value not in _VALUES[kind]:
        raise refusals.reason_missing()
    if case.decisions.filter(outcome=Asked.Outcome.PENDING).exists():
        raise refusals.already_asked()
    if kind in _VERBS:
        step(State(case.state), _VERBS[kind])
    elif State(case.state) not in NATURE_STATES and open_objection(case) is None:
        raise refusals.already_decided()
    decision: Decision = Decision.objects.create(
        case=case, kind=kind, value=value, reason=reason, asked_by=by, asked_at=now
    )
    remark(case, f"propose-{kind}", by=by, now=now, note=reason, facts={"value": value})
    return decision


@transaction.atomic
def agree(decision: Decision, *, by: Person, now: datetime, note: str = "") -> Decision:
    """The second person confirms; only now does it count."""
    decision, case = _pending(decision, by)
    _settle(decision, Asked.Outcome.AGREED, by, now, note)
    if decision.kind == Decision.Kind.NATURE:
        before, case.nature = case.nature, decision.value
        case.save(update_fields=["nature"])
        if (objection := open_objection(case)) is not None:
            objection.answer, objection.answered_at = decision, now
            objection.save(update_fields=["answer", "answered_at"])
        remark(case, "agree-nature", by=by, now=now, note=note, facts={"nature": case.nature, "was": before})
        return decision
    conclusion = Case.Conclusion(decision.kind).value
    move(case, _VERBS[decision.kind], by=by, now=now, note=note, concluded_at=now, conclusion=conclusion)
    if decision.kind == Decision.Kind.UNLOCATABLE:
        plan_compensation(case, now)
    return decision


@transaction.atomic
def refuse(decision: Decision, *, by: Person, now: datetime, note: str) -> Decision:
    """The second person does not agree, and says why."""
    if not note.strip():
        raise refusals.reason_missing()
    decision, case = _pending(decision, by)
    _settle(decision, Asked.Outcome.REFUSED, by, now, note)
    remark(case, f"refuse-{decision.kind}", by=by, now=now, note=note, facts={"value": decision.value})
    return decision


@transaction.atomic
def ask_extension(
    case: Case,
    *,
    by: Person,
    now: datetime,
    which: str,
    until: datetime,
    reason: str,
    joined: CaseNotice | None = None,
) -> Extension:
    """Ask the superior for more time: for the case, or, with `joined`, for one of its notices alone."""
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    aside(State(case.state), Aside.EXTEND)
    mine = of_case(case, joined)
    if not reason.strip():
        raise refusals.reason_missing()
    if case.extensions.filter(outcome=Asked.Outcome.PENDING, which=which, joined=mine).exists():
        raise refusals.already_asked()
    _later(case, which, until, mine)
    extension: Extension = Extension.objects.create(
        case=case, joined=mine, which=which, until=until, reason=reason, asked_by=by, asked_at=now
    )
    facts = {"which": which, "until": until} | _of(mine)
    remark(case, "ask-extension", by=by, now=now, note=reason, facts=facts)
    return extension


@transaction.atomic
def decide_extension(extension: Extension, *, by: Person, now: datetime, allow: bool, note: str = "") -> Extension:
    """The superior allows more time or does not; the original due time stays beside the new one."""
    case = held(extension.case)
    extension = Extension.objects.select_for_update(of=("self",), no_key=True).get(pk=extension.pk)
    _second(extension, by)
    demand(by, Duty.SUPERVISE, case.unit)
    mine = of_case(case, extension.joined)
    if not allow:
        if not note.strip():
            raise refusals.reason_missing()
        _settle(extension, Asked.Outcome.REFUSED, by, now, note)
        remark(case, "refuse-extension", by=by, now=now, note=note, facts={"which": extension.which} | _of(mine))
        return extension
    aside(State(case.state), Aside.EXTEND)
    field = "due48" if extension.which == Extension.Which.FIND else "due72"
    was = mine.due(extension.which) if mine is not None else getattr(case, field)
    until = _later(case, extension.which, extension.until, mine)
    facts = {"which": extension.which, "was": was, "until": until} | _of(mine)
    if mine is None:
        setattr(case, field, until)
        case.save(update_fields=[field])
    _settle(extension, Asked.Outcome.AGREED, by, now, note)
    remark(case, "allow-extension", by=by, now=now, note=note, facts=facts)
    return extension


def who_confirms(decision: Decision) -> Duty:
    """The duty that the second person must have where nobody has objected."""
    return Duty.SUPERVISE if decision.kind == Decision.Kind.UNLOCATABLE else Duty.APPROVE


def confirms(decision: Decision, person: Person) -> bool:
    """Whether this person is the second person for a proposal.

    Where the nature is contested it is somebody who had no part in what is contested: at the first objection another
    reviewer of the unit or the superior, at the second the superior only.
    """
    unit = decision.case.unit
    if decision.asked_by_id == person.pk:
        return False
    objection = open_objection(decision.case) if decision.kind == Decision.Kind.NATURE else None
    if objection is None:
        return may(person, who_confirms(decision), unit)
    took_part = {objection.contested.asked_by_id, objection.contested.decided_by_id}
    if person.pk in took_part:
        return False
    return may(person, Duty.SUPERVISE, unit) or (objection.level == 1 and may(person, Duty.APPROVE, unit))


def open_objection(case: Case) -> Objection | None:
    """The objection that was not answered yet; a list of cases brings theirs along by `prefetch_related`."""
    return next((objection for objection in case.objections.all() if objection.answer_id is None), None)


def _of(joined: CaseNotice | None) -> dict[str, int]:
    """Which notice of the case, for the log; nothing where it is the case itself."""
    return {} if joined is None else {"notice": joined.notice_id}


def _later(case: Case, which: str, until: datetime, joined: CaseNotice | None) -> datetime:
    of_the_case = case.find_clock if which == Extension.Which.FIND else case.report_clock
    clock = joined.clock(which) if joined is not None else of_the_case
    if not clock.running:
        raise refusals.already_decided()
    try:
        return clocks.extend(clock.due, until)
    except ValueError:
        raise refusals.extends_nothing(clock.due) from None


def _pending(decision: Decision, by: Person) -> tuple[Decision, Case]:
    case = held(decision.case)
    fresh: Decision = Decision.objects.select_for_update(of=("self",), no_key=True).get(pk=decision.pk)
    if not confirms(fresh, by):
        demand(by, who_confirms(fresh), case.unit)
        _second(fresh, by)
        raise refusals.took_part()
    _second(fresh, by)
    return fresh, case


def _second(asked: Asked, by: Person) -> None:
    if asked.outcome != Asked.Outcome.PENDING:
        raise refusals.already_decided()
    if asked.asked_by_id == by.pk:
        raise refusals.same_person()


def _settle(asked: Asked, outcome: Asked.Outcome, by: Person, now: datetime, note: str) -> None:
    fields: dict[str, Any] = {"outcome": outcome.value, "decided_by": by, "decided_at": now, "decided_note": note}
    for name, value in fields.items():
        setattr(asked, name, value)
    asked.save(update_fields=sorted(fields))
