"""Whose it is: candidates, never silently one, each with the hops and rows that it rests on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from minewarden.vocab.finding import RowRef
from minewarden.vocab.message import Message


class Certainty(StrEnum):
    """UNIQUE: the only one that fits the whole window. LIKELY: fits the nominal time, another fits a part of the
    window. POSSIBLE: fits a part of the window only, or a clock involved is not registered."""

    UNIQUE = "unique"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Hop:
    """One step: from a known thing to the next, valid between two true times (None: open), resting on rows.

    kind: nat | dns | lease | arp | login | switch_port | asset | person
    """

    kind: str
    known: str
    found: str
    valid_from: datetime | None
    valid_until: datetime | None
    rows: tuple[RowRef, ...] = ()
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible answer. Empty strings mean that the logs given do not say."""

    internal_ip: str
    certainty: Certainty
    mac: str = ""
    login: str = ""
    switch_port: str = ""
    asset: str = ""
    person: str = ""
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribution:
    """The candidates for one address at one time, best first, and what a reader must know about them."""

    ip: str
    port: int
    at: datetime
    candidates: tuple[Candidate, ...]
    warnings: tuple[Message, ...] = ()
