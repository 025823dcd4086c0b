"""States who looked up, reached or named a known pool, from DNS, TLS, HTTP and flow records.

Source: the project's own catalogue and the unit's lists (`minewarden.intel`), each entry with its own sources and day.
A list never confirms: a name looked up is a name looked up. Names decide more than addresses, which change hands, and
an exact host more than a whole domain, below which people may read a page. Scenario: knowledge of pools (S1).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from minewarden.config.settings import setting
from minewarden.detect.detector import Context
from minewarden.detect.pool_contacts import Contact, contacts
from minewarden.intel.decay import score
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting
from minewarden.vocab.indicator import WEB_PORTS, Indicator, Kind, Role
from minewarden.vocab.message import Param, message

WEIGHTS = {"lookup": 3.5, "joined": 9.0, "sni": 10.0, "http": 10.0, "certificate": 6.0, "address": 6.0}
"""Log-likelihood ratios in nats for an indicator of confidence 100; the score left at the time scales them.

A starting guess, to be fitted. A connection to an address that this very client had just resolved from a pool's name
(`joined`) counts more than the look-up or the address alone, and about as much as a name in the connection itself. At a
base rate of 1e-4 (9.2 nats) a reviewed endpoint host that was named in the
connection is just probable by itself, an address or a look-up alone never is, and a domain of which only the name is
known (confidence 60) needs behaviour beside it.
"""

WINDOW = timedelta(hours=1)
"""How long after a look-up a connection to the answered address counts as its use. Logs seldom hold an answer's time to
live; mining programs look up again when they connect, and resolvers keep answers for an hour at most, as a rule (set by
hand, November 2026)."""

RESOLVER_WEIGHT = 0.5
"""A resolver asks for its clients: that it asked says next to nothing about itself."""

ATTEMPT_FACTOR = 0.4
"""No connection came about: the program tried, or something scanned."""
SHARED_FACTOR = 0.5
"""The address serves other names too, as those of content networks do."""
JS_FACTOR = 0.5
"""A page with a mining script may have been open for a moment only."""
WEB_FACTOR = 0.5
"""On the ports of the web below a whole domain it may have been a page of the operator."""
BARE_ADDRESS_FACTOR = {Kind.IP_PORT: 1.0, Kind.IP: 0.6, Kind.CIDR: 0.3}

_ROLE_KEYS = {Role.JS_MINER: "_js", Role.MALWARE_C2: "_malware"}
_TELLING_COINS = 2
"""A pool of many coins does not tell by its name which one is mined."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Weights in nats for an indicator of confidence 100. window_minutes: how long after a look-up a connection to the
    answered address counts as its use."""

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    window_minutes: float = setting(WINDOW / timedelta(minutes=1), 1, 2880)
    weight_lookup: float = setting(WEIGHTS["lookup"], 0, 5)
    weight_joined: float = setting(WEIGHTS["joined"], 0, 11)
    weight_sni: float = setting(WEIGHTS["sni"], 0, 11)
    weight_http: float = setting(WEIGHTS["http"], 0, 11)
    weight_certificate: float = setting(WEIGHTS["certificate"], 0, 11)
    weight_address: float = setting(WEIGHTS["address"], 0, 9)
    weight_resolver: float = setting(RESOLVER_WEIGHT, 0, 5)

    def of(self, how: str) -> float:
        """The weight of one way to meet a pool."""
        return float(getattr(self, f"weight_{how}"))


DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class KnownPoolDetector:
    """Who looked up, reached or named a known pool."""

    settings: Settings = DEFAULT
    name: str = "known_pool"
    reads: frozenset[str] = frozenset({"dns", "tls", "http", "conn"})

    def detect(self, context: Context) -> Iterator[Sighting]:
        """One sighting for each contact, in a fixed order."""
        with context.lake.engine() as engine:
            for contact in contacts(engine, context.watchset, timedelta(minutes=self.settings.window_minutes)):
                yield self._sighting(contact, context)

    def _sighting(self, contact: Contact, context: Context) -> Sighting:
        indicator = context.watchset.indicators[contact.number]
        lookup = contact.how == "lookup"
        evidence = Evidence(
            detector=self.name,
            family="intel-dns" if lookup else "intel-flow",
            grade=Grade.LOOKED_UP if lookup else Grade.CONNECTED,
            weight=weight(contact, indicator, self.settings),
            text=message(f"known_pool.{_key(contact, indicator)}", **_params(contact, indicator)),
            first_seen=from_us(contact.first_us),
            last_seen=from_us(contact.last_us),
            rows=tuple(sorted(RowRef(context.sources.get(o, str(o)), row) for o, row in contact.rows)),
        )
        return Sighting(
            host=contact.host,
            server=contact.server,
            port=contact.port,
            server_name=contact.name,
            coins=frozenset(indicator.coins) if len(indicator.coins) <= _TELLING_COINS else frozenset(),
            host_port=contact.host_port,
            evidence=evidence,
        )


def weight(contact: Contact, indicator: Indicator, own: Settings = DEFAULT) -> float:
    """The weight in nats of one contact, rounded so that it reads the same everywhere."""
    if contact.resolver:
        return own.weight_resolver
    nats = own.of(contact.how) * score(indicator, from_us(contact.last_us)) / 100
    nats *= BARE_ADDRESS_FACTOR.get(indicator.kind, 1.0)
    if contact.established is False:
        nats *= ATTEMPT_FACTOR
    if contact.others:
        nats *= SHARED_FACTOR
    if indicator.role is Role.JS_MINER:
        nats *= JS_FACTOR
    if indicator.kind is Kind.DOMAIN and contact.port in WEB_PORTS and contact.port not in indicator.ports:
        nats *= WEB_FACTOR
    return round(nats, 3)


def _key(contact: Contact, indicator: Indicator) -> str:
    """Which sentence says it."""
    if contact.resolver:
        return "lookup_resolver"
    if contact.how == "lookup" and contact.query != contact.name:
        return "lookup_alias"
    if contact.how == "lookup":
        return "lookup" + _ROLE_KEYS.get(indicator.role, "")
    if contact.how in ("joined", "address"):
        return _reached(contact)
    return "page_script" if indicator.role is Role.JS_MINER else contact.how


def _reached(contact: Contact) -> str:
    if contact.established is False:
        return contact.how + "_attempt"
    return "joined_shared" if contact.others else contact.how


def _params(contact: Contact, indicator: Indicator) -> dict[str, Param]:
    params: dict[str, Param] = {
        "host": contact.host,
        "operator": indicator.operator,
        "count": contact.count,
        "first": from_us(contact.first_us),
        "last": from_us(contact.last_us),
    }
    if contact.name:
        params["name"] = contact.name
    if contact.query != contact.name:
        params["query"] = contact.query
    if contact.server:
        params["server"] = f"[{contact.server}]" if ":" in contact.server else contact.server
        params["port"] = contact.port
    if contact.others:
        params["others"] = contact.others
    if contact.how == "address":
        params["source"] = indicator.source
    return params
