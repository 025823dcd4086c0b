"""What to look for: an indicator of compromise with the role that decides whether it may raise an alarm."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What the value is."""

    HOST = "host"
    """Exactly this fully qualified name."""
    DOMAIN = "domain"
    """This name and every name below it."""
    IP = "ip"
    CIDR = "cidr"
    IP_PORT = "ip-port"


class Role(StrEnum):
    """What stands behind the value. Only those of ALERTING may raise a finding; the rest are context."""

    POOL_ENDPOINT = "pool-endpoint"
    PROXY = "proxy"
    JS_MINER = "js-miner"
    MALWARE_C2 = "malware-c2"
    POOL_WEBSITE = "pool-website"
    POOL_API = "pool-api"
    P2P_SEED = "p2p-seed"
    NODE = "node"
    MARKETPLACE = "marketplace"
    GPU_RENTAL = "gpu-rental"
    MINER_DOWNLOAD = "miner-download"
    DONATE = "donate"
    EXCHANGE = "exchange"
    WALLET = "wallet"
    EXPLORER = "explorer"
    EDUCATION = "education"


ALERTING = frozenset({Role.POOL_ENDPOINT, Role.PROXY, Role.JS_MINER, Role.MALWARE_C2})

TWO_USES = frozenset({Role.POOL_WEBSITE, Role.POOL_API, Role.MARKETPLACE})
"""Roles whose names may serve people on the ports of the web and miners on others."""

WEB_PORTS = frozenset({80, 443})


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. `value` is in the spelling of `minewarden.vocab.net`; `confidence` runs from 0 to 100.

    valid_from / valid_until bound the ACTIVITY that it may match: an address that was a pool's last year says nothing
    about today's traffic. `kind` is also the match scope and is never guessed from the value.
    """

    kind: Kind
    value: str
    role: Role
    operator: str
    coins: tuple[str, ...] = ()
    confidence: int = 80
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    source: str = ""
    source_family: str = ""
    reviewed: datetime | None = None
    notes: str = field(default="", compare=False)
    ports: tuple[int, ...] = ()
    """Ports on which it is known to serve miners; empty: not known. A web site or API with ports is a name of two uses:
    only a connection to one of these ports, never a look-up, may raise a finding."""

    @property
    def alerts(self) -> bool:
        """Whether this indicator may raise a finding."""
        return self.role in ALERTING

    def alerts_on(self, port: int | None) -> bool:
        """Whether a connection to this port may raise a finding; ports of the web never do by themselves."""
        return self.alerts or (self.role in TWO_USES and port in self.ports and port not in WEB_PORTS)
