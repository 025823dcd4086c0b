"""What every check is handed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..machine import Machine, Process


@dataclass
class Context:
    """The host, its processes as they were at the beginning, the pools that are known, how thorough to be."""

    machine: Machine
    processes: list[Process]
    pools: tuple[frozenset[str], tuple[str, ...]] = (frozenset(), ())
    full: bool = False
    users: list[str] = field(default_factory=list)

    def homes(self) -> list[str]:
        """Home folders that can be seen."""
        homes = [f"/home/{name}" for name in self.machine.listed("/home")]
        return [*homes, "/root"]

    def programs(self) -> Iterator[Process]:
        """Processes that are programs, not threads of the kernel."""
        return (process for process in self.processes if not process.kernel)
