"""What an officer decides about a lead or a notice; nothing becomes a case by itself."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.cases import followers, refusals
from minewarden.desk.cases.access import demand, may
from minewarden.desk.cases.clocks import Due
from minewarden.desk.cases.history import held, remark
from minewarden.desk.cases.lifecycle import Duty, State
from minewarden.desk.cases.models import Case, CaseNotice, Lead, Notice
from minewarden.desk.cases.opening import Limits as Limits
from minewarden.desk.cases.opening import due_of, facts_of, join, new_case, remember_opening, tell_opening
from minewarden.desk.cases.receipts import count_from
from minewarden.desk.org.models import Person, Unit

DISMISS_REASONS = ("security-product", "resolver", "research", "shared-address", "duplicate", "too-weak", "other")


@transaction.atomic
def open_case(
    lead: Lead, *, by: Person, now: datetime, unit: Unit, reason: str = "", notice: Notice | None = None
) -> Case:
    """Make a case of a lead, for the unit that answers for it. The receipt is this moment, when the unit can see it;
    where the unit itself received a notice about it earlier, that one counts."""
    lead = _held_lead(lead)
    _charged(lead, by)
    demand(by, Duty.HANDLE, unit)
    if unit.pk != lead.unit_id and not reason.strip():
        raise refusals.reason_missing()
    case = new_case(facts_of(lead), lead=lead, unit=unit, by=by, now=now, notice=notice)
    lead.status, lead.unit = Lead.Status.CASE, unit
    lead.save(update_fields=["status", "unit"])
    remember_opening(case, by=by, now=now, note=reason)
    tell_opening(case, now=now)
    if notice is not None:
        join(case, notice, by=by, now=now)
    return case


@transaction.atomic
def redispatch(case: Case, *, by: Person, now: datetime, unit: Unit, reason: str) -> Case:
    """Give what a unit returned to the right one, whose clock starts now; the old case stays readable.

    Answers the case that follows. What came by a notice goes along with its lines; where the right unit has still to be
    reached, its case is opened then, and the old one is answered.
    """
    case = held(case)
    if State(case.state) is not State.NOT_OURS or case.following.exists():
        raise refusals.already_decided()
    demand(by, Duty.SUPERVISE, case.unit)
    demand(by, Duty.HANDLE, unit)
    if not reason.strip() or unit.pk == case.unit_id:
        raise refusals.reason_missing()
    if followers.handed_on(case, unit=unit, by=by, now=now, reason=reason):
        return case.following.first() or case
    following = new_case(facts_of(case), lead=case.lead, unit=unit, by=by, now=now, previous=case, origin=case.origin)
    if case.lead_id is not None:
        Lead.objects.filter(pk=case.lead_id).update(unit=unit)
    remember_opening(following, by=by, now=now, note=reason)
    tell_opening(following, now=now)
    for joined in case.joined.select_related("notice"):
        join(following, joined.notice, by=by, now=now)
    return following


@transaction.atomic
def dismiss(lead: Lead, *, by: Person, now: datetime, reason: str, note: str) -> Lead:
    """误报 or too weak: put a lead aside, with a reason code and words. It can be taken up again."""
    lead = _held_lead(lead)
    _charged(lead, by)
    if reason not in DISMISS_REASONS or not note.strip():
        raise refusals.reason_missing()
    lead.status, lead.dismissed_at, lead.dismissed_by = Lead.Status.DISMISSED, now, by
    lead.dismissed_reason, lead.dismissed_note = reason, note.strip()
    lead.save(update_fields=["status", "dismissed_at", "dismissed_by", "dismissed_reason", "dismissed_note"])
    record("lead.dismiss", by=by, obj=lead, after={"reason": reason, "note": note.strip()})
    return lead


@transaction.atomic
def take_up(lead: Lead, *, by: Person, now: datetime, reason: str) -> Lead:
    """Take a dismissed lead up again."""
    lead = Lead.objects.select_for_update(of=("self",), no_key=True).get(pk=lead.pk)
    if lead.status != Lead.Status.DISMISSED:
        raise refusals.lead_settled()
    _charged(lead, by)
    if not reason.strip():
        raise refusals.reason_missing()
    before = {"reason": lead.dismissed_reason, "note": lead.dismissed_note, "at": lead.dismissed_at}
    lead.status, lead.dismissed_at, lead.dismissed_by = Lead.Status.OPEN, None, None
    lead.dismissed_reason, lead.dismissed_note = "", ""
    lead.save(update_fields=["status", "dismissed_at", "dismissed_by", "dismissed_reason", "dismissed_note"])
    record("lead.take-up", by=by, obj=lead, before=before, after={"note": reason, "at": now})
    return lead


@transaction.atomic
def enter_notice(
    *, by: Person, now: datetime, unit: Unit, received_at: datetime, source: str, number: str, text: str, limits: Limits
) -> Notice:
    """Write down what was received, and when; both the receipt and the moment of entry stay."""
    demand(by, Duty.HANDLE, unit)
    if received_at > now:
        raise refusals.in_future(now)
    due_of(received_at, limits)
    notice: Notice = Notice.objects.create(
        unit=unit, received_at=received_at, source=source, number=number, text=text,
        find_limit=limits.find, report_limit=limits.report, entered_at=now, entered_by=by,
    )  # fmt: skip
    record("notice.enter", by=by, obj=notice, after={"received_at": received_at, "source": source, "number": number})
    return notice


@transaction.atomic
def join_notice(
    case: Case, notice: Notice, *, by: Person, now: datetime, received_at: datetime | None = None
) -> CaseNotice:
    """Join a notice to a case that runs already. Its clock is its own; what was locked before it came took no time.

    Where the unit had received it before the case (补录), the clocks of the case count from then. `received_at` is
    the receipt by this unit where it was handed on to it; else the notice's own where the unit received it itself,
    or `now`.
    """
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if case.joined.filter(notice=notice).exists():
        raise refusals.already_decided()
    joined = join(case, notice, by=by, now=now, received_at=received_at)
    remark(case, "join-notice", by=by, now=now, note=str(notice), facts={"notice": notice.pk})
    due = Due(joined.due48, joined.due72)
    count_from(case, joined.received_at, by=by, now=now, way="notice", reason=str(notice), notice=notice, due=due)
    return joined


def _held_lead(lead: Lead) -> Lead:
    fresh = (
        Lead.objects.select_for_update(of=("self",), no_key=True).select_related("evidence", "keeper").get(pk=lead.pk)
    )
    if fresh.status != Lead.Status.OPEN:
        raise refusals.lead_settled()
    return fresh


def _charged(lead: Lead, by: Person) -> None:
    """An officer of the keeper, or of the unit that the lead is proposed for."""
    if not any(unit is not None and may(by, Duty.HANDLE, unit) for unit in (lead.unit, lead.keeper)):
        raise PermissionDenied
