"""From a file to the confirmed notice: read it bounded, propose, let people change the proposals, hand out."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.cases import leads
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.kit.turns import turn
from minewarden.desk.kit.words import chinese, local
from minewarden.desk.notices import bridge
from minewarden.desk.notices.models import Assignment, Line, Original, Received
from minewarden.desk.notices.opening import AT_ONCE, hand_out, leave_to_worker
from minewarden.desk.org.models import Person, Unit
from minewarden.intake.isolation import read
from minewarden.intake.wire import plain
from minewarden.vocab.errors import TransitionError, UsageError
from minewarden.vocab.message import message
from minewarden.vocab.noticeline import Notice, NoticeLine, Reported, Verdict
from minewarden.vocab.words import DISPLAY_ZONE, both

LARGEST = 20 * 1024 * 1024
_SHOWN_REJECTS = 2_000
_ATTRIBUTED = (
    *("outcome", "reason", "named", "range_text", "purpose", "proposed", "unit"),
    *("merge", "likeness", "likeness_reason", "join"),
)
"""What a line holds of the ledger's answer and of the cases that it is like."""
_TYPED = ("t7_place", "t7_target", "t7_coin", "col_time", "col_unit")
"""The columns of what somebody typed."""


def take_in(
    *, by: Person, now: datetime, office: Unit, name: str, content: bytes, received_at: datetime, source: str = ""
) -> Received:
    """Read a file into a preview. The file is kept byte for byte, whatever it is; nobody else is told of anything.

    Raises PermissionDenied, TransitionError for a receipt in the future, UsageError for a file beyond `LARGEST` and
    while too many others are being read.
    """
    demand(by, Duty.HANDLE, office)
    if received_at > now:
        raise TransitionError(message("desk_notices.receipt_ahead"))
    if len(content) > LARGEST:
        raise UsageError(message("intake.file_too_large", most=LARGEST // 1024**2))
    # Outside of the transaction: while a stranger's file is read, nobody else waits for the database.
    with turn():
        notice = read(name, content, zone=DISPLAY_ZONE, latest=received_at)
    return _kept(notice, content, by=by, now=now, office=office, received_at=received_at, source=source)


@transaction.atomic
def _kept(
    notice: Notice, content: bytes, *, by: Person, now: datetime, office: Unit, received_at: datetime, source: str
) -> Received:
    digest = hashlib.sha256(content).hexdigest()
    original = Original.objects.filter(sha256=digest).first() or Original.objects.create(
        sha256=digest, size=len(content), sealed_content=Original.sealing(content), taken_at=now
    )
    limit = notice.answer_by.at if notice.answer_by else None
    if notice.answer_within:
        limit = received_at + timedelta(hours=notice.answer_within)
    if limit is not None and limit <= received_at:
        limit = None
    received = Received.objects.create(
        office=office,
        original=original,
        name=notice.name[:255],
        form=notice.form,
        verdict=notice.verdict.value,
        pages=notice.pages,
        source=(source or notice.sender)[:128],
        number=notice.number[:64],
        received_at=received_at,
        find_limit=limit,
        report_limit=limit,
        tables=plain(notice.tables),
        preface=list(notice.preface),
        warnings=[both(warning) for warning in notice.warnings],
        rejects=[
            {"table": reject.table, "row": reject.row, "reason": both(reject.reason), "cells": list(reject.cells)}
            for reject in notice.rejects[:_SHOWN_REJECTS]
        ],
        entered_at=now,
        entered_by=by,
    )
    _add(received, bridge.lines_of(notice))
    facts = {"sha256": digest, "name": notice.name, "form": notice.form, "verdict": notice.verdict.value}
    record("notice.take-in", by=by, obj=received, after=facts | {"lines": received.lines.count()})
    return received


def _add(received: Received, lines: Sequence[Line]) -> None:
    for line in lines:
        line.received = received
    bridge.attribute_lines(lines, office=received.office, received_at=received.received_at)
    bridge.liken_lines(lines, received_at=received.received_at)
    Line.objects.bulk_create(lines, batch_size=500)


@transaction.atomic
def add_line(
    received: Received,
    *,
    by: Person,
    now: datetime,
    addresses: Sequence[Reported],
    destination: str = "",
    destination_port: int | None = None,
    domain: str = "",
    coin: str = "",
    first_seen: datetime | None = None,
    last_seen: datetime | None = None,
    written: str = "",
) -> list[Line]:
    """What somebody read in a picture or a letter and typed. Raises TransitionError after the confirmation."""
    received = _open(received, by)
    start = received.lines.count()
    typed = NoticeLine(
        0, 0, tuple(addresses), destination=destination, destination_port=destination_port, domain=domain, coin=coin,
        unit=written,
    )  # fmt: skip
    made = bridge.lines_of(Notice("", 0, "", "hand", received_verdict(received), lines=(typed,)))
    known = set(received.lines.exclude(ip=None).values_list("ip", flat=True))
    for number, line in enumerate(made, start=1):
        line.position = line.row = start + number
        line.first_seen, line.last_seen, line.twin = first_seen, last_seen or first_seen, line.ip in known
        line.cells = [line.place, line.target, coin, local(first_seen, "stamp") if first_seen else "", written]
    if not received.tables:
        # What is answered must say of which address: a picture has no columns, so these stand for the sender's own.
        head = [chinese(f"desk_notices.{name}") for name in _TYPED]
        received.tables = [{"name": "", "head": [head], "spans": [], "roles": [""] * len(head)}]
        received.save(update_fields=["tables"])
    _add(received, made)
    record("notice.line-by-hand", by=by, obj=received, after={"lines": len(made), "at": now})
    return made


def received_verdict(received: Received) -> Verdict:
    """The verdict on the file as the pure room names it."""
    return Verdict(received.verdict)


@transaction.atomic
def choose(line: Line, *, by: Person, now: datetime, unit: Unit | None, reason: str = "", join: bool = False) -> Line:
    """Say whom a line is for (None: it stays with the office), and whether it joins the running case proposed.

    Another unit than the one proposed needs a reason. Raises TransitionError.
    """
    _open(line.received, by)
    if unit is not None:
        demand(by, Duty.HANDLE, unit)
        if unit.pk != line.proposed_id and not reason.strip():
            raise TransitionError(message("desk_notices.reason_missing"))
    before = {"unit": line.unit_id, "join": line.join}
    moved = (unit.pk if unit else None) != line.unit_id
    line.unit, line.unit_reason = unit, reason.strip()
    if moved:
        bridge.liken_lines([line], received_at=line.received.received_at)
    line.join = join and line.merge_id is not None
    line.save()
    after = {"unit": line.unit_id, "join": line.join, "reason": reason, "at": now}
    record("notice.choose-unit", by=by, obj=line, before=before, after=after)
    return line


@transaction.atomic
def attribute_anew(received: Received, *, by: Person, now: datetime) -> tuple[int, int]:
    """Ask the ledger again about the lines of a preview, since it may have been put right meanwhile.

    What people decided stays. How many lines were asked about, and of how many the answer changed. Raises
    TransitionError once the preview is confirmed.
    """
    received = _open(received, by)
    lines = list(received.lines.select_related("unit", "proposed", "merge"))
    open_ = [line for line in lines if not line.unit_reason and line.unit_id == _proposal(line, received)]
    before = {line.pk: (line.outcome, line.reason, line.unit_id, line.merge_id, line.join) for line in open_}
    for line in open_:
        line.proposed, line.unit, line.range_text, line.purpose = None, None, "", ""
    bridge.attribute_lines(open_, office=received.office, received_at=received.received_at)
    bridge.liken_lines(open_, received_at=received.received_at)
    for line in open_:
        *_, merge, join = before[line.pk]
        # Whoever took the proposal to join back need not do so again.
        line.join = join if line.merge_id is not None and line.merge_id == merge else line.join
    changed = [
        line for line in open_ if before[line.pk] != (line.outcome, line.reason, line.unit_id, line.merge_id, line.join)
    ]
    Line.objects.bulk_update(changed, _ATTRIBUTED, batch_size=200)
    record(
        "notice.attribute-anew", by=by, obj=received, after={"lines": len(open_), "changed": len(changed), "at": now}
    )
    return len(open_), len(changed)


def _proposal(line: Line, received: Received) -> int | None:
    """Whom the ledger proposed a line for, where that is below the office: what stands there if nobody chose."""
    below = line.proposed is not None and received.office.contains(line.proposed)
    return line.proposed_id if below else None


@transaction.atomic
def drop(received: Received, *, by: Person, now: datetime) -> Received:
    """Put a preview away; the file and the record of it stay."""
    received = _open(received, by)
    received.state = Received.State.DROPPED
    received.save(update_fields=["state"])
    record("notice.drop", by=by, obj=received, after={"at": now})
    return received


@transaction.atomic
def confirm(
    received: Received,
    *,
    by: Person,
    now: datetime,
    source: str,
    number: str,
    received_at: datetime,
    find_limit: datetime | None,
    report_limit: datetime | None,
) -> list[Assignment]:
    """登记并分派: enter the notice and hand every line that has a unit to it. Until here nothing was sent.

    Lines without a unit stay with the office. More than a page can wait for are left to the worker, and the list is
    empty. Raises TransitionError for wrong times and where it is done already.
    """
    received = _open(received, by)
    if not received.lines.exists():
        raise TransitionError(message("desk_notices.no_lines"))
    limits = leads.Limits(find_limit, report_limit)
    received.notice = leads.enter_notice(
        by=by, now=now, unit=received.office, received_at=received_at, source=source, number=number,
        text="\n".join(received.preface)[:4000], limits=limits,
    )  # fmt: skip
    received.source, received.number, received.received_at = source, number, received_at
    received.find_limit, received.report_limit = find_limit, report_limit
    received.state, received.confirmed_at, received.confirmed_by = Received.State.CONFIRMED, now, by
    received.save()
    record(
        "notice.confirm", by=by, obj=received, after={"source": source, "number": number, "received_at": received_at}
    )
    if received.lines.exclude(unit=None).count() > AT_ONCE:
        leave_to_worker(received, by=by, now=now)
        return []
    by_unit: dict[int, list[Line]] = {}
    for line in received.lines.exclude(unit=None).select_related("unit"):
        by_unit.setdefault(line.unit_id or 0, []).append(line)
    return [
        hand_out(
            received, unit=lines[0].unit, sender=received.office, lines=[(line, None) for line in lines], by=by, now=now
        )
        for lines in by_unit.values()
        if lines[0].unit is not None
    ]


def _open(received: Received, by: Person) -> Received:
    """The preview, held. Raises TransitionError once it is confirmed or dropped."""
    demand(by, Duty.HANDLE, received.office)
    held = Received.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=received.pk)
    if held.state != Received.State.PREVIEW:
        raise TransitionError(message("desk_notices.settled"))
    return held
