"""What is asked about again: mending that comes due in two days, and once a week what is late. Working hours only."""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from minewarden.desk.notify import outbox
from minewarden.desk.notify.models import Message
from minewarden.desk.notify.quiet import at_work
from minewarden.desk.org.models import Role, Unit
from minewarden.desk.selfchecks.lifecycle import State
from minewarden.desk.selfchecks.models import Fix

_BEFORE = timedelta(days=2)
_AT_ONCE = 200


def look(now: datetime) -> int:
    """Post what is due; the number of messages. Asked again it posts nothing new."""
    if not at_work(now):
        return 0
    today = timezone.localdate(now)
    year, week, _ = today.isocalendar()
    open_ones = Fix.objects.filter(state=State.OPEN)
    soon = open_ones.filter(due_on__gte=today, due_on__lte=today + _BEFORE)
    late = open_ones.filter(due_on__lt=today)
    done = _tell(f"fix.soon.{today}", "desk_selfchecks.tell_soon", _by_unit(soon), now)
    return done + _tell(f"fix.late.{year}-{week:02d}", "desk_selfchecks.tell_late", _by_unit(late), now)


def _by_unit(rows: "QuerySet[Fix]") -> Counter[int]:
    counted = rows.order_by().values("unit").annotate(n=Count("pk"))
    return Counter({row["unit"]: row["n"] for row in counted})


def _tell(key: str, word: str, counts: Counter[int], now: datetime) -> int:
    told = set(Message.objects.filter(key__startswith=f"{key}.").values_list("unit_id", flat=True))
    units = Unit.objects.filter(pk__in=[pk for pk in counts if pk not in told][:_AT_ONCE]).select_related("parent")
    for unit in units:
        outbox.post(
            f"{key}.{unit.pk}", unit=unit, to=outbox.people_of(unit, Role.OFFICER), word=word, now=now,
            link="/selfchecks/fixes/?view=open", count=counts[unit.pk],
        )  # fmt: skip
    return len(units)
