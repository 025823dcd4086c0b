"""Changes numbers in a settings file and keeps what was there, so that every change can be taken back.

The file stays a person's: comments and order are left as they stand, only the named values change. Each former file is
kept beside it with its time in the name (`minewarden.20261129T041500Z.toml`).
"""

import os
import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from minewarden.vocab.errors import ConfigError
from minewarden.vocab.message import message
from minewarden.vocab.toml import parse_toml

Changes = Mapping[str, Mapping[str, float]]
"""Table (`detect.push_flow`) -> key -> value."""

_HEADER = re.compile(r"^\s*\[([^\[\]]+)\]\s*(?:#.*)?$")


def rewritten(text: str, changes: Changes) -> str:
    """The text with the values changed. Raises ConfigError where it is no TOML, or written in a way (tables within
    lines, dotted keys) in which the value's place cannot be told for sure."""
    wanted = deepcopy(tables_of(text))
    for table, values in changes.items():
        place: Any = wanted
        for part in table.split("."):
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise ConfigError(message("kept.not_changed"))
        place.update(values)
    lines = text.splitlines()
    for table, values in changes.items():
        lines = _table_changed(lines, table, values)
    new = "\n".join(lines).rstrip("\n") + "\n"
    try:
        done = parse_toml(new)
    except ValueError as error:
        raise ConfigError(message("kept.not_changed")) from error
    if done != wanted:
        raise ConfigError(message("kept.not_changed"))
    return new


def replace_file(path: Path, text: str, now: datetime) -> Path | None:
    """Put the text into the file; what was there before is kept under the name that is given back."""
    kept = None
    if path.exists():
        kept = _kept_name(path, now)
        # A second name for the same file: it is never missing, wherever this stops.
        os.link(path, kept)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return kept


def former(path: Path) -> list[Path]:
    """The kept files, the latest first."""
    pattern = re.compile(re.escape(path.stem) + r"\.(\d{8}T\d{6}Z)(?:-(\d+))?" + re.escape(path.suffix))
    named = [(match, p) for p in path.parent.iterdir() if (match := pattern.fullmatch(p.name))]
    return [p for _, p in sorted(named, key=lambda one: (one[0][1], int(one[0][2] or 1)), reverse=True)]


def roll_back(path: Path) -> Path:
    """Put the latest kept file back; it is no longer among the kept ones, so that a second call goes further back.
    Raises ConfigError where none is kept."""
    kept = former(path)
    if not kept:
        raise ConfigError(message("kept.none", file=str(path)))
    kept[0].replace(path)
    return kept[0]


def tables_of(text: str) -> dict[str, Any]:
    """What a settings file says. Raises ConfigError where it is no TOML."""
    try:
        return parse_toml(text)
    except ValueError as error:
        raise ConfigError(message("kept.no_toml", problem=str(error)[:200])) from error


def _table_changed(lines: list[str], table: str, values: Mapping[str, float]) -> list[str]:
    begin = next((n for n, line in enumerate(lines) if _names(line) == table), None)
    if begin is None:
        own = [f"{key} = {value!r}" for key, value in values.items()]
        return [*lines, *([""] if lines else []), f"[{table}]", *own]
    end = next((n for n in range(begin + 1, len(lines)) if lines[n].lstrip().startswith("[")), len(lines))
    body, missing = lines[begin + 1 : end], dict(values)
    for number, line in enumerate(body):
        key, equals, rest = line.partition("=")
        if equals and key.strip() in missing:
            remark = f"  #{rest.partition('#')[2]}" if "#" in rest else ""
            body[number] = f"{key.strip()} = {missing.pop(key.strip())!r}{remark}"
    return [*lines[: begin + 1], *(f"{key} = {value!r}" for key, value in missing.items()), *body, *lines[end:]]


def _names(line: str) -> str | None:
    match = _HEADER.match(line)
    return match[1].replace(" ", "") if match else None


def _kept_name(path: Path, now: datetime) -> Path:
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = path.with_name(f"{path.stem}.{stamp}{path.suffix}")
    number = 1
    while name.exists():
        number += 1
        name = path.with_name(f"{path.stem}.{stamp}-{number}{path.suffix}")
    return name
