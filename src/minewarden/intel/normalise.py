"""Brings indicators as people write them (`203[.]0[.]113[.]5`, `hxxp://`) to the one spelling of `vocab.net`."""

import ipaddress
import re

from minewarden.vocab.indicator import Kind
from minewarden.vocab.net import canonical_ip, canonical_name, parse_endpoint
from minewarden.vocab.refang import refang

_SCHEME = re.compile(r"^[a-z][a-z0-9+.\-]{0,30}://", re.IGNORECASE | re.ASCII)


def canonical_value(kind: Kind, text: str) -> str:
    """The value in its one spelling: a name, `203.0.113.5`, `203.0.113.0/24`, `203.0.113.5:3333`, `[2001:db8::1]:3333`.

    Raises ValueError where the text is not of that kind. A scheme in front of a name is taken away; a path or a port
    behind a name is refused, because leaving it out would make the indicator wider than its author meant.
    """
    plain = _SCHEME.sub("", refang(text))
    if kind in (Kind.HOST, Kind.DOMAIN):
        return _name(plain.removesuffix("/"))
    if kind is Kind.IP:
        return canonical_ip(plain.removesuffix("/").strip("[]"))
    if kind is Kind.IP_PORT:
        return str(parse_endpoint(plain.removesuffix("/")))
    network = ipaddress.ip_network(plain, strict=True)
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped is not None:
        raise ValueError(f"write an IPv4 network as IPv4, not {text!r}")
    return str(network)


def _name(plain: str) -> str:
    if "/" in plain:
        raise ValueError(f"a name without a path is needed, not {plain!r}")
    if ":" in plain:
        raise ValueError(f"a name without a port is needed, not {plain!r}")
    name = canonical_name(plain)
    if "." not in name:
        raise ValueError(f"not a full name: {name!r}")
    if name.replace(".", "").isdigit():
        raise ValueError(f"an address, not a name: {name!r}")
    return name
