"""The plan: what would change on which device, and why, before anything is touched. Made from orders, kept as a file.

A plan is bound to what it saw. If the devices or the book have moved on since, it is not applied.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from minewarden.enforce.book import Book, Standing, row_of, rule_of
from minewarden.enforce.bundle import write_whole
from minewarden.enforce.guard import Limits, guard, spelling
from minewarden.enforce.orders import Orders
from minewarden.enforce.plain import instant
from minewarden.enforce.publisher import Publisher, PublishError
from minewarden.vocab.blockrule import BlockRule, Site
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message
from minewarden.vocab.system import reason_of
from minewarden.vocab.words import both

SCHEMA = "minewarden/block-plan/1"
GOOD_FOR = timedelta(hours=24)
"""How long a plan may be applied: people look at it in the afternoon and apply it the next morning."""
BY_SESSION = frozenset({"radius"})
"""Kinds of devices that hold sessions and not rules."""
MOST_ADDED, MOST_REMOVED, FEW = 500, 0.3, 20
"""A change beyond these is applied only by somebody who says its size: so many more rules, or such a share of those in
force gone. Where fewer than `FEW` are in force, a share says nothing."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A rule that goes, and why: `expired`, `lifted`, `withdrawn` (no order for it any more) or `refused`."""

    rule: BlockRule
    why: str


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """What a plan does to one device. `missing`, `extra`: items by which it differs from what it was given last."""

    device: str
    kind: str
    base: str
    """Hash of the rules it was given last; empty: none yet."""
    observed: str
    """Hash of what it held when the plan was made."""
    added: tuple[BlockRule, ...]
    removed: tuple[Removal, ...]
    renewed: tuple[BlockRule, ...]
    """Rules whose end or ground changes."""
    unchanged: int
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    down: str = ""
    """Why it does not answer; empty: it does."""
    comes: tuple[str, ...] = ()
    goes: tuple[str, ...] = ()
    """Items that applying would add and take away, where they are not the rules themselves: sessions."""

    @property
    def moves(self) -> bool:
        """Whether applying would touch the device."""
        return bool(self.added or self.removed or self.renewed or self.missing or self.extra or self.comes or self.goes)


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of it. `rules`: what is to hold on every device afterwards."""

    made_at: datetime
    orders: str
    rules: tuple[BlockRule, ...]
    devices: tuple[DeviceChange, ...]
    refused: tuple[tuple[BlockRule, Mapping[str, str]], ...] = ()
    overridden: tuple[tuple[BlockRule, Mapping[str, str]], ...] = ()
    unfit: tuple[tuple[str, Mapping[str, str]], ...] = ()
    id: str = field(default="", compare=False)

    @property
    def size(self) -> int:
        """Rules that come and go on the device where most do."""
        return max((len(one.added) + len(one.removed) for one in self.devices), default=0)

    @property
    def oversized(self) -> bool:
        """Whether somebody has to say its size before it is applied."""
        return any(_oversized(one) for one in self.devices)


def make_plan(
    orders: Orders,
    devices: Mapping[str, Publisher],
    book: Book,
    *,
    site: Site,
    now: datetime,
    limits: Limits | None = None,
) -> Plan:
    """Guard the orders and hold them against what each device was given and what it holds. Touches nothing.

    `now` is aware. A device that does not answer stands in the plan with the reason, and the plan cannot be applied to
    it. Raises InputError where the book cannot be read.
    """
    lifted = book.lifts()
    # A lift stands in the book in the spelling of the rule that was compiled, whatever the order wrote.
    live = [
        rule
        for rule in orders.rules
        if (at := lifted.get(spelling(rule).key)) is None or orders.approved_at[rule.key] > at
    ]
    guarded = guard(live, site, now=now, limits=limits, overrides=orders.overrides)
    gone = {refusal.rule.key for refusal in guarded.refused}
    plan = plan_for(guarded.accepted, devices, book, now=now, refused=gone)
    plan = replace(
        plan,
        orders=orders.sha256,
        refused=tuple((one.rule, both(one.reason)) for one in guarded.refused),
        overridden=tuple((one.rule, both(one.reason)) for one in guarded.overridden),
        unfit=tuple((f"{one.place}: {one.what}", both(one.reason)) for one in orders.unfit),
    )
    return replace(plan, id=_id(plan))


def plan_for(
    rules: Sequence[BlockRule],
    devices: Mapping[str, Publisher],
    book: Book,
    *,
    now: datetime,
    refused: Set[tuple[str, str, int]] = frozenset(),
) -> Plan:
    """The plan that brings devices to exactly these rules, which are guarded already. `refused`: what the guard would
    not let through, to tell why a rule goes."""
    lifted = book.lifts()
    # What cannot be undone comes last: a session is ended only when every other device holds its rules.
    order = sorted(devices, key=lambda name: (devices[name].kind in BY_SESSION, name))
    changes = tuple(_change(name, devices[name], book, rules, lifted, refused, now) for name in order)
    plan = Plan(made_at=now, orders="", rules=tuple(rules), devices=changes)
    return replace(plan, id=_id(plan))


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan whole. Raises OSError where the disk refuses."""
    write_whole(path, (json.dumps({**_body(plan), "id": plan.id}, ensure_ascii=False, indent=1) + "\n").encode())


