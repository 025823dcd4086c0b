"""Hellos made by real TLS libraries in memory and by hand; certificates read with just enough DER."""

import ssl
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.packets.certificate import read_certificate
from minewarden.telemetry.packets.tls_hello import parse_client_hello, server_version
from minewarden.telemetry.readers.pcap import PcapReader
from tests.telemetry.packets import wire
from tests.telemetry.packets.wire import CLIENT, SERVER, Dialogue


def extension(kind: int, body: bytes) -> bytes:
    return struct.pack(">HH", kind, len(body)) + body


def sni(host: bytes) -> bytes:
    return extension(0, struct.pack(">HBH", len(host) + 3, 0, len(host)) + host)


def hello(ciphers: list[int], extensions: bytes, legacy: int = 0x0303) -> bytes:
    body = struct.pack(">H", legacy) + bytes(32) + b"\0" + struct.pack(">H", 2 * len(ciphers))
    body += b"".join(struct.pack(">H", cipher) for cipher in ciphers) + b"\1\0"
    return body + struct.pack(">H", len(extensions)) + extensions


def record(kind: int, body: bytes) -> bytes:
    message = bytes([kind]) + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


# The worked example of the JA4 specification (FoxIO/ja4, technical_details/JA4.md): the same lists in its own words.
CIPHERS = [
    0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F,
    0x0035,
]  # fmt: skip
SIGNATURES = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]
KINDS = [
    0x001B, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002D, 0x000D, 0x0005, 0x0023, 0x0012, 0x002B, 0xFF01, 0x000B,
    0x000A, 0x0015,
]  # fmt: skip


def chrome() -> bytes:
    bodies = {
        0x0000: struct.pack(">HBH", 14, 0, 11) + b"example.com",
        0x0010: b"\0\x0c\x02h2\x08http/1.1",
        0x000D: struct.pack(">H", 16) + b"".join(struct.pack(">H", number) for number in SIGNATURES),
        0x002B: b"\x06\x2a\x2a\x03\x04\x03\x03",
        0x000A: b"\0\x08\x4a\x4a\0\x1d\0\x17\0\x18",
        0x000B: b"\x01\0",
    }
    extensions = extension(0x1A1A, b"") + b"".join(extension(kind, bodies.get(kind, b"")) for kind in KINDS)
    return hello([0x0A0A, *CIPHERS], extensions)


def test_the_example_of_the_ja4_specification() -> None:
    said = parse_client_hello(chrome())
    assert said is not None
    assert said.print.ja4 == "t13d1516h2_8daaf6152771_e5627efa2ab1"
    assert (said.sni, said.print.alpn, said.print.version) == ("example.com", "h2,http/1.1", 0x0304)


def test_an_example_of_ja3() -> None:
    """From the description of JA3: these lists give this hash; the values that mean nothing are left out."""
    said = parse_client_hello(hello([4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], b"", 0x0301))
    assert said is not None
    assert said.print.ja3 == "de350869b8c85de67a350c8d186f11e6"
    assert said.print.ja4.startswith("t10i110000_")
    assert said.print.ja4.endswith("_000000000000")


def test_a_hello_without_name_or_protocol() -> None:
    said = parse_client_hello(hello(CIPHERS, extension(43, b"\2\3\4")))
    assert said is not None
    assert (said.sni, said.print.alpn) == (None, None)
    assert said.print.ja4.startswith("t13i150100_8daaf6152771_")


