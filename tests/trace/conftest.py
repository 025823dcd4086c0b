"""A lake made of rows that a test states, in true local time of the city."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.clock import to_us

CITY = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 3, 12, tzinfo=CITY)


def at(text: str, day: int = 0) -> datetime:
    """21:14:37 on the day of the tests."""
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return DAY + timedelta(days=day, hours=hours, minutes=minutes, seconds=seconds)


def us(text: str, day: int = 0) -> int:
    return to_us(at(text, day))


@dataclass(frozen=True)
class Log:
    """One source: its rows by table; `offset` None means that nobody registered its clock."""

    name: str
    rows: dict[str, list[dict[str, Any]]]
    offset: float | None = 0.0
    tolerance: float = 2.0


MakeLake = Callable[..., Lake]


def fill(lake: Lake, logs: Sequence[Log]) -> Lake:
    for log in logs:
        record = SourceRecord(lake.next_origin(), log.name, "test", offset_s=log.offset, tolerance_s=log.tolerance)
        with lake.writer(record) as writer:
            for table, rows in log.rows.items():
                schema = TABLES[table]
                full = [
                    {"row": number, **dict.fromkeys(set(schema.names) - {"row"}), **row, "origin": record.origin}
                    for number, row in enumerate(rows, 1)
                ]
                writer.write(table, pa.RecordBatch.from_pylist(full, schema))
    return lake


@pytest.fixture
def make_lake(tmp_path: Path) -> MakeLake:
    """`make_lake(Log(...), ...)` -> Lake."""
    return lambda *logs: fill(Lake(tmp_path / "lake"), logs)
