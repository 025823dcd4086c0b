"""Tasks come down the tree: each unit of a campaign gets what its kind is asked, when the phase or period begins.

A unit that was founded or moved in later gets them at the next sweep; what a unit that was merged left open goes over
to the unit that took it in, with the answers that it had given. Nothing is removed.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.campaigns.changes import Change
from minewarden.desk.campaigns.checks import Place, units_of
from minewarden.desk.campaigns.lifecycle import OPEN_TASKS, TASK, TaskState, TaskVerb, step
from minewarden.desk.campaigns.models import Campaign, Form, Task
from minewarden.desk.campaigns.template import Phase, Plan, TaskDef
from minewarden.desk.ledger.registry import heir
from minewarden.desk.org.models import Person, Unit
from minewarden.vocab.words import DISPLAY_ZONE

_AT_ONCE = 1000


def end_of(day: date) -> datetime:
    """24:00 of a day in Beijing."""
    return datetime.combine(day + timedelta(days=1), time.min, DISPLAY_ZONE)


def begun(plan: Plan, today: date) -> list[Phase]:
    """The phases that have begun."""
    return [phase for phase in plan.phases if phase.begins is None or phase.begins <= today]


def wanted(plan: Plan, today: date) -> list[tuple[Phase, TaskDef, str]]:
    """The tasks that units should have on a day, with the period of those that repeat."""
    current = plan.on(today)
    found = []
    for phase in begun(plan, today):
        for task in plan.tasks:
            if task.phase != phase.code:
                continue
            if task.repeat == "once" or (current is not None and current.code == phase.code):
                found.append((phase, task, task.period(today)))
    return found


def sweep(campaign: Campaign, now: datetime, units: Sequence[Place] | None = None) -> int:
    """Give every unit what it lacks, and hand over what merged units left open; the number of tasks that were made."""
    today = timezone.localdate(now)
    units = units_of(campaign, now) if units is None else units
    _hand_over(campaign, now)
    have = set(Task.objects.filter(campaign=campaign).order_by().values_list("unit_id", "code", "period"))
    fresh = []
    for phase, task, period in wanted(campaign.plan, today):
        due = end_of(task.due(phase, today))
        fresh += [
            Task(
                campaign=campaign, unit_id=unit.pk, code=task.code, phase=phase.code, period=period, made_at=now,
                due_at=due,
                original_due_at=due,
            )
            for unit in units
            if unit.kind in task.kinds and (unit.pk, task.code, period) not in have
        ]  # fmt: skip
    for at in range(0, len(fresh), _AT_ONCE):
        # Piece by piece, so that a city's tasks do not keep everybody else from writing; what exists is passed over.
        with transaction.atomic():
            Task.objects.bulk_create(fresh[at : at + _AT_ONCE], ignore_conflicts=True)
    opened = sorted({*campaign.opened, *(f"{task.code}@{period}" for _, task, period in wanted(campaign.plan, today))})
    Campaign.objects.filter(pk=campaign.pk).update(opened=opened, swept_at=now)
    campaign.opened, campaign.swept_at = opened, now
    if fresh:
        with transaction.atomic():
            record("campaign.cascade", by=None, obj=campaign, after={"tasks": len(fresh)})
    return len(fresh)


def is_due(campaign: Campaign, now: datetime) -> bool:
    """Whether the day changed, or a phase or period began, since the last sweep."""
    if campaign.swept_at is None:
        return True
    today = timezone.localdate(now)
    if timezone.localdate(campaign.swept_at) != today:
        return True
    return any(f"{task.code}@{period}" not in campaign.opened for _, task, period in wanted(campaign.plan, today))


def _hand_over(campaign: Campaign, now: datetime) -> None:
    """What units that are no more left open goes to whoever took them in; where nobody did, it is withdrawn."""
    _to_heirs(Task.objects.filter(campaign=campaign), campaign.unit, now)


def hand_over_others(now: datetime) -> int:
    """The same for tasks that came of forms and filings; the number of tasks."""
    return _to_heirs(Task.objects.filter(campaign=None), None, now)


def _to_heirs(tasks: "QuerySet[Task]", within: Unit | None, now: datetime) -> int:
    rows = tasks.filter(state__in=OPEN_TASKS, unit__valid_to__lt=timezone.localdate(now))
    done = 0
    for task in rows.select_related("unit", "unit__successor", "campaign", "form", "filing")[:_AT_ONCE]:
        took, done = heir(task.unit, now), done + 1
        with transaction.atomic():
            if took is None or (within is not None and not took.path.startswith(within.path)):
                task.state = step(TASK, TaskState(task.state), TaskVerb.WITHDRAW).value
                task.save(update_fields=["state"])
                record("campaign.task-withdrawn", by=None, obj=task, after={"unit_ended": task.unit.valid_to})
                continue
            theirs = _of_heir(task, took, now)
            task.state, task.moved_to = step(TASK, TaskState(task.state), TaskVerb.MOVE).value, theirs
            task.save(update_fields=["state", "moved_to"])
            record("campaign.task-moved", by=None, obj=task, after={"unit": took.name, "task": theirs.pk})
    return done


def _of_heir(task: Task, took: Unit, now: datetime) -> Task:
    """The same task of the unit that took another in; it is made with the answers there where it was not asked yet."""
    fresh = {
        "phase": task.phase, "made_at": now, "due_at": task.due_at, "original_due_at": task.original_due_at,
        "answer": task.answer, "title": task.title,
    }  # fmt: skip
    if task.campaign is not None:
        known = {"campaign": task.campaign, "unit": took, "code": task.code, "period": task.period}
    elif task.form is not None:
        known = {"form": task.form, "unit": took}
    else:
        return Task.objects.create(filing=task.filing, unit=took, **fresh)
    found, _ = Task.objects.get_or_create(**known, defaults=fresh)
    return found


def follow(campaign: Campaign, changes: Iterable[Change], now: datetime, by: Person) -> None:
    """Bring the tasks of a campaign in line with its new version. Answers stay, with what was changed beside them."""
    plan, today = campaign.plan, timezone.localdate(now)
    by_task: dict[str, list[Change]] = {}
    for change in changes:
        if "task" in change:
            by_task.setdefault(change["task"], []).append(change)
    gone = [code for code, rows in by_task.items() if any(row["what"] == "task-removed" for row in rows)]
    Task.objects.filter(campaign=campaign, code__in=gone, state__in=OPEN_TASKS).update(state=TaskState.WITHDRAWN.value)
    back = Task.objects.filter(campaign=campaign, state=TaskState.WITHDRAWN.value, unit__valid_to=None)
    back.filter(code__in=[task.code for task in plan.tasks]).update(state=TaskState.OPEN.value)
    for code, rows in by_task.items():
        told = [row for row in rows if row["what"] not in ("task-added", "task-removed", "task-kinds")]
        if told:
            _tell(campaign, code, told)
    for task in plan.tasks:
        # Days that a superior gave a unit stay given.
        mine = Task.objects.filter(campaign=campaign, code=task.code, period="", due_at=F("original_due_at"))
        phase = plan.phase(task.phase)
        if task.repeat == "once":
            due = end_of(task.due(phase, today))
            mine.exclude(due_at=due).update(due_at=due, original_due_at=due, phase=task.phase)
        other = Task.objects.filter(campaign=campaign, code=task.code, state__in=OPEN_TASKS)
        other.exclude(unit__kind__in=task.kinds).update(state=TaskState.WITHDRAWN.value)
    sweep(campaign, now)


def _tell(campaign: Campaign, code: str, rows: list[Change]) -> None:
    """Note what changed at each unit that has answered, or begun to; where an answer is now lacking, ask again."""
    again = any(row.get("required") for row in rows)
    for task in Task.objects.filter(campaign=campaign, code=code).exclude(answer={}, done_at=None):
        task.changed = [*task.changed, *rows]
        if again and task.state == TaskState.DONE:
            task.state = step(TASK, TaskState.DONE, TaskVerb.REOPEN).value
        task.save(update_fields=["changed", "state"])


def send(form: Form, now: datetime) -> int:
    """Ask every unit that a form is for."""
    below = form.unit.subtree().exclude(pk=form.unit_id).filter(kind__in=form.kinds, valid_to=None)
    have = set(Task.objects.filter(form=form).values_list("unit_id", flat=True))
    fresh = [
        Task(form=form, unit=unit, title=form.title, made_at=now, due_at=form.due_at, original_due_at=form.due_at)
        for unit in below
        if unit.pk not in have
    ]
    Task.objects.bulk_create(fresh, batch_size=1000)
    return len(fresh)
