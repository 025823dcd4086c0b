"""One message a week to a unit whose pledges are not complete, on working hours: a digest and no storm."""

from datetime import datetime

from django.utils import timezone

from minewarden.desk.notify import outbox
from minewarden.desk.notify.models import Message
from minewarden.desk.notify.quiet import at_work
from minewarden.desk.org.models import Role, Unit
from minewarden.desk.pledges.counts import Tally, tallies

_AT_ONCE = 200
_looked: dict[str, int] = {}


def look(now: datetime) -> int:
    """Tell each unit with somebody overdue, or with excuses that wait, once a week; how many were told."""
    # Counting a city takes a moment; once an hour is enough for what is told once a week.
    if not at_work(now) or _looked.get("hour") == int(now.timestamp() // 3600):
        return 0
    year, week, _ = timezone.localdate(now).isocalendar()
    prefix = f"pledges.{year}-{week:02d}."
    told = set(Message.objects.filter(key__startswith=prefix).values_list("unit_id", flat=True))
    lacking: dict[int, Tally] = {}
    for root in Unit.objects.filter(parent=None):
        for (unit_id,), tally in tallies(root, now, "unit_id").items():
            if (tally.overdue or tally.asked) and unit_id not in told:
                lacking[int(str(unit_id))] = tally
    units = Unit.objects.filter(pk__in=list(lacking)[:_AT_ONCE]).select_related("parent")
    for unit in units:
        _tell(unit, lacking[unit.pk], f"{prefix}{unit.pk}", now)
    if len(lacking) <= _AT_ONCE:
        _looked["hour"] = int(now.timestamp() // 3600)
    return len(units)


def _tell(unit: Unit, found: Tally, key: str, now: datetime) -> None:
    outbox.post(
        key, unit=unit, to=outbox.people_of(unit, Role.OFFICER, Role.KEEPER), word="desk_pledges.tell_week", now=now,
        link=f"/pledges/units/{unit.pk}/", missing=found.missing, overdue=found.overdue, asked=found.asked,
    )  # fmt: skip
