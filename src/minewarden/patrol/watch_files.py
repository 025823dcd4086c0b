"""What is new in the followed folders: which file is a known one grown, renamed, copied or packed, and which is new."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

from minewarden.patrol.watch_state import PRINT_BYTES, Followed, digest
from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import HEAD_BYTES, Head, Reader
from minewarden.telemetry.streams import Limits, Opened, packing
from minewarden.telemetry.syslog_messages import is_message, plain
from minewarden.telemetry.walk import unreadable, walk
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import message

LATELY_NS = 3_600_000_000_000
_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it stands in its folder now."""

    path: Path
    name: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    packed: str
    head: bytes

    @property
    def stamp(self) -> tuple[int, int, int, int]:
        """Changes whenever the file does."""
        return self.device, self.inode, self.size, self.mtime_ns


@dataclass(frozen=True, slots=True)
class Due:
    """A file of which something is to be read: `state` says from where. `replaces`: the number of its old version.

    wrapped: its lines are syslog messages as they came over the network, with a header of their own.
    """

    seen: Seen
    state: Followed
    reader: Reader
    head: Head
    replaces: int = 0
    wrapped: bool = False


class Follower:
    """Looks through folders again and again. `known` is shared with who reads: its states move on with every piece."""

    def __init__(
        self,
        known: dict[int, Followed],
        readers: Mapping[str, Reader],
        *,
        passed_over: Sequence[Path] = (),
        settle: timedelta = timedelta(seconds=30),
    ) -> None:
        self.known = known
        self._readers = readers
        self._passed_over = [path.resolve() for path in passed_over]
        self._settle_ns = int(settle.total_seconds() * 1e9)
        self._verified: dict[int, tuple[int, int, int, int]] = {}
        self._settled_as: dict[Path, tuple[int, int, int, int]] = {}
        self._waiting: list[int] = []
        self.present: set[int] = set()
        """The files that the last look found at their places."""
        self.moved: list[Followed] = []
        """Files found under a new name, to be remembered with the next piece or at the end of the round."""

    def look(self, paths: Sequence[Path], now_ns: int) -> Iterator[Due | InputError]:
        """What is to be read, late files and all. A new file's state has number 0: whoever reads it numbers it and puts
        it into `known` before asking for the next, so that a copy of it is seen as one."""
        strangers: list[Seen] = []
        self.present = alive = set[int]()
        by_place = {(state.device, state.inode): state for state in self.known.values()}
        contents = _Contents(self.known.values())
        dues: list[Due] = []
        for found in walk(paths):
            if isinstance(found, InputError):
                yield found
                continue
            try:
                resting = self._resting(found.path, by_place)
                if resting is not None:
                    alive.update(resting)
                    continue
                seen = self._seen(found.path, found.name)
                if seen is None:
                    continue
                state = by_place.get((seen.device, seen.inode))
                if state is None or not self._same(state, seen):
                    strangers.append(seen)
                    continue
            except FileNotFoundError:
                # It was renamed between the listing and the look; the next look finds it.
                continue
            except OSError as error:
                yield unreadable(found.name, error)
                continue
            if state.origin in alive:
                # The same file by another path.
                continue
            alive.add(state.origin)
            self._name(state, seen)
            dues += self._more_of(state, seen, now_ns)
        yield from self._in_turn(dues, now_ns)
        for seen in sorted(strangers, key=lambda stranger: _urgency(stranger, now_ns)):
            try:
                due = self._stranger(seen, alive, contents, now_ns)
            except FileNotFoundError:
                continue
            except OSError as error:
                yield unreadable(seen.name, error)
                continue
            if due is None:
                continue
            yield due
            if isinstance(due, Due):
                alive.add(due.state.origin)
                contents.add(due.state)

    def _in_turn(self, dues: list[Due], now_ns: int) -> Iterator[Due]:
        """By their urgency, after those whose turn did not come last time because there was too much."""
        waiting, self._waiting = self._waiting, [due.state.origin for due in dues]
        left = set(waiting)
        for due in sorted(dues, key=lambda due: (due.state.origin not in left, *_urgency(due.seen, now_ns))):
            self._waiting.remove(due.state.origin)
            yield due

    def settled_as_is(self, seen: Seen) -> None:
        """Nothing is to be read of this file as long as it stays as it is."""
        self._settled_as[seen.path] = seen.stamp

    def _resting(self, path: Path, by_place: Mapping[tuple[int, int], Followed]) -> list[int] | None:
        """The number of a file that is as it was when it was read to its end; none of one that is not to be read.

        None where it is worth a look. Most files of an archive rest, and are not even opened.
        """
        about = path.stat()
        stamp = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)
        if about.st_size == 0 or self._settled_as.get(path) == stamp:
            return []
        state = by_place.get((about.st_dev, about.st_ino))
        if state is None or (state.size, state.mtime_ns) != stamp[2:] or state.path != str(path):
            return None
        return [state.origin]

    def _seen(self, path: Path, name: str) -> Seen | None:
        resolved = path.resolve()
        if any(resolved == own or own in resolved.parents for own in self._passed_over):
            return None
        with path.open("rb", buffering=0) as file:
            about = os.fstat(file.fileno())
            stamp = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)
            if about.st_size == 0 or self._settled_as.get(path) == stamp:
                return None
            head = file.read(HEAD_BYTES)
        return Seen(path, name, *stamp, packing(head), head)

    def _same(self, state: Followed, seen: Seen) -> bool:
        """Whether the file at a known place still is what was read there."""
        if self._verified.get(state.origin) == seen.stamp or (state.size, state.mtime_ns) == seen.stamp[2:]:
            return True
        if seen.packed or not state.grows:
            # Only unchanged it is the same for certain; else its content decides, or it is a new version.
            return not seen.packed
        with seen.path.open("rb") as file:
            same = bool(state.continues(file))
        if same:
            self._verified[state.origin] = seen.stamp
        return same

    def _name(self, state: Followed, seen: Seen) -> None:
        if state.path != seen.name or (state.device, state.inode) != (seen.device, seen.inode):
            state.path, state.device, state.inode = seen.name, seen.device, seen.inode
            self.moved.append(state)

    def _more_of(self, state: Followed, seen: Seen, now_ns: int) -> list[Due]:
        reader = self._readers.get(state.form)
        if reader is None or state.unused or (state.size, state.mtime_ns) == (seen.size, seen.mtime_ns):
            return []
        raw, wrapped = _unwrapped(seen.head)
        head = head_of(raw)
        if state.grows:
            return [Due(seen, state, reader, head, wrapped=wrapped)] if seen.size > state.offset else []
        if not self._settled(seen, now_ns):
            return []
        fresh = Followed(0, seen.name, state.form, seen.device, seen.inode)
        return [Due(seen, fresh, reader, head, replaces=state.origin if _newer_version(state, seen) else 0)]

    def _settled(self, seen: Seen, now_ns: int) -> bool:
        # A time in the future is that of another clock; it says as little of this moment as one long past.
        return abs(now_ns - seen.mtime_ns) >= self._settle_ns

    def _stranger(self, seen: Seen, alive: set[int], contents: "_Contents", now_ns: int) -> Due | InputError | None:
        if seen.packed and not self._settled(seen, now_ns):
            return None
        with opened(seen) as stream:
            raw = stream.read(HEAD_BYTES)
        match = contents.match(seen, raw)
        raw, wrapped = _unwrapped(raw)
        head = head_of(raw)
        if match is not None:
            state, whole = match
            if state.origin in alive:
                # A copy beside the original, as copytruncate makes it: the original is the one that is read.
                return None
            if not whole:
                return None
            self._name(state, seen)
            if not state.grows or state.unused:
                state.size, state.mtime_ns = seen.size, seen.mtime_ns
                return None
            return Due(seen, state, self._readers[state.form], head, wrapped=wrapped)
        reader = next((reader for reader in self._readers.values() if reader.recognises(head)), None)
        if reader is None:
            if not self._settled(seen, now_ns):
                return None
            self.settled_as_is(seen)
            return InputError(seen.name, 0, message("watch.unknown"))
        if not self._settled(seen, now_ns) and (not reader.grows or b"\n" not in raw):
            return None
        if head.encoding.startswith("utf-16") and reader.grows:
            self.settled_as_is(seen)
            return InputError(seen.name, 0, message("watch.wide_text"))
        older = (known for known in contents.under(seen.name) if _newer_version(known, seen))
        fresh = Followed(0, seen.name, reader.form, seen.device, seen.inode)
        replaces = max((known.origin for known in older), default=0)
        return Due(seen, fresh, reader, head, replaces=replaces, wrapped=wrapped)


