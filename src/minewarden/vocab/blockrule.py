"""What was ordered to be blocked, until when, and what may never be."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from minewarden.vocab.net import Network


class Target(StrEnum):
    """What a rule names."""

    NAME = "name"
    """Exactly this host name."""
    SUBTREE = "subtree"
    """This name and everything below it."""
    IP = "ip"
    CIDR = "cidr"
    IP_PORT = "ip-port"
    STATION = "station"
    """A device, by its MAC address, wherever it attaches."""
    ACCOUNT = "account"
    """A login name, on whatever device."""


TERMINALS = frozenset({Target.STATION, Target.ACCOUNT})
"""What names a person or a person's device, and is cut off where people log in; all else names the pool's end."""


@dataclass(frozen=True, slots=True)
class BlockRule:
    """One rule. Every rule ends: `expires_at` is required. `reason` cites the case, finding or library version."""

    target: Target
    value: str
    expires_at: datetime
    reason: str
    port: int = 0
    basis: str = ""

    @property
    def key(self) -> tuple[str, str, int]:
        """What makes two rules the same rule."""
        return (self.target.value, self.value, self.port)


@dataclass(frozen=True, slots=True)
class Site:
    """What the unit owns and must protect: handed in by the caller, since only the ledger knows it."""

    own: tuple[Network, ...] = ()
    protected: tuple[Network, ...] = ()
    protected_names: frozenset[str] = field(default_factory=frozenset)
    resolvers: frozenset[str] = field(default_factory=frozenset)
    accounts: frozenset[str] = field(default_factory=frozenset)
    """Login names that must stay on: those of monitoring, of door locks, of the classrooms' machines."""
    stations: frozenset[str] = field(default_factory=frozenset)
    """MAC addresses that must stay on, in the spelling of `canonical_mac`."""
