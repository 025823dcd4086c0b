"""What waits for a person among the nine measures: letters to go out, answers that are overdue, reviews to decide."""

from collections.abc import Iterable
from datetime import UTC, datetime, time

from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases.models import Asked
from minewarden.desk.kit.waiting import Item
from minewarden.desk.kit.words import say
from minewarden.desk.measures.access import decides, entries_for, reviews_for
from minewarden.desk.measures.lifecycle import State
from minewarden.desk.measures.models import Entry
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.vocab.words import DISPLAY_ZONE

_MOST = 20


def offers(person: Person, unit: Unit | None, now: datetime) -> Iterable[Item]:
    """Of the units at which the person has a post of his own; what stands below them is its own units' work."""
    own = {role: [p.unit_id for p in person.active_posts() if p.role == role] for role in (Role.OFFICER, Role.APPROVER)}
    rows = entries_for(person, unit)
    for entry in rows.filter(unit__in=own[Role.APPROVER], state=State.DRAFT).exclude(made_by=person)[:_MOST]:
        yield _item("todo_send", entry)
    late = rows.filter(unit__in=own[Role.OFFICER], state=State.SENT, answer_due__lt=timezone.localdate(now))
    for entry in late[:_MOST]:
        yield _item("todo_answer", entry)
    pending = reviews_for(person, unit).filter(unit__in=own[Role.APPROVER], outcome=Asked.Outcome.PENDING)
    for review in pending[:_MOST]:
        if decides(person, review):
            href = reverse("measures:review", args=[review.pk])
            yield Item(say("desk_measures.todo_review"), f"{review.code} · {review.unit.label} · {review.name}", href)


def _item(what: str, entry: Entry) -> Item:
    last = entry.answer_due
    due = datetime.combine(last, time(23, 59, 59), DISPLAY_ZONE).astimezone(UTC) if last else None
    told = say("desk_measures.restricted") if entry.restricted else entry.subject
    detail = f"{entry.code} · {entry.unit.label} · {told}"
    return Item(say(f"desk_measures.{what}"), detail, reverse("measures:entry", args=[entry.pk]), due)
