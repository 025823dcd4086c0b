"""Addresses, names and ports out of one cell, in all the ways in which people write them."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from minewarden.vocab.message import Message, message
from minewarden.vocab.net import canonical_ip, canonical_name
from minewarden.vocab.noticeline import Reported
from minewarden.vocab.refang import refang

LONGEST_CELL = 32_767
"""The longest text that a spreadsheet's cell can hold."""
WIDEST = 256
"""More addresses than this in one range are not a list of suspects; people must say which are meant."""
_FIRST_NUMBER = 1 << 24
_V4 = r"\d{1,3}(?:\.\d{1,3}){3}"
_ADDRESS_V4 = re.compile(
    rf"(?<![\d.vV])(?<![A-Za-z]-)(?P<ip>{_V4})(?!\d|\.[\dA-Za-z])"
    rf"(?:\s*/\s*(?P<mask>255(?:\.\d{{1,3}}){{3}})(?![\d.])"
    r"|/(?P<bits>\d{1,2})(?![\d.])"
    rf"|\s+(?P<spaced>255(?:\.\d{{1,3}}){{3}})(?![\d.])"
    rf"|\s*(?:-|–|—|~|至|到)\s*(?P<end>{_V4}|\d{{1,3}})(?![\d.:])"
    r"|\s?:\s?(?P<port>\d{1,5})(?!\d))?",
    re.ASCII,
)
_ADDRESS_V6 = re.compile(
    rf"(?<![0-9A-Za-z:.])\[?(?P<ip>(?:[0-9A-Fa-f]{{0,4}}:){{2,6}}{_V4}|[0-9A-Fa-f]{{0,4}}(?::[0-9A-Fa-f]{{0,4}}){{2,7}})"
    r"(?:%[0-9A-Za-z_.\-]{1,32})?(?:\](?::(?P<port>\d{1,5})(?!\d))?)?(?:/(?P<bits>\d{1,3})(?!\d))?(?![0-9A-Za-z:])",
    re.ASCII,
)
_LOOKS = re.compile(r"(?<![\d.vV])\d{1,3}(?:\.\d{1,3}){2,}|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){3,}[0-9A-Fa-f:]*", re.ASCII)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,30}://[^\s，、；,;\"'<>（）()]{3,2000}")
_NAME = re.compile(
    r"(?<![\w.@\-])((?:[\w\-]{1,63}\.)+(?:[A-Za-z][A-Za-z0-9\-]{1,62}|[一-鿿]{1,20}))(\.?)(?::(\d{1,5}))?(?![\w\-])"
)
_PADDED = re.compile(r"(?<!\d)0\d", re.ASCII)
_PORT = re.compile(r"(?<![\d.])(\d{1,5})(?:\.0)?(?![\d.])")


@dataclass(slots=True)
class Found:
    """What a cell holds: addresses in their order, and what about it is doubtful or wrong."""

    addresses: list[Reported] = field(default_factory=list)
    doubts: list[Message] = field(default_factory=list)
    wrong: list[Message] = field(default_factory=list)


def addresses_in(text: str) -> Found:
    """All addresses of a cell: separated by anything, with ports, as ranges (`203.0.113.5-9`, CIDR, masks), harmless
    spellings (`203[.]0[.]113[.]5`), full-width digits, IPv6 with zone or short, IPv4 as one number.

    A range is opened into its addresses; one of more than `WIDEST` is wrong, and so is what looks like an address and
    is none (`203.0.113.300`).
    """
    found = Found()
    plain = _plain(text)
    if number := _as_number(plain):
        found.addresses.append(Reported(number))
        found.doubts.append(message("intake.address_from_number", written=plain, ip=number))
        return found
    places: list[tuple[int, list[Reported]]] = []

    def taken(match: re.Match[str]) -> str:
        try:
            opened = list(_opened(match))
        except _TooWide:
            found.wrong.append(message("intake.range_too_wide", written=match[0].strip(), most=WIDEST))
            return _blank(match)
        except ValueError:
            return match[0]
        places.append((match.start(), opened))
        return _blank(match)

    rest = _ADDRESS_V6.sub(taken, plain) if plain.count(":") >= 2 else plain
    rest = _ADDRESS_V4.sub(taken, rest)
    for look in _LOOKS.finditer(rest):
        found.wrong.append(message("intake.not_an_address", written=look[0][:60]))
    for _, opened in sorted(places, key=lambda place: place[0]):
        found.addresses.extend(opened)
    found.addresses[:] = dict.fromkeys(found.addresses)
    return found


def has_address(text: str) -> bool:
    """Whether a text holds anything that is an address, or was meant as one."""
    plain = _plain(text)
    return bool(_ADDRESS_V4.search(plain)) or ("::" in plain and bool(_ADDRESS_V6.search(plain)))


def name_in(text: str) -> tuple[str, int | None, str]:
    """(name in its one spelling, port, URL) of the first host name of a cell; empty where there is none."""
    plain = _plain(text)
    if match := _URL.search(plain):
        host, port = _host(match[0])
        return (host, port, match[0]) if host else ("", None, "")
    for match in _NAME.finditer(plain):
        try:
            return canonical_name(match[1]), _port(match[3]), ""
        except ValueError:
            continue
    return "", None, ""


def port_in(text: str) -> int | None:
    """The first port of a cell; None where there is none."""
    match = _PORT.search(_plain(text))
    return _port(match[1]) if match else None


class _TooWide(ValueError):
    pass


def _plain(text: str) -> str:
    return refang(text[:LONGEST_CELL], LONGEST_CELL)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _as_number(plain: str) -> str | None:
    text = plain.removesuffix(".0")
    if text.isascii() and text.isdigit() and 8 <= len(text) <= 10 and _FIRST_NUMBER <= int(text) < 1 << 32:
        return str(ipaddress.IPv4Address(int(text)))
    return None


def _opened(match: re.Match[str]) -> Iterator[Reported]:
    parts = match.groupdict()
    ip = canonical_ip(_without_zeros(parts["ip"]))
    port = _port(parts["port"])
    mask = parts.get("mask") or parts.get("spaced") or parts.get("bits")
    if mask:
        network = ipaddress.ip_network(f"{ip}/{mask}", strict=False)
        # A mask says more than one address only where the address is the network's own; 203.0.113.5/24 is one host.
        if str(network.network_address) != ip:
            yield Reported(ip)
            return
        if network.num_addresses > WIDEST:
            raise _TooWide
        for address in network:
            yield Reported(str(address))
        return
    end = parts.get("end")
    if not end:
        yield Reported(ip, port)
        return
    first = ipaddress.ip_address(ip)
    last = ipaddress.ip_address(canonical_ip(end) if "." in end else f"{ip.rpartition('.')[0]}.{int(end)}")
    if int(last) < int(first):
        raise ValueError("a range that runs backwards")
    if int(last) - int(first) >= WIDEST:
        raise _TooWide
    for value in range(int(first), int(last) + 1):
        yield Reported(str(ipaddress.IPv4Address(value)))


def _without_zeros(ip: str) -> str:
    """Padded numbers (`203.000.113.005`) are decimal in every list that people write, never octal."""
    if ":" in ip or not _PADDED.search(ip):
        return ip
    return ".".join(str(int(part)) for part in ip.split("."))


def _host(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        return "", None
    try:
        return canonical_ip(host), port
    except ValueError:
        pass
    try:
        return canonical_name(host), port
    except ValueError:
        return "", port


def _port(text: str | None) -> int | None:
    return int(text) if text and 0 < int(text) < 65_536 else None
