"""When people are left alone: between evening and morning in Beijing only what a clock presses for goes out."""

from datetime import datetime, time, timedelta

from minewarden.vocab.words import DISPLAY_ZONE


def earliest(now: datetime, *, urgent: bool, evening: time, morning: time) -> datetime:
    """When a message of `now` may go out; in the quiet hours that is the next morning, and never before `now`."""
    local = now.astimezone(DISPLAY_ZONE)
    if urgent or morning <= local.time() < evening:
        return now
    day = local.date() + timedelta(days=1) if local.time() >= evening else local.date()
    return datetime.combine(day, morning, DISPLAY_ZONE).astimezone(now.tzinfo)
