"""Whose an address was at a time, and the lists of the ledger."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from minewarden.desk.ledger.access import assets_visible_to, ranges_visible_to
from minewarden.desk.ledger.models import Asset, UnitRange, sort_key
from minewarden.desk.ledger.registry import Claims, decided, heir, valid_at
from minewarden.desk.org.models import Person, Unit
from minewarden.vocab.net import canonical_ip


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two units or more claim the address for that time; attribution waits until people settle it."""

    ip: str
    ranges: tuple[UnitRange, ...]

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units that claim it."""
        return tuple({claim.unit_id: claim.unit for claim in self.ranges}.values())


def unit_of(ip: str, at: datetime) -> Unit | Conflict | None:
    """The unit an address belonged to at a time: by the narrowest range valid then.

    None: nobody registered it. Conflict: several units did, and none of them gave it to the other. Where a school's
    range lies inside its district's, the school is meant. Raises ValueError for a text that is not an address.
    """
    address = ipaddress.ip_address(canonical_ip(ip))
    winner, against = decided(valid_at(Claims().of(address), at))
    if against:
        return Conflict(str(address), against)
    return heir(winner.unit, at) if winner is not None else None


def ranges(person: Person, below: Unit | None, search: str) -> QuerySet[UnitRange]:
    """The ranges a person sees; a search by address finds the ranges that hold it."""
    found = ranges_visible_to(person, below)
    text = search.strip()
    if not text:
        return found
    try:
        key = sort_key(ipaddress.ip_address(canonical_ip(text)))
    except ValueError:
        return found.filter(Q(cidr__startswith=text) | Q(unit__name__icontains=text) | Q(note__icontains=text))
    return found.filter(first__lte=key, last__gte=key)


def assets(person: Person, below: Unit | None, search: str) -> QuerySet[Asset]:
    """The devices a person sees, by any of their names or addresses."""
    found = assets_visible_to(person, below)
    text = search.strip()
    if not text:
        return found
    named = Q(number__icontains=text) | Q(name__icontains=text) | Q(person_name__icontains=text)
    placed = Q(place__icontains=text) | Q(unit__name__icontains=text) | Q(login=text)
    return found.filter(named | placed | Q(ip=text) | Q(mac=text.lower().replace("-", ":")))
