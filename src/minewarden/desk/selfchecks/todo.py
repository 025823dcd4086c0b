"""What waits for a person among what has to be mended."""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from functools import partial

from django.db.models import Q, QuerySet
from django.urls import reverse

from minewarden.desk.kit.waiting import Item, end_of
from minewarden.desk.kit.words import say
from minewarden.desk.org.access import staffed, unstaffed
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.waiting import Part, Waits, part
from minewarden.desk.selfchecks.access import fixes_for
from minewarden.desk.selfchecks.lifecycle import State
from minewarden.desk.selfchecks.models import Fix


def parts(person: Person, unit: Unit | None, now: datetime) -> Iterator[Part]:
    """What a person has to see mended, and what waits for another pair of eyes: at the own unit, or below it where
    nobody of that unit could do it."""
    if not person.holds(Role.OFFICER, Role.APPROVER):
        return
    own = {post.unit_id for post in person.active_posts() if post.role in (Role.OFFICER, Role.APPROVER)}
    rows = fixes_for(person, unit).exclude(state=State.CLOSED).filter(Q(unit__in=own) | unstaffed(Role.OFFICER))
    if person.holds(Role.OFFICER):
        open_ = rows.filter(state=State.OPEN)
        yield _part("fix-mend", open_, "todo_mend", own)
    mended = rows.filter(state=State.MENDED).exclude(mended_by=person)
    yield _part("fix-look", mended, "todo_look", own)


def _part(kind: str, rows: "QuerySet[Fix]", what: str, own: Container[int]) -> Part:
    known = {unit_id for unit_id, role in staffed() if role == Role.OFFICER}

    def mine(row: Waits) -> bool:
        return _nearest(row.unit, known, own) in own

    return part(
        kind, rows, partial(_items, what), whole=reverse("selfchecks:fixes"), mine=mine,
        text="answer__sheet__place", more="due_on", since="opened_at",
    )  # fmt: skip


def _items(what: str, rows: Sequence[Waits]) -> Iterator[Item]:
    for row in rows:
        yield _item(say(f"desk_selfchecks.{what}"), row)


def _nearest(unit: Unit, known: Container[int], own: Container[int]) -> int | None:
    above = (unit.pk, *reversed(unit.ancestor_ids()))
    return next((one for one in above if one in known or one in own), None)


def _item(what: str, row: Waits) -> Item:
    number = Fix(pk=row.number, opened_at=row.since).number
    href = reverse("selfchecks:fix", args=[row.number])
    return Item(what, f"{number} · {row.unit.label} · {row.text}", href, end_of(row.more), row.since)
