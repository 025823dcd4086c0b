"""A made-up host: files below a folder, with a /proc of our own making."""

from pathlib import Path

from minewarden.selfcheck.host.look import look
from minewarden.selfcheck.host.machine import Machine
from minewarden.selfcheck.host.report import Outcome
from minewarden.selfcheck.host.score import result

MONERO = "4" + "8" + "9" * 93
"""Of a Monero wallet's form, and nobody's."""

POOLS = {"hosts": ["xmr.pool.example.net"], "domains": ["pool.example.org"]}
UPTIME_S, TICKS = 1_000_000, 100


class Host:
    """Built up by a test, then looked at."""

    def __init__(self, root: Path, processors: int = 4) -> None:
        self.root = root
        self.write("/proc/cpuinfo", "".join(f"processor\t: {number}\n" for number in range(processors)))
        self.write("/proc/uptime", f"{UPTIME_S}.00 0.00\n")
        self.write("/proc/net/tcp", "  sl  local_address rem_address   st\n")
        self.write("/proc/self/mountinfo", "22 1 0:5 / /proc rw - proc proc rw\n")

    def write(self, path: str, text: str) -> "Host":
        """A file of the host."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return self

    def runs(
        self,
        *arguments: str,
        pid: int = 100,
        exe: str = "",
        name: str = "",
        hours: float = 1,
        load: float = 0,
        ppid: int = 1,
    ) -> "Host":
        """A process: its arguments, its executable (by default the first argument), how long it has run, and how many
        processors it used on the average."""
        called = name or Path(arguments[0]).name if arguments else name
        fields = ["S", str(ppid), *["0"] * 9, str(int(hours * 3600 * load * TICKS)), "0", *["0"] * 6]
        fields.append(str(int((UPTIME_S - hours * 3600) * TICKS)))
        self.write(f"/proc/{pid}/stat", f"{pid} ({called[:15]}) " + " ".join([*fields, *["0"] * 20]))
        self.write(f"/proc/{pid}/cmdline", "".join(argument + "\0" for argument in arguments))
        self.write(f"/proc/{pid}/status", f"Name:\t{called}\nTgid:\t{pid}\nUid:\t1000\t1000\t1000\t1000\nThreads:\t4\n")
        for link, target in (("exe", exe or (arguments[0] if arguments else "")), ("cwd", "/home/user")):
            if target:
                (self.root / f"proc/{pid}/{link}").symlink_to(target)
        return self

    def look(self, mode: str = "full") -> Outcome:
        """What the checks state."""
        return look(Machine(self.root, own_pid=1), mode=mode, pools=POOLS)

    def result(self, mode: str = "full") -> str:
        """The result of a look."""
        outcome = self.look(mode)
        return result(outcome.findings, outcome.gaps)

    def found(self, mode: str = "full") -> set[tuple[str, str]]:
        """(check, subject) of what was found."""
        return {(finding.check, finding.subject) for finding in self.look(mode).findings}
