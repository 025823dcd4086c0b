"""Which account belongs to whom in the roll: proposed by name and telephone number, linked by a person."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from minewarden.desk.ledger.access import WRITERS
from minewarden.desk.ledger.models import Staff
from minewarden.desk.org.access import people_visible_to
from minewarden.desk.org.models import Person, Unit

AT_ONCE = 25
"""Accounts on a page: for each the rolls of its unit and of those around it are looked through."""
MOST_PROPOSED = 6
"""Entries proposed for one account; who answers for a whole city has hundreds of namesakes below him."""
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


def unlinked(person: Person, below: Unit | None = None) -> QuerySet[Person]:
    """The open accounts that a person keeps and that no entry of the roll names."""
    found = people_visible_to(person, *WRITERS).filter(is_active=True, staff=None).select_related("unit")
    if below is not None:
        found = found.filter(unit__path__startswith=below.path)
    return found.order_by("unit__path", "username")


def proposed(accounts: Sequence[Person]) -> list[Unlinked]:
    """Some of them, each with whom it may belong to."""
    known = _candidates(accounts)
    return [Unlinked(account, known[account.pk][:MOST_PROPOSED]) for account in accounts]


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
    # The telephone number is sealed: it is opened for those only who are near enough to be meant.
    namesakes: dict[str, list[Staff]] = defaultdict(list)
    for staff in free.filter(_around(accounts), name__in={account.name for account in accounts}).defer("phone"):
        namesakes[staff.name].append(staff)
    near = {account.pk: _near(account, namesakes[account.name]) for account in accounts}
    asked = {row.pk for account in accounts if account.phone for row in near[account.pk]}
    phones = {row.pk: row.phone for row in Staff.objects.filter(pk__in=sorted(asked)[:_BY_NUMBER])}
    units = {account.unit_id for account in accounts if account.phone and not near[account.pk]}
    by_unit: dict[int, list[Staff]] = defaultdict(list)
    if units:
        for staff in free.filter(unit__in=units)[:_BY_NUMBER]:
            by_unit[staff.unit_id].append(staff)
    return {account.pk: _judged(account, near[account.pk], phones, by_unit[account.unit_id]) for account in accounts}


def _around(accounts: Iterable[Person]) -> Q:
    """The units of the accounts with all above and below them."""
    units = {account.unit_id: account.unit for account in accounts}.values()
    paths = {unit.path for unit in units}
    outermost = [path for path in paths if not any(path != other and path.startswith(other) for other in paths)]
    found = Q(unit__in={number for unit in units for number in unit.ancestor_ids()})
    for path in outermost:
        found |= Q(unit__path__startswith=path)
    return found


def _near(account: Person, rows: Iterable[Staff]) -> list[Staff]:
    """Those of the account's own unit, or of one above or below: a namesake elsewhere is somebody else."""
    return [row for row in rows if row.unit.contains(account.unit) or account.unit.contains(row.unit)]


def _judged(
    account: Person, near: Iterable[Staff], phones: Mapping[int, str], of_unit: Iterable[Staff]
) -> tuple[Proposal, ...]:
    found = [Proposal(row, "both" if account.phone and phones.get(row.pk) == account.phone else "name") for row in near]
    found += [Proposal(row, "phone") for row in of_unit if row.phone == account.phone and row.name != account.name]
    order = {"both": 0, "name": 1, "phone": 2}
    return tuple(sorted(found, key=lambda one: (order[one.basis], one.staff.unit.path, one.staff.number)))
