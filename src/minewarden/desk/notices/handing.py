"""What is left to the worker of a large notice: hand lines to their units, open the cases, a piece at a time.

Every piece is a transaction of its own, and what is still to be done is read from the rows themselves: a line that
waits and has a unit is handed out, a line of a delivered assignment without a case gets one. A worker may be killed at
any point; nothing is lost, nothing is done twice, and no two workers are at the same notice.
"""

import time
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.notices.models import Handing, Line, Received
from minewarden.desk.notices.opening import hand_out, open_cases
from minewarden.desk.org.models import Person, Unit
from minewarden.vocab.errors import MinewardenError, TransitionError
from minewarden.vocab.message import message
from minewarden.vocab.words import both

UNITS = 10
"""Units that one transaction hands lines to, and"""
ADDRESSES = 50
"""cases that one opens: about half a second, in which others wait for the database."""
BUDGET = 5.0
"""Seconds after which the worker looks after its letters again."""


def go_on(now: datetime) -> int:
    """Do pieces of what was left to the worker, for a few seconds; how many were done."""
    begun, done = time.monotonic(), 0
    while time.monotonic() - begun < BUDGET and _piece(now):
        done += 1
    return done


@transaction.atomic
def resume(received: Received, *, by: Person, now: datetime) -> Handing:
    """Go on with what stopped, in the name of whoever asks for it. Raises TransitionError where nothing stopped."""
    demand(by, Duty.HANDLE, received.office)
    job = Handing.objects.select_for_update(no_key=True, of=("self",)).filter(received=received).first()
    if job is None or job.error is None:
        raise TransitionError(message("desk_notices.illegal"))
    job.by, job.error, job.touched_at = by, None, now
    job.save(update_fields=["by", "error", "touched_at"])
    record("notice.resume", by=by, obj=received, after={"at": now})
    return job


@transaction.atomic
def _piece(now: datetime) -> bool:
    """The next piece of the oldest job; False where there is none."""
    free = Handing.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    jobs = free.filter(ended_at=None, error__isnull=True).select_related("by", "received__office", "received__notice")
    job = jobs.order_by("pk").first()
    if job is None:
        return False
    job.touched_at = now
    try:
        with transaction.atomic():
            more = _hand_out_next(job, now) or _open_next(job, now)
        if not more:
            job.ended_at = now
            record("notice.handed-out", by=None, obj=job.received, after={"lines": job.lines, "at": now})
    except MinewardenError as refusal:
        job.error = both(refusal.message)
    except PermissionDenied:
        job.error = both(message("desk_notices.handing_denied", name=job.by.name))
    job.save(update_fields=["touched_at", "ended_at", "error"])
    return True


def _hand_out_next(job: Handing, now: datetime) -> bool:
    """Give the next units their lines. Units first, cases afterwards: their clocks run from here."""
    next_ = list(job.waiting().order_by("unit").values_list("unit", flat=True).distinct()[:UNITS])
    groups: dict[Unit, list[Line]] = {}
    for line in job.waiting().filter(unit__in=next_).select_related("unit").order_by("unit", "position"):
        if line.unit is not None:
            groups.setdefault(line.unit, []).append(line)
    for unit, lines in groups.items():
        pairs = [(line, None) for line in lines]
        hand_out(job.received, unit=unit, sender=job.received.office, lines=pairs, by=job.by, now=now, later=True)
    return bool(groups)


def _open_next(job: Handing, now: datetime) -> bool:
    """Open the next cases of a unit that has received its lines."""
    share = job.without_case().order_by("assignment_id", "line__position").first()
    if share is None:
        return False
    open_cases(share.assignment, by=job.by, now=now, most=ADDRESSES)
    return True
