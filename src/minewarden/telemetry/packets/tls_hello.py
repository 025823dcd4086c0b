"""The hellos of a TLS connection: what the client asked for, its fingerprints, the version, the server's certificate.

JA3 is the MD5 of five lists of the client hello (salesforce/ja3); JA4 is the client fingerprint of FoxIO's JA4, the
BSD-licensed part of that suite. Source of the formats: RFC 5246, RFC 8446, RFC 6066, RFC 7301.
"""

import hashlib
import struct
from functools import lru_cache
from typing import NamedTuple

from minewarden.telemetry.packets.certificate import Certificate, read_certificate

_HANDSHAKE, _CHANGE_CIPHER, _ALERT, _DATA = 22, 20, 21, 23
_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE, _DONE = 1, 2, 11, 14
_HELD_BYTES = 48 * 1024
_LONGEST_RECORD = 16_384 + 2_048
_VERSIONS = {0x0304: "TLS 1.3", 0x0303: "TLS 1.2", 0x0302: "TLS 1.1", 0x0301: "TLS 1.0", 0x0300: "SSL 3.0"}
_JA4_VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}
_TWO = struct.Struct(">HH").unpack_from
_SNI, _GROUPS, _FORMATS, _SIGNATURES, _ALPN, _SUPPORTED = 0, 10, 11, 13, 16, 43


class Print(NamedTuple):
    """What a client hello says of the program that sent it. `alpn`: the protocols offered, in order, with commas."""

    version: int
    alpn: str | None
    ja3: str
    ja4: str


class ClientHello(NamedTuple):
    """A client hello: the name it asks for, and the print of its program."""

    sni: str | None
    print: Print


def parse_client_hello(body: bytes) -> ClientHello | None:
    """Read the body of a client hello (without the four bytes of its handshake header); None where it is torn."""
    try:
        at = 35 + body[34]
        size = body[at] << 8 | body[at + 1]
        ciphers = body[at + 2 : at + 2 + size]
        at += 2 + size
        at += 1 + body[at]
    except IndexError:
        return None
    if body[0] != 3 or at > len(body):
        return None
    fields = _extensions(body, at)
    take = fields.get
    # What only shows the program's habits is the same in every hello of it, so the print is remembered.
    habits = (take(_GROUPS, b""), take(_FORMATS, b""), take(_SIGNATURES, b""), take(_ALPN, b""), take(_SUPPORTED, b""))
    return ClientHello(_sni(take(_SNI, b"")), _print(body[:2], ciphers, tuple(fields), *habits))


@lru_cache(maxsize=4096)
def _print(
    legacy: bytes,
    ciphers: bytes,
    kinds: tuple[int, ...],
    groups: bytes,
    formats: bytes,
    signatures: bytes,
    alpn: bytes,
    supported: bytes,
) -> Print:
    offered = _alpn(alpn)
    number = int.from_bytes(legacy)
    version = max((one for one in _numbers(supported[1:]) if not _grease(one)), default=number)
    numbers = _numbers(ciphers)
    return Print(
        version,
        ",".join(_shown(name) for name in offered) or None,
        _ja3(number, numbers, kinds, _numbers(groups[2:]), formats[1:]),
        _ja4(version, numbers, kinds, _numbers(signatures[2:]), offered[0] if offered else b""),
    )


def _extensions(body: bytes, at: int) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    at += 2
    last = len(body) - 4
    while at <= last:
        kind, size = _TWO(body, at)
        if kind not in fields:
            fields[kind] = body[at + 4 : at + 4 + size]
        at += 4 + size
    return fields


def _numbers(raw: bytes) -> tuple[int, ...]:
    return struct.unpack_from(f">{len(raw) // 2}H", raw)


