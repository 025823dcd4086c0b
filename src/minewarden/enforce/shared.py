"""What many people share, and what is therefore never blocked: content networks, resolvers, suffixes of names.

The facts stand in `shared_ranges.toml`, each group with its source and the day it was looked at; the public suffixes
come with the `publicsuffixlist` package (both sections: those of registries, and the private ones such as github.io).
"""

import ipaddress
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList

from minewarden.enforce.ranges import Ranges
from minewarden.vocab.net import parents

# What stands for no host on the internet, or for too many (IANA special-purpose registries, RFC 6890 and successors).
# The documentation ranges are left out on purpose: demonstrations and tests live there, and nobody else does.
SPECIAL = {
    "0.0.0.0/8": "unspecified",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "carrier NAT",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "IETF protocol assignments",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarking",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved, broadcast",
    "::/96": "unspecified, loopback, IPv4-compatible",
    "::ffff:0:0/96": "IPv4-mapped",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "NAT64",
    "100::/64": "discard",
    "2001::/32": "Teredo",
    "2002::/16": "6to4",
    "fc00::/7": "unique local",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
}


@dataclass(frozen=True, slots=True)
class Shared:
    """The facts, ready to be asked. `names`: shared name -> why (cdn, cloud, dynamic-dns, public-site)."""

    special: Ranges
    content: Ranges
    resolvers: Ranges
    names: dict[str, str]


@cache
def shared() -> Shared:
    """The facts that ship with the program, read once."""
    text = files("minewarden.enforce").joinpath("shared_ranges.toml").read_text(encoding="utf-8")
    facts = tomllib.loads(text)
    return Shared(
        special=Ranges((ipaddress.ip_network(block), label) for block, label in SPECIAL.items()),
        content=Ranges(
            (ipaddress.ip_network(block), group["operator"]) for group in facts["range"] for block in group["networks"]
        ),
        resolvers=Ranges(
            (ipaddress.ip_network(address), group["operator"])
            for group in facts["resolver"]
            for address in group["addresses"]
        ),
        names={name: group["reason"] for group in facts["shared_name"] for name in group["names"]},
    )


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _above_suffixes() -> frozenset[str]:
    """Every name that has a public suffix below it, such as amazonaws.com above s3.amazonaws.com."""
    above: set[str] = set()
    with Path(PSLFILE).open(encoding="utf-8") as lines:
        for line in lines:
            rule = line.split("//", 1)[0].strip().lstrip("!").removeprefix("*.")
            above.update(parents(rule)[1:] if rule else ())
    return frozenset(above)


def is_public_suffix(name: str) -> bool:
    """Whether strangers register names directly under this one: com, edu.cn, github.io, any top-level domain."""
    return _suffixes().privatesuffix(name) is None


def holds_public_suffix(name: str) -> bool:
    """Whether a public suffix lies below this name, so that its whole subtree belongs to many."""
    return name in _above_suffixes()
