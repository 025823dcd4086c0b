"""Captures that a test writes itself: invented conversations in classic pcap, with raw IPv4 packets."""

import ipaddress
import struct
from collections.abc import Iterable
from pathlib import Path

_RAW_IP = 101
_SYN, _ACK, _PSH_ACK, _SYN_ACK, _FIN_ACK = 0x02, 0x10, 0x18, 0x12, 0x11

Turn = tuple[str, bytes]
"""("client" or "server", payload of one segment)."""


def tcp(client: str, server: str, port: int, turns: Iterable[Turn], *, client_port: int = 40000) -> list[bytes]:
    """The packets of one connection, from the handshake to the end."""
    sequence = {"client": 1000, "server": 5000}
    packets: list[bytes] = []

    def send(who: str, flags: int, payload: bytes = b"") -> None:
        other = "server" if who == "client" else "client"
        ends = ((client, client_port), (server, port))
        (source, source_port), (target, target_port) = ends if who == "client" else ends[::-1]
        acknowledged = 0 if flags == _SYN else sequence[other]
        header = struct.pack(
            "!HHIIBBHHH", source_port, target_port, sequence[who], acknowledged, 5 << 4, flags, 64000, 0, 0
        )
        packets.append(_ip(source, target, 6, header + payload))
        sequence[who] += len(payload) + (1 if flags & 0x03 else 0)

    send("client", _SYN)
    send("server", _SYN_ACK)
    send("client", _ACK)
    for who, payload in turns:
        send(who, _PSH_ACK, payload)
        send("server" if who == "client" else "client", _ACK)
    send("client", _FIN_ACK)
    send("server", _FIN_ACK)
    send("client", _ACK)
    return packets


def udp(client: str, server: str, port: int, payload: bytes, *, client_port: int = 40000) -> list[bytes]:
    """One datagram."""
    return [_ip(client, server, 17, struct.pack("!HHHH", client_port, port, 8 + len(payload), 0) + payload)]


def write(path: Path, packets: Iterable[bytes]) -> Path:
    """Write packets a millisecond apart."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _RAW_IP))
        for number, packet in enumerate(packets):
            seconds, thousandths = divmod(number, 1000)
            head = struct.pack("<IIII", 1_790_000_000 + seconds, thousandths * 1000, len(packet), len(packet))
            out.write(head + packet)
    return path


def _ip(source: str, target: str, protocol: int, payload: bytes) -> bytes:
    ends = ipaddress.IPv4Address(source).packed + ipaddress.IPv4Address(target).packed
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0) + ends + payload
