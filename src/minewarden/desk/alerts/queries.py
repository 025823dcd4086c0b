"""What the pages of warnings show: how far each is, by which ways it arrived, what it cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.utils import timezone

from minewarden.desk.alerts import access
from minewarden.desk.alerts.codes import parts
from minewarden.desk.alerts.models import Alert, AlertUnit
from minewarden.desk.cases.models import Asked
from minewarden.desk.kit.paging import page_of
from minewarden.desk.notify.models import Copy, Delivery
from minewarden.desk.org.models import Person, Role, Unit


@dataclass(frozen=True, slots=True)
class WayRow:
    """A way with its receipts: waiting, on the way, sent, failed, not known."""

    way: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AlertPage:
    """All about a warning."""

    alert: Alert
    told: int
    left: int
    people: int
    read: int
    copies: int
    ways: tuple[WayRow, ...]
    parts: int
    releases: bool
    stops: bool
    failed: tuple[AlertUnit, ...]

    @property
    def planned_cost(self) -> str:
        """What it would cost, in yuan."""
        return f"{self.alert.planned_sms * self.alert.price / 100:.2f}"

    @property
    def spent(self) -> str:
        """What was spent, in yuan."""
        return f"{self.alert.spent / 100:.2f}"

    @property
    def cap(self) -> str:
        """What it may cost, in yuan."""
        return f"{self.alert.cap / 100:.2f}"


def alerts(request: HttpRequest, person: Person, below: Unit | None) -> Page[Alert]:
    """The warnings in view, the newest first."""
    rows = access.alerts_for(person)
    return page_of(rows.filter(unit__path__startswith=below.path) if below else rows, request)


def alert_page(alert: Alert, person: Person) -> AlertPage:
    """One warning."""
    keys = f"alert.{alert.pk}."
    rows = Delivery.objects.filter(message__key__startswith=keys).order_by().values("outlet__kind", "state")
    by_way: dict[str, dict[str, int]] = {way: dict.fromkeys(Delivery.State.values, 0) for way in alert.ways}
    by_way.pop("inbox", None)
    for row in rows.annotate(n=Count("pk")):
        by_way.setdefault(row["outlet__kind"], dict.fromkeys(Delivery.State.values, 0))[row["state"]] = row["n"]
    copies = Copy.objects.filter(message__key__startswith=keys)
    told = alert.units.exclude(told_at=None)
    return AlertPage(
        alert=alert,
        told=told.count(),
        left=alert.units.filter(told_at=None).count(),
        people=told.aggregate(n=Sum("people"))["n"] or 0,
        read=copies.exclude(read_at=None).count(),
        copies=copies.count(),
        ways=tuple(WayRow(way, counts) for way, counts in by_way.items()),
        parts=parts(alert.text),
        releases=alert.outcome == Asked.Outcome.PENDING and access.releases(person, alert),
        stops=alert.standing == "running" and person.holds(Role.OFFICER, Role.APPROVER),
        failed=tuple(told.filter(people=0).select_related("unit").order_by("unit__path")),
    )


def warned(units: Sequence[int], since: datetime, until: datetime) -> Mapping[int, int]:
    """By unit, of a period: how many people were warned."""
    rows = AlertUnit.objects.filter(unit__in=units, told_at__gte=since, told_at__lt=until).order_by()
    return {row["unit"]: row["n"] or 0 for row in rows.values("unit").annotate(n=Sum("people"))}


def today() -> str:
    """The day, for a title."""
    return f"{timezone.localdate():%Y-%m-%d}"