def _grease(number: int) -> bool:
    """Values that mean nothing and are sent to keep servers tolerant. Source: RFC 8701."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def _sni(raw: bytes) -> str | None:
    if len(raw) < 6 or raw[2] != 0:
        return None
    name = raw[5 : 5 + int.from_bytes(raw[3:5])]
    return _shown(name).lower().rstrip(".") or None


def _shown(raw: bytes) -> str:
    """Bytes of a name as text; what is not printable ASCII is written \\xNN."""
    if raw.isascii() and (text := raw.decode("ascii")).isprintable() and " " not in text:
        return text
    return "".join(chr(byte) if 0x20 < byte < 0x7F else f"\\x{byte:02x}" for byte in raw)


def _alpn(raw: bytes) -> list[bytes]:
    names, at = [], 2
    while at < len(raw):
        size = raw[at]
        if size:
            names.append(raw[at + 1 : at + 1 + size])
        at += 1 + size
    return names


def _ja3(
    version: int, ciphers: tuple[int, ...], kinds: tuple[int, ...], groups: tuple[int, ...], formats: bytes
) -> str:
    lists = ("-".join(str(number) for number in part if not _grease(number)) for part in (ciphers, kinds, groups))
    text = f"{version},{','.join(lists)},{'-'.join(str(number) for number in formats)}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _ja4(
    version: int, ciphers: tuple[int, ...], kinds: tuple[int, ...], signatures: tuple[int, ...], first: bytes
) -> str:
    ciphers = tuple(number for number in ciphers if not _grease(number))
    kinds = tuple(number for number in kinds if not _grease(number))
    named = [f"{number:04x}" for number in sorted(kinds) if number not in (_SNI, _ALPN)]
    tail = ",".join(named)
    if signatures:
        tail += "_" + ",".join(f"{number:04x}" for number in signatures if not _grease(number))
    return "_".join(
        (
            f"t{_JA4_VERSIONS.get(version, '00')}{'d' if _SNI in kinds else 'i'}"
            f"{min(99, len(ciphers)):02d}{min(99, len(kinds)):02d}{_ja4_alpn(first)}",
            _short_hash(",".join(f"{number:04x}" for number in sorted(ciphers))),
            _short_hash(tail if kinds else ""),
        )
    )


def _ja4_alpn(name: bytes) -> str:
    if not name:
        return "00"
    ends = name[:1] + name[-1:]
    if ends.isalnum():
        return ends.decode("ascii")
    digits = name.hex()
    return digits[0] + digits[-1]


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12


def server_version(body: bytes) -> int | None:
    """The version that a server hello (without its handshake header) chose."""
    if len(body) < 38:
        return None
    legacy = int.from_bytes(body[:2])
    chosen = _extensions(body, 35 + body[34] + 3).get(_SUPPORTED, b"")
    return int.from_bytes(chosen) if len(chosen) == 2 else legacy


class _Flight:
    """Handshake messages of one direction, put together from records."""

    __slots__ = ("_messages", "_records", "ended", "first_record")

    def __init__(self) -> None:
        self._records = b""
        self._messages = b""
        self.ended = False
        self.first_record: int | None = None

    @property
    def weight(self) -> int:
        return len(self._records) + len(self._messages)

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The handshake messages that these bytes complete: kind and body. `ended`: no more is in the clear."""
        if not self._records and data[:1] == b"\x16" and data[5:6] == b"\x01" and self.first_record is None:
            # Nearly every client hello is one record in one segment.
            size = data[3] << 8 | data[4]
            if 5 + size == len(data) and data[6:9] == (size - 4).to_bytes(3, signed=True):
                self.first_record, self.ended = 5 + size, True
                return [(_CLIENT_HELLO, data[9:])]
        self._records += data
        found: list[tuple[int, bytes]] = []
        while not self.ended and len(self._records) >= 5:
            kind, size = self._records[0], int.from_bytes(self._records[3:5])
            if kind != _HANDSHAKE or self._records[1] != 3 or size > _LONGEST_RECORD:
                self.ended = True
                break
            if self.first_record is None:
                self.first_record = 5 + size
            if len(self._records) < 5 + size:
                break
            self._messages += self._records[5 : 5 + size]
            self._records = self._records[5 + size :]
            self._split(found)
        self.ended = self.ended or self.weight > _HELD_BYTES
        if self.ended:
            self._records = self._messages = b""
        return found

    def _split(self, found: list[tuple[int, bytes]]) -> None:
        while len(self._messages) >= 4:
            size = int.from_bytes(self._messages[1:4])
            if len(self._messages) < 4 + size:
                break
            found.append((self._messages[0], self._messages[4 : 4 + size]))
            self._messages = self._messages[4 + size :]


def version_name(number: int) -> str:
    """What a version of the protocol is called."""
    return _VERSIONS.get(number) or f"0x{number:04x}"


class TlsSession:
    """Both directions of a handshake. `complete`: no more can be learnt from it."""

    def __init__(self) -> None:
        self._flights = (_Flight(), _Flight())
        self._hello: ClientHello | None = None
        self._length: int | None = None
        self._version: int | None = None
        self._certificate: Certificate | None = None
        self._client: int | None = None
        self.complete = False
        self.ts = 0
        self.row = 0

    @property
    def weight(self) -> int:
        """Bytes kept."""
        return self._flights[0].weight + self._flights[1].weight

    def feed(self, side: int, data: bytes, ts: int, row: int) -> int | None:
        """Take bytes of a direction. Returns which side is the client, once a hello has told."""
        flight = self._flights[side]
        for kind, body in flight.feed(data):
            if kind == _CLIENT_HELLO and self._hello is None:
                self._hello = parse_client_hello(body)
                self._length = flight.first_record
                self._client, self.ts, self.row = side, ts, row
                flight.ended = True
            elif kind == _SERVER_HELLO and self._version is None:
                self._version = server_version(body)
                self._client = 1 - side
                self._note(ts, row)
                flight.ended = flight.ended or self._version == 0x0304
            elif kind == _CERTIFICATE and self._client != side and self._certificate is None:
                self._client = 1 - side
                self._certificate = read_certificate(body[6 : 6 + int.from_bytes(body[3:6])])
                self._note(ts, row)
                flight.ended = True
        answered = self._client is not None and self._flights[1 - self._client].ended
        self.complete = answered or (self._flights[0].ended and self._flights[1].ended)
        return self._client

    def finished(self, side: int) -> bool:
        """Whether nothing more can be read from a direction."""
        return self._flights[side].ended

    def values(self) -> tuple[str | int | bool | list[str] | None, ...]:
        """The columns of the table `tls` after the four of the connection."""
        hello, certificate = self._hello, self._certificate
        number = self._version if self._version is not None else (hello.print.version if hello else None)
        return (
            hello is not None,
            hello.sni if hello else None,
            hello.print.alpn if hello else None,
            None if number is None else version_name(number),
            hello.print.ja3 if hello else None,
            hello.print.ja4 if hello else None,
            certificate.subject if certificate else None,
            certificate.issuer if certificate else None,
            list(certificate.names) if certificate else None,
            self._length,
        )

    @classmethod
    def greeted(cls, hello: ClientHello | None, length: int, client: int, ts: int, row: int) -> "TlsSession":
        """A session whose client hello has been read already."""
        session = cls()
        session._hello, session._length, session._client = hello, length, client
        session.ts, session.row = ts, row
        session._flights[client].ended, session._flights[client].first_record = True, length
        return session

    def _note(self, ts: int, row: int) -> None:
        if not self.row:
            self.ts, self.row = ts, row
