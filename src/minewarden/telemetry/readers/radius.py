"""Accounting records as FreeRADIUS writes them to its detail files.

A record is a line with the server's local time, then one attribute per line after a tab. Used are Acct-Status-Type
(Start, Interim-Update, Alive, Stop; Accounting-On and -Off concern no person and are passed over), Acct-Session-Id,
Acct-Session-Time, Acct-Delay-Time, User-Name, Calling-Station-Id (where it is a MAC address), Framed-IP-Address,
Framed-IPv6-Address, NAS-IP-Address or NAS-Identifier, and NAS-Port-Id or NAS-Port.

The time is `Timestamp` (the server's clock, in seconds since 1970), else `Event-Timestamp` (the access server's
clock), else the first line's, less Acct-Delay-Time. Names of zones (CST) are ambiguous, so that such a time needs a
declared zone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from minewarden.telemetry.columns import RowBuilder
from minewarden.telemetry.lines import kept, lines
from minewarden.telemetry.reader import Batch, Head, Reject, Source
from minewarden.telemetry.stamps import local_us
from minewarden.vocab.message import message
from minewarden.vocab.net import canonical_ip, canonical_mac

_MOST_ATTRIBUTES = 500
_EVENTS = {"start": "start", "interim-update": "interim", "alive": "interim", "stop": "stop"}
_ATTRIBUTE = re.compile(r"^\s+([A-Za-z0-9][\w.:-]*)\s*(?:\+?|:)=\s*(.*?)\s*$")
_FIRST = re.compile(r"^[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d \d{4}$")
_ZONE_NAME = re.compile(r" [A-Z]{2,5}$")
_MAC_AT_START = re.compile(r"^((?:[0-9A-Fa-f]{2}[-:.]?){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}[-.:]){2}[0-9A-Fa-f]{4})")


@dataclass(slots=True)
class _Record:
    line: int
    first: str
    told: dict[str, str] = field(default_factory=dict)


class RadiusDetailReader:
    """FreeRADIUS `detail`."""

    form = "radius_detail"
    grows = True

    def recognises(self, head: Head) -> bool:
        """By a record's first line, followed by an attribute of accounting."""
        lines_there = [line for line in head.lines if line.strip()]
        return (
            len(lines_there) > 1
            and _FIRST.match(lines_there[0].strip()) is not None
            and any(line.strip().startswith("Acct-") for line in lines_there[1:])
        )

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `session`, one per address of a record. Raises ZoneNeeded where only local times are there."""
        rows = RowBuilder(source)
        current: _Record | None = None
        for item in lines(source):
            if isinstance(item, Reject):
                yield item
                continue
            number, line = item
            if match := _ATTRIBUTE.match(line):
                if current is not None and len(current.told) < _MOST_ATTRIBUTES:
                    current.told.setdefault(match[1].lower(), match[2].strip('"'))
                    continue
            elif _FIRST.match(line.strip()):
                if current is not None:
                    yield from _record(rows, source, current)
                current = _Record(number, line.strip())
                continue
            if line.strip():
                yield Reject(number, message("tracelog.detail_line"), kept(line.encode()))
        if current is not None:
            yield from _record(rows, source, current)
        yield from rows.finish()


def _record(rows: RowBuilder, source: Source, record: _Record) -> Iterator[Batch | Reject]:
    told = record.told
    status = told.get("acct-status-type", "").lower()
    if status in ("accounting-on", "accounting-off"):
        return
    try:
        values = _values(source, record, status)
        for ip in _addresses(told):
            yield from rows.add("session", record.line, ip=ip, **values)
    except _Unusable as fault:
        raw = "; ".join([record.first, *(f"{key} = {value}" for key, value in told.items())])
        yield Reject(record.line, message("tracelog.detail_record", what=str(fault)), kept(raw.encode()))
    except ValueError as error:
        yield Reject(record.line, message("tracelog.detail_record", what=str(error)), kept(record.first.encode()))


class _Unusable(Exception):
    """An attribute is missing or cannot be read."""


def _values(source: Source, record: _Record, status: str) -> dict[str, str | int | None]:
    told = record.told
    if status not in _EVENTS:
        raise _Unusable("Acct-Status-Type")
    for name in ("Acct-Session-Id", "User-Name"):
        if not told.get(name.lower()):
            raise _Unusable(name)
    when = _time(source, record)
    if when is None:
        raise _Unusable("Event-Timestamp")
    length = told.get("acct-session-time", "")
    station = _MAC_AT_START.match(told.get("calling-station-id", ""))
    return {
        "ts": when,
        "event": _EVENTS[status],
        "session": told["acct-session-id"],
        "login": told["user-name"],
        "mac": canonical_mac(station[1]) if station else None,
        "nas": told.get("nas-ip-address") or told.get("nas-identifier") or told.get("nas-ipv6-address"),
        "nas_port": told.get("nas-port-id") or told.get("nas-port"),
        "duration_us": int(length) * 1_000_000 if length.isascii() and length.isdigit() else None,
    }


def _time(source: Source, record: _Record) -> int | None:
    told = record.told
    delay = told.get("acct-delay-time", "0")
    late = int(delay) * 1_000_000 if delay.isascii() and delay.isdigit() else 0
    stamp = told.get("timestamp", "")
    if stamp.isascii() and stamp.isdigit():
        return int(stamp) * 1_000_000 - late
    event = told.get("event-timestamp", "")
    if event.isascii() and event.isdigit():
        return int(event) * 1_000_000
    if event:
        zoned = event if event.endswith((" UTC", " GMT")) else _ZONE_NAME.sub("", event)
        return local_us(zoned.replace(" GMT", " UTC"), source, record.line)
    when = local_us(record.first, source, record.line)
    return None if when is None else when - late


def _addresses(told: dict[str, str]) -> list[str | None]:
    found: list[str | None] = []
    for name in ("framed-ip-address", "framed-ipv6-address"):
        text = told.get(name, "")
        if text and text not in ("0.0.0.0", "255.255.255.255", "255.255.255.254"):  # noqa: S104 - RFC 2865's "not yet"
            found.append(canonical_ip(text))
    return found or [None]