def read_plan(path: Path) -> Plan:
    """Read a plan. Raises InputError where it is none, or was changed after it was made."""
    try:
        given = json.loads(path.read_bytes())
        plan = _plan(given)
    except OSError as error:
        raise InputError(str(path), 0, message("block_plan.unreadable", problem=reason_of(error))) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(str(path), 0, message("block_plan.not_a_plan", schema=SCHEMA)) from error
    if given.get("schema") != SCHEMA or plan.id != _id(plan):
        raise InputError(str(path), 0, message("block_plan.plan_changed"))
    return plan


def digest(items: frozenset[str]) -> str:
    """One hash of what a device holds."""
    return hashlib.sha256("\n".join(sorted(items)).encode()).hexdigest()


def stale(plan: Plan, now: datetime) -> Message | None:
    """Why a plan may not be applied at `now` any more; None: it may."""
    if not timedelta() <= now - plan.made_at <= GOOD_FOR:
        return message("block_plan.plan_old", made=plan.made_at, hours=int(GOOD_FOR.total_seconds() // 3600))
    if over := next((rule for rule in plan.rules if rule.expires_at <= now), None):
        return message("block_plan.plan_expired", value=over.value)
    return None


def _change(
    name: str,
    publisher: Publisher,
    book: Book,
    rules: Sequence[BlockRule],
    lifted: Mapping[tuple[str, str, int], datetime],
    gone: Set[tuple[str, str, int]],
    now: datetime,
) -> DeviceChange:
    before: Standing | None = book.standing(name)
    old = {rule.key: rule for rule in before.rules} if before else {}
    new = {rule.key: rule for rule in rules}
    removed = [rule for key, rule in old.items() if key not in new]
    change = DeviceChange(
        device=name,
        kind=publisher.kind,
        base=before.sha256 if before else "",
        observed="",
        added=tuple(rule for key, rule in new.items() if key not in old),
        removed=tuple(Removal(rule, _why(rule, lifted, gone, now)) for rule in removed),
        renewed=tuple(rule for key, rule in new.items() if key in old and old[key] != rule),
        unchanged=sum(old.get(key) == rule for key, rule in new.items()),
    )
    try:
        held = publisher.held()
        if publisher.kind in BY_SESSION:
            # People come and go on the network by themselves: that is no drift, and only what would be done is told.
            will = publisher.wanted(rules, now=now)
            comes, goes = tuple(sorted(will - held)), tuple(sorted(held - will))
            return replace(change, observed=digest(held), comes=comes, goes=goes)
    except PublishError as error:
        return replace(change, down=error.said("en"))
    given = publisher.wanted(before.rules if before else (), now=now)
    # A device that was never given anything lacks nothing; what it holds all the same is told.
    missing = given - held if before else frozenset()
    return replace(change, observed=digest(held), missing=tuple(sorted(missing)), extra=tuple(sorted(held - given)))


def _why(
    rule: BlockRule, lifted: Mapping[tuple[str, str, int], datetime], gone: Set[tuple[str, str, int]], now: datetime
) -> str:
    if rule.expires_at <= now:
        return "expired"
    if rule.key in lifted:
        return "lifted"
    return "refused" if rule.key in gone else "withdrawn"


def oversized(before: int, added: int, gone: int) -> bool:
    """Whether a change is so large that somebody has to look at its size. `before`: rules in force; `gone`: those that
    would go though their time is not over."""
    return added > MOST_ADDED or (before >= FEW and gone > MOST_REMOVED * before)


def _oversized(change: DeviceChange) -> bool:
    before = len(change.removed) + len(change.renewed) + change.unchanged
    # What is over goes anyway, however much of it there is.
    gone = sum(removal.why != "expired" for removal in change.removed)
    return oversized(before, len(change.added), gone)


def _id(plan: Plan) -> str:
    return hashlib.sha256(json.dumps(_body(plan), sort_keys=True).encode()).hexdigest()


def _body(plan: Plan) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "made_at": plan.made_at.isoformat(),
        "first_expiry": instant(min(rule.expires_at for rule in plan.rules)) if plan.rules else None,
        "orders": plan.orders,
        "rules": [row_of(rule) for rule in plan.rules],
        "devices": [_device(one) for one in plan.devices],
        "refused": _explained(plan.refused),
        "overridden": _explained(plan.overridden),
        "unfit": [{"order": what, "why": dict(why)} for what, why in plan.unfit],
    }


def _device(change: DeviceChange) -> dict[str, Any]:
    return {
        "device": change.device,
        "kind": change.kind,
        "base": change.base,
        "observed": change.observed,
        "added": [row_of(rule) for rule in change.added],
        "removed": [{**row_of(one.rule), "why": one.why} for one in change.removed],
        "renewed": [row_of(rule) for rule in change.renewed],
        "unchanged": change.unchanged,
        "missing": list(change.missing),
        "extra": list(change.extra),
        "down": change.down,
        **({"comes": list(change.comes), "goes": list(change.goes)} if change.kind in BY_SESSION else {}),
    }


def _explained(pairs: Sequence[tuple[BlockRule, Mapping[str, str]]]) -> list[dict[str, Any]]:
    return [{**row_of(rule), "why": dict(why)} for rule, why in pairs]


def _plan(given: Mapping[str, Any]) -> Plan:
    return Plan(
        made_at=datetime.fromisoformat(given["made_at"]),
        orders=given["orders"],
        rules=tuple(rule_of(row) for row in given["rules"]),
        devices=tuple(
            DeviceChange(
                device=row["device"],
                kind=row["kind"],
                base=row["base"],
                observed=row["observed"],
                added=tuple(rule_of(one) for one in row["added"]),
                removed=tuple(Removal(rule_of(one), one["why"]) for one in row["removed"]),
                renewed=tuple(rule_of(one) for one in row["renewed"]),
                unchanged=row["unchanged"],
                missing=tuple(row["missing"]),
                extra=tuple(row["extra"]),
                down=row["down"],
                comes=tuple(row.get("comes", ())),
                goes=tuple(row.get("goes", ())),
            )
            for row in given["devices"]
        ),
        refused=tuple((rule_of(row), row["why"]) for row in given["refused"]),
        overridden=tuple((rule_of(row), row["why"]) for row in given["overridden"]),
        unfit=tuple((row["order"], row["why"]) for row in given["unfit"]),
        id=given["id"],
    )
