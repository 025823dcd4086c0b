"""Keeps what comes through sockets in files, each message as it came, one file per source and day, with its hash.

The watch reads these files as it reads any other log; they are the originals. `SHA256SUMS` in the spool's folder takes
the hash of each file that is finished; `sha256sum -c` checks it. A file goes only when it is older than rows are kept.
"""

import hashlib
import os
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

SUMS = "SHA256SUMS"
MOST_BYTES = 256 * 1024 * 1024
"""A file that has grown so far is finished, and the next one begun."""
MOST_OPEN = 200
MOST_SOURCES = 4096
"""So many sources have files of their own. All others share one: strangers cannot make files without end."""
SHARED = "syslog/others/other"
_AT_ONCE = 1 << 20
_NAME = re.compile(r"(?P<day>\d{8})-(?P<number>\d{4,})\.(?:log|json)")


@dataclass(slots=True)
class _File:
    path: Path
    day: str
    size: int = 0
    hash: Any = field(default_factory=hashlib.sha256)
    owed: bytes = b""
    """The end of a line whose beginning is on the disk, which was full."""


class Spool:
    """The files of one folder. It belongs to one thread. What an earlier process left unfinished is finished first."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError where the folder cannot be made or written."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._files: dict[str, _File] = {}
        self._open: OrderedDict[str, int] = OrderedDict()
        self._unsettled: set[str] = set()
        self._sources: set[str] = set()
        self._unsummed: list[tuple[Path, str]] = []
        self._finish_what_was_left()

    def append(self, source: str, lines: bytes, ending: str, now: datetime) -> int:
        """Add whole lines of one source, such as `syslog/192.0.2.1/named`; how many bytes of them were taken.

        Where the disk is full whole lines are taken as far as they go; of one that was torn by it the end is owed, and
        is written first when there is room again. Whoever still has the rest may give it again, or count it as lost.
        """
        if source not in self._sources and len(self._sources) >= MOST_SOURCES:
            source, ending = SHARED, "log"
        self._sources.add(source)
        try:
            file, descriptor = self._file(source, ending, f"{now:%Y%m%d}")
            if file.owed:
                file.owed = file.owed[self._write(file, descriptor, file.owed) :]
                if file.owed:
                    return 0
            written = self._write(file, descriptor, lines)
        except OSError:
            return 0
        self._unsettled.add(source)
        if written == len(lines):
            if file.size >= MOST_BYTES:
                self._finish(source)
            return written
        if not written or lines[written - 1 : written] == b"\n":
            return written
        taken = lines.index(b"\n", written) + 1
        file.owed = lines[written:taken]
        return taken

    def settle(self) -> None:
        """Have what was written survive a power cut. A file that somebody has removed is not written on."""
        for source, descriptor in list(self._open.items()):
            if not os.fstat(descriptor).st_nlink:
                os.close(self._open.pop(source))
                del self._files[source]
        for source in self._unsettled & self._open.keys():
            os.fdatasync(self._open[source])
        self._unsettled.clear()
        self._sum_up([])

    def close(self) -> None:
        """Finish every file."""
        for source, file in list(self._files.items()):
            if file.owed and source in self._open:
                self._write(file, self._open[source], file.owed)
            self._finish(source)

    def _write(self, file: _File, descriptor: int, data: bytes) -> int:
        """How much could be written."""
        done = 0
        try:
            while done < len(data):
                done += os.write(descriptor, memoryview(data)[done:])
        except OSError:
            if not done:
                return 0
        file.hash.update(memoryview(data)[:done])
        file.size += done
        return done

    def _file(self, source: str, ending: str, day: str) -> tuple[_File, int]:
        file = self._files.get(source)
        if file is not None and file.day != day and not file.owed:
            self._finish(source)
            file = None
        if file is not None and source in self._open:
            self._open.move_to_end(source)
            return file, self._open[source]
        if len(self._open) >= MOST_OPEN:
            _, descriptor = self._open.popitem(last=False)
            _synced_and_closed(descriptor)
        if file is not None:
            self._open[source] = descriptor = os.open(file.path, os.O_WRONLY | os.O_APPEND)
            return file, descriptor
        folder = self.folder / source
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [
            int(path.stem.rpartition("-")[2]) for path in folder.glob(f"{day}-*.*") if _NAME.fullmatch(path.name)
        ]
        path = folder / f"{day}-{max(numbers, default=0) + 1:04d}.{ending}"
        self._open[source] = descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        self._files[source] = file = _File(path, day)
        return file, descriptor

    def _finish(self, source: str) -> None:
        file = self._files.pop(source)
        if (descriptor := self._open.pop(source, None)) is not None:
            _synced_and_closed(descriptor)
        self._unsettled.discard(source)
        self._sum_up([(file.path, file.hash.hexdigest())])

    def _finish_what_was_left(self) -> None:
        sums = self.folder / SUMS
        known = set(_summed(sums))
        there = sorted(files_of(self.folder))
        self._sources = {str(path.parent.relative_to(self.folder)) for path in there}
        left = [path for path in there if str(path.relative_to(self.folder)) not in known]
        self._sum_up([(path, _sum_of(path)) for path in left])

    def _sum_up(self, summed: list[tuple[Path, str]]) -> None:
        self._unsummed += summed
        if not self._unsummed:
            return
        text = "".join(f"{sha256}  {path.relative_to(self.folder)}\n" for path, sha256 in self._unsummed)
        sums = self.folder / SUMS
        before = sums.stat().st_size if sums.exists() else 0
        try:
            with sums.open("a", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            # On a full disk it is tried again; a part of it must not stay.
            os.truncate(sums, before)
            return
        self._unsummed.clear()


def files_of(folder: Path) -> Iterator[Path]:
    """The files of a spool, in no order."""
    return (path for path in folder.rglob("*") if _NAME.fullmatch(path.name) and path.is_file())


def clear(folder: Path, before: datetime) -> int:
    """Remove the finished files of the days before that of `before`; how many they were. Their hashes stay."""
    finished = set(_summed(folder / SUMS))
    gone = 0
    for path in list(files_of(folder)):
        if path.name[:8] < f"{before:%Y%m%d}" and str(path.relative_to(folder)) in finished:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _summed(sums: Path) -> Iterator[str]:
    """The names that a file of sums has, as far as it is whole."""
    if sums.exists():
        for line in sums.read_text(encoding="utf-8").splitlines():
            yield line.partition("  ")[2]


def _synced_and_closed(descriptor: int) -> None:
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _sum_of(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_AT_ONCE):
            total.update(data)
    return total.hexdigest()
