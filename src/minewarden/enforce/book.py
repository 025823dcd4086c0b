"""The book of what was applied: a journal that only grows, so that a power cut at any moment is seen afterwards.

Before a device is touched the journal says so, with all that is needed to bring it back; when it is done, or was
brought back, the journal says that too. A beginning without an end is an apply that was cut off. One apply at a time
holds the lock of the book. Every entry reaches the disk before the next step is taken.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from minewarden.enforce.bundle import write_whole
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.errors import InputError, TransitionError
from minewarden.vocab.message import Message, message

JOURNAL, LOCK = "journal.jsonl", "lock"
Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a device was given last: the rules, their hash, and when. `overridden`: what of it two people signed for in
    spite of the guard."""

    rules: tuple[BlockRule, ...]
    sha256: str
    at: datetime
    overridden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """An apply to one device that has no end in the journal."""

    number: int
    device: str
    by: str
    at: datetime
    rules: str
    kept: str
    plan: str


class Book:
    """A directory. It is made when the first entry is written."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @contextmanager
    def held(self, *, by: str, now: datetime) -> Iterator[None]:
        """Hold the book alone. Raises TransitionError where somebody else holds it, naming him."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.directory / LOCK).open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                lock.seek(0)
                raise TransitionError(_locked(lock.read())) from error
            lock.truncate(0)
            json.dump({"by": by, "at": now.isoformat(), "pid": os.getpid()}, lock, ensure_ascii=False)
            lock.flush()
            self._mind_the_clock(now)
            yield

    def entries(self) -> list[dict[str, Any]]:
        """Every entry, oldest first. A last line without its end was being written when the power went: it is left
        out. Raises InputError for any other line that cannot be read."""
        try:
            lines = (self.directory / JOURNAL).read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return []
        found: list[dict[str, Any]] = []
        for number, line in enumerate(lines, 1):
            if number == len(lines) and not line.endswith(b"\n"):
                break
            try:
                found.append(json.loads(line))
            except ValueError as error:
                place = str(self.directory / JOURNAL)
                raise InputError(place, number, message("block_plan.journal_broken")) from error
        return found

    def append(self, act: str, *, by: str, now: datetime, **facts: Any) -> int:
        """Write an entry, through to the disk; gives its number. What a power cut left of a line before it is cut."""
        return self.append_all(act, [facts], by=by, now=now)

    def append_all(self, act: str, each: Iterable[Mapping[str, Any]], *, by: str, now: datetime) -> int:
        """Write an entry for each of several facts at once; gives the number of the last. A hundred thousand lifts are
        one write, and not as many readings of a journal that grows."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.directory / JOURNAL
        number = len(self.entries())
        lines = []
        for facts in each:
            number += 1
            row = {"n": number, "act": act, "by": by, "at": now.isoformat(), **facts}
            lines.append(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        with path.open("ab+") as journal:
            journal.seek(0)
            whole = journal.read().rfind(b"\n") + 1
            journal.truncate(whole)
            journal.write(b"".join(lines))
            journal.flush()
            os.fsync(journal.fileno())
        return number

    def standing(self, device: str) -> Standing | None:
        """What the device was given last, as far as the journal knows; None: nothing yet."""
        for entry in reversed(self.entries()):
            if entry["act"] == "done" and entry["device"] == device:
                signed = tuple(entry.get("overridden", ()))
                return Standing(self.rules(entry["rules"]), entry["rules"], datetime.fromisoformat(entry["at"]), signed)
        return None

    def unfinished(self) -> list[Begun]:
        """What was begun and has no end."""
        open_: dict[int, Begun] = {}
        for entry in self.entries():
            if entry["act"] == "begin":
                at = datetime.fromisoformat(entry["at"])
                one = Begun(entry["n"], entry["device"], entry["by"], at, entry["rules"], entry["kept"], entry["plan"])
                open_[one.number] = one
            elif entry["act"] in ("done", "rolled-back"):
                open_.pop(entry["begun"], None)
        return list(open_.values())

    def lifts(self) -> Mapping[Key, datetime]:
        """What was lifted, and when last."""
        return {
            (entry["target"], entry["value"], entry["port"]): datetime.fromisoformat(entry["at"])
            for entry in self.entries()
            if entry["act"] == "lift"
        }

    def put_rules(self, rules: Iterable[BlockRule]) -> str:
        """Keep rules under the hash of their content."""
        return self.put(content_of(rules))

    def rules(self, sha256: str) -> tuple[BlockRule, ...]:
        """Rules that were kept."""
        return tuple(rule_of(row) for row in json.loads(self.kept(sha256)))

    def put(self, data: bytes) -> str:
        """Keep bytes under their hash, whole or not at all."""
        name = hashlib.sha256(data).hexdigest()
        (self.directory / "kept").mkdir(parents=True, exist_ok=True)
        write_whole(self.directory / "kept" / name, data)
        return name

    def kept(self, sha256: str) -> bytes:
        """Bytes that were kept. Raises InputError where they are gone or were changed."""
        path = self.directory / "kept" / sha256
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise InputError(str(path), 0, message("block_plan.kept_broken"))
        return data

    def _mind_the_clock(self, now: datetime) -> None:
        """A clock that went back would end blocks late and put receipts before their orders."""
        last = max((datetime.fromisoformat(entry["at"]) for entry in self.entries()), default=now)
        if last > now:
            raise TransitionError(message("block_plan.clock_back", last=last, now=now))


def content_of(rules: Iterable[BlockRule]) -> bytes:
    """Rules as the book keeps them: whoever has the same rules has the same bytes, and their hash names them."""
    return json.dumps([row_of(rule) for rule in rules], ensure_ascii=False).encode()


def row_of(rule: BlockRule) -> dict[str, Any]:
    """A rule as JSON carries it."""
    return {
        "target": rule.target.value,
        "value": rule.value,
        "port": rule.port,
        "expires_at": rule.expires_at.isoformat(),
        "reason": rule.reason,
        "basis": rule.basis,
    }


def rule_of(row: Mapping[str, Any]) -> BlockRule:
    """The rule of a row. Raises KeyError or ValueError for a row that is none."""
    ends = datetime.fromisoformat(row["expires_at"])
    return BlockRule(Target(row["target"]), row["value"], ends, row["reason"], row["port"], row["basis"])


def _locked(holder: str) -> Message:
    """Who applies, as far as the lock says: whoever holds it may not have written its name yet."""
    try:
        told = json.loads(holder)
        return message("block_plan.locked", by=told["by"], at=datetime.fromisoformat(told["at"]), pid=told["pid"])
    except (ValueError, KeyError, TypeError):
        return message("block_plan.locked_by_unknown")
