"""Runs a command and says what it cost: wall seconds, processor seconds, the peak of its memory, and what others had."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

# A process starts with the memory mark of the one that started it, so a small one stands between.
_BETWEEN = """
import json, os, resource, subprocess, sys, time
def busy():
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
before, begun = busy(), time.perf_counter()
code = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
wall = time.perf_counter() - begun
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used.ru_utime + used.ru_stime
print(json.dumps([wall, cpu, used.ru_maxrss / 1024, code, max(0.0, busy() - before - cpu)]))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """One run. Memory in MiB is the largest resident size of any one process of the command.

    `others_s`: the processor seconds that everything else on the machine had meanwhile; wall seconds hold for that.
    """

    wall_s: float
    cpu_s: float
    peak_mib: float
    code: int
    others_s: float = 0.0

    @property
    def others(self) -> float:
        """How many cores' worth of other work went on beside it."""
        return self.others_s / self.wall_s


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> Cost:
    """Run to the end with its output thrown away. Compiled modules may be kept, as they are where it is installed."""
    between = [sys.executable, "-S", "-c", _BETWEEN, *command]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    told = subprocess.run(between, env={**kept, **(environment or {})}, capture_output=True, check=True).stdout
    return Cost(*json.loads(told))


def on_one_core(command: Sequence[str]) -> list[str]:
    """The same command where it may use one core only, however many threads it starts."""
    return ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0))), *command]


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
        statistics.median(cost.others_s for cost in costs),
    )