class _Contents:
    """The known files by how they begin, for one look: thousands of strangers must not each try thousands of files."""

    def __init__(self, known: Iterable[Followed]) -> None:
        self._by_head: dict[str, list[Followed]] = {}
        self._by_path: dict[str, list[Followed]] = {}
        self._begins: dict[int, tuple[Followed, bytes]] = {}
        self._lengths: set[int] = set()
        for state in known:
            self.add(state)

    def add(self, state: Followed) -> None:
        """Another known file, or one that was read on."""
        self._by_path.setdefault(state.path, []).append(state)
        if state.head_bytes and state.head:
            self._by_head.setdefault(state.head, []).append(state)
            self._lengths.add(state.head_bytes)

    def under(self, name: str) -> list[Followed]:
        """The files of this name."""
        return self._by_path.get(name, [])

    def match(self, seen: Seen, raw: bytes) -> tuple[Followed, bool] | None:
        """The known file whose content this one begins with, and whether all that was read of it is here."""
        shorter = self._longer_than(raw)
        found: list[Followed] = []
        for length in sorted(self._lengths, reverse=True):
            if length <= len(raw):
                found += self._by_head.get(digest(raw[:length]), [])
        for state in sorted(found, key=lambda known: -known.offset):
            with opened(seen) as stream:
                verdict = state.continues(stream)
                if verdict and not state.grows and stream.read(1):
                    verdict = False
            if verdict:
                return state, True
            if verdict is None:
                shorter = state
        return (shorter, False) if shorter is not None else None

    def _longer_than(self, raw: bytes) -> Followed | None:
        """A known file of which `raw`, shorter than `PRINT_BYTES`, is the beginning."""
        if len(raw) >= PRINT_BYTES:
            return None
        for states in self._by_head.values():
            for state in states:
                if state.head_bytes <= len(raw):
                    continue
                if state.origin not in self._begins:
                    self._begins[state.origin] = (state, state.beginning())
                if self._begins[state.origin][1].startswith(raw):
                    return state
        return None


def _urgency(seen: Seen, now_ns: int) -> tuple[bool, int]:
    """What was written lately comes first, in the order in which it was written: an archive that was put in can wait, a
    live log cannot. Of an archive the newest comes first."""
    old = now_ns - seen.mtime_ns > LATELY_NS
    return old, -seen.mtime_ns if old else seen.mtime_ns


def _unwrapped(raw: bytes) -> tuple[bytes, bool]:
    """The beginning of a file without the headers of syslog, and whether it had any."""
    return (plain(raw), True) if is_message(raw) else (raw, False)


@contextmanager
def opened(seen: Seen) -> Iterator[BinaryIO]:
    """The content of a file, unpacked, from its beginning."""
    with seen.path.open("rb") as file:
        if seen.packed:
            yield cast("BinaryIO", Opened(file, _LIMITS, lambda _: None).stream)
        else:
            yield file


def _newer_version(state: Followed, seen: Seen) -> bool:
    """Whether a file read whole takes the place of what was read before: a ledger written anew, a capture that grew.

    Captures that take turns under one name do not: what the older one showed did happen.
    """
    if state.grows:
        return False
    if state.form != "pcap":
        return state.path == seen.name
    return digest(seen.head[: state.head_bytes]) == state.head
