"""What a reader is, and the source it reads: a stream of bytes, already decompressed, whose size is bounded."""

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from minewarden.vocab.clock import SourceClock
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message

HEAD_BYTES = 64 * 1024
"""How much of a file is looked at to recognise it."""

KEPT_REJECT_BYTES = 4096
"""How much of a rejected line is kept; its length is said."""

_MOST_PASSED, _KIND_KEPT = 64, 40
"""How many kinds of passed-over records are counted apart, and how much of a kind's name is kept: a file must not fill
the memory with names of its own."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table, in the schema of `minewarden.telemetry.schema.TABLES[table]`."""

    table: str
    rows: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class Reject:
    """What could not be read, why, and where. Nothing is lost: `raw` is the text itself (bounded)."""

    line: int
    reason: Message
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know of the file although nothing failed, such as a year that it does not carry."""

    reason: Message


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of a source, for recognising it by content.

    `text` is "" for binary files; `lines` are its whole lines (the last, cut one left out unless the file ends there).
    """

    raw: bytes
    text: str = ""
    lines: tuple[str, ...] = ()
    encoding: str = ""


@dataclass(slots=True)
class Source:
    """One file on its way in. `origin` numbers it in the lake; `name` is what the user wrote or the walk found.

    `passed`: what a reader passed over because it is not needed, such as another kind of event, and how often.
    `sampling`: one packet in how many its flow records were made of, as declared, or as the file says where a reader
    puts it in; 0: neither says.
    """

    origin: int
    name: str
    path: Path
    head: Head
    stream: io.BufferedIOBase
    clock: SourceClock = field(default_factory=SourceClock)
    passed: dict[str, int] = field(default_factory=dict)
    sampling: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def pass_over(self, kind: str, count: int = 1) -> None:
        """Count records that are not needed; past the 64th kind all others are one, named `*`."""
        short = kind[:_KIND_KEPT]
        with self._counting:
            counted = short if short in self.passed or len(self.passed) < _MOST_PASSED else "*"
            self.passed[counted] = self.passed.get(counted, 0) + count


class NotUsed(InputError):
    """A file of a known form that holds nothing this program uses. It is said, and is no failure."""


class Reader(Protocol):
    """One form of log or capture: one class, one file, one test, one sample.

    A reader yields batches of at most about 100 000 rows and rejects, in the order of the file, with notes where there
    is something to say that is no failure, and keeps no more in memory than a batch. It takes the clock's shift away
    from every time. It raises `ZoneNeeded` for times without a zone where `source.clock.zone` is None, and `InputError`
    where the file as a whole cannot go on; what was yielded before stays.

    `grows`: whether a file of this form is only ever added to, so that a watch may read it piece by piece while it is
    written. Others (ledgers, exports, captures) are read whole once they rest, and a new version replaces the old one.
    """

    form: str
    grows: bool

    def recognises(self, head: Head) -> bool:
        """Whether the content is of this form; the name of the file does not count."""
        ...

    def read(self, source: Source) -> Iterator[Batch | Reject | Note]:
        """Read it all."""
        ...
