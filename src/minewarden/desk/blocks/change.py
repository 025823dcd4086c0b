"""What would be released now against what was released last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from minewarden.desk.blocks.bridge import judged, unordered
from minewarden.desk.blocks.export import orders_of, sha256_of
from minewarden.desk.blocks.models import Block, BlockQuerySet, Release, Scope, Standing
from minewarden.desk.org.models import Unit
from minewarden.enforce.book import rule_of
from minewarden.enforce.guard import spelling
from minewarden.enforce.orders import parse_orders
from minewarden.enforce.plain import shown
from minewarden.enforce.plan import oversized
from minewarden.vocab.blockrule import TERMINALS, BlockRule
from minewarden.vocab.words import both


@dataclass(frozen=True, slots=True)
class Change:
    """The orders and rules of a release that was not made yet. `added`, `removed`: rules that come, and that go though
    their time is not over. `overridden`: what two people answer for, as a release keeps it."""

    before: Release | None
    orders: bytes
    rules: tuple[BlockRule, ...]
    sha256: str
    added: int
    removed: int
    oversized: bool
    overridden: Sequence[dict[str, Any]]


def blocks_of(unit: Unit, scope: str, now: datetime) -> BlockQuerySet:
    """What is in force for a release: names and addresses of the unit and all below it; accounts and devices of the
    unit alone, since who was taken off the network concerns nobody else."""
    whose = Block.objects.standing(Standing.ACTIVE, now)
    if scope == Scope.TERMINALS:
        return whose.filter(unit=unit, target__in=TERMINALS)
    return whose.filter(unit__path__startswith=unit.path).exclude(target__in=TERMINALS)


def pending_change(unit: Unit, scope: str, now: datetime, *, lock: bool = False) -> Change:
    """What a release would be at `now`. `lock`: hold the last one meanwhile, so that two people do not make the same
    number."""
    releases = Release.objects.filter(unit=unit, scope=scope).order_by("-number")
    if lock:
        releases = releases.select_for_update(of=("self",), no_key=True)
    before = releases.first()
    people = ("case__order", "issue", "asked_by", "decided_by")
    blocks = [one for one in blocks_of(unit, scope, now).select_related(*people) if unordered(one) is None]
    orders = orders_of(blocks)
    answer = judged(orders, now)
    old = {rule.key: rule for rule in map(rule_of, before.rules)} if before else {}
    new = {rule.key for rule in answer.accepted}
    live = {key for key, rule in old.items() if rule.expires_at > now}
    added, removed = len(new - old.keys()), len(live - new)
    signatures = parse_orders(orders, "orders.json").overrides
    overridden = [
        {
            "what": shown(spelling(one.rule)),
            "why": dict(both(one.reason)),
            "by": [list(pair) for pair in signatures[one.rule.key].by],
        }
        for one in answer.overridden
    ]
    return Change(
        before, orders, answer.accepted, sha256_of(answer.accepted), added, removed,
        oversized(len(live), added, removed), overridden,
    )  # fmt: skip
