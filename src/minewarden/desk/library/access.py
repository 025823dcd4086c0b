"""The only door to reports, versions and what the city keeps. A school sees its own reports and what it was given; a
district those below it; the city decides, and alone sees what is not published."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.kit.once import once
from minewarden.desk.library.lifecycle import State
from minewarden.desk.library.models import (
    Addressed,
    Feed,
    Feedback,
    Handed,
    Issue,
    Publication,
    Review,
    Submission,
    Trusted,
)
from minewarden.desk.org.access import BUSINESS, holds, unit_for, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit


def office() -> Unit | None:
    """The unit that reviews and publishes: the city; on the desk of a school by itself, that school."""
    units = Unit.objects.filter(valid_to=None).order_by("path")
    return once("office", lambda: units.filter(kind=Unit.Kind.CITY).first() or units.first())


def of_the_office(person: Person, *roles: str) -> bool:
    """Whether a person works for the office, in one of the roles where some are named."""
    here = office()
    return here is not None and holds(person, *(roles or BUSINESS), unit=here)


def demand_office(person: Person, *roles: str) -> Unit:
    """The office, for one of its people. Raises PermissionDenied else."""
    here = office()
    if here is None or not holds(person, *(roles or BUSINESS), unit=here):
        raise PermissionDenied
    return here


def office_for(person: Person, *roles: str) -> Unit:
    """The office, for a page that only its people see. Raises Http404 else."""
    try:
        return demand_office(person, *roles)
    except PermissionDenied:
        raise Http404 from None


def unit_below(person: Person, number: str) -> Unit:
    """A unit that the person is an officer of, by its number as a form gives it. Raises Http404 else."""
    return unit_for(person, int(number) if number.isdecimal() else 0, Role.OFFICER)


def submissions_for(person: Person) -> QuerySet[Submission]:
    """The reports of the units a person may see."""
    return Submission.objects.filter(unit__in=units_visible_to(person, *BUSINESS)).select_related(
        "unit", "unit__parent", "case", "reported_by", "relayed_by", "issue"
    )


def submission_for(person: Person, submission_id: int) -> Submission:
    """A report the person may see. Raises Http404 else."""
    found = submissions_for(person).filter(pk=submission_id).first()
    if found is None:
        raise Http404
    return found


def waits_for(person: Person) -> Q:
    """The reports for which this person has to do something next."""
    waits = Q(pk__in=())
    if of_the_office(person, Role.OFFICER):
        waits |= Q(state=State.RELAYED)
    if of_the_office(person, Role.APPROVER):
        own = Review.objects.filter(by=person, outcome=Review.Outcome.PENDING)
        waits |= Q(state=State.REVIEWED) & ~Q(pk__in=own.values("submission"))
    for path in person.scope_paths(Role.OFFICER):
        waits |= Q(state=State.RETURNED, unit__path=path)
        waits |= Q(state=State.REPORTED, unit__path__startswith=path) & ~Q(unit__path=path)
    return waits


def may_relay(person: Person, submission: Submission) -> bool:
    """Whether a person may pass a report on: an officer of a unit above the one that reported it."""
    return may(person, Duty.SUPERVISE, submission.unit) and person.holds(Role.OFFICER)


def pending_review(submission: Submission) -> Review | None:
    """The review of a report that waits for a second person."""
    return submission.reviews.filter(outcome=Review.Outcome.PENDING).select_related("by").first()


def addressed_for(person: Person, issue: Issue | None = None) -> QuerySet[Addressed]:
    """How the units that a person may see stand to a version, or to all."""
    rows = Addressed.objects.filter(unit__in=units_visible_to(person, *BUSINESS))
    if issue is not None:
        rows = rows.filter(issue=issue)
    return rows.select_related("unit", "issue", "sender", "fetched_by")


def urgeable_by(person: Person, issue: Issue) -> list[Unit]:
    """The units with a version that a person may ask for their answer: those he is an officer for."""
    rows = addressed_for(person, issue).filter(unit__in=units_visible_to(person, Role.OFFICER))
    return [row.unit for row in rows]


def addressed_row(person: Person, row_id: int) -> Addressed:
    """One unit's row of a version. Raises Http404 where it is not the person's."""
    found = addressed_for(person).filter(pk=row_id).first()
    if found is None:
        raise Http404
    return found


def issues_for(person: Person) -> QuerySet[Issue]:
    """The versions that a unit of the person was given; the office sees all."""
    if of_the_office(person):
        return Issue.objects.all()
    return Issue.objects.filter(pk__in=addressed_for(person).values("issue"))


def issue_for(person: Person, issue_id: int) -> Issue:
    """A version the person may see. Raises Http404 else."""
    found = issues_for(person).filter(pk=issue_id).first()
    if found is None:
        raise Http404
    return found


def newest_for(person: Person) -> Issue | None:
    """The newest version that the person may see."""
    return issues_for(person).order_by("-number").first()


def publication_for(person: Person, publication_id: int) -> Publication:
    """A version that is proposed, for people of the office. Raises Http404 else."""
    office_for(person)
    found = Publication.objects.filter(pk=publication_id).select_related("asked_by", "decided_by", "issue").first()
    if found is None:
        raise Http404
    return found


def feed_for(person: Person, feed_id: int, *roles: str) -> Feed:
    """A list that the office takes in. Raises Http404 else."""
    office_for(person, *roles)
    found = Feed.objects.filter(pk=feed_id).select_related("added_by").first()
    if found is None:
        raise Http404
    return found


def feedback_for(person: Person, feedback_id: int) -> Feedback:
    """What a case said, for people of the office. Raises Http404 else."""
    office_for(person)
    found = Feedback.objects.filter(pk=feedback_id).select_related("case", "case__unit").first()
    if found is None:
        raise Http404
    return found


def trusted_for(person: Person, trusted_id: int) -> Trusted:
    """A key that this desk trusts. Raises Http404 else."""
    office_for(person)
    found = Trusted.objects.filter(pk=trusted_id).first()
    if found is None:
        raise Http404
    return found


def handed_for(person: Person, handed_id: int) -> Handed:
    """A form that went to the province. Raises Http404 else."""
    office_for(person)
    found = Handed.objects.filter(pk=handed_id).select_related("by").first()
    if found is None:
        raise Http404
    return found
