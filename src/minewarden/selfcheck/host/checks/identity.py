"""What a program is called, and whether it is what it calls itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import facts
from ..mask import line, path
from ..report import IDENTITY, Finding, Gap
from .context import Context

_KERNEL_LIKE = re.compile(
    r"^\[?(?:kworker|kthreadd|ksoftirqd|migration|rcu_\w+|watchdog|kswapd|jbd2|scsi_eh)[\w/:.-]*\]?$"
)


def names(context: Context) -> Iterator[Finding | Gap]:
    """A program that has a miner's name. Renaming defeats it; a name that others have too is weak."""
    for process in context.programs():
        program = process.program.lower()
        program = program[:-4] if program.endswith(".exe") else program
        if program in facts.MINERS or program.startswith(facts.PREFIXES):
            yield Finding(
                "name", IDENTITY, "medium", process.subject,
                {"pid": process.pid, "program": process.program, "path": path(process.exe)},
                weak=program in facts.WEAK_NAMES,
            )  # fmt: skip


def disguise(context: Context) -> Iterator[Finding | Gap]:
    """A program that calls itself a thread of the kernel: those have no executable."""
    for process in context.programs():
        said = process.cmdline[0] if process.cmdline else process.name
        if _KERNEL_LIKE.match(said) and process.exe and process.ppid != 2:
            yield Finding(
                "disguise", IDENTITY, "high", process.subject,
                {"pid": process.pid, "called": line(said), "path": path(process.exe)},
            )  # fmt: skip
