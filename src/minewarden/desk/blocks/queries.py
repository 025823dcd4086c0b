"""The board of what is blocked and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from minewarden.desk.blocks.access import big_changes_for, blocks_for, may_decide, releases_for
from minewarden.desk.blocks.bridge import FORMS, TERMINAL_FORMS, guarded, rules_by_record, tried
from minewarden.desk.blocks.change import Change, blocks_of, pending_change
from minewarden.desk.blocks.models import BigChange, Block, Receipt, Release, Scope, Standing
from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.ledger.models import UnitRange
from minewarden.desk.library.models import Issue
from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person, Unit
from minewarden.enforce.book import rule_of
from minewarden.enforce.dry_run import DryRun
from minewarden.enforce.guard import Guarded
from minewarden.enforce.plain import shown
from minewarden.vocab.blockrule import TERMINALS, BlockRule, Target
from minewarden.vocab.message import Message

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One proposal with the guard's answer, and what the person who looks may do about it. `overridden`: what the guard
    would say, had not two people answered for it; `agreeable`: whether the second person may let it pass."""

    block: Block
    refusal: Message | None
    overridden: Message | None
    decides: bool
    lifts: bool

    @property
    def agreeable(self) -> bool:
        """Whether the second person may let it pass."""
        return self.refusal is None or bool(self.block.override_reason)


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
    answer = guarded(page, now) if judged else None
    rows = tuple(_row(person, block, standing, answer) for block in page)
    return Board(rows, page, standing, {s: counted[s.value] for s in Standing}, FORMS)


