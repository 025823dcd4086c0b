"""Applies a plan, proves what each device holds afterwards, and brings everything back where one step fails."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from minewarden.enforce.book import Begun, Book, Standing
from minewarden.enforce.guard import spelling
from minewarden.enforce.plain import instant, shown
from minewarden.enforce.plan import DeviceChange, Plan, digest, stale
from minewarden.enforce.publisher import Publisher, PublishError
from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.errors import MinewardenError, TransitionError
from minewarden.vocab.message import message

RECEIPT = "minewarden/block-receipt/1"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a device was found to hold at `at`, against what it was given.

    `state`: `confirmed` (exactly that), `drifted` (something is missing, extra, or over and still there), `down`.
    """

    device: str
    kind: str
    at: datetime
    state: str
    rules: int
    rules_sha256: str
    items: int
    items_sha256: str
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    overdue: tuple[BlockRule, ...] = ()
    problem: str = ""
    overridden: tuple[str, ...] = ()
    """What of the rules two people signed for in spite of the guard."""

    def row(self) -> dict[str, Any]:
        """As JSON carries it; long lists of what differs are cut, their length is told."""
        return {
            "schema": RECEIPT,
            "device": self.device,
            "kind": self.kind,
            "at": instant(self.at),
            "state": self.state,
            "rules": self.rules,
            "rules_sha256": self.rules_sha256,
            "items": self.items,
            "items_sha256": self.items_sha256,
            "missing": list(self.missing[:20]),
            "missing_count": len(self.missing),
            "extra": list(self.extra[:20]),
            "extra_count": len(self.extra),
            "overdue": [rule.value for rule in self.overdue[:20]],
            "problem": self.problem,
            "overridden": list(self.overridden),
        }


def apply_plan(
    plan: Plan,
    devices: Mapping[str, Publisher],
    book: Book,
    *,
    by: str,
    now: datetime,
    size: int | None = None,
    signed: Iterable[str] = (),
) -> tuple[Receipt, ...]:
    """Carry a plan out on every device that it moves, all of them or none.

    `signed`: what of the rules two people signed for earlier, beside what the plan says itself.
    `size`: what somebody said the size is; needed where the plan is oversized. Raises TransitionError where the plan
    may not be applied (old, overtaken, drifted since, a device down, another apply unfinished or under way) and
    PublishError where a device failed; then all that was touched has been brought back, and what could not be is told
    and stays open in the book.
    """
    with book.held(by=by, now=now):
        _allowed(plan, devices, book, now, size)
        wanted = book.put_rules(plan.rules)
        holding = {shown(rule) for rule in plan.rules}
        told = {*signed, *(shown(spelling(rule)) for rule, _ in plan.overridden)}
        answered_for = tuple(sorted(told & holding))
        done: list[tuple[Publisher, Begun]] = []
        receipts: list[Receipt] = []
        for change in plan.devices:
            if not change.moves:
                continue
            publisher = devices[change.device]
            begun = _begin(publisher, change, plan, book, wanted, by, now)
            done.append((publisher, begun))
            try:
                publisher.push(plan.rules, now=now)
                receipt = _compared(change.device, publisher, Standing(plan.rules, wanted, now, answered_for), now)
                if receipt.state != "confirmed":
                    problem = receipt.problem or f"missing {len(receipt.missing)}, extra {len(receipt.extra)}"
                    raise PublishError(change.device, problem)
            except BaseException:
                # A person who interrupts must not leave a device half done either.
                _bring_back(done, book, by, now)
                raise
            receipts.append(receipt)
        # Only now, when all of them hold it: an end in the book for one device alone would be half an apply.
        for (_, begun), receipt in zip(done, receipts, strict=True):
            book.append(
                "done", by=by, now=now, device=begun.device, begun=begun.number, rules=wanted, plan=plan.id,
                overridden=list(answered_for), receipt=receipt.row(),
            )  # fmt: skip
        return tuple(receipts)


