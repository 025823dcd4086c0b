"""DNS messages: the question, and the addresses and other names that answer it. Source: RFC 1035, RFC 3596."""

import ipaddress
import socket
import struct
from functools import lru_cache
from typing import NamedTuple

_HEADER = struct.Struct(">HHHHHH").unpack_from
_FIXED = struct.Struct(">HHIH").unpack_from
TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR", 43: "DS",
    46: "RRSIG", 48: "DNSKEY", 52: "TLSA", 64: "SVCB", 65: "HTTPS", 255: "ANY", 257: "CAA",
}  # fmt: skip
CODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
MOST_RECORDS = 64
LONGEST_NAME = 255
SHOWN = frozenset(range(0x21, 0x7F)) - frozenset(b".\\")


class DnsMessage(NamedTuple):
    """A query or a response with one question. `answers`: addresses and names in the order given."""

    number: int
    response: bool
    rcode: str
    query: str
    qtype: str
    answers: tuple[str, ...]


def parse_dns(data: bytes) -> DnsMessage | None:
    """Read a message; None where it is none, or asks nothing. What is cut off after the question is left out."""
    if len(data) < 17:
        return None
    number, flags, questions, answers, _, _ = _HEADER(data)
    if questions != 1 or flags & 0x7800:
        return None
    try:
        at = data.index(0, 12) + 1
        query = _question(data[12:at])
        qtype = int.from_bytes(data[at : at + 2])
    except (IndexError, ValueError):
        return None
    if at + 4 > len(data) or not query:
        return None
    response = flags & 0x8000 > 0
    code = flags & 15
    return DnsMessage(
        number,
        response,
        CODES[code] if code < len(CODES) else f"RCODE{code}",
        query,
        TYPES.get(qtype) or f"TYPE{qtype}",
        _answers(data, at + 4, answers) if response and answers else (),
    )


def _answers(data: bytes, at: int, count: int) -> tuple[str, ...]:
    found: list[str] = []
    try:
        for _ in range(min(count, MOST_RECORDS)):
            at = _after_name(data, at)
            kind, _, _, size = _FIXED(data, at)
            at += 10
            if at + size > len(data):
                break
            if kind == 1 and size == 4:
                found.append(socket.inet_ntoa(data[at : at + 4]))
            elif kind == 28 and size == 16:
                found.append(_ipv6(data[at : at + 16]))
            elif kind == 5:
                found.append(_name(data, at)[0])
            at += size
    except (IndexError, ValueError, struct.error):
        pass  # What came before the damage is still true.
    return tuple(found)


def _ipv6(raw: bytes) -> str:
    address = ipaddress.IPv6Address(raw)
    return str(address.ipv4_mapped or address)


def _name(data: bytes, at: int) -> tuple[str, int]:
    """A name in lower case without the final dot, and where the next field starts. Raises IndexError or ValueError."""
    labels: list[str] = []
    after, total = -1, 0
    while size := data[at]:
        if size >= 0xC0:
            if after < 0:
                after = at + 2
            target = (size & 0x3F) << 8 | data[at + 1]
            if target >= at:
                raise ValueError("a pointer must point back")
            at = target
            continue
        total += size + 1
        if size > 63 or total > LONGEST_NAME or at + 1 + size > len(data):
            raise ValueError("a name is too long")
        labels.append(_label(data[at + 1 : at + 1 + size]))
        at += size + 1
    return ".".join(labels), at + 1 if after < 0 else after


@lru_cache(maxsize=16_384)
def _question(raw: bytes) -> str:
    """A name without pointers, with its final 0; most questions are asked again and again. Raises as `_name` does."""
    name, after = _name(raw, 0)
    if after != len(raw):
        raise ValueError("a label holds a zero byte")
    return name


def _label(raw: bytes) -> str:
    """A label as text; bytes that cannot stand in a name are written \\ddd, as in zone files."""
    text = raw.decode("latin-1").lower()
    if raw.isalnum() or SHOWN.issuperset(raw):
        return text
    return "".join(chr(byte) if byte in SHOWN else f"\\{byte:03d}" for byte in text.encode("latin-1"))


def _after_name(data: bytes, at: int) -> int:
    while size := data[at]:
        if size >= 0xC0:
            return at + 2
        at += size + 1
    return at + 1


class DnsTcp:
    """Messages in one direction of a TCP connection, each with its length in front."""

    __slots__ = ("_held", "lost")

    def __init__(self) -> None:
        self._held = b""
        self.lost = False

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that these bytes complete."""
        self._held += data
        found: list[bytes] = []
        while len(self._held) >= 2:
            size = int.from_bytes(self._held[:2])
            if size < 12:
                self.lost = True
                self._held = b""
                break
            if len(self._held) < 2 + size:
                break
            found.append(self._held[2 : 2 + size])
            self._held = self._held[2 + size :]
        return found
