"""Leases of the DHCP servers Kea (memfile CSV) and ISC dhcpd (dhcpd.leases).

**Kea**: `address,hwaddr,client_id,valid_lifetime,expire,subnet_id,...,hostname,state,...`, also of DHCPv6 where it
has a hwaddr column; `expire` is in seconds since 1970, a lease begins at `expire - valid_lifetime`. state: 0 active,
1 declined, 2 expired, 3 released; a lifetime of 0 is how Kea writes that a lease was deleted; 4294967295 is forever.
A line without a MAC address (known by client id only) leads to no device and is a reject.

**ISC**: `lease ADDRESS { starts 4 2026/03/12 10:00:00; ends ...; hardware ethernet ...; }` in UTC, or
`epoch 1773309600;` (`db-time-format local`); `ends never` is open. An abandoned lease belongs to no device and is
passed over, as are blocks of other kinds. A lease that the end of the file cuts off is a reject.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from minewarden.telemetry.columns import RowBuilder
from minewarden.telemetry.fields import Fields
from minewarden.telemetry.headed import headed, header_of, macs
from minewarden.telemetry.lines import kept, lines
from minewarden.telemetry.reader import Batch, Head, Reject, Source
from minewarden.telemetry.stamps import parse_stamp
from minewarden.vocab.message import message
from minewarden.vocab.net import canonical_ip, canonical_mac

_KEA = {name: (name,) for name in ("address", "hwaddr", "valid_lifetime", "expire", "hostname", "state")}
_FOREVER = 4_294_967_295
_STATES = pa.array(["active", "declined", "expired", "released"])

_MOST_STATEMENTS = 200
_LEASE = re.compile(r"^\s*lease\s+([0-9.]+)\s*\{")
_STATEMENT = re.compile(r"^\s*([a-z-]+)\s+(.*?);?\s*(?:;\s*#.*)?$")


class KeaLeaseReader:
    """Kea's lease file: every line is a change of a lease, the last one of an address counts from its time on."""

    form = "kea_leases"
    grows = False

    def recognises(self, head: Head) -> bool:
        """By its header."""
        return {"address", "hwaddr", "valid_lifetime", "expire"} <= header_of(head, _KEA)

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `lease`."""
        for part in headed(source, _KEA, ("address", "hwaddr", "valid_lifetime", "expire"), quoted=False):
            if isinstance(part, Reject):
                yield part
            else:
                yield from self._rows(part)

    def _rows(self, part: Fields) -> Iterator[Batch | Reject]:
        length = part.need("valid_lifetime", part.number("valid_lifetime", 0, _FOREVER))
        expire = part.need("expire", part.number("expire", 0, 2**40))
        begin = pc.subtract(expire, length)
        part.need("expire", pc.if_else(pc.greater_equal(begin, 0), begin, None))
        number = pc.fill_null(part.number("state", 0, 3), 0)
        state = pc.if_else(pc.equal(length, 0), "deleted", _STATES.take(number))
        columns = {
            "ts": pc.multiply(begin, 1_000_000),
            "until": pc.if_else(pc.equal(length, _FOREVER), None, pc.multiply(expire, 1_000_000)),
            "ip": part.address("address"),
            "mac": part.need("hwaddr", macs(part, "hwaddr")),
            "hostname": part.name("hostname"),
            "state": state,
        }
        yield from part.rows("lease", columns)


@dataclass(slots=True)
class _Lease:
    """A block of dhcpd.leases in the making."""

    line: int
    address: str
    told: dict[str, str] = field(default_factory=dict)


class IscLeaseReader:
    """dhcpd's lease file: the last block of an address counts from its beginning on."""

    form = "isc_leases"
    grows = False

    def recognises(self, head: Head) -> bool:
        """By a block's first line, and the beginning of the lease in it."""
        opens = [number for number, line in enumerate(head.lines) if _LEASE.match(line)]
        return bool(opens) and any(line.strip().startswith("starts ") for line in head.lines[opens[0] :])

    def read(self, source: Source) -> Iterator[Batch | Reject]:
        """Rows of table `lease`."""
        rows = RowBuilder(source)
        current: _Lease | None = None
        for item in lines(source):
            if isinstance(item, Reject):
                yield item
                continue
            number, line = item
            if opened := _LEASE.match(line):
                if current is not None:
                    yield Reject(current.line, message("tracelog.lease_line", what="}"), kept(current.address.encode()))
                current = _Lease(number, opened[1])
            elif current is not None and line.strip() == "}":
                yield from _lease_row(rows, current)
                current = None
            elif current is not None and len(current.told) < _MOST_STATEMENTS and (match := _STATEMENT.match(line)):
                key, value = match[1], match[2]
                if key in ("binding", "hardware"):
                    kind, _, value = value.partition(" ")
                    key = f"{key} {kind}"
                current.told[key] = value.strip().strip('"')
        if current is not None:
            yield Reject(current.line, message("tracelog.lease_cut"), kept(current.address.encode()))
        yield from rows.finish()


def _lease_row(rows: RowBuilder, lease: _Lease) -> Iterator[Batch | Reject]:
    told = lease.told
    state = told.get("binding state", "active")
    mac = told.get("hardware ethernet", "")
    if state == "abandoned" or (not mac and state in ("free", "backup")):
        return
    what = "hardware ethernet"
    try:
        spelled = canonical_mac(mac)
        what = "starts"
        begin = _isc_time(told.get("starts", ""))
        what = "ends"
        end = None if told.get("ends", "never") == "never" else _isc_time(told["ends"])
        what = "lease"
        made = rows.add(
            "lease",
            lease.line,
            ts=begin,
            until=end,
            ip=canonical_ip(lease.address),
            mac=spelled,
            hostname=told.get("client-hostname", "").lower() or None,
            state=state,
        )
    except ValueError:
        raw = f"lease {lease.address} {{ {'; '.join(f'{key} {value}' for key, value in told.items())} }}"
        yield Reject(lease.line, message("tracelog.lease_line", what=what), kept(raw.encode()))
        return
    yield from made


def _isc_time(text: str) -> int:
    """`4 2026/03/12 10:00:00` in UTC, or `epoch 1773309600`."""
    kind, _, rest = text.partition(" ")
    if kind == "epoch":
        return int(rest.split(";")[0]) * 1_000_000
    parsed = parse_stamp(rest)
    if parsed is None:
        raise ValueError(f"no time: {text!r:.60}")
    return parsed[0]
