"""The project's own catalogue of pools: reads `catalogue.toml` and refuses it as a whole where anything in it is wrong.

A name visited by people must not raise an alarm, so a `domain` entry whose subdomains serve miners carries `except`:
"names" makes the domain's own name and the usual ordinary labels below it (www, api, blog, ...) into more specific
entries that do not alert, "apex" only the domain's own name. The labels stand in the catalogue's `[ordinary]`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from minewarden.intel.decay import CATALOGUE_FAMILY
from minewarden.intel.faults import CatalogueError, Fault
from minewarden.intel.normalise import canonical_value
from minewarden.intel.suffix import is_shared
from minewarden.vocab.indicator import ALERTING, Indicator, Kind, Role
from minewarden.vocab.message import message
from minewarden.vocab.toml import parse_toml

FILE = "catalogue.toml"
_DEFAULT_CONFIDENCE = {Kind.HOST: 95, Kind.DOMAIN: 80, Kind.IP_PORT: 85, Kind.IP: 60, Kind.CIDR: 40}
_OPERATOR_KEYS = frozenset({"name", "coins", "note", "entries"})
_ENTRY_KEYS = frozenset(
    {
        "kind",
        "role",
        "values",
        "source",
        "coins",
        "ports",
        "transport",
        "from",
        "until",
        "confidence",
        "except",
        "reviewed",
    }
)
_NAMES = frozenset({Kind.HOST, Kind.DOMAIN})
_TRANSPORTS = frozenset({"tcp", "tls", "ws", "wss", "http", "quic"})
_EXCEPTS = frozenset({"", "names", "apex"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One indicator of the catalogue. `ordinary`: made by `except`, not written out. transport: tcp, tls, ws, ..."""

    indicator: Indicator
    transport: tuple[str, ...] = ()
    ordinary: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs a pool, a marketplace or a script service, and every name and address known of it."""

    name: str
    coins: tuple[str, ...]
    note: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The whole, as read."""

    version: str
    operators: tuple[Operator, ...]
    sources: Mapping[str, str] = field(default_factory=dict)
    """What each kind of source means, by its key."""

    def indicators(self) -> tuple[Indicator, ...]:
        """Every indicator, in the order of the file."""
        return tuple(entry.indicator for operator in self.operators for entry in operator.entries)


def load() -> tuple[Indicator, ...]:
    """The shipped catalogue's indicators. Raises CatalogueError, naming every fault, where the file is wrong."""
    return shipped().indicators()


def version() -> str:
    """The shipped catalogue's version, which findings and reports cite."""
    return shipped().version


@cache
def shipped() -> Catalogue:
    """The catalogue that comes with the program, read once."""
    return read(files("minewarden").joinpath("intel", FILE).read_text(encoding="utf-8"), FILE)


def read(text: str, name: str) -> Catalogue:
    """Read a catalogue from TOML. Raises CatalogueError with all faults at once; `name` stands in front of each."""
    try:
        document = parse_toml(text)
    except ValueError as error:
        raise CatalogueError([Fault(name, 0, message("intel.not_toml", detail=str(error)))]) from error
    reader = _Reader(name, text, document)
    catalogue = Catalogue(str(document.get("version", "")), tuple(reader.operators()), reader.sources)
    reader.check_duplicates(catalogue)
    if reader.faults:
        raise CatalogueError(reader.faults)
    return catalogue


