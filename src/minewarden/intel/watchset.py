"""Matching names and addresses against indicators, with validity in time, role and allow lists.

The most specific valid indicator decides: an exact host before any domain, a longer domain before a shorter one, an
address with its port before the address, a longer prefix before a shorter one. So a pool's web site, entered as an
exact host, is never reached by the alarm on the domain below which its endpoints live. An allow entry beats every
indicator, and the match says whose it is.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import pyarrow as pa

from minewarden.intel import catalogue
from minewarden.intel.suffix import is_shared
from minewarden.vocab.clock import to_us
from minewarden.vocab.errors import ConfigError
from minewarden.vocab.indicator import Indicator, Kind
from minewarden.vocab.message import message
from minewarden.vocab.net import parse_endpoint

START_US, END_US = -(2**62), 2**62
"""Open ends of time in the tables of spans."""

_NARROWEST = {4: 16, 6: 32}
"""Networks wider than this are refused: they hold half the world."""

_SPANS = [("from_us", pa.int64()), ("until_us", pa.int64()), ("number", pa.int32()), ("allowed", pa.int32())]


@dataclass(frozen=True, slots=True)
class AllowEntry:
    """Something that may not raise a finding until a day, because its owner gave a reason. `kind` is the scope."""

    value: str
    kind: Kind
    owner: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """What decided, by which scope, and the allow entry that overrules it, if there is one."""

    indicator: Indicator
    scope: Kind
    allowed: AllowEntry | None = None

    @property
    def alerts(self) -> bool:
        """Whether this match may raise a finding."""
        return self.allowed is None and self.indicator.alerts

    def alerts_on(self, port: int | None) -> bool:
        """Whether a connection to this port of what matched may raise a finding."""
        return self.allowed is None and self.indicator.alerts_on(port)


class WatchSet:
    """A frozen set of indicators that answers what a name or an address is. Never resolves anything."""

    def __init__(self, indicators: Iterable[Indicator], allow: Iterable[AllowEntry] = ()) -> None:
        """Raises ConfigError for a scope that would hold strangers: a public suffix, a shared root, a wide network."""
        self.indicators = tuple(indicators)
        self.allow = tuple(allow)
        self._found = _Index([(i.kind, i.value) for i in self.indicators])
        self._excused = _Index([(entry.kind, entry.value) for entry in self.allow])
        self._spans = [_span(i.valid_from, i.valid_until) for i in self.indicators]
        self._allow_until = [to_us(entry.until) for entry in self.allow]

    @classmethod
    def default(cls) -> "WatchSet":
        """The shipped catalogue alone."""
        return cls(catalogue.load())

    @classmethod
    def from_catalogue(cls, extra: Iterable[Indicator] = (), allow: Iterable[AllowEntry] = ()) -> "WatchSet":
        """The shipped catalogue with a unit's own indicators and allow list."""
        return cls((*catalogue.load(), *extra), allow)

    def match_name(self, name: str, at: datetime) -> Match | None:
        """What is known of a name (lower case, no final dot) that was active at `at`."""
        return self._match(self._found.names(name), self._excused.names(name), to_us(at))

    def match_address(self, ip: str, port: int | None, at: datetime) -> Match | None:
        """What is known of an address, with its port where one is known, that was active at `at`."""
        return self._match(self._found.addresses(ip, port), self._excused.addresses(ip, port), to_us(at))

    def name_spans(self, names: Iterable[str]) -> pa.Table:
        """For each name that hits: `name, from_us, until_us` (half open), `number` of the deciding indicator, and
        `allowed`, the number of the allow entry that overrules it, or null. Times without a hit have no row.

        For joining with many rows: ask for the distinct names once, then join on name and time.
        """
        hits = ((name, *span) for name in names for span in self._name_timeline(name))
        return _table([("name", pa.string()), *_SPANS], hits)

    def address_spans(self, addresses: Iterable[tuple[str, int | None]]) -> pa.Table:
        """The same for addresses: `ip, port, from_us, until_us, number, allowed`."""
        hits = ((ip, port, *span) for ip, port in addresses for span in self._address_timeline(ip, port))
        return _table([("ip", pa.string()), ("port", pa.int32()), *_SPANS], hits)

    def names_table(self) -> pa.Table:
        """Every host and domain: `number, kind, value, role, alerts, ports` (those on which a name of two uses alerts),
        `operator, coins, confidence, from_us, until_us`."""
        return self._indicator_table(frozenset({Kind.HOST, Kind.DOMAIN}))

    def addresses_table(self) -> pa.Table:
        """Every address, network and address with port, in the columns of `names_table` and `ip`, `port`; `ip` is null
        for a network, which has to be asked for through `address_spans`."""
        table = self._indicator_table(frozenset({Kind.IP, Kind.CIDR, Kind.IP_PORT}))
        kinds, values = table.column("kind").to_pylist(), table.column("value").to_pylist()
        split = [_address_parts(Kind(kind), value) for kind, value in zip(kinds, values, strict=True)]
        table = table.append_column("ip", pa.array([ip for ip, _ in split], pa.string()))
        return table.append_column("port", pa.array([port for _, port in split], pa.int32()))

    @property
    def has_networks(self) -> bool:
        """Whether a network is among the indicators, so that exact comparison of addresses is not enough."""
        return any(indicator.kind is Kind.CIDR for indicator in self.indicators)

    def _match(self, found: Sequence[int], excused: Sequence[int], at_us: int) -> Match | None:
        number = self._winner(found, at_us)
        if number is None:
            return None
        excuse = self._excuse(excused, at_us)
        indicator = self.indicators[number]
        return Match(indicator, indicator.kind, None if excuse is None else self.allow[excuse])

    def _winner(self, found: Sequence[int], at_us: int) -> int | None:
        valid = [n for n in found if self._spans[n][0] <= at_us < self._spans[n][1]]
        return min(valid, key=self._rank, default=None)

    def _rank(self, number: int) -> tuple[int, int, bool, int, str, int]:
        """Smaller is more specific; between equals the one that alerts, then the surer one, then a fixed order."""
        indicator = self.indicators[number]
        scope, width = _scope(indicator.kind, indicator.value)
        return scope, width, not indicator.alerts, -indicator.confidence, indicator.operator, number

    def _excuse(self, excused: Sequence[int], at_us: int) -> int | None:
        return min((n for n in excused if at_us < self._allow_until[n]), default=None)

    def _name_timeline(self, name: str) -> Iterator[tuple[int, int, int, int | None]]:
        found = self._found.names(name)
        return self._timeline(found, self._excused.names(name)) if found else iter(())

    def _address_timeline(self, ip: str, port: int | None) -> Iterator[tuple[int, int, int, int | None]]:
        found = self._found.addresses(ip, port)
        return self._timeline(found, self._excused.addresses(ip, port)) if found else iter(())

    def _timeline(self, found: Sequence[int], excused: Sequence[int]) -> Iterator[tuple[int, int, int, int | None]]:
        """The answers of `_match` over all time, as half-open spans."""
        cuts = {START_US, END_US}
        cuts.update(edge for n in found for edge in self._spans[n])
        cuts.update(self._allow_until[n] for n in excused)
        edges = sorted(cuts)
        for start, end in pairwise(edges):
            number = self._winner(found, start)
            if number is not None:
                yield start, end, number, self._excuse(excused, start)

    def _indicator_table(self, kinds: frozenset[Kind]) -> pa.Table:
        rows = [
            (
                n,
                i.kind.value,
                i.value,
                i.role.value,
                i.alerts,
                _two_use_ports(i),
                i.operator,
                list(i.coins),
                i.confidence,
                *self._spans[n],
            )
            for n, i in enumerate(self.indicators)
            if i.kind in kinds
        ]
        columns = [
            ("number", pa.int32()), ("kind", pa.string()), ("value", pa.string()), ("role", pa.string()),
            ("alerts", pa.bool_()), ("ports", pa.list_(pa.int32())), ("operator", pa.string()),
            ("coins", pa.list_(pa.string())),
            ("confidence", pa.int32()), ("from_us", pa.int64()), ("until_us", pa.int64()),
        ]  # fmt: skip
        return _table(columns, rows)


