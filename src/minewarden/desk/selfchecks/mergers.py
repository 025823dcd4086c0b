"""A unit that was merged into another leaves it what is not mended yet, and the links that hang on its doors.

What was looked at stays where it was seen: sheets and reports are history. Who takes over sees the sheet of what he has
to mend. Where nobody took the unit in, its superior goes on.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.ledger.registry import heir
from minewarden.desk.org.models import Unit
from minewarden.desk.selfchecks.lifecycle import State
from minewarden.desk.selfchecks.models import Fix, FixStep, Link


def look(now: datetime) -> int:
    """Hand over what is open; how many things. Asked again it finds nothing."""
    ended = Unit.objects.filter(valid_to__lt=timezone.localdate(now)).exclude(successor=None)
    return sum(_hand_over(unit, now) for unit in ended.select_related("successor") if _has_open(unit, now))


def _has_open(unit: Unit, now: datetime) -> bool:
    open_ones = Fix.objects.filter(unit=unit).exclude(state=State.CLOSED)
    return open_ones.exists() or Link.objects.filter(unit=unit, revoked_at=None, expires_at__gt=now).exists()


@transaction.atomic
def _hand_over(unit: Unit, now: datetime) -> int:
    home = heir(unit, now)
    if home is None or home.pk == unit.pk:
        return 0
    rows = Fix.objects.select_for_update(of=("self",), no_key=True).filter(unit=unit).exclude(state=State.CLOSED)
    fixes = list(rows.order_by("pk"))
    for fix in fixes:
        fix.unit = home
    Fix.objects.bulk_update(fixes, ["unit"], batch_size=500)
    FixStep.objects.bulk_create(
        [FixStep(fix=fix, at=now, by=None, verb="move", note=f"{unit.name} → {home.name}") for fix in fixes]
    )
    links = Link.objects.filter(unit=unit, revoked_at=None, expires_at__gt=now).update(unit=home)
    record("check.move", by=None, obj=home, after={"from": unit.name, "count": len(fixes), "links": links})
    return len(fixes) + links