def verify(devices: Mapping[str, Publisher], book: Book, *, by: str, now: datetime) -> tuple[Receipt, ...]:
    """Hold every device against what it was given last, and keep the receipts. A device that was never given anything
    is held against nothing. Touches no device."""
    receipts = []
    for name in sorted(devices):
        standing = book.standing(name) or Standing((), "", now)
        receipts.append(_compared(name, devices[name], standing, now))
    for receipt in receipts:
        book.append("receipt", by=by, now=now, device=receipt.device, receipt=receipt.row())
    return tuple(receipts)


def recover(devices: Mapping[str, Publisher], book: Book, *, by: str, now: datetime) -> tuple[tuple[str, str], ...]:
    """Bring every apply that was cut off to an end: back to what the device held before it. Gives device and what was
    done (`rolled-back`). Raises PublishError where a device does not answer; its apply stays open."""
    with book.held(by=by, now=now):
        ended: list[tuple[str, str]] = []
        for begun in reversed(book.unfinished()):
            if begun.device not in devices:
                raise TransitionError(message("block_plan.unknown_device", device=begun.device))
            devices[begun.device].restore(book.kept(begun.kept))
            book.append("rolled-back", by=by, now=now, device=begun.device, begun=begun.number)
            ended.append((begun.device, "rolled-back"))
        return tuple(ended)


def _allowed(plan: Plan, devices: Mapping[str, Publisher], book: Book, now: datetime, size: int | None) -> None:
    if begun := book.unfinished():
        raise TransitionError(message("block_plan.unfinished", device=begun[0].device, by=begun[0].by, at=begun[0].at))
    if problem := stale(plan, now):
        raise TransitionError(problem)
    if plan.oversized and size != plan.size:
        raise TransitionError(message("block_plan.oversized", size=plan.size))
    for change in plan.devices:
        if change.device not in devices:
            raise TransitionError(message("block_plan.unknown_device", device=change.device))
        if change.down:
            raise TransitionError(message("block_plan.device_down", device=change.device, problem=change.down))
        standing = book.standing(change.device)
        if (standing.sha256 if standing else "") != change.base:
            raise TransitionError(message("block_plan.overtaken", device=change.device))
        if digest(devices[change.device].held()) != change.observed:
            raise TransitionError(message("block_plan.moved", device=change.device))


def _begin(
    publisher: Publisher, change: DeviceChange, plan: Plan, book: Book, rules: str, by: str, now: datetime
) -> Begun:
    kept = book.put(publisher.keep())
    number = book.append(
        "begin", by=by, now=now, device=change.device, rules=rules, before=change.base, kept=kept, plan=plan.id
    )
    return Begun(number, change.device, by, now, rules, kept, plan.id)


def _bring_back(done: Sequence[tuple[Publisher, Begun]], book: Book, by: str, now: datetime) -> None:
    """Newest first. What cannot be brought back stays open in the book, so that the next command says so."""
    for publisher, begun in reversed(done):
        try:
            publisher.restore(book.kept(begun.kept))
        except MinewardenError:
            continue
        book.append("rolled-back", by=by, now=now, device=begun.device, begun=begun.number)


def _compared(name: str, publisher: Publisher, standing: Standing, now: datetime) -> Receipt:
    rules, sha256 = standing.rules, standing.sha256
    overdue = tuple(rule for rule in rules if rule.expires_at <= now)
    try:
        wanted, held = publisher.wanted(rules, now=now), publisher.held()
    except PublishError as error:
        return Receipt(
            name,
            publisher.kind,
            now,
            "down",
            len(rules),
            sha256,
            0,
            "",
            problem=error.said("en"),
            overridden=standing.overridden,
        )
    missing, extra = tuple(sorted(wanted - held)), tuple(sorted(held - wanted))
    # Of what is over, only that counts which the device still holds.
    late = tuple(rule for rule in overdue if publisher.wanted([rule], now=now) & held)
    return Receipt(
        name, publisher.kind, now, "drifted" if missing or extra or late else "confirmed", len(rules), sha256,
        len(held), digest(held), missing, extra, late, overridden=standing.overridden,
    )  # fmt: skip
