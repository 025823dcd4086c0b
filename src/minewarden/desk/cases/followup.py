"""What follows from a conclusion: re-checks, what makes up for a device not found, a device that was seen before."""

from datetime import datetime, timedelta

from django.db.models import Q

from minewarden.desk.audit.record import record
from minewarden.desk.cases.models import Case, Measure, Order, Recurrence, Step, Task
from minewarden.desk.cases.orders_table import OrderState
from minewarden.desk.org.models import Unit
from minewarden.vocab.words import DISPLAY_ZONE

RECHECK_DAYS = (7, 30, 90)
COMPENSATION = {
    "nat-log": timedelta(days=7),
    "block-pool": timedelta(days=1),
    "sinkhole": timedelta(days=3),
    "watch-72h": timedelta(hours=72),
}
"""What a unit does instead where the device cannot be located, and within what time: keep NAT logs with ports, block
the pool, answer its name with an address of one's own, watch for 72 hours."""
ORDER_WITHIN = timedelta(days=30)
RECURS_WITHIN = timedelta(days=90)
CLEANING = ("clean", "reinstall")
HONOURS_FROM = 3
"""Confirmed cases of a unit in a calendar year from which on it is listed for the office of honours."""


def plan_rechecks(case: Case, now: datetime) -> None:
    """回头看: 7, 30 and 90 days after the close."""
    _plan(case, {f"recheck-{days}": timedelta(days=days) for days in RECHECK_DAYS}, now)


def plan_compensation(case: Case, now: datetime) -> None:
    """What has to be done instead, once 无法定位 is allowed."""
    _plan(case, COMPENSATION, now)


def note_recurrence(case: Case, now: datetime) -> Recurrence | None:
    """Where the locked device was confirmed before and declared clean: link the cases, and propose to disconnect it
    where both confirmations lie within 30 days. Nothing is ordered."""
    earlier = _earlier(case)
    if earlier is None or earlier.locked_at is None or case.locked_at is None:
        return None
    days = (case.locked_at - earlier.locked_at).days
    found: Recurrence = Recurrence.objects.create(case=case, earlier=earlier, days=days, at=now)
    _remember(case, "recurs", now, earlier.number, {"earlier": earlier.pk, "days": days})
    if case.locked_at - earlier.locked_at <= ORDER_WITHIN:
        Order.objects.create(case=case, state=OrderState.PROPOSED, proposed_at=now)
        _remember(case, "propose-order", now, earlier.number, {"earlier": earlier.pk})
    return found


def confirmed_in(year: int, units: "list[Unit] | None" = None) -> Q:
    """The cases that were confirmed in a calendar year of Beijing."""
    begin = datetime(year, 1, 1, tzinfo=DISPLAY_ZONE)
    condition = Q(conclusion=Case.Conclusion.TRUE, locked_at__gte=begin)
    condition &= Q(locked_at__lt=datetime(year + 1, 1, 1, tzinfo=DISPLAY_ZONE))
    return condition if units is None else condition & Q(unit__in=units)


def _earlier(case: Case) -> Case | None:
    """The last case of the same device that was confirmed and declared clean before this one was seen."""
    same = Q(pk__in=())
    if case.device_mac:
        same |= Q(device_mac__iexact=case.device_mac)
    if case.device_serial:
        same |= Q(device_serial__iexact=case.device_serial)
    if case.device_ip and case.device_name:
        same |= Q(device_ip=case.device_ip, device_name=case.device_name, unit=case.unit)
    seen = case.last_seen if case.last_seen and case.last_seen < case.received_at else case.received_at
    confirmed = Case.objects.filter(same, conclusion=Case.Conclusion.TRUE).exclude(pk=case.pk)
    for row in confirmed.filter(locked_at__gte=seen - RECURS_WITHIN * 2).order_by("-locked_at"):
        cleaned = _cleaned_at(row)
        if cleaned is not None and cleaned < seen <= cleaned + RECURS_WITHIN:
            found: Case = row
            return found
    return None


def _cleaned_at(case: Case) -> datetime | None:
    """When the device was declared clean: the close, else the last cleaning."""
    last = Measure.objects.filter(case=case, kind__in=CLEANING).order_by("-done_at").first()
    return case.closed_at or (last.done_at if last is not None else None)


def _plan(case: Case, kinds: dict[str, timedelta], now: datetime) -> None:
    for kind, within in kinds.items():
        Task.objects.get_or_create(case=case, kind=kind, defaults={"due_at": now + within, "made_at": now})


def _remember(case: Case, verb: str, now: datetime, note: str, facts: dict[str, object]) -> None:
    """What the program itself noted; nobody's act."""
    Step.objects.create(case=case, at=now, by=None, verb=verb, note=note)
    record(f"case.{verb}", by=None, obj=case, after=facts)
