"""The host as the checks see it: files below a root, processes from /proc. Reading only.

`root` is another folder in tests; everything is read below it. Nothing here starts, stops or writes anything.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MOST_BYTES = 1_048_576
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass
class Process:
    """What /proc tells of a process. `exe` empty: not readable, or a thread of the kernel (then `cmdline` is too).

    cpu_s: processor seconds since it began; age_s: seconds since then. readable: whether its owner lets us look.
    """

    pid: int
    ppid: int
    name: str
    cmdline: tuple[str, ...]
    exe: str = ""
    cwd: str = ""
    uid: int = -1
    cpu_s: float = 0.0
    age_s: float = 0.0
    threads: int = 1
    hugetlb_kb: int = 0
    cgroup: str = ""
    readable: bool = True

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"pid:{self.pid}"

    @property
    def program(self) -> str:
        """The file name of what runs: of the executable where it can be read, else of the first argument."""
        path = self.exe.replace(" (deleted)", "") or (self.cmdline[0] if self.cmdline else self.name)
        return os.path.basename(path.split(" ")[0])

    @property
    def load(self) -> float:
        """Processors used on the average since it began."""
        return self.cpu_s / self.age_s if self.age_s > 0 else 0.0

    @property
    def kernel(self) -> bool:
        """Whether it is a thread of the kernel: no arguments, child of kthreadd."""
        return not self.cmdline and (self.ppid == 2 or self.pid == 2)


@dataclass
class Machine:
    """One host. clock: seconds since boot, as /proc/uptime has it."""

    root: Path = field(default_factory=lambda: Path("/"))
    own_pid: int = field(default_factory=os.getpid)

    def path(self, path: str) -> Path:
        """A path of the host below the root."""
        return self.root / path.lstrip("/")

    def text(self, path: str, limit: int = MOST_BYTES) -> str | None:
        """The beginning of a file; None where there is none, or it may not be read."""
        try:
            with self.path(path).open("rb") as file:
                return file.read(limit).decode("utf-8", "replace")
        except OSError:
            return None

    def lines(self, path: str) -> list[str]:
        """The lines of a file; none where it cannot be read."""
        return (self.text(path) or "").splitlines()

    def link(self, path: str) -> str:
        """Where a link leads; empty where it cannot be read."""
        try:
            return os.readlink(self.path(path))
        except OSError:
            return ""

    def listed(self, path: str) -> list[str]:
        """The names in a folder, sorted; none where it cannot be read."""
        try:
            return sorted(os.listdir(self.path(path)))
        except OSError:
            return []

    def files(self, folder: str, depth: int = 0, most: int = 400) -> Iterator[str]:
        """Files in a folder and `depth` levels below it, links not followed; at most so many."""
        seen = 0
        start = self.path(folder)
        for here, folders, names in os.walk(start, followlinks=False):
            below = len(Path(here).relative_to(start).parts)
            if below >= depth:
                folders[:] = []
            for name in sorted(names):
                seen += 1
                if seen > most:
                    return
                yield "/" + str((Path(here) / name).relative_to(self.root))

    def processors(self) -> int:
        """How many there are."""
        return max(1, sum(line.startswith("processor") for line in self.lines("/proc/cpuinfo")))

    def uptime(self) -> float:
        """Seconds since boot."""
        try:
            return float((self.text("/proc/uptime") or "0").split()[0])
        except (ValueError, IndexError):
            return 0.0

    def pids(self) -> list[int]:
        """Numbers of processes, as the folder lists them."""
        return [int(name) for name in self.listed("/proc") if name.isdigit()]

    def processes(self) -> list[Process]:
        """Every process that can be seen, but this one."""
        now = self.uptime()
        found = (self._process(pid, now) for pid in self.pids() if pid != self.own_pid)
        return [process for process in found if process is not None]

    def _process(self, pid: int, now: float) -> Process | None:
        stat = self.text(f"/proc/{pid}/stat")
        if stat is None or ")" not in stat:
            return None
        name = stat[stat.index("(") + 1 : stat.rindex(")")]
        fields = stat[stat.rindex(")") + 2 :].split()
        if len(fields) < 20:
            return None
        arguments = self.text(f"/proc/{pid}/cmdline")
        exe = self.link(f"/proc/{pid}/exe")
        status = dict(line.split(":", 1) for line in self.lines(f"/proc/{pid}/status") if ":" in line)
        cmdline = tuple((arguments or "").rstrip("\0").split("\0")) if arguments else ()
        return Process(
            pid=pid,
            ppid=int(fields[1]),
            name=name,
            cmdline=cmdline,
            exe=exe,
            cwd=self.link(f"/proc/{pid}/cwd"),
            uid=_first(status.get("Uid", "-1")),
            cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS,
            age_s=max(0.0, now - int(fields[19]) / _TICKS),
            threads=_first(status.get("Threads", "1")),
            hugetlb_kb=_first(status.get("HugetlbPages", "0")),
            cgroup=(self.text(f"/proc/{pid}/cgroup") or "").strip().rsplit(":", 1)[-1],
            readable=bool(exe) or not cmdline,
        )


def _first(text: str) -> int:
    parts = text.split()
    try:
        return int(parts[0])
    except (ValueError, IndexError):
        return -1


def steady() -> float:
    """Seconds by a clock that nobody sets."""
    return time.monotonic()
