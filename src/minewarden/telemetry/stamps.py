"""The times at the beginning of log lines, in the spellings of syslog, BIND, FreeRADIUS and network devices.

Most lines of a busy log share their second with others, so each distinct text is read once.
"""

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.reader import Note, Source
from minewarden.telemetry.times import at_zone, bounded
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import ZoneNeeded
from minewarden.vocab.message import message

SYSLOG = r"(?:<\d{1,3}>)?(?:1 )? ?"
"""What may stand before a syslog line's time: the priority, and RFC 5424's version."""

STAMP = (
    r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?[+-]\d\d:?\d\d|Z)?"
    r"|[A-Z][a-z]{2} +\d{1,2} \d{4} \d\d:\d\d:\d\d(?:[+-]\d\d:\d\d)?"
    r"|\d{4} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d"
    r"|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d(?::\d{1,3})? \d{4}"
    r"|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d"
    r"|\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d(?:\.\d{1,6})?"
)
"""Any time that `parse_stamp` reads, as a pattern without groups."""

_YEARLESS = re.compile(rf"^{SYSLOG}[A-Z][a-z]{{2}} +\d{{1,2}} \d\d:\d\d:\d\d ")

_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_CLOCK = r"(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)(?:(?P<mark>[.,:])(?P<fraction>\d{1,9}))?"
_ZONE = r"(?: ?(?P<zone>[+-]\d\d:?\d\d|Z|UTC))?"
_FORMS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"(?P<Y>\d{{4}})[-/](?P<M>\d\d)[-/](?P<D>\d\d)[T ]{_CLOCK}{_ZONE}",
        rf"(?P<B>[A-Z][a-z]{{2}}) +(?P<D>\d{{1,2}}) (?P<Y>\d{{4}}) {_CLOCK}{_ZONE}",
        rf"(?P<Y>\d{{4}}) (?P<B>[A-Z][a-z]{{2}}) +(?P<D>\d{{1,2}}) {_CLOCK}{_ZONE}",
        rf"(?:[A-Z][a-z]{{2}} )?(?P<B>[A-Z][a-z]{{2}}) +(?P<D>\d{{1,2}}) {_CLOCK} "
        r"(?:(?P<zone>[A-Z]{3,4}) )?(?P<Y>\d{4})",
        rf"(?P<D>\d\d)-(?P<B>[A-Z][a-z]{{2}})-(?P<Y>\d{{4}}) {_CLOCK}{_ZONE}",
        rf"(?P<B>[A-Z][a-z]{{2}}) +(?P<D>\d{{1,2}}) {_CLOCK}",
    )
)


def parse_stamp(text: str, latest: datetime | None = None) -> tuple[int, bool] | None:
    """Microseconds, and whether the text names its zone (else they are local, counted as UTC); None for no time.

    A time without a year is the last such date that is not after `latest`; without `latest` it is no time. The names
    of zones (CST) are not understood, since they are ambiguous: such a time counts as local.
    """
    for form in _FORMS:
        if match := form.fullmatch(text.strip()):
            break
    else:
        return None
    parts = match.groupdict()
    month = _MONTHS.get(parts["B"]) if parts.get("B") else int(parts["M"])
    if month is None:
        return None
    fraction = parts["fraction"] or ""
    # After a colon stand whole milliseconds without leading zeros (old Comware), else a decimal fraction.
    micro = int(fraction) * 1000 % 1_000_000 if parts["mark"] == ":" else int(fraction.ljust(6, "0")[:6])
    # Eight years back there was a 29 February for certain.
    years = [int(parts["Y"])] if parts.get("Y") else [latest.year - back for back in range(9)] if latest else []
    for year in years:
        try:
            moment = datetime(
                year, month, int(parts["D"]), int(parts["h"]), int(parts["m"]), int(parts["s"]), micro, tzinfo=UTC
            )
        except ValueError:
            continue
        if latest is None or parts.get("Y") or moment <= latest + timedelta(days=1):
            return _zoned(moment, parts.get("zone"))
    return None


def _zoned(moment: datetime, zone: str | None) -> tuple[int, bool]:
    if zone is None:
        return to_us(moment), False
    if zone in ("Z", "UTC", "GMT"):
        return to_us(moment), True
    if zone[0] not in "+-":
        return to_us(moment), False
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    span = timedelta(hours=hours, minutes=minutes)
    return to_us(moment.replace(tzinfo=timezone(span if zone[0] == "+" else -span))), True


def from_stamps(texts: pa.Array, source: Source, lines: pa.Array, latest: datetime | None = None) -> pa.Array:
    """Texts to microseconds UTC, as the device's clock says; null where they are none.

    Raises ZoneNeeded, naming the line, for a local time where the source declares no zone.
    """
    encoded = texts.dictionary_encode()
    parsed = [parse_stamp(text, latest) for text in encoded.dictionary.to_pylist()]
    values = pa.array([one[0] if one else None for one in parsed], pa.int64())
    local = pa.array([one is not None and not one[1] for one in parsed], pa.bool_())
    if pc.any(local).as_py():
        zone = source.clock.zone
        if zone is None:
            first = pc.index(pc.fill_null(local.take(encoded.indices), False), True).as_py()
            raise ZoneNeeded(source.name, lines[first].as_py() if first >= 0 else 0)
        values = pc.if_else(local, at_zone(pc.fill_null(values, 0), zone), values)
        values = bounded(values)
    return values.take(encoded.indices)


def local_us(text: str, source: Source, line: int, latest: datetime | None = None) -> int | None:
    """One time of a line, as `from_stamps` reads it."""
    value = from_stamps(pa.array([text]), source, pa.array([line]), latest)[0].as_py()
    return None if value is None else int(value)


def written(source: Source) -> datetime | None:
    """When the file was last written, for times without a year; None where it has no such time."""
    try:
        return datetime.fromtimestamp(source.path.stat().st_mtime, UTC)
    except OSError:
        return None


def year_note(source: Source) -> Iterator[Note]:
    """Say by what the year was taken, where the first lines name none."""
    latest = written(source)
    if latest is not None and any(_YEARLESS.match(line) for line in source.head.lines[:20]):
        yield Note(message("tracelog.year_taken", latest=latest))
