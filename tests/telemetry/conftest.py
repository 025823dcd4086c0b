"""Reading a sample with a reader, as every reader's test does."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import HEAD_BYTES, Batch, Note, Reader, Reject, Source
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.clock import SourceClock, parse_offset, parse_zone
from minewarden.vocab.words import render

Rows = dict[str, list[dict[str, Any]]]
Read = Callable[..., tuple[Rows, list[Reject]]]


def source_of(data: bytes, zone: str | None = None, offset: str | None = None, name: str = "sample.log") -> Source:
    clock = SourceClock(
        zone=parse_zone(zone) if zone is not None else None,
        offset=parse_offset(offset) if offset is not None else None,
    )
    return Source(1, name, Path(name), head_of(data[:HEAD_BYTES]), io.BufferedReader(io.BytesIO(data)), clock)  # type: ignore[type-var]


def read_all(
    reader: Reader, data: bytes | Path, zone: str | None = None, offset: str | None = None, name: str = "sample.log"
) -> tuple[Rows, list[Reject]]:
    """Every row per table and every reject, without the notes.

    The tables' schemas and the sentences of rejects and notes are checked on the way.
    """
    content = data.read_bytes() if isinstance(data, Path) else data
    rows: Rows = {}
    rejects: list[Reject] = []
    for item in reader.read(source_of(content, zone, offset, name)):
        if isinstance(item, Batch):
            assert item.rows.schema.equals(TABLES[item.table]), item.table
            item.rows.validate(full=True)
            for column in TABLES[item.table]:
                if not column.nullable:
                    assert item.rows.column(column.name).null_count == 0, f"{item.table}.{column.name} holds nulls"
            rows.setdefault(item.table, []).extend(item.rows.to_pylist())
        else:
            assert render(item.reason, "zh")
            assert render(item.reason, "en")
            if not isinstance(item, Note):
                rejects.append(item)
    return rows, rejects


@pytest.fixture
def read() -> Read:
    """`read(reader, data, zone=None, offset=None)` -> (rows per table, rejects)."""
    return read_all


@pytest.fixture
def samples() -> Path:
    """The folder of invented samples."""
    return Path(__file__).parent / "readers" / "samples"
