"""Follows a miner whom its server sent on: the session that it then opened, encrypted and unlisted though it may be.

Source: `client.reconnect` and `mining.reconnect` of the Stratum V1 texts (host, port, seconds to wait). That a server
said so in the open, in a session that was parsed as mining, and the same host then went there, ties both together.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from minewarden.telemetry.engine import Engine, tuples
from minewarden.vocab.net import canonical_ip, canonical_name

SLACK_US = 120_000_000
"""By how much the clocks of two sources may differ: a session that seems to have begun a little earlier counts too."""
MOST_ROWS = 5
MOST_ADDRESSES = 64

_ANSWERS = "SELECT DISTINCT query, answers FROM dns SEMI JOIN (SELECT name AS query FROM sent) AS named USING (query)"
_HELLOS = """
    SELECT DISTINCT sni, dst FROM tls SEMI JOIN (SELECT name AS sni, port AS dst_port FROM sent) AS named
        USING (sni, dst_port)
"""
_SESSIONS = """
    SELECT h.number, h.ip, s.src_port, s.ts, s.until, s.origin, s."row"
    FROM heading AS h JOIN (
        SELECT src, src_port, dst, dst_port, ts, until, origin, "row" FROM conn WHERE established IS NOT FALSE
        UNION ALL
        SELECT src, src_port, dst, dst_port, ts, ts AS until, origin, "row" FROM tls
    ) AS s ON s.src = h.host AND s.dst = h.ip AND s.dst_port = h.port
    WHERE s.ts <= h.until
    ORDER BY h.number, h.ip, s.ts, s.origin, s."row"
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """A server told a host to go on elsewhere: `target` is an address or a name, times in microseconds, `row` a row of
    the source `origin`."""

    host: str
    server: str
    server_port: int
    target: str
    port: int
    at_us: int
    origin: int
    row: int


@dataclass(slots=True)
class Followed:
    """The host went there. `before`: it had been there already, so that it may have gone by itself."""

    sent: Sent
    ip: str
    first_us: int
    last_us: int
    host_port: int
    before: bool = False
    rows: list[tuple[int, int]] = field(default_factory=list)
    sessions: int = 0


def target_of(text: str, port: int) -> tuple[str, int] | None:
    """Host and port of a server's word such as `198.51.100.7:3333`, `[2001:db8::1]:443` or a name; `port` where none is
    given. None where it is neither an address nor a name with a dot, or where the port cannot be."""
    host, colon, digits = text.strip().rpartition(":")
    if not colon or not digits.isdecimal() or (":" in host and not host.startswith("[")):
        host, digits = text.strip(), str(port)
    host = host.removeprefix("[").removesuffix("]")
    if not digits.isascii() or len(digits) > 5 or not 0 < int(digits) < 65_536:
        return None
    if (ip := _address(host)) is not None:
        return ip, int(digits)
    try:
        name = canonical_name(host)
    except ValueError:
        return None
    return (name, int(digits)) if "." in name else None


def followed(engine: Engine, sent: Sequence[Sent], window_us: int) -> Iterator[tuple[int, Followed]]:
    """The hosts that went where they were sent within `window_us`, one for each address, with the place of
    what was said in `sent`, in that order."""
    if not sent:
        return
    names = [(one.target, one.port) for one in sent if _address(one.target) is None]
    addresses = _addresses(engine, names) if names else {}
    heading: list[dict[str, Any]] = []
    for number, one in enumerate(sent):
        known = [one.target]
        if _address(one.target) is None:
            known = sorted(addresses.get(one.target, ()))[:MOST_ADDRESSES]
        heading.extend(
            {"number": number, "host": one.host, "ip": ip, "port": one.port, "until": one.at_us + window_us}
            for ip in known
            if (ip, one.port) != (one.server, one.server_port)
        )
    engine.give("heading", pa.Table.from_pylist(heading, _HEADING))
    found: dict[tuple[int, str], Followed] = {}
    been: set[tuple[int, str]] = set()
    rows: Any = tuples(engine.ask(_SESSIONS))
    for number, ip, port, ts, until, origin, row in rows:
        one, key = sent[number], (number, ip)
        if ts < one.at_us - SLACK_US:
            been.add(key)
            continue
        gone = found.setdefault(key, Followed(one, ip, ts, until, port or 0, before=key in been))
        gone.last_us = max(gone.last_us, until)
        gone.sessions += 1
        gone.host_port = gone.host_port if port == gone.host_port else 0
        if len(gone.rows) < MOST_ROWS:
            gone.rows.append((origin, row))
    yield from ((key[0], found[key]) for key in sorted(found))


_HEADING = pa.schema(
    [("number", pa.int64()), ("host", pa.string()), ("ip", pa.string()), ("port", pa.int32()), ("until", pa.int64())]
)


def _addresses(engine: Engine, names: Sequence[tuple[str, int]]) -> Mapping[str, set[str]]:
    """What the names were resolved to by anybody, and where hellos with them went."""
    hosts, ports = zip(*sorted(set(names)), strict=True)
    engine.give("sent", pa.table({"name": pa.array(hosts, pa.string()), "port": pa.array(ports, pa.int32())}))
    out: dict[str, set[str]] = defaultdict(set)
    rows: Any = tuples(engine.ask(_ANSWERS))
    for name, answers in rows:
        out[name].update(ip for ip in map(_address, answers or ()) if ip is not None)
    rows = tuples(engine.ask(_HELLOS))
    for name, ip in rows:
        out[name].add(ip)
    return out


def _address(text: str) -> str | None:
    """The one spelling of an address; None for a name."""
    try:
        return canonical_ip(text)
    except ValueError:
        return None
