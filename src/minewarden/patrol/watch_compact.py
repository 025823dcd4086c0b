"""Keeps a growing lake small: puts small files together beside the reading, a bounded piece at a time.

Files of one level are put together in steps of `FAN_IN`, so that a row is written again only as often as its table's
size has digits; what is left of a day that has ended is put together whatever its level. Files are rewritten in a
thread of their own. The book then exchanges the old ones for the new one in one transaction: a reader sees the ones or
the other. The old ones stay on the disk for readers that had already begun (`watch_retain.sweep`).
"""

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from minewarden.patrol.watch_piece import settle_on_disk
from minewarden.patrol.watch_state import Followed
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.manifest import Manifest, Part, add_parts, origin_of, retire
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.clock import microseconds

FAN_IN = 16
MOST_ROWS = 32_000_000
"""Files are put together up to so many rows: it bounds how long one step takes."""
YOUNG = timedelta(minutes=5)
"""Files younger than this are left as they are: the quick look at what has just arrived takes them by their age."""
ENDED = timedelta(hours=26)
"""So long after a day began, what is left of it is put together; late files of it later, once they rest."""
SMALL_ROWS = 1_000_000
"""A file of an ended day with more rows is left alone, or each late row would have its day written again."""

_DAY_US = 86_400_000_000
_ROWS_PER_GROUP = 122_880
_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class Step:
    """Files of one table that are to become one. path: the new file, under its temporary name."""

    parts: tuple[Part, ...]
    path: Path
    dead: tuple[int, ...]


class Compactor:
    """Puts files together, one step after another; `step` is called once a round."""

    def __init__(self, lake: Lake, manifest: Manifest, known: Mapping[int, Followed]) -> None:
        self._lake, self._manifest, self._known = lake, manifest, known
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="compaction")
        self._stopping = threading.Event()
        self._running: tuple[Step, Future[int]] | None = None
        self._damaged: set[str] = set()

    def step(self, arrival_us: int, *, whole: bool = False) -> int:
        """Take in what was rewritten and begin the next step; how many files were saved. `whole`: until all is done."""
        saved = 0
        while True:
            if self._running is not None:
                if not whole and not self._running[1].done():
                    return saved
                saved += self._take_in(arrival_us)
            step = self._plan(arrival_us)
            if step is None:
                return saved
            self._running = (step, self._pool.submit(self._rewrite, step))

    def close(self) -> None:
        """Stop; what was not taken in is thrown away."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._running is not None:
            self._running[0].path.unlink(missing_ok=True)

    def _plan(self, arrival_us: int) -> Step | None:
        ledgers = {state.origin for state in self._known.values() if not state.grows and state.form != "pcap"}
        tables = (
            _groups(
                [part for part in self._manifest.parts(table) if part.path not in self._damaged], arrival_us, ledgers
            )
            for table in TABLES
        )
        group = next(chain.from_iterable(tables), None)
        if group is None:
            return None
        level = max(part.level for part in group) + 1
        name = f".w{level:02d}-{uuid.uuid4().hex[:12]}.parquet"
        return Step(tuple(group), self._lake.directory / group[0].table / name, tuple(self._manifest.dead()))

    def _rewrite(self, step: Step) -> int:
        files = [self._lake.directory / part.path for part in step.parts]
        schema = TABLES[step.parts[0].table]
        return rewrite(files, step.path, schema, step.dead, self._stopping.is_set)

    def _take_in(self, now_us: int) -> int:
        assert self._running is not None  # noqa: S101 # only called where a step runs
        (step, future), self._running = self._running, None
        try:
            rows = future.result()
        except (OSError, pa.ArrowException) as error:
            with suppress(OSError):
                step.path.unlink(missing_ok=True)
            if not isinstance(error, OSError) or error.errno is None:
                # A file that cannot be read is left as it is, and the others are put together without it.
                self._damaged.update(part.path for part in step.parts)
            raise
        table = step.parts[0].table
        there = {part.path for part in self._manifest.parts(table)}
        if any(part.path not in there for part in step.parts):
            # Some were let go meanwhile; what is left is put together anew.
            step.path.unlink(missing_ok=True)
            return 0
        final = step.path.with_name(step.path.name.removeprefix("."))
        with self._manifest.transaction() as connection:
            if rows:
                settle_on_disk(step.path, final)
                add_parts(connection, [_whole(step.parts, f"{table}/{final.name}", rows)])
            else:
                step.path.unlink()
            retire(connection, (part.path for part in step.parts), now_us)
        return len(step.parts) - bool(rows)


def _whole(parts: tuple[Part, ...], path: str, rows: int) -> Part:
    first = min((part.first_us for part in parts if part.first_us is not None), default=None)
    last = max((part.last_us for part in parts if part.last_us is not None), default=None)
    # As young as its youngest rows, or the quick look at what has just arrived would take it for new.
    added = max(part.added_us for part in parts)
    return Part(path, parts[0].table, rows, first, last, max(part.level for part in parts) + 1, added)


def _groups(parts: list[Part], arrival_us: int, ledgers: set[int]) -> Iterator[list[Part]]:
    """Files of one table that should become one. A ledger's are left, so that they go when its next version comes."""
    ripe = [
        part
        for part in parts
        if part.added_us <= arrival_us - microseconds(YOUNG)
        and part.rows < MOST_ROWS
        and (part.level or origin_of(part) not in ledgers)
    ]
    for _, of_level in groupby(sorted(ripe, key=_level), key=_level):
        found = list(of_level)
        if len(found) >= FAN_IN and len(bounded := _bounded(found[:FAN_IN])) > 1:
            yield bounded
    ended = arrival_us - microseconds(ENDED)
    small = [part for part in ripe if part.rows < SMALL_ROWS and _day(part) * _DAY_US < ended and part.added_us < ended]
    for _, of_day in groupby(sorted(small, key=_day), key=_day):
        if len(bounded := _bounded(sorted(of_day, key=lambda part: part.rows)[: FAN_IN * FAN_IN])) > 1:
            yield bounded


def _bounded(parts: list[Part]) -> list[Part]:
    """As many of them, from the first, as have `MOST_ROWS` together."""
    rows, kept = 0, []
    for part in parts:
        rows += part.rows
        if rows > MOST_ROWS:
            break
        kept.append(part)
    return kept


def _day(part: Part) -> int:
    return (part.first_us or 0) // _DAY_US


def _level(part: Part) -> tuple[int, int]:
    return _day(part), part.level


def rewrite(
    sources: list[Path], path: Path, schema: pa.Schema, dead: tuple[int, ...], stopping: Callable[[], bool]
) -> int:
    """Write the living rows of several files into one; how many they are. Raises OSError when told to stop."""
    rows = 0
    refused = pa.array(dead, pa.int32())
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        held: list[pa.RecordBatch] = []
        for source in sources:
            with pq.ParquetFile(source) as file:
                for batch in file.iter_batches(_ROWS_AT_ONCE):
                    if stopping():
                        raise InterruptedError
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
