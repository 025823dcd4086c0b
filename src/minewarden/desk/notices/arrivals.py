"""送达 outside the desk: a unit without an account was reached by a channel, and that moment is its receipt (Q1).

Who has been reached by nobody for a day (Q11) has no clock that would press: whoever sent it is asked again.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from minewarden.desk.notices.lifecycle import State
from minewarden.desk.notices.models import Assignment
from minewarden.desk.notices.opening import deliver, key_of
from minewarden.desk.notify.outbox import people_of, post, told_at_of, untold
from minewarden.desk.org.models import Role, Unit
from minewarden.desk.org.parameters import in_force
from minewarden.vocab.errors import MinewardenError


def look(now: datetime) -> int:
    """Write the receipt of every assignment whose unit a channel has reached meanwhile, and ask again about those that
    nobody has reached; how many receipts."""
    done = _receipts(now)
    _unreached(now)
    return done


def _unreached(now: datetime) -> None:
    """One message for each notice and sender, once, to the officers and the approver of the sender."""
    waiting = Assignment.objects.filter(state=State.PENDING.value, received_at=None).order_by()
    rows = waiting.values_list("received_id", "sender_id", "dispatched_at")
    senders = Unit.objects.select_related("parent").in_bulk({sender for _, sender, _ in rows})
    alarm = {pk: timedelta(hours=in_force(u, now).number("relay_alarm_hours")) for pk, u in senders.items()}
    late = Counter((received, sender) for received, sender, at in rows if now - at > alarm[sender])
    keys = {pair: f"notice.unreached.{pair[0]}.{pair[1]}" for pair in late}
    for pair, key in untold(keys).items():
        sender = senders[pair[1]]
        post(
            key, unit=sender, to=people_of(sender, Role.OFFICER) + people_of(sender, Role.APPROVER),
            word="desk_notices.told_unreached", now=now, count=late[pair],
            number=str(pair[0]), link=f"{reverse('notices:tasks')}?view=unsigned",
        )  # fmt: skip


def _receipts(now: datetime) -> int:
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
