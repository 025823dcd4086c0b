"""Reads what is new of one file into the lake, piece by piece; a piece and the place behind it are kept together.

The Parquet files are written and flushed to the disk first, under names that no reader takes. One transaction of the
lake's book then lets them count and moves the place to read on from. A process that is killed before it has lost
nothing and doubled nothing: the same bytes are read again, and the files that nobody knows are swept away.
"""

import hashlib
import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.patrol import watch_preamble
from minewarden.patrol.watch_clock import Clocks
from minewarden.patrol.watch_files import Due, opened
from minewarden.patrol.watch_pulse import is_loss_log
from minewarden.patrol.watch_state import PRINT_BYTES, Followed, chunks, digest, keep, keep_source
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.manifest import Manifest, Part, add_parts, retire_source
from minewarden.telemetry.reader import Note, NotUsed, Reject, Source
from minewarden.telemetry.rejects import Tally
from minewarden.telemetry.syslog_messages import plain
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

PIECE_BYTES = 32 * 1024 * 1024
"""How much is read and kept at once; more is more memory, less is more files."""

MOST_PIECES = 8
"""So much of one file is read in a round; what has piled up in one file must not keep the others waiting."""

CLOSED_US = 600_000_000
"""A file that nobody wrote for so long ends where it ends, with or without a newline."""

_REHASHED_BYTES = 2 * 1024**3
"""After a restart so much of a file is read once more, that its hash may go on; a longer one is cited without."""
_MOST_HASHES = 4096


