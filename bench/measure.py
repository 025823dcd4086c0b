"""Runs a command and says what it cost: wall seconds, processor seconds, and the peak of its memory."""

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """One run. Memory in MiB is the largest resident size of the process and its children."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    code: int


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> Cost:
    """Run to the end with its output thrown away."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def median(command: Sequence[str], times: int = 3, environment: dict[str, str] | None = None) -> Cost:
    """The median of several runs, each figure for itself. Raises RuntimeError where the command fails."""
    costs = [run(command, environment) for _ in range(times)]
    codes = {cost.code for cost in costs}
    if not codes <= {0, 1}:
        raise RuntimeError(f"{' '.join(command)} ended with {sorted(codes)}")
    return Cost(
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.cpu_s for cost in costs),
        max(cost.peak_mib for cost in costs),
        costs[0].code,
    )
