"""What a way of telling people promises, and what is handed to it.

A channel sends one letter and says what became of it. It keeps nothing: the outbox of the desk remembers, waits and
tries again. Nothing here reads a clock; `now` is handed in where a signature carries the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from minewarden.vocab.errors import ConfigError, MinewardenError
from minewarden.vocab.message import Message, Param, message


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one place.

    key: the same at every attempt, so that a receiver which looks at it takes a letter once. to: a mail address or a
    telephone number; empty for a group's robot. link: a page of the desk, as an absolute address, or empty.
    """

    key: str
    subject: str
    text: str
    to: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The other side has taken it. `number` is its own number for the letter, empty where it gives none."""

    number: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` letters within any `within`."""

    count: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Setting:
    """Something an administrator fills in for a channel. A secret is stored encrypted and never shown again."""

    name: str
    required: bool = True
    secret: bool = False
    default: str = ""


class DeliveryError(MinewardenError):
    """It was not taken. final: trying again changes nothing. after: how long the other side wants us to wait.

    unsure: the connection broke after the letter had gone out; whether it arrived is not known.
    """

    def __init__(
        self, sentence: Message, *, final: bool = False, unsure: bool = False, after: timedelta | None = None
    ) -> None:
        super().__init__(sentence)
        self.final = final
        self.unsure = unsure
        self.after = after


class Channel(Protocol):
    """A way of telling people."""

    kind: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]]
    limits: ClassVar[tuple[Limit, ...]]
    personal: ClassVar[str]
    """What a letter needs of a person: "mail", "phone", or "" for a group."""

    @property
    def keyed(self) -> bool:
        """Whether the receiver knows a repeated letter by its key, so that sending it again after a break is safe."""
        ...

    def send(self, letter: Letter, *, now: datetime) -> Receipt:
        """Send it. Raises DeliveryError."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """What was filled in, with the defaults; a required setting that is missing raises ConfigError."""

    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, kind: str, settings: tuple[Setting, ...], given: Mapping[str, str]) -> "Given":
        """Check what was filled in against the channel's settings."""
        values = {s.name: (given.get(s.name) or s.default).strip() for s in settings}
        missing = [s.name for s in settings if s.required and not values[s.name]]
        if missing:
            raise ConfigError(message("channels.setting_missing", kind=kind, name=missing[0]))
        return cls(values)

    def __getitem__(self, name: str) -> str:
        return self.values[name]


def refused(key: str, /, *, final: bool = False, after: timedelta | None = None, **params: Param) -> DeliveryError:
    """The other side's refusal in words of ours."""
    return DeliveryError(message(f"channels.{key}", **params), final=final, after=after)


def short(text: str, longest: int) -> str:
    """The text cut to so many bytes of UTF-8, never within a character."""
    data = text.encode()
    if len(data) <= longest:
        return text
    return data[: longest - 3].decode(errors="ignore") + "…"
