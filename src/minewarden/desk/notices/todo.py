"""What of the notices waits for a person, for the home page: answers, lines that are with nobody, units not reached."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse

from minewarden.desk.cases.lifecycle import State as CaseState
from minewarden.desk.kit.waiting import Item, more
from minewarden.desk.kit.words import local, say
from minewarden.desk.notices import access
from minewarden.desk.notices.lifecycle import State
from minewarden.desk.notices.models import Assignment, Line, Received, Share
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.parameters import in_force

SHOWN = 10
"""Notices that the home page names; the register has the rest."""
LINES = 1200
"""Lines looked at for one person's page; the list of what was handed to his units has the rest."""
_WIDE = ("tables", "preface", "warnings", "rejects")


def waiting(person: Person, unit: Unit | None, now: datetime) -> Iterable[Item]:
    """For an officer: previews that nobody confirmed, senders who wait for their answer, units that nobody has told."""
    offices = {post.unit_id for post in person.active_posts() if post.role == Role.OFFICER}
    if not offices:
        return
    mine = access.received_by(person, Role.OFFICER).filter(office__in=offices)
    if unit is not None:
        mine = mine.filter(office__path__startswith=unit.path)
    open_ = Q(state=Received.State.PREVIEW) | Q(state=Received.State.CONFIRMED, replied_at=None)
    rows = list(mine.filter(open_).defer(*_WIDE).order_by("received_at", "pk")[: SHOWN + 1])
    # Joined to the list itself, the lines of every open notice of years would be counted for ten that are shown.
    # Of a preview all of them count; of what was confirmed those that were given to nobody yet.
    of_these = Line.objects.filter(received__in=[row.pk for row in rows]).order_by()
    counted = of_these.filter(Q(received__state=Received.State.PREVIEW) | Q(state=Line.State.WAITING, unit=None))
    lines = dict(counted.values_list("received").annotate(n=Count("pk"))) if rows else {}
    for row in rows[:SHOWN]:
        href = reverse("notices:notice", args=[row.pk])
        n = lines.get(row.pk, 0)
        if row.state == Received.State.PREVIEW:
            told = say("desk_notices.todo_lines", name=str(row), n=n)
            yield Item(say("desk_notices.todo_preview"), told, href, _handed_on_by(row, now), row.received_at)
        else:
            if n:
                told = say("desk_notices.todo_lines", name=_named(row), n=n)
                yield Item(say("desk_notices.todo_nobodys"), told, href, _handed_on_by(row, now), row.received_at)
            yield Item(say("desk_notices.todo_reply"), _named(row), href, row.answer_due, row.received_at)
    if len(rows) > SHOWN:
        # Counted they are not: the register does that for whoever looks there.
        yield more(Item(say("desk_notices.todo_reply"), "", ""), reverse("notices:register"))
    quiet = Assignment.objects.filter(sender__in=offices, state=State.PENDING.value).count()
    if quiet:
        told = say("desk_notices.todo_units", n=quiet)
        yield Item(say("desk_notices.todo_call"), told, reverse("notices:tasks") + "?view=unsigned")


def _handed_on_by(row: Received, now: datetime) -> datetime:
    return row.received_at + timedelta(hours=in_force(row.office, now).number("relay_alarm_hours"))


def _named(row: Received) -> str:
    """A notice without a number bears the name of its sender, of whom several may wait: it is told by its receipt."""
    return str(row) if row.number else f"{row} · {local(row.received_at, 'stamp')}"


def unsigned(person: Person, unit: Unit | None) -> list[Share]:
    """The lines of notices that a person's own units have not signed for: at most `LINES`, and one more where there are
    more."""
    offices = {post.unit_id for post in person.active_posts() if post.role == Role.OFFICER}
    if not offices:
        return []
    rows = Share.objects.filter(assignment__unit__in=offices, assignment__state=State.DELIVERED.value, ended="")
    if unit is not None:
        rows = rows.filter(assignment__unit__path__startswith=unit.path)
    wide = [f"assignment__received__{name}" for name in _WIDE]
    rows = rows.select_related("assignment__received", "assignment__unit", "case").defer(*wide)
    return list(rows.order_by("assignment", "pk")[: LINES + 1])


def to_sign(shares: Iterable[Share]) -> Iterable[Item]:
    """Notices of what is dealt with already: no case of theirs waits for the signature, so each is named itself; and
    where not all lines were looked at, where the others stand."""
    held: dict[int, list[Share]] = {}
    for count, share in enumerate(shares, start=1):
        held.setdefault(share.assignment_id, []).append(share)
        if count > LINES:
            # Of the last one not every line is there, so that nobody knows what its cases wait for.
            held.pop(share.assignment_id)
            yield more(Item(say("desk_notices.todo_sign"), "", ""), reverse("notices:tasks") + "?view=unsigned")
    for number, lines in held.items():
        if not any(share.case is not None and share.case.state == CaseState.DELIVERED for share in lines):
            assignment = lines[0].assignment
            told = f"{assignment.received} · {assignment.unit.label}"
            href = reverse("notices:task", args=[number])
            yield Item(say("desk_notices.todo_sign"), told, href, assignment.due72, assignment.received_at)
