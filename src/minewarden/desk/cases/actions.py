"""What people do to a case: every act is one transaction with one audit record; `now` is the server's time."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from minewarden.desk.cases import followers, refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.followup import note_recurrence, plan_rechecks
from minewarden.desk.cases.history import held, move, remark
from minewarden.desk.cases.lifecycle import Duty, State, Verb, step
from minewarden.desk.cases.models import CandidateCopy, Case, Decision, Measure
from minewarden.desk.ledger.directory import has_left
from minewarden.desk.org.models import Person
from minewarden.vocab.net import canonical_mac

DEVICE_FIELDS = ("device_name", "device_serial", "device_mac", "device_ip", "device_place")


@transaction.atomic
def sign_for(case: Case, *, by: Person, now: datetime, along: bool = True) -> Case:
    """签收: the unit has read it. The clock has been running since the receipt.

    along: the notices that the case came with are signed for too, so that nobody signs for one paper twice.
    """
    # Before the case is held, for whoever signs on the page of a notice holds the notice first, then its cases.
    if along and State(case.state) is State.DELIVERED and followers.signed(case, by=by, now=now):
        fresh = held(case)
        if State(fresh.state) is State.SIGNED:
            return fresh
    return move(held(case), Verb.SIGN, by=by, now=now, signed_at=now)


@transaction.atomic
def start(case: Case, *, by: Person, now: datetime) -> Case:
    """Begin to investigate."""
    return move(held(case), Verb.START, by=by, now=now)


@transaction.atomic
def return_not_ours(case: Case, *, by: Person, now: datetime, reason: str, quietly: bool = False) -> Case:
    """非本单位: the clock stops and is held against nobody; the superior finds the right unit."""
    _reasoned(reason)
    changes = {"stopped_at": now, "conclusion": Case.Conclusion.NOT_OURS.value}
    return move(held(case), Verb.RETURN_NOT_OURS, by=by, now=now, note=reason, quietly=quietly, **changes)


@transaction.atomic
def choose_candidate(case: Case, candidate: CandidateCopy, *, by: Person, now: datetime, reason: str) -> CandidateCopy:
    """A person says which of several devices it was, and how he knows. The program never does."""
    _reasoned(reason)
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if State(case.state) not in (State.SIGNED, State.INVESTIGATING):
        raise refusals.already_decided()
    chosen = case.candidates.select_for_update(no_key=True).get(pk=candidate.pk)
    case.candidates.filter(chosen_at__isnull=False).update(chosen_at=None, chosen_by=None, chosen_reason="")
    chosen.chosen_at, chosen.chosen_by, chosen.chosen_reason = now, by, reason
    chosen.save(update_fields=["chosen_at", "chosen_by", "chosen_reason"])
    facts = {"candidate": chosen.position, "of": case.candidates.count()}
    remark(case, "choose-candidate", by=by, now=now, note=reason, facts=facts)
    return chosen


@transaction.atomic
def lock(
    case: Case, *, by: Person, now: datetime, device: dict[str, str], responsible_name: str, responsible_post: str
) -> Case:
    """锁定: a device that can be found again, its place, and a named person in office who answers for it.

    `device` has the keys of DEVICE_FIELDS. Raises TransitionError where more than one candidate stands and nobody has
    said which one it was, and where the MAC is none: a device that comes back is known again by it.
    """
    case = held(case)
    device = {name: device.get(name, "").strip() for name in DEVICE_FIELDS}
    if device["device_mac"]:
        device["device_mac"] = _mac(device["device_mac"])
    known = device["device_serial"] or device["device_mac"] or device["device_ip"]
    if not (known and device["device_place"] and responsible_name.strip()):
        raise refusals.device_incomplete()
    _nothing_pending(case)
    if has_left(case.unit, responsible_name, timezone.localdate(now)):
        raise refusals.person_left()
    if case.candidates.count() > 1 and not case.candidates.filter(chosen_at__isnull=False).exists():
        raise refusals.several_candidates()
    changes: dict[str, Any] = dict(device)
    changes |= {"responsible_name": responsible_name.strip(), "responsible_post": responsible_post.strip()}
    changes |= {"locked_at": now, "concluded_at": now, "conclusion": Case.Conclusion.TRUE.value}
    case = move(case, Verb.LOCK, by=by, now=now, **changes)
    note_recurrence(case, now)
    return case


@transaction.atomic
def record_measure(case: Case, *, by: Person, now: datetime, kind: str, done_at: datetime, note: str = "") -> Measure:
    """Note what was done on the device or the network. `done_at` is what the person says, `entered_at` what we saw."""
    case = held(case)
    if done_at > now:
        raise refusals.in_future(now)
    if kind not in Measure.KINDS:
        raise refusals.reason_missing()
    begun = case.first_seen
    if begun is not None and done_at < begun and kind not in Measure.GENERAL and not note.strip():
        raise refusals.before_the_activity(begun)
    move(case, Verb.RECORD_MEASURES, by=by, now=now, note=note)
    measure: Measure = Measure.objects.create(case=case, kind=kind, done_at=done_at, note=note, entered_at=now, by=by)
    return measure


@transaction.atomic
def submit_report(case: Case, *, by: Person, now: datetime, note: str = "") -> Case:
    """Hand the report to the unit's approver. Open proposals must be decided first: a report says what was decided."""
    case = held(case)
    _nothing_pending(case)
    return move(case, Verb.SUBMIT_REPORT, by=by, now=now, note=note, submitted_at=now, submitted_by=by)


