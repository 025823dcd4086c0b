"""What people do about campaigns and the tasks of units."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.campaigns import cascade, changes
from minewarden.desk.campaigns.attachments import attach
from minewarden.desk.campaigns.checks import units_of
from minewarden.desk.campaigns.known import KNOWN, values
from minewarden.desk.campaigns.lifecycle import OPEN_TASKS, TASK, TaskState, TaskVerb, step
from minewarden.desk.campaigns.models import Campaign, Postponement, Task, Version
from minewarden.desk.campaigns.questions import Question
from minewarden.desk.campaigns.refusals import refusal
from minewarden.desk.campaigns.template import Fault, Plan, read
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.kit import figures
from minewarden.desk.kit.words import said
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.parameters import SETTINGS
from minewarden.documents.sheet_cells import value_of
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import Message, message

INLINE = 500
"""Units up to which starting hands out the tasks itself."""
FIGURES = ("ledger.contacts", "ledger.owned", "pledges", "selfchecks.mended", "measures.answered")
"""The figures that a task may wait for; what nobody offers yet is shown as without a source."""
Dates = Mapping[str, tuple[date | None, date | None]]


def faults_of(text: str, name: str) -> tuple[Plan | None, tuple[Fault, ...]]:
    """Read a template and try it against what this desk knows: ledgers, figures, parameters. All faults at once."""
    plan, faults = read(text, name)
    if plan is None:
        return None, faults
    found = list(_unknown(plan, name))
    return (None if found else plan), tuple(found)


def _unknown(plan: Plan, name: str) -> "list[Fault]":
    found = []
    for i, task in enumerate(plan.tasks, start=1):
        if task.figure and task.figure not in FIGURES and not figures.offered(task.figure):
            why = message("campaign_template.no_such_figure", given=task.figure, known="、".join(FIGURES))
            found.append(Fault(name, f"task[{i}].figure", why))
        for j, question in enumerate(task.questions, start=1):
            if question.known and question.known not in KNOWN:
                why = message("campaign_template.no_such_known", given=question.known, known="、".join(KNOWN))
                found.append(Fault(name, f"task[{i}].question[{j}].known", why))
    for key, value in plan.thresholds.items():
        setting = SETTINGS.get(key)
        if setting is None:
            why = message("campaign_template.no_such_threshold", given=key, known="、".join(SETTINGS))
            found.append(Fault(name, f"thresholds.{key}", why))
            continue
        try:
            setting.canonical(value)
        except ValueError:
            why = message("campaign_template.threshold_out", least=setting.least, most=setting.most)
            found.append(Fault(name, f"thresholds.{key}", why))
    return found


@transaction.atomic
def draft(
    *, by: Person, now: datetime, unit: Unit, text: str, name: str, title: str, number: str, dates: Dates
) -> Campaign:
    """Set up a campaign of a bureau; nothing is asked of anybody before it is started."""
    demand(by, Duty.HANDLE, unit)
    plan, faults = faults_of(text, name)
    if plan is None:
        raise TransitionError(Message("desk_campaigns.refused_template", {"count": len(faults)}))
    campaign = Campaign.objects.create(unit=unit, title=title.strip(), number=number.strip(), made_by=by, made_at=now)
    _version(campaign, text, _checked(plan, dates, now), "", [], by, now)
    record("campaign.draft", by=by, obj=campaign, after={"title": title, "template": plan.code, "dates": _plain(dates)})
    outbox.post(
        f"campaign.{campaign.pk}.draft", unit=unit, to=outbox.people_of(unit, Role.APPROVER, but=by),
        word="desk_campaigns.tell_draft", now=now, link=f"/campaigns/{campaign.pk}/", title=campaign.title,
    )  # fmt: skip
    return campaign


@transaction.atomic
def start(campaign: Campaign, *, by: Person, now: datetime) -> Campaign:
    """Start it: the tasks of the phases that have begun go out to every unit."""
    campaign = _held(campaign)
    demand(by, Duty.APPROVE, campaign.unit)
    if campaign.state != Campaign.State.DRAFT:
        raise refusal("state")
    ends = [phase.ends for phase in campaign.plan.phases if phase.ends]
    if ends and min(ends) < timezone.localdate(now):
        raise refusal("past_day")
    campaign.state, campaign.started_by, campaign.started_at = Campaign.State.RUNNING, by, now
    campaign.save(update_fields=["state", "started_by", "started_at"])
    units = units_of(campaign, now)
    # The tasks of a whole city are handed out by the worker within seconds, and not while somebody waits for a page.
    made = cascade.sweep(campaign, now, units) if len(units) <= INLINE else None
    record("campaign.start", by=by, obj=campaign, after={"tasks": made, "version": campaign.version.number})
    outbox.post(
        f"campaign.{campaign.pk}.start", unit=campaign.unit, to=_officers_below(campaign.unit),
        word="desk_campaigns.tell_start", now=now, link="/campaigns/mine/", title=campaign.title,
    )  # fmt: skip
    return campaign


@transaction.atomic
def revise(
    campaign: Campaign, *, by: Person, now: datetime, text: str, name: str, dates: Dates, reason: str
) -> Version:
    """Ask otherwise: a new version. What units have answered stays, and each sees what changed."""
    campaign = _held(campaign)
    demand(by, Duty.HANDLE if campaign.state == Campaign.State.DRAFT else Duty.APPROVE, campaign.unit)
    if campaign.state == Campaign.State.ENDED:
        raise refusal("state")
    if campaign.state == Campaign.State.RUNNING and not reason.strip():
        raise refusal("reason")
    plan, faults = faults_of(text, name)
    if plan is None:
        raise TransitionError(Message("desk_campaigns.refused_template", {"count": len(faults)}))
    old = campaign.plan
    days = _checked(plan, dates, now, frozen=set(campaign.gates.values_list("phase", flat=True)), old=old)
    found = changes.between(old, plan.dated(days))
    if not found:
        raise refusal("unchanged")
    version = _version(campaign, text, days, reason, found, by, now)
    record(
        "campaign.revise",
        by=by,
        obj=campaign,
        after={"version": version.number, "changes": len(found), "reason": reason},
    )
    if campaign.state == Campaign.State.RUNNING:
        cascade.follow(campaign, found, now, by)
        outbox.post(
            f"campaign.{campaign.pk}.v{version.number}", unit=campaign.unit, to=_officers_below(campaign.unit),
            word="desk_campaigns.tell_revised", now=now, link=f"/campaigns/{campaign.pk}/", title=campaign.title,
            number=version.number,
        )  # fmt: skip
    return version


@transaction.atomic
def end(campaign: Campaign, *, by: Person, now: datetime, reason: str) -> Campaign:
    """End it: open tasks are withdrawn, what was done stays readable."""
    campaign = _held(campaign)
    demand(by, Duty.APPROVE, campaign.unit)
    if campaign.state != Campaign.State.RUNNING:
        raise refusal("state")
    if not reason.strip():
        raise refusal("reason")
    campaign.state, campaign.ended_at = Campaign.State.ENDED, now
    campaign.save(update_fields=["state", "ended_at"])
    open_ = Task.objects.filter(campaign=campaign, state__in=OPEN_TASKS).update(state=TaskState.WITHDRAWN.value)
    record("campaign.end", by=by, obj=campaign, after={"reason": reason, "withdrawn": open_})
    return campaign


@transaction.atomic
def answer(
    task: Task, *, by: Person, now: datetime, texts: Mapping[str, str], note: str = "", version: int = 0,
    files: tuple[tuple[str, bytes], ...] = (),
) -> Task:  # fmt: skip
    """Answer a task. What a ledger knows is read from the ledger at this moment and kept with the answer.

    version: the one that the page showed; where what is asked has changed since, the answers are kept, nothing is
    handed up, and `task.changed` says what to look at again.
    """
    task = held(task)
    demand(by, Duty.HANDLE, task.unit)
    target = step(TASK, TaskState(task.state), TaskVerb.ANSWER)
    if task.campaign is not None and task.campaign.state != Campaign.State.RUNNING:
        raise refusal("state")
    given, faults = read_answer(task.questions, texts)
    known = values(task.unit, [q.known for q in task.questions if q.known], now)
    given |= {q.key: known[q.known] for q in task.questions if q.known in known}
    for name, content in files:
        attach(task, by=by, now=now, name=name, content=content)
    current = task.campaign.version.number if task.campaign is not None else 0
    if version and version != current and _asked_anew(task, version):
        task.answer, task.changed = _kept(task, texts) | given, _asked_anew(task, version)
        task.save(update_fields=["answer", "changed"])
        record("campaign.answer-kept", by=by, obj=task, after={"shown": version, "now": current})
        return task
    if faults:
        raise TransitionError(faults[0])
    _proven(task, now)
    task.answer, task.state, task.note = given, target.value, note.strip()
    task.done_at, task.done_by, task.answered_version, task.changed = now, by, current, []
    task.on_behalf = not by.unit.path.startswith(task.unit.path)
    task.returned_note = ""
    task.save()
    record("campaign.answer", by=by, obj=task, after={"answer": given, "note": note, "on_behalf": task.on_behalf})
    return task


def read_answer(questions: tuple[Question, ...], texts: Mapping[str, str]) -> tuple[dict[str, Any], list[Message]]:
    """What was given, as JSON, and what is wrong with it. What ledgers know is not read from here."""
    given: dict[str, Any] = {}
    faults = []
    for question in questions:
        if question.known:
            continue
        value = value_of(question.column, texts.get(question.key, ""))
        if isinstance(value, Message):
            faults.append(
                message("desk_campaigns.refused_answer", question=question.title.get("zh", ""), why=said(value))
            )
        elif value is not None:
            given[question.key] = value.isoformat() if isinstance(value, date) else value
    return given, faults


@transaction.atomic
def send_back(task: Task, *, by: Person, now: datetime, note: str) -> Task:
    """退回: the superior has an answer amended, and says why."""
    task = held(task)
    demand(by, Duty.SUPERVISE, task.unit)
    if not note.strip():
        raise refusal("reason")
    task.state, task.returned_note = step(TASK, TaskState(task.state), TaskVerb.RETURN).value, note.strip()
    task.save(update_fields=["state", "returned_note"])
    record("campaign.return", by=by, obj=task, after={"note": note})
    outbox.post(
        f"campaign.task.{task.pk}.return.{now:%Y%m%d%H%M%S}", unit=task.unit,
        to=outbox.people_of(task.unit, Role.OFFICER), word="desk_campaigns.tell_returned", now=now,
        link=f"/campaigns/task/{task.pk}/", title=task.heading,
    )  # fmt: skip
    return task


@transaction.atomic
def urge(task: Task, *, by: Person, now: datetime) -> None:
    """催办: ask again, at most as often a day as the bureau allows."""
    task = held(task)
    demand(by, Duty.SUPERVISE, task.unit)
    if not task.open:
        raise refusal("state")
    outbox.remind(
        f"campaign.task.{task.pk}", unit=task.unit, to=outbox.people_of(task.unit, Role.OFFICER),
        word="desk_campaigns.tell_urge", now=now, link=f"/campaigns/task/{task.pk}/", title=task.heading,
        due=task.due_at,
    )  # fmt: skip
    record("campaign.urge", by=by, obj=task)


@transaction.atomic
def ask_time(task: Task, *, by: Person, now: datetime, until: datetime, reason: str) -> Postponement:
    """Ask the superior for more time; the due time does not move before he agrees."""
    task = held(task)
    demand(by, Duty.HANDLE, task.unit)
    _sensible(task.due_at, until, reason, now)
    if not task.open or task.postponements.filter(outcome="pending").exists():
        raise refusal("asked_already")
    row: Postponement = Postponement.objects.create(
        campaign=task.campaign, task=task, unit=task.unit, phase=task.phase, until=until, reason=reason.strip(),
        asked_by=by, asked_at=now,
    )  # fmt: skip
    record("campaign.ask-time", by=by, obj=task, after={"until": until, "reason": reason})
    above = task.unit.parent or task.unit
    outbox.post(
        f"campaign.time.{row.pk}", unit=above, to=outbox.people_of(above, Role.OFFICER, but=by),
        word="desk_campaigns.tell_time", now=now, link=f"/campaigns/task/{task.pk}/", title=task.heading,
    )  # fmt: skip
    return row


@transaction.atomic
def decide_time(row: Postponement, *, by: Person, now: datetime, allow: bool, note: str = "") -> Postponement:
    """The superior gives the time, or does not and says why."""
    row = (
        Postponement.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "task").get(pk=row.pk)
    )
    demand(by, Duty.SUPERVISE, row.unit)
    if row.outcome != Postponement.Outcome.PENDING:
        raise refusal("decided_already")
    if row.asked_by_id == by.pk:
        raise refusal("same_person")
    if not allow and not note.strip():
        raise refusal("reason")
    row.outcome = Postponement.Outcome.AGREED if allow else Postponement.Outcome.REFUSED
    row.decided_by, row.decided_at, row.decided_note = by, now, note.strip()
    row.save(update_fields=["outcome", "decided_by", "decided_at", "decided_note"])
    if allow and row.task is not None:
        Task.objects.filter(pk=row.task.pk).update(due_at=row.until, carried=False)
    verb = "campaign.give-time" if allow else "campaign.refuse-time"
    record(verb, by=by, obj=row, after={"until": row.until, "note": note})
    if row.task is not None:
        outbox.post(
            f"campaign.time.{row.pk}.decided", unit=row.unit, to=outbox.people_of(row.unit, Role.OFFICER),
            word="desk_campaigns.tell_time_decided", now=now, link=f"/campaigns/task/{row.task.pk}/",
            title=held(row.task).heading,
        )  # fmt: skip
    return row


@transaction.atomic
def postpone(
    campaign: Campaign, unit: Unit, *, by: Person, now: datetime, phase: str, until: datetime, reason: str
) -> Postponement:
    """The superior gives a unit more time for all that it has open in a phase. The first due times stay beside it."""
    campaign = _held(campaign)
    demand(by, Duty.SUPERVISE, unit)
    if campaign.state != Campaign.State.RUNNING or not unit.path.startswith(campaign.unit.path):
        raise refusal("state")
    ends = campaign.plan.phase(phase).ends
    _sensible(cascade.end_of(ends) if ends else now, until, reason, now)
    row: Postponement = Postponement.objects.create(
        campaign=campaign, unit=unit, phase=phase, until=until, reason=reason.strip(), asked_by=by, asked_at=now,
        outcome=Postponement.Outcome.AGREED, decided_by=by, decided_at=now,
    )  # fmt: skip
    moved = Task.objects.filter(campaign=campaign, unit=unit, phase=phase, state__in=OPEN_TASKS).update(due_at=until)
    record(
        "campaign.postpone", by=by, obj=row, after={"unit": unit.name, "until": until, "tasks": moved, "reason": reason}
    )
    return row


def held(task: Task) -> Task:
    """The task as the database has it now, held until the transaction ends."""
    rows = Task.objects.select_for_update(of=("self",), no_key=True)
    found: Task = rows.select_related("unit", "campaign", "form", "filing").get(pk=task.pk)
    return found


def settle(unit: Unit, kind: str, *, by: Person | None, now: datetime, campaign: Campaign | None) -> int:
    """Something was filed: the unit's tasks that wait for such a thing are done. How many."""
    rows = Task.objects.filter(unit=unit, state__in=OPEN_TASKS, campaign__state=Campaign.State.RUNNING)
    if campaign is not None:
        rows = rows.filter(campaign=campaign)
    done = 0
    for task in rows.select_related("campaign", "unit"):
        defined = task.defined
        if defined is not None and defined.proof == kind:
            close(task, by, now)
            done += 1
    return done


