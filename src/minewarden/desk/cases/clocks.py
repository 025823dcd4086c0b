"""The two clocks of a case: 48 hours to find the device and the person, 72 hours to report; natural hours.

Source: the campaign plan, 三（三）1: 接到通报后48小时内完成排查、锁定设备及责任人，72小时内形成书面报告.
The plan says hours, not working days, so both run through nights, weekends and holidays, and both start at the
receipt. Nothing here reads a clock: `now` is handed in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

FIND = timedelta(hours=48)
REPORT = timedelta(hours=72)
SOON = timedelta(hours=12)
"""From here on a clock asks for attention."""
URGENT = timedelta(hours=2)
"""From here on a clock asks for a telephone call."""


class Colour(StrEnum):
    """How a clock is shown. The colour never stands alone: the words beside it say the same."""

    CALM = "calm"
    SOON = "soon"
    URGENT = "urgent"
    OVERDUE = "overdue"
    KEPT = "kept"
    KEPT_EXTENDED = "kept-extended"
    MISSED = "missed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Due:
    """The two instants by which a unit must have found and must have reported."""

    find: datetime
    report: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock as it stands. `due` is the one that counts; `original` stays what it was before any extension.

    done: when the thing was done, or None. stopped: when the clock ceased to run without it (not our unit, withdrawn).
    """

    received: datetime
    original: datetime
    due: datetime
    done: datetime | None = None
    stopped: datetime | None = None

    @property
    def extended(self) -> bool:
        """Whether somebody allowed more time."""
        return self.due > self.original

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self.done is None and self.stopped is None

    def remaining(self, now: datetime) -> timedelta:
        """Time left until due, negative when it is over; for a clock that has ended, what was left at its end."""
        return self.due - self._end(now)

    def used(self, now: datetime) -> timedelta:
        """Time spent since the receipt. What was done before the receipt took no time: 0, never negative."""
        return max(timedelta(0), self._end(now) - self.received)

    def share(self, now: datetime) -> float:
        """The part of the allowed time that is spent, from 0 to 1."""
        allowed = self.due - self.received
        return min(1.0, self.used(now) / allowed) if allowed > timedelta(0) else 1.0

    def colour(self, now: datetime) -> Colour:
        """How the clock stands. Exactly at the due instant it is still kept."""
        if self.done is not None:
            # The due time in force may lie before the original one: two cases that merge go on by the shorter limit.
            if self.done > self.due:
                return Colour.MISSED
            return Colour.KEPT if self.done <= self.original else Colour.KEPT_EXTENDED
        if self.stopped is not None:
            return Colour.STOPPED
        left = self.remaining(now)
        if left < timedelta(0):
            return Colour.OVERDUE
        if left <= URGENT:
            return Colour.URGENT
        return Colour.SOON if left <= SOON else Colour.CALM

    def _end(self, now: datetime) -> datetime:
        return self.done or self.stopped or now


def due_times(received: datetime, *, find_limit: datetime | None = None, report_limit: datetime | None = None) -> Due:
    """Both due times, counted from the receipt; a notice's own shorter limit wins, a longer one does not.

    Raises ValueError for a time without a zone, or a limit that lies before the receipt: such a limit is a misreading
    of the notice and has to be put right by a person.
    """
    received = _utc(received)
    find, report = received + FIND, received + REPORT
    for limit in (find_limit, report_limit):
        if limit is not None and _utc(limit) <= received:
            raise ValueError("a notice cannot set a limit that lies before its receipt")
    if find_limit is not None:
        find = min(find, _utc(find_limit))
    if report_limit is not None:
        report = min(report, _utc(report_limit))
    return Due(find, report)


def earliest(*receipts: datetime) -> datetime:
    """The receipt that counts when a unit learnt of a case by several channels."""
    return min(_utc(receipt) for receipt in receipts)


def all_done(moments: Iterable[datetime | None]) -> datetime | None:
    """When the last of several things was done; None where one is not, or there are none."""
    known = list(moments)
    done = [moment for moment in known if moment is not None]
    return max(done) if done and len(done) == len(known) else None


def counted_from(received: datetime, original: Due, due: Due, limit: Due | None = None) -> tuple[Due, Due]:
    """Both due times, as the receipt gives them and as they are in force, once an earlier receipt is known.

    original: the due times by the receipt that counted until now; due: those in force. `limit`: shorter ones that came
    with what was received earlier. Time that somebody allowed stays allowed; no due time becomes later.
    """
    received = _utc(received)
    limit = limit or Due(received + FIND, received + REPORT)
    find = min(_utc(original.find), received + FIND, _utc(limit.find))
    report = min(_utc(original.report), received + REPORT, _utc(limit.report))
    return Due(find, report), Due(
        due.find if due.find > original.find else min(due.find, find),
        due.report if due.report > original.report else min(due.report, report),
    )


def extend(due: datetime, until: datetime) -> datetime:
    """A new due time, which must be later than the one in force. Raises ValueError otherwise."""
    if _utc(until) <= _utc(due):
        raise ValueError("an extension must end later than the due time in force")
    return _utc(until)


def hours_and_minutes(span: timedelta) -> tuple[int, int]:
    """A span as whole hours and minutes without its sign; seconds are cut off, so that no time is promised."""
    minutes = int(abs(span).total_seconds()) // 60
    return minutes // 60, minutes % 60


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("a clock needs times with a zone")
    return instant.astimezone(UTC)
