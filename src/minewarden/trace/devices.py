"""The devices that logs saw, whoever owns them: what a ledger must name, and too often does not."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from minewarden.telemetry.lake import Lake
from minewarden.vocab.clock import from_us
from minewarden.vocab.net import is_inside

# A device has one MAC address and many addresses in its life: the last one counts. A declined lease gave nobody one.
_BY_MAC = """
WITH told AS (
    SELECT mac, ip, hostname, ts, origin FROM lease
    WHERE coalesce(state, '') NOT IN ('declined', 'abandoned', 'deleted')
    UNION ALL SELECT mac, ip, NULL, ts, origin FROM arp
    UNION ALL SELECT mac, ip, NULL, ts, origin FROM session WHERE mac IS NOT NULL
    UNION ALL SELECT mac, NULL, NULL, ts, origin FROM fdb
)
SELECT mac, arg_max(ip, coalesce(ts, 0)), arg_max(hostname, coalesce(ts, 0)), min(ts), max(ts),
    list_sort(list(DISTINCT origin))
FROM told GROUP BY mac ORDER BY mac
"""
# Servers with a fixed address appear in no lease, and where no router's table was read in flow records alone.
_BY_ADDRESS = """
SELECT src, min(ts), max(ts), list_sort(list(DISTINCT origin)) FROM conn
WHERE src NOT IN (
    SELECT ip FROM lease UNION SELECT ip FROM arp UNION SELECT ip FROM session WHERE ip IS NOT NULL AND mac IS NOT NULL
)
GROUP BY src ORDER BY src
"""


@dataclass(frozen=True, slots=True)
class Device:
    """A device by its MAC address, or by an inside address of which no log tells the MAC address (then `mac` is empty).

    `ip` and `hostname` are the last ones told, empty where none was. Times are None where no log says when.
    """

    mac: str
    ip: str
    hostname: str
    first_seen: datetime | None
    last_seen: datetime | None
    sources: tuple[str, ...]


def devices(lake: Lake) -> Iterator[Device]:
    """Every device of a lake: those with a MAC address in its order, then inside addresses without one.

    A MAC address that a telephone makes up for itself is a device like any other: whether it is one is for people to
    say.
    """
    names = {record.origin: record.name for record in lake.sources()}
    with lake.connect() as connection:
        for mac, ip, hostname, first, last, origins in connection.execute(_BY_MAC).fetchall():
            yield Device(mac, ip or "", hostname or "", _at(first), _at(last), tuple(names[o] for o in origins))
        for ip, first, last, origins in connection.execute(_BY_ADDRESS).fetchall():
            if is_inside(ipaddress.ip_address(ip)):
                yield Device("", ip, "", _at(first), _at(last), tuple(names[o] for o in origins))


def _at(us: int | None) -> datetime | None:
    return from_us(us) if us is not None else None
