"""Addresses, ports, names and MAC addresses in one spelling each."""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# RFC 1918, RFC 6598 (carriers), RFC 4193, RFC 3927 and RFC 4291 (this link only).
_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "fc00::/7",
        "169.254.0.0/16",
        "fe80::/10",
    )
)
_MAC_HEX = re.compile(r"^[0-9a-f]{12}$")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)


# Lists name the same pool in each of their lines; what is wrong is not kept.
@lru_cache(maxsize=10_000)
def canonical_ip(text: str) -> str:
    """The one spelling of an address: no zone, lower case, IPv4-mapped IPv6 as IPv4. Raises ValueError."""
    address = ipaddress.ip_address(text.strip().split("%", 1)[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


def is_inside(address: Address | Network) -> bool:
    """Whether an address (a whole range) is one that many networks use at once, so that it says nothing by itself.

    Documentation ranges count as public, unlike in `ipaddress.is_private`: they stand for public ones.
    """
    if isinstance(address, Address):
        return any(address in inside for inside in _INSIDE)
    return any(inside.version == address.version and address.subnet_of(inside) for inside in _INSIDE)  # type: ignore[arg-type]


def canonical_mac(text: str) -> str:
    """`aa:bb:cc:dd:ee:ff` from `AA-BB-..`, `aabb.ccdd.eeff`, `aabb-ccdd-eeff` (H3C) or bare hex. Raises ValueError."""
    digits = re.sub(r"[\s:.\-]", "", text).lower()
    if not _MAC_HEX.match(digits):
        raise ValueError(f"not a MAC address: {text!r}")
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def canonical_name(text: str) -> str:
    """A host name in lower case A-labels without the final dot. Raises ValueError where it is not one."""
    name = text.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise ValueError(f"not a host name: {text!r}") from error
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(f"not a host name: {text!r}")
    return name


def parents(name: str) -> list[str]:
    """The name and each of its parents, longest first: a.b.c -> [a.b.c, b.c, c]."""
    labels = name.split(".")
    return [".".join(labels[i:]) for i in range(len(labels))]


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """An address with a port."""

    ip: str
    port: int

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


def parse_endpoint(text: str) -> Endpoint:
    """Read `192.0.2.1:3333` or `[2001:db8::1]:3333`. Raises ValueError."""
    text = text.strip()
    host, separator, port = text.rpartition(":")
    if not separator or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"not an address with a port: {text!r}")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f"an IPv6 address with a port is written [address]:port, not {text!r}")
    return Endpoint(canonical_ip(host.strip("[]")), int(port))
