"""What a lake that grows knows of itself: which Parquet files count, from which sources, and how far each was read.

One SQLite file beside the tables. A piece of a log becomes visible, and its end becomes the place to read on from, in
the same transaction; whatever lies in the folders and is not in the book does not exist (docs/adr/0011-watch.md).
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "watch.sqlite3"
_WAIT_S = 30.0
"""How long a reader waits for the few milliseconds that a transaction takes."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS part (
    path TEXT PRIMARY KEY, tbl TEXT NOT NULL, rows INTEGER NOT NULL, first_us INTEGER, last_us INTEGER,
    level INTEGER NOT NULL, added_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS part_by_arrival ON part (tbl, added_us);
CREATE INDEX IF NOT EXISTS part_by_time ON part (tbl, last_us);
CREATE TABLE IF NOT EXISTS source (origin INTEGER PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dead (origin INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS retired (path TEXT PRIMARY KEY, retired_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS followed (
    origin INTEGER PRIMARY KEY, path TEXT NOT NULL, state TEXT NOT NULL, seen_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS pulse (
    source TEXT PRIMARY KEY, last_us INTEGER NOT NULL, told INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stated (key TEXT PRIMARY KEY, last_us INTEGER NOT NULL, memory TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file that counts. `path` is below the lake; times are those of its rows, None where they have none.

    level: 0 as it was read; n where it was put together of files of level n - 1. added_us: when it came to be.
    """

    path: str
    table: str
    rows: int
    first_us: int | None
    last_us: int | None
    level: int
    added_us: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files a reader takes: those with rows at or after `since_us`, added at or after `added_us`."""

    since_us: int | None = None
    added_us: int | None = None


ALL = Selection()


class Manifest:
    """The book of one lake. One process writes it (`create`), any number read it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @classmethod
    def create(cls, lake: Path) -> "Manifest":
        """Open the book for writing, made where there is none."""
        connection = sqlite3.connect(lake / NAME, timeout=_WAIT_S, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
        return cls(connection)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, on the disk when it ends."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def parts(self, table: str | None = None, selection: Selection = ALL) -> list[Part]:
        """The files that count, oldest first."""
        sql, values = "SELECT path, tbl, rows, first_us, last_us, level, added_us FROM part WHERE true", list[Any]()
        for clause, value in (
            ("tbl = ?", table),
            ("(last_us IS NULL OR last_us >= ?)", selection.since_us),
            ("added_us >= ?", selection.added_us),
        ):
            if value is not None:
                sql += f" AND {clause}"
                values.append(value)
        return [Part(*row) for row in self.connection.execute(sql + " ORDER BY added_us, path", values)]

    def dead(self) -> list[int]:
        """Sources whose rows no longer count, because a newer version of the file was read."""
        return [row[0] for row in self.connection.execute("SELECT origin FROM dead ORDER BY origin")]

    def records(self) -> list[dict[str, Any]]:
        """The sources, as `SourceRecord` keeps them."""
        return [json.loads(row[0]) for row in self.connection.execute("SELECT record FROM source ORDER BY origin")]

    def fact(self, name: str, default: str = "") -> str:
        """One value that is remembered by name."""
        row = self.connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else default


def add_parts(connection: sqlite3.Connection, parts: Iterable[Part]) -> None:
    """Let files count, within a transaction."""
    rows = [(p.path, p.table, p.rows, p.first_us, p.last_us, p.level, p.added_us) for p in parts]
    connection.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def retire(connection: sqlite3.Connection, paths: Iterable[str], now_us: int) -> None:
    """Let files count no more; they stay on the disk for readers that have already begun."""
    for path in paths:
        connection.execute("DELETE FROM part WHERE path = ?", (path,))
        connection.execute("INSERT OR REPLACE INTO retired VALUES (?, ?)", (path, now_us))


def origin_of(part: Part) -> int:
    """The source of a file as it was read (level 0), which its name tells."""
    return int(part.path.rpartition("/w")[2].partition("-")[0])


def retire_source(connection: sqlite3.Connection, origin: int, now_us: int) -> int:
    """Let the files of one source count no more, as far as its rows stand alone; how many rows that were."""
    query = "SELECT path, rows FROM part WHERE level = 0 AND path LIKE ?"
    found = connection.execute(query, (f"%/w{origin:06d}-%",)).fetchall()
    retire(connection, (row[0] for row in found), now_us)
    return sum(row[1] for row in found)


def keep_fact(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Remember one value by name."""
    connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))


@contextmanager
def opened(lake: Path) -> Iterator[Manifest | None]:
    """The book of a lake for reading; None where it has none."""
    path = lake / NAME
    if not path.exists():
        yield None
        return
    with closing(sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield Manifest(connection)
