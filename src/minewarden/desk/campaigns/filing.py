"""What units file: plans under review, meetings whose decisions become tasks, education, rules, duty lists."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.campaigns import actions
from minewarden.desk.campaigns.attachments import attach
from minewarden.desk.campaigns.columns import TABLES
from minewarden.desk.campaigns.duties import content_of
from minewarden.desk.campaigns.gates import canonical
from minewarden.desk.campaigns.lifecycle import FILING, FilingState, FilingVerb, step
from minewarden.desk.campaigns.models import Campaign, Filing, Task
from minewarden.desk.campaigns.refusals import refusal
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.documents.sheet_cells import value_of
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import Message

Files = Sequence[tuple[str, bytes]]
REVIEWED = frozenset({Filing.Kind.PLAN})
"""What the superior reviews; the rest counts when it is filed."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of a plan or a decision of a meeting that becomes a task."""

    title: str
    unit: Unit
    due: datetime


@transaction.atomic
def write(
    filing: Filing | None, *, by: Person, now: datetime, kind: str, unit: Unit, campaign: Campaign | None,
    texts: Mapping[str, str], files: Files = (),
) -> Filing:  # fmt: skip
    """Write a filing, or change a draft or what was sent back. Raises TransitionError for what is wrong."""
    demand(by, Duty.HANDLE, unit)
    values = _read(kind, texts)
    day = values.pop("day")
    if kind in (Filing.Kind.MEETING, Filing.Kind.ACTIVITY) and day > timezone.localdate(now):
        raise refusal("future_day")
    facts: dict[str, Any] = {"title": values.pop("title"), "day": day, "content": _plain(values)}
    if filing is None:
        filing = Filing(kind=kind, unit=unit, campaign=campaign, made_by=by, made_at=now)
        filing.on_behalf = not by.unit.path.startswith(unit.path)
    else:
        filing = _held(filing)
        demand(by, Duty.HANDLE, filing.unit)
        filing.state = step(FILING, FilingState(filing.state), FilingVerb.CHANGE).value
    for name, value in facts.items():
        setattr(filing, name, value)
    filing.save()
    for name, content in files:
        attach(filing, by=by, now=now, name=name, content=content)
    record(f"filing.save-{kind}", by=by, obj=filing, after={"title": filing.title, "day": day, **filing.content})
    if kind not in REVIEWED:
        return _submit(filing, by, now)
    return filing


@transaction.atomic
def submit(filing: Filing, *, by: Person, now: datetime) -> Filing:
    """备案: hand a plan up. A unit with nothing above it has nobody to review it, so that it counts at once."""
    filing = _held(filing)
    demand(by, Duty.HANDLE, filing.unit)
    return _submit(filing, by, now)


def _submit(filing: Filing, by: Person, now: datetime) -> Filing:
    filing.state = step(FILING, FilingState(filing.state), FilingVerb.SUBMIT).value
    filing.submitted_by, filing.submitted_at, filing.note = by, now, ""
    if filing.kind not in REVIEWED or filing.unit.parent_id is None:
        filing.state = step(FILING, FilingState(filing.state), FilingVerb.ACCEPT).value
    filing.save()
    record("filing.submit", by=by, obj=filing, after={"kind": filing.kind, "state": filing.state})
    actions.settle(filing.unit, filing.kind, by=by, now=now, campaign=filing.campaign)
    if filing.state == FilingState.SUBMITTED:
        outbox.post(
            f"filing.{filing.pk}.submitted.{now:%Y%m%d%H%M%S}", unit=filing.unit,
            to=outbox.people_above(filing.unit, Role.OFFICER), word="desk_campaigns.tell_filed", now=now,
            link=f"/campaigns/filing/{filing.pk}/", title=filing.title,
        )  # fmt: skip
    return filing


@transaction.atomic
def accept(filing: Filing, *, by: Person, now: datetime, note: str = "") -> Filing:
    """The superior takes a plan."""
    filing = _decide(filing, FilingVerb.ACCEPT, by, now, note)
    outbox.post(
        f"filing.{filing.pk}.accepted", unit=filing.unit, to=outbox.people_of(filing.unit, Role.OFFICER),
        word="desk_campaigns.tell_filing_taken", now=now, link=f"/campaigns/filing/{filing.pk}/", title=filing.title,
    )  # fmt: skip
    return filing


@transaction.atomic
def send_back(filing: Filing, *, by: Person, now: datetime, note: str) -> Filing:
    """The superior has a plan amended; the task that waits for it is open again."""
    if not note.strip():
        raise refusal("reason")
    filing = _decide(filing, FilingVerb.RETURN, by, now, note)
    actions.reopen(filing.unit, filing.kind, by=by, campaign=filing.campaign)
    outbox.post(
        f"filing.{filing.pk}.returned.{now:%Y%m%d%H%M%S}", unit=filing.unit,
        to=outbox.people_of(filing.unit, Role.OFFICER), word="desk_campaigns.tell_filing_back", now=now,
        link=f"/campaigns/filing/{filing.pk}/", title=filing.title,
    )  # fmt: skip
    return filing


