"""Builds a lake from rows written in a test: only the columns that matter have to be named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from minewarden.detect.detector import Context
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.clock import to_us

NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)


def at(seconds: float) -> int:
    """Microseconds of the instant so many seconds after noon in the invented city."""
    return to_us(NOON) + round(seconds * 1_000_000)


def context_of(folder: Path, watchset: WatchSet, **tables: list[dict[str, Any]]) -> Context:
    """A lake with one source per table, named `<table>.log`; `origin` and `row` count by themselves."""
    lake = Lake(folder)
    sources = {}
    for origin, (table, rows) in enumerate(tables.items(), 1):
        sources[origin] = f"{table}.log"
        whole = [{"origin": origin, "row": n, **row} for n, row in enumerate(rows, 1)]
        with lake.writer(SourceRecord(origin=origin, name=f"{table}.log", form="test")) as writer:
            for batch in pa.Table.from_pylist(whole, TABLES[table]).to_batches():
                writer.write(table, batch)
    return Context(lake, watchset, NOON, sources)
