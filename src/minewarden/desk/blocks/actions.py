"""What people do about blocking. The program compiles files and applies nothing."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.blocks.bridge import compiled, compiled_rules, refusal_of, rules_of
from minewarden.desk.blocks.export import orders_of, sha256_of
from minewarden.desk.blocks.models import Block, BlockQuerySet, Receipt, Release, Standing
from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked, Case
from minewarden.desk.org.models import Person, Unit
from minewarden.enforce.apply import RECEIPT
from minewarden.enforce.book import row_of, rule_of
from minewarden.vocab.errors import GuardRefusal, InputError, TransitionError
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


@transaction.atomic
def release(*, by: Person, now: datetime, unit: Unit) -> Release:
    """Put what is approved at this moment into force for a unit and all below it, as the next number."""
    demand(by, Duty.HANDLE, unit)
    before = Release.objects.select_for_update(of=("self",), no_key=True).filter(unit=unit).order_by("-number").first()
    blocks = Block.objects.filter(unit__path__startswith=unit.path).standing(Standing.ACTIVE, now)
    orders = orders_of(blocks.select_related("case", "asked_by", "decided_by"))
    rules = rules_of(orders, now)
    sha256 = sha256_of(rules)
    if before is not None and before.rules_sha256 == sha256:
        raise TransitionError(message("desk_blocks.refused_unchanged"))
    made = Release.objects.create(
        unit=unit, number=before.number + 1 if before else 1, at=now, by=by, orders=orders,
        rules=[row_of(rule) for rule in rules], rules_sha256=sha256,
    )  # fmt: skip
    record("block.release", by=by, obj=made, after={"number": made.number, "rules": len(rules), "sha256": sha256})
    return made


@transaction.atomic
def fetch(release: Release, *, by: Person, now: datetime, form: str) -> Mapping[str, bytes]:
    """The file of orders of a release (`orders`), or what is not over of it compiled in a form; note who took it."""
    if form == "orders":
        files: Mapping[str, bytes] = {f"orders-{release.number}.json": bytes(release.orders)}
    else:
        files = compiled_rules([rule_of(row) for row in release.rules], form, now)
    record("block.fetch", by=by, obj=release, after={"form": form, "files": sorted(files)})
    return files


@transaction.atomic
def confirm(release: Release, *, by: Person, now: datetime, unit: Unit, device: str, note: str = "") -> Receipt:
    """Say by hand that a device of the unit holds the release."""
    _receives(release, by, unit)
    made = Receipt.objects.create(
        release=release, unit=unit, device=device, state=Receipt.State.CONFIRMED, by_hand=True, at=now, by=by, note=note
    )
    record("block.receipt", by=by, obj=made, after={"release": release.pk, "device": device, "state": made.state})
    return made


@transaction.atomic
def take_receipts(release: Release, *, by: Person, now: datetime, unit: Unit, file: bytes) -> list[Receipt]:
    """Take in what `minewarden block apply` or `verify` wrote. Raises InputError for another file; then nothing was
    taken."""
    _receives(release, by, unit)
    made = Receipt.objects.bulk_create(
        [
            Receipt(release=release, unit=unit, by_hand=False, at=now, by=by, **facts)
            for facts in _receipts(file, release)
        ]
    )
    states = {one.device: one.state for one in made}
    record("block.receipts", by=by, obj=release, after={"unit": unit.pk, "states": states})
    return made


def _receives(release: Release, by: Person, unit: Unit) -> None:
    demand(by, Duty.HANDLE, unit)
    if not unit.path.startswith(release.unit.path):
        raise TransitionError(message("desk_blocks.refused_other_unit"))


def _receipts(file: bytes, release: Release) -> list[dict[str, Any]]:
    try:
        rows = json.loads(file.decode("utf-8-sig"))
        if not isinstance(rows, list) or not rows or any(row["schema"] != RECEIPT for row in rows):
            raise ValueError
        return [_receipt(row, release) for row in rows]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("receipts.json", 0, message("desk_blocks.not_receipts", schema=RECEIPT)) from error


def _receipt(row: Mapping[str, Any], release: Release) -> dict[str, Any]:
    state = Receipt.State(row["state"])
    if state is Receipt.State.CONFIRMED and row["rules_sha256"] != release.rules_sha256:
        state = Receipt.State.OTHER
    counts = {key: min(max(int(row[f"{key}_count"]), 0), 2**31 - 1) for key in ("missing", "extra")}
    return {"device": str(row["device"])[:80], "state": state, "note": str(row["problem"])[:500], **counts}


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
