"""Telephone numbers of people who left are deleted when the time is over for which they are kept.

What they signed, did and were charged with stays; the log says whose number went, and never the number.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.ledger.models import Duty, Shift, Staff
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.org.parameters import SETTINGS, in_force

_AT_ONCE = 500


def look(now: datetime) -> int:
    """Delete what is due; the number of people. Asked again it finds nothing, unless a number was written anew."""
    today = timezone.localdate(now)
    least = timedelta(days=int(SETTINGS["leaver_phone_days"].least))
    again = Q(phone_deleted_at=None) | Q(entered_at__gt=F("phone_deleted_at"))
    rows = Staff.objects.filter(again, left_on__lte=today - least).select_related("unit").order_by("left_on", "pk")
    days: dict[int, int] = {}
    done = 0
    for staff in rows[:_AT_ONCE]:
        if staff.unit_id not in days:
            days[staff.unit_id] = in_force(staff.unit, now).number("leaver_phone_days")
        if staff.left_on is not None and staff.left_on + timedelta(days=days[staff.unit_id]) <= today:
            done += _forget(staff, now)
    return done


@transaction.atomic
def _forget(staff: Staff, now: datetime) -> int:
    fresh = Staff.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=staff.pk)
    if fresh.phone_deleted_at is not None and fresh.entered_at <= fresh.phone_deleted_at:
        return 0
    fresh.phone, fresh.phone_deleted_at = "", now
    fresh.save(update_fields=["phone", "phone_deleted_at"])
    mine = Q(number=fresh.number) | Q(number="", name=fresh.name)
    below = Q(unit__path__startswith=fresh.unit.path)
    duties = Duty.objects.filter(mine, below, until__lte=timezone.localdate(now)).update(phone="")
    shifts = Shift.objects.filter(mine, below, day__lt=timezone.localdate(now)).update(phone="")
    account = Person.objects.filter(pk=fresh.account_id, is_active=False).update(phone="") if fresh.account_id else 0
    facts = {"left_on": fresh.left_on, "duties": duties, "shifts": shifts, "account": bool(account)}
    record("ledger.forget_phone", by=None, obj=fresh, after=facts)
    return 1


def span(unit: Unit, now: datetime) -> int:
    """For how many days the number of somebody who leaves is kept."""
    return in_force(unit, now).number("leaver_phone_days")
