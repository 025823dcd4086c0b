"""Instants and the clocks of devices. Inside the program a time is aware and UTC, or an integer of microseconds."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIXED = re.compile(r"^(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class SourceClock:
    """What is declared about the clock that stamped a log.

    zone: the zone of times that carry none, or None when nobody declared it (then a reader must ask, never guess).
    offset: device clock minus true time; +192 s means that the device is fast. None: not registered.
    tolerance: how far the device may be from `true time + offset`.
    """

    zone: tzinfo | None = None
    offset: timedelta | None = None
    tolerance: timedelta = timedelta(seconds=2)

    @property
    def registered(self) -> bool:
        """Whether somebody measured and declared this clock's offset."""
        return self.offset is not None

    @property
    def shift_us(self) -> int:
        """Microseconds to subtract from the device's times to get true time; 0 where nothing is declared."""
        return microseconds(self.offset) if self.offset is not None else 0


def microseconds(span: timedelta) -> int:
    """A span as whole microseconds, exactly."""
    return span // timedelta(microseconds=1)


def to_us(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z. Raises ValueError for a time without a zone."""
    if instant.tzinfo is None:
        raise ValueError("a time without a zone has no place on the line of time")
    return microseconds(instant - EPOCH)


def from_us(us: int) -> datetime:
    """The aware UTC instant of a count of microseconds."""
    return EPOCH + timedelta(microseconds=us)


def rfc3339(instant: datetime) -> str:
    """An instant as RFC 3339 in UTC with `Z`; microseconds only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_zone(text: str) -> tzinfo:
    """Read a zone: an IANA name (`Asia/Shanghai`) or a fixed offset (`+08:00`, `UTC+8`). Raises ValueError."""
    text = text.strip()
    if text.upper() in {"UTC", "Z", "GMT"}:
        return UTC
    if match := _FIXED.match(text):
        hours, minutes = int(match[2]), int(match[3] or 0)
        if hours > 14 or minutes > 59:
            raise ValueError(f"no such offset from UTC: {text!r}")
        span = timedelta(hours=hours, minutes=minutes)
        return timezone(span if match[1] == "+" else -span)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no such time zone: {text!r}") from error


def parse_offset(text: str) -> timedelta:
    """Read a clock's declared offset: `+192s`, `-45s`, `2m`, `-1h`, `250ms`. Raises ValueError."""
    match = re.fullmatch(r"([+-]?)(\d+(?:\.\d+)?)(ms|s|m|h)", text.strip(), re.ASCII)
    if match is None:
        raise ValueError(f"an offset is written like +192s, -45s, 2m or 250ms, not {text!r}")
    scale = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}[match[3]]
    try:
        span = timedelta(seconds=float(match[2]) * scale)
    except OverflowError as error:
        raise ValueError(f"no clock is wrong by so much: {text[:40]!r}") from error
    return -span if match[1] == "-" else span
