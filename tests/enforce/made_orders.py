"""Orders, devices in folders, and a device that fails when it is told to."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from minewarden.enforce.orders import SCHEMA
from minewarden.enforce.publish.folder import FolderPublisher
from minewarden.enforce.publisher import PublishError
from minewarden.vocab.blockrule import BlockRule
from tests.enforce.rules import NOW

POOL = "pool.example.net"


def order(value: str = POOL, now: datetime = NOW, **given: Any) -> dict[str, Any]:
    """One order that counts, unless it is changed."""
    row: dict[str, Any] = {
        "target": "name", "value": value, "port": 0, "expires_at": (now + timedelta(days=30)).isoformat(),
        "cites": "案件 419901-2026-3", "reason": "矿池", "basis": "《云川市教育系统“挖矿”治理办法》第三条",
        "asked_by": "甲", "approved_by": "乙", "approved_at": now.isoformat(),
    }  # fmt: skip
    return row | given


def write_orders(path: Path, *rows: Any) -> Path:
    """A file of orders."""
    path.write_text(json.dumps({"schema": SCHEMA, "orders": rows}, ensure_ascii=False), encoding="utf-8")
    return path


class Fickle(FolderPublisher):
    """A folder of lists whose device does not always do as it is told."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, "edl", folder)
        self.breaks = self.lies = self.stuck = self.dead = False

    def held(self) -> frozenset[str]:
        if self.dead:
            raise PublishError(self.name, "no route")
        return super().held()

    def push(self, rules: Sequence[BlockRule], *, now: datetime) -> None:
        if self.lies:
            return
        super().push(rules, now=now)
        if self.breaks:
            raise PublishError(self.name, "half a list")

    def restore(self, kept: bytes) -> None:
        if self.stuck:
            raise PublishError(self.name, "gone")
        super().restore(kept)
