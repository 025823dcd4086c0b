"""A notice that somebody sent, as rows that a program can attribute: what `intake` hands out and the desk takes in.

A notice keeps every cell of the sender's table in the sender's order, because the answer goes back in these columns.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from minewarden.vocab.message import Message


class ZoneBasis(StrEnum):
    """Why a time means what it means. WRITTEN: the text names its zone. COUNTED: seconds or milliseconds since 1970,
    which need none. ASSUMED: the text names none, and the zone declared for the file was taken."""

    WRITTEN = "written"
    COUNTED = "counted"
    ASSUMED = "assumed"


class Precision(StrEnum):
    """The smallest unit that the text names."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


_LENGTHS = {
    Precision.SECOND: timedelta(seconds=1),
    Precision.MINUTE: timedelta(minutes=1),
    Precision.DAY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class NoticeTime:
    """A time out of a notice: the aware UTC instant at which it begins, as it was written, and how sure its zone is."""

    at: datetime
    basis: ZoneBasis
    precision: Precision
    written: str

    @property
    def until(self) -> datetime:
        """Where the second, the minute or the day that was named ends (exclusive)."""
        return self.at + _LENGTHS[self.precision]


@dataclass(frozen=True, slots=True)
class Reported:
    """An address that a notice names, in its one spelling, and the source port where it was written with one."""

    ip: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table of the sender: its name, the rows of its head as written, and what each column was taken to mean.

    spans: merged cells of the head as (first row, first column, last row, last column), from 0.
    roles: one for each column: address | port | destination | ... | answer.<name>, "" for a column that is only kept.
    """

    name: str
    head: tuple[tuple[str, ...], ...]
    spans: tuple[tuple[int, int, int, int], ...]
    roles: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """One name for each column: the texts of the head from top to bottom, without repetition."""
        head = [list(row) for row in self.head]
        for top, left, bottom, right in self.spans:
            for row in range(top, min(bottom + 1, len(head))):
                head[row][left : right + 1] = [self.head[top][left]] * (min(right + 1, len(head[row])) - left)
        return tuple(
            "/".join(dict.fromkeys(row[column] for row in head if column < len(row) and row[column]))
            for column in range(len(self.roles))
        )


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One row of a notice. `row` counts from 1 as the sender sees it; empty strings and None mean: not said.

    addresses: what is notified about, in the order written, ranges opened. cells: the sender's own cells.
    """

    table: int
    row: int
    addresses: tuple[Reported, ...] = ()
    port: int | None = None
    destination: str = ""
    destination_port: int | None = None
    domain: str = ""
    url: str = ""
    protocol: str = ""
    coin: str = ""
    first: NoticeTime | None = None
    last: NoticeTime | None = None
    deadline: NoticeTime | None = None
    unit: str = ""
    number: str = ""
    cells: tuple[str, ...] = ()
    doubts: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeReject:
    """A row that could not be used, and why. Nothing is dropped in silence."""

    table: int
    row: int
    reason: Message
    cells: tuple[str, ...] = ()


class Verdict(StrEnum):
    """CLEAN: nothing in the file acts. NEUTRALISED: something would, and was left asleep; the file itself stays in
    quarantine. BY_HAND: a picture or a scan, which people read. REFUSED: not read at all, and why."""

    CLEAN = "clean"
    NEUTRALISED = "neutralised"
    BY_HAND = "by-hand"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Notice:
    """Everything that was read out of one file. `sha256` is that of the file, byte for byte as it came.

    form: xlsx | xls | html | csv | docx | pdf | text | stix | misp | picture | unknown. preface: lines above and below
    the tables. answer_by / answer_within: the notice's own limit, as an instant or as hours from its receipt. pages:
    those of a scan.
    """

    name: str
    size: int
    sha256: str
    form: str
    verdict: Verdict
    sender: str = ""
    number: str = ""
    answer_by: NoticeTime | None = None
    answer_within: int | None = None
    pages: int = 1
    preface: tuple[str, ...] = ()
    tables: tuple[SourceTable, ...] = ()
    lines: tuple[NoticeLine, ...] = ()
    rejects: tuple[NoticeReject, ...] = ()
    warnings: tuple[Message, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Each distinct address once, in the order in which it first appears."""
        return tuple(dict.fromkeys(one.ip for line in self.lines for one in line.addresses))
