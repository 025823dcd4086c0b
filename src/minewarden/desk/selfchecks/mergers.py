"""A unit that was merged into another leaves it what is not mended yet, the links that hang on its doors, and what its
hosts showed of themselves: the host goes on in its rooms, and a case of it may want the report.

What was looked at stays where it was seen: sheets are history, and so are reports whose details are deleted. Who takes
over sees the sheet of what he has to mend. Where nobody took the unit in, its superior goes on.
"""

from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.ledger.registry import heir
from minewarden.desk.org.models import Unit
from minewarden.desk.selfchecks.lifecycle import State
from minewarden.desk.selfchecks.models import Fix, FixStep, HostReport, Link


def look(now: datetime) -> int:
    """Hand over what is open; how many things. Asked again it finds nothing."""
    ended = Unit.objects.filter(valid_to__lt=timezone.localdate(now)).exclude(successor=None)
    left = (_open_fixes(), _open_links(now), _whole_reports())
    leaves = reduce(or_, (Q(Exists(rows.filter(unit=OuterRef("pk")).order_by())) for rows in left))
    return sum(_hand_over(unit, now) for unit in ended.filter(leaves).select_related("successor"))


def _open_fixes() -> QuerySet[Fix]:
    return Fix.objects.exclude(state=State.CLOSED)


def _open_links(now: datetime) -> QuerySet[Link]:
    return Link.objects.filter(revoked_at=None, expires_at__gt=now)


def _whole_reports() -> QuerySet[HostReport]:
    # Whose a report is now changes here, and not what it says: everywhere else this column is written once.
    return HostReport._base_manager.filter(deleted_at=None)


@transaction.atomic
def _hand_over(unit: Unit, now: datetime) -> int:
    home = heir(unit, now)
    if home is None or home.pk == unit.pk:
        return 0
    fixes = list(_open_fixes().select_for_update(of=("self",), no_key=True).filter(unit=unit).order_by("pk"))
    for fix in fixes:
        fix.unit = home
    Fix.objects.bulk_update(fixes, ["unit"], batch_size=500)
    FixStep.objects.bulk_create(
        [FixStep(fix=fix, at=now, by=None, verb="move", note=f"{unit.name} → {home.name}") for fix in fixes]
    )
    links = _open_links(now).filter(unit=unit).update(unit=home)
    # A file that was handed in to both units stands once with each of them, and stays there.
    theirs = HostReport.objects.filter(unit=home).order_by().values("sha256")
    reports = _whole_reports().filter(unit=unit).exclude(sha256__in=theirs).update(unit=home)
    if not (moved := len(fixes) + links + reports):
        return 0
    facts = {"from": unit.name, "count": len(fixes), "links": links, "reports": reports}
    record("check.move", by=None, obj=home, after=facts)
    return moved
