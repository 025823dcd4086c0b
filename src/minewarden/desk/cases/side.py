"""Side roads: two cases that are one, a case that is handed on, and what was decided about a person."""

from datetime import date, datetime

from django.db import transaction

from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.history import held, move, remark
from minewarden.desk.cases.lifecycle import ENDED, Aside, Duty, State, Verb, aside
from minewarden.desk.cases.models import Accountability, Case, CaseNotice, Referral
from minewarden.desk.org.models import Person

OFFICES = ("police", "discipline", "cyberspace", "carrier", "other")
KINDS = ("education", "criticism", "notice", "discipline", "judicial", "none", "other")


@transaction.atomic
def merge(case: Case, into: Case, *, by: Person, now: datetime, reason: str) -> Case:
    """合并: both are one. The one that was received first goes on, since the earliest receipt drives the clocks; the
    other's notices join it, each with its own receipt, limit and answer. Answers the one that goes on."""
    if case.pk == into.pk or case.unit_id != into.unit_id or not reason.strip():
        raise refusals.cannot_merge()
    # Always held in the same order, so that two people who merge both ways do not wait for each other.
    pair = {row.pk: held(row) for row in sorted((case, into), key=lambda row: row.pk)}
    stays, goes = sorted(pair.values(), key=lambda row: (row.received_at, row.pk))
    if State(goes.state) in ENDED or State(stays.state) in ENDED:
        raise refusals.cannot_merge()
    for row in goes.joined.order_by("pk"):
        if not stays.joined.filter(notice_id=row.notice_id).exists():
            CaseNotice.objects.create(
                case=stays, notice_id=row.notice_id, received_at=row.received_at, due48=row.due48, due72=row.due72,
                joined_at=now, joined_by=by,
            )  # fmt: skip
    before = {"due48": stays.due48, "due72": stays.due72}
    if stays.find_clock.running and not stays.find_clock.extended:
        stays.due48 = min(stays.due48, goes.due48)
    if stays.report_clock.running and not stays.report_clock.extended:
        stays.due72 = min(stays.due72, goes.due72)
    stays.save(update_fields=["due48", "due72"])
    move(goes, Verb.MERGE, by=by, now=now, note=reason, merged_into=stays, stopped_at=now)
    facts = {"merged": goes.pk, "was": before, "due48": stays.due48, "due72": stays.due72}
    remark(stays, "take-in", by=by, now=now, note=goes.number, facts=facts)
    return stays


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
        raise refusals.not_in_time()
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
