"""From what was found to what is proposed for blocking: the pools' ends of confirmed findings, never the pupils'."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.errors import InputError
from minewarden.vocab.finding import State
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import canonical_ip, canonical_name

SCHEMA = "minewarden/finding/1"
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes. A finding is some kilobytes; a line beyond this is no finding, and must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A finding that is sure enough but gives no rule, or is no finding. `line` is that of the file, from 1."""

    line: int
    reason: Message


@dataclass(frozen=True, slots=True)
class Proposed:
    """What findings propose. `taken`: findings that gave rules; `below`: those less sure than was asked."""

    rules: tuple[BlockRule, ...]
    unusable: tuple[Unusable, ...]
    taken: int
    below: int


def rules_from_findings(
    lines: Iterable[Mapping[str, Any] | InputError | None], *, expires_at: datetime, state: State = State.CONFIRMED
) -> Proposed:
    """Propose rules: one for server and port, one for the server's name, each citing the finding.

    `lines` are findings as `minewarden scan` writes them (docs/zh/reference/findings.md), in their order; where
    `read_findings` could not read one, the error stands in its place, and None for a blank line. Findings of a lower
    state than `state` are counted and left alone.
    The rules still have to pass the guard.
    """
    rules: set[BlockRule] = set()
    unusable: list[Unusable] = []
    taken = below = 0
    for number, line in enumerate(lines, 1):
        if line is None:
            continue
        if isinstance(line, InputError):
            unusable.append(Unusable(number, line.message))
            continue
        sure = _state(line)
        if line.get("schema") != SCHEMA or sure is None:
            unusable.append(Unusable(number, message("enforce.not_a_finding", schema=SCHEMA)))
        elif sure.rank < state.rank:
            below += 1
        else:
            try:
                made = _rules(line, expires_at)
            except ValueError as problem:
                unusable.append(Unusable(number, message("enforce.bad_finding", problem=str(problem))))
                continue
            taken += bool(made)
            rules.update(made)
            if not made:
                unusable.append(Unusable(number, message("enforce.nothing_to_block")))
    ordered = sorted(rules, key=lambda rule: (rule.key, rule.reason))
    return Proposed(tuple(ordered), tuple(unusable), taken, below)


def read_findings(stream: IO[bytes], file: str) -> Iterator[Mapping[str, Any] | InputError | None]:
    """Read JSON lines one by one, never holding more than `LONGEST_LINE`. A line that is no JSON object comes back as
    the error that says so; a blank line as None, so that lines keep their numbers."""
    number = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(LONGEST_LINE)
            yield InputError(file, number, message("enforce.line_too_long", limit=LONGEST_LINE))
        elif not raw.strip():
            yield None
        elif (found := _object(raw)) is None:
            yield InputError(file, number, message("enforce.not_json"))
        else:
            yield found


def _object(raw: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _state(line: Mapping[str, Any]) -> State | None:
    try:
        return State(str(line.get("state")))
    except ValueError:
        return None


def _rules(line: Mapping[str, Any], expires_at: datetime) -> list[BlockRule]:
    """The rules of one finding. Raises ValueError where a field does not hold what it should."""
    reason = f"finding {_text(line, 'id') or '?'}"
    server, name, port = _text(line, "server"), _text(line, "server_name"), line.get("port") or 0
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 65536:
        raise ValueError(f"port: {port!r:.40}")
    rules: list[BlockRule] = []
    if server and port:
        rules.append(BlockRule(Target.IP_PORT, canonical_ip(server), expires_at, reason, port))
    if name:
        rules.append(BlockRule(Target.NAME, canonical_name(name), expires_at, reason))
    return rules


def _text(line: Mapping[str, Any], key: str) -> str:
    value = line.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key}: {value!r:.40}")
    return value
