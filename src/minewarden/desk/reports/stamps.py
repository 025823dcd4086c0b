"""盖章扫描件: whether a bureau asks for the stamped paper beside the report, until when, and whose is missing.

The report that is handed up stops the 72-hour clock. Where a bureau asks for the scan as well, that has a due time of
its own, by the value that held when the report went up, so that nobody is late by what was asked for afterwards.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Min, Q
from django.urls import reverse

from minewarden.desk.cases.access import cases_for
from minewarden.desk.cases.clocks import Clock
from minewarden.desk.cases.lifecycle import State
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.waiting import Item
from minewarden.desk.kit.words import say
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Parameter, Person, Role, Unit
from minewarden.desk.org.parameters import in_force

_KEY = "stamped_days"
_HANDED_UP = [state.value for state in (State.REPORTED, State.RECEIVED, State.CLOSED, State.WATCHING, State.STABLE)]
_NEWS = timedelta(days=7)
_MOST = 100
"""Cases that are looked at for one home page."""


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
    asked = Parameter.objects.filter(key=_KEY).exclude(value="0").aggregate(first=Min("since"))["first"]
    if asked is None:
        return 0
    cases = Case.objects.filter(state__in=_HANDED_UP, reported_at__date__gte=asked, reported_at__gt=now - _NEWS)
    rows = cases.select_related("unit").defer("evidence__content")
    keys = {case: f"report.stamped.{case.pk}.{case.reported_at:%Y%m%d%H%M%S}" for case in rows}
    count = 0
    for case, key in list(outbox.untold(keys).items())[:_MOST]:
        clock = stamped_clock(case)
        if clock is not None and clock.running:
            outbox.post(
                key, unit=case.unit, to=outbox.people_of(case.unit, Role.OFFICER), word="desk_reports.tell_stamped",
                now=now, link=f"/reports/{case.pk}/", number=case.number, due=clock.due,
            )  # fmt: skip
            count += 1
    return count


def waiting(person: Person, unit: Unit | None, now: datetime) -> Iterable[Item]:
    """For an officer: reports of his own unit that went up and whose stamped scan is still asked for."""
    own = [post.unit_id for post in person.active_posts() if post.role == Role.OFFICER]
    # Most bureaus ask for no paper: then nothing else is read.
    asked = Parameter.objects.filter(key=_KEY).exclude(value="0").aggregate(first=Min("since"))["first"]
    if not own or asked is None:
        return
    cases = cases_for(person).filter(unit__in=own, state__in=_HANDED_UP, reported_at__date__gte=asked)
    if unit is not None:
        cases = cases.filter(unit__path__startswith=unit.path)
    for case in cases.select_related("unit").defer("evidence__content").order_by("reported_at", "pk")[:_MOST]:
        clock = stamped_clock(case)
        if clock is not None and clock.running:
            href = reverse("reports:report", args=[case.pk])
            yield Item(say("desk_reports.todo_stamped"), case.number, href, clock.due, clock.received)
