"""What waits for a person among the nine measures: letters to go out, answers that are overdue, reviews to decide."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases.models import Asked
from minewarden.desk.kit.waiting import Item, end_of
from minewarden.desk.kit.words import say
from minewarden.desk.measures.access import entries_for, reviews_for
from minewarden.desk.measures.lifecycle import State
from minewarden.desk.measures.models import Entry, Review
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.waiting import Part, Waits, part


def parts(person: Person, unit: Unit | None, now: datetime) -> Iterator[Part]:
    """Of the units at which the person has a post of his own; what stands below them is its own units' work."""
    own = {role: [p.unit_id for p in person.active_posts() if p.role == role] for role in (Role.OFFICER, Role.APPROVER)}
    rows = entries_for(person, unit)
    if own[Role.APPROVER]:
        drafts = rows.filter(unit__in=own[Role.APPROVER], state=State.DRAFT).exclude(made_by=person)
        yield from _both("send", drafts)
        pending = reviews_for(person, unit).filter(unit__in=own[Role.APPROVER], outcome=Asked.Outcome.PENDING)
        pending, whole = pending.exclude(asked_by=person), reverse("measures:reviews")
        yield part("measure-review", pending, _reviews, whole=whole, text="name", since="asked_at")
    if own[Role.OFFICER]:
        late = rows.filter(unit__in=own[Role.OFFICER], state=State.SENT, answer_due__lt=timezone.localdate(now))
        yield from _both("answer", late)


def _both(what: str, rows: "QuerySet[Entry]") -> Iterator[Part]:
    """Those that may be named, and those of which only the number is said: their subject is not even read."""
    items = partial(_entries, f"todo_{what}")
    for sort, restricted, text in (("open", False, "subject"), ("closed", True, "")):
        shown = rows.filter(restricted=restricted)
        whole, kind = reverse("measures:home"), f"measure-{what}-{sort}"
        yield part(kind, shown, items, whole=whole, text=text, since="made_at", more="answer_due")


def _entries(what: str, rows: Sequence[Waits]) -> Iterator[Item]:
    for row in rows:
        due = end_of(row.more) if row.more else None
        code = Entry(pk=row.number, made_at=row.since).code
        detail = f"{code} · {row.unit.label} · {row.text or say('desk_measures.restricted')}"
        yield Item(say(f"desk_measures.{what}"), detail, reverse("measures:entry", args=[row.number]), due)


def _reviews(rows: Sequence[Waits]) -> Iterator[Item]:
    for row in rows:
        code = Review(pk=row.number, asked_at=row.since).code
        href = reverse("measures:review", args=[row.number])
        yield Item(say("desk_measures.todo_review"), f"{code} · {row.unit.label} · {row.text}", href)
