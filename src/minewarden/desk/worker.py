"""What goes on without a page being opened: clocks that come due are told of, and letters go out.

Any number may run and each may be killed at any point: what one has begun is in the database, and the next goes on.
"""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections

from minewarden.desk.alerts import deliver as alerts
from minewarden.desk.audit.record import record
from minewarden.desk.campaigns import rounds
from minewarden.desk.cases import escalation, reminders
from minewarden.desk.ledger import retention
from minewarden.desk.library import followup, intake
from minewarden.desk.measures import reminders as measure_reminders
from minewarden.desk.notices import arrivals, handing, replies
from minewarden.desk.notify import deliver
from minewarden.desk.notify import reminders as account_reminders
from minewarden.desk.pledges import reminders as pledge_reminders
from minewarden.desk.pledges import retention as pledge_retention
from minewarden.desk.pledges import roll, seals
from minewarden.desk.registers import counts as registers_counts
from minewarden.desk.reports import stamps
from minewarden.desk.selfchecks import mergers as check_mergers
from minewarden.desk.selfchecks import reminders as check_reminders
from minewarden.desk.selfchecks import retention as check_retention
from minewarden.vocab.errors import MinewardenError

_log = logging.getLogger(__name__)
PAUSE = 1.0
"""Seconds between two rounds with nothing to do."""
LOOK_EVERY = timedelta(seconds=20)
"""How often the clocks are looked at."""
JUMP = timedelta(minutes=2)
"""A difference between the wall clock and the machine's own from which on the wall clock was set."""
Look = Callable[[datetime], object]
LOOKS: tuple[Look, ...] = (
    *(escalation.look, reminders.look, reminders.look_at_calendar, retention.look),
    *(arrivals.look, replies.look, rounds.look),
    *(followup.look, followup.look_at_waiting, intake.look),
    *(seals.look, roll.look, pledge_reminders.look, pledge_retention.look),
    *(check_mergers.look, check_reminders.look, check_retention.look, alerts.look, registers_counts.look),
    *(measure_reminders.look, stamps.look, account_reminders.look),
)
"""What is asked at every look; an app with clocks adds its own."""
JOBS: tuple[Look, ...] = (handing.go_on,)
"""What was left to the worker, asked in every round; each does pieces for a few seconds and says how many."""


@dataclass
class Worker:
    """One worker. `looks` are asked what is due, `jobs` go on with what was left to it, `wall` and `steady` are the two
    clocks of the machine."""

    looks: tuple[Look, ...]
    wall: Callable[[], datetime]
    jobs: tuple[Look, ...] = ()
    steady: Callable[[], float] = time.monotonic
    name: str = field(default_factory=deliver.name_of_this_process)
    _last: tuple[datetime, float] | None = None
    _looked: datetime | None = None

    def round(self) -> int:
        """Look at the clocks where it is time, send what may go out, go on with what was left to it; how many letters
        and pieces."""
        now = self.wall()
        self._watch_clock(now)
        # Also after the clock was set back, when the last look lies in the future.
        if self._looked is None or not timedelta(0) <= now - self._looked < LOOK_EVERY:
            for look in self.looks:
                _safely(look, now)
            self._looked = now
        done = _safely(lambda at: deliver.run(self.name, at, wall=self.wall), now)
        return done + sum(_safely(job, self.wall()) for job in self.jobs)

    def run(self, goes_on: Callable[[], bool], pause: float = PAUSE) -> None:
        """Rounds until told to stop."""
        while goes_on():
            if not self.round():
                time.sleep(pause)
            close_old_connections()

    def _watch_clock(self, now: datetime) -> None:
        """Note in the log that somebody set the machine's clock: due times do not move, but what was stamped may."""
        steady = self.steady()
        if self._last is not None:
            off = (now - self._last[0]) - timedelta(seconds=steady - self._last[1])
            if abs(off) >= JUMP:
                facts = {"before": self._last[0], "now": now, "seconds": round(off.total_seconds())}
                _safely(lambda _: record("clock.set", by=None, after=facts), now)
        self._last = now, steady


def has_parent(parent: int) -> Callable[[], bool]:
    """Whether the process that started this one is still there; 0: started by itself."""
    return lambda: not parent or os.getppid() == parent


def _safely(act: Callable[[datetime], object], now: datetime) -> int:
    """One failure, such as a database that is away for a moment, must not end the worker."""
    try:
        done = act(now)
    except (DatabaseError, MinewardenError, OSError):
        _log.exception("a round of the worker failed and will be tried again")
        close_old_connections()
        return 0
    return done if isinstance(done, int) else 0
