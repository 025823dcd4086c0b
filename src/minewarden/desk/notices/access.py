"""The only door to notices and assignments. An office sees its documents whole; a unit sees its own lines only."""

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from minewarden.desk.notices.models import Assignment, Line, Received, Share
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person


def received_by(person: Person, *roles: str) -> QuerySet[Received]:
    """The documents of the offices that a person has a post over."""
    return (
        Received.objects.filter(office__in=units_visible_to(person, *(roles or BUSINESS)))
        .exclude(state=Received.State.DROPPED)
        .select_related("office", "original", "entered_by", "confirmed_by", "replied_by")
        .defer("original__sealed_content")
    )


def received_for(person: Person, received_id: int, *roles: str) -> Received:
    """A document of one of the person's offices. Raises Http404 else."""
    found = received_by(person, *roles).filter(pk=received_id).first()
    if found is None:
        raise Http404
    return found


def line_for(person: Person, line_id: int, *roles: str) -> Line:
    """A line of a document of one of the person's offices, or one that came back to a unit of his that had relayed it.
    Raises Http404 else."""
    units = units_visible_to(person, *(roles or BUSINESS))
    came_back = Q(shares__ended="returned", shares__assignment__sender__in=units)
    mine = Q(received__in=received_by(person, *roles)) | came_back
    found = Line.objects.filter(mine, pk=line_id).select_related("received__office").distinct().first()
    if found is None:
        raise Http404
    return found


def assignments_for(person: Person) -> QuerySet[Assignment]:
    """The assignments of the units a person may see, with their lines."""
    shares = Share.objects.select_related("line", "case", "case__unit")
    shares = shares.prefetch_related("case__joined", "case__extensions", "case__shifts")
    return (
        Assignment.objects.filter(unit__in=units_visible_to(person, *BUSINESS))
        .select_related("unit", "sender", "received", "received__office", "parent", "signed_by", "dispatched_by")
        .prefetch_related(Prefetch("shares", queryset=shares))
    )


def assignment_for(person: Person, assignment_id: int) -> Assignment:
    """An assignment of a unit the person may see. Raises Http404 else."""
    found = assignments_for(person).filter(pk=assignment_id).first()
    if found is None:
        raise Http404
    return found