DAYS = (7, 30)
"""How far back a proposal may be tried on the logs from its page."""
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as a page shows it. `sign`: + comes, - goes, ~ changes, empty: stays. `overridden`: why the guard
    refused it and who answers for it; empty: it did not."""

    sign: str
    what: str
    target: str
    rule: BlockRule
    overridden: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """What would change for a unit against its last release."""

    unit: Unit
    scope: str
    scopes: tuple[str, ...]
    before: Release | None
    lines: tuple[Line, ...]
    unchanged: int
    releases: QuerySet[Release]
    may_release: bool
    change: Change
    waiting: tuple[tuple[BigChange, bool, bool], ...]
    """Large changes that wait for a second person: the change, whether the reader may decide it, whether it is still
    what would be released."""


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
    terminals: int
    overridden: int


@dataclass(frozen=True, slots=True)
class Offered:
    """One record of a version as it could be blocked. `running`: blocked or proposed for the unit already."""

    key: str
    what: str
    target: str
    expires_at: datetime
    running: bool
    refusal: Message | None = None


def offered(issue: Issue, unit: Unit, now: datetime) -> tuple[Offered, ...]:
    """What a version offers to be blocked for a unit, and what the guard holds back."""
    rows = Block.objects.filter(unit=unit)
    running = {
        (block.target, block.value, block.port)
        for standing in (Standing.PENDING, Standing.ACTIVE)
        for block in rows.standing(standing, now)
    }
    found = rules_by_record(issue, unit, now)
    return tuple(
        Offered(
            key, shown(rule), rule.target.value, rule.expires_at,
            (rule.target.value, rule.value, rule.port) in running,
        )
        for key, rule in found.items()
    )  # fmt: skip


def batches(person: Person, unit: Unit | None, now: datetime) -> tuple[tuple[Issue, Unit, int], ...]:
    """What was proposed out of versions and waits for this person: the version, the unit, how many."""
    pending = blocks_for(person, unit).standing(Standing.PENDING, now).exclude(issue=None).exclude(asked_by=person)
    counts: dict[tuple[int, int], int] = {}
    known: dict[tuple[int, int], tuple[Issue, Unit]] = {}
    for block in pending:
        if block.issue is None or not may(person, Duty.APPROVE, block.unit):
            continue
        key = (block.issue.pk, block.unit_id)
        counts[key] = counts.get(key, 0) + 1
        known[key] = (block.issue, block.unit)
    return tuple((*known[key], count) for key, count in sorted(counts.items()))


def plan_page(person: Person, unit: Unit, now: datetime, scope: str = Scope.NETWORK) -> PlanPage:
    """Hold what is approved now against what was released last."""
    releases = releases_for(person).filter(unit=unit, scope=scope)
    change = pending_change(unit, scope, now)
    old = {rule.key: rule for rule in map(rule_of, change.before.rules)} if change.before else {}
    new = {rule.key: rule for rule in change.rules}
    signed = {one["what"]: one for one in change.overridden}
    lines = [_line("+", rule, signed) for key, rule in new.items() if key not in old]
    lines += [_line("-", rule, {}) for key, rule in old.items() if key not in new]
    lines += [_line("~", rule, signed) for key, rule in new.items() if key in old and old[key] != rule]
    differs = (change.before.rules_sha256 if change.before else "") != change.sha256
    waiting = list(big_changes_for(person, unit, scope))
    return PlanPage(
        unit=unit,
        scope=scope,
        scopes=_scopes(person, unit, now),
        before=change.before,
        lines=tuple(lines),
        unchanged=len(new) - sum(one.sign in "+~" for one in lines),
        releases=releases,
        may_release=may(person, Duty.HANDLE, unit) and differs,
        change=change,
        waiting=tuple(
            (one, one.asked_by_id != person.pk and may(person, Duty.APPROVE, unit), one.rules_sha256 == change.sha256)
            for one in waiting
        ),
    )


def _scopes(person: Person, unit: Unit, now: datetime) -> tuple[str, ...]:
    """Which kinds of releases the page offers: the second only where the unit took somebody off, or did before."""
    terminals = blocks_of(unit, Scope.TERMINALS, now).exists()
    terminals = terminals or releases_for(person).filter(unit=unit, scope=Scope.TERMINALS).exists()
    return (Scope.NETWORK.value, Scope.TERMINALS.value) if terminals else (Scope.NETWORK.value,)


def release_page(release: Release, now: datetime) -> ReleasePage:
    """Which units hold it. Asked are those with an exit of their own; where none has, the unit that released it."""
    if release.scope == Scope.TERMINALS:
        return _released(release, [release.unit], list(release.receipts.select_related("unit", "by")))
    exits = UnitRange.objects.filter(purpose=UnitRange.Purpose.EGRESS, valid_from__lte=now).exclude(valid_to__lte=now)
    receipts = list(release.receipts.select_related("unit", "by"))
    below = Unit.objects.filter(path__startswith=release.unit.path)
    asked = below.filter(Q(pk__in=exits.values("unit")) | Q(pk__in={one.unit_id for one in receipts}))
    return _released(release, list(asked.order_by("path")) or [release.unit], receipts)


def _released(release: Release, units: Sequence[Unit], receipts: Sequence[Receipt]) -> ReleasePage:
    states = tuple(_unit_state(unit, [one for one in receipts if one.unit_id == unit.pk]) for unit in units)
    same = Release.objects.filter(unit=release.unit, scope=release.scope)
    newest = not same.filter(number__gt=release.number).exists()
    signed = {one["what"]: one for one in release.overridden}
    forms = TERMINAL_FORMS if release.scope == Scope.TERMINALS else FORMS
    return ReleasePage(
        release, tuple(_line("", rule_of(row), signed) for row in release.rules), forms, states,
        sum(one.state == Receipt.State.CONFIRMED for one in states),
        sum(one.state not in (Receipt.State.CONFIRMED, "waiting") for one in states), newest,
    )  # fmt: skip


def order_page(person: Person, block: Block, given: Mapping[str, str], now: datetime) -> OrderPage:
    """A proposal; tried on the logs while it waits for a decision, later only where the page asks for it."""
    asked = given.get("days", "")
    standing = block.standing(now)
    # Whoever decides sees whom it would meet without having to ask for it.
    days = int(asked) if asked in map(str, DAYS) else (DAYS[0] if standing is Standing.PENDING else 0)
    judged = standing in (Standing.PENDING, Standing.ACTIVE)
    row = _row(person, block, standing, guarded([block], now) if judged else None)
    met = tried(block, units_visible_to(person, *BUSINESS), days, now) if days else None
    return OrderPage(row, standing, days, met, DAYS)


def explained(person: Person, unit: Unit, now: datetime) -> Explained:
    """What is in force for a unit, in short."""
    everything = blocks_for(person, unit).standing(Standing.ACTIVE, now)
    # Who was taken off the network is counted and not named: the page is read out in meetings.
    terminals = everything.filter(target__in=TERMINALS).count()
    blocks = list(everything.exclude(target__in=TERMINALS))
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
        terminals=terminals,
        overridden=sum(bool(block.override_reason) for block in blocks),
    )


def _row(person: Person, block: Block, standing: Standing, answer: Guarded | None) -> Row:
    mine = f"block {block.pk}"
    refused, overridden = (answer.refused, answer.overridden) if answer else ((), ())
    return Row(
        block=block,
        refusal=next((one.reason for one in refused if one.rule.reason.endswith(mine)), None),
        overridden=next((one.reason for one in overridden if one.rule.reason.endswith(mine)), None),
        decides=standing is Standing.PENDING and may_decide(person, block),
        lifts=standing is Standing.ACTIVE and may(person, Duty.HANDLE, block.unit),
    )


def _line(sign: str, rule: BlockRule, signed: Mapping[str, Mapping[str, Any]]) -> Line:
    return Line(sign, shown(rule), rule.target.value, rule, signed.get(shown(rule), {}))


def _unit_state(unit: Unit, receipts: Sequence[Receipt]) -> UnitState:
    """The latest of each device; the worst of them is the unit's."""
    latest: dict[str, Receipt] = {}
    for one in receipts:  # Newest first.
        latest.setdefault(one.device, one)
    states = [one.state for one in latest.values()]
    worst = next((state for state in ("down", "drifted", "other", "confirmed") if state in states), "waiting")
    return UnitState(unit, worst, tuple(latest.values()))