@transaction.atomic
def end(filing: Filing, *, by: Person, now: datetime, note: str) -> Filing:
    """废止: a rule or material is no longer in force; it stays readable."""
    filing = _held(filing)
    demand(by, Duty.HANDLE, filing.unit)
    if not note.strip():
        raise refusal("reason")
    filing.state, filing.note = step(FILING, FilingState(filing.state), FilingVerb.END).value, note.strip()
    filing.save(update_fields=["state", "note"])
    record("filing.end", by=by, obj=filing, after={"note": note})
    return filing


@transaction.atomic
def make_tasks(filing: Filing, *, by: Person, now: datetime, measures: Sequence[Measure]) -> list[Task]:
    """Measures of a plan, decisions of a meeting: each becomes a task of the unit or of one below it."""
    filing = _held(filing)
    demand(by, Duty.HANDLE, filing.unit)
    made = []
    for measure in measures:
        if not measure.unit.path.startswith(filing.unit.path) or not measure.title.strip():
            raise refusal("not_below")
        if measure.due <= now:
            raise refusal("past_day")
        task: Task = Task.objects.create(
            filing=filing, unit=measure.unit, title=measure.title.strip()[:200], made_at=now, due_at=measure.due,
            original_due_at=measure.due,
        )  # fmt: skip
        record(
            "filing.task", by=by, obj=task, after={"title": task.title, "unit": measure.unit.name, "due": measure.due}
        )
        if measure.unit.pk != filing.unit_id:
            outbox.post(
                f"campaign.task.{task.pk}", unit=measure.unit, to=outbox.people_of(measure.unit, Role.OFFICER),
                word="desk_campaigns.tell_task", now=now, link=f"/campaigns/task/{task.pk}/", title=task.title,
                due=task.due_at,
            )  # fmt: skip
        made.append(task)
    return made


@transaction.atomic
def make_duty_list(*, by: Person, now: datetime, unit: Unit, campaign: Campaign | None, day: date) -> Filing:
    """责任清单: made from the ledger of duties, the devices and ranges, and what is missing; frozen with its hash."""
    demand(by, Duty.HANDLE, unit)
    content = content_of(unit, now)
    if not content["posts"]:
        raise refusal("no_duties")
    row: Filing = Filing.objects.create(
        kind=Filing.Kind.DUTY_LIST, unit=unit, campaign=campaign, title=f"{unit.name}责任清单", day=day,
        content=content, made_by=by, made_at=now, sha256=hashlib.sha256(canonical(content)).hexdigest(),
        on_behalf=not by.unit.path.startswith(unit.path),
    )  # fmt: skip
    record("filing.duty-list", by=by, obj=row, after={"posts": len(content["posts"]), "sha256": row.sha256})
    outbox.post(
        f"filing.{row.pk}.sign", unit=unit, to=outbox.people_of(unit, Role.APPROVER, but=by),
        word="desk_campaigns.tell_duty_list", now=now, link=f"/campaigns/filing/{row.pk}/", title=row.title,
    )  # fmt: skip
    return row


@transaction.atomic
def sign_duty_list(filing: Filing, *, by: Person, now: datetime) -> Filing:
    """签署: the head of the unit puts it into force. Whoever made it does not sign it."""
    filing = _held(filing)
    demand(by, Duty.APPROVE, filing.unit)
    if filing.kind != Filing.Kind.DUTY_LIST:
        raise refusal("state")
    if filing.made_by_id == by.pk:
        raise refusal("same_person")
    filing.state = step(FILING, FilingState(filing.state), FilingVerb.SUBMIT).value
    filing.state = step(FILING, FilingState(filing.state), FilingVerb.ACCEPT).value
    filing.submitted_by, filing.submitted_at, filing.decided_by, filing.decided_at = filing.made_by, now, by, now
    filing.save()
    earlier = Filing.objects.filter(kind=filing.kind, unit=filing.unit, state=FilingState.ACCEPTED.value)
    earlier.exclude(pk=filing.pk).update(state=FilingState.ENDED.value)
    record("filing.sign", by=by, obj=filing, after={"sha256": filing.sha256})
    actions.settle(filing.unit, filing.kind, by=by, now=now, campaign=filing.campaign)
    return filing


def _decide(filing: Filing, verb: FilingVerb, by: Person, now: datetime, note: str) -> Filing:
    filing = _held(filing)
    demand(by, Duty.SUPERVISE, filing.unit)
    if filing.submitted_by_id == by.pk:
        raise refusal("same_person")
    filing.state = step(FILING, FilingState(filing.state), verb).value
    filing.decided_by, filing.decided_at, filing.note = by, now, note.strip()
    filing.save(update_fields=["state", "decided_by", "decided_at", "note"])
    record(f"filing.{verb.value}", by=by, obj=filing, after={"note": note})
    return filing


def _held(filing: Filing) -> Filing:
    rows = Filing.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "campaign")
    found: Filing = rows.get(pk=filing.pk)
    return found


def _read(kind: str, texts: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in TABLES[kind].columns:
        value = value_of(column, texts.get(column.key, ""))
        if isinstance(value, Message):
            raise TransitionError(value)
        values[column.key] = value
    return values


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items() if value}
