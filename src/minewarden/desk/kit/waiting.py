"""One line of 我的待办 that an app puts on the home page, whatever it is about."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Item:
    """What waits: what to do, about what, where, and until when. `start` is when the time began to run."""

    what: str
    detail: str
    href: str
    due: datetime | None = None
    start: datetime | None = None
