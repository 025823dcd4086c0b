"""What people do about blocking. The program compiles files and applies nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.blocks.bridge import compiled, refusal_of
from minewarden.desk.blocks.models import Block, BlockQuerySet, Standing
from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked, Case
from minewarden.desk.org.models import Person, Unit
from minewarden.vocab.errors import GuardRefusal, TransitionError
from minewarden.vocab.message import message

BASES = ("plan-boundary", "plan-resolution", "superior-order", "other")


@transaction.atomic
def propose(
    *,
    by: Person,
    now: datetime,
    unit: Unit,
    case: Case | None,
    target: str,
    value: str,
    port: int,
    basis: str,
    reason: str,
    expires_at: datetime,
) -> Block:
    """Propose a block. Raises GuardRefusal, in words, for what must not be cut off."""
    demand(by, Duty.HANDLE, unit)
    if not reason.strip() or basis not in BASES:
        raise refusals.reason_missing()
    if expires_at <= now:
        raise refusals.not_in_time()
    block = Block(
        unit=unit, case=case, target=target, value=value.strip(), port=port, basis=basis, reason=reason,
        expires_at=expires_at, asked_by=by, asked_at=now,
    )  # fmt: skip
    _allowed(block, now)
    same = Block.objects.filter(unit=unit, target=target, value=block.value, port=port)
    if same.standing(Standing.PENDING, now).exists() or same.standing(Standing.ACTIVE, now).exists():
        raise TransitionError(message("desk_blocks.refused_same"))
    block.save()
    facts = {"what": block.shown, "target": target, "expires_at": expires_at, "basis": basis, "reason": reason}
    record("block.propose", by=by, obj=block, after=facts | {"case": case.pk if case else None})
    return block


@transaction.atomic
def agree(block: Block, *, by: Person, now: datetime, note: str = "") -> Block:
    """A second person orders it; the guard is asked again, since the ledger may have changed."""
    block = _pending(block, by)
    if block.expires_at <= now:
        raise refusals.not_in_time()
    _allowed(block, now)
    return _settle(block, Asked.Outcome.AGREED, "block.agree", by, now, note)


@transaction.atomic
def refuse(block: Block, *, by: Person, now: datetime, note: str) -> Block:
    """The second person does not agree, and says why."""
    if not note.strip():
        raise refusals.reason_missing()
    return _settle(_pending(block, by), Asked.Outcome.REFUSED, "block.refuse", by, now, note)


@transaction.atomic
def lift(block: Block, *, by: Person, now: datetime, reason: str) -> Block:
    """End a block before its time. Lifting needs one person only: it cuts nobody off."""
    block = _held(block)
    demand(by, Duty.HANDLE, block.unit)
    if not reason.strip():
        raise refusals.reason_missing()
    if block.standing(now) is not Standing.ACTIVE:
        raise refusals.already_decided()
    block.lifted_at, block.lifted_by, block.lifted_reason = now, by, reason
    block.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
    record("block.lift", by=by, obj=block, after={"what": block.shown, "reason": reason})
    return block


@transaction.atomic
def export(blocks: BlockQuerySet, *, by: Person, now: datetime, form: str) -> Mapping[str, bytes]:
    """Compile what is in force into files, and note who took them."""
    active = list(blocks.standing(Standing.ACTIVE, now))
    files = compiled(active, form, now)
    record(
        "block.export", by=by, after={"form": form, "blocks": [block.pk for block in active], "files": sorted(files)}
    )
    return files


def _allowed(block: Block, now: datetime) -> None:
    if refusal := refusal_of(block, now):
        raise GuardRefusal(refusal)


def _held(block: Block) -> Block:
    return Block.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "case").get(pk=block.pk)


def _pending(block: Block, by: Person) -> Block:
    block = _held(block)
    demand(by, Duty.APPROVE, block.unit)
    if block.outcome != Asked.Outcome.PENDING:
        raise refusals.already_decided()
    if block.asked_by_id == by.pk:
        raise refusals.same_person()
    return block


def _settle(block: Block, outcome: Asked.Outcome, action: str, by: Person, now: datetime, note: str) -> Block:
    fields: dict[str, Any] = {"outcome": outcome.value, "decided_by": by, "decided_at": now, "decided_note": note}
    for name, value in fields.items():
        setattr(block, name, value)
    block.save(update_fields=sorted(fields))
    record(action, by=by, obj=block, after={"what": block.shown, "note": note})
    return block