class _Reader:
    """Turns the tables of the file into operators and gathers faults, each at the line of its value."""

    def __init__(self, name: str, text: str, document: Mapping[str, Any]) -> None:
        self.faults: list[Fault] = []
        self._name = name
        self._lines = text.splitlines()
        self._document = document
        self.sources: Mapping[str, str] = document.get("sources", {})
        self._ordinary: Mapping[str, list[str]] = document.get("ordinary", {})
        self._reviewed = document.get("reviewed")
        self._default_until = document.get("valid_until")
        if not document.get("version") or not isinstance(self._reviewed, date):
            self._fault("version", "intel.no_version")

    def operators(self) -> Iterator[Operator]:
        for table in self._document.get("operator", []):
            name = str(table.get("name", ""))
            if not name or not table.get("entries"):
                self._fault(name or "[[operator]]", "intel.empty_operator", operator=name)
            self._unknown_keys(name, table, _OPERATOR_KEYS)
            coins = self._coins(name, table.get("coins", []))
            entries = [entry for raw in table.get("entries", []) for entry in self._entries(name, coins, raw)]
            yield Operator(name, coins, str(table.get("note", "")), tuple(_written_first(entries)))

    def check_duplicates(self, catalogue: Catalogue) -> None:
        """The same value twice is allowed only where the two are valid at different times."""
        seen: dict[tuple[Kind, str], list[Indicator]] = {}
        for indicator in catalogue.indicators():
            for other in seen.setdefault((indicator.kind, indicator.value), []):
                if _overlap(indicator, other):
                    value = indicator.value
                    self._fault(value, "intel.duplicate", again=True, value=value, operator=other.operator)
            seen[(indicator.kind, indicator.value)].append(indicator)

    def _entries(self, operator: str, coins: tuple[str, ...], raw: Mapping[str, Any]) -> Iterator[Entry]:
        values = [str(value) for value in raw.get("values", [])]
        place = values[0] if values else operator
        self._unknown_keys(place, raw, _ENTRY_KEYS)
        try:
            kind, role = Kind(raw.get("kind", "")), Role(raw.get("role", ""))
        except ValueError as error:
            self._fault(place, "intel.unknown_word", word=str(error), operator=operator)
            return
        template = self._template(operator, place, kind, role, coins, raw)
        transport = tuple(raw.get("transport", []))
        if not set(transport) <= _TRANSPORTS or raw.get("except", "") not in _EXCEPTS:
            self._fault(place, "intel.unknown_word", word=f"{transport} {raw.get('except', '')}", operator=operator)
        for value in values:
            if self._sound(kind, role, value, operator):
                yield Entry(_with(template, kind, role, value), transport)
                yield from self._exceptions(template, value, str(raw.get("except", "")))

    def _template(
        self, operator: str, place: str, kind: Kind, role: Role, coins: tuple[str, ...], raw: Mapping[str, Any]
    ) -> Indicator:
        """The indicator without its value, with every field checked."""
        end_day = raw.get("until", self._default_until if kind in _NAMES and role in ALERTING else None)
        start, end = self._day(place, raw.get("from")), self._day(place, end_day)
        if start is not None and end is not None and start >= end:
            self._fault(place, "intel.dates", operator=operator)
        if kind in (Kind.IP, Kind.IP_PORT, Kind.CIDR) and role in ALERTING and (start is None or end is None):
            self._fault(place, "intel.address_undated", value=place)
        ports = tuple(raw.get("ports", []))
        if not all(isinstance(port, int) and 0 < port < 65536 for port in ports) or len(set(ports)) != len(ports):
            self._fault(place, "intel.ports", operator=operator)
        confidence = raw.get("confidence", _DEFAULT_CONFIDENCE[kind])
        if not isinstance(confidence, int) or not 0 <= confidence <= 100:
            self._fault(place, "intel.confidence", operator=operator)
        source = str(raw.get("source", ""))
        if source not in self.sources:
            self._fault(place, "intel.unknown_source", source=source, operator=operator)
        return Indicator(
            kind=kind,
            value="",
            role=role,
            operator=operator,
            coins=self._coins(place, raw["coins"]) if "coins" in raw else coins,
            confidence=confidence,
            valid_from=start,
            valid_until=end,
            source=str(self.sources.get(source, "")),
            source_family=CATALOGUE_FAMILY,
            reviewed=self._day(place, raw.get("reviewed", self._reviewed)),
            ports=ports,
        )

    def _exceptions(self, template: Indicator, domain: str, which: str) -> Iterator[Entry]:
        if not which:
            return
        yield Entry(_with(template, Kind.HOST, Role.POOL_WEBSITE, domain, ports=()), ordinary=True)
        if which == "names":
            for role in (Role.POOL_WEBSITE, Role.POOL_API):
                for label in self._ordinary.get(role.value, []):
                    yield Entry(_with(template, Kind.DOMAIN, role, f"{label}.{domain}", ports=()), ordinary=True)

    def _sound(self, kind: Kind, role: Role, value: str, operator: str) -> bool:
        try:
            spelt = canonical_value(kind, value)
        except ValueError as error:
            self._fault(value, "intel.not_canonical", value=value, detail=str(error), operator=operator)
            return False
        if spelt != value:
            self._fault(value, "intel.spelling", value=value, spelt=spelt, operator=operator)
        if kind in (Kind.HOST, Kind.DOMAIN) and is_shared(value) and (kind is Kind.DOMAIN or role in ALERTING):
            self._fault(value, "intel.shared_suffix", value=value)
        return True

    def _coins(self, place: str, coins: Iterable[object]) -> tuple[str, ...]:
        listed = tuple(str(coin) for coin in coins)
        for coin in listed:
            if not (coin.isascii() and coin.isalnum() and coin == coin.upper() and 2 <= len(coin) <= 8):
                self._fault(place, "intel.coin", coin=coin)
        return listed

    def _day(self, place: str, day: object) -> datetime | None:
        if day is None:
            return None
        if isinstance(day, datetime) or not isinstance(day, date):
            self._fault(place, "intel.day", day=str(day))
            return None
        return datetime(day.year, day.month, day.day, tzinfo=UTC)

    def _unknown_keys(self, place: str, table: Mapping[str, Any], known: frozenset[str]) -> None:
        for key in sorted(set(table) - known):
            self._fault(place, "intel.unknown_word", word=key, operator=place)

    def _fault(self, place: str, identifier: str, *, again: bool = False, **params: str | int) -> None:
        """Note a fault at the first line that holds the value, or at the last where it stands `again`."""
        quoted = f'"{place}"'
        lines = [n for n, text in enumerate(self._lines, 1) if quoted in text] or [0]
        self.faults.append(Fault(self._name, lines[-1 if again else 0], message(identifier, **params)))


def _with(template: Indicator, kind: Kind, role: Role, value: str, ports: tuple[int, ...] | None = None) -> Indicator:
    return Indicator(
        kind=kind,
        value=value,
        role=role,
        operator=template.operator,
        coins=template.coins,
        confidence=template.confidence,
        valid_from=template.valid_from,
        valid_until=template.valid_until,
        source=template.source,
        source_family=template.source_family,
        reviewed=template.reviewed,
        ports=template.ports if ports is None else ports,
    )


def _written_first(entries: Iterable[Entry]) -> list[Entry]:
    """Leave out an ordinary name that the operator's own entries state themselves: what is written out wins."""
    listed = list(entries)
    written = {(e.indicator.kind, e.indicator.value) for e in listed if not e.ordinary}
    return [e for e in listed if not e.ordinary or (e.indicator.kind, e.indicator.value) not in written]


def _overlap(one: Indicator, other: Indicator) -> bool:
    starts = [i.valid_from for i in (one, other) if i.valid_from is not None]
    ends = [i.valid_until for i in (one, other) if i.valid_until is not None]
    return not starts or not ends or max(starts) < min(ends)
