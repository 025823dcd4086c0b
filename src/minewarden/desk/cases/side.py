"""Side roads: two cases that are one, a case that is handed on, and what was decided about a person."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from minewarden.desk.cases import followers, refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.history import held, move, remark
from minewarden.desk.cases.lifecycle import ENDED, Aside, Duty, State, Verb, aside
from minewarden.desk.cases.models import Accountability, Asked, Case, CaseNotice, Extension, Referral, Shift
from minewarden.desk.org.models import Person

OFFICES = ("police", "discipline", "cyberspace", "carrier", "other")
KINDS = ("education", "criticism", "notice", "discipline", "judicial", "none", "other")


@transaction.atomic
def merge(case: Case, into: Case, *, by: Person, now: datetime, reason: str) -> Case:
    """合并: both are one. The one that was received first goes on, since the earliest receipt drives the clocks; the
    other's notices join it, each with its own receipt, limit, extension and answer. Answers the one that goes on."""
    if case.pk == into.pk or case.unit_id != into.unit_id or not reason.strip():
        raise refusals.cannot_merge()
    # Always held in the same order, so that two people who merge both ways do not wait for each other.
    pair = {row.pk: held(row) for row in sorted((case, into), key=lambda row: row.pk)}
    stays, goes = sorted(pair.values(), key=lambda row: (row.receipt, row.pk))
    if State(goes.state) in ENDED or State(stays.state) in ENDED:
        raise refusals.cannot_merge()
    taken = [take_along(row, stays, by=by, now=now) for row in goes.joined.order_by("pk")]
    before = {"due48": stays.due48, "due72": stays.due72}
    if stays.find_clock.running and not stays.find_clock.extended:
        stays.due48 = min(stays.due48, goes.due48)
    if stays.report_clock.running and not stays.report_clock.extended:
        stays.due72 = min(stays.due72, goes.due72)
    stays.save(update_fields=["due48", "due72"])
    move(goes, Verb.MERGE, by=by, now=now, note=reason, merged_into=stays, stopped_at=now)
    followers.merged(goes, stays)
    facts = {"merged": goes.pk, "was": before, "due48": stays.due48, "due72": stays.due72}
    facts |= {"extended": {str(notice): untils for notice, untils in taken if untils}}
    remark(stays, "take-in", by=by, now=now, note=goes.number, facts=facts)
    return stays


def take_along(row: CaseNotice, stays: Case, *, by: Person, now: datetime) -> tuple[int, list[datetime]]:
    """A notice joins the case that goes on, with the time that was allowed for it, and with what was asked and nobody
    has answered yet. Answers its number and the ends that were allowed."""
    same = stays.joined.filter(notice_id=row.notice_id).first()
    mine: CaseNotice = same or CaseNotice.objects.create(
        case=stays, notice_id=row.notice_id, received_at=row.received_at, due48=row.due48, due72=row.due72,
        joined_at=now, joined_by=by,
    )  # fmt: skip
    allowed: list[datetime] = []
    for which in Extension.Which.values:
        for extension in row.extended(which):
            # The first stays where it was asked for: history is not written over.
            extension.pk, extension._state.adding = None, True
            extension.case, extension.joined = stays, mine
            extension.save()
            allowed.append(extension.until)
        for shift in row.shifted(which):
            if not Shift.objects.filter(joined=mine, outage=shift.outage_id, which=which).exists():
                shift.pk, shift._state.adding, shift.case, shift.joined = None, True, stays, mine
                shift.save()
                allowed.append(shift.until)
        waiting = row.case.extensions.filter(outcome=Asked.Outcome.PENDING, which=which)
        for asked in (
            waiting.filter(Q(joined=row) | Q(joined=None)) if row.drives(which) else waiting.filter(joined=row)
        ):
            asked.case, asked.joined = stays, mine
            asked.save(update_fields=["case", "joined"])
    return row.notice_id, allowed


@transaction.atomic
def refer(case: Case, *, by: Person, now: datetime, office: str, name: str, number: str, reason: str) -> Referral:
    """移送: note that the case was handed to another authority; our own part goes on."""
    case = held(case)
    demand(by, Duty.SUPERVISE, case.unit)
    aside(State(case.state), Aside.REFER)
    if office not in OFFICES or not (name.strip() and reason.strip()):
        raise refusals.reason_missing()
    row: Referral = Referral.objects.create(
        case=case, office=office, name=name.strip(), number=number.strip(), reason=reason, at=now, by=by
    )
    remark(case, "refer", by=by, now=now, note=reason, facts={"office": office, "name": row.name, "number": row.number})
    return row


@transaction.atomic
def record_accountability(
    case: Case, *, by: Person, now: datetime, person: str, kind: str, office: str, decided_on: date, text: str
) -> Accountability:
    """Write down what the competent office decided about a person. Restricted: neither log nor history says what."""
    case = held(case)
    demand(by, Duty.APPROVE, case.unit)
    if kind not in KINDS or not (person.strip() and office.strip() and text.strip()):
        raise refusals.reason_missing()
    if decided_on > now.astimezone().date():
        raise refusals.in_future(now)
    row: Accountability = Accountability.objects.create(
        case=case, version=case.accountability.count() + 1, person=person.strip(), kind=kind, office=office.strip(),
        decided_on=decided_on, text=text.strip(), entered_at=now, by=by,
    )  # fmt: skip
    remark(case, "accountability", by=by, now=now, facts={"version": row.version})
    return row


@transaction.atomic
def open_restricted(case: Case, *, by: Person, now: datetime, reason: str) -> None:
    """Note that somebody looked at what is restricted, and why."""
    case = held(case)
    demand(by, Duty.APPROVE, case.unit)
    if not reason.strip():
        raise refusals.reason_missing()
    remark(case, "open-restricted", by=by, now=now, note=reason)
