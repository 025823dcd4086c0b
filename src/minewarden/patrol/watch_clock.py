"""The time by which a watch orders what arrives: it never runs back and never leaps, whatever the wall clock does."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from minewarden.telemetry.manifest import Manifest
from minewarden.vocab.clock import from_us, microseconds, to_us

LEAST_JUMP = timedelta(seconds=60)
"""What the wall clock may be set by between two rounds without a word."""
LONG_OFF = timedelta(days=7)
"""A clock that says at the start that so much has passed since anything arrived may be wrong; rows must confirm it."""


def steady_seconds() -> float:
    """Seconds of a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def latest_arrival(manifest: Manifest) -> int:
    """The latest arrival that the book of a lake knows of, in microseconds; 0 for an empty one."""
    query = """
    SELECT max(at) FROM (SELECT max(added_us) AS at FROM part UNION ALL SELECT max(seen_us) FROM followed
        UNION ALL SELECT max(retired_us) FROM retired UNION ALL SELECT max(last_us) FROM pulse)"""
    return int(manifest.connection.execute(query).fetchone()[0] or 0)


class Clocks:
    """The wall clock `now` beside `steady`, a clock in seconds that nobody sets."""

    def __init__(self, now: Callable[[], datetime], steady: Callable[[], float], latest_us: int) -> None:
        """latest_us: the latest arrival that is known (0: none); what arrives from now on arrives after it."""
        self.now = now
        self.steady = steady
        self._begun = steady()
        wall_us = to_us(now())
        self._base_us = max(wall_us, latest_us)
        self._apart = self._difference()
        self.doubtful = bool(latest_us) and wall_us - latest_us > microseconds(LONG_OFF)
        """Whether the clock said at the start that more time has passed than the lake knows of."""

    def arrival_us(self) -> int:
        """The time of arrival of what arrives now, in microseconds: the wall clock's as it was at the start, run on."""
        return self._base_us + round((self.steady() - self._begun) * 1e6)

    def present(self, newest_row_us: int | None) -> datetime:
        """Where the window of a look ends: now, but not after the newest row where the clock has leapt ahead of it."""
        latest = max(to_us(self.now()), self.arrival_us())
        return from_us(latest if newest_row_us is None else min(latest, newest_row_us))

    def jumped(self) -> timedelta | None:
        """By how much the wall clock was set since this was last asked, where that is worth a word."""
        before, self._apart = self._apart, self._difference()
        moved = timedelta(seconds=self._apart - before)
        return moved if abs(moved) >= LEAST_JUMP else None

    def _difference(self) -> float:
        return self.now().timestamp() - self.steady()
