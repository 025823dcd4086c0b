"""The board of what is blocked and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from minewarden.desk.blocks.access import blocks_for, may_decide, releases_for
from minewarden.desk.blocks.bridge import FORMS, guarded, refusal_of, rules_of, tried
from minewarden.desk.blocks.export import orders_of, sha256_of
from minewarden.desk.blocks.models import Block, Receipt, Release, Standing
from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.ledger.models import UnitRange
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person, Unit
from minewarden.enforce.book import rule_of
from minewarden.enforce.dry_run import DryRun
from minewarden.enforce.plain import shown
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.message import Message

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One proposal with the guard's answer, and what the person who looks may do about it."""

    block: Block
    refusal: Message | None
    decides: bool
    lifts: bool


@dataclass(frozen=True, slots=True)
class Board:
    """A page of proposals that stand alike, and how many stand how."""

    rows: tuple[Row, ...]
    page: Page[Block]
    standing: Standing
    counts: Mapping[Standing, int]
    forms: tuple[str, ...]


def board(person: Person, given: Mapping[str, str], unit: Unit | None, now: datetime) -> Board:
    """What stands so as the page asks: in force, unless it says otherwise."""
    blocks = blocks_for(person, unit)
    counted = blocks.order_by().aggregate(
        pending=Count("pk", filter=Q(outcome="pending")),
        refused=Count("pk", filter=Q(outcome="refused")),
        active=Count("pk", filter=Q(outcome="agreed", lifted_at=None, expires_at__gt=now)),
        expired=Count("pk", filter=Q(outcome="agreed", lifted_at=None, expires_at__lte=now)),
        lifted=Count("pk", filter=Q(outcome="agreed", lifted_at__isnull=False)),
    )
    asked = given.get("standing", "")
    standing = Standing(asked) if asked in list(Standing) else Standing.ACTIVE
    page = Paginator(blocks.standing(standing, now), PER_PAGE).get_page(given.get("page"))
    judged = standing in (Standing.PENDING, Standing.ACTIVE)
    refused = {r.rule.reason: r.reason for r in guarded(page, now).refused} if judged else {}
    rows = tuple(
        Row(
            block=block,
            refusal=next((why for reason, why in refused.items() if reason.endswith(f"block {block.pk}")), None),
            decides=standing is Standing.PENDING and may_decide(person, block),
            lifts=standing is Standing.ACTIVE and may(person, Duty.HANDLE, block.unit),
        )
        for block in page
    )
    return Board(rows, page, standing, {s: counted[s.value] for s in Standing}, FORMS)


DAYS = (7, 30)
"""How far back a proposal may be tried on the logs from its page."""
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as a page shows it. `sign`: + comes, - goes, ~ changes, empty: stays."""

    sign: str
    what: str
    target: str
    rule: BlockRule


@dataclass(frozen=True, slots=True)
class PlanPage:
    """What would change for a unit against its last release."""

    unit: Unit
    before: Release | None
    lines: tuple[Line, ...]
    unchanged: int
    releases: Sequence[Release]
    may_release: bool


@dataclass(frozen=True, slots=True)
class UnitState:
    """How a unit stands to a release: `waiting` where it has said nothing."""

    unit: Unit
    state: str
    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """A release, what it holds, and which units confirmed it."""

    release: Release
    lines: tuple[Line, ...]
    forms: tuple[str, ...]
    states: tuple[UnitState, ...]
    confirmed: int
    drifted: int
    newest: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A proposal before it is decided, with the guard's answer and what it would have met. `met` None: not asked, or
    no logs are kept."""

    row: Row
    standing: Standing
    days: int
    met: DryRun | None
    choices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """What a principal should know: how much is blocked, examples, until when, on what ground, whom to ask."""

    unit: Unit
    names: int
    addresses: int
    examples: tuple[str, ...]
    last_end: datetime | None
    cases: int
    bases: tuple[str, ...]
    blocks: Sequence[Block]


