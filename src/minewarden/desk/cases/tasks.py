"""What people do along a case: tasks, the first-hour checklist, telephone calls, asking again."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand, may
from minewarden.desk.cases.history import held, remark
from minewarden.desk.cases.lifecycle import CHECKLIST as CHECKLIST
from minewarden.desk.cases.lifecycle import Aside, Duty, State, aside
from minewarden.desk.cases.models import Call, Case, Task, Tick
from minewarden.desk.cases.receipts import count_from
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role

RESULTS = ("clean", "found", "done")


@transaction.atomic
def do_task(task: Task, *, by: Person, now: datetime, result: str, note: str) -> Task:
    """Say that a task is done: a re-check is `clean` or has `found` something again, anything else is `done`."""
    case = held(task.case)
    demand(by, Duty.HANDLE, case.unit)
    fresh = Task.objects.select_for_update(of=("self",), no_key=True).get(pk=task.pk)
    if fresh.done_at is not None:
        raise refusals.already_decided()
    allowed = RESULTS[:2] if fresh.kind.startswith("recheck") else RESULTS[2:]
    if result not in allowed or not note.strip():
        raise refusals.reason_missing()
    # What came back may be found at any time; that nothing did cannot be known before the day.
    if result != "found" and now < fresh.opens_at:
        raise refusals.too_early(fresh.due_at)
    fresh.done_at, fresh.done_by, fresh.result, fresh.note = now, by, result, note.strip()
    fresh.save(update_fields=["done_at", "done_by", "result", "note"])
    facts = {"task": fresh.kind, "result": result, "due_at": fresh.due_at}
    remark(case, "do-task", by=by, now=now, note=note, facts=facts)
    return fresh


@transaction.atomic
def tick(case: Case, *, by: Person, now: datetime, item: str, done: bool) -> Tick:
    """Tick a line of the first-hour checklist, or take the tick back."""
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if item not in CHECKLIST:
        raise refusals.already_decided()
    row: Tick = Tick.objects.create(case=case, item=item, done=done, at=now, by=by)
    remark(case, "tick" if done else "untick", by=by, now=now, facts={"item": item})
    return row


@transaction.atomic
def record_call(case: Case, *, by: Person, now: datetime, called_at: datetime, spoke_to: str, note: str) -> Call:
    """Write down a telephone call. One before the receipt makes the clocks begin with it: the earliest counts."""
    case = held(case)
    if not (may(by, Duty.SUPERVISE, case.unit) or may(by, Duty.HANDLE, case.unit)):
        raise PermissionDenied
    if called_at > now:
        raise refusals.in_future(now)
    if not spoke_to.strip():
        raise refusals.reason_missing()
    row: Call = Call.objects.create(
        case=case, called_at=called_at, spoke_to=spoke_to.strip(), note=note, entered_at=now, by=by
    )
    remark(case, "call", by=by, now=now, note=note, facts={"called_at": called_at})
    count_from(case, called_at, by=by, now=now, way="call", reason=note)
    return row


@transaction.atomic
def urge(case: Case, *, by: Person, now: datetime) -> None:
    """催办: ask the unit again, at most twice a day. Raises TransitionError beyond that."""
    case = held(case)
    demand(by, Duty.SUPERVISE, case.unit)
    aside(State(case.state), Aside.ESCALATE)
    clock = case.find_clock if case.find_clock.running else case.report_clock
    outbox.remind(
        f"case.{case.pk}", unit=case.unit, to=outbox.people_of(case.unit, Role.OFFICER), word="desk_cases.tell_urge",
        now=now, link=f"/cases/{case.pk}/", number=case.number, due=clock.due,
    )  # fmt: skip
    remark(case, "urge", by=by, now=now)
