"""The only door to assessments; who writes one and who approves it is as for cases."""

from django.db.models import QuerySet
from django.http import Http404

from minewarden.desk.assessments.models import Assessment, Version
from minewarden.desk.assessments.periods import Period, parse
from minewarden.desk.org.access import BUSINESS, unit_for, units_visible_to
from minewarden.desk.org.models import Person, Unit


def assessments_for(person: Person) -> "QuerySet[Assessment]":
    """The assessments of the units a person may see."""
    return Assessment.objects.filter(unit__in=units_visible_to(person, *BUSINESS)).select_related("unit")


def place_for(person: Person, unit_id: int) -> Unit:
    """A unit whose figures a person may see. Raises Http404 else."""
    return unit_for(person, unit_id, *BUSINESS)


def period_of(code: str) -> Period:
    """The period that an address names. Raises Http404 for what is none."""
    try:
        return parse(code)
    except (ValueError, OverflowError):
        raise Http404 from None


def version_for(person: Person, version_id: int) -> Version:
    """A version of an assessment that a person may see. Raises Http404 else."""
    found: Version | None = (
        Version.objects.filter(pk=version_id, assessment__in=assessments_for(person))
        .select_related("assessment", "assessment__unit", "asked_by", "decided_by", "cites")
        .first()
    )
    if found is None:
        raise Http404
    return found


def place_in_view(person: Person, chosen: Unit | None) -> Unit:
    """The unit whose assessment is meant: the one that the view is narrowed to, else the person's own post's, else his
    unit; a department's is its school's. Raises Http404 where he has none."""
    unit = chosen or next((post.unit for post in person.active_posts() if post.role in BUSINESS), person.unit)
    while unit.kind == Unit.Kind.DEPARTMENT and unit.parent is not None:
        above = units_visible_to(person, *BUSINESS).filter(pk=unit.parent.pk).first()
        if above is None:
            break
        unit = above
    return unit
