"""Warnings that wait for the second person."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.urls import reverse

from minewarden.desk.alerts.access import alerts_for
from minewarden.desk.alerts.models import Alert
from minewarden.desk.cases.models import Asked
from minewarden.desk.kit.waiting import Item
from minewarden.desk.kit.words import say
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.waiting import Part, Waits, part


def parts(person: Person, unit: Unit | None, now: datetime) -> Iterator[Part]:
    """Those of the units at which the person has a post of his own."""
    own = [post.unit_id for post in person.active_posts() if post.role == Role.APPROVER]
    if own:
        asked = alerts_for(person).filter(unit__in=own, outcome=Asked.Outcome.PENDING).exclude(asked_by=person)
        yield part("alert", asked, _items, whole=reverse("alerts:home"), text="title", since="asked_at")


def _items(rows: Sequence[Waits]) -> Iterator[Item]:
    for row in rows:
        code = Alert(pk=row.number, asked_at=row.since).code
        href = reverse("alerts:alert", args=[row.number])
        yield Item(say("desk_alerts.todo_release"), f"{code} · {row.unit.label} · {row.text}", href)
