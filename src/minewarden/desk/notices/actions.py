"""What people do to assignments: sign, tell by telephone, return, relay, hand out anew, withdraw, answer the sender.

Each is one transaction with its record; the cases move with it through their own actions.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.cases import actions as cases
from minewarden.desk.cases.access import demand, may
from minewarden.desk.cases.clocks import Due, counted_from
from minewarden.desk.cases.history import held as held_case
from minewarden.desk.cases.lifecycle import BEFORE_LOCK, ENDED, Duty
from minewarden.desk.cases.lifecycle import State as CaseState
from minewarden.desk.cases.models import Case
from minewarden.desk.cases.receipts import count_from
from minewarden.desk.notices.lifecycle import State, Verb, step
from minewarden.desk.notices.models import Assignment, Line, Received, Share
from minewarden.desk.notices.opening import deliver, hand_out, outside
from minewarden.desk.notify.outbox import people_above, people_of, post
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


@transaction.atomic
def sign(assignment: Assignment, *, by: Person, now: datetime) -> Assignment:
    """签收. Where nobody could be told before, the receipt is this moment."""
    held = _held(assignment)
    demand(by, Duty.HANDLE, held.unit)
    target = step(State(held.state), Verb.SIGN)
    held.signed_at, held.signed_by = now, by
    if held.received_at is None:
        reached = outside(held)
        receipt = "channel" if reached is not None else "sign"
        deliver(held, by=by, now=now, received_at=reached or now, receipt=receipt, state=target)
    else:
        held.state = target.value
        held.save()
    for case in _cases(held):
        if CaseState(case.state) is CaseState.DELIVERED:
            cases.sign_for(case, by=by, now=now, along=False)
    record("notice.sign", by=by, obj=held, after={"signed_at": now})
    return held


def sign_along(case: Case, *, by: Person, now: datetime) -> bool:
    """Sign for the notices by which a case came to its unit, and so for the case: whoever read one line has read the
    notice. False where none waits for a signature."""
    mine = Assignment.objects.filter(shares__case=case, shares__ended="", unit=case.unit, state=State.DELIVERED.value)
    waiting = list(mine.distinct().order_by("pk"))
    for assignment in waiting:
        sign(assignment, by=by, now=now)
    return bool(waiting)


@transaction.atomic
def tell(assignment: Assignment, *, by: Person, now: datetime, called_at: datetime, note: str) -> Assignment:
    """电话告知: the unit was reached by telephone, which is its receipt where no account could take it. `note` says who
    answered, by the post, not the name."""
    held = _held(assignment)
    demand(by, Duty.SUPERVISE, held.unit)
    target = step(State(held.state), Verb.TELL)
    if not held.dispatched_at <= called_at <= now:
        raise TransitionError(message("desk_notices.call_time"))
    reached = outside(held)
    if reached is not None and reached <= called_at:
        deliver(held, by=by, now=now, received_at=reached, receipt="channel", state=target)
    else:
        deliver(held, by=by, now=now, received_at=called_at, receipt="call", state=target, note=note[:200])
    return held


@transaction.atomic
def tell_earlier(assignment: Assignment, *, by: Person, now: datetime, told_at: datetime, note: str) -> Assignment:
    """补录: the unit had learnt of it, by whatever way, before the desk delivered it; the earliest receipt counts.

    What the desk saw stays beside it, and the cases of the notice count from then as well. `note` says how and by whom
    it was told, by the post, not the name. Raises TransitionError for a time that is not earlier, or without a note.
    """
    _reasoned(note)
    held = _held(assignment)
    if not (may(by, Duty.SUPERVISE, held.unit) or may(by, Duty.HANDLE, held.unit)):
        raise PermissionDenied
    if not held.running or held.receipt_at is None or told_at >= held.receipt_at:
        raise TransitionError(message("desk_notices.not_earlier"))
    original = Due(held.told48 or held.due48 or now, held.told72 or held.due72 or now)
    was = held.receipt_at
    moved, _ = counted_from(told_at, original, original)
    held.told_at, held.told48, held.told72, held.told_note = told_at, moved.find, moved.report, note.strip()[:200]
    held.told_by, held.told_entered_at = by, now
    held.save()
    before = {"receipt": was, "due48": original.find, "due72": original.report}
    facts = {"told_at": told_at, "due48": moved.find, "due72": moved.report, "note": note.strip(), "at": now}
    record("notice.tell-earlier", by=by, obj=held, before=before, after=facts)
    for case in _cases(held):
        count_from(held_case(case), told_at, by=by, now=now, way="call", reason=note.strip())
    return held


@transaction.atomic
def give_back(
    assignment: Assignment, *, by: Person, now: datetime, reason: str, lines: Sequence[Line] | None = None
) -> Assignment:
    """非本单位: the unit's clock stops and is held against nobody; whoever sent it finds the right unit.

    Without `lines` all that still stand are returned. Raises TransitionError without a reason, or for a line whose
    device was locked already.
    """
    _reasoned(reason)
    held = _held(assignment)
    demand(by, Duty.HANDLE, held.unit)
    shares = _standing(held, lines)
    for case in {share.case for share in shares if share.case}:
        _stop(case, held, by=by, now=now, reason=reason)
    _end(held, shares, "returned", Verb.RETURN, by=by, now=now, note=reason)
    _tell_sender(held, "desk_notices.told_return", now=now)
    return held


@transaction.atomic
def relay(
    assignment: Assignment, *, by: Person, now: datetime, unit: Unit, reason: str, lines: Sequence[Line] | None = None
) -> Assignment:
    """转办: a unit hands lines on to one below it, whose clock starts at its own receipt; the time that the hop took
    stays visible. Raises TransitionError."""
    _reasoned(reason)
    held = _held(assignment)
    demand(by, Duty.HANDLE, held.unit)
    demand(by, Duty.HANDLE, unit)
    if unit.pk == held.unit_id or not held.unit.contains(unit):
        raise TransitionError(message("desk_notices.not_a_lower_unit"))
    shares = _standing(held, lines)
    for case in {share.case for share in shares if share.case}:
        _stop(case, held, by=by, now=now, reason=reason)
    _end(held, shares, "relayed", Verb.RELAY, by=by, now=now, note=reason)
    return _onward(held, shares, unit=unit, sender=held.unit, by=by, now=now, kind="relay", reason=reason)


@transaction.atomic
def hand_out_anew(line: Line, *, by: Person, now: datetime, unit: Unit, reason: str) -> Assignment:
    """改派: what came back as not that unit's, or never left the office, goes to the right one; its clock starts now.

    By the office, or by the unit that had relayed it, to another one below itself. Raises TransitionError without a
    reason, for a line that somebody answers for, or one that was withdrawn.
    """
    _reasoned(reason)
    line = Line.objects.select_for_update(no_key=True, of=("self",)).select_related("received__office").get(pk=line.pk)
    received = line.received
    if received.state != Received.State.CONFIRMED or line.state == Line.State.WITHDRAWN:
        raise TransitionError(message("desk_notices.illegal"))
    last = _last_of(line)
    if last is None:
        demand(by, Duty.HANDLE, received.office)
        demand(by, Duty.HANDLE, unit)
        return hand_out(received, unit=unit, sender=received.office, lines=[(line, None)], by=by, now=now, note=reason)
    return _anew([last], unit=unit, by=by, now=now, reason=reason)


def hand_on(case: Case, *, unit: Unit, by: Person, now: datetime, reason: str) -> bool:
    """What a unit said on the page of a case is not its own goes to the right one with the lines of all its notices;
    False where the case answers none. Raises TransitionError where they are with another unit already."""
    lines = list(Line.objects.filter(shares__case=case).exclude(state=Line.State.WITHDRAWN).distinct())
    came = [last for line in lines if (last := _last_of(line)) is not None and last.case_id == case.pk]
    if lines and not came:
        raise TransitionError(message("desk_notices.not_returned"))
    groups: dict[int, list[Share]] = {}
    for share in came:
        groups.setdefault(share.assignment_id, []).append(share)
    for shares in groups.values():
        # The first carries the case on; lines of other notices join what it became.
        _anew(shares, unit=unit, by=by, now=now, reason=reason, into=case.following.first())
    return bool(groups)


def _last_of(line: Line) -> Share | None:
    shares = line.shares.select_related("assignment", "assignment__unit", "assignment__sender", "case", "line")
    return shares.filter(beside=False).order_by("-pk").first()


def _anew(
    shares: Sequence[Share], *, unit: Unit, by: Person, now: datetime, reason: str, into: Case | None = None
) -> Assignment:
    """Hand lines of one assignment that came back to another unit: by the office, or by a unit above the one that had
    them, to another below itself."""
    held = _held(shares[0].assignment)
    office = held.received.office
    above = Unit.objects.filter(pk__in=held.unit.ancestor_ids()).exclude(pk=unit.pk).order_by("-path")
    those = [one for one in (office, *above) if one.contains(unit) and may(by, Duty.HANDLE, one)]
    if not those:
        raise PermissionDenied
    sender = those[0]
    for share in shares:
        standing = list(share.line.shares.filter(ended="").select_related("case", "line"))
        if standing and all(one.case and CaseState(one.case.state) is CaseState.NOT_OURS for one in standing):
            # The unit said so on the page of the case.
            _end(held, standing, "returned", Verb.RETURN, by=by, now=now, note=reason)
        share.refresh_from_db()
        if share.ended != "returned" or unit.pk == held.unit_id:
            raise TransitionError(message("desk_notices.not_returned"))
    return _onward(held, shares, unit=unit, sender=sender, by=by, now=now, kind="redispatch", reason=reason, into=into)


@transaction.atomic
def withdraw(received: Received, *, by: Person, now: datetime, reason: str, lines: Sequence[Line]) -> int:
    """撤回: the sender takes lines back. Assignments that are left without any are closed and counted nowhere; a case
    goes on where another notice or line still rests on it. How many lines were withdrawn."""
    _reasoned(reason)
    received = (
        Received.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=received.pk)
    )
    demand(by, Duty.HANDLE, received.office)
    wanted = Line.objects.filter(received=received, pk__in=[line.pk for line in lines])
    rows = list(wanted.exclude(state=Line.State.WITHDRAWN))
    shares = list(Share.objects.filter(line__in=rows, ended="").select_related("assignment", "case", "case__unit"))
    Line.objects.filter(pk__in=[line.pk for line in rows]).update(state=Line.State.WITHDRAWN)
    by_assignment: dict[int, list[Share]] = {}
    for share in shares:
        by_assignment.setdefault(share.assignment_id, []).append(share)
    for group in by_assignment.values():
        held = _held(group[0].assignment)
        _end(held, group, "withdrawn", Verb.WITHDRAW, by=by, now=now, note=reason)
        _tell_unit(held, len({share.line_id for share in group}), now=now)
    for case in {share.case for share in shares if share.case}:
        alone = case.joined.exclude(notice=received.notice).first() is None
        if alone and not case.shares.filter(ended="").exists() and CaseState(case.state) not in ENDED:
            cases.withdraw(case, by=by, now=now, reason=reason, quietly=True)
    record("notice.withdraw", by=by, obj=received, after={"lines": [line.pk for line in rows], "reason": reason})
    return len(rows)


@transaction.atomic
def reply(received: Received, *, by: Person, now: datetime, note: str) -> Received:
    """答复已送出: each notice has a reply of its own, whatever cases it shares with others."""
    demand(by, Duty.HANDLE, received.office)
    held = Received.objects.select_for_update(no_key=True, of=("self",)).get(pk=received.pk)
    if held.state != Received.State.CONFIRMED or held.replied_at is not None:
        raise TransitionError(message("desk_notices.illegal"))
    held.replied_at, held.replied_by, held.reply_note = now, by, note.strip()
    held.save(update_fields=["replied_at", "replied_by", "reply_note"])
    record("notice.reply", by=by, obj=held, after={"note": note.strip(), "at": now})
    return held


@transaction.atomic
def note_export(received: Received, *, by: Person, now: datetime, what: str) -> None:
    """Somebody took a file out: the answer with its people, or the original."""
    record(f"notice.{what}", by=by, obj=received, after={"at": now, "sha256": received.original.sha256})


def _onward(
    held: Assignment,
    shares: Sequence[Share],
    *,
    unit: Unit,
    sender: Unit,
    by: Person,
    now: datetime,
    kind: str,
    reason: str,
    into: Case | None = None,
) -> Assignment:
    """The next assignment; of several shares of one case, one carries it on. `into`: a case that all lines join."""
    # As they stand now: they may have been stopped a moment ago.
    cases_now = Case.objects.in_bulk({share.case_id for share in shares if share.case_id})
    following = {pk: case for pk, case in cases_now.items() if _may_follow(case)}
    lines = [(share.line, following.pop(share.case_id or 0, None)) for share in shares if not share.beside]
    Line.objects.filter(pk__in=[line.pk for line, _ in lines]).update(merge=into, join=into is not None)
    return hand_out(
        held.received, unit=unit, sender=sender, lines=lines, by=by, now=now, kind=kind, parent=held, note=reason
    )


def _may_follow(case: Case) -> bool:
    return CaseState(case.state) is CaseState.NOT_OURS and not case.following.exists()


def _stop(case: Case, held: Assignment, *, by: Person, now: datetime, reason: str) -> None:
    """Stop the case of a unit that it does not belong to; one that other notices rest on goes on for them."""
    if CaseState(case.state) is CaseState.NOT_OURS or case.joined.exclude(notice=held.received.notice).exists():
        return
    if CaseState(case.state) not in BEFORE_LOCK:
        raise TransitionError(message("desk_notices.locked_already"))
    cases.return_not_ours(case, by=by, now=now, reason=reason, quietly=True)


def _end(
    held: Assignment, shares: Sequence[Share], how: str, verb: Verb, *, by: Person, now: datetime, note: str
) -> None:
    target = step(State(held.state), verb)
    Share.objects.filter(pk__in=[share.pk for share in shares]).update(ended=how, ended_at=now, ended_note=note)
    if not held.shares.filter(ended="").exists():
        held.state, held.stopped_at = target.value, now
        held.save()
    facts = {"lines": [share.line_id for share in shares], "reason": note, "state": held.state}
    record(f"notice.{verb.value}", by=by, obj=held, after=facts)


def _standing(held: Assignment, lines: Sequence[Line] | None) -> list[Share]:
    shares = held.shares.filter(ended="").select_related("line", "case", "case__unit")
    if lines is not None:
        shares = shares.filter(line__in=lines)
    found = list(shares)
    if not found:
        raise TransitionError(message("desk_notices.illegal"))
    if held.received_at is not None and any(share.case is None for share in found):
        raise TransitionError(message("desk_notices.still_handing"))
    return found


def _cases(held: Assignment) -> Iterable[Case]:
    return Case.objects.filter(shares__assignment=held, shares__ended="").distinct()


def _tell_sender(held: Assignment, word: str, *, now: datetime) -> None:
    # Who relayed it does not see the document of the office: he has his own assignment.
    relayed = Assignment.objects.filter(received=held.received_id, unit=held.sender).order_by("pk").last()
    link = f"/assignments/{relayed.pk}/" if relayed is not None else f"/notices/{held.received_id}/"
    people = (
        people_of(held.sender, Role.OFFICER)
        if held.sender_id != held.unit_id
        else people_above(held.unit, Role.OFFICER)
    )
    post(
        f"{word.partition('.')[2]}.{held.pk}.{now:%Y%m%d%H%M%S}", unit=held.sender, to=people, word=word, now=now,
        link=link, urgent=True, number=str(held.pk),
    )  # fmt: skip


def _tell_unit(held: Assignment, lines: int, *, now: datetime) -> None:
    """Whoever works on what was withdrawn is to stop."""
    post(
        f"withdrawn.{held.pk}.{now:%Y%m%d%H%M%S}", unit=held.unit, to=people_of(held.unit, Role.OFFICER),
        word="desk_notices.told_withdrawn", now=now, link=f"/assignments/{held.pk}/", number=str(held.pk), lines=lines,
    )  # fmt: skip


def _held(assignment: Assignment) -> Assignment:
    rows = Assignment.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("unit", "sender", "received", "received__notice", "received__office").get(
        pk=assignment.pk
    )


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise TransitionError(message("desk_notices.reason_missing"))
