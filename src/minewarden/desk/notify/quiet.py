"""When people are left alone: between 21:00 and 07:30 Beijing time only what a clock presses for goes out."""

from datetime import datetime, time, timedelta

from minewarden.vocab.words import DISPLAY_ZONE

EVENING, MORNING = time(21, 0), time(7, 30)
REMINDERS_A_DAY = 2
"""催办: how often one thing may be asked for on one day."""


def earliest(now: datetime, *, urgent: bool) -> datetime:
    """When a message of `now` may go out; in the quiet hours that is the next morning, and never before `now`."""
    local = now.astimezone(DISPLAY_ZONE)
    if urgent or MORNING <= local.time() < EVENING:
        return now
    day = local.date() + timedelta(days=1) if local.time() >= EVENING else local.date()
    return datetime.combine(day, MORNING, DISPLAY_ZONE).astimezone(now.tzinfo)
