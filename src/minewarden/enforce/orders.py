"""Reads orders: what one person asked to have blocked and another approved, with the ground on which it stands.

The desk writes the file (`minewarden/block-orders/1`); where there is no desk, people write it by hand. An order that
lacks its second person, its legal basis or what it cites is no order, and is given back with the reason.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from minewarden.enforce.guard import Override
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message
from minewarden.vocab.system import reason_of

SCHEMA = "minewarden/block-orders/1"
LARGEST = 256 * 1024 * 1024
"""Bytes. A hundred thousand orders are some thirty million."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """An order that does not count, by its place in the list from 1, and why."""

    place: int
    what: str
    reason: Message


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of one file. `sha256`: of the bytes that were read."""

    rules: tuple[BlockRule, ...]
    overrides: Mapping[tuple[str, str, int], Override]
    approved_at: Mapping[tuple[str, str, int], datetime]
    """When the latest order for a thing was approved: an order older than a lift does not bring it back."""
    unfit: tuple[Unfit, ...]
    sha256: str


def read_orders(path: Path) -> Orders:
    """Read a file of orders. Raises InputError where it is no such file; single orders that do not count are
    returned with their reason."""
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise InputError(str(path), 0, message("block_plan.unreadable", problem=reason_of(error))) from error
    return parse_orders(data, str(path))


def parse_orders(data: bytes, file: str) -> Orders:
    """The orders of the bytes of a file; `file` is its name for errors. Raises as `read_orders` does."""
    if len(data) > LARGEST:
        raise InputError(file, 0, message("block_plan.orders_too_large", limit=LARGEST))
    try:
        given = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise InputError(file, line, message("block_plan.orders_not_json")) from error
    rows = given.get("orders") if isinstance(given, dict) and given.get("schema") == SCHEMA else None
    if not isinstance(rows, list):
        raise InputError(file, 0, message("block_plan.not_orders", schema=SCHEMA))
    return _taken(rows, hashlib.sha256(data).hexdigest())


def _taken(rows: list[Any], sha256: str) -> Orders:
    rules: list[BlockRule] = []
    overrides: dict[tuple[str, str, int], Override] = {}
    approved: dict[tuple[str, str, int], datetime] = {}
    unfit: list[Unfit] = []
    for place, row in enumerate(rows, 1):
        order = row if isinstance(row, dict) else {}
        made = _order(order)
        if isinstance(made, Message):
            unfit.append(Unfit(place, str(order.get("value", "?"))[:80], made))
            continue
        rule, at = made
        rules.append(rule)
        approved[rule.key] = max(at, approved.get(rule.key, at))
        if signed := _signed(order.get("overrides")):
            overrides[rule.key] = signed
    return Orders(tuple(rules), overrides, approved, tuple(unfit), sha256)


def _order(row: Mapping[str, Any]) -> tuple[BlockRule, datetime] | Message:
    """The rule of an order with the time of its approval, or why it is none."""
    texts = {key: _text(row.get(key)) for key in ("value", "cites", "reason", "basis", "asked_by", "approved_by")}
    for key, text in texts.items():
        if not text and key != "reason":
            return message(f"block_plan.order_lacks_{key}")
    if texts["asked_by"] == texts["approved_by"]:
        return message("block_plan.order_same_person")
    port = row.get("port") or 0
    try:
        target = Target(_text(row.get("target")))
    except ValueError:
        known = ", ".join(one.value for one in Target)
        return message("block_plan.order_target", found=f"{row.get('target')!s:.40}", known=known)
    try:
        ends, approved = (_moment(row.get(key)) for key in ("expires_at", "approved_at"))
    except ValueError:
        found = f"{row.get('expires_at')!s:.40}, {row.get('approved_at')!s:.40}"
        return message("block_plan.order_time", found=found)
    if isinstance(port, bool) or not isinstance(port, int):
        return message("block_plan.order_port", found=f"{port!s:.40}")
    reason = f"{texts['cites']} {texts['reason']}".strip()
    return BlockRule(target, texts["value"], ends, reason, port, texts["basis"]), approved


def _signed(given: object) -> Override | None:
    if not isinstance(given, list):
        return None
    return Override(tuple((_text(one.get("by")), _text(one.get("reason"))) for one in given if isinstance(one, dict)))


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _moment(value: object) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at