class _Index:
    """Values by scope -> their numbers. A look-up walks the labels of a name or the prefix lengths in use."""

    def __init__(self, entries: Sequence[tuple[Kind, str]]) -> None:
        self._exact: dict[Kind, dict[str, list[int]]] = {kind: {} for kind in Kind}
        self._networks: dict[int, dict[int, dict[int, list[int]]]] = {4: {}, 6: {}}
        for number, (kind, value) in enumerate(entries):
            refuse_wide(kind, value)
            if kind is Kind.CIDR:
                network = ipaddress.ip_network(value)
                shift = network.max_prefixlen - network.prefixlen
                by_prefix = self._networks[network.version].setdefault(shift, {})
                by_prefix.setdefault(int(network.network_address) >> shift, []).append(number)
            else:
                self._exact[kind].setdefault(value, []).append(number)

    def names(self, name: str) -> list[int]:
        """Numbers of the hosts and domains that hold the name."""
        domains = self._exact[Kind.DOMAIN]
        found = list(self._exact[Kind.HOST].get(name, ()))
        rest = name
        while rest:
            if rest in domains:
                found.extend(domains[rest])
            rest = rest.partition(".")[2]
        return found

    def addresses(self, ip: str, port: int | None) -> list[int]:
        """Numbers of the addresses and networks that hold the address. Raises ValueError where it is none."""
        found = list(self._exact[Kind.IP].get(ip, ()))
        if port is not None:
            spelt = f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
            found.extend(self._exact[Kind.IP_PORT].get(spelt, ()))
        if self._networks[4] or self._networks[6]:
            address = ipaddress.ip_address(ip)
            for shift, networks in self._networks[address.version].items():
                found.extend(networks.get(int(address) >> shift, ()))
        return found


