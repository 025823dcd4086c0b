"""Takes blocks off: before their time with a reason, or because their time is over.

Lifting needs one person only, since it cuts nobody off; and a device that is down never keeps a block on the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from minewarden.enforce.apply import Receipt, apply_plan
from minewarden.enforce.book import Book
from minewarden.enforce.plan import plan_for
from minewarden.enforce.publisher import Publisher
from minewarden.vocab.blockrule import BlockRule
from minewarden.vocab.errors import MinewardenError
from minewarden.vocab.message import Message


@dataclass(frozen=True, slots=True)
class Lifted:
    """What was taken off where, and where it failed: such a device still has it; lift again when it is up."""

    rules: tuple[BlockRule, ...]
    receipts: tuple[Receipt, ...]
    failed: tuple[tuple[str, Message], ...]


def lift(
    goes: Callable[[BlockRule], bool],
    devices: Mapping[str, Publisher],
    book: Book,
    *,
    by: str,
    reason: str,
    now: datetime,
) -> Lifted:
    """Take every rule off for which `goes` is true, from every device that was given it; what is over goes with them.

    The lift stands in the book first, so that no later plan from the same orders brings the rule back.
    """
    standing = {name: found for name in sorted(devices) if (found := book.standing(name)) is not None}
    # Rules of one key may differ in their end from device to device; the lift is one.
    taken = {rule.key: rule for one in standing.values() for rule in one.rules if goes(rule)}
    with book.held(by=by, now=now):
        facts = [{"target": t, "value": v, "port": p, "reason": reason} for t, v, p in sorted(taken)]
        book.append_all("lift", facts, by=by, now=now)
    receipts: list[Receipt] = []
    failed: list[tuple[str, Message]] = []
    for name, one in standing.items():
        rest = [rule for rule in one.rules if rule.key not in taken and rule.expires_at > now]
        mine = {name: devices[name]}
        plan = plan_for(rest, mine, book, now=now)
        try:
            receipts.extend(apply_plan(plan, mine, book, by=by, now=now, size=plan.size, signed=one.overridden))
        except MinewardenError as error:
            failed.append((name, error.message))
    return Lifted(tuple(taken[key] for key in sorted(taken)), tuple(receipts), tuple(failed))


def lift_expired(devices: Mapping[str, Publisher], book: Book, *, by: str, now: datetime) -> Lifted:
    """Take off what is over. It is no lift: a new order for the same thing holds again."""
    return lift(lambda rule: False, devices, book, by=by, reason="", now=now)
