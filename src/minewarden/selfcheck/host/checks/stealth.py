"""What hides: programs whose file is gone, processes that a listing leaves out, libraries that every program loads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from ..mask import line, path
from ..report import STEALTH, Finding, Gap
from .context import Context

_SCRAPS = re.compile(r"^/(?:tmp|var/tmp|dev/shm|run/user/\d+)/|/\.[^/]+/[^/]+$")
_USUAL_DOTS = re.compile(
    r"/\.(?:local|cache|cargo|rustup|pyenv|nvm|npm|conda|venv|tools|vscode\S*|config|mozilla|steam|wine|gradle|m2|go|deno|bun|asdf|rbenv)/"
)
_OVERMOUNT = re.compile(r"^/proc/(\d+)(?:/|$)")


def places(context: Context) -> Iterator[Finding | Gap]:
    """A program whose file was deleted, never was one, or lies in a folder for scraps. Updates and containers do that
    too."""
    for process in context.programs():
        exe = process.exe
        evidence = {"pid": process.pid, "program": process.program, "path": path(exe)}
        if exe.startswith("/memfd:"):
            yield Finding("memfd", STEALTH, "medium", process.subject, evidence, weak=True)
        elif exe.endswith(" (deleted)"):
            yield Finding("deleted", STEALTH, "medium", process.subject, evidence, weak=True)
        elif _SCRAPS.search(exe) and not _USUAL_DOTS.search(exe):
            yield Finding("scraps", STEALTH, "low", process.subject, evidence, weak=True)


def preload(context: Context) -> Iterator[Finding | Gap]:
    """A library that every program is made to load: how process hiders work."""
    text = (context.machine.text("/etc/ld.so.preload") or "").split("#")[0].strip()
    if text:
        yield Finding(
            "ld-preload", STEALTH, "high", "host", {"libraries": [path(one) for one in text.split()][:8]}, weak=True
        )


def mounts(context: Context) -> Iterator[Finding | Gap]:
    """Something mounted over /proc/PID: a process that listings do not show."""
    for text in context.machine.lines("/proc/self/mountinfo"):
        parts = text.split()
        match = _OVERMOUNT.match(parts[4]) if len(parts) > 4 else None
        if match and match[1] != str(context.machine.own_pid):
            yield Finding(
                "proc-mount", STEALTH, "high", f"pid:{match[1]}", {"pid": int(match[1]), "mount": line(parts[4])}
            )


def hidden(context: Context) -> Iterator[Finding | Gap]:
    """Processes that answer, or that a control group lists, and that the listing of /proc leaves out.

    Only a number that is missing both before and after counts: processes come and go meanwhile.
    """
    if context.machine.root != type(context.machine.root)("/"):
        alive = set()
    else:
        alive = _answering(context)
    grouped = set()
    for file in _groups(context):
        grouped |= {int(text) for text in context.machine.lines(file) if text.isdigit()}
    missing = (alive | grouped) - set(context.machine.pids())
    if not missing:
        return
    again = missing - set(context.machine.pids())
    for pid in sorted(again):
        status = context.machine.text(f"/proc/{pid}/status")
        still = pid in grouped or (status is not None and f"Tgid:\t{pid}\n" in status)
        if still and _alive(pid, context):
            yield Finding("hidden", STEALTH, "high", f"pid:{pid}", {"pid": pid})


def _groups(context: Context) -> Iterator[str]:
    for file in context.machine.files("/sys/fs/cgroup", depth=6, most=20_000):
        if file.endswith("/cgroup.procs"):
            yield file


def _answering(context: Context) -> set[int]:
    limit = (context.machine.text("/proc/sys/kernel/pid_max") or "32768").strip()
    last = min(int(limit) if limit.isdigit() else 32768, 4_194_304 if context.full else 65_536)
    found = set()
    for pid in range(2, last):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        except OSError:
            pass
        # A thread answers too; only the first of its group is a process.
        status = context.machine.text(f"/proc/{pid}/status", 4096)
        if status is None or f"Tgid:\t{pid}\n" in status:
            found.add(pid)
    return found


def _alive(pid: int, context: Context) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return pid != context.machine.own_pid


def modules(context: Context) -> Iterator[Finding | Gap]:
    """A module of the kernel that is loaded and not listed."""
    listed = {text.split()[0] for text in context.machine.lines("/proc/modules") if text}
    if not listed:
        return
    for name in context.machine.listed("/sys/module"):
        loaded = (context.machine.text(f"/sys/module/{name}/initstate") or "").strip()
        if loaded == "live" and name not in listed:
            yield Finding("hidden-module", STEALTH, "high", "host", {"module": name[:60]}, weak=True)
