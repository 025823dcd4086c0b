"""Conversations as rows of the table `message`, for the tests of what listens to them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from minewarden.detect.detector import Context
from minewarden.intel.watchset import WatchSet
from minewarden.vocab.clock import from_us, to_us
from tests.detect import lake_rows

START_US = to_us(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
CLIENT, SERVER = ("10.20.3.17", 51514), ("203.0.113.20", 3333)
CONVERSATIONS = Path(__file__).parent / "stratum" / "conversations"


@dataclass(frozen=True)
class Line:
    """One text: who says it ("C" or "S"), when (seconds), and the text (bytes as they are, else JSON)."""

    by: str
    at_s: float
    text: Any

    @property
    def body(self) -> bytes:
        return self.text if isinstance(self.text, bytes) else json.dumps(self.text, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Talk:
    """One stream."""

    lines: Sequence[Line]
    client: tuple[str, int] = CLIENT
    server: tuple[str, int] = SERVER
    carrier: str = "tcp"
    http_host: str | None = None
    http_agent: str | None = None
    cut: bool = False
    expect: dict[str, Any] | None = field(default=None, compare=False)


def conversation(path: Path) -> Talk:
    """One of the hand-written conversations."""
    held = json.loads(path.read_text(encoding="utf-8"))
    lines = [Line(*line) for line in held["lines"]]
    carriage = {key: held[key] for key in ("carrier", "http_host", "http_agent") if key in held}
    return Talk(lines, expect=held["expect"], **carriage)


def rows_of(talk: Talk, stream: int, origin: int = 1, first_row: int = 1) -> list[dict[str, Any]]:
    """The rows that a reader of captures would make of it."""
    rows = []
    for number, line in enumerate(talk.lines):
        up = line.by == "C"
        sender, receiver = (talk.client, talk.server) if up else (talk.server, talk.client)
        rows.append(
            {
                "ts": START_US + round(line.at_s * 1_000_000),
                "sender": sender[0],
                "sender_port": sender[1],
                "receiver": receiver[0],
                "receiver_port": receiver[1],
                "stream": stream,
                "opener": up,
                "carrier": talk.carrier,
                "http_host": talk.http_host if up else None,
                "http_agent": talk.http_agent if up else None,
                "body": line.body,
                "cut": talk.cut,
                "origin": origin,
                "row": first_row + number,
            }
        )
    return rows


def context_of(folder: Path, talks: Iterable[Talk]) -> Context:
    """A lake that holds these streams, in one source called `message.log`."""
    rows = [row for stream, talk in enumerate(talks, 1) for row in rows_of(talk, stream)]
    return lake_rows.context_of(folder, WatchSet(()), message=rows)


def at(seconds: float) -> datetime:
    """The instant so many seconds after the beginning."""
    return from_us(START_US + round(seconds * 1_000_000))
