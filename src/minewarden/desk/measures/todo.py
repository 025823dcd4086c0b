"""What waits for a person among the nine measures: letters to go out, answers that are overdue, reviews to decide."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from functools import partial

from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases.models import Asked
from minewarden.desk.kit.waiting import Item
from minewarden.desk.kit.words import say
from minewarden.desk.measures.access import entries_for, reviews_for
from minewarden.desk.measures.lifecycle import State
from minewarden.desk.measures.models import Entry, Review
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.waiting import Part, Waits, part
from minewarden.vocab.words import DISPLAY_ZONE

_MOST = 20


def parts(person: Person, unit: Unit | None, now: datetime) -> Iterator[Part]:
    """Of the units at which the person has a post of his own; what stands below them is its own units' work."""
    own = {role: [p.unit_id for p in person.active_posts() if p.role == role] for role in (Role.OFFICER, Role.APPROVER)}
    rows = entries_for(person, unit)
    written = {"since": "made_at", "more": "answer_due"}
    if own[Role.APPROVER]:
        drafts = rows.filter(unit__in=own[Role.APPROVER], state=State.DRAFT).exclude(made_by=person)
        for kind, shown, text in (
            ("open", drafts.filter(restricted=False), "subject"),
            ("closed", drafts.filter(restricted=True), ""),
        ):
            yield part(f"measure-send-{kind}", shown, partial(_entries, "todo_send"), text=text, **written)
        pending = reviews_for(person, unit).filter(unit__in=own[Role.APPROVER], outcome=Asked.Outcome.PENDING)
        yield part("measure-review", pending.exclude(asked_by=person), _reviews, text="name", since="asked_at")
    if own[Role.OFFICER]:
        late = rows.filter(unit__in=own[Role.OFFICER], state=State.SENT, answer_due__lt=timezone.localdate(now))
        for kind, shown, text in (
            ("open", late.filter(restricted=False), "subject"),
            ("closed", late.filter(restricted=True), ""),
        ):
            yield part(f"measure-answer-{kind}", shown, partial(_entries, "todo_answer"), text=text, **written)


def _entries(what: str, rows: Sequence[Waits]) -> Iterator[Item]:
    for row in rows[:_MOST]:
        last = date.fromisoformat(row.more) if row.more else None
        due = datetime.combine(last, time(23, 59, 59), DISPLAY_ZONE).astimezone(UTC) if last else None
        code = Entry(pk=row.number, made_at=row.since).code
        detail = f"{code} · {row.unit.label} · {row.text or say('desk_measures.restricted')}"
        yield Item(say(f"desk_measures.{what}"), detail, reverse("measures:entry", args=[row.number]), due)


def _reviews(rows: Sequence[Waits]) -> Iterator[Item]:
    for row in rows[:_MOST]:
        code = Review(pk=row.number, asked_at=row.since).code
        href = reverse("measures:review", args=[row.number])
        yield Item(say("desk_measures.todo_review"), f"{code} · {row.unit.label} · {row.text}", href)
