"""Frames as they stand in a capture: Ethernet, VLAN tag, IPv4 and IPv6, TCP and UDP with right checksums."""

import ipaddress
import struct
from dataclasses import dataclass

from minewarden.simulator.session import Wire
from minewarden.vocab.net import Endpoint

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
_TCP, _UDP = 6, 17


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of a connection: from whom to whom."""

    source: Endpoint
    target: Endpoint
    source_mac: str
    target_mac: str
    vlan: int | None = None


def ways_between(client: Endpoint, server: Endpoint, wire: Wire) -> tuple[Way, Way]:
    """The way up and the way down."""
    up = Way(client, server, wire.client_mac, wire.server_mac, wire.vlan)
    return up, Way(server, client, wire.server_mac, wire.client_mac, wire.vlan)


def tcp_frame(way: Way, sequence: int, acknowledged: int, flags: int, payload: bytes = b"", mss: int = 0) -> bytes:
    """A TCP segment in its frame; `mss` non-zero adds the option, as on a SYN."""
    options = struct.pack("!BBH", 2, 4, mss) if mss else b""
    header = struct.pack(
        "!HHIIBBHHH",
        way.source.port,
        way.target.port,
        sequence & 0xFFFFFFFF,
        acknowledged & 0xFFFFFFFF,
        (5 + len(options) // 4) << 4,
        flags,
        64240,
        0,
        0,
    )
    segment = header + options + payload
    checksum = _checksum(_pseudo(way, _TCP, len(segment)) + segment)
    return _frame(way, _TCP, segment[:16] + struct.pack("!H", checksum) + segment[18:])


def udp_frame(way: Way, payload: bytes) -> bytes:
    """A UDP datagram in its frame."""
    length = 8 + len(payload)
    header = struct.pack("!HHHH", way.source.port, way.target.port, length, 0)
    checksum = _checksum(_pseudo(way, _UDP, length) + header + payload) or 0xFFFF
    return _frame(way, _UDP, header[:6] + struct.pack("!H", checksum) + payload)


def _pseudo(way: Way, protocol: int, length: int) -> bytes:
    source, target = ipaddress.ip_address(way.source.ip).packed, ipaddress.ip_address(way.target.ip).packed
    form = "!BBH" if len(source) == 4 else "!IHBB"
    tail = (0, protocol, length) if len(source) == 4 else (length, 0, 0, protocol)
    return source + target + struct.pack(form, *tail)


def _frame(way: Way, protocol: int, segment: bytes) -> bytes:
    source, target = ipaddress.ip_address(way.source.ip).packed, ipaddress.ip_address(way.target.ip).packed
    if len(source) != len(target):
        raise ValueError(f"IPv4 and IPv6 do not talk: {way.source} {way.target}")
    if len(source) == 4:
        kind = 0x0800
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, protocol, 0) + source + target
        head = head[:10] + struct.pack("!H", _checksum(head)) + head[12:]
    else:
        kind = 0x86DD
        head = struct.pack("!IHBB", 6 << 28, len(segment), protocol, 64) + source + target
    tag = b"" if way.vlan is None else struct.pack("!HH", 0x8100, way.vlan)
    return _mac(way.target_mac) + _mac(way.source_mac) + tag + struct.pack("!H", kind) + head + segment


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
