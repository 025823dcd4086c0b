"""The only door to leads and cases, and what a person's posts charge him with for a unit."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Case, EvidenceFile, Lead
from minewarden.desk.org.access import BUSINESS, holds, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit


def leads_for(person: Person) -> QuerySet[Lead]:
    """The leads a person may see: those kept by his units, and those proposed for them."""
    units = units_visible_to(person, *BUSINESS)
    return Lead.objects.filter(Q(keeper__in=units) | Q(unit__in=units)).select_related("unit", "keeper", "evidence")


def lead_for(person: Person, lead_id: int) -> Lead:
    """A lead the person may see. Raises Http404 else."""
    lead = leads_for(person).filter(pk=lead_id).first()
    if lead is None:
        raise Http404
    return lead


def cases_for(person: Person) -> "QuerySet[Case]":
    """The cases of the units a person may see."""
    return Case.objects.filter(unit__in=units_visible_to(person, *BUSINESS)).select_related("unit", "lead", "evidence")


def case_for(person: Person, case_id: int) -> Case:
    """A case the person may see. Raises Http404 else."""
    case: Case | None = cases_for(person).filter(pk=case_id).first()
    if case is None:
        raise Http404
    return case


def file_for(person: Person, case_id: int, file_id: int) -> EvidenceFile:
    """A file of a case the person may see; a restricted one exists only for the unit's own people and the superior's
    approver. Raises Http404 else."""
    case = case_for(person, case_id)
    row: EvidenceFile | None = EvidenceFile.objects.filter(case=case, pk=file_id).select_related("case").first()
    if row is None or (row.restricted and not any(may(person, d, case.unit) for d in (Duty.HANDLE, Duty.APPROVE))):
        raise Http404
    return row


def may(person: Person, duty: Duty, unit: Unit) -> bool:
    """Whether the person's posts charge him with that duty for the unit.

    An officer may handle for every unit below his post, so that a district can fill in for a small school; the trail
    names him. What supervises a unit is a post above it; a unit with nothing above it answers to its own approver.
    """
    if duty is Duty.HANDLE:
        return holds(person, Role.OFFICER, unit=unit)
    if duty is Duty.APPROVE:
        return holds(person, Role.APPROVER, unit=unit)
    if unit.parent_id is None:
        return holds(person, Role.APPROVER, unit=unit)
    paths = person.scope_paths(Role.OFFICER, Role.APPROVER)
    return any(unit.path.startswith(path) and unit.path != path for path in paths)


def demand(person: Person, duty: Duty, unit: Unit) -> None:
    """Raise PermissionDenied where the person is not charged with the duty."""
    if not may(person, duty, unit):
        raise PermissionDenied
