"""盖章扫描件: whether a bureau asks for the stamped paper beside the report, until when, and whose is missing.

The report that is handed up stops the 72-hour clock. Where a bureau asks for the scan as well, that has a due time of
its own, by the value that held when the report went up, so that nobody is late by what was asked for afterwards.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases.access import cases_for
from minewarden.desk.cases.clocks import Clock
from minewarden.desk.cases.lifecycle import State
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.waiting import Item, more
from minewarden.desk.kit.words import say
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Parameter, Person, Role, Unit
from minewarden.desk.org.parameters import in_force, in_force_by_day
from minewarden.desk.reports.models import Stamped, Submitted

_KEY = "stamped_days"
_HANDED_UP = [state.value for state in (State.REPORTED, State.RECEIVED, State.CLOSED, State.WATCHING, State.STABLE)]
_NEWS = timedelta(days=7)
_MOST = 100
"""Scans asked for in one look, or on one home page."""


def stamped_clock(case: Case) -> Clock | None:
    """The clock of the stamped scan; None where none is asked for, or no report has been handed up.

    It ends with a scan of the version that was handed up last, or one whose code nobody could read and people compare.
    """
    if case.reported_at is None or case.state not in _HANDED_UP:
        return None
    days = in_force(case.unit, case.reported_at).number(_KEY)
    if not days:
        return None
    latest = case.reports.order_by("-version").first()
    scans = case.stamped.filter(Q(report=latest) | Q(report=None)).order_by("file__taken_at")
    due = case.reported_at + timedelta(days=days)
    return Clock(case.reported_at, due, due, scans.values_list("file__taken_at", flat=True).first())


def look(now: datetime) -> int:
    """Tell whoever prints and seals that a scan is asked for, once for each report that went up; how many were told."""
    wanted = dict(_wanted(Case.objects.filter(reported_at__gt=now - _NEWS)))
    keys = {case: f"report.stamped.{case.pk}.{case.reported_at:%Y%m%d%H%M%S}" for case in wanted}
    untold = list(outbox.untold(keys).items())[:_MOST]
    for case, key in untold:
        outbox.post(
            key, unit=case.unit, to=outbox.people_of(case.unit, Role.OFFICER), word="desk_reports.tell_stamped",
            now=now, link=f"/reports/{case.pk}/", number=case.number, due=wanted[case].due,
        )  # fmt: skip
    return len(untold)


def waiting(person: Person, unit: Unit | None, now: datetime) -> Iterable[Item]:
    """For an officer: reports of his own unit that went up and whose stamped scan is still asked for."""
    own = [post.unit_id for post in person.active_posts() if post.role == Role.OFFICER]
    if not own:
        return
    cases = cases_for(person).filter(unit__in=own)
    if unit is not None:
        cases = cases.filter(unit__path__startswith=unit.path)
    asked = list(islice(_wanted(cases), _MOST + 1))
    for case, clock in asked[:_MOST]:
        href = reverse("reports:report", args=[case.pk])
        yield Item(say("desk_reports.todo_stamped"), case.number, href, clock.due, clock.received)
    if len(asked) > _MOST:
        yield more(Item(say("desk_reports.todo_stamped"), "", ""), reverse("cases:cases"))


def _wanted(cases: QuerySet[Case]) -> Iterator[tuple[Case, Clock]]:
    """Of these cases those whose scan is asked for and has not come, each with its clock, the first report first."""
    # Most bureaus ask for no paper: then nothing else is read.
    asked = Parameter.objects.filter(key=_KEY).exclude(value="0").aggregate(first=Min("since"))["first"]
    if asked is None:
        return
    up = cases.filter(state__in=_HANDED_UP, reported_at__date__gte=asked)
    latest = Submitted.objects.filter(case=OuterRef("case")).order_by("-version").values("pk")[:1]
    scans = Stamped.objects.filter(Q(report=Subquery(latest)) | Q(report=None), case=OuterRef("pk"))
    rows = up.filter(~Exists(scans)).select_related("unit").defer("evidence__content").order_by("reported_at", "pk")
    days = in_force_by_day(_KEY)
    for case in rows:
        went_up = case.reported_at
        if went_up and (allowed := int(days(case.unit.path, timezone.localdate(went_up)))):
            due = went_up + timedelta(days=allowed)
            yield case, Clock(went_up, due, due)