def refuse_wide(kind: Kind, value: str) -> None:
    """Refuse a scope that would hold strangers or nobody, be it to watch for or to excuse. Raises ConfigError."""
    if kind is Kind.DOMAIN and is_shared(value):
        raise ConfigError(message("intel.shared_suffix", value=value))
    if kind is Kind.CIDR:
        network = ipaddress.ip_network(value)
        if network.prefixlen < _NARROWEST[network.version]:
            raise ConfigError(message("intel.wide_network", value=value, bits=_NARROWEST[network.version]))
    if kind in (Kind.IP, Kind.IP_PORT):
        address = ipaddress.ip_address(value if kind is Kind.IP else parse_endpoint(value).ip)
        if address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local:
            raise ConfigError(message("intel.odd_address", value=value))


def _scope(kind: Kind, value: str) -> tuple[int, int]:
    if kind is Kind.DOMAIN:
        return 1, -len(value)
    if kind is Kind.IP:
        return 1, 0
    return (2, -ipaddress.ip_network(value).prefixlen) if kind is Kind.CIDR else (0, 0)


def _span(start: datetime | None, end: datetime | None) -> tuple[int, int]:
    return START_US if start is None else to_us(start), END_US if end is None else to_us(end)


def _two_use_ports(indicator: Indicator) -> list[int]:
    return [] if indicator.alerts else [port for port in indicator.ports if indicator.alerts_on(port)]


def _address_parts(kind: Kind, value: str) -> tuple[str | None, int | None]:
    if kind is Kind.CIDR:
        return None, None
    if kind is Kind.IP:
        return value, None
    endpoint = parse_endpoint(value)
    return endpoint.ip, endpoint.port


def _table(columns: Sequence[tuple[str, pa.DataType]], rows: Iterable[tuple[object, ...]]) -> pa.Table:
    held = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(values, kind) for values, (_, kind) in zip(held, columns, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(columns))
