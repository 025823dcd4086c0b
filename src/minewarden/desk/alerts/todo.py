"""Warnings that wait for the second person."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from minewarden.desk.alerts.access import alerts_for, releases
from minewarden.desk.cases.models import Asked
from minewarden.desk.kit.waiting import Item
from minewarden.desk.kit.words import say
from minewarden.desk.org.models import Person, Role, Unit

_MOST = 20


def offers(person: Person, unit: Unit | None, now: datetime) -> Iterable[Item]:
    """Those of the units at which the person has a post of his own."""
    own = [post.unit_id for post in person.active_posts() if post.role == Role.APPROVER]
    for alert in alerts_for(person).filter(unit__in=own, outcome=Asked.Outcome.PENDING)[:_MOST]:
        if releases(person, alert):
            href = reverse("alerts:alert", args=[alert.pk])
            yield Item(say("desk_alerts.todo_release"), f"{alert.code} · {alert.unit.label} · {alert.title}", href)
