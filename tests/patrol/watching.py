"""A watch in the test's own process, with logs that the test writes and a clock that it moves."""

import io
import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from minewarden.intel.watchset import WatchSet
from minewarden.patrol.watch import RoundDone, Settings, Watch
from minewarden.plugins import DETECTORS, READERS
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake
from minewarden.vocab.errors import InputError

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
POOL = "xmr-eu1.nanopool.org"
HEADER = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\trcode_name\tanswers\n"
)
READY = {name: kind() for name, kind in READERS.load_all().items()}
ASKED = {name: kind() for name, kind in DETECTORS.load_all().items()}


class Told:
    """Keeps what the watch says."""

    def __init__(self) -> None:
        self.problems: list[InputError] = []
        self.notes: list[InputError] = []

    def problem(self, error: InputError) -> None:
        self.problems.append(error)

    def note(self, note: InputError) -> None:
        self.notes.append(note)


class Stand:
    """Folders, a clock and a watch; `again` is a restart. detects: whether anybody looks at what is read."""

    def __init__(
        self, folder: Path, *, detects: bool = True, declared: Declared | None = None, **settings: Any
    ) -> None:
        self.detects, self.declared = detects, declared or Declared()
        self.logs, self.lake, self.out = folder / "logs", Lake(folder / "lake"), folder / "findings.jsonl"
        self.logs.mkdir()
        self.now = START
        self.leapt = timedelta()
        """By how much the wall clock was set, which the watch's own clock does not follow."""
        self.settings = Settings(**settings)
        self.told = Told()
        self.watch: Watch | None = None
        self._count = 0

    def __enter__(self) -> "Stand":
        self.again()
        return self

    def __exit__(self, *_: object) -> None:
        if self.watch is not None:
            self.watch.close()

    def again(self) -> None:
        """Stop where one runs, and start."""
        self.__exit__()
        self.watch = None
        self.watch = Watch(
            [self.logs],
            self.lake,
            readers=READY,
            detectors=ASKED if self.detects else {},
            declared=self.declared,
            watchset=WatchSet.default(),
            told=self.told,
            now=lambda: self.now + self.leapt,
            steady=lambda: self.now.timestamp(),
            out=self.out,
            stream=io.StringIO(),
            settings=self.settings,
        )

    def round(self, after: timedelta = timedelta(seconds=10), *, whole: bool = True) -> RoundDone:
        """Let time pass and do one round. Files keep the time that they were given by `age`."""
        self.now += after
        assert self.watch is not None
        return self.watch.round(threading.Event(), whole=whole)

    def append(self, name: str, text: str | bytes) -> Path:
        """Write on; the file is as old as the clock says."""
        path = self.logs / name
        with path.open("ab") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return self.age(path)

    def age(self, path: Path, by: timedelta = timedelta()) -> Path:
        """Give a file the time of the clock, or one before it."""
        at = (self.now - by).timestamp()
        os.utime(path, (at, at))
        return path

    def line(self, name: str = "", host: str = "10.0.0.7") -> str:
        """A row of Zeek's dns.log with a name of its own."""
        self._count += 1
        query = name or f"n{self._count}.example"
        return f"{self.now.timestamp():.6f}\tC1\t{host}\t5000\t10.0.0.250\t53\tudp\t{query}\tA\tNOERROR\t-\n"

    def lines(self, count: int) -> str:
        """Several rows."""
        return "".join(self.line() for _ in range(count))

    def names(self) -> list[str]:
        """All queries in the lake, doubles too, sorted."""
        with self.lake.connect() as connection:
            return sorted(row[0] for row in connection.execute("SELECT query FROM dns").fetchall())

    def rows(self) -> list[int]:
        """The numbers of the rows in the lake, sorted."""
        with self.lake.connect() as connection:
            return sorted(row[0] for row in connection.execute("SELECT row FROM dns").fetchall())

    def stated(self) -> list[dict[str, Any]]:
        """The findings that were written."""
        if not self.out.exists():
            return []
        return [json.loads(text) for text in self.out.read_text(encoding="utf-8").splitlines()]

    def said(self) -> list[str]:
        """What kinds of sentences were told."""
        return [error.message.id for error in (*self.told.problems, *self.told.notes)]
