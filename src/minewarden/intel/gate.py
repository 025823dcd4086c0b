"""What a list may not bring in unseen: whatever an allow list excuses, the unit's own, what many people share.

Nothing that the gate stops is lost: it waits in quarantine for a person.
"""

import ipaddress
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import datetime

from minewarden.intel.feeds.entry import Entry
from minewarden.intel.record import Type, host_of
from minewarden.intel.watchset import AllowEntry
from minewarden.vocab.indicator import Kind
from minewarden.vocab.message import Message, message
from minewarden.vocab.net import Network, is_inside, parents, parse_endpoint

_ADDRESSES = frozenset({Type.IP, Type.CIDR, Type.IP_PORT})
_NAMES = frozenset({Type.HOST, Type.DOMAIN, Type.HOST_PORT, Type.URL})


class Gate:
    """Asked for every entry of a list. Never looks a name up.

    allow: entries with owner and end. networks: ranges that nobody may list, with what they are (the unit's own,
    content networks, resolvers). own_names: names of the unit, with everything below them. shared_names: names that
    many people share; a single host below one may be listed, the name itself may not. common: entries that local
    traffic showed to be met by very many, with the reason.
    """

    def __init__(
        self,
        allow: Iterable[AllowEntry] = (),
        networks: Iterable[tuple[Network, str]] = (),
        own_names: Mapping[str, str] | None = None,
        shared_names: Mapping[str, str] | None = None,
        common: Mapping[tuple[Type, str], Message] | None = None,
    ) -> None:
        self._common = dict(common or {})
        self._own = dict(own_names or {})
        self._shared = dict(shared_names or {})
        self._above_own = {above: label for name, label in self._own.items() for above in parents(name)}
        self._names: dict[str, AllowEntry] = {}
        self._above: dict[str, AllowEntry] = {}
        self._below: dict[str, AllowEntry] = {}
        self._networks = _Networks()
        for network, label in networks:
            self._networks.add(network, label)
        for entry in allow:
            if entry.kind in (Kind.HOST, Kind.DOMAIN):
                (self._below if entry.kind is Kind.DOMAIN else self._names)[entry.value] = entry
                for above in parents(entry.value):
                    known = self._above.get(above)
                    if known is None or known.until < entry.until:
                        self._above[above] = entry
            else:
                address = parse_endpoint(entry.value).ip if entry.kind is Kind.IP_PORT else entry.value
                self._networks.add(ipaddress.ip_network(address), entry)

    def stops(self, entry: Entry, at: datetime) -> Message | None:
        """Why the entry has to wait for a person; None where it may pass."""
        if "homograph" in entry.flags:
            return message("feed.homograph")
        return self._stops_host(entry, at) or self._common.get((entry.type, entry.value))

    def _stops_host(self, entry: Entry, at: datetime) -> Message | None:
        host = host_of(entry.type, entry.value)
        if not host:
            return None
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return self._stops_name(entry, host, at)
        network = ipaddress.ip_network(entry.value if entry.type is Type.CIDR else address)
        return self._said(self._networks.touching(network), at)

    def _stops_name(self, entry: Entry, name: str, at: datetime) -> Message | None:
        above = parents(name)
        found: AllowEntry | None = self._names.get(name)
        for parent in above:
            found = found or self._below.get(parent)
            if parent in self._own:
                return message("feed.protected", label=self._own[parent])
        if entry.type is Type.DOMAIN:
            found = found or self._above.get(name)
            if name in self._above_own:
                return message("feed.protected", label=self._above_own[name])
        if entry.type in (Type.DOMAIN, Type.HOST) and name in self._shared:
            return message("feed.protected", label=self._shared[name])
        return self._said(found, at)

    def _said(self, found: "AllowEntry | str | None", at: datetime) -> Message | None:
        if isinstance(found, AllowEntry):
            if at >= found.until:
                return None
            return message("feed.allowed", owner=found.owner, reason=found.reason)
        return None if found is None else message("feed.protected", label=found)


def impossible(entry: Entry) -> Message | None:
    """Why an entry can be no indicator anywhere: an address that many networks use inside."""
    if entry.type in _ADDRESSES or entry.type is Type.URL:
        try:
            network = ipaddress.ip_network(entry.value if entry.type is Type.CIDR else host_of(entry.type, entry.value))
        except ValueError:
            return None
        if is_inside(network):
            return message("feed.inside")
    return None


class _Networks:
    """Ranges with a label each, asked by containment either way."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int], dict[int, AllowEntry | str]] = {}
        self._starts: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
        self._sorted = True

    def add(self, network: Network, label: "AllowEntry | str") -> None:
        shift = network.max_prefixlen - network.prefixlen
        start = int(network.network_address)
        self._held.setdefault((network.version, shift), {})[start >> shift] = label
        self._starts[network.version].append((start, shift))
        self._sorted = False

    def touching(self, network: Network) -> "AllowEntry | str | None":
        first, last = int(network.network_address), int(network.broadcast_address)
        for (version, shift), labels in self._held.items():
            if version == network.version and first >> shift in labels:
                return labels[first >> shift]
        if not self._sorted:
            for starts in self._starts.values():
                starts.sort()
            self._sorted = True
        starts = self._starts[network.version]
        at = bisect_left(starts, (first, 0))
        if at < len(starts) and starts[at][0] <= last:
            start, shift = starts[at]
            return self._held[(network.version, shift)][start >> shift]
        return None
