"""Approved blocks as the file of orders that `minewarden block plan` reads."""

import hashlib
import json
from collections.abc import Iterable

from minewarden.desk.blocks.models import Block
from minewarden.desk.kit.words import chinese
from minewarden.enforce.book import content_of
from minewarden.enforce.orders import SCHEMA
from minewarden.vocab.blockrule import BlockRule


def orders_of(blocks: Iterable[Block]) -> bytes:
    """The file, the same bytes for the same blocks. People stand in it by their login name."""
    rows = [_order(block) for block in sorted(blocks, key=lambda block: block.pk)]
    return (json.dumps({"schema": SCHEMA, "orders": rows}, ensure_ascii=False, indent=1) + "\n").encode()


def sha256_of(rules: Iterable[BlockRule]) -> str:
    """The hash by which a receipt names the rules."""
    return hashlib.sha256(content_of(rules)).hexdigest()


def _order(block: Block) -> dict[str, object]:
    answered_for = block.signed()
    overrides = {"overrides": [{"by": by, "reason": why} for by, why in answered_for.by]} if answered_for else {}
    return {
        "target": block.target,
        "value": block.value,
        "port": block.port,
        "expires_at": block.expires_at.isoformat(),
        "cites": block.cites or f"block-{block.pk}",
        "reason": block.reason,
        # In Chinese whoever asks: the same blocks are the same bytes.
        "basis": chinese(f"desk_blocks.basis_{block.basis.replace('-', '_')}"),
        "asked_by": block.asked_by.get_username(),
        "approved_by": block.decided_by.get_username() if block.decided_by else "",
        "approved_at": block.decided_at.isoformat() if block.decided_at else "",
        **overrides,
    }
