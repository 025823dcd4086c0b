"""What a capture shall show: who talks to whom, when, in which dialogue, and what the wire does to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Literal, Protocol

from minewarden.vocab.net import Endpoint


@dataclass(frozen=True, slots=True)
class Script:
    """What a dialogue does. Counts are exact: a test may rely on them.

    jobs: how often the server gives work, the first time at the login, then every `job_every_s` (with jitter).
    shares: how many results the client hands in, spread over the session; the last `rejected` of them are refused.
    account "": invented for the dialect. refusal: the server refuses the login with these words and hangs up.
    keepalive_s, hashrate_every_s 0: none. reconnect: the server ends by sending the client there.
    """

    jobs: int = 10
    job_every_s: float = 30.0
    shares: int = 5
    rejected: int = 0
    account: str = ""
    worker: str = ""
    password: str = "x"  # noqa: S105 - what miners send where nothing is asked
    agent: str = ""
    host: str = ""
    difficulty: float = 8192
    hashrate: int = 0
    hashrate_every_s: float = 0.0
    keepalive_s: float = 0.0
    refusal: str = ""
    reconnect: Endpoint | None = None

    @property
    def duration_s(self) -> float:
        """How long the session lasts."""
        return max(1, self.jobs) * self.job_every_s


@dataclass(frozen=True, slots=True)
class Wire:
    """What lies between, and what the sensor saw of it.

    mss in bytes; rtt_ms as seen at the sensor; vlan None: untagged. retransmit, reorder, lose: share of data segments
    that are captured twice, swapped with the next, or missing. joined_after_s: the sensor came late, so that neither
    the opening nor the first seconds were seen. only: the sensor saw one direction. ending "": it was still going on.
    """

    mss: int = 1448
    rtt_ms: float = 30.0
    vlan: int | None = None
    client_mac: str = "02:00:00:00:00:01"
    server_mac: str = "02:00:00:00:00:fe"
    retransmit: float = 0.0
    reorder: float = 0.0
    lose: float = 0.0
    joined_after_s: float = 0.0
    only: Literal["", "up", "down"] = ""
    ending: Literal["", "fin", "rst"] = "fin"


@dataclass(frozen=True, slots=True)
class Session:
    """One TCP connection. `dialogue` is a name of `minewarden.simulator.dialogues.DIALOGUES`."""

    dialogue: str
    client: Endpoint
    server: Endpoint
    start: datetime
    script: Script = field(default_factory=Script)
    wire: Wire = field(default_factory=Wire)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Lookup:
    """One DNS question over UDP and its answer: addresses (A and AAAA by their form); none means NXDOMAIN."""

    client: Endpoint
    resolver: Endpoint
    name: str
    at: datetime
    answers: tuple[str, ...] = ()
    ttl: int = 300
    wire: Wire = field(default_factory=Wire)


@dataclass(frozen=True, slots=True)
class Say:
    """Something that a party says, so many seconds after what made it speak.

    bytes go out as they are; a function is called when its time has come and says what goes out then (None: nothing).
    """

    after_s: float
    what: object


class Party(Protocol):
    """One end of a dialogue."""

    def begins(self) -> list[Say]:
        """What it says of its own accord once the connection stands."""
        ...

    def hears(self, said: object) -> list[Say]:
        """What it answers."""
        ...


class Framing(Protocol):
    """How one direction of a connection carries what is said. One object per direction; it may keep a remainder."""

    def encode(self, said: object) -> bytes:
        """The bytes of one saying."""
        ...

    def decode(self, data: bytes) -> list[object]:
        """The sayings that are whole with these bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Both ends, with the framing of what the client sends (`up`) and of what the server sends (`down`)."""

    client: Party
    server: Party
    up: Framing
    down: Framing


Maker = Callable[[Script, Random], Dialogue]
