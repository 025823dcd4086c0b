"""The lake: a folder of Parquet files, one folder per table, written under a temporary name and renamed when whole.

Many may read while one writes, without a lock: a reader sees only whole files. DuckDB works in memory over them, with a
bound on memory beyond which it spills to the lake's own scratch folder.
"""

import json
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from minewarden.telemetry import manifest
from minewarden.telemetry.engine import Engine, LocalEngine
from minewarden.telemetry.schema import TABLES

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT = "512MiB"
THREADS = max(1, min(4, os.cpu_count() or 1))
_ROWS_PER_GROUP = 122_880
_BYTES_PER_GROUP = 32 * 2**20
"""Rows with long texts are written earlier, so that a group never holds more memory than this."""
_SAMPLED = 16_384
"""So many rows tell whether a column's texts repeat."""
_SQL_TYPES = {
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.bool_(): "BOOLEAN",
}


@dataclass(slots=True)
class SourceRecord:
    """What the lake remembers of a source: enough to cite it and to see that it is unchanged."""

    origin: int
    name: str
    form: str
    sha256: str = ""
    bytes: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    rejects: int = 0
    first_us: int | None = None
    last_us: int | None = None
    zone: str = ""
    offset_s: float | None = None
    tolerance_s: float = 2.0
    sampling: int = 0
    site: str = ""


class Writer:
    """Writes one source's rows: a Parquet file per table, published together by `commit`, thrown away otherwise.

    A thread of its own writes a group of rows while the next ones are read; it starts with the first group that fills.
    """

    def __init__(self, lake: "Lake", record: SourceRecord) -> None:
        self._lake = lake
        self._record = record
        self._open: dict[str, tuple[pq.ParquetWriter, Path]] = {}
        self._held: dict[str, list[pa.RecordBatch]] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        self._token = uuid.uuid4().hex[:12]
        self._behind: ThreadPoolExecutor | None = None
        self._writing: Future[None] | None = None

    def write(self, table: str, rows: pa.RecordBatch) -> None:
        """Add rows. Raises ValueError where they are not of the table's schema."""
        schema = TABLES[table]
        if not rows.schema.equals(schema):
            raise ValueError(f"rows for {table} have another schema:\n{rows.schema}\ninstead of\n{schema}")
        if rows.num_rows == 0:
            return
        self._note_times(rows)
        self._record.rows[table] = self._record.rows.get(table, 0) + rows.num_rows
        self._held.setdefault(table, []).append(rows)
        rows_held, bytes_held = self._sizes.get(table, (0, 0))
        self._sizes[table] = rows_held, bytes_held = rows_held + rows.num_rows, bytes_held + rows.nbytes
        if rows_held >= _ROWS_PER_GROUP or bytes_held >= _BYTES_PER_GROUP:
            self._flush_behind(table)

    def commit(self) -> None:
        """Publish the files and the record of the source."""
        for table, path in self.finish().items():
            path.rename(self._lake.directory / table / path.name.removeprefix("."))
        self._lake.remember(self._record)

    def finish(self) -> dict[str, Path]:
        """Write what is held and close the files; table -> the file, whole, under its temporary name."""
        self._wait()
        for table, held in self._held.items():
            if held:
                self._write_group(table, held)
        self._held.clear()
        written = {}
        for table, (writer, path) in self._open.items():
            writer.close()
            written[table] = path
        self._open.clear()
        return written

    def discard(self) -> None:
        """Throw away what was not published."""
        with suppress(OSError, pa.ArrowException):
            self._wait()
        for writer, path in self._open.values():
            writer.close()
            path.unlink(missing_ok=True)
        self._open.clear()
        self._held.clear()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if kind is None:
            self.commit()
        else:
            self.discard()

    def _flush_behind(self, table: str) -> None:
        """Have a group written, once the one before it is."""
        if self._behind is None:
            self._behind = ThreadPoolExecutor(1, thread_name_prefix="lake-writer")
        if self._writing is not None:
            self._writing.result()
        self._writing = self._behind.submit(self._write_group, table, self._held.pop(table))
        self._sizes[table] = 0, 0

    def _wait(self) -> None:
        """Let the thread end its work. Raises what went wrong in it."""
        behind, writing = self._behind, self._writing
        self._behind = self._writing = None
        if behind is not None:
            behind.shutdown()
        if writing is not None:
            writing.result()

    def _write_group(self, table: str, held: list[pa.RecordBatch]) -> None:
        if table not in self._open:
            folder = self._lake.directory / table
            folder.mkdir(exist_ok=True)
            path = folder / f".{self._record.origin:06d}-{self._token}.parquet"
            self._open[table] = (_parquet(path, TABLES[table], held[0].slice(0, _SAMPLED)), path)
        self._open[table][0].write_table(pa.Table.from_batches(held, TABLES[table]), row_group_size=_ROWS_PER_GROUP)

    def _note_times(self, rows: pa.RecordBatch) -> None:
        bounds = pc.min_max(rows.column("ts")).as_py()
        if bounds["min"] is None:
            return
        first, last = self._record.first_us, self._record.last_us
        self._record.first_us = bounds["min"] if first is None else min(first, bounds["min"])
        self._record.last_us = bounds["max"] if last is None else max(last, bounds["max"])


