"""Who is reached in a unit: people with an account, and numbers of the ledger without one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

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
    return _reached(alert, Q(unit=unit), now).get(unit.pk, Reached((), ()))


def _reached(alert: Alert, where: Q, now: datetime) -> dict[int, Reached]:
    """Whom it reaches in each unit that has anybody, asked at once whether it is one unit or a city."""
    posts = Post.objects.filter(where, revoked_at=None, person__is_active=True).select_related("person")
    people: dict[int, dict[int, Person]] = {}
    for post in posts.filter(role__in=(Role.OFFICER, Role.APPROVER, Role.LEADER, Role.KEEPER)):
        people.setdefault(post.unit_id, {})[post.person_id] = post.person
    numbers: dict[int, dict[str, str]] = {}
    for row in _without_account(alert, where, timezone.localdate(now)):
        if row.phone:
            numbers.setdefault(row.unit_id, {})[row.phone] = row.name
    return {unit: _told(tuple(people.get(unit, {}).values()), numbers.get(unit, {})) for unit in {*people, *numbers}}


def _told(people: tuple[Person, ...], numbers: Mapping[str, str]) -> Reached:
    known = {person.phone for person in people}
    return Reached(people, tuple((name, number) for number, name in numbers.items() if number not in known))


def _without_account(alert: Alert, where: Q, today: date) -> Iterator[Duty | Staff]:
    if alert.audience == "contacts":
        rows = Duty.objects.filter(where, post__in=Duty.CONTACTS)
        yield from (row for row in rows.iterator() if row.holds_on(today))
    elif alert.audience == "staff":
        yield from Staff.objects.filter(where, left_on=None).iterator()


def sends_sms(alert: Alert, unit: Unit) -> bool:
    """Whether a gateway of the unit or one above it would be used."""
    return _under(_gateways(alert), unit)


def _gateways(alert: Alert) -> frozenset[int]:
    if "sms" not in alert.ways:
        return frozenset()
    return frozenset(Outlet.objects.filter(kind="sms", enabled=True).values_list("unit_id", flat=True))


def _under(gateways: frozenset[int], unit: Unit) -> bool:
    return not gateways.isdisjoint((*unit.ancestor_ids(), unit.pk))


def scope(unit: Unit, kinds: Sequence[str], now: datetime) -> list[Unit]:
    """The units of a scope that are in being: the unit and all below it, of the kinds chosen (none: all)."""
    rows = unit.subtree().exclude(kind=Unit.Kind.DEPARTMENT)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    return list(rows.filter(Q(valid_to=None) | Q(valid_to__gte=timezone.localdate(now))))


def planned(alert: Alert, now: datetime) -> tuple[int, int]:
    """How many units, and how many short messages of one part, as things stand now."""
    units, gateways = scope(alert.unit, alert.kinds, now), _gateways(alert)
    found = _reached(alert, Q(unit__path__startswith=alert.unit.path), now) if gateways else {}
    telephones = sum(found[unit.pk].sms(sends=_under(gateways, unit)) for unit in units if unit.pk in found)
    return len(units), telephones * parts(alert.text)
