"""The only door to the ledgers."""

from collections.abc import Mapping
from typing import Any, Protocol

from django.db.models import Model, QuerySet
from django.http import Http404

from minewarden.desk.ledger.models import Asset, Import, UnitRange
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit

READERS = (*BUSINESS, Role.SYSTEM, Role.KEEPER)
WRITERS = (Role.OFFICER, Role.SYSTEM, Role.KEEPER)


class Kept(Protocol):
    """What access asks of a book."""

    @property
    def model(self) -> type[Model]: ...
    @property
    def references(self) -> Mapping[str, str]: ...


def units_of_writer(person: Person | None) -> QuerySet[Unit]:
    """The units whose ledgers a person may write; the program itself (None) may write all."""
    return Unit.objects.all() if person is None else units_visible_to(person, *WRITERS)


def ranges_visible_to(person: Person, below: Unit | None = None) -> QuerySet[UnitRange]:
    """Ranges of the units a person sees."""
    found = UnitRange.objects.filter(unit__in=units_visible_to(person, *READERS)).select_related("unit")
    return found.filter(unit__path__startswith=below.path) if below else found


def assets_visible_to(person: Person, below: Unit | None = None) -> QuerySet[Asset]:
    """Devices of the units a person sees."""
    found = Asset.objects.filter(unit__in=units_visible_to(person, *READERS)).select_related("unit")
    return found.filter(unit__path__startswith=below.path) if below else found


def entries_visible_to(book: Kept, person: Person, below: Unit | None = None, *roles: str) -> QuerySet[Any]:
    """Entries of a book, of the units a person sees."""
    units = units_visible_to(person, *(roles or READERS))
    if below is not None:
        units = units.filter(path__startswith=below.path)
    rows: QuerySet[Any] = book.model._default_manager.all()
    if book.model is Unit:
        return rows.filter(pk__in=units).select_related("parent")
    related = [key for key in book.references if key != "unit"]
    return rows.filter(unit__in=units).select_related("unit", *related)


def entries_listed_to(book: Kept, person: Person, below: Unit | None = None) -> QuerySet[Any]:
    """The same, for lists of hundreds of thousands: whoever sees every unit is asked about none.

    What is named by unit a database gathers unit by unit and then sorts; without units it reads its index in order.
    """
    units = units_visible_to(person, *READERS)
    if book.model is Unit or below is not None or Unit.objects.exclude(pk__in=units.values("pk")).exists():
        return entries_visible_to(book, person, below)
    related = [key for key in book.references if key != "unit"]
    return book.model._default_manager.select_related("unit", *related)


def entry_for(book: Kept, person: Person, entry_id: int, *roles: str) -> Any:
    """An entry of a unit that the person may see. Raises Http404 else."""
    found = entries_visible_to(book, person, None, *roles).filter(pk=entry_id).first()
    if found is None:
        raise Http404
    return found


def imports_visible_to(person: Person, below: Unit | None = None) -> QuerySet[Import]:
    """Imports of the units for which a person may write: the rows carry whole telephone numbers."""
    found = Import.objects.filter(unit__in=units_of_writer(person)).select_related("unit", "by")
    return found.filter(unit__path__startswith=below.path) if below else found


def import_for(person: Person, import_id: int) -> Import:
    """An import of a unit for which the person may write. Raises Http404 else."""
    found = imports_visible_to(person).filter(pk=import_id).first()
    if found is None:
        raise Http404
    return found
