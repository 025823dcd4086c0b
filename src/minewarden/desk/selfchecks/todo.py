"""What waits for a person among what has to be mended."""

from collections.abc import Iterable
from datetime import UTC, datetime, time

from django.db.models import Q
from django.urls import reverse

from minewarden.desk.kit.waiting import Item
from minewarden.desk.kit.words import say
from minewarden.desk.org.models import Person, Post, Role, Unit
from minewarden.desk.selfchecks.access import fixes_for
from minewarden.desk.selfchecks.lifecycle import State
from minewarden.desk.selfchecks.models import Fix
from minewarden.vocab.words import DISPLAY_ZONE

_MOST, _LOOKED_AT = 20, 200


def offers(person: Person, unit: Unit | None, now: datetime) -> Iterable[Item]:
    """What a person has to see mended, and what waits for another pair of eyes: at the own unit, or below it where
    nobody of that unit could do it."""
    if not person.holds(Role.OFFICER, Role.APPROVER):
        return
    staffed = Post.objects.filter(revoked_at=None, role=Role.OFFICER, person__is_active=True)
    known = set(staffed.values_list("unit_id", flat=True))
    own = {post.unit_id for post in person.active_posts() if post.role in (Role.OFFICER, Role.APPROVER)}
    rows = fixes_for(person, unit).exclude(state=State.CLOSED).filter(Q(unit__in=own) | ~Q(unit__in=known))
    told = 0
    for fix in rows[:_LOOKED_AT]:
        above = (fix.unit_id, *reversed(fix.unit.ancestor_ids()))
        nearest = next((one for one in above if one in known or one in own), None)
        if nearest not in own or told == _MOST:
            continue
        if fix.state == State.OPEN and person.holds(Role.OFFICER):
            told += 1
            yield _item(say("desk_selfchecks.todo_mend"), fix)
        elif fix.state == State.MENDED and fix.mended_by_id != person.pk:
            told += 1
            yield _item(say("desk_selfchecks.todo_look"), fix)


def _item(what: str, fix: Fix) -> Item:
    due = datetime.combine(fix.due_on, time(23, 59, 59), DISPLAY_ZONE).astimezone(UTC)
    detail = f"{fix.number} · {fix.unit.label} · {fix.answer.sheet.place}"
    return Item(what, detail, reverse("selfchecks:fix", args=[fix.pk]), due, fix.opened_at)
