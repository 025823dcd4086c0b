"""Which account belongs to whom in the roll: proposed by name and telephone number, linked by a person."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from minewarden.desk.ledger.access import WRITERS
from minewarden.desk.ledger.models import Staff
from minewarden.desk.org.access import people_visible_to
from minewarden.desk.org.models import Person, Unit

MOST = 200
"""Accounts shown at once; the next follow when these are linked."""
_BY_NUMBER = 2000
"""Entries of a unit whose sealed numbers are opened to find one; in a larger roll the name decides alone."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An entry of the roll that may be the holder of an account, and what speaks for it: "both", "name", "phone"."""

    staff: Staff
    basis: str


@dataclass(frozen=True, slots=True)
class Unlinked:
    """An account that no entry of the roll names, with the entries that may be its holder, the likeliest first."""

    person: Person
    proposals: tuple[Proposal, ...]


def unlinked(person: Person, below: Unit | None = None) -> list[Unlinked]:
    """The open accounts that a person keeps and that no entry of the roll names."""
    found = people_visible_to(person, *WRITERS).filter(is_active=True, staff=None).select_related("unit")
    if below is not None:
        found = found.filter(unit__path__startswith=below.path)
    accounts = list(found.order_by("unit__path", "username")[:MOST])
    known = _candidates(accounts)
    return [Unlinked(account, known[account.pk]) for account in accounts]


def holders(account: Person) -> tuple[Proposal, ...]:
    """The entries that may be the holder of one account."""
    return _candidates([account])[account.pk]


def accounts_of(staff: Staff) -> list[Person]:
    """The open, unlinked accounts that may be somebody's: at the unit or above it, by name or number."""
    above = [*staff.unit.ancestor_ids(), staff.unit.pk]
    near = Q(unit__in=above) | Q(unit__path__startswith=staff.unit.path)
    free = Person.objects.filter(near, is_active=True, staff=None).select_related("unit")[:_BY_NUMBER]
    return [one for one in free if one.name == staff.name or (staff.phone and one.phone == staff.phone)]


def _candidates(accounts: Sequence[Person]) -> dict[int, tuple[Proposal, ...]]:
    free = Staff.objects.filter(account=None, left_on=None).select_related("unit")
    by_name: dict[str, list[Staff]] = defaultdict(list)
    for staff in free.filter(name__in={account.name for account in accounts}):
        by_name[staff.name].append(staff)
    units = {account.unit_id for account in accounts if account.phone and not _near(account, by_name[account.name])}
    by_unit: dict[int, list[Staff]] = defaultdict(list)
    for staff in free.filter(unit__in=units)[:_BY_NUMBER]:
        by_unit[staff.unit_id].append(staff)
    return {account.pk: _judged(account, by_name[account.name], by_unit[account.unit_id]) for account in accounts}


def _near(account: Person, rows: Iterable[Staff]) -> list[Staff]:
    """Those of the account's own unit, or of one above or below: a namesake elsewhere is somebody else."""
    return [row for row in rows if row.unit.contains(account.unit) or account.unit.contains(row.unit)]


def _judged(account: Person, named: Iterable[Staff], of_unit: Iterable[Staff]) -> tuple[Proposal, ...]:
    found = [
        Proposal(row, "both" if account.phone and row.phone == account.phone else "name")
        for row in _near(account, named)
    ]
    found += [Proposal(row, "phone") for row in of_unit if row.phone == account.phone and row.name != account.name]
    order = {"both": 0, "name": 1, "phone": 2}
    return tuple(sorted(found, key=lambda one: (order[one.basis], one.staff.unit.path, one.staff.number)))
