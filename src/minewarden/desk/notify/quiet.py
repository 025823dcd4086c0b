"""When people are left alone: between evening and morning in Beijing only what a clock presses for goes out."""

from datetime import datetime, time, timedelta

from minewarden.vocab.words import DISPLAY_ZONE

_FROM, _UNTIL = 9, 17
_WEEKEND = 5


def at_work(now: datetime) -> bool:
    """Whether people are in their offices: what can wait for that is told of then."""
    local = now.astimezone(DISPLAY_ZONE)
    return _FROM <= local.hour < _UNTIL and local.weekday() < _WEEKEND


def earliest(now: datetime, *, urgent: bool, evening: time, morning: time) -> datetime:
    """When a message of `now` may go out; in the quiet hours that is the next morning, and never before `now`."""
    local = now.astimezone(DISPLAY_ZONE)
    if urgent or morning <= local.time() < evening:
        return now
    day = local.date() + timedelta(days=1) if local.time() >= evening else local.date()
    return datetime.combine(day, morning, DISPLAY_ZONE).astimezone(now.tzinfo)
