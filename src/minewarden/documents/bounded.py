"""Asks a process of its own, which bounds its memory and its computing: a stranger's file breaks that one and no other.

How long it takes by the clock is not asked, for that says how busy the machine is. Only a process that neither computes
nor ends is stopped.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 30.0
"""Seconds between two looks at what it has computed."""
_IDLE = 2
EXHAUSTED = (-24, -9)
"""Codes of one that used up its computing: SIGXCPU, or what the kernel sends when even that was not heard."""


def ask_worker(module: str, order: Mapping[str, object], data: bytes) -> tuple[int, bytes]:
    """Run a module of this package as such a process: one line of JSON with its order, then the file."""
    # -I: neither the current folder nor the environment decides what is imported.
    return ask([sys.executable, "-I", "-m", module], json.dumps(order).encode() + b"\n" + data)


def ask(command: Sequence[str], given: bytes) -> tuple[int, bytes]:
    """Give a command bytes and wait for its end: its exit code and what it wrote.

    The code is that of `subprocess`: negative for the signal that ended it, -9 where it hung.
    """
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            answer = _answer(process, given)
            return process.returncode, answer
        except BaseException:
            process.kill()
            raise


def _answer(process: "subprocess.Popen[bytes]", given: bytes) -> bytes:
    sent: bytes | None = given
    before, idle = -1, 0
    while True:
        try:
            return process.communicate(sent, timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            sent, now = None, _computed(process.pid)
            # Twice, since after a machine was suspended the first look comes before the process had its turn.
            idle = idle + 1 if now == before else 0
            before = now
            if idle >= _IDLE:
                process.kill()


def _computed(pid: int) -> int:
    """User and system time of a process in ticks of the kernel."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(after_name[11]) + int(after_name[12])
