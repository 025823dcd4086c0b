"""Changes numbers in a settings file and keeps what was there, so that every change can be taken back.

The file stays a person's: comments and order are left as they stand, only the named values change. Each former file is
kept beside it with its time in the name (`minewarden.20261129T041500Z.toml`). One change at a time: whoever changes
holds a lock, and what was decided on other settings than those that stand there now is not written.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


def replace_file(path: Path, text: str, now: datetime, *, was: str) -> Path:
    """Put the text into the file; what was there before is kept under the name that is given back, an empty one where
    there was no file, so that this step can be taken back too.

    `was`: the text on which the change was decided, "" for no file. Raises ConfigError where another stands there by
    now, and changes nothing.
    """
    with _alone(path):
        if text_of(path) != was:
            raise ConfigError(message("kept.meanwhile", file=str(path)))
        kept = _kept_name(path, now)
        if path.exists():
            # A second name for the same file: it is never missing, wherever this stops.
            os.link(path, kept)
        else:
            kept.touch(exist_ok=False)
        fresh = path.with_name(f".{path.name}.new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return kept


def text_of(path: Path) -> str:
    """What stands in the file, "" where there is none. Raises OSError and UnicodeDecodeError."""
    return path.read_text(encoding="utf-8-sig") if path.exists() else ""


def former(path: Path) -> list[Path]:
    """The kept files, the latest first."""
    return [p for _, _, p in sorted(_kept(path), reverse=True)]


def roll_back(path: Path, now: datetime) -> tuple[Path, Path | None]:
    """Put the latest kept file back; it is no longer among the kept ones, so that a second call goes further back.

    What stood there until now, with whatever a person changed in it since, stays beside it: it is given back too.
    Raises ConfigError where none is kept.
    """
    with _alone(path):
        kept = former(path)
        if not kept:
            raise ConfigError(message("kept.none", file=str(path)))
        undone = _undone_name(path, now) if path.exists() else None
        if undone is not None:
            os.link(path, undone)
        kept[0].replace(path)
        return kept[0], undone


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


def _kept(path: Path) -> Iterator[tuple[str, int, Path]]:
    """Stamp, number within it, and file."""
    pattern = re.compile(re.escape(path.stem) + r"\.(\d{8}T\d{6}Z)(?:-(\d+))?" + re.escape(path.suffix))
    for other in path.parent.iterdir():
        if (match := pattern.fullmatch(other.name)) is not None:
            yield match[1], int(match[2] or 1), other


def _kept_name(path: Path, now: datetime) -> Path:
    """A name after all that are kept, whatever the clock says: one set back must not turn the order of steps round."""
    stamp, number = _stamp(now), 1
    last, count = max(((at, n) for at, n, _ in _kept(path)), default=("", 0))
    if stamp <= last:
        stamp, number = last, count + 1
    return path.with_name(f"{path.stem}.{stamp}{f'-{number}' if number > 1 else ''}{path.suffix}")


def _undone_name(path: Path, now: datetime) -> Path:
    name, number = path.with_name(f"{path.stem}.{_stamp(now)}.undone{path.suffix}"), 1
    while name.exists():
        number += 1
        name = path.with_name(f"{path.stem}.{_stamp(now)}-{number}.undone{path.suffix}")
    return name


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else changes the file meanwhile."""
    with path.with_name(f".{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
