"""What is asked about again without a clock: orders to disconnect that are due for review, re-checks and other tasks
that are due, gaps of the ledgers, and a year whose holidays nobody has entered.

One message a week and unit says all that its ledgers lack, on working hours and not at night: a digest and no storm.
An order is asked about on its day of review, and then each week until somebody restores the device or keeps it off.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases.models import Holiday, Order, Task
from minewarden.desk.cases.orders_table import OrderState
from minewarden.desk.ledger.models import Line, LogSource, Protection
from minewarden.desk.notify import outbox
from minewarden.desk.notify.models import Message
from minewarden.desk.notify.quiet import at_work
from minewarden.desk.org.models import Role, Unit
from minewarden.desk.org.parameters import SETTINGS, InForce, in_force
from minewarden.vocab.words import DISPLAY_ZONE

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_AHEAD = timedelta(days=14)
"""So long before a year begins its holidays should be in the table: due times reach into it."""
_AT_ONCE = 200


def look(now: datetime) -> int:
    """Post what is due; the number of messages. Asked again it posts nothing new."""
    return _orders(now) + _tasks(now) + _gaps(now) if at_work(now) else 0


def look_at_calendar(now: datetime) -> int:
    """A year without a single holiday in the table, told once to the system administrators, who alone can fill it in;
    to a school it would be a warning about what it cannot mend."""
    if not at_work(now):
        return 0
    year = (now + _AHEAD).astimezone(DISPLAY_ZONE).year
    root = Unit.objects.filter(parent=None).order_by("pk").first()
    keepers = outbox.people_of(root, Role.SYSTEM) if root is not None else []
    if root is None or not keepers or Holiday.objects.filter(day__year=year).exists():
        return 0
    fresh = outbox.untold({year: f"calendar.{year}"})
    for key in fresh.values():
        link = f"{reverse('cases:calendar')}?year={year}"
        outbox.post(key, unit=root, to=keepers, word="desk_cases.tell_calendar", now=now, link=link, year=year)
    return len(fresh)


def _orders(now: datetime) -> int:
    rows = Order.objects.filter(state=OrderState.EXECUTED.value, review_at__lte=now).select_related("case__unit")
    weeks = {row: (now - row.review_at) // _WEEK for row in rows if row.review_at is not None}
    keys = {row: f"order.review.{row.pk}.{row.review_at:%Y%m%d}.{number}" for row, number in weeks.items()}
    fresh = outbox.untold(keys)
    for row, key in fresh.items():
        outbox.post(
            key, unit=row.case.unit, to=outbox.people_of(row.case.unit, Role.OFFICER, Role.APPROVER),
            word="desk_cases.tell_order_review", now=now, link=f"/cases/{row.case.pk}/", number=row.case.number,
        )  # fmt: skip
    return len(fresh)


def _tasks(now: datetime) -> int:
    """Re-checks, and what makes up for a device that was not found: told once, a day before, or as soon as people work
    again. What was due long before stands on the page of whoever has it, and is no news."""
    rows = Task.objects.filter(done_at=None, due_at__gt=now - _WEEK, due_at__lte=now + _DAY).select_related(
        "case__unit"
    )
    keys = {row: f"case.task.{row.pk}" for row in rows}
    fresh = list(outbox.untold(keys).items())[:_AT_ONCE]
    for row, key in fresh:
        outbox.post(
            key, unit=row.case.unit, to=outbox.people_of(row.case.unit, Role.OFFICER),
            word="desk_cases.tell_task", now=now, link=f"/cases/{row.case.pk}/", number=row.case.number, due=row.due_at,
        )  # fmt: skip
    return len(fresh)


def _gaps(now: datetime) -> int:
    year, week, _ = now.astimezone(DISPLAY_ZONE).isocalendar()
    prefix = f"gaps.{year}-{week:02d}."
    told = set(Message.objects.filter(key__startswith=prefix).values_list("unit_id", flat=True))
    counts = _counts(now, told)
    units = Unit.objects.filter(pk__in=list(counts)[:_AT_ONCE]).select_related("parent")
    for unit in units:
        found = counts[unit.pk]
        outbox.post(
            f"{prefix}{unit.pk}", unit=unit, to=outbox.people_of(unit, Role.OFFICER, Role.KEEPER),
            word="desk_cases.tell_gaps", now=now, link="/ledger/",
            expiring=found["expiring"], kept_short=found["kept_short"], stale=found["stale"],
        )  # fmt: skip
    return len(units)


def _counts(now: datetime, told: set[int]) -> dict[int, Counter[str]]:
    """By unit that was not told yet this week: leases and licences that end, logs kept too short, stale signatures."""
    today, found = timezone.localdate(now), defaultdict[int, Counter[str]](Counter)
    limits = _Limits(now)
    most = {key: int(setting.most) for key, setting in SETTINGS.items() if setting.most.isdecimal()}
    near = today + timedelta(days=most["ends_within_days"])
    short = Q(nat_log_days__lt=most["log_days"]) | Line.keeping_unsaid()
    lines = Line.objects.filter(Q(contract_to__lte=near) | short, ended_on=None)
    logs = LogSource.objects.filter(Q(keep_days__lt=most["log_days"]) | Q(keep_days=None))
    shields = Protection.objects.filter(Q(signatures_on__lt=today) | Q(signatures_on=None) | Q(licence_to__lte=near))
    for line in lines.exclude(unit__in=told).select_related("unit"):
        if line.contract_to is not None and line.contract_to - today <= limits.days(line.unit, "ends_within_days"):
            found[line.unit_id]["expiring"] += 1
        days = line.nat_log_days
        if line.keeps_unsaid or (days is not None and days < limits.of(line.unit).number("log_days")):
            found[line.unit_id]["kept_short"] += 1
    for source in logs.exclude(unit__in=told).select_related("unit"):
        if source.keep_days is None or source.keep_days < limits.of(source.unit).number("log_days"):
            found[source.unit_id]["kept_short"] += 1
    for shield in shields.exclude(unit__in=told).select_related("unit").order_by(F("unit")):
        ends, fresh = limits.days(shield.unit, "ends_within_days"), limits.days(shield.unit, "signature_days")
        if shield.signatures_on is None or today - shield.signatures_on > fresh:
            found[shield.unit_id]["stale"] += 1
        if shield.licence_to is not None and shield.licence_to - today <= ends:
            found[shield.unit_id]["expiring"] += 1
    return found


class _Limits:
    """The numbers that hold for units, asked once for all schools below the same bureau: schools set none."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._known: dict[str, InForce] = {}

    def of(self, unit: Unit) -> InForce:
        school = unit.kind in (Unit.Kind.SCHOOL, Unit.Kind.KINDERGARTEN)
        path = unit.path.removesuffix(f"{unit.pk}/") if school else unit.path
        if path not in self._known:
            self._known[path] = in_force(unit, self._now)
        return self._known[path]

    def days(self, unit: Unit, key: str) -> timedelta:
        return timedelta(days=self.of(unit).number(key))
