"""The only door to records of measures, reviews and facts of energy."""

from django.db.models import Q, QuerySet
from django.http import Http404

from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.measures.models import Entry, EntryFile, Review
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit


def entries_for(person: Person, below: Unit | None = None) -> "QuerySet[Entry]":
    """The records of the units a person sees; restricted ones for approvers over the unit only."""
    seen = Q(unit__in=units_visible_to(person, *BUSINESS), restricted=False)
    seen |= Q(unit__in=units_visible_to(person, Role.APPROVER), restricted=True)
    rows = Entry.objects.filter(seen).select_related("unit", "case", "made_by", "sent_by")
    return rows.filter(unit__path__startswith=below.path) if below else rows


def entry_for(person: Person, entry_id: int) -> Entry:
    """One of them. Raises Http404 else."""
    found = entries_for(person).filter(pk=entry_id).first()
    if found is None:
        raise Http404
    return found


def file_for(person: Person, entry_id: int, file_id: int) -> EntryFile:
    """A document of one of them. Raises Http404 else."""
    found: EntryFile | None = EntryFile.objects.filter(entry=entry_for(person, entry_id), pk=file_id).first()
    if found is None:
        raise Http404
    return found


def reviews_for(person: Person, below: Unit | None = None) -> "QuerySet[Review]":
    """The reviews of projects of the units a person sees."""
    rows = Review.objects.filter(unit__in=units_visible_to(person, *BUSINESS))
    rows = rows.select_related("unit", "asked_by", "decided_by")
    return rows.filter(unit__path__startswith=below.path) if below else rows


def review_for(person: Person, review_id: int) -> Review:
    """One of them. Raises Http404 else."""
    found = reviews_for(person).filter(pk=review_id).first()
    if found is None:
        raise Http404
    return found


def decides(person: Person, review: Review) -> bool:
    """Whether this person is the second person for a review."""
    return review.asked_by_id != person.pk and may(person, Duty.APPROVE, review.unit)
