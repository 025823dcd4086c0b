"""A new account can do nothing before a security administrator gives it a post: who opens it does not, so he is told.

One message an hour at most for whoever grants there, with all that wait: accounts of a district are opened in a row.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from minewarden.desk.notify import outbox
from minewarden.desk.notify.models import Message
from minewarden.desk.org.models import Person, Post, Role, Unit

_NEWS = timedelta(days=7)
"""An account that waits for longer stands on the page of people and is no news."""
_APART = timedelta(hours=1)


def look(now: datetime) -> int:
    """Tell of accounts that never had a post, where some are newer than the last message; how many messages."""
    rows = Person.objects.filter(is_active=True, posts=None, created_at__gt=now - _NEWS).select_related("unit")
    waiting = defaultdict[int, list[Person]](list)
    if found := list(rows):
        granting = set(
            Post.objects.filter(revoked_at=None, role=Role.SECURITY, person__is_active=True).values_list(
                "unit", flat=True
            )
        )
        for person in found:
            above = [person.unit_id, *reversed(person.unit.ancestor_ids())]
            if (nearest := next((unit for unit in above if unit in granting), None)) is not None:
                waiting[nearest].append(person)
    return sum(_tell(unit, waiting[unit.pk], now) for unit in Unit.objects.filter(pk__in=list(waiting)))


def _tell(unit: Unit, people: list[Person], now: datetime) -> bool:
    prefix = f"account.posts.{unit.pk}."
    last = Message.objects.filter(key__startswith=prefix).order_by("-posted_at").first()
    newest = max(person.created_at for person in people)
    if last is not None and (newest <= last.posted_at or now - last.posted_at < _APART):
        return False
    outbox.post(
        f"{prefix}{now:%Y%m%d%H%M%S}", unit=unit, to=outbox.people_of(unit, Role.SECURITY),
        word="desk_notify.tell_accounts", now=now, link="/people/?role=none", count=len(people),
    )  # fmt: skip
    return True