def close(task: Task, by: Person | None, now: datetime) -> None:
    """Set a task done by what shows it done."""
    task.state, task.done_at, task.done_by = step(TASK, TaskState(task.state), TaskVerb.ANSWER).value, now, by
    task.answered_version = task.campaign.version.number if task.campaign is not None else 0
    task.save(update_fields=["state", "done_at", "done_by", "answered_version"])
    record("campaign.fulfilled", by=by, obj=task, after={"task": task.code})


def reopen(unit: Unit, kind: str, *, by: Person, campaign: Campaign | None) -> None:
    """What was filed came back: the tasks that it had shown done are open again."""
    rows = Task.objects.filter(unit=unit, state=TaskState.DONE.value, campaign=campaign, campaign__isnull=False)
    for task in rows.select_related("campaign", "unit"):
        defined = task.defined
        if defined is not None and defined.proof == kind:
            task.state = step(TASK, TaskState.DONE, TaskVerb.REOPEN).value
            task.save(update_fields=["state"])
            record("campaign.reopen", by=by, obj=task, after={"task": task.code})


def _proven(task: Task, now: datetime) -> None:
    """Refuse to call done what something else must show. A figure that nobody offers is stated by the unit."""
    defined = task.defined
    if defined is None:
        return
    if defined.evidence == "wanted" and not task.files.exists():
        raise refusal("evidence")
    if defined.proof == "figure":
        found = figures.of_units(defined.figure, [task.unit_id], now)
        figure = found.get(task.unit_id) if found is not None else None
        if figure is not None and figure.percent is not None and figure.percent < 100:
            raise refusal("figure", count=figure.count, of=figure.of or 0)
    elif defined.proof != "answer":
        raise refusal("file_first")


