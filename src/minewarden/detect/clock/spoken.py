"""The campus's own miners that speak openly: when their servers told them something. Their flows are known to mine."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from minewarden.detect.clock.grouping import FlowKey
from minewarden.detect.stratum.conversation import Conversation, Row
from minewarden.telemetry.engine import Engine, tuples

MOST_TOLD = 200_000
"""Texts of one flow that are kept; what comes later adds nothing."""
_ROWS_AT_ONCE = 1024
_QUERY = """
    SELECT origin, stream, ts, row, sender, sender_port, receiver, receiver_port, carrier, http_host, http_agent, body,
           cut
    FROM message ORDER BY origin, stream, ts, row, sender_port, body
"""

Told = dict[FlowKey, tuple[list[int], list[int]]]
"""Flow -> times (microseconds) and lengths (bytes) of what the server said."""


def spoken(engine: Engine) -> Told:
    """Every (host, server, port) whose texts prove mining, with the server's texts."""
    told: Told = {}
    for _, group in groupby(texts(engine), key=lambda row: (row.origin, row.stream)):
        conversation, said = Conversation(), list[tuple[str, int, int, int]]()
        for row in group:
            conversation.hear(row)
            if len(said) < MOST_TOLD:
                said.append((row.sender, row.sender_port, row.ts, len(row.body)))
        outcome = conversation.outcome()
        if outcome is None:
            continue
        times, lengths = told.setdefault(FlowKey(outcome.miner[0], *outcome.server), ([], []))
        for sender, port, at, length in said:
            if (sender, port) == outcome.server and len(times) < MOST_TOLD:
                times.append(at)
                lengths.append(length)
    return told


def texts(engine: Engine) -> Iterator[Row]:
    """The rows of `message`, stream by stream, each in the order of time."""
    rows: Any = tuples(engine.ask(_QUERY, _ROWS_AT_ONCE))
    for values in rows:
        yield Row(*values)
