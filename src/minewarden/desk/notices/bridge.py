"""What the ledger and the running cases say of the lines of a notice: proposals with their reasons, never acts."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Min

from minewarden.desk.cases.followup import CLEANING
from minewarden.desk.cases.lifecycle import ENDED
from minewarden.desk.cases.lifecycle import State as CaseState
from minewarden.desk.cases.models import Case, Measure
from minewarden.desk.ledger.directory import Asked, Attribution, Outcome, attribute_many
from minewarden.desk.notices.models import Line, Share
from minewarden.desk.org.models import Unit
from minewarden.desk.org.picks import unit_text
from minewarden.vocab.message import message
from minewarden.vocab.noticeline import Notice, NoticeLine, Precision
from minewarden.vocab.words import both

NEAR = timedelta(hours=24)
"""Two reports of one activity lie no further apart than this."""
_ANSWERING = (CaseState.CLOSED, CaseState.WATCHING, CaseState.STABLE)
"""What has ended and still answers a notice that comes late about the same activity."""
_AT_ONCE = 500
_INSTANT = timedelta(microseconds=1)


def lines_of(notice: Notice) -> list[Line]:
    """The lines of a notice that was read, one for each address of each row; nothing is saved."""
    made: list[Line] = []
    seen: set[str] = set()
    for line in notice.lines:
        for reported in line.addresses or (None,):
            ip = reported.ip if reported else None
            port = reported.port if reported and reported.port else line.port
            made.append(_line(line, len(made) + 1, ip, port))
            made[-1].twin = ip in seen
            if ip:
                seen.add(ip)
    return made


def _line(line: NoticeLine, position: int, ip: str | None, port: int | None) -> Line:
    last = line.last or line.first
    # A day that is named without a clock time ends with the day; the ledger is asked for both of its ends.
    until = last.until - _INSTANT if last and last.precision is Precision.DAY else last.at if last else None
    return Line(
        position=position,
        table=line.table,
        row=line.row,
        ip=ip,
        port=port,
        destination=line.destination or None,
        destination_port=line.destination_port,
        domain=line.domain,
        protocol=line.protocol,
        coin=line.coin,
        first_seen=line.first.at if line.first else None,
        last_seen=until,
        written=line.unit,
        cells=list(line.cells),
        doubts=[both(doubt) for doubt in line.doubts],
    )


def attribute_lines(lines: Sequence[Line], *, office: Unit, received_at: datetime) -> None:
    """Say of each line whose address it was at the time of the activity; where the time spans a change of hands, that
    is a conflict. Only a unit below the office that FOUND names is proposed; the rest stays with the office."""
    questions: list[Asked] = []
    for line in lines:
        if line.ip:
            times = (line.first_seen or received_at, line.last_seen or received_at)
            questions += [Asked(line.ip, at) for at in times]
    answers = iter(attribute_many(questions))
    names = _names(office)
    for line in lines:
        line.named = names.get(_plain(line.written)) if line.written else None
        if not line.ip:
            line.outcome, line.reason = "none", both(message("desk_notices.no_address"))
            continue
        first, last = next(answers), next(answers)
        _propose(line, first, last, office)


def _propose(line: Line, first: Attribution, last: Attribution, office: Unit) -> None:
    answer = last
    line.outcome, line.reason, line.purpose = answer.outcome.value, both(answer.reason), answer.purpose
    line.range_text = answer.range.cidr if answer.range else ""
    if first.outcome is Outcome.FOUND and last.outcome is Outcome.FOUND and first.unit != last.unit:
        line.outcome = Outcome.CONFLICT.value
        units = "、".join(unit.label for unit in (first.unit, last.unit) if unit)
        line.reason = both(message("desk_notices.changed_hands", units=units))
        return
    if first.outcome is Outcome.CONFLICT and last.outcome is Outcome.FOUND:
        # Settled since, but not for all of the time that the activity lasted.
        line.outcome, line.reason = Outcome.CONFLICT.value, both(first.reason)
        return
    if answer.outcome is not Outcome.FOUND or answer.unit is None:
        return
    line.proposed = answer.unit
    if office.contains(answer.unit):
        line.unit = answer.unit
    else:
        line.reason = both(message("desk_notices.not_below", unit=answer.unit.name, office=office.name))


def _names(office: Unit) -> dict[str, Unit]:
    """Every name that a unit below the office goes by; a name that two of them have means neither."""
    found: dict[str, Unit | None] = {}
    for unit in office.subtree().select_related("parent"):
        names = (unit.name, unit.short_name, unit_text(unit), *unit.aliases)
        for name in {_plain(text) for text in names if text}:
            found[name] = None if name in found and found[name] != unit else unit
    return {name: unit for name, unit in found.items() if unit is not None}


def unit_named(text: str, office: Unit) -> Unit | None:
    """The one unit below the office that goes by this name."""
    return _names(office).get(_plain(text))


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def liken_lines(lines: Sequence[Line], *, received_at: datetime) -> None:
    """Propose for each line the case of the same unit that it may belong to: a running one, else one that was closed.

    The same: same address, same pool or nothing that contradicts it, windows at most 24 hours apart, same unit. Only
    doubtful where both name a source port and the ports differ: behind a translation these may be two machines; and
    where the activity began after the device was cleaned: it may have come back.

    What was closed answers a notice that comes late, if both name the time and the activity began before the device was
    declared clean. One that could not be located is looked at anew where the late notice names the port.
    """
    known, clean = _known(lines)
    for line in lines:
        line.merge, line.likeness, line.likeness_reason, line.join = None, "", {}, False
        if line.ip is None or line.unit_id is None:
            continue
        for case in known.get((line.ip, line.unit_id), ()):
            if _pools_differ(line, case) or _apart(line, case, received_at) > NEAR:
                continue
            since = line.first_seen
            again = since is not None and case.pk in clean and since > clean[case.pk]
            if case.ended and (again or since is None or case.first_seen is None or _told_more(line, case)):
                continue
            other = bool(line.port and case.host_port and line.port != case.host_port)
            why = message("desk_notices.merge_closed" if case.ended else "desk_notices.merge_same", case=case.number)
            if again:
                why = message("desk_notices.merge_again", case=case.number)
            if other:
                ports = f"{case.host_port} / {line.port}"
                why = message("desk_notices.merge_doubtful", case=case.number, ports=ports)
            line.join = not (other or again)
            line.merge, line.likeness, line.likeness_reason = case, "same" if line.join else "doubtful", both(why)
            if line.join:
                break


def _known(lines: Sequence[Line]) -> tuple[dict[tuple[str, int], list[Case]], dict[int, datetime]]:
    """The cases by address and unit, running ones first, and since when the device of each is said to be clean."""
    wanted = sorted({line.ip for line in lines if line.ip and line.unit_id})
    gone = [state.value for state in ENDED if state not in _ANSWERING]
    found: dict[tuple[str, int], list[Case]] = {}
    clean: dict[int, datetime] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = Case.objects.filter(host__in=wanted[start : start + _AT_ONCE]).exclude(state__in=gone)
        cases = sorted(rows.order_by("received_at", "pk"), key=lambda case: case.ended)
        clean |= {case.pk: case.closed_at for case in cases if case.closed_at is not None}
        cleaned = Measure.objects.filter(case__in=cases, kind__in=CLEANING).order_by().values("case")
        for row in cleaned.annotate(first=Min("done_at")):
            clean[row["case"]] = min(row["first"], clean.get(row["case"], row["first"]))
        for case in cases:
            found.setdefault((str(case.host), case.unit_id), []).append(case)
    return found, clean


def _told_more(line: Line, case: Case) -> bool:
    """Whether a late notice names the port for the want of which a device could not be located."""
    return case.conclusion == Case.Conclusion.UNLOCATABLE and bool(line.port) and not case.host_port


def _pools_differ(line: Line, case: Case) -> bool:
    """Whether both name a pool, in the same way, and not the same one."""
    if line.domain and case.server_name:
        return line.domain != case.server_name
    if line.destination and case.server:
        return line.destination != case.server
    return False


def _apart(line: Line, case: Case, received_at: datetime) -> timedelta:
    """How far the two windows lie from each other; where one names no time, the receipts."""
    ours = _window(line.first_seen, line.last_seen) or (received_at, received_at)
    theirs = _window(case.first_seen, case.last_seen) or (case.received_at, case.received_at)
    if line.first_seen is None or case.first_seen is None:
        ours, theirs = (received_at, received_at), (case.received_at, case.received_at)
    return max(ours[0] - theirs[1], theirs[0] - ours[1], timedelta())


def follow_merging(goes: Case, stays: Case) -> None:
    """The lines that a case answered, and those that were to join it, follow it into the one that it became."""
    for case, other in ((goes, stays), (stays, goes)):
        # Two machines behind one address that are one after all.
        Share.objects.filter(
            case=case, beside=True, line__in=list(other.shares.values_list("line", flat=True))
        ).delete()
    Share.objects.filter(case=goes).update(case=stays)
    Line.objects.filter(merge=goes, state=Line.State.WAITING).update(merge=stays)


def follow_parting(case: Case, made: Case) -> None:
    """What a case answers, the one beside it answers too: another machine behind the same address."""
    shares = case.shares.filter(ended="", beside=False)
    Share.objects.bulk_create(
        [Share(assignment_id=share.assignment_id, line_id=share.line_id, case=made, beside=True) for share in shares]
    )


def _window(first: datetime | None, last: datetime | None) -> tuple[datetime, datetime] | None:
    known = [at.astimezone(UTC) for at in (first, last) if at is not None]
    return (min(known), max(known)) if known else None


def span_of(lines: Iterable[Line]) -> tuple[datetime | None, datetime | None]:
    """The first and the last time that lines name."""
    first = [line.first_seen for line in lines if line.first_seen]
    last = [line.last_seen for line in lines if line.last_seen]
    return (min(first) if first else None, max(last) if last else None)
