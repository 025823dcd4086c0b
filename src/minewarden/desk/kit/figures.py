"""Figures that apps of one floor ask of each other: who has a figure offers it under a name, who needs it asks by that.

What nobody offers is not there, and must be shown as such: never as nought and never as fulfilled. The offers are made
in one place, `minewarden.desk.apps`, which stands above all apps.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """So many of so many; `of` is None where there is no whole. `excused` is left out of the whole and shown beside."""

    count: int
    of: int | None = None
    excused: int = 0

    @property
    def percent(self) -> float | None:
        """Hundred where the whole is reached; None where there is no whole, which is neither nought nor hundred."""
        return 100 * self.count / self.of if self.of else None


Provider = Callable[[Sequence[int], datetime], Mapping[int, Figure]]
"""Numbers of units and a moment -> the figure of each unit that has one."""
_OFFERED: dict[str, Provider] = {}


def offer(key: str, provider: Provider) -> None:
    """Say who answers for a figure; the last word holds."""
    _OFFERED[key] = provider


def offered(key: str) -> bool:
    """Whether somebody answers for it."""
    return key in _OFFERED


def of_units(key: str, units: Sequence[int], now: datetime) -> Mapping[int, Figure] | None:
    """The figure of each unit; None where nobody answers for it."""
    provider = _OFFERED.get(key)
    return provider(units, now) if provider is not None else None
