"""What one text of a conversation says, once a dialect has recognised it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any


class Act(Enum):
    """What is done by saying it."""

    SUBSCRIBE = auto()
    LOGIN = auto()
    SETUP = auto()
    """Difficulty, extranonce, version mask: belongs to a session and exchanges no work."""
    ALIVE = auto()
    """A sign of life, or the answer to one."""
    ASK = auto()
    """A request for work; the answer is the job."""
    JOB = auto()
    SHARE = auto()
    RECONNECT = auto()


class Side(Enum):
    """Who says it, by the meaning of the words; ports do not count."""

    MINER = auto()
    POOL = auto()


@dataclass(frozen=True, slots=True)
class Said:
    """One recognised text.

    sure: this text alone proves mining; otherwise it counts only in company of one that does. protocol "": the text is
    common to several. user is what was logged in with (`account.worker`). difficulty and hashrate (per second) are 0
    where they are not said. coins are those that the text leaves possible; empty: it does not tell.
    """

    act: Act
    side: Side
    sure: bool = True
    protocol: str = ""
    user: str = ""
    worker: str = ""
    agent: str = ""
    server_name: str = ""
    difficulty: float = 0.0
    hashrate: float = 0.0
    coins: frozenset[str] = frozenset()
    next_server: str = ""
    slot: int = -1
    """The last byte of a share's nonce, which a proxy in NiceHash mode gives to each of its miners."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request or notification: its parameters, and what HTTP said of the program that sent it."""

    method: str
    params: Any
    program: str = ""
    http: bool = False
    worker: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, and what had been asked where that was seen."""

    result: Any
    asked: Said | None
    unasked: bool
    """Its id says that nobody asked (null or 0)."""
    http: bool = False


CallReader = Callable[[Call], Said | None]
AnswerReader = Callable[[Answer], Said | None]
Calls = Mapping[str, CallReader]
