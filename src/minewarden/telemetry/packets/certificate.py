"""Subject, issuer and names of an X.509 certificate: a reader of just as much DER as that needs, bounded.

Source: RFC 5280.
"""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

_SEQUENCE, _SET, _OID = 0x30, 0x31, 0x06
_EXTENSIONS = 0xA3
_DNS_NAME, _ADDRESS = 0x82, 0x87
_ALTERNATIVE = b"\x55\x1d\x11"
_WORDS = {
    b"\x55\x04\x03": "CN", b"\x55\x04\x06": "C", b"\x55\x04\x07": "L", b"\x55\x04\x08": "ST",
    b"\x55\x04\x0a": "O", b"\x55\x04\x0b": "OU",
    b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19": "DC", b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01": "emailAddress",
}  # fmt: skip
_MOST_ITEMS = 256


@dataclass(frozen=True, slots=True)
class Certificate:
    """`subject` and `issuer` as `CN=..., O=...` from the most particular part on; `names`: DNS names and addresses."""

    subject: str | None
    issuer: str | None
    names: tuple[str, ...]


@lru_cache(maxsize=2048)
def read_certificate(der: bytes) -> Certificate | None:
    """Read a certificate; None where it is not one."""
    try:
        outer = _items(_content(der, _SEQUENCE))
        fields = [item for item in _items(outer[0][1]) if item[0] != 0xA0]
        # serial, signature, issuer, validity, subject, key, ... extensions
        issuer, subject = _name(fields[2][1]), _name(fields[4][1])
        extensions = next((body for kind, body in fields if kind == _EXTENSIONS), b"")
        return Certificate(subject or None, issuer or None, _alternatives(extensions))
    except (IndexError, ValueError):
        return None


def _items(data: bytes) -> list[tuple[int, bytes]]:
    """The elements that stand in a row: tag and content. Raises ValueError."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 2 <= len(data) and len(found) < _MOST_ITEMS:
        kind, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            wide = size & 0x7F
            if not 1 <= wide <= 4:
                raise ValueError("an element of this length does not stand in a certificate")
            size = int.from_bytes(data[at : at + wide])
            at += wide
        if at + size > len(data):
            raise ValueError("an element is longer than what holds it")
        found.append((kind, data[at : at + size]))
        at += size
    return found


def _content(data: bytes, kind: int) -> bytes:
    items = _items(data)
    if not items or items[0][0] != kind:
        raise ValueError("another element was expected")
    return items[0][1]


def _name(data: bytes) -> str:
    parts: list[str] = []
    for kind, group in _items(data):
        for _, pair in _items(group) if kind == _SET else []:
            items = _items(pair)
            if len(items) == 2 and items[0][0] == _OID and (word := _WORDS.get(items[0][1])):
                parts.append(f"{word}={_text(*items[1])}")
    return ", ".join(reversed(parts))


def _text(kind: int, raw: bytes) -> str:
    encoding = {0x1E: "utf-16-be", 0x14: "latin-1"}.get(kind, "utf-8")
    text = raw.decode(encoding, "replace")
    return "".join(character if character.isprintable() else "\ufffd" for character in text).replace(",", "\\,")


def _alternatives(extensions: bytes) -> tuple[str, ...]:
    if not extensions:
        return ()
    for _, extension in _items(_content(extensions, _SEQUENCE)):
        items = _items(extension)
        if items and items[0] == (_OID, _ALTERNATIVE):
            return tuple(dict.fromkeys(_alternative_names(_content(items[-1][1], _SEQUENCE))))
    return ()


def _alternative_names(data: bytes) -> list[str]:
    names: list[str] = []
    for kind, raw in _items(data):
        if kind == _DNS_NAME:
            names.append(_text(0x16, raw).lower().rstrip("."))
        elif kind == _ADDRESS and len(raw) in (4, 16):
            names.append(str(ipaddress.ip_address(raw)))
    return names
