"""How a line comes to a unit: the assignment with its receipt, its cases, and the word to the people on duty."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from minewarden.desk.audit.record import record
from minewarden.desk.cases import leads
from minewarden.desk.cases.actions import sign_for
from minewarden.desk.cases.lifecycle import State as CaseState
from minewarden.desk.cases.models import Case
from minewarden.desk.cases.notified import open_for_notice
from minewarden.desk.cases.opening import Facts, due_of, limits_of
from minewarden.desk.notices.bridge import span_of
from minewarden.desk.notices.lifecycle import State
from minewarden.desk.notices.models import Assignment, Handing, Line, Received, Share
from minewarden.desk.notify.outbox import people_of, post, told_at
from minewarden.desk.org.models import Person, Post, Role, Unit
from minewarden.vocab.message import Param

AT_ONCE = 200
"""Lines that a page hands out while somebody waits for it, about two seconds; what is more is left to the worker."""


def hand_out(
    received: Received,
    *,
    unit: Unit,
    sender: Unit,
    lines: Sequence[tuple[Line, Case | None]],
    by: Person,
    now: datetime,
    kind: str = "dispatch",
    parent: Assignment | None = None,
    note: str = "",
    later: bool = False,
) -> Assignment:
    """Give lines to a unit, each with the case that it follows from where there was one.

    The receipt is this moment where the unit has an account that it arrives in; else it stays open until the unit signs
    or a telephone call is recorded, and so do the cases. `later`: the worker is at it and opens the cases afterwards.
    """
    has_account = Post.objects.filter(unit=unit, role=Role.OFFICER, revoked_at=None, person__is_active=True).exists()
    assignment = Assignment.objects.create(
        received=received, unit=unit, sender=sender, parent=parent, kind=kind, state=State.PENDING.value,
        dispatched_at=now, dispatched_by=by, note=note,
    )  # fmt: skip
    Share.objects.bulk_create(Share(assignment=assignment, line=line, previous=previous) for line, previous in lines)
    Line.objects.filter(pk__in=[line.pk for line, _ in lines]).update(state=Line.State.SENT, unit=unit)
    facts = {"received": received.pk, "unit": unit.pk, "lines": len(lines), "kind": kind, "note": note}
    record("notice.dispatch", by=by, obj=assignment, after=facts)
    if has_account:
        deliver(assignment, by=by, now=now, received_at=now, receipt="account", state=State.DELIVERED, later=later)
    _tell(assignment, lines=len(lines), now=now)
    return assignment


def _tell(assignment: Assignment, *, lines: int, now: datetime) -> None:
    """Tell the unit's people on duty; where it has none, those above, who must telephone. No text names an address."""
    unit, key, link = assignment.unit, key_of(assignment), f"/assignments/{assignment.pk}/"
    people = people_of(unit, Role.OFFICER)
    facts: dict[str, Param] = {"count": lines, "number": str(assignment.pk)}
    if assignment.due48 is None:
        # Whoever is on duty at the unit, and its group, are told by the channels that reach them: then they know of it.
        post(key, unit=unit, to=(), word="desk_notices.told_unit", now=now, link="", urgent=True, **facts)
        key, word = f"notice.pending.{assignment.pk}", "desk_notices.told_pending"
        post(key, unit=unit.parent or unit, to=people, word=word, now=now, link=link, urgent=True, **facts)
        return
    word, due = "desk_notices.told_dispatch", assignment.due48
    post(key, unit=unit, to=people, word=word, now=now, link=link, urgent=True, due=due, **facts)


def deliver(
    assignment: Assignment,
    *,
    by: Person,
    now: datetime,
    received_at: datetime,
    receipt: str,
    state: State,
    note: str = "",
    later: bool = False,
) -> None:
    """Write the receipt, once, with the due times that follow from it, and open the cases.

    Those of more lines than `AT_ONCE` are left to the worker; with `later` it is at it already.
    """
    notice = assignment.received.notice
    assert notice is not None  # noqa: S101  # only confirmed documents are handed out
    due = due_of(received_at, limits_of(notice, received_at))
    assignment.received_at, assignment.receipt, assignment.receipt_note = received_at, receipt, note
    assignment.due48, assignment.due72, assignment.state = due.find, due.report, state.value
    assignment.save()
    facts = {"received_at": received_at, "receipt": receipt, "due48": due.find, "due72": due.report}
    record("notice.deliver", by=by, obj=assignment, after=facts)
    if later:
        return
    if assignment.shares.count() > AT_ONCE:
        leave_to_worker(assignment.received, by=by, now=now)
    else:
        open_cases(assignment, by=by, now=now)


