"""Working days, for display only: the clocks run in natural hours. What no table knows is Monday to Friday."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from minewarden.vocab.words import DISPLAY_ZONE

BEGINS, ENDS = time(8, 30), time(17, 30)
"""A day of work in an office; the hour at noon is not taken off."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day: whether it is worked, its name where it is out of the ordinary, and whether its year is in the table."""

    on: date
    works: bool
    name: str
    known: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """The table: day -> (worked, name). A year none of whose days is in it is not known."""

    days: Mapping[date, tuple[bool, str]]

    def day(self, on: date) -> Day:
        """What sort of day it is."""
        works, name = self.days.get(on, (on.weekday() < 5, ""))
        return Day(on, works, name, self.knows(on.year))

    def knows(self, year: int) -> bool:
        """Whether somebody has filled the year in."""
        return any(day.year == year for day in self.days)

    def worked(self, since: datetime, until: datetime) -> timedelta:
        """How much of a span was time of work; none where it ends before it begins."""
        since, until = since.astimezone(DISPLAY_ZONE), until.astimezone(DISPLAY_ZONE)
        found = timedelta()
        for ahead in range((until.date() - since.date()).days + 1):
            on = since.date() + timedelta(days=ahead)
            if self.day(on).works:
                begun = max(since, datetime.combine(on, BEGINS, DISPLAY_ZONE))
                found += max(min(until, datetime.combine(on, ENDS, DISPLAY_ZONE)) - begun, timedelta())
        return found

    def next_working(self, on: date) -> date:
        """The first working day on or after a day; within a year, since no holiday is longer."""
        for ahead in range(366):
            if self.day(found := on + timedelta(days=ahead)).works:
                return found
        return on
