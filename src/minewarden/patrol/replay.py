"""Holds a new list against the last days of a lake before it is let in: what very many clients meet is hardly a pool.

An entry that is already held was decided on before and is passed over. Nothing is looked up and nothing is connected
to. Source: the share is that of the ingestion rules for intelligence (0.5 % of the local clients within 7 days).
"""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from minewarden.enforce.dry_run import dry_run
from minewarden.enforce.guard import spelling
from minewarden.intel.record import Type, host_of
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.clock import to_us
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import Network, is_inside, parse_endpoint

DAYS = 7
MOST = 0.005
"""Share of the local clients. More of them than this do not mine: the entry is likely a site that people use."""
_SEEN = ("dns", "conn", "tls", "http")
_TARGETS = {Type.DOMAIN: Target.SUBTREE, Type.IP: Target.IP, Type.CIDR: Target.CIDR, Type.IP_PORT: Target.IP_PORT}
Key = tuple[Type, str]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found. `clients`: local clients that were seen at all; 0 says that nothing could be learnt.
    `met`: for each entry that local clients met, how many of them."""

    since: datetime
    until: datetime
    clients: int
    met: Mapping[Key, int]
    most: float = MOST

    def common(self) -> dict[Key, Message]:
        """The entries that more than `most` of the local clients met, each with the reason why it has to wait."""
        days = (self.until - self.since).days
        return {
            key: message(
                "feed.common", clients=met, among=self.clients, percent=f"{100 * met / self.clients:.2f}", days=days
            )
            for key, met in self.met.items()
            if met > self.most * self.clients
        }


def replay(
    lake: duckdb.DuckDBPyConnection,
    entries: Iterable[Key],
    *,
    until: datetime,
    own: Iterable[Network] = (),
    held: Iterable[Key] = (),
    days: int = DAYS,
) -> Replay:
    """Hold entries (type, canonical value) against the telemetry of the `days` before `until` (aware).

    `own`: the unit's ranges; where none are given, whoever has an inside address is a local client. `held`: what the
    library has already. Entries of types that telemetry does not show by name or address (files, fingerprints) are met
    by nobody.
    """
    ranges = tuple(own)
    known = frozenset(held)
    since = until - timedelta(days=days)
    inside = set(_local(lake, (to_us(since), to_us(until)), ranges))
    asked: dict[tuple[str, str, int], list[Key]] = {}
    rules: list[BlockRule] = []
    for key in dict.fromkeys(entries):
        if key not in known and (rule := _rule(key, until)) is not None:
            asked.setdefault(spelling(rule).key, []).append(key)
            rules.append(rule)
    # A client outside is no client of ours, however often it is met.
    found = dry_run(lake, rules, since=since, until=until, among=inside)
    met = {key: one.clients for one in found.rules if one.clients for key in asked[one.rule.key]}
    return Replay(since, until, len(inside), met)


def _local(lake: duckdb.DuckDBPyConnection, span: tuple[int, int], own: tuple[Network, ...]) -> Iterator[str]:
    seen = " UNION ".join(f"SELECT DISTINCT src FROM {table} WHERE ts BETWEEN ? AND ?" for table in _SEEN)
    for (client,) in lake.execute(seen, span * len(_SEEN)).fetchall():
        address = ipaddress.ip_address(client)
        if any(address in block for block in own) if own else is_inside(address):
            yield client


def _rule(key: Key, until: datetime) -> BlockRule | None:
    """An entry as the dry run asks for it. A name with a port or a path is asked for as the name: what shows on the
    wire does not tell more."""
    kind, value = key
    ends = until + timedelta(days=1)
    if kind is Type.IP_PORT:
        endpoint = parse_endpoint(value)
        return BlockRule(Target.IP_PORT, endpoint.ip, ends, "replay", endpoint.port)
    if kind in _TARGETS:
        return BlockRule(_TARGETS[kind], value, ends, "replay")
    host = host_of(kind, value)
    if not host:
        return None
    try:
        return BlockRule(Target.IP, str(ipaddress.ip_address(host)), ends, "replay")
    except ValueError:
        return BlockRule(Target.NAME, host, ends, "replay")
