"""What a host showed of itself is deleted when its time is over: programs, accounts and addresses of a machine.

That it was looked at, when, on which device and with which of the five results stays, with the hash of the file. A
report that was joined to a case is kept as long as the case is open, and the same time after it was closed.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit.every import Every
from minewarden.desk.org.models import Unit
from minewarden.desk.org.parameters import SETTINGS, in_force
from minewarden.desk.selfchecks.models import CaseReport, HostReport, Reject

_AT_ONCE = 500
_turn = Every(timedelta(hours=12))


def look(now: datetime) -> int:
    """Delete what is due, twice a day; how many reports and rejected files."""
    if not _turn.due(now):
        return 0
    return sum(_forget(unit, now) for unit in _units(now))


def span(unit: Unit, now: datetime) -> int:
    """For how many days what a host of the unit showed is kept."""
    return in_force(unit, now).number("host_report_days")


def _units(now: datetime) -> list[Unit]:
    """Those of which something is old enough to be due anywhere."""
    earliest = now - timedelta(days=int(SETTINGS["host_report_days"].least))
    reports = HostReport.objects.filter(deleted_at=None, received_at__lte=earliest).order_by()
    rejects = Reject.objects.filter(deleted_at=None, at__lte=earliest).order_by()
    pks = {*reports.values_list("unit", flat=True), *rejects.values_list("unit", flat=True)}
    return list(Unit.objects.filter(pk__in=pks).order_by("pk"))


@transaction.atomic
def _forget(unit: Unit, now: datetime) -> int:
    until = now - timedelta(days=span(unit, now))
    needed = CaseReport.objects.filter(
        Q(case__closed_at=None) | Q(case__closed_at__gt=until), report=OuterRef("pk"), parted_at=None
    )
    due = HostReport.objects.filter(unit=unit, deleted_at=None, received_at__lte=until).exclude(Exists(needed))
    reports = list(due.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    rejects = list(
        Reject.objects.filter(unit=unit, deleted_at=None, at__lte=until).values_list("pk", flat=True)[:_AT_ONCE]
    )
    # The one place that may: everywhere else these columns are written once.
    HostReport._base_manager.filter(pk__in=reports).update(content={}, deleted_at=now)
    Reject._base_manager.filter(pk__in=rejects).update(beginning=b"", deleted_at=now)
    if reports or rejects:
        facts = {"count": len(reports), "rejects": len(rejects), "until": timezone.localdate(until)}
        record("check.forget", by=None, obj=unit, after=facts)
    return len(reports) + len(rejects)
