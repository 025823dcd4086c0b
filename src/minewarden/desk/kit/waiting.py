"""One line of 我的待办 that an app puts on the home page, whatever it is about."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from minewarden.desk.kit.words import say
from minewarden.vocab.words import DISPLAY_ZONE


@dataclass(frozen=True, slots=True)
class Item:
    """What waits: what to do, about what, where, and until when. `start` is when the time began to run."""

    what: str
    detail: str
    href: str
    due: datetime | None = None
    start: datetime | None = None


def more(like: Item, href: str, count: int = 0) -> Item:
    """The line behind the last that is named: how many more of its sort wait, where they were counted, and where they
    stand."""
    return Item(like.what, say("desk_kit.more_wait", count=count) if count else say("desk_kit.others_wait"), href)


def end_of(day: str) -> datetime:
    """The last second, at Beijing, of a day as the database writes it (2026-03-16)."""
    return datetime.combine(date.fromisoformat(day), time(23, 59, 59), DISPLAY_ZONE).astimezone(UTC)
