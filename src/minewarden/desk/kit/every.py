"""What the worker does only so often, though it looks every few seconds."""

from datetime import datetime, timedelta


class Every:
    """Whether it is time again. After the clock was set back, when the last time lies in the future, it is."""

    def __init__(self, span: timedelta) -> None:
        self.span = span
        self._last: datetime | None = None

    def due(self, now: datetime) -> bool:
        """True at most once in a span; whoever is told so does it now."""
        if self._last is not None and timedelta(0) <= now - self._last < self.span:
            return False
        self._last = now
        return True
