"""What starts again by itself: scheduled tasks, units, profiles. Judged by what they do, not by being there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import facts
from ..mask import line, path
from ..report import INTENT, PERSISTENCE, Finding, Gap
from .context import Context
from .intent import told

_PLACES = (
    ("/etc/crontab", 0), ("/etc/cron.d", 0), ("/etc/cron.hourly", 0), ("/etc/cron.daily", 0), ("/var/spool/cron", 2),
    ("/etc/systemd/system", 2), ("/usr/local/lib/systemd", 2), ("/etc/rc.local", 0), ("/etc/rc.d", 1),
    ("/etc/profile.d", 0), ("/etc/init.d", 0),
)  # fmt: skip
_OF_HOME = (".config/systemd/user", ".config/autostart")
_FILES_OF_HOME = (".bashrc", ".profile", ".bash_profile", ".zshrc")
_UNITS = re.compile(r"(?im)^\s*Exec(?:Start|StartPre|StartPost)\s*=\s*(.*)$")
_MOST = 131_072


def startups(context: Context) -> Iterator[Finding | Gap]:
    """Lines that start a miner, or that fetch something and run it, or that run what lies among scraps."""
    for file in _files(context):
        text = context.machine.text(file, _MOST)
        if text:
            yield from _judged(context, file, text)


def _files(context: Context) -> Iterator[str]:
    for place, depth in _PLACES:
        if context.machine.path(place).is_dir():
            yield from context.machine.files(place, depth)
        else:
            yield place
    for home in context.homes():
        yield from (f"{home}/{name}" for name in _FILES_OF_HOME)
        for place in _OF_HOME:
            yield from context.machine.files(f"{home}/{place}", 1)


def _judged(context: Context, file: str, text: str) -> Iterator[Finding | Gap]:
    lines = _UNITS.findall(text) if file.endswith((".service", ".timer")) else text.splitlines()
    for raw in lines:
        one = raw.strip()
        if not one or one.startswith("#"):
            continue
        subject, shown = f"file:{path(file)}", {"path": path(file), "line": line(one)}
        related = tuple(
            process.subject for process in context.programs() if process.exe and process.exe.split(" (")[0] in one
        )
        parts = told(one.split(), context.pools)
        if len(parts) >= 2 and parts.keys() & {"scheme", "wallet", "flag", "pool", "algorithm"}:
            yield Finding("startup-miner", INTENT, "high", subject, shown | {"parts": parts}, related=related)
            yield Finding("startup", PERSISTENCE, "medium", subject, shown, related=related)
        elif facts.STARTS.search(one):
            yield Finding("startup", PERSISTENCE, "medium", subject, shown, weak=True, related=related)
        elif related:
            yield Finding("startup-known", PERSISTENCE, "info", related[0], shown, weak=True)
        if facts.RIVALS.search(one):
            yield Finding("rivals", INTENT, "medium", subject, shown, related=related)
