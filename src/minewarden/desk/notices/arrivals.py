"""送达 outside the desk: a unit without an account was reached by a channel, and that moment is its receipt (Q1)."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from minewarden.desk.notices.lifecycle import State
from minewarden.desk.notices.models import Assignment
from minewarden.desk.notices.opening import deliver, key_of
from minewarden.desk.notify.outbox import told_at_of
from minewarden.vocab.errors import MinewardenError


def look(now: datetime) -> int:
    """Write the receipt of every assignment whose unit a channel has reached meanwhile; how many."""
    waiting = Assignment.objects.filter(state=State.PENDING.value, received_at=None).select_related("unit")
    keys = {key_of(row): row for row in waiting}
    return sum(_receive(keys[key], at, now) for key, at in sorted(told_at_of(keys).items()))


@transaction.atomic
def _receive(row: Assignment, at: datetime, now: datetime) -> bool:
    rows = Assignment.objects.select_for_update(no_key=True, of=("self",))
    held = rows.select_related("unit", "sender", "received__notice", "received__office", "dispatched_by").get(pk=row.pk)
    if held.state != State.PENDING or held.received_at is not None:
        return False
    try:
        with transaction.atomic():
            deliver(held, by=held.dispatched_by, now=now, received_at=at, receipt="channel", state=State.DELIVERED)
    except (MinewardenError, PermissionDenied):
        # Whoever dispatched it may not any more: the signing or a call will be the receipt, not before this moment.
        return False
    return True
