"""The board of what is blocked and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from minewarden.desk.blocks.access import blocks_for, may_decide
from minewarden.desk.blocks.bridge import FORMS, guarded
from minewarden.desk.blocks.models import Block, Standing
from minewarden.desk.cases.access import may
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.org.models import Person, Unit
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
