"""Taking files in: walk the paths, recognise each file by its content, read it into the lake, say what went wrong.

A file that cannot be read, or only in part, never stops the others; nothing is passed over without a word.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from hashlib import file_digest
from pathlib import Path
from typing import Protocol

from minewarden.plugins import READERS
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.head import head_of
from minewarden.telemetry.lake import Lake, SourceRecord, Writer
from minewarden.telemetry.reader import Head, Note, NotUsed, Reader, Reject, Source
from minewarden.telemetry.rejects import RejectFile, Tally
from minewarden.telemetry.streams import Limits, Opened, packing
from minewarden.telemetry.syslog_messages import Unwrapped, is_message, plain
from minewarden.telemetry.walk import Found, unreadable, walk
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message

# Magic numbers of what people send in place of logs: (bytes, where they stand, name).
_PACKED = (
    (b"PK\x03\x04", 0, "zip"),
    (b"\xfd7zXZ\x00", 0, "xz"),
    (b"BZh", 0, "bzip2"),
    (b"7z\xbc\xaf\x27\x1c", 0, "7z"),
    (b"Rar!\x1a\x07", 0, "rar"),
    (b"ustar", 257, "tar"),
)
# A file that gives this many rejects, and ten times more than rows, is not what its beginning made it seem.
_ENOUGH_REJECTS, _ENOUGH_RATIO = 100_000, 10


class Watch(Protocol):
    """Whoever looks on while files are read."""

    def started(self, name: str, bytes_total: int) -> None:
        """A file is being read, of so many bytes on the disk."""
        ...

    def advanced(self, bytes_done: int) -> None:
        """So many of its bytes are done."""
        ...

    def finished(self, record: SourceRecord) -> None:
        """The file has been read."""
        ...

    def problem(self, error: InputError) -> None:
        """Something could not be read."""
        ...

    def note(self, note: InputError) -> None:
        """Something was left out or assumed for good reason; it is no failure."""
        ...


@dataclass(slots=True)
class IngestReport:
    """What was read, what could not be (`problems`), what was left out or assumed for good reason (`notes`)."""

    sources: list[SourceRecord] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    rejects: int = 0
    notes: list[InputError] = field(default_factory=list)


def ingest(
    paths: Sequence[Path],
    lake: Lake,
    *,
    declared: Declared,
    watch: Watch,
    keep_rejects: Path | None = None,
    limits: Limits | None = None,
    readers: Mapping[str, Reader] | None = None,
) -> IngestReport:
    """Read everything under `paths` into the lake; rejected lines also go to `keep_rejects`, if given, as JSON lines.

    Raises OSError only where the lake or `keep_rejects` cannot be written.
    """
    with ExitStack() as stack:
        rejects = stack.enter_context(RejectFile(keep_rejects)) if keep_rejects is not None else None
        intake = _Intake(lake, declared, watch, rejects, limits or Limits(), readers or _readers())
        for found in walk(paths):
            if isinstance(found, InputError):
                intake.problem(found)
            else:
                intake.take(found)
        return intake.report


@cache
def _readers() -> Mapping[str, Reader]:
    return {name: kind() for name, kind in READERS.load_all().items()}


class _Intake:
    """One call of `ingest`: the files so far, and where their rows and troubles go."""

    def __init__(
        self,
        lake: Lake,
        declared: Declared,
        watch: Watch,
        rejects: RejectFile | None,
        limits: Limits,
        readers: Mapping[str, Reader],
    ) -> None:
        self.report = IngestReport()
        self._lake = lake
        self._declared = declared
        self._watch = watch
        self._rejects = rejects
        self._limits = limits
        self._readers = readers
        self._known = {(record.bytes, record.sha256): record.name for record in lake.sources()}
        self._origin = lake.next_origin()

    def problem(self, error: InputError) -> None:
        """Tell it, and remember it."""
        self.report.problems.append(error)
        self._watch.problem(error)

    def note(self, note: InputError) -> None:
        """Tell what is no failure."""
        self.report.notes.append(note)
        self._watch.note(note)

    def take(self, found: Found) -> None:
        """Read one file, if it is one of ours and was not read before."""
        if found.bytes == 0:
            self.problem(InputError(found.name, 0, message("ingest.empty")))
            return
        try:
            with found.path.open("rb", buffering=0) as file:
                opened = Opened(file, self._limits, self._watch.advanced)
                wrapped = is_message(opened.head)
                head = head_of(plain(opened.head) if wrapped else opened.head)
                reader = self._recognise(head)
                if reader is None:
                    self._refuse(found, opened, head)
                elif other := self._same(found):
                    self.note(InputError(found.name, 0, message("ingest.same_file", other=other)))
                else:
                    self._read(found, opened, head, reader, wrapped=wrapped)
        except OSError as error:
            self.problem(unreadable(found.name, error))

    def _recognise(self, head: Head) -> Reader | None:
        return next((reader for reader in self._readers.values() if reader.recognises(head)), None)

    def _refuse(self, found: Found, opened: Opened, head: Head) -> None:
        if not head.raw and opened.damage is not None:
            sentence = opened.damage
        else:
            sentence = _not_ours(head, sorted({reader.form for reader in self._readers.values()}))
        self.problem(InputError(found.name, 0, sentence))

    def _same(self, found: Found) -> str | None:
        """The name under which the same content was read before. Only a file of the same size is hashed for it."""
        if all(size != found.bytes for size, _ in self._known):
            return None
        with found.path.open("rb") as file:
            return self._known.get((found.bytes, file_digest(file, "sha256").hexdigest()))

    def _read(self, found: Found, opened: Opened, head: Head, reader: Reader, *, wrapped: bool) -> None:
        clock = self._declared.for_source(found.name)
        record = SourceRecord(
            self._origin,
            found.name,
            reader.form,
            zone=str(clock.zone or ""),
            offset_s=clock.offset.total_seconds() if clock.offset is not None else None,
            tolerance_s=clock.tolerance.total_seconds(),
            site=self._declared.site_of(found.name),
        )
        stream = io.BufferedReader(Unwrapped(opened.stream), 1 << 20) if wrapped else opened.stream
        source = Source(self._origin, found.name, found.path, head, stream, clock)
        source.sampling = self._declared.sampling_of(found.name)
        tally, notes = Tally(), dict[str, Note]()
        self._watch.started(found.name, found.bytes)
        try:
            with self._lake.writer(record) as writer:
                stopped = self._drain(reader, source, writer, tally, notes)
                if isinstance(stopped, NotUsed):
                    raise stopped
                record.sampling = source.sampling
                record.sha256, record.bytes, record.rejects = opened.finish(), opened.bytes_read, tally.total
        except NotUsed as unused:
            self._watch.finished(record)
            self.note(unused)
            return
        self._origin += 1
        self._known[record.bytes, record.sha256] = found.name
        self.report.sources.append(record)
        self.report.rejects += tally.total
        self._watch.finished(record)
        damage = opened.damage
        for error in (stopped, InputError(found.name, 0, damage) if damage is not None else None):
            if error is not None:
                self.problem(error)
        for error in tally.problems(found.name):
            self.problem(error)
        for note in notes.values():
            self.note(InputError(found.name, 0, note.reason))
        if source.passed:
            self.note(InputError(found.name, 0, _passed_over(source.passed)))

    def _drain(
        self, reader: Reader, source: Source, writer: Writer, tally: Tally, notes: dict[str, Note]
    ) -> InputError | None:
        """Write what the reader yields. What stopped it before the end comes back; what it yielded before stays."""
        rows = 0
        try:
            for item in reader.read(source):
                if isinstance(item, Note):
                    # Each sentence once per file, however often the reader comes upon it.
                    notes.setdefault(item.reason.id, item)
                    continue
                if not isinstance(item, Reject):
                    writer.write(item.table, item.rows)
                    rows += item.rows.num_rows
                    continue
                tally.add(item)
                if self._rejects is not None:
                    self._rejects.write(source.name, item)
                if tally.total >= _ENOUGH_REJECTS and tally.total > _ENOUGH_RATIO * rows:
                    return InputError(source.name, item.line, message("ingest.mostly_refused", count=tally.total))
        except InputError as error:
            return error
        except (ValueError, LookupError, ArithmeticError) as error:
            # A reader promises to raise nothing else. Should one break its promise, the other files must still be read.
            reason = f"{type(error).__name__}: {str(error)[:120]}"
            return InputError(source.name, 0, message("ingest.failed", form=reader.form, reason=reason))
        return None


def _passed_over(passed: Mapping[str, int]) -> Message:
    kinds = ", ".join(f"{kind}: {count}" for kind, count in sorted(passed.items()))
    return message("ingest.passed", count=sum(passed.values()), kinds=kinds)


def _not_ours(head: Head, forms: list[str]) -> Message:
    """Why a file was recognised by no reader."""
    if not head.raw:
        return message("ingest.empty")
    if packing(head.raw):
        return message("ingest.packed_deep")
    for magic, place, form in _PACKED:
        if head.raw.startswith(magic, place):
            return message("ingest.packed", form=form)
    if head.encoding:
        return message("ingest.unknown", forms=", ".join(forms))
    return message("ingest.zeros" if not head.raw.strip(b"\0") else "ingest.binary")
