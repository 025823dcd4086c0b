"""Packets of the dynamic authorization extensions to RADIUS: Disconnect and Change-of-Authorization, and their answers.

Source: RFC 5176 (codes, attributes, Error-Cause), RFC 2865 section 5 (form of attributes), RFC 2866 section 3 (the
authenticators), RFC 3579 section 3.2 (Message-Authenticator), RFC 3580 and RFC 2868 (VLAN). Pure: no socket, no clock.
The Message-Authenticator stands first, as has been advised since CVE-2024-3596.
"""

import hmac
import ipaddress
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import md5

PORT = 3799
LONGEST = 4096
"""Octets of a packet (RFC 2865)."""
_HEAD = 20
_ZERO = bytes(16)


class Code(IntEnum):
    """What a packet is."""

    DISCONNECT = 40
    DISCONNECT_ACK = 41
    DISCONNECT_NAK = 42
    COA = 43
    COA_ACK = 44
    COA_NAK = 45


_ANSWERS = {
    Code.DISCONNECT: (Code.DISCONNECT_ACK, Code.DISCONNECT_NAK),
    Code.COA: (Code.COA_ACK, Code.COA_NAK),
}


class Kind(IntEnum):
    """The attributes that this program sends or reads."""

    USER_NAME = 1
    NAS_IP_ADDRESS = 4
    FRAMED_IP_ADDRESS = 8
    FILTER_ID = 11
    REPLY_MESSAGE = 18
    CALLING_STATION_ID = 31
    NAS_IDENTIFIER = 32
    ACCT_SESSION_ID = 44
    EVENT_TIMESTAMP = 55
    TUNNEL_TYPE = 64
    TUNNEL_MEDIUM_TYPE = 65
    MESSAGE_AUTHENTICATOR = 80
    TUNNEL_PRIVATE_GROUP_ID = 81
    NAS_IPV6_ADDRESS = 95
    ERROR_CAUSE = 101
    FRAMED_IPV6_ADDRESS = 168


Attribute = tuple[int, bytes]


class Unauthentic(ValueError):
    """The answer does not come from somebody who knows the secret, or was changed on its way."""


class Unfitting(ValueError):
    """The packet is no answer to the request, or no packet at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network access server said. `cause`: its Error-Cause, 0 where it names none."""

    code: Code
    cause: int = 0
    said: str = ""

    @property
    def agreed(self) -> bool:
        """Whether it did what it was asked."""
        return self.code in (Code.DISCONNECT_ACK, Code.COA_ACK)


def text(kind: int, value: str) -> Attribute:
    """An attribute that holds text. Raises ValueError where it is empty or longer than 253 octets."""
    return _checked(kind, value.encode())


def number(kind: int, value: int) -> Attribute:
    """An attribute that holds a 32-bit number. Raises ValueError."""
    try:
        return _checked(kind, struct.pack("!I", value))
    except struct.error as error:
        raise ValueError(f"attribute {int(kind)}: {value} has no 32 bits") from error


def address(value: str, v4: int, v6: int) -> Attribute:
    """An attribute that holds an address, of the kind that its version asks for. Raises ValueError."""
    found = ipaddress.ip_address(value)
    return _checked(v4 if found.version == 4 else v6, found.packed)


def vlan(name: str) -> tuple[Attribute, ...]:
    """The three attributes that put a port into a VLAN, by its number or its name. Raises ValueError."""
    if not name or ord(name[0]) < 0x20:
        raise ValueError(f"not a VLAN: {name!r}")
    tunnel = ((Kind.TUNNEL_TYPE, 13), (Kind.TUNNEL_MEDIUM_TYPE, 6))
    # An octet for the tag goes before the value of the first two, and may be left out before the name.
    return (*(number(kind, value) for kind, value in tunnel), text(Kind.TUNNEL_PRIVATE_GROUP_ID, name))


def request(code: Code, identifier: int, attributes: Iterable[Attribute], secret: bytes) -> bytes:
    """A Disconnect-Request or CoA-Request with both its authenticators. `identifier`: 0 to 255.

    Raises ValueError where it is longer than a packet may be, or the secret is empty.
    """
    if not secret:
        raise ValueError("the secret is empty")
    if code not in _ANSWERS:
        raise ValueError(f"{code.name} is no request")
    rest = b"".join(struct.pack("!BB", kind, len(value) + 2) + value for kind, value in attributes)
    size = _HEAD + 18 + len(rest)
    if size > LONGEST:
        raise ValueError(f"{size} octets are more than a packet may have")
    head = struct.pack("!BBH", code, identifier, size)
    blank = struct.pack("!BB", Kind.MESSAGE_AUTHENTICATOR, 18)
    signed = blank + _hmac(secret, head + _ZERO + blank + _ZERO + rest) + rest
    return head + _md5(head + _ZERO + signed + secret) + signed


def answer(data: bytes, asked: bytes, secret: bytes, *, demand: bool = False) -> Answer:
    """The answer to a request, its Response Authenticator checked, and its Message-Authenticator where there is one.

    `demand`: an answer without a Message-Authenticator does not count. Raises Unfitting for what is no answer to this
    request and Unauthentic for one that was not made with the secret.
    """
    if not _HEAD <= len(data) <= LONGEST:
        raise Unfitting(f"{len(data)} octets are no packet")
    code, identifier, size = struct.unpack("!BBH", data[:4])
    if not _HEAD <= size <= len(data) or identifier != asked[1] or code not in _ANSWERS[Code(asked[0])]:
        raise Unfitting(f"code {code}, identifier {identifier}, length {size} answer something else")
    data = data[:size]  # What is beyond is padding.
    made = _md5(data[:4] + asked[4:_HEAD] + data[_HEAD:] + secret)
    if not hmac.compare_digest(made, data[4:_HEAD]):
        raise Unauthentic("Response Authenticator")
    cause, said, signed = 0, "", False
    for at, kind, value in _attributes(data):
        if kind == Kind.MESSAGE_AUTHENTICATOR:
            # Computed over the packet with the request's authenticator in its place and this attribute blank.
            whole = data[:4] + asked[4:_HEAD] + data[_HEAD:at] + _ZERO + data[at + 16 :]
            if len(value) != 16 or not hmac.compare_digest(_hmac(secret, whole), value):
                raise Unauthentic("Message-Authenticator")
            signed = True
        elif kind == Kind.ERROR_CAUSE and len(value) == 4:
            cause = int(struct.unpack("!I", value)[0])
        elif kind == Kind.REPLY_MESSAGE:
            said += value.decode(errors="replace")
    if demand and not signed:
        raise Unauthentic("no Message-Authenticator")
    return Answer(Code(code), cause, said)


def _attributes(data: bytes) -> Iterable[tuple[int, int, bytes]]:
    """Where the value starts, kind, value. Raises Unfitting where lengths do not add up."""
    at = _HEAD
    while at < len(data):
        size = data[at + 1] if at + 1 < len(data) else 0
        if size < 2 or at + size > len(data):
            raise Unfitting(f"the attribute at octet {at} does not fit")
        yield at + 2, data[at], data[at + 2 : at + size]
        at += size


def _checked(kind: int, value: bytes) -> Attribute:
    if not 0 < len(value) <= 253:
        raise ValueError(f"attribute {int(kind)}: {len(value)} octets are not between 1 and 253")
    return int(kind), value


def _hmac(secret: bytes, data: bytes) -> bytes:
    return hmac.digest(secret, data, "md5")


def _md5(data: bytes) -> bytes:
    """RADIUS knows no other; the protocol belongs on a network of management of its own."""
    return md5(data, usedforsecurity=False).digest()