def plan_page(person: Person, unit: Unit, now: datetime) -> PlanPage:
    """Hold what is approved now against what was released last."""
    releases = list(releases_for(person).filter(unit=unit)[:20])
    before = releases[0] if releases else None
    blocks = Block.objects.filter(unit__path__startswith=unit.path).standing(Standing.ACTIVE, now)
    rules = rules_of(orders_of(blocks.select_related("case", "asked_by", "decided_by")), now)
    old = {rule.key: rule for rule in map(rule_of, before.rules)} if before else {}
    new = {rule.key: rule for rule in rules}
    lines = [_line("+", rule) for key, rule in new.items() if key not in old]
    lines += [_line("-", rule) for key, rule in old.items() if key not in new]
    lines += [_line("~", rule) for key, rule in new.items() if key in old and old[key] != rule]
    may_release = may(person, Duty.HANDLE, unit) and (before.rules_sha256 if before else "") != sha256_of(rules)
    return PlanPage(
        unit, before, tuple(lines), len(new) - sum(one.sign in "+~" for one in lines), releases, may_release
    )


def release_page(release: Release, now: datetime) -> ReleasePage:
    """Which units hold it. Asked are those with an exit of their own; where none has, the unit that released it."""
    exits = UnitRange.objects.filter(purpose=UnitRange.Purpose.EGRESS, valid_from__lte=now).exclude(valid_to__lte=now)
    receipts = list(release.receipts.select_related("unit", "by"))
    below = Unit.objects.filter(path__startswith=release.unit.path)
    asked = below.filter(Q(pk__in=exits.values("unit")) | Q(pk__in={one.unit_id for one in receipts}))
    units = list(asked.order_by("path")) or [release.unit]
    states = tuple(_unit_state(unit, [one for one in receipts if one.unit_id == unit.pk]) for unit in units)
    newest = not Release.objects.filter(unit=release.unit, number__gt=release.number).exists()
    return ReleasePage(
        release, tuple(_line("", rule_of(row)) for row in release.rules), FORMS, states,
        sum(one.state == Receipt.State.CONFIRMED for one in states),
        sum(one.state not in (Receipt.State.CONFIRMED, "waiting") for one in states), newest,
    )  # fmt: skip


def order_page(person: Person, block: Block, given: Mapping[str, str], now: datetime) -> OrderPage:
    """A proposal; tried on the logs only where the page asks for it."""
    asked = given.get("days", "")
    days = int(asked) if asked in map(str, DAYS) else 0
    standing = block.standing(now)
    judged = standing in (Standing.PENDING, Standing.ACTIVE)
    row = Row(
        block=block,
        refusal=refusal_of(block, now) if judged else None,
        decides=standing is Standing.PENDING and may_decide(person, block),
        lifts=standing is Standing.ACTIVE and may(person, Duty.HANDLE, block.unit),
    )
    met = tried(block, units_visible_to(person, *BUSINESS), days, now) if days else None
    return OrderPage(row, standing, days, met, DAYS)


def explained(person: Person, unit: Unit, now: datetime) -> Explained:
    """What is in force for a unit, in short."""
    blocks = list(blocks_for(person, unit).standing(Standing.ACTIVE, now))
    named = [block for block in blocks if block.target in (Target.NAME, Target.SUBTREE)]
    return Explained(
        unit=unit,
        names=len(named),
        addresses=len(blocks) - len(named),
        examples=tuple(block.shown for block in blocks[:EXAMPLES]),
        last_end=max((block.expires_at for block in blocks), default=None),
        cases=len({block.case_id for block in blocks if block.case_id}),
        bases=tuple(sorted({block.basis for block in blocks})),
        blocks=blocks,
    )


def _line(sign: str, rule: BlockRule) -> Line:
    return Line(sign, shown(rule), rule.target.value, rule)


def _unit_state(unit: Unit, receipts: Sequence[Receipt]) -> UnitState:
    """The latest of each device; the worst of them is the unit's."""
    latest: dict[str, Receipt] = {}
    for one in receipts:  # Newest first.
        latest.setdefault(one.device, one)
    states = [one.state for one in latest.values()]
    worst = next((state for state in ("down", "drifted", "other", "confirmed") if state in states), "waiting")
    return UnitState(unit, worst, tuple(latest.values()))