def _asked_anew(task: Task, shown: int) -> list[dict[str, Any]]:
    """What was changed of a task since the version that somebody saw."""
    if task.campaign is None:
        return []
    rows = task.campaign.versions.filter(number__gt=shown).order_by("number")
    return [
        change
        for version in rows
        for change in version.changes
        if change.get("task") == task.code and change["what"].startswith(("question-", "task-proof"))
    ]


def _kept(task: Task, texts: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, also under questions that are no longer asked: nothing is lost."""
    return {**task.answer, **{key: text for key, text in texts.items() if text.strip()}}


def _sensible(due: datetime, until: datetime, reason: str, now: datetime) -> None:
    if not reason.strip():
        raise refusal("reason")
    if until <= now or until <= due:
        raise refusal("not_later")


def _checked(
    plan: Plan, dates: Dates, now: datetime, frozen: "set[str] | None" = None, old: Plan | None = None
) -> dict[str, list[str | None]]:
    """The days of the phases as they are kept. Raises TransitionError for days that cross or are over."""
    last: date | None = None
    kept: dict[str, list[str | None]] = {}
    for phase in plan.phases:
        begins, ends = dates.get(phase.code, (phase.begins, phase.ends))
        if begins and ends and ends < begins:
            raise refusal("days_crossed", phase=phase.title.get("zh", ""))
        if last and begins and begins <= last:
            raise refusal("days_overlap", phase=phase.title.get("zh", ""))
        if old is not None and phase.code in (frozen or ()) and (begins, ends) != _days(old, phase.code):
            raise refusal("phase_frozen", phase=phase.title.get("zh", ""))
        fresh = old is None or (begins, ends) != _days(old, phase.code)
        if fresh and ends and ends < timezone.localdate(now) and phase.code not in (frozen or ()):
            raise refusal("past_day")
        kept[phase.code] = [begins.isoformat() if begins else None, ends.isoformat() if ends else None]
        last = ends or last
    return kept


def _days(plan: Plan, code: str) -> tuple[date | None, date | None]:
    found = next((p for p in plan.phases if p.code == code), None)
    return (found.begins, found.ends) if found else (None, None)


def _plain(dates: Dates) -> dict[str, list[str]]:
    return {code: [str(day or "") for day in days] for code, days in dates.items()}


def _version(
    campaign: Campaign, text: str, dates: Mapping[str, Any], reason: str, found: list[Any], by: Person, now: datetime
) -> Version:
    last = campaign.versions.order_by("-number").values_list("number", flat=True).first() or 0
    made: Version = Version.objects.create(
        campaign=campaign, number=last + 1, text=text, dates=dates, reason=reason.strip(), changes=found, at=now, by=by
    )
    campaign.__dict__.pop("_version", None)
    return made


def _held(campaign: Campaign) -> Campaign:
    rows = Campaign.objects.select_for_update(of=("self",), no_key=True).select_related("unit")
    found: Campaign = rows.get(pk=campaign.pk)
    return found


def _officers_below(unit: Unit) -> list[Person]:
    """Everybody who answers for a unit of a campaign."""
    posts = {"posts__revoked_at": None, "posts__role": Role.OFFICER, "posts__unit__path__startswith": unit.path}
    return list(Person.objects.filter(is_active=True, **posts).distinct())
