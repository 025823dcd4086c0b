"""What the pages about messages and outlets show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from minewarden.desk.kit.words import said
from minewarden.desk.notify.access import copies_for, deliveries_for, outlets_for
from minewarden.desk.notify.models import Copy, Delivery, Message, Outlet
from minewarden.desk.org.models import Person
from minewarden.vocab.message import message

STATES = tuple(Delivery.State.values)


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet with what went through it."""

    outlet: Outlet
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OutletPage:
    """All outlets, and the deliveries of the state in view."""

    outlets: tuple[OutletRow, ...]
    state: str
    counts: Mapping[str, int]
    page: Page[Delivery]


def inbox(person: Person, page: str | None) -> Page[Copy]:
    """One's own messages."""
    return Paginator(copies_for(person), 50).get_page(page)


def unread(person: Person) -> int:
    """How many of one's messages were not opened yet."""
    return Copy.objects.filter(person=person, read_at=None).count()


def outlet_page(person: Person, given: Mapping[str, str]) -> OutletPage:
    """The outlets of an administrator."""
    by_state: dict[str, Any] = {s: Count("deliveries", filter=Q(deliveries__state=s)) for s in STATES}
    outlets = outlets_for(person).annotate(**{f"n_{state}": count for state, count in by_state.items()})
    rows = tuple(OutletRow(o, {state: getattr(o, f"n_{state}") for state in STATES}) for o in outlets)
    counts = {state: sum(row.counts[state] for row in rows) for state in STATES}
    state = given.get("state", "")
    state = state if state in STATES else next((s for s in ("unsure", "failed", "waiting") if counts[s]), "sent")
    found = deliveries_for(person).filter(state=state).order_by("-pk")
    return OutletPage(rows, state, counts, Paginator(found, 50).get_page(given.get("page")))


def shown(row: Message) -> str:
    """The message in the reader's language; times in its parameters are times again."""
    params = {name: _moment(value) for name, value in row.params.items()}
    return said(message(row.word, **params))


def _moment(value: Any) -> Any:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else value
    except ValueError:
        return value
