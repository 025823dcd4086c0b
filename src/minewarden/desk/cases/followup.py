"""What follows from a conclusion: re-checks, what makes up for a device not found, a device that was seen before."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from minewarden.desk.audit.record import record
from minewarden.desk.cases.models import Case, Measure, Order, Recurrence, Step, Task
from minewarden.desk.cases.orders_table import OrderState
from minewarden.desk.cases.told import tell
from minewarden.desk.org.models import Unit
from minewarden.desk.org.parameters import in_force
from minewarden.vocab.words import DISPLAY_ZONE

COMPENSATION = {
    "nat-log": timedelta(days=7),
    "block-pool": timedelta(days=1),
    "sinkhole": timedelta(days=3),
    "watch-72h": timedelta(hours=72),
}
"""What a unit does instead where the device cannot be located, and within what time: keep NAT logs with ports, block
the pool, answer its name with an address of one's own, watch for 72 hours."""
CLEANING = ("clean", "reinstall")


def plan_rechecks(case: Case, now: datetime) -> None:
    """回头看: 7, 30 and 90 days after the close, or when the bureau says."""
    days = in_force(case.unit, now).days("recheck_days")
    _plan(case, {f"recheck-{day}": timedelta(days=day) for day in days}, now)


def plan_compensation(case: Case, now: datetime) -> None:
    """What has to be done instead, once 无法定位 is allowed."""
    _plan(case, COMPENSATION, now)


def note_recurrence(case: Case, now: datetime) -> Recurrence | None:
    """Where the locked device was confirmed before and declared clean: link the cases, and propose to disconnect it
    where as many confirmations as the bureau names lie within the days that it names (two within thirty, unless it
    says otherwise). Nothing is ordered."""
    limits = in_force(case.unit, now)
    earlier = _earlier(case, timedelta(days=limits.number("recurs_days")))
    if earlier is None or earlier.locked_at is None or case.locked_at is None:
        return None
    days = (case.locked_at - earlier.locked_at).days
    found: Recurrence = Recurrence.objects.create(case=case, earlier=earlier, days=days, at=now)
    _remember(case, "recurs", now, earlier.number, {"earlier": earlier.pk, "days": days})
    since = case.locked_at - timedelta(days=limits.number("order_days"))
    before = _same_device(case).filter(locked_at__gte=since, locked_at__lte=case.locked_at)
    if earlier.locked_at >= since and before.count() + 1 >= limits.number("order_findings"):
        Order.objects.create(case=case, state=OrderState.PROPOSED, proposed_at=now)
        _remember(case, "propose-order", now, earlier.number, {"earlier": earlier.pk})
    return found


def confirmed_in(year: int, units: "list[Unit] | None" = None) -> Q:
    """The cases that were confirmed in a calendar year of Beijing."""
    begin = datetime(year, 1, 1, tzinfo=DISPLAY_ZONE)
    condition = Q(conclusion=Case.Conclusion.TRUE, locked_at__gte=begin)
    condition &= Q(locked_at__lt=datetime(year + 1, 1, 1, tzinfo=DISPLAY_ZONE))
    return condition if units is None else condition & Q(unit__in=units)


def _same_device(case: Case) -> QuerySet[Case]:
    """The other confirmed cases of the same device."""
    same = Q(pk__in=())
    if case.device_mac:
        same |= Q(device_mac__iexact=case.device_mac)
    if case.device_serial:
        same |= Q(device_serial__iexact=case.device_serial)
    if case.device_ip and case.device_name:
        same |= Q(device_ip=case.device_ip, device_name=case.device_name, unit=case.unit)
    confirmed: QuerySet[Case] = Case.objects.filter(same, conclusion=Case.Conclusion.TRUE).exclude(pk=case.pk)
    return confirmed


def _earlier(case: Case, within: timedelta) -> Case | None:
    """The last case of the same device that was confirmed and declared clean before this one was seen."""
    seen = case.last_seen if case.last_seen and case.last_seen < case.receipt else case.receipt
    for row in _same_device(case).filter(locked_at__gte=seen - within * 2).order_by("-locked_at"):
        cleaned = _cleaned_before(row, seen)
        if cleaned is not None and seen <= cleaned + within:
            return row
    return None


def _cleaned_before(case: Case, seen: datetime) -> datetime | None:
    """When the device was last declared clean before it was seen again: by a cleaning, or by the close, which may come
    long after it."""
    declared = list(Measure.objects.filter(case=case, kind__in=CLEANING).values_list("done_at", flat=True))
    declared += [case.closed_at] if case.closed_at is not None else []
    return max((moment for moment in declared if moment < seen), default=None)


def _plan(case: Case, kinds: dict[str, timedelta], now: datetime) -> None:
    for kind, within in kinds.items():
        Task.objects.get_or_create(case=case, kind=kind, defaults={"due_at": now + within, "made_at": now})


def _remember(case: Case, verb: str, now: datetime, note: str, facts: dict[str, object]) -> None:
    """What the program itself noted, nobody's act; whose turn it is now is told."""
    taken = Step.objects.create(case=case, at=now, by=None, verb=verb, note=note)
    record(f"case.{verb}", by=None, obj=case, after=facts)
    tell(case, taken, by=None, now=now)
