"""Who is reached in a unit: people with an account, and numbers of the ledger without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from minewarden.desk.alerts.codes import parts
from minewarden.desk.alerts.models import Alert
from minewarden.desk.ledger.models import Duty, Staff
from minewarden.desk.notify.models import Outlet
from minewarden.desk.org.models import Person, Post, Role, Unit


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a warning reaches in one unit; numbers are (name, number) of those without an account."""

    people: tuple[Person, ...]
    numbers: tuple[tuple[str, str], ...]

    def sms(self, *, sends: bool) -> int:
        """How many telephones are sent to."""
        return len({p.phone for p in self.people if p.phone} | {n for _, n in self.numbers}) if sends else 0


def reached(alert: Alert, unit: Unit, now: datetime) -> Reached:
    """Whom the warning reaches there at this moment."""
    posts = Post.objects.filter(revoked_at=None, unit=unit, person__is_active=True).select_related("person")
    wanted = (Role.OFFICER, Role.APPROVER, Role.LEADER, Role.KEEPER)
    people = tuple({post.person_id: post.person for post in posts if post.role in wanted}.values())
    if alert.audience == "accounts":
        return Reached(people, ())
    today = timezone.localdate(now)
    if alert.audience == "contacts":
        rows = [(d.name, d.phone) for d in Duty.objects.filter(unit=unit, post__in=Duty.CONTACTS) if d.holds_on(today)]
    else:
        rows = [(s.name, s.phone) for s in Staff.objects.filter(unit=unit, left_on=None)]
    known = {person.phone for person in people}
    return Reached(people, tuple({n: (name, n) for name, n in rows if n and n not in known}.values()))


def sends_sms(alert: Alert, unit: Unit) -> bool:
    """Whether a gateway of the unit or one above it would be used."""
    above = [*unit.ancestor_ids(), unit.pk]
    return "sms" in alert.ways and Outlet.objects.filter(unit__in=above, kind="sms", enabled=True).exists()


def scope(unit: Unit, kinds: Sequence[str], now: datetime) -> list[Unit]:
    """The units of a scope that are in being: the unit and all below it, of the kinds chosen (none: all)."""
    rows = unit.subtree().exclude(kind=Unit.Kind.DEPARTMENT)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    return list(rows.filter(Q(valid_to=None) | Q(valid_to__gte=timezone.localdate(now))))


def planned(alert: Alert, now: datetime) -> tuple[int, int]:
    """How many units, and how many short messages of one part, as things stand now."""
    units = scope(alert.unit, alert.kinds, now)
    telephones = sum(reached(alert, one, now).sms(sends=sends_sms(alert, one)) for one in units)
    return len(units), telephones * parts(alert.text)
