"""What waits for a person because of assessments: to hand in, to approve, and who below is missing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from minewarden.desk.assessments import export
from minewarden.desk.assessments.models import Version
from minewarden.desk.assessments.owed import BELOW, handed_of, roll
from minewarden.desk.assessments.periods import Period
from minewarden.desk.assessments.rhythm import rhythm_of
from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.kit.waiting import Item
from minewarden.desk.kit.words import say
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.parameters import in_force

AHEAD = timedelta(days=2)
"""From so long before the time on it stands on the home page; before that it would only be in the way."""
_AT_ONCE = 100
_WITHOUT_BELOW = (Unit.Kind.SCHOOL, Unit.Kind.KINDERGARTEN)


def items(person: Person, unit: Unit | None, now: datetime) -> Iterator[Item]:
    """The lines of the home page."""
    posts = [post for post in person.active_posts() if unit is None or post.unit.path.startswith(unit.path)]
    for post in posts:
        if post.role == Role.OFFICER and (post.unit.kind in BELOW or post.unit.parent_id is None):
            yield from _own(post.unit, now, since=post.granted_at)
    if any(post.role == Role.APPROVER for post in posts):
        yield from _to_approve(person, unit)


def _own(unit: Unit, now: datetime, *, since: datetime) -> Iterator[Item]:
    limits = in_force(unit, now)
    running, *before = rhythm_of(unit, now).owed(now, 1, since=unit.valid_from)
    periods = (*before, running)
    handed = handed_of(unit, periods)
    for period in periods:
        due = period.due(limits.time("assessment_at"))
        # Who came later owes nothing for the time before him; the running period is everybody's.
        if now < due - AHEAD or (period != running and since > due):
            continue
        if period.code not in handed or not handed[period.code].done:
            yield Item(say("desk_assessments.todo_write"), _detail(unit, period), _href(unit, period), due)
        if now > due and period == running and unit.kind not in _WITHOUT_BELOW:
            count = len(roll(unit, period, now).missing())
            detail = say("desk_assessments.todo_missing_detail", unit=unit.label, period=_name(period), count=count)
            if count:
                yield Item(say("desk_assessments.todo_missing"), detail, reverse("assessments:home"))


def _to_approve(person: Person, unit: Unit | None) -> Iterator[Item]:
    rows = Version.objects.filter(outcome="pending").exclude(asked_by=person).select_related("assessment__unit")
    if unit is not None:
        rows = rows.filter(assessment__unit__path__startswith=unit.path)
    for version in rows.order_by("asked_at")[:_AT_ONCE]:
        about = version.assessment
        if may(person, Duty.APPROVE, about.unit):
            detail = _detail(about.unit, about.period)
            yield Item(say("desk_assessments.todo_approve"), detail, _href(about.unit, about.period))


def _detail(unit: Unit, period: Period) -> str:
    return say("desk_assessments.todo_detail", unit=unit.label, period=_name(period))


def _name(period: Period) -> str:
    return export.named(period, say)


def _href(unit: Unit, period: Period) -> str:
    return reverse("assessments:page", args=[unit.pk, period.code])
