"""What people do about blocking. The program compiles files and applies nothing."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.blocks.bridge import (
    compiled,
    compiled_rules,
    guarded,
    may_be_overridden,
    refusal_of,
    rule_of,
    rules_by_record,
)
from minewarden.desk.blocks.change import pending_change
from minewarden.desk.blocks.models import BigChange, Block, BlockQuerySet, Receipt, Release, Scope, Standing
from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked, Case
from minewarden.desk.library.models import Issue
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.enforce.apply import RECEIPT
from minewarden.enforce.book import row_of
from minewarden.enforce.book import rule_of as kept_rule
from minewarden.enforce.guard import spelling
from minewarden.vocab.blockrule import TERMINALS
from minewarden.vocab.errors import GuardRefusal, InputError, TransitionError
from minewarden.vocab.message import message

BASES = ("plan-boundary", "plan-resolution", "plan-terminal", "superior-order", "other")


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
    override: str = "",
) -> Block:
    """Propose a block. Raises GuardRefusal, in words, for what must not be cut off.

    `override`: why the proposer answers for it all the same, where the guard leaves that to people. It counts when the
    second person signs with a reason of his own.
    """
    demand(by, Duty.HANDLE, unit)
    if not reason.strip() or basis not in BASES:
        raise refusals.reason_missing()
    if expires_at <= now:
        raise refusals.expired(now)
    block = Block(
        unit=unit, case=case, target=target, value=value.strip(), port=port, basis=basis, reason=reason,
        expires_at=expires_at, asked_by=by, asked_at=now,
    )  # fmt: skip
    if refusal := refusal_of(block, now):
        if not override.strip() or not may_be_overridden(block, now):
            raise GuardRefusal(refusal)
        block.override_reason = override.strip()
        block.override_guard = {"id": refusal.id, "params": {k: str(v) for k, v in refusal.params.items()}}
    # One spelling, so that the same thing is not asked for twice, and people see what will be compiled.
    spelled = spelling(rule_of(block))
    block.target, block.value = spelled.target.value, spelled.value
    same = Block.objects.filter(unit=unit, target=block.target, value=block.value, port=port)
    if same.standing(Standing.PENDING, now).exists() or same.standing(Standing.ACTIVE, now).exists():
        raise TransitionError(message("desk_blocks.refused_same"))
    block.save()
    facts: dict[str, Any] = {
        "what": block.shown,
        "target": block.target,
        "expires_at": expires_at,
        "basis": basis,
        "reason": reason,
    }
    if block.override_reason:
        facts |= {"override": block.override_reason, "guard": block.override_guard}
    record("block.propose", by=by, obj=block, after=facts | {"case": case.pk if case else None})
    _tell_approver(f"block.{block.pk}", unit, by, now, link=f"/blocks/{block.pk}/", count=1)
    return block


@transaction.atomic
def propose_version(
    *, by: Person, now: datetime, unit: Unit, issue: Issue, keys: Collection[str], basis: str, reason: str,
    expires_at: datetime,
) -> list[Block]:  # fmt: skip
    """Propose what is chosen of a version of the library, each record as one block that cites the version. What the
    guard refuses is left out, and so is what is blocked or proposed already. Raises TransitionError where nothing is
    left."""
    demand(by, Duty.HANDLE, unit)
    if not reason.strip() or basis not in BASES:
        raise refusals.reason_missing()
    if expires_at <= now:
        raise refusals.expired(now)
    known = Block.objects.filter(unit=unit)
    running = {
        (block.target, block.value, block.port)
        for standing in (Standing.PENDING, Standing.ACTIVE)
        for block in known.standing(standing, now)
    }
    wanted = [
        rule for key, rule in rules_by_record(issue, unit, now).items()
        if key in keys and (rule.target.value, rule.value, rule.port) not in running
    ]  # fmt: skip
    if not wanted:
        raise TransitionError(message("desk_blocks.refused_nothing_left"))
    made = [
        Block(
            unit=unit, issue=issue, target=rule.target.value, value=rule.value, port=rule.port, basis=basis,
            reason=reason.strip(), expires_at=min(expires_at, rule.expires_at), asked_by=by, asked_at=now,
        )
        for rule in wanted
    ]  # fmt: skip
    for block in made:
        block.save()
    facts = {"issue": issue.label, "blocks": [block.pk for block in made], "basis": basis, "reason": reason}
    record("block.propose_version", by=by, obj=issue, after=facts | {"expires_at": expires_at, "unit": unit.pk})
    _tell_approver(f"block.version.{made[0].pk}", unit, by, now, link="/blocks/?standing=pending", count=len(made))
    return made


@transaction.atomic
def agree_version(*, by: Person, now: datetime, unit: Unit, issue: Issue, note: str = "") -> int:
    """A second person orders everything that was proposed for a unit out of a version and that the guard still accepts.
    How many; the rest stays proposed. Raises TransitionError where nothing is left for this person."""
    demand(by, Duty.APPROVE, unit)
    rows = Block.objects.select_for_update(of=("self",), no_key=True).filter(unit=unit, issue=issue)
    pending = rows.standing(Standing.PENDING, now).exclude(asked_by=by).filter(expires_at__gt=now)
    blocks = list(pending.select_related("unit", "case", "issue"))
    refused = {one.rule.reason for one in guarded(blocks, now).refused}
    good = [block for block in blocks if rule_of(block).reason not in refused]
    if not good:
        raise TransitionError(message("desk_blocks.refused_nothing_left"))
    for block in good:
        block.outcome, block.decided_by, block.decided_at, block.decided_note = Asked.Outcome.AGREED, by, now, note
    Block.objects.bulk_update(good, ["outcome", "decided_by", "decided_at", "decided_note"], batch_size=200)
    facts = {"issue": issue.label, "blocks": [block.pk for block in good], "note": note, "unit": unit.pk}
    record("block.agree_version", by=by, obj=issue, after=facts)
    askers = Person.objects.filter(pk__in={block.asked_by_id for block in good})
    _tell_asker(f"block.version.{good[0].pk}.agreed", unit, askers, now, link="/blocks/?standing=active")
    return len(good)


@transaction.atomic
def agree(block: Block, *, by: Person, now: datetime, note: str = "") -> Block:
    """A second person orders it; the guard is asked again, since the ledger may have changed."""
    block = _pending(block, by)
    if block.expires_at <= now:
        raise refusals.expired(now)
    if block.override_reason and not note.strip():
        raise TransitionError(message("desk_blocks.refused_override_note"))
    answer = guarded([block], now, (by.get_username(), note.strip()))
    if answer.refused:
        raise GuardRefusal(answer.refused[0].reason)
    # Both people answer for one thing, the one that was shown to them, and for nothing that came up since.
    if answer.overridden and answer.overridden[0].reason.id != (block.override_guard or {}).get("id"):
        raise TransitionError(message("desk_blocks.refused_override_other"))
    return _settle(block, Asked.Outcome.AGREED, "block.agree", by, now, note.strip())


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
    active = list(blocks.standing(Standing.ACTIVE, now).exclude(target__in=TERMINALS))
    files = compiled(active, form, now)
    record(
        "block.export", by=by, after={"form": form, "blocks": [block.pk for block in active], "files": sorted(files)}
    )
    return files


@transaction.atomic
def release(*, by: Person, now: datetime, unit: Unit, scope: str = Scope.NETWORK) -> Release:
    """Put what is approved at this moment into force for a unit and all below it, as the next number. Raises
    TransitionError where the change is so large that a second person has to look at it first (`ask_release`)."""
    demand(by, Duty.HANDLE, unit)
    change = pending_change(unit, scope, now, lock=True)
    if change.before is not None and change.before.rules_sha256 == change.sha256:
        raise TransitionError(message("desk_blocks.refused_unchanged"))
    if change.before is not None and change.before.at > now:
        raise TransitionError(message("desk_blocks.refused_clock", last=change.before.at, now=now))
    looked_at = None
    if change.oversized:
        agreed = BigChange.objects.filter(unit=unit, scope=scope, outcome=Asked.Outcome.AGREED)
        looked_at = agreed.filter(rules_sha256=change.sha256).first()
        if looked_at is None:
            raise TransitionError(message("desk_blocks.refused_oversized", added=change.added, removed=change.removed))
    made = Release.objects.create(
        unit=unit, scope=scope, number=change.before.number + 1 if change.before else 1, at=now, by=by,
        orders=change.orders, rules=[row_of(rule) for rule in change.rules], rules_sha256=change.sha256,
        overridden=change.overridden, size=looked_at,
    )  # fmt: skip
    facts = {"number": made.number, "scope": scope, "rules": len(change.rules), "sha256": change.sha256}
    record("block.release", by=by, obj=made, after=facts | {"overridden": [one["what"] for one in change.overridden]})
    return made


@transaction.atomic
def ask_release(*, by: Person, now: datetime, unit: Unit, scope: str, reason: str) -> BigChange:
    """Ask a second person to look at the size of a large change."""
    demand(by, Duty.HANDLE, unit)
    if not reason.strip():
        raise refusals.reason_missing()
    change = pending_change(unit, scope, now)
    asked = BigChange.objects.filter(unit=unit, scope=scope, rules_sha256=change.sha256)
    if not change.oversized or asked.filter(outcome=Asked.Outcome.PENDING).exists():
        raise refusals.already_asked()
    made: BigChange = BigChange.objects.create(
        unit=unit, scope=scope, rules_sha256=change.sha256, added=change.added, removed=change.removed,
        asked_by=by, asked_at=now, reason=reason.strip(),
    )  # fmt: skip
    record("block.ask-release", by=by, obj=made, after={"added": made.added, "removed": made.removed, "reason": reason})
    outbox.post(
        f"block.change.{made.pk}", unit=unit, to=outbox.people_of(unit, Role.APPROVER, but=by),
        word="desk_blocks.told_large", now=now, link="/blocks/plan/", added=made.added, removed=made.removed,
    )  # fmt: skip
    return made


@transaction.atomic
def decide_release(asked: BigChange, *, by: Person, now: datetime, agree: bool, note: str = "") -> Release | None:
    """The second person has looked: the release is made, by whoever asked; or it is not, and why. Raises
    TransitionError where what would be released is not what was asked about any more."""
    fresh = BigChange.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=asked.pk)
    demand(by, Duty.APPROVE, fresh.unit)
    if fresh.outcome != Asked.Outcome.PENDING:
        raise refusals.already_decided()
    if fresh.asked_by_id == by.pk:
        raise refusals.same_person()
    if not note.strip():
        raise refusals.reason_missing()
    if agree and pending_change(fresh.unit, fresh.scope, now).sha256 != fresh.rules_sha256:
        raise TransitionError(message("desk_blocks.refused_release_moved"))
    fresh.outcome = Asked.Outcome.AGREED if agree else Asked.Outcome.REFUSED
    fresh.decided_by, fresh.decided_at, fresh.decided_note = by, now, note.strip()
    fresh.save(update_fields=["outcome", "decided_by", "decided_at", "decided_note"])
    verb = "block.agree-release" if agree else "block.refuse-release"
    record(verb, by=by, obj=fresh, after={"added": fresh.added, "removed": fresh.removed, "note": note.strip()})
    _tell_asker(f"block.change.{fresh.pk}.decided", fresh.unit, [fresh.asked_by], now, link="/blocks/plan/")
    return release(by=fresh.asked_by, now=now, unit=fresh.unit, scope=fresh.scope) if agree else None


@transaction.atomic
def fetch(release: Release, *, by: Person, now: datetime, form: str) -> Mapping[str, bytes]:
    """The file of orders of a release (`orders`), or what is not over of it compiled in a form; note who took it."""
    if form == "orders":
        files: Mapping[str, bytes] = {f"orders-{release.number}.json": bytes(release.orders)}
    else:
        files = compiled_rules([kept_rule(row) for row in release.rules], form, now)
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
    inside = unit.pk == release.unit_id if release.scope == Scope.TERMINALS else True
    if not inside or not unit.path.startswith(release.unit.path):
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
    counts["overridden"] = len(list(row.get("overridden", ())))
    return {"device": str(row["device"])[:80], "state": state, "note": str(row["problem"])[:500], **counts}


def _held(block: Block) -> Block:
    whole = Block.objects.select_related("unit", "case__order", "asked_by", "decided_by")
    return whole.select_for_update(of=("self",), no_key=True).get(pk=block.pk)


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
    _tell_asker(f"block.{block.pk}.{outcome.value}", block.unit, [block.asked_by], now, link=f"/blocks/{block.pk}/")
    return block


def _tell_approver(key: str, unit: Unit, by: Person, now: datetime, *, link: str, count: int) -> None:
    """Somebody else has to look; what is to be blocked stands at the desk and not in the message."""
    people = outbox.people_of(unit, Role.APPROVER, but=by)
    outbox.post(key, unit=unit, to=people, word="desk_blocks.told_asked", now=now, link=link, count=count)


def _tell_asker(key: str, unit: Unit, people: Iterable[Person], now: datetime, *, link: str) -> None:
    outbox.post(key, unit=unit, to=people, word="desk_blocks.told_decided", now=now, link=link)
