"""The times that are assessed: a week from Monday 00:00 to Sunday 24:00 of Beijing, a month, or a span of days.

Source: the plan, 五（一）: 每周至少研判一次. When a week begins it leaves open; the ISO week holds, whose number
is shown. Nothing here reads a clock: `now` is handed in.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from minewarden.vocab.words import DISPLAY_ZONE

_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})", re.ASCII)
_ONE_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_FRIDAY = 4
LONGEST = timedelta(days=3660)
"""A span may not be longer: a slip of the pen in a year would count a century."""


class Kind(StrEnum):
    """What sort of time it is."""

    WEEK = "week"
    MONTH = "month"
    SPAN = "span"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Whole days of Beijing, both ends included."""

    begin: date
    last: date
    kind: Kind

    @property
    def code(self) -> str:
        """How addresses and files name it: 2026-W11, 2026-03, 2026-04-11_2026-04-25."""
        if self.kind is Kind.WEEK:
            year, week, _ = self.begin.isocalendar()
            return f"{year}-W{week:02d}"
        if self.kind is Kind.MONTH:
            return f"{self.begin:%Y-%m}"
        return f"{self.begin}_{self.last}"

    @property
    def start(self) -> datetime:
        """Its first instant, in UTC."""
        return _midnight(self.begin)

    @property
    def end(self) -> datetime:
        """The first instant after it, in UTC."""
        return _midnight(self.last + _ONE_DAY)

    @property
    def previous(self) -> "Period":
        """The one before; before a span as many days."""
        before = self.begin - _ONE_DAY
        if self.kind is Kind.WEEK:
            return week_of(before)
        return month_of(before) if self.kind is Kind.MONTH else span(before - (self.last - self.begin), before)

    @property
    def following(self) -> "Period":
        """The one after it."""
        after = self.last + _ONE_DAY
        if self.kind is Kind.WEEK:
            return week_of(after)
        return month_of(after) if self.kind is Kind.MONTH else span(after, after + (self.last - self.begin))

    @property
    def last_day(self) -> date:
        """The last day on which it can be handed in in time: its last Friday; of a span its last day."""
        back = 0 if self.kind is Kind.SPAN else (self.last.weekday() - _FRIDAY) % 7
        return self.last - timedelta(days=back)

    def due(self, at: time) -> datetime:
        """By when it is to be handed in: on its last Friday at that time of Beijing; a span on its last day."""
        return datetime.combine(self.last_day, at, DISPLAY_ZONE).astimezone(UTC)

    def cut(self, now: datetime) -> datetime:
        """Up to when it can be counted: its end, or just after `now` while it runs; what happens at `now` counts."""
        return min(now.astimezone(UTC) + _INSTANT, self.end)

    def begun(self, now: datetime) -> bool:
        """Whether there is anything to count."""
        return self.start <= now


def week_of(day: date) -> Period:
    """The week that a day lies in."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=6), Kind.WEEK)


def month_of(day: date) -> Period:
    """The month that a day lies in."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - _ONE_DAY, Kind.MONTH)


def span(begin: date, last: date) -> Period:
    """From one day to another. Raises ValueError where it ends before it begins or is longer than `LONGEST`."""
    if last < begin or last - begin > LONGEST:
        raise ValueError(f"{begin} to {last} is no span")
    return Period(begin, last, Kind.SPAN)


def at(kind: Kind, now: datetime) -> Period:
    """The week or the month that runs at a time."""
    day = now.astimezone(DISPLAY_ZONE).date()
    return month_of(day) if kind is Kind.MONTH else week_of(day)


def parse(code: str) -> Period:
    """The period that a code names. Raises ValueError for anything else."""
    if found := _WEEK.fullmatch(code):
        return week_of(date.fromisocalendar(int(found[1]), int(found[2]), 1))
    if found := _MONTH.fullmatch(code):
        return month_of(date(int(found[1]), int(found[2]), 1))
    if found := _SPAN.fullmatch(code):
        return span(date.fromisoformat(found[1]), date.fromisoformat(found[2]))
    raise ValueError(f"no period: {code!r}")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, DISPLAY_ZONE).astimezone(UTC)
