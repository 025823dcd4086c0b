"""Response policy zone for BIND, Unbound, Knot Resolver and PowerDNS: listed names do not exist (NXDOMAIN).

Source: draft-vixie-dnsop-dns-rpz-00 (sections 4.1.1 names, 4.3 answers' addresses). One rule of the form
`name CNAME .` covers exactly that name; `*.name CNAME .` everything below it.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from minewarden.enforce.fold import fold_for_network
from minewarden.enforce.plain import heading
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.clock import to_us
from minewarden.vocab.net import parents

ZONE = "minewarden.rpz"
TTL = 60
"""Seconds. A lifted block must stop hurting within a minute."""
_SERIALS = 2**32


class RpzCompiler:
    """`now` dates the zone. `serial` is its SOA serial; without one it is the seconds of `now` since 1970, which grows
    from one compilation to the next (RFC 1982) even when rules were lifted in between."""

    form = "rpz"

    def __init__(self, *, now: datetime, serial: int | None = None) -> None:
        self.serial = (to_us(now) // 1_000_000 if serial is None else serial) % _SERIALS

    def compile(self, rules: Sequence[BlockRule]) -> Mapping[str, bytes]:
        """`minewarden.rpz`, the zone, and `minewarden-rpz.conf`, what to put into named.conf.

        An address rule hides every name whose answer holds the address. A rule for an address with a port has no
        form in DNS; it is counted in the heading and left to the other devices.
        """
        everything = fold_for_network(rules)
        folded = [rule for rule in everything if rule.target is not Target.IP_PORT]
        formless = len(everything) - len(folded)
        lines = [
            f"$TTL {TTL}",
            f"@ IN SOA localhost. hostmaster.localhost. {self.serial} 300 60 604800 {TTL}",
            "@ IN NS localhost.",
            f"; {len(folded)} rules; {formless} more, for an address with a port, have no form in DNS",
        ]
        trees = {rule.value for rule in folded if rule.target is Target.SUBTREE}
        ordered = sorted((-to_us(rule.expires_at), heading(rule), rule.key, rule) for rule in folded)
        # Latest end first: where two rules give the same owner name, it stands with the one that holds longer.
        written: set[str] = set()
        for said, group in groupby(ordered, key=itemgetter(1)):
            lines.append(f"; {said}")
            for *_, rule in group:
                lines.extend(_records(rule, trees, written))
        return {
            ZONE: ("\n".join(lines) + "\n").encode(),
            "minewarden-rpz.conf": _SNIPPET.encode(),
        }


def _records(rule: BlockRule, trees: set[str], written: set[str]) -> list[str]:
    """The lines of one rule, without those that `written` has already; it is brought up to date."""
    if rule.target in (Target.NAME, Target.SUBTREE):
        for above in parents(rule.value)[1:]:
            if above in trees:
                # In DNS a name that exists takes what lies below it out of a wildcard further up, so that a name
                # inside a blocked subtree would open a hole in it.
                return [f"; {rule.value} lies within *.{above}"]
    fresh = [owner for owner in _owners(rule) if owner not in written]
    written.update(fresh)
    return [f"{owner} CNAME ." for owner in fresh]


def _owners(rule: BlockRule) -> list[str]:
    """The owner names of a rule, relative to the zone (the guard lets no name through that is too long for one)."""
    match rule.target:
        case Target.NAME:
            return [rule.value]
        case Target.SUBTREE:
            return [rule.value, f"*.{rule.value}"]
        case Target.IP | Target.CIDR:
            return [_trigger(rule.value)]
        case _:
            return []


def _trigger(value: str) -> str:
    """The rpz-ip owner name of an address or range: prefix length, then the address backwards."""
    network = ipaddress.ip_network(value)
    if network.version == 4:
        words = str(network.network_address).split(".")
    else:
        # The longest run of zero words is written as one `zz`; a lone zero word stays (as BIND's own check demands).
        words = [word if word else "zz" for word in _compressed(network.network_address).split(":")]
    return ".".join([str(network.prefixlen), *reversed(words), "rpz-ip"])


def _compressed(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """The usual spelling with exactly one empty word where `::` stands, at either end too."""
    text = str(address)
    if text == "::":
        return ""
    if text.startswith("::"):
        return text[1:]
    return text[:-1] if text.endswith("::") else text


_SNIPPET = """\
// Two parts for named.conf. Inside options { }:
//     response-policy { zone "minewarden.rpz"; } qname-wait-recurse no break-dnssec yes;
// and beside it, with the folder where the zone file lies:
zone "minewarden.rpz" {
    type primary;
    file "minewarden.rpz";
    allow-query { localhost; };
    allow-transfer { none; };
};
// Unbound: module-config: "respip validator iterator" and
//     rpz:
//         name: minewarden.rpz
//         zonefile: minewarden.rpz
//         rpz-log: yes
"""
