"""The only door to ranges and devices."""

from django.db.models import QuerySet
from django.http import Http404

from minewarden.desk.ledger.models import Asset, UnitRange
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit

READERS = (*BUSINESS, Role.SYSTEM)
WRITERS = (Role.OFFICER, Role.SYSTEM)


def ranges_visible_to(person: Person, below: Unit | None = None) -> QuerySet[UnitRange]:
    """Ranges of the units a person sees."""
    found = UnitRange.objects.filter(unit__in=units_visible_to(person, *READERS)).select_related("unit")
    return found.filter(unit__path__startswith=below.path) if below else found


def assets_visible_to(person: Person, below: Unit | None = None) -> QuerySet[Asset]:
    """Devices of the units a person sees."""
    found = Asset.objects.filter(unit__in=units_visible_to(person, *READERS)).select_related("unit")
    return found.filter(unit__path__startswith=below.path) if below else found


def range_for(person: Person, range_id: int, *roles: str) -> UnitRange:
    """A range of a unit the person may see. Raises Http404 else."""
    claim = (
        UnitRange.objects.filter(pk=range_id, unit__in=units_visible_to(person, *roles)).select_related("unit").first()
    )
    if claim is None:
        raise Http404
    return claim
