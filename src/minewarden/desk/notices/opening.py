"""How a line comes to a unit: the assignment with its receipt, its cases, and the word to the people on duty."""

from collections.abc import Sequence
from datetime import datetime

from minewarden.desk.audit.record import record
from minewarden.desk.cases import leads
from minewarden.desk.cases.models import Case
from minewarden.desk.cases.notified import open_for_notice
from minewarden.desk.cases.opening import Facts, due_of, limits_of
from minewarden.desk.notices.bridge import span_of
from minewarden.desk.notices.lifecycle import State
from minewarden.desk.notices.models import Assignment, Line, Received, Share
from minewarden.desk.notify.outbox import people_of, post
from minewarden.desk.org.models import Person, Post, Role, Unit
from minewarden.vocab.message import Param


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
) -> Assignment:
    """Give lines to a unit, each with the case that it follows from where there was one.

    The receipt is this moment where the unit has an account that it arrives in; else it stays open until the unit signs
    or a telephone call is recorded, and so do the cases.
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
        deliver(assignment, by=by, now=now, received_at=now, receipt="account", state=State.DELIVERED)
    _tell(assignment, lines=len(lines), now=now)
    return assignment


def _tell(assignment: Assignment, *, lines: int, now: datetime) -> None:
    """Tell the unit's people on duty; where it has none, those above, who must telephone. No text names an address."""
    unit, key, link = assignment.unit, f"notice.dispatch.{assignment.pk}", f"/assignments/{assignment.pk}/"
    people = people_of(unit, Role.OFFICER)
    facts: dict[str, Param] = {"count": lines, "number": str(assignment.pk)}
    if assignment.due48 is None:
        word = "desk_notices.told_pending"
        post(key, unit=unit, to=people, word=word, now=now, link=link, urgent=True, **facts)
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
) -> None:
    """Write the receipt, once, with the due times that follow from it, and open the cases."""
    notice = assignment.received.notice
    assert notice is not None  # noqa: S101  # only confirmed documents are handed out
    due = due_of(received_at, limits_of(notice, received_at))
    assignment.received_at, assignment.receipt, assignment.receipt_note = received_at, receipt, note
    assignment.due48, assignment.due72, assignment.state = due.find, due.report, state.value
    assignment.save()
    facts = {"received_at": received_at, "receipt": receipt, "due48": due.find, "due72": due.report}
    record("notice.deliver", by=by, obj=assignment, after=facts)
    _open_cases(assignment, by=by, now=now)


def _open_cases(assignment: Assignment, *, by: Person, now: datetime) -> None:
    """One case for each address of the unit; lines that people joined to a running case go there."""
    groups: dict[str, list[Share]] = {}
    for share in assignment.shares.select_related("line", "line__merge", "previous"):
        groups.setdefault(share.line.ip or share.line.domain, []).append(share)
    for shares in (part for group in groups.values() for part in _by_port(group)):
        joined = next((share.line.merge for share in shares if share.line.join and share.line.merge), None)
        case = _joined(assignment, joined, by=by, now=now) if joined else _opened(assignment, shares, by=by, now=now)
        Share.objects.filter(pk__in=[share.pk for share in shares]).update(case=case)


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
        leads.join_notice(case, notice, by=by, now=now)
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
