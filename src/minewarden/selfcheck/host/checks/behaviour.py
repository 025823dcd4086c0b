"""What a program takes of the machine: processor time over its life, large pages, the graphics card."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

from ..mask import path
from ..report import BEHAVIOUR, Finding, Gap
from .context import Context

LEAST_SHARE, LEAST_AGE_S = 0.25, 7200.0
"""A quarter of all processors for more than two hours, of its whole life: pausing while somebody looks is no help."""

RANDOMX_KB = 2_000_000
"""RandomX keeps 2080 MiB, in large pages where it can."""


def load(context: Context) -> Iterator[Finding | Gap]:
    """Processor time since a program began. Renderers, compilers and research do the same; alone it tells nothing."""
    processors = context.machine.processors()
    if context.machine.uptime() <= 0:
        yield Gap("cpu", "not-there")
        return
    for process in context.programs():
        if process.age_s >= LEAST_AGE_S and process.load >= LEAST_SHARE * processors:
            yield Finding(
                "cpu", BEHAVIOUR, "low", process.subject,
                {
                    "pid": process.pid, "program": process.program, "path": path(process.exe),
                    "processors": round(process.load, 2), "of": processors, "hours": round(process.age_s / 3600, 1),
                },
            )  # fmt: skip


def huge_pages(context: Context) -> Iterator[Finding | Gap]:
    """A program with as many large pages as RandomX wants; pages that were set aside for nobody."""
    for process in context.programs():
        if process.hugetlb_kb >= RANDOMX_KB:
            evidence = {"pid": process.pid, "program": process.program, "mib": process.hugetlb_kb // 1024}
            yield Finding("huge-pages", BEHAVIOUR, "medium", process.subject, evidence)
    reserved = context.machine.text("/proc/sys/vm/nr_hugepages")
    if reserved and reserved.strip().isdigit() and int(reserved) >= 1000:
        yield Finding("huge-pages-reserved", BEHAVIOUR, "info", "host", {"pages": int(reserved)}, weak=True)


def registers(context: Context) -> Iterator[Finding | Gap]:
    """The processor's registers opened for writing, as RandomX miners do, and tuning tools. Nothing is written."""
    allowed = (context.machine.text("/sys/module/msr/parameters/allow_writes") or "").strip()
    if allowed == "on":
        yield Finding("msr", BEHAVIOUR, "medium", "host", {"allow_writes": allowed}, weak=True)


def graphics(context: Context) -> Iterator[Finding | Gap]:
    """Who uses the graphics card, as NVIDIA's own program tells. Research does the same; alone it tells nothing."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return
    query = [program, "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]
    busy = [program, "--query-gpu=utilization.gpu,power.draw", "--format=csv,noheader,nounits"]
    try:
        apps = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout
        cards = subprocess.run(busy, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        yield Gap("gpu", "too-long")
        return
    shares = [_number(line.split(",")[0]) for line in cards.splitlines() if line.strip()]
    if not shares or max(shares) < 80:
        return
    known = {process.pid: process for process in context.programs()}
    for line in apps.splitlines():
        pid, _, memory = line.partition(",")
        process = known.get(int(_number(pid)))
        if process is not None:
            evidence = {
                "pid": process.pid,
                "program": process.program,
                "mib": int(_number(memory)),
                "percent": max(shares),
            }
            yield Finding("gpu", BEHAVIOUR, "low", process.subject, evidence)


def _number(text: str) -> float:
    try:
        return float(text.strip())
    except ValueError:
        return 0.0
