"""A table of nftables for a Linux gateway: listed addresses are refused at once, and let through when the time is over.

Source: nft(8), sections SETS, ELEMENTS (`timeout`) and REJECT. The kernel itself ends each element, so a block ends
even if nobody is there to lift it.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from minewarden.enforce.fold import fold_for_network
from minewarden.enforce.plain import heading, instant
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.clock import to_us
from minewarden.vocab.net import Network

FILE = "minewarden.nft"
_SECOND = 1_000_000
_TYPES = {
    "addr4": "ipv4_addr",
    "net4": "ipv4_addr",
    "service4": "ipv4_addr . inet_service",
    "addr6": "ipv6_addr",
    "net6": "ipv6_addr",
    "service6": "ipv6_addr . inet_service",
}
_MATCHES = {
    "addr4": "ip daddr @addr4",
    "net4": "ip daddr @net4",
    "service4": "ip daddr . tcp dport @service4",
    "addr6": "ip6 daddr @addr6",
    "net6": "ip6 daddr @net6",
    "service6": "ip6 daddr . tcp dport @service6",
}


class NftablesCompiler:
    """`now` is the time from which the timeouts count; load the file soon after."""

    form = "nftables"

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """`minewarden.nft`, for `nft -f`: one transaction that replaces the whole table `inet minewarden`, so that it
        may be loaded again and again. Rules for names have no form here and are left out; so are rules that are over.
        """
        live = [rule for rule in fold_for_network(rules) if rule.expires_at > self.now]
        elements: dict[str, list[str]] = {name: [] for name in _TYPES}
        for rule in live:
            if rule.target is Target.IP:
                elements[f"addr{_version(rule)}"].append(self._element(rule, rule.value))
            elif rule.target is Target.IP_PORT:
                elements[f"service{_version(rule)}"].append(self._element(rule, f"{rule.value} . {rule.port}"))
        for network, rule in _apart(rule for rule in live if rule.target is Target.CIDR):
            elements[f"net{network.version}"].append(self._element(rule, str(network)))
        lines = [
            f"# Timeouts count from {instant(self.now)}; each element says when it ends.",
            "# Look before loading: nft -c -f minewarden.nft",
            "# One transaction: the old table goes and the new one comes in the same moment.",
            "add table inet minewarden",
            "delete table inet minewarden",
            "table inet minewarden {",
        ]
        for name, typed in _TYPES.items():
            lines.extend(_set(name, typed, elements[name]))
        lines.extend(_chains())
        lines.append("}")
        return {FILE: ("\n".join(lines) + "\n").encode()}

    def _element(self, rule: BlockRule, value: str) -> str:
        """One element with its end and reason; a second begun is counted whole, so that none ends too early."""
        seconds = -((to_us(self.now) - to_us(rule.expires_at)) // _SECOND)
        # nft takes comments of 127 bytes at most and has no escape for a quotation mark.
        comment = _shortened(heading(rule).replace('"', "'").replace("\\", "/"), 127)
        return f'{value} timeout {seconds}s comment "{comment}"'


def _shortened(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, cut between characters."""
    return text.encode()[:limit].decode(errors="ignore")


def _version(rule: BlockRule) -> int:
    return ipaddress.ip_address(rule.value).version


def _apart(rules: Iterable[BlockRule]) -> list[tuple[Network, BlockRule]]:
    """Ranges that do not overlap, as an interval set demands, and together cover what the rules cover until the rules'
    own ends: the range that holds longest comes first, and what it covers is cut out of the others."""
    clusters: list[list[tuple[Network, BlockRule]]] = []
    for network, rule in sorted(((ipaddress.ip_network(rule.value), rule) for rule in rules), key=_place):
        # Blocks nest or are apart, so only those inside one outermost block need comparing.
        if clusters and clusters[-1][0][0].version == network.version and clusters[-1][0][0].overlaps(network):
            clusters[-1].append((network, rule))
        else:
            clusters.append([(network, rule)])
    return [pair for cluster in clusters for pair in _cut(cluster)]


def _cut(cluster: list[tuple[Network, BlockRule]]) -> list[tuple[Network, BlockRule]]:
    """The ranges of one outermost block, made disjoint."""
    kept: list[tuple[Network, BlockRule]] = []
    for network, rule in sorted(cluster, key=lambda pair: (-to_us(pair[1].expires_at), *_place(pair))):
        pieces: list[Network] = [network]
        for taken, _ in kept:
            pieces = [part for piece in pieces for part in _without(piece, taken)]
        kept.extend((piece, rule) for piece in pieces)
    return sorted(kept, key=_place)


def _place(pair: tuple[Network, BlockRule]) -> tuple[int, int, int]:
    network = pair[0]
    return network.version, int(network.network_address), network.prefixlen


def _without(piece: Network, taken: Network) -> list[Network]:
    if isinstance(piece, ipaddress.IPv4Network):
        if not isinstance(taken, ipaddress.IPv4Network) or not piece.overlaps(taken):
            return [piece]
        return [] if piece.subnet_of(taken) else list(piece.address_exclude(taken))
    if not isinstance(taken, ipaddress.IPv6Network) or not piece.overlaps(taken):
        return [piece]
    return [] if piece.subnet_of(taken) else list(piece.address_exclude(taken))


def _set(name: str, typed: str, elements: list[str]) -> list[str]:
    flags = "interval, timeout" if name.startswith("net") else "timeout"
    lines = [f"    set {name} {{", f"        type {typed}", f"        flags {flags}"]
    if elements:
        lines.append("        elements = {")
        lines.extend(f"            {element}," for element in elements)
        lines.append("        }")
    lines.append("    }")
    return lines


def _chains() -> list[str]:
    """Traffic through the gateway and from itself. A refusal, not silence: the program gives up at once, and a person
    who was hit by mistake sees an error and not a stall."""
    lines = ["    chain refuse {", "        counter"]
    lines.append("        meta l4proto tcp reject with tcp reset")
    lines.append("        reject with icmpx type admin-prohibited")
    lines.append("    }")
    for hook in ("forward", "output"):
        lines.append(f"    chain {hook} {{")
        lines.append(f"        type filter hook {hook} priority filter - 10; policy accept;")
        lines.extend(f"        {match} counter jump refuse" for match in _MATCHES.values())
        lines.append("    }")
    return lines
