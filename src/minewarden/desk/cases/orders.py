"""断网通知单: what people do about an order to disconnect a device. The program never cuts anything off itself."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.history import held, move, remark
from minewarden.desk.cases.lifecycle import MEASURABLE, Duty, State, Verb
from minewarden.desk.cases.models import Case, Measure, Order
from minewarden.desk.cases.orders_table import OrderVerb, order_step
from minewarden.desk.org.models import Person
from minewarden.desk.org.parameters import in_force

CLEANED = ("clean", "reinstall")
DUTIES = {
    OrderVerb.DECLINE: Duty.APPROVE,
    OrderVerb.ORDER: Duty.HANDLE,
    OrderVerb.APPROVE: Duty.APPROVE,
    OrderVerb.EXECUTE: Duty.HANDLE,
    OrderVerb.ASK_BACK: Duty.HANDLE,
    OrderVerb.KEEP: Duty.APPROVE,
    OrderVerb.RESTORE: Duty.APPROVE,
}


@transaction.atomic
def order(case: Case, *, by: Person, now: datetime, reason: str) -> Order:
    """Order that the device be taken off the internet; it counts when a second person approves."""
    _reasoned(reason)
    # An order is asked about again, so that no device stays cut off because it was forgotten.
    review = now + timedelta(days=in_force(case.unit, now).number("order_review_days"))
    changes: dict[str, Any] = {"ordered_at": now, "ordered_by": by, "reason": reason, "review_at": review}
    return _move(case, OrderVerb.ORDER, by=by, now=now, note=reason, **changes)


@transaction.atomic
def decline(case: Case, *, by: Person, now: datetime, reason: str) -> Order:
    """Decide that the device need not be taken off, and say why."""
    _reasoned(reason)
    return _move(case, OrderVerb.DECLINE, by=by, now=now, note=reason)


@transaction.atomic
def approve(case: Case, *, by: Person, now: datetime) -> Order:
    """The second person lets the order go out to the network team."""
    if _of(case).ordered_by_id == by.pk:
        raise refusals.same_person()
    return _move(case, OrderVerb.APPROVE, by=by, now=now, approved_at=now, approved_by=by)


@transaction.atomic
def confirm_executed(case: Case, *, by: Person, now: datetime, executed_at: datetime) -> Order:
    """The network team has taken the device off, at the time that it says."""
    row = _of(case)
    if row.approved_at is None:
        raise refusals.already_decided()
    if not row.approved_at <= executed_at <= now:
        raise refusals.before_approval(row.approved_at, now)
    changes: dict[str, Any] = {"executed_at": executed_at, "confirmed_at": now, "confirmed_by": by}
    done = _move(case, OrderVerb.EXECUTE, by=by, now=now, **changes)
    # It is a measure like the others: the report tells of it, and nobody enters it a second time.
    if State(held(case).state) in MEASURABLE:
        move(held(case), Verb.RECORD_MEASURES, by=by, now=now, quietly=True)
        Measure.objects.create(case=case, kind="disconnect", done_at=executed_at, entered_at=now, by=by)
    return done


@transaction.atomic
def ask_back(case: Case, *, by: Person, now: datetime, reason: str) -> Order:
    """恢复申请: ask that the device be let on again; it must have been cleaned since it was taken off."""
    _reasoned(reason)
    row = _of(case)
    since = row.executed_at
    if since is None or not Measure.objects.filter(case=case, kind__in=CLEANED, done_at__gte=since).exists():
        raise refusals.not_cleaned()
    changes: dict[str, Any] = {"restore_asked_at": now, "restore_asked_by": by, "restore_reason": reason}
    return _move(case, OrderVerb.ASK_BACK, by=by, now=now, note=reason, **changes)


@transaction.atomic
def keep(case: Case, *, by: Person, now: datetime, reason: str) -> Order:
    """Do not let it on again yet, and say what is missing."""
    _reasoned(reason)
    return _move(case, OrderVerb.KEEP, by=by, now=now, note=reason)


@transaction.atomic
def restore(case: Case, *, by: Person, now: datetime) -> Order:
    """The second person lets the device on again."""
    if _of(case).restore_asked_by_id == by.pk:
        raise refusals.same_person()
    return _move(case, OrderVerb.RESTORE, by=by, now=now, restored_at=now, restored_by=by)


def _of(case: Case) -> Order:
    row = Order.objects.filter(case=case).first()
    if row is None:
        raise refusals.already_decided()
    return row


def _move(case: Case, verb: OrderVerb, *, by: Person, now: datetime, note: str = "", **changes: Any) -> Order:
    case = held(case)
    demand(by, DUTIES[verb], case.unit)
    row = _of(case)
    before, row.state = row.state, order_step(row.state, verb)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *changes])
    facts = {"was": before, "state": row.state, "executed_at": row.executed_at}
    remark(case, f"order-{verb}", by=by, now=now, note=note, facts=facts)
    return row


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise refusals.reason_missing()