@dataclass(slots=True)
class Outcome:
    """What reading one file brought. arrived: table -> rows."""

    arrived: dict[str, int] = field(default_factory=dict)
    problems: list[InputError] = field(default_factory=list)
    notes: list[InputError] = field(default_factory=list)
    rejects: int = 0
    blocked: bool = False
    unfinished: bool = False
    """More of the file is there."""
    latest_us: int | None = None
    """The latest time that a row is stamped with."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Where pieces go. `heard` is told of each piece's bytes before they count, for what a sensor says of itself.

    `records` are the lake's sources by their number, kept up to date; `clocks` stamp the arrival of each piece.
    """

    lake: Lake
    manifest: Manifest
    declared: Declared
    known: dict[int, Followed]
    records: dict[int, SourceRecord]
    clocks: Clocks
    heard: Callable[[str, str, bytes, bytes], None]
    spool: Path | None = None
    """Files of this folder are on the disk before what was read of them counts."""
    _hashes: dict[int, tuple[int, Any]] = field(default_factory=dict)

    def take(self, due: Due, enough: Callable[[], bool], *, whole: bool = False) -> Outcome:
        """Read on in a file: `MOST_PIECES`, or to its end as it is now where it is `whole`, or until it is `enough`.

        Raises OSError where it, or the lake, cannot be read or written.
        """
        outcome = Outcome()
        state = due.state
        if not state.origin:
            state.origin = max((*self.records, *self.known), default=0) + 1
        if not state.grows:
            self._whole(due, outcome)
            return outcome
        closed = bool(due.seen.packed) or to_us(self.clocks.now()) - due.seen.mtime_ns // 1000 > CLOSED_US
        with opened(due.seen) as stream:
            prints = _Prints(*state.reread(stream)) if state.offset else _Prints()
            prints.hash = self._hash_so_far(due)
            if state.offset and digest(prints.tail) != state.tail:
                # It changed between the look and the reading; the next look says what it is now.
                return outcome
            for number, data in enumerate(_pieces(stream, state.form, closed=closed)):
                if (number >= MOST_PIECES and not whole) or (number and enough()):
                    outcome.unfinished = True
                    return outcome
                if not self._piece(due, data, outcome, prints):
                    return outcome
        self._ended(due)
        return outcome

    def _piece(self, due: Due, data: bytes, outcome: Outcome, prints: "_Prints") -> bool:
        """Read one piece and keep it with the place behind it; whether to go on."""
        old = due.state
        new = replace(old, offset=old.offset + len(data), lines=old.lines + data.count(b"\n"))
        prints.add(data)
        new.note_prints(prints.head, prints.tail)
        preamble = old.preamble.encode("latin-1")
        if due.wrapped:
            data = plain(data)
        new.preamble = watch_preamble.after(old.form, preamble, data).decode("latin-1")
        self.heard(due.seen.name, old.form, preamble, data)
        if old.form == "zeek" and is_loss_log(preamble, data):
            self._keep(due, new, None, [])
            return True
        stream = io.BufferedReader(cast("io.RawIOBase", io.BytesIO(preamble + data)))
        shift = old.lines - preamble.count(b"\n")
        if not self._read(due, new, stream, shift, outcome, prints.sha256):
            return False
        if prints.hash is not None:
            self._hashes[new.origin] = (new.offset, prints.hash)
            while len(self._hashes) > _MOST_HASHES:
                del self._hashes[next(iter(self._hashes))]
        return True

    def _hash_so_far(self, due: Due) -> Any:
        """The hash of what was read of a file before; None where there is too much of it to be read once more."""
        offset, known = self._hashes.pop(due.state.origin, (0, None))
        if known is not None and offset == due.state.offset:
            return known
        fresh, left = hashlib.sha256(), due.state.offset
        if left > _REHASHED_BYTES:
            return None
        with opened(due.seen) as stream:
            while left and (data := stream.read(min(left, 1 << 20))):
                fresh.update(data)
                left -= len(data)
        return fresh

    def _whole(self, due: Due, outcome: Outcome) -> None:
        prints, count = _Prints(hashed=hashlib.sha256()), 0
        with opened(due.seen) as stream:
            for data in chunks(stream, 1 << 20):
                prints.add(data)
                count += len(data)
        new = replace(due.state, offset=count, size=due.seen.size, mtime_ns=due.seen.mtime_ns)
        new.note_prints(prints.head, prints.tail)
        with opened(due.seen) as stream:
            self._read(due, new, stream, 0, outcome, prints.sha256)

    def _read(self, due: Due, new: Followed, stream: BinaryIO, shift: int, outcome: Outcome, sha256: str) -> bool:
        clock = self.declared.for_source(due.seen.name)
        text = cast("io.BufferedIOBase", stream)
        source = Source(new.origin, due.seen.name, due.seen.path, due.head, text, clock)
        source.sampling = self.declared.sampling_of(due.seen.name)
        record = self._record(due, new)
        record.sha256 = sha256
        tally = Tally()
        kept = _Kept()
        writer = self.lake.writer(record)
        try:
            for item in due.reader.read(source):
                if isinstance(item, Reject):
                    tally.add(replace(item, line=item.line + shift if item.line else 0))
                elif isinstance(item, Note):
                    outcome.notes.append(InputError(due.seen.name, 0, item.reason))
                else:
                    writer.write(item.table, kept.shifted(item.table, item.rows, shift))
        except NotUsed as unused:
            writer.discard()
            outcome.notes.append(unused)
            self._keep(due, replace(new, unused=True), None, [])
            return False
        except InputError as error:
            writer.discard()
            outcome.problems.append(error)
            outcome.blocked = True
            return False
        except OSError:
            with suppress(OSError):
                writer.discard()
            raise
        except (ValueError, LookupError, ArithmeticError) as error:
            # A reader promises to raise nothing else. Should one break its promise, the other files must still be read.
            writer.discard()
            reason = f"{type(error).__name__}: {str(error)[:120]}"
            failed = message("ingest.failed", form=new.form, reason=reason)
            outcome.problems.append(InputError(due.seen.name, 0, failed))
            outcome.blocked = True
            return False
        record.rejects += tally.total
        record.sampling = max(record.sampling, source.sampling)
        self._keep(due, new, record, self._published(writer.finish(), kept))
        outcome.rejects += tally.total
        outcome.problems.extend(tally.problems(due.seen.name))
        outcome.latest_us = max((at for at in (outcome.latest_us, kept.latest_us) if at is not None), default=None)
        for table, rows in kept.rows.items():
            outcome.arrived[table] = outcome.arrived.get(table, 0) + rows
        return True

    def _record(self, due: Due, state: Followed) -> SourceRecord:
        old = self.records.get(state.origin)
        clock = self.declared.for_source(due.seen.name)
        record = SourceRecord(
            state.origin,
            due.seen.name,
            state.form,
            zone=str(clock.zone or ""),
            offset_s=clock.offset.total_seconds() if clock.offset is not None else None,
            tolerance_s=clock.tolerance.total_seconds(),
            site=self.declared.site_of(due.seen.name),
        )
        if old is not None:
            record.rows, record.rejects = dict(old.rows), old.rejects
            record.first_us, record.last_us = old.first_us, old.last_us
            record.sampling = old.sampling
        record.bytes = state.offset
        return record

    def _published(self, written: Mapping[str, Path], kept: "_Kept") -> list[Part]:
        parts = []
        for table, path in written.items():
            final = path.with_name("w" + path.name.removeprefix("."))
            settle_on_disk(path, final)
            first, last = kept.bounds.get(table, (None, None))
            name = f"{table}/{final.name}"
            parts.append(Part(name, table, kept.rows[table], first, last, 0, self.clocks.arrival_us()))
        return parts

    def _keep(self, due: Due, new: Followed, record: SourceRecord | None, parts: list[Part]) -> None:
        """The moment at which a piece has been read."""
        now_us = self.clocks.arrival_us()
        if self.spool is not None and self.spool in due.seen.path.parents:
            _on_disk(due.seen.path)
        with self.manifest.transaction() as connection:
            add_parts(connection, parts)
            keep(connection, new, now_us)
            if record is not None:
                keep_source(connection, asdict(record))
            if due.replaces:
                old = self.records.get(due.replaces)
                if retire_source(connection, due.replaces, now_us) < (sum(old.rows.values()) if old else 0):
                    # Some of its rows were put together with others': they are passed over by their number.
                    connection.execute("INSERT OR IGNORE INTO dead VALUES (?)", (due.replaces,))
                connection.execute("DELETE FROM followed WHERE origin = ?", (due.replaces,))
        self.known.pop(due.replaces, None)
        if record is not None:
            self.records[new.origin] = record
        for name in Followed.__slots__:
            setattr(due.state, name, getattr(new, name))
        self.known[new.origin] = due.state

    def _ended(self, due: Due) -> None:
        """Remember that a file is read to its end, so that it is not opened again before it changes."""
        state = due.state
        if due.seen.packed or state.offset == due.seen.size:
            state.size, state.mtime_ns = due.seen.size, due.seen.mtime_ns
        if state.origin in self.known:
            with self.manifest.transaction() as connection:
                keep(connection, state, self.clocks.arrival_us())


