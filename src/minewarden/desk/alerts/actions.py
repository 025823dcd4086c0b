"""What people do about warnings: ask for one, release it, stop it; keep a text."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from minewarden.desk.alerts.bridge import planned, scope
from minewarden.desk.alerts.codes import AUDIENCES, WAYS, faults
from minewarden.desk.alerts.models import Alert, AlertText, AlertUnit
from minewarden.desk.audit.record import record
from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand, may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.parameters import in_force
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message

FASTEST = 600
"""Units a minute at most."""


@transaction.atomic
def ask(
    *, by: Person, now: datetime, unit: Unit, title: str, text: str, ways: Sequence[str], audience: str,
    kinds: Sequence[str], per_minute: int, cap: int, reason: str, keep_as: str = "",
) -> Alert:  # fmt: skip
    """Ask for a warning to a unit and all below it. `cap` is yuan. What it would cost is counted at once.

    Raises TransitionError, in words, for a text that may not go out, no way, or a cost above the cap.
    """
    demand(by, Duty.HANDLE, unit)
    for fault in faults(text):
        raise TransitionError(message(f"desk_alerts.refused_{fault}"))
    if not ways or not set(ways) <= set(WAYS) or audience not in AUDIENCES or not 0 < per_minute <= FASTEST:
        raise TransitionError(message("desk_alerts.refused_ways"))
    if not (title.strip() and reason.strip()):
        raise refusals.reason_missing()
    alert = Alert(
        unit=unit, title=title.strip(), text=text.strip(), ways=list(ways), audience=audience, kinds=list(kinds),
        per_minute=per_minute, price=in_force(unit, now).number("sms_price"), cap=cap * 100, asked_by=by, asked_at=now,
        reason=reason.strip(),
    )  # fmt: skip
    _counted(alert, now)
    alert.save()
    if keep_as.strip():
        AlertText.objects.create(unit=unit, name=keep_as.strip(), text=alert.text, made_at=now, by=by)
    facts = {"title": alert.title, "ways": alert.ways, "units": alert.planned_units, "sms": alert.planned_sms}
    record("alert.ask", by=by, obj=alert, after=facts | {"cap": alert.cap, "audience": audience})
    # Under another name than what goes out to the units, whose receipts are counted by theirs.
    outbox.post(
        f"alert-asked.{alert.pk}", unit=unit, to=outbox.people_of(unit, Role.APPROVER, but=by),
        word="desk_alerts.told_asked", now=now, link=f"/alerts/{alert.pk}/", number=alert.code,
    )  # fmt: skip
    return alert


@transaction.atomic
def release(alert: Alert, *, by: Person, now: datetime, note: str = "") -> Alert:
    """A second person lets it go out. The scope is what it is now, and the cost is counted again."""
    fresh = _pending(alert, by)
    _counted(fresh, now)
    units = scope(fresh.unit, fresh.kinds, now)
    AlertUnit.objects.bulk_create([AlertUnit(alert=fresh, unit=unit) for unit in units], batch_size=500)
    return _settle(fresh, Asked.Outcome.AGREED, "alert.release", by, now, note)


@transaction.atomic
def refuse(alert: Alert, *, by: Person, now: datetime, note: str) -> Alert:
    """The second person does not, and says why."""
    if not note.strip():
        raise refusals.reason_missing()
    return _settle(_pending(alert, by), Asked.Outcome.REFUSED, "alert.refuse", by, now, note)


@transaction.atomic
def stop(alert: Alert, *, by: Person, now: datetime, note: str) -> Alert:
    """Let no further unit be told; what is out is out. One person is enough."""
    fresh = Alert.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=alert.pk)
    if not any(may(by, duty, fresh.unit) for duty in (Duty.HANDLE, Duty.APPROVE)):
        raise PermissionDenied
    if fresh.standing != "running":
        raise refusals.already_decided()
    if not note.strip():
        raise refusals.reason_missing()
    fresh.stopped_at, fresh.stopped_by, fresh.stopped_why = now, by, note.strip()[:200]
    fresh.save(update_fields=["stopped_at", "stopped_by", "stopped_why"])
    record("alert.stop", by=by, obj=fresh, after={"note": fresh.stopped_why})
    return fresh


def _counted(alert: Alert, now: datetime) -> None:
    alert.planned_units, alert.planned_sms = planned(alert, now)
    if not alert.planned_units:
        raise TransitionError(message("desk_alerts.refused_nobody"))
    if (cost := alert.planned_sms * alert.price) > alert.cap:
        raise TransitionError(
            message("desk_alerts.refused_cap", cost=f"{cost / 100:.2f}", cap=f"{alert.cap / 100:.2f}")
        )


def _pending(alert: Alert, by: Person) -> Alert:
    fresh = Alert.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=alert.pk)
    demand(by, Duty.APPROVE, fresh.unit)
    if fresh.outcome != Asked.Outcome.PENDING:
        raise refusals.already_decided()
    if fresh.asked_by_id == by.pk:
        raise refusals.same_person()
    return fresh


def _settle(alert: Alert, outcome: Asked.Outcome, action: str, by: Person, now: datetime, note: str) -> Alert:
    alert.outcome, alert.decided_by, alert.decided_at, alert.decided_note = outcome, by, now, note.strip()
    alert.save()
    record(action, by=by, obj=alert, after={"title": alert.title, "units": alert.planned_units, "note": note.strip()})
    outbox.post(
        f"alert-decided.{alert.pk}", unit=alert.unit, to=[alert.asked_by], word="desk_alerts.told_decided", now=now,
        link=f"/alerts/{alert.pk}/", number=alert.code,
    )  # fmt: skip
    return alert