def _parquet(path: Path, schema: pa.Schema, sample: pa.RecordBatch) -> pq.ParquetWriter:
    """Texts and small numbers repeat and are kept once, but not texts that hardly repeat in the `sample`, where looking
    each one up is most of the work and Parquet would end it after a while. Times, counts and the ports of clients are
    kept as differences: half the size, and half the work, of Parquet's own choice. Differences leave hardly anything to
    compress. The least and greatest are kept of numbers only: every group of rows has texts of all kinds, so that none
    could be left out by them."""
    wide = [column.name for column in schema if column.type == pa.int64() or column.name == "src_port"]
    paths = [f"{c.name}.list.element" if pa.types.is_list(c.type) else c.name for c in schema]
    packed = [name for name in paths if name not in wide]
    repeating = [name for name in packed if not _hardly_repeats(sample, name)]
    return pq.ParquetWriter(
        path,
        schema,
        compression=dict.fromkeys(wide, "none") | dict.fromkeys(packed, "zstd"),
        compression_level=dict.fromkeys(packed, 1),
        use_dictionary=repeating,
        column_encoding=dict.fromkeys(wide, "DELTA_BINARY_PACKED"),
        write_statistics=[column.name for column in schema if pa.types.is_integer(column.type)],
    )


def _hardly_repeats(sample: pa.RecordBatch, name: str) -> bool:
    """Whether more than half of a column's texts are different ones."""
    place = sample.schema.get_field_index(name)
    if place < 0 or not pa.types.is_string(sample.schema.types[place]):
        return False
    return bool(pc.count_distinct(sample.column(place)).as_py() * 2 > len(sample))