class _Kept:
    """What one piece brought: rows and the span of their times, by table."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.bounds: dict[str, tuple[int, int]] = {}
        self.latest_us: int | None = None

    def shifted(self, table: str, rows: pa.RecordBatch, shift: int) -> pa.RecordBatch:
        """The rows with their numbers counted from the beginning of the file."""
        if not rows.num_rows:
            return rows
        self.rows[table] = self.rows.get(table, 0) + rows.num_rows
        for name in ("ts", "until"):
            if name in rows.schema.names:
                found = pc.min_max(rows.column(name)).as_py()
                if found["min"] is not None:
                    low, high = self.bounds.get(table, (found["min"], found["max"]))
                    self.bounds[table] = (min(low, found["min"]), max(high, found["max"]))
                    if name == "ts":
                        self.latest_us = max(self.latest_us or found["max"], found["max"])
        if not shift:
            return rows
        index = rows.schema.get_field_index("row")
        return rows.set_column(index, rows.schema.field(index), pc.add(rows.column("row"), shift))


class _Prints:
    """The first and the last bytes of what passed so far, and the hash of all of it where it is known."""

    def __init__(self, head: bytes = b"", tail: bytes = b"", hashed: Any = None) -> None:
        self.head, self.tail, self.hash = head, tail, hashed

    @property
    def sha256(self) -> str:
        """In hex; "" where it is not known."""
        return self.hash.hexdigest() if self.hash is not None else ""

    def add(self, data: bytes) -> None:
        """More of the file has passed."""
        if len(self.head) < PRINT_BYTES:
            self.head = (self.head + data[:PRINT_BYTES])[:PRINT_BYTES]
        self.tail = (self.tail + data[-PRINT_BYTES:])[-PRINT_BYTES:]
        if self.hash is not None:
            self.hash.update(data)


def settle_on_disk(path: Path, final: Path) -> None:
    """Flush a file to the disk and give it its name."""
    _on_disk(path)
    path.rename(final)
    _on_disk(final.parent)


def _on_disk(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pieces(stream: BinaryIO, form: str, *, closed: bool) -> Iterator[bytes]:
    """Whole lines up to the end of what is there now; of a closed file also a last line without its newline."""
    rest = b""
    for data in chunks(stream, PIECE_BYTES):
        data = rest + data
        # A line longer than a piece is no line of a log; its reader refuses it.
        end = watch_preamble.cut(form, data) or (len(data) if len(data) >= PIECE_BYTES else 0)
        if end:
            yield data[:end]
        rest = data[end:]
    if closed and rest:
        yield rest
