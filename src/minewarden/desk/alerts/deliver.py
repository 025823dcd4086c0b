"""Have released warnings go out, unit by unit, at their pace, by day. A worker may be killed at any point.

A unit is told in one transaction: its messages, its deliveries and the mark that it was told stand together or not at
all, and the key of the message lets none be posted twice. What goes over a wire is the outbox' work as always.
"""

from datetime import datetime, timedelta

from django.db import transaction

from minewarden.desk.alerts.bridge import reached, sends_sms
from minewarden.desk.alerts.codes import parts
from minewarden.desk.alerts.models import Alert, AlertUnit
from minewarden.desk.audit.record import record
from minewarden.desk.cases.models import Asked
from minewarden.desk.kit.words import chinese
from minewarden.desk.notify import outbox
from minewarden.desk.notify.quiet import earliest
from minewarden.desk.org.parameters import in_force

_MINUTE = timedelta(minutes=1)


def look(now: datetime) -> int:
    """Tell the units whose turn it is; how many. Asked again within the minute it keeps the pace."""
    running = Alert.objects.filter(outcome=Asked.Outcome.AGREED, finished_at=None, stopped_at=None)
    return sum(_go_on(alert, now) for alert in running.select_related("unit"))


def _go_on(alert: Alert, now: datetime) -> int:
    quiet = in_force(alert.unit, now)
    if earliest(now, urgent=False, evening=quiet.time("quiet_from"), morning=quiet.time("quiet_until")) > now:
        return 0
    lately = alert.units.filter(told_at__gt=now - _MINUTE).count()
    turn = list(alert.units.filter(told_at=None).values_list("pk", flat=True)[: max(alert.per_minute - lately, 0)])
    done = 0
    for number in turn:
        if not _tell(number, now):
            return done
        done += 1
    if not alert.units.filter(told_at=None).exists():
        Alert.objects.filter(pk=alert.pk, finished_at=None).update(finished_at=now)
    return done


@transaction.atomic
def _tell(number: int, now: datetime) -> bool:
    """Tell one unit; False where nothing further may go out."""
    row = AlertUnit.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=number)
    alert = Alert.objects.select_for_update(of=("self",), no_key=True).get(pk=row.alert_id)
    if row.told_at is not None or alert.standing != "running":
        return alert.standing == "running"
    who = reached(alert, row.unit, now)
    sms = who.sms(sends=sends_sms(alert, row.unit)) * parts(alert.text)
    if alert.spent + sms * alert.price > alert.cap:
        # More people came into the scope than were counted: a person has to look at it again.
        alert.stopped_at, alert.stopped_why = now, chinese("desk_alerts.stopped_cap")
        alert.save(update_fields=["stopped_at", "stopped_why"])
        record("alert.cap", by=None, obj=alert, after={"spent": alert.spent, "cap": alert.cap})
        return False
    outbox.spread(
        f"alert.{alert.pk}.{row.unit_id}", unit=row.unit, to=who.people, numbers=who.numbers, text=alert.text, now=now,
        kinds=frozenset(alert.ways), inbox="inbox" in alert.ways,
    )  # fmt: skip
    row.told_at, row.people, row.sms = now, len(who.people) + len(who.numbers), sms
    row.save(update_fields=["told_at", "people", "sms"])
    alert.spent += sms * alert.price
    alert.save(update_fields=["spent"])
    return True
