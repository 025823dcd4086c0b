"""What the program states: which host mines, where to, since when, on what evidence."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from minewarden.vocab.message import Message


class Grade(IntEnum):
    """How far the evidence reaches (practice.md, phases of a mining session); a higher grade is stronger."""

    LOOKED_UP = 1
    CONNECTED = 2
    BEHAVED = 3
    HANDSHAKE = 4
    WORK = 5

    @property
    def label(self) -> str:
        """The word used in JSON."""
        return ("looked-up", "connected", "behaved", "handshake", "work")[self - 1]


class State(StrEnum):
    """How sure the finding is. Its meaning in words stands in docs/zh/reference/findings.md."""

    SUSPECTED = "suspected"
    PROBABLE = "probable"
    CONFIRMED = "confirmed"

    @property
    def rank(self) -> int:
        """0 suspected, 1 probable, 2 confirmed: for sorting and for `--state`."""
        return ("suspected", "probable", "confirmed").index(self.value)


@dataclass(frozen=True, slots=True, order=True)
class RowRef:
    """Where a fact stands: the source as the user named it, and its line (text) or packet (capture), from 1."""

    source: str
    row: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason. `family` groups reasons that are not independent of each other; `weight` is a log-likelihood ratio
    in nats, capped per family when reasons are added up."""

    detector: str
    family: str
    grade: Grade
    weight: float
    text: Message
    first_seen: datetime
    last_seen: datetime
    rows: tuple[RowRef, ...] = ()
    p_value: float | None = None
    """Set only by a test with an exact null: the chance of this in harmless traffic, corrected for every test."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one detector saw of one (host, server, port). An empty `server` means that only a name is known; port 0
    likewise. `host` is the client, as the vantage point saw it."""

    host: str
    server: str
    port: int
    evidence: Evidence
    server_name: str = ""
    protocol: str = ""
    coins: frozenset[str] = frozenset()
    account: str = ""
    worker: str = ""
    agent: str = ""
    host_port: int = 0
    """The client's own port, where one connection is meant; address translation is traced by it. 0: not known."""
    shares: int = 0
    jobs: int = 0
    beyond: tuple[str, int] | None = None
    """Where `server`, itself inside, passes on what it is sent: a server outside and its port."""


@dataclass(frozen=True, slots=True)
class Finding:
    """All that is known of one (host, server, port), with its state.

    probability: of mining, were the weights of the evidence true (None: not weighed). explanation: how the state came
    about and what else could explain it, for a reader who knows neither.
    """

    host: str
    server: str
    port: int
    state: State
    first_seen: datetime
    last_seen: datetime
    evidence: tuple[Evidence, ...]
    server_name: str = ""
    protocol: str = ""
    coins: tuple[str, ...] = ()
    account: str = ""
    worker: str = ""
    agent: str = ""
    host_port: int = 0
    shares: int = 0
    jobs: int = 0
    sources: tuple[str, ...] = field(default=())
    probability: float | None = None
    explanation: tuple[Message, ...] = ()