def real_handshake(name: str | None) -> tuple[bytes, bytes]:
    """A client hello of the TLS library at hand, and no server."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read(), b""


@pytest.mark.parametrize("name", [None, "pool.example.org"])
@pytest.mark.parametrize("cut", [0, 3, 100])
def test_a_hello_of_a_real_library(read: Callable[..., Any], name: str | None, cut: int) -> None:
    raw, _ = real_handshake(name)
    parts = (raw[:cut], raw[cut:]) if cut else (raw,)
    found, rejects = read(PcapReader(), wire.pcap(Dialogue(dport=443).open().say(0, *parts).packets))
    (row,) = found["tls"]
    assert rejects == []
    assert (row["has_hello"], row["sni"], row["alpn"], row["version"]) == (True, name, None, "TLS 1.3")
    assert row["hello_length"] == len(raw)
    assert row["ja4"].startswith("t13d" if name else "t13i")
    assert (row["src"], row["dst"], row["row"]) == (CLIENT, SERVER, 5 if cut else 4)
    assert found["conn"][0]["service"] == "tls"


def der(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))
    return bytes([kind]) + size + body


def rdn(oid: bytes, text: bytes, kind: int = 0x0C) -> bytes:
    return der(0x31, der(0x30, der(0x06, oid), der(kind, text)))


def certificate() -> bytes:
    issuer = der(0x30, rdn(b"\x55\x04\x06", b"CN", 0x13), rdn(b"\x55\x04\x03", b"Test CA, 1"))
    subject = der(0x30, rdn(b"\x55\x04\x0a", "云川市".encode()), rdn(b"\x55\x04\x03", b"pool.example.org"))
    names = der(0x30, der(0x82, b"Pool.example.org"), der(0x82, b"*.example.org"), der(0x87, bytes([192, 0, 2, 1])))
    extensions = der(0xA3, der(0x30, der(0x30, der(0x06, b"\x55\x1d\x11"), der(0x04, names))))
    inner = der(
        0x30, der(0xA0, der(2, b"\2")), der(2, b"\1"), der(0x30), issuer, der(0x30), subject, der(0x30), extensions
    )
    return der(0x30, inner, der(0x30), der(3, b"\0"))


def test_a_certificate() -> None:
    said = read_certificate(certificate())
    assert said is not None
    assert said.subject == "CN=pool.example.org, O=云川市"
    assert said.issuer == r"CN=Test CA\, 1, C=CN"
    assert said.names == ("pool.example.org", "*.example.org", "192.0.2.1")


@settings(deadline=None)
@given(st.data())
def test_no_bytes_break_the_readers(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([certificate(), chrome()])))
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    raw = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    read_certificate(raw)
    parse_client_hello(raw)
    server_version(raw)


def server_flight(version: int = 0x0303, chosen: bytes = b"") -> bytes:
    body = struct.pack(">H", version) + bytes(32) + b"\0\xc0\x2f\0" + struct.pack(">H", len(chosen)) + chosen
    chain = len(certificate()).to_bytes(3) + certificate()
    return record(2, body) + record(11, len(chain).to_bytes(3) + chain) + record(14, b"")


def test_the_certificate_of_an_older_version(read: Callable[..., Any]) -> None:
    flight = server_flight()
    dialogue = Dialogue(dport=443).open().say(0, record(1, chrome())).say(1, flight[:50], flight[50:200], flight[200:])
    (row,) = read(PcapReader(), wire.pcap(dialogue.packets))[0]["tls"]
    assert (row["version"], row["sni"], row["subject"]) == ("TLS 1.2", "example.com", "CN=pool.example.org, O=云川市")
    assert row["names"] == ["pool.example.org", "*.example.org", "192.0.2.1"]


def test_the_server_alone(read: Callable[..., Any]) -> None:
    (row,) = read(PcapReader(), wire.pcap(Dialogue(sport=2000, dport=44_300).say(1, server_flight()).packets))[0]["tls"]
    assert (row["has_hello"], row["sni"], row["ja3"], row["src"]) == (False, None, None, CLIENT)
    assert row["issuer"] == r"CN=Test CA\, 1, C=CN"


def test_the_version_that_the_server_chose(read: Callable[..., Any]) -> None:
    flight = record(2, struct.pack(">H", 0x0303) + bytes(32) + b"\0\x13\x01\0" + b"\0\x06\0\x2b\0\2\3\4")
    dialogue = (
        Dialogue(dport=443).open().say(0, record(1, chrome())).say(1, flight).say(1, b"\x17\x03\x03\0\x10" + bytes(16))
    )
    (row,) = read(PcapReader(), wire.pcap(dialogue.packets))[0]["tls"]
    assert (row["version"], row["subject"], row["names"]) == ("TLS 1.3", None, None)
