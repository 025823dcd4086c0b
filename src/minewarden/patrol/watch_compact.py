"""Keeps a growing lake small: puts small files together, lets old rows go, sweeps what nobody knows.

Files are put together in steps of `FAN_IN`, so that a row is written again only as often as its table's size has
digits. The book exchanges the old files for the new one in one transaction: a reader sees the ones or the other. The
old ones stay on the disk for `GRACE` for readers that had already begun.
"""

import fcntl
import os
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from minewarden.patrol.watch_piece import settle_on_disk
from minewarden.patrol.watch_state import Followed
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.manifest import Manifest, Part, add_parts, retire
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.clock import microseconds, to_us

FAN_IN = 16
MOST_ROWS = 50_000_000
"""A file of more rows is left alone."""
GRACE = timedelta(minutes=30)
YOUNG = timedelta(minutes=5)
"""Files younger than this are left as they are: the quick look at what has just arrived takes them by their age."""
LASTING = frozenset({"asset"})
"""Tables whose rows do not grow old: a device bought years ago is still in its room."""

_DAY_US = 86_400_000_000
_ROWS_PER_GROUP = 122_880
_FILES_AT_ONCE = 65_536


def compact(lake: Lake, manifest: Manifest, now: datetime, stopping: Callable[[], bool]) -> int:
    """Put small files together, per table and day; how many files that saved."""
    now_us = to_us(now)
    dead = manifest.dead()
    saved = 0
    for table in TABLES:
        ripe = [
            part
            for part in manifest.parts(table)
            if part.added_us <= now_us - microseconds(YOUNG) and part.rows < MOST_ROWS
        ]
        for _, group in groupby(sorted(ripe, key=_kind), key=_kind):
            found = list(group)
            for start in range(0, len(found) - FAN_IN + 1, FAN_IN):
                if stopping():
                    return saved
                _together(lake, manifest, found[start : start + FAN_IN], dead, now_us)
                saved += FAN_IN - 1
    return saved


def retain(manifest: Manifest, now: datetime, keep: timedelta) -> int:
    """Let files go whose every row is older than `keep`; how many rows that were."""
    border = to_us(now - keep)
    old = [
        part
        for part in manifest.parts()
        if part.last_us is not None and part.last_us < border and part.table not in LASTING
    ]
    if old:
        with manifest.transaction() as connection:
            retire(connection, (part.path for part in old), to_us(now))
    return sum(part.rows for part in old)


def forget(manifest: Manifest, known: dict[int, Followed], now: datetime, keep: timedelta) -> None:
    """Forget logs and captures that were last written longer ago than `keep`: they cannot come back packed.

    A ledger is never forgotten: its next version has to take its place.
    """
    query = "SELECT origin FROM followed WHERE seen_us < ?"
    old = [row[0] for row in manifest.connection.execute(query, (to_us(now - keep),)).fetchall()]
    gone = [origin for origin in old if origin in known and (known[origin].grows or known[origin].form == "pcap")]
    with manifest.transaction() as connection:
        connection.executemany("DELETE FROM followed WHERE origin = ?", ((origin,) for origin in gone))
    for origin in gone:
        del known[origin]


def sweep(lake: Lake, manifest: Manifest, now: datetime, *, starting: bool = False) -> None:
    """Remove files that no reader can be using. `starting`: also those that a killed process left half done."""
    border = to_us(now - GRACE)
    query = "SELECT path FROM retired WHERE retired_us < ?"
    gone = [row[0] for row in manifest.connection.execute(query, (border,)).fetchall()]
    for path in gone:
        with suppress(FileNotFoundError):
            (lake.directory / path).unlink()
    with manifest.transaction() as connection:
        connection.executemany("DELETE FROM retired WHERE path = ?", ((path,) for path in gone))
    if starting:
        known = {part.path for part in manifest.parts()}
        known |= {row[0] for row in manifest.connection.execute("SELECT path FROM retired")}
        for table in TABLES:
            for path in [*(lake.directory / table).glob("w*.parquet"), *(lake.directory / table).glob(".*.parquet")]:
                if f"{table}/{path.name}" not in known:
                    path.unlink()


def _kind(part: Part) -> tuple[int, int]:
    return part.level, (part.first_us or 0) // _DAY_US


def _together(lake: Lake, manifest: Manifest, parts: list[Part], dead: list[int], now_us: int) -> None:
    table, level = parts[0].table, parts[0].level + 1
    name = f"w{level:02d}-{uuid.uuid4().hex[:12]}.parquet"
    path = lake.directory / table / f".{name}"
    rows = _rewrite([lake.directory / part.path for part in parts], path, TABLES[table], dead)
    with manifest.transaction() as connection:
        if rows:
            settle_on_disk(path, path.with_name(name))
            bounds = [part for part in parts if part.first_us is not None and part.last_us is not None]
            first = min((part.first_us for part in bounds if part.first_us is not None), default=None)
            last = max((part.last_us for part in bounds if part.last_us is not None), default=None)
            # As young as its youngest rows, or the quick look at what has just arrived would take it for new.
            added = max(part.added_us for part in parts)
            add_parts(connection, [Part(f"{table}/{name}", table, rows, first, last, level, added)])
        else:
            path.unlink()
        retire(connection, (part.path for part in parts), now_us)


def _rewrite(sources: list[Path], path: Path, schema: pa.Schema, dead: list[int]) -> int:
    """Write the living rows of several files into one; how many they are."""
    rows = 0
    refused = pa.array(dead, pa.int32())
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        held: list[pa.RecordBatch] = []
        for source in sources:
            with pq.ParquetFile(source) as file:
                for batch in file.iter_batches(_FILES_AT_ONCE):
                    living = batch.filter(pc.invert(pc.is_in(batch.column("origin"), value_set=refused)))
                    held.append(living.cast(schema))
                    if sum(each.num_rows for each in held) >= _ROWS_PER_GROUP:
                        rows += _flush(writer, held, schema)
        rows += _flush(writer, held, schema)
    return rows


def _flush(writer: pq.ParquetWriter, held: list[pa.RecordBatch], schema: pa.Schema) -> int:
    table = pa.Table.from_batches(held, schema)
    if table.num_rows:
        writer.write_table(table, row_group_size=_ROWS_PER_GROUP)
    held.clear()
    return int(table.num_rows)


def locked(lake: Path) -> int | None:
    """A file descriptor that holds the lake for one watch, until it is closed; None where another has it."""
    lake.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lake / ".watch.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
