"""What people decided about findings, as a file of JSON lines: outcomes with the reasons' weights, nothing of persons.

A line holds the finding's id (a digest), how it ended, when, and of each reason its detector, family and weight. There
is no address, no name, no account, no unit and no row of a log: nothing by which a device or a person could be known.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message, message
from minewarden.vocab.system import reason_of

SCHEMA = "minewarden.label/1"
MOST_LINE = 64 * 1024
MOST_LABELS = 1_000_000
_SHOWN = 60


class Outcome(StrEnum):
    """How a finding ended, as people decided."""

    TRUE = "true"
    FALSE_ALARM = "false-alarm"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a finding: who gave it, of which family, with how many nats."""

    detector: str
    family: str
    weight: float


@dataclass(frozen=True, slots=True)
class Label:
    """One finding and its outcome. `probability`: as it was stated, None where it was not."""

    id: str
    outcome: Outcome
    decided_at: datetime
    state: str
    probability: float | None
    reasons: tuple[Reason, ...]

    def line(self) -> str:
        """The label as its line of the file."""
        told = {"schema": SCHEMA, **asdict(self), "decided_at": self.decided_at.isoformat(timespec="seconds")}
        return json.dumps(told, ensure_ascii=False)


def label_of(content: Mapping[str, Any], outcome: Outcome, decided_at: datetime) -> Label:
    """The label of a finding's JSON (schema `minewarden.finding/1`). Raises KeyError, TypeError or ValueError."""
    reasons = tuple(
        Reason(str(item["detector"]), str(item["family"]), float(item["weight"])) for item in content["evidence"]
    )
    stated = content.get("probability")
    probability = None if stated is None else float(stated)
    return Label(str(content["id"]), outcome, decided_at, str(content["state"]), probability, reasons)


def read_labels(path: Path) -> tuple[list[Label], list[InputError]]:
    """The labels of a file and what is wrong with its other lines. A finding that comes twice counts once, as it was
    decided last. Raises InputError where the file as a whole cannot be used."""
    labels: dict[str, Label] = {}
    problems: list[InputError] = []
    for number, given in _lines(path):
        label = _label(given)
        if isinstance(label, Message):
            problems.append(InputError(str(path), number, label))
        elif label.id not in labels or labels[label.id].decided_at <= label.decided_at:
            labels[label.id] = label
    return list(labels.values()), problems


def write_labels(labels: Iterable[Label], path: Path) -> int:
    """Write a file that was not there before; the number of its lines. Raises FileExistsError and OSError."""
    count = 0
    with path.open("x", encoding="utf-8") as file:
        for count, label in enumerate(labels, 1):  # noqa: B007 - counted, whatever their number
            file.write(label.line() + "\n")
    return count


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MOST_LINE + 1):
                number += 1
                if number > MOST_LABELS:
                    raise InputError(str(path), number, message("labels.too_many", most=MOST_LABELS))
                if len(line) > MOST_LINE:
                    raise InputError(str(path), number, message("labels.too_long", most=MOST_LINE))
                if line.strip():
                    yield number, line.removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise InputError(str(path), 0, message("labels.unreadable", reason=reason_of(error))) from error


def _label(line: bytes) -> Label | Message:
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError:
        return message("labels.no_json")
    if not isinstance(given, dict) or given.get("schema") != SCHEMA:
        return message(
            "labels.other_schema",
            wanted=SCHEMA,
            found=str(given.get("schema") if isinstance(given, dict) else "-")[:_SHOWN],
        )
    try:
        label = Label(
            id=_text(given["id"]),
            outcome=Outcome(given["outcome"]),
            decided_at=datetime.fromisoformat(_text(given["decided_at"])),
            state=_text(given["state"]),
            probability=None if given["probability"] is None else _number(given["probability"], 0.0, 1.0),
            reasons=tuple(
                Reason(_text(item["detector"]), _text(item["family"]), _number(item["weight"], -1000.0, 1000.0))
                for item in given["reasons"]
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        return message("labels.bad_field", problem=f"{type(error).__name__}: {error}"[:_SHOWN])
    if label.decided_at.tzinfo is None:
        return message("labels.no_zone")
    return label


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200 or not value.isprintable():
        raise ValueError("a text of 1 to 200 letters")
    return value


def _number(value: object, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a number")
    number = float(value)
    if not (math.isfinite(number) and least <= number <= most):
        raise ValueError(f"{least} to {most}")
    return number