class Lake:
    """A folder of tables. A lake that is fed by a watch has a book of the files that count (`telemetry.manifest`)."""

    def __init__(self, directory: Path, selection: manifest.Selection = manifest.ALL) -> None:
        self.directory = directory
        self._selection = selection
        self._kept: ExitStack | None = None
        self._database: duckdb.DuckDBPyConnection | None = None
        directory.mkdir(parents=True, exist_ok=True)

    @property
    def since_us(self) -> int | None:
        """From when on rows are seen; None: all."""
        return self._selection.since_us

    @property
    def _book(self) -> Path:
        return self.directory / "sources.jsonl"

    def sources(self) -> list[SourceRecord]:
        """The sources that were read, in order."""
        lines = self._book.read_text(encoding="utf-8").splitlines() if self._book.exists() else []
        with manifest.opened(self.directory) as book:
            followed = book.records() if book is not None else []
        return [SourceRecord(**record) for record in (*map(json.loads, lines), *followed)]

    def next_origin(self) -> int:
        """The number that the next source gets."""
        return max((record.origin for record in self.sources()), default=0) + 1

    def remember(self, record: SourceRecord) -> None:
        """Add a source to the book: one line, appended and flushed to the disk."""
        with self._book.open("a", encoding="utf-8") as book:
            book.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
            book.flush()
            os.fsync(book.fileno())

    def writer(self, record: SourceRecord) -> Writer:
        """A writer for one source; used as a context manager it publishes at the end and discards on an error."""
        return Writer(self, record)

    def tables(self) -> frozenset[str]:
        """The tables that hold at least one row."""
        with manifest.opened(self.directory) as book:
            return frozenset(name for name in TABLES if self._files(name, book))

    def selected(self, selection: manifest.Selection) -> "Lake":
        """The same lake, seen only as far as the selection goes."""
        return Lake(self.directory, selection)

    def _files(self, table: str, book: manifest.Manifest | None) -> list[str]:
        """The files that count. Those of a watch begin with a letter and do so only by the book."""
        plain = sorted(str(path) for path in (self.directory / table).glob("[0-9]*.parquet"))
        if book is None:
            return plain
        return plain + [str(self.directory / part.path) for part in book.parts(table, self._selection)]

    def _condition(self, table: str, dead: list[int]) -> str:
        clauses = [f"origin NOT IN ({', '.join(map(str, dead))})"] if dead else []
        if self._selection.since_us is not None:
            # A connection counts until it ends: its row arrives then.
            last = "coalesce(until, ts)" if "until" in TABLES[table].names else "ts"
            clauses.append(f"({last} IS NULL OR {last} >= {self._selection.since_us})")
        return f" WHERE {' AND '.join(clauses)}" if clauses else ""

    @contextmanager
    def connect(self, memory_limit: str = MEMORY_LIMIT) -> Iterator["duckdb.DuckDBPyConnection"]:
        """A DuckDB connection where every table of the schema is a view, or an empty table where nothing was read."""
        if self._kept is None:
            with self._opened(memory_limit) as connection:
                yield connection
            return
        if self._database is None:
            self._database = self._kept.enter_context(self._opened(memory_limit))
        with closing(self._database.cursor()) as connection:
            yield connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """Within it connections share one database, and its bound on memory, made with the first of them. What one of
        them is given or keeps is its own. They see the files of that moment, of which none may be taken away."""
        with ExitStack() as self._kept:
            try:
                yield
            finally:
                self._kept = self._database = None

    @contextmanager
    def _opened(self, memory_limit: str) -> Iterator["duckdb.DuckDBPyConnection"]:
        # A tenth of a second, which who only writes does not need to wait.
        import duckdb

        scratch = self.directory / ".scratch"
        scratch.mkdir(exist_ok=True)
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory_limit,
                "threads": THREADS,
                "temp_directory": str(scratch),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )
        try:
            connection.execute("SET preserve_insertion_order = false")
            with manifest.opened(self.directory) as book:
                self._make_views(connection, book)
            yield connection
        finally:
            connection.close()

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """What answers the detectors' questions: here DuckDB in this process."""
        with self.connect() as connection:
            yield LocalEngine(connection)

    def _make_views(self, connection: "duckdb.DuckDBPyConnection", book: manifest.Manifest | None) -> None:
        dead = book.dead() if book is not None else []
        made = []
        for name, schema in TABLES.items():
            if files := self._files(name, book):
                listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
                condition = self._condition(name, dead)
                made.append(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listed}]){condition}")
            else:
                columns = ", ".join(f"{column.name} {_in_sql(column.type)}" for column in schema)
                made.append(f"CREATE TABLE {name} ({columns})")
        connection.execute("; ".join(made))


def _in_sql(kind: pa.DataType) -> str:
    """A type of the schema as DuckDB calls it."""
    return f"{_in_sql(kind.value_type)}[]" if pa.types.is_list(kind) else _SQL_TYPES[kind]
