"""Where block proposals meet the room that guards and compiles: models become rules, files come back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from minewarden.desk.blocks.models import Block
from minewarden.desk.cases.orders_table import OrderState
from minewarden.desk.ledger.directory import protected_site
from minewarden.desk.ledger.models import UnitRange
from minewarden.desk.library.bridge import compiled_rules as compiled_rules
from minewarden.desk.library.bridge import rules_of as version_rules
from minewarden.desk.library.models import Issue
from minewarden.desk.org.models import Unit
from minewarden.enforce.dry_run import DryRun, dry_run
from minewarden.enforce.guard import Guarded, Override, Refusal, guard, networks_of
from minewarden.enforce.orders import parse_orders
from minewarden.plugins import COMPILERS
from minewarden.telemetry.lake import Lake
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.message import Message, message

FORMS = tuple(form for form in COMPILERS if form != "radius")
"""Of names and addresses. Who is refused at the access server stands in a file of its own."""
TERMINAL_FORMS = ("radius",)


def rule_of(block: Block) -> BlockRule:
    """A proposal as a rule. The reason cites the case or the version of the library, and never a person."""
    cited = f"{block.cites} " if block.cites else ""
    return BlockRule(
        target=Target(block.target),
        value=block.value,
        port=block.port,
        expires_at=block.expires_at,
        reason=f"{cited}block {block.pk or 'proposed'}",
        basis=block.basis,
    )


def refusal_of(block: Block, now: datetime) -> Message | None:
    """Why the guard refuses the proposal; None: it may be compiled."""
    answer = guarded([block], now)
    return answer.refused[0].reason if answer.refused else None


def may_be_overridden(block: Block, now: datetime) -> bool:
    """Whether two people may answer for what the guard refuses."""
    if unordered(block) is not None:
        return False
    rule = rule_of(block)
    anybody = Override((("1", "1"), ("2", "2")))
    return bool(
        guard([rule], protected_site(now, networks_of([rule])), now=now, overrides={rule.key: anybody}).overridden
    )


def unordered(block: Block) -> Message | None:
    """Why nobody may be taken off the network for this yet, or any more; None: a 断网通知单 is in force.

    The program ends nobody's session because a rule says so: a notice was ordered by one person and approved by
    another, for a device that was found mining again, before a proposal can be made.
    """
    if not block.personal:
        return None
    order = getattr(block.case, "order", None) if block.case is not None else None
    if order is None or order.state not in _CUT:
        restored = order is not None and order.state == OrderState.RESTORED
        return message("desk_blocks.refused_restored" if restored else "desk_blocks.refused_no_order")
    return None


_CUT = frozenset({OrderState.APPROVED.value, OrderState.EXECUTED.value, OrderState.ASKED_BACK.value})


def guarded(blocks: Iterable[Block], now: datetime, second: tuple[str, str] | None = None) -> Guarded:
    """The guard's answer to several proposals at once, with what people signed for. `second`: who is about to sign."""
    listed = list(blocks)
    reasons = {block.pk: reason for block in listed if (reason := unordered(block)) is not None}
    refused = tuple(Refusal(rule_of(block), reasons[block.pk]) for block in listed if block.pk in reasons)
    asked = [block for block in listed if block.pk not in reasons]
    overrides = {rule_of(block).key: one for block in asked if (one := block.signed(second)) is not None}
    rules = [rule_of(block) for block in asked]
    answer = guard(rules, protected_site(now, networks_of(rules)), now=now, overrides=overrides)
    return replace(answer, refused=(*answer.refused, *refused))


def compiled(blocks: Iterable[Block], form: str, now: datetime) -> Mapping[str, bytes]:
    """File name -> content, of what the guard accepts. Raises KeyError for an unknown form."""
    return compiled_rules(guarded(blocks, now).accepted, form, now)


def rules_by_record(issue: Issue, unit: Unit, now: datetime) -> Mapping[str, BlockRule]:
    """What the guard lets through of a version, by the identity of the record."""
    accepted = version_rules(issue, unit, now).guarded.accepted
    return {rule.reason.rpartition(" ")[2]: rule for rule in accepted}


def judged(orders: bytes, now: datetime) -> Guarded:
    """The guard's answer to a file of orders."""
    read = parse_orders(orders, "orders.json")
    return guard(read.rules, protected_site(now, networks_of(read.rules)), now=now, overrides=read.overrides)


def tried(block: Block, units: Iterable[Unit], days: int, now: datetime) -> DryRun | None:
    """What a proposal would have met in the logs that are kept for this desk, by unit; None: no logs are kept here.

    Clients outside the ranges of `units` are counted without a name.
    """
    lake = settings.LAKE
    if lake is None or not lake.is_dir():
        return None
    ranges = UnitRange.objects.filter(unit__in=units, valid_from__lte=now).exclude(valid_to__lte=now)
    whose = [(net, claim.unit.label) for claim in ranges.select_related("unit") for net in claim.networks]
    with Lake(lake).connect() as connection:
        return dry_run(connection, [rule_of(block)], since=now - timedelta(days=days), until=now, units=whose)
