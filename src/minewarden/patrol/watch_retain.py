"""Lets old rows of a lake go, forgets files that are long gone, sweeps what nobody knows, and keeps a second watch out.

Only rows of the lake go. The logs that they were read from, and what a socket brought, are never touched.
"""

import fcntl
import json
import os
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from minewarden.patrol.watch_clock import Clocks
from minewarden.patrol.watch_state import Followed
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.manifest import Manifest, retire
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.clock import from_us, microseconds, to_us

GRACE = timedelta(minutes=30)
"""So long a file that no longer counts stays for readers that had begun."""
CONFIRMED_BY = timedelta(days=2)
"""A clock that is doubted is right where rows came that are no older than this by it."""
LASTING = frozenset({"asset"})
"""Tables whose rows do not grow old: a device bought years ago is still in its room."""


def newest_row(manifest: Manifest, clocks: Clocks) -> int | None:
    """The time of the newest row that is not in the future, in microseconds."""
    latest = max(to_us(clocks.now()), clocks.arrival_us())
    query = "SELECT max(last_us) FROM part WHERE last_us <= ? AND tbl NOT IN (SELECT value FROM json_each(?))"
    found = manifest.connection.execute(query, (latest, json.dumps(sorted(LASTING)))).fetchone()[0]
    return int(found) if found is not None else None


def border(manifest: Manifest, clocks: Clocks, keep: timedelta) -> datetime | None:
    """What is older than this goes; None where nobody can say.

    A clock that leaps ahead lets nothing go: while the watch runs, its own steady clock is asked as well; and where the
    clock says at the start that the watch did not run for long, rows of about the same time must have come.
    """
    present = min(to_us(clocks.now()), clocks.arrival_us())
    if clocks.doubtful:
        newest = newest_row(manifest, clocks)
        if newest is None or newest < present - microseconds(CONFIRMED_BY):
            return None
    return from_us(present - microseconds(keep))


def retain(manifest: Manifest, clocks: Clocks, keep: timedelta) -> int:
    """Let files go whose every row is older than `border`; how many rows that were."""
    before = border(manifest, clocks, keep)
    if before is None:
        return 0
    query = "SELECT path, rows, tbl FROM part WHERE last_us < ?"
    old = [row for row in manifest.connection.execute(query, (to_us(before),)) if row[2] not in LASTING]
    if old:
        with manifest.transaction() as connection:
            retire(connection, (row[0] for row in old), clocks.arrival_us())
    return sum(row[1] for row in old)


def forget(
    manifest: Manifest, known: dict[int, Followed], present: Collection[int], keep: timedelta, arrival_us: int
) -> None:
    """Forget logs and captures that are gone and were last read longer ago than `keep`: they cannot come back packed.

    A ledger is never forgotten: its next version has to take its place.
    """
    query = "SELECT origin FROM followed WHERE seen_us < ?"
    old = [row[0] for row in manifest.connection.execute(query, (arrival_us - microseconds(keep),)).fetchall()]
    gone = [
        origin
        for origin in old
        if origin in known and origin not in present and (known[origin].grows or known[origin].form == "pcap")
    ]
    if not gone:
        return
    with manifest.transaction() as connection:
        connection.executemany("DELETE FROM followed WHERE origin = ?", ((origin,) for origin in gone))
    for origin in gone:
        del known[origin]


def sweep(lake: Lake, manifest: Manifest, arrival_us: int, *, starting: bool = False) -> None:
    """Remove files that no reader can be using. `starting`: also those that a killed process left half done."""
    query = "SELECT path FROM retired WHERE retired_us < ?"
    gone = [row[0] for row in manifest.connection.execute(query, (arrival_us - microseconds(GRACE),)).fetchall()]
    for path in gone:
        with suppress(FileNotFoundError):
            (lake.directory / path).unlink()
    if gone:
        with manifest.transaction() as connection:
            connection.executemany("DELETE FROM retired WHERE path = ?", ((path,) for path in gone))
    if starting:
        known = {row[0] for row in manifest.connection.execute("SELECT path FROM part UNION SELECT path FROM retired")}
        for table in TABLES:
            for path in [*(lake.directory / table).glob("w*.parquet"), *(lake.directory / table).glob(".*.parquet")]:
                if f"{table}/{path.name}" not in known:
                    path.unlink()


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