@transaction.atomic
def approve_report(case: Case, *, by: Person, now: datetime) -> Case:
    """The approver, who is not the one that submitted it, hands the report up; this stops the 72-hour clock."""
    case = held(case)
    if case.submitted_by_id == by.pk:
        raise refusals.same_person()
    # A report that came back and is handed up again does not become later than it first was.
    return move(case, Verb.APPROVE_REPORT, by=by, now=now, reported_at=case.reported_at or now)


@transaction.atomic
def send_back_report(case: Case, *, by: Person, now: datetime, reason: str) -> Case:
    """The approver wants it changed."""
    _reasoned(reason)
    return move(held(case), Verb.SEND_BACK_REPORT, by=by, now=now, note=reason)


@transaction.atomic
def receive(case: Case, *, by: Person, now: datetime) -> Case:
    """The superior office has received the report."""
    return move(held(case), Verb.RECEIVE, by=by, now=now)


@transaction.atomic
def return_for_more(case: Case, *, by: Person, now: datetime, reason: str) -> Case:
    """退回补充: the superior office asks for more."""
    _reasoned(reason)
    return move(held(case), Verb.RETURN, by=by, now=now, note=reason)


@transaction.atomic
def close(case: Case, *, by: Person, now: datetime) -> Case:
    """办结（销号）. Re-checks after 7, 30 and 90 days follow."""
    case = move(held(case), Verb.CLOSE, by=by, now=now, closed_at=now)
    plan_rechecks(case, now)
    return case


@transaction.atomic
def watch(case: Case, *, by: Person, now: datetime) -> Case:
    """Begin the re-checks."""
    return move(held(case), Verb.WATCH, by=by, now=now)


@transaction.atomic
def declare_stable(case: Case, *, by: Person, now: datetime, reason: str) -> Case:
    """The re-checks found nothing new: all of them are done, and none has found anything."""
    _reasoned(reason)
    case = held(case)
    step(State(case.state), Verb.DECLARE_STABLE)
    rechecks = case.tasks.filter(kind__startswith="recheck")
    if still := list(rechecks.filter(done_at=None).order_by("due_at")):
        raise refusals.rechecks_open(len(still), still[-1].due_at)
    if rechecks.filter(result="found").exists():
        raise refusals.found_again()
    return move(case, Verb.DECLARE_STABLE, by=by, now=now, note=reason)


@transaction.atomic
def declare_recurred(case: Case, *, by: Person, now: datetime, reason: str) -> Case:
    """The device mines again; a new case follows, linked to this one."""
    _reasoned(reason)
    return move(held(case), Verb.DECLARE_RECURRED, by=by, now=now, note=reason)


@transaction.atomic
def withdraw(case: Case, *, by: Person, now: datetime, reason: str, quietly: bool = False) -> Case:
    """撤回: the sender took the notice back; the clocks stop and nothing is counted."""
    _reasoned(reason)
    return move(held(case), Verb.WITHDRAW, by=by, now=now, note=reason, quietly=quietly, stopped_at=now)


@transaction.atomic
def unmask(case: Case, *, by: Person, now: datetime, reason: str) -> None:
    """Note that somebody looked at the account, the login, the MAC and the person in full, and why."""
    _reasoned(reason)
    remark(held(case), "unmask", by=by, now=now, note=reason)


def _mac(text: str) -> str:
    try:
        return canonical_mac(text)
    except ValueError:
        raise refusals.not_a_mac(text) from None


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise refusals.reason_missing()


def _nothing_pending(case: Case) -> None:
    if case.decisions.filter(outcome=Decision.Outcome.PENDING).exists():
        raise refusals.already_asked()