def outside(assignment: Assignment) -> datetime | None:
    """When a channel outside the desk first reached the unit itself, and not only those above it; None: none has."""
    return told_at(key_of(assignment))


def key_of(assignment: Assignment) -> str:
    """The key of the message by which a unit itself is told of an assignment."""
    return f"notice.dispatch.{assignment.pk}"


def leave_to_worker(received: Received, *, by: Person, now: datetime) -> Handing:
    """Have the worker hand out what waits and open the cases that are missing."""
    job, fresh = Handing.objects.get_or_create(
        received=received, defaults={"by": by, "lines": 0, "begun_at": now, "touched_at": now}
    )
    left = job.waiting().count() + job.without_case().count()
    if fresh or job.ended_at is not None:
        job.by, job.lines, job.begun_at, job.touched_at, job.ended_at, job.error = by, left, now, now, None, None
        job.save()
    return job


def open_cases(assignment: Assignment, *, by: Person, now: datetime, most: int | None = None) -> None:
    """One case for each address of the unit that has none, for at most so many lines and what shares an address with
    them; lines that people joined to a running case go there."""
    groups: dict[str, list[Share]] = {}
    shares = assignment.shares.filter(case=None, ended="").select_related("line", "line__merge", "previous")
    if most is not None:
        lines = [share.line for share in shares.order_by("line__position")[:most]]
        names = {line.domain for line in lines if not line.ip}
        shares = shares.filter(
            Q(line__ip__in={line.ip for line in lines if line.ip}) | Q(line__ip=None, line__domain__in=names)
        )
    for share in shares:
        groups.setdefault(share.line.ip or share.line.domain, []).append(share)
    for those in (part for group in groups.values() for part in _by_port(group)):
        joined = next((share.line.merge for share in those if share.line.join and share.line.merge), None)
        case = _joined(assignment, joined, by=by, now=now) if joined else _opened(assignment, those, by=by, now=now)
        Share.objects.filter(pk__in=[share.pk for share in those]).update(case=case)
        if assignment.signed_by is not None and CaseState(case.state) is CaseState.DELIVERED:
            # The unit signed for its lines before the worker came to this one.
            sign_for(case, by=assignment.signed_by, now=now, along=False)


def _by_port(shares: list[Share]) -> list[list[Share]]:
    """Two source ports behind one address may be two machines, and are kept apart until people know better; a line
    that names none goes with the first."""
    parts: dict[int | None, list[Share]] = {}
    ports = sorted({share.line.port for share in shares if share.line.port})
    for share in shares:
        parts.setdefault(share.line.port or (ports[0] if ports else None), []).append(share)
    return list(parts.values())


def _joined(assignment: Assignment, case: Case, *, by: Person, now: datetime) -> Case:
    notice = assignment.received.notice
    assert notice is not None  # noqa: S101  # as above
    if not case.joined.filter(notice=notice).exists():
        leads.join_notice(case, notice, by=by, now=now, received_at=assignment.received_at)
    return case


def _opened(assignment: Assignment, shares: Sequence[Share], *, by: Person, now: datetime) -> Case:
    notice = assignment.received.notice
    assert notice is not None  # noqa: S101  # as above
    lines = [share.line for share in shares]
    first, last = span_of(lines)
    best = max(lines, key=lambda line: bool(line.domain) + bool(line.destination))
    facts = Facts(
        host=best.ip,
        host_port=best.port if best.ip else None,
        server=best.destination,
        server_name=best.domain,
        port=best.destination_port,
        protocol=best.protocol,
        coins="、".join(dict.fromkeys(line.coin for line in lines if line.coin))[:128],
        first_seen=first,
        last_seen=last,
    )
    previous = next((share.previous for share in shares if share.previous), None)
    return open_for_notice(
        by=by, now=now, unit=assignment.unit, notice=notice, facts=facts, received_at=assignment.received_at,
        previous=previous, reason=assignment.note,
    )  # fmt: skip
