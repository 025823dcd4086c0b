"""How fast a channel may send: robots that are hurried are blocked, and then nothing arrives at all."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from minewarden.channels.channel import Limit


def longest(limits: Iterable[Limit]) -> timedelta:
    """How far back one has to look; zero where nothing limits."""
    return max((limit.within for limit in limits), default=timedelta(0))


def free_at(sent: Sequence[datetime], limits: Iterable[Limit], now: datetime) -> datetime:
    """The first instant, `now` or later, at which one more letter breaks no limit.

    `sent` are the instants of the letters of the last `longest(limits)`, in any order. Instants that lie in the future,
    as after a clock was set back, count as sent now: a robot's own clock was not set back.
    """
    past = sorted(min(at, now) for at in sent)
    free = now
    for limit in limits:
        recent = [at for at in past if at > now - limit.within]
        if len(recent) >= limit.count:
            free = max(free, recent[-limit.count] + limit.within)
    return free
