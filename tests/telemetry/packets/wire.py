"""A tiny writer of captures: scripted TCP conversations in any of the forms that a capture may have."""

import ipaddress
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

CLIENT, SERVER = "10.1.2.3", "198.51.100.7"
CLIENT6, SERVER6 = "2001:db8:1::3", "2001:db8:ffff::7"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START_US = 1_700_000_000_000_000

Packet = tuple[int, bytes]
"""Time in microseconds, and the IP packet."""


def ip_packet(src: str, dst: str, proto: int, body: bytes, *, options: bytes = b"", fragment: int = 0) -> bytes:
    """An IP packet. `options`: those of IPv4, or extension headers of IPv6 that name the next header themselves."""
    source, target = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if source.version == 4:
        words = 5 + len(options) // 4
        total = words * 4 + len(body)
        head = struct.pack(">BBHHHBBH", 0x40 | words, 0, total, 7, fragment, 64, proto, 0)
        return head + source.packed + target.packed + options + body
    first = 60 if options else proto
    head = struct.pack(">IHBB", 0x6000_0000, len(options) + len(body), first, 64)
    return head + source.packed + target.packed + options + body


def udp(src: str, sport: int, dst: str, dport: int, payload: bytes) -> bytes:
    return ip_packet(src, dst, 17, struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload)


def tcp(
    src: str,
    sport: int,
    dst: str,
    dport: int,
    seq: int,
    ack: int,
    flags: int,
    payload: bytes = b"",
    options: bytes = b"",
) -> bytes:
    offset = (5 + len(options) // 4) << 4
    head = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset, flags, 8192, 0, 0)
    return ip_packet(src, dst, 6, head + options + payload)


@dataclass
class Dialogue:
    """A TCP connection that is written packet by packet. Sides: 0 the client, 1 the server."""

    client: str = CLIENT
    server: str = SERVER
    sport: int = 40_000
    dport: int = 3333
    now: int = START_US
    step: int = 1000
    seq: list[int] = field(default_factory=lambda: [1000, 9000])
    packets: list[Packet] = field(default_factory=list)

    def _packet(self, side: int, seq: int, flags: int, payload: bytes = b"") -> Packet:
        ends = [(self.client, self.sport), (self.server, self.dport)]
        (src, sport), (dst, dport) = ends[side], ends[1 - side]
        self.now += self.step
        return self.now, tcp(src, sport, dst, dport, seq, self.seq[1 - side], flags, payload)

    def open(self) -> "Dialogue":
        for side, flags in ((0, SYN), (1, SYN | ACK), (0, ACK)):
            self.packets.append(self._packet(side, self.seq[side], flags))
            self.seq[side] += flags & SYN > 0
        return self

    def say(self, side: int, *segments: bytes) -> "Dialogue":
        for segment in segments:
            self.packets.append(self._packet(side, self.seq[side], PSH | ACK, segment))
            self.seq[side] += len(segment)
        return self

    def lose(self, side: int, payload: bytes) -> "Dialogue":
        """Bytes that the capture did not see."""
        self.seq[side] += len(payload)
        return self

    def again(self, back: int = 1) -> "Dialogue":
        """Send an earlier packet once more."""
        self.now += self.step
        self.packets.append((self.now, self.packets[-back][1]))
        return self

    def swap(self) -> "Dialogue":
        """The last two packets arrive in the other order."""
        (first, one), (second, other) = self.packets[-2:]
        self.packets[-2:] = [(first, other), (second, one)]
        return self

    def wait(self, seconds: float) -> "Dialogue":
        self.now += int(seconds * 1_000_000)
        return self

    def close(self) -> "Dialogue":
        for side in (0, 1):
            self.packets.append(self._packet(side, self.seq[side], FIN | ACK))
            self.seq[side] += 1
        return self


def _ethertype(packet: bytes) -> int:
    return 0x0800 if packet[0] >> 4 == 4 else 0x86DD


def frame(packet: bytes, link: int = 1, tags: Iterable[int] = ()) -> bytes:
    """An IP packet in a link layer; `tags`: VLAN kinds from the outside in (0x88A8, 0x8100), 0x8864 for PPPoE last."""
    kind, inner = _ethertype(packet), packet
    for tag in reversed(list(tags)):
        if tag == 0x8864:
            inner = struct.pack(">BBHHH", 0x11, 0, 5, len(packet) + 2, 0x21 if kind == 0x0800 else 0x57) + inner
        else:
            inner = struct.pack(">HH", 5, kind) + inner
        kind = tag
    if link == 1:
        return b"\2\0\0\0\0\2\2\0\0\0\0\1" + struct.pack(">H", kind) + inner
    if link == 113:
        return struct.pack(">HHH8sH", 0, 1, 6, b"\2\0\0\0\0\1", kind) + inner
    if link == 276:
        return struct.pack(">HHIHBB8s", kind, 0, 2, 1, 0, 6, b"\2\0\0\0\0\1") + inner
    if link in (0, 108):
        family = 2 if kind == 0x0800 else 30
        return struct.pack("<I" if link == 0 else ">I", family) + inner
    return inner


def pcap(packets: Iterable[Packet], *, link: int = 1, order: str = "<", nano: bool = False, snap: int = 262_144,
         tags: Iterable[int] = ()) -> bytes:  # fmt: skip
    """A classic capture."""
    scale = 1000 if nano else 1
    out = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap, link)
    for ts, packet in packets:
        data = frame(packet, link, list(tags))
        kept = data[:snap]
        second, part = divmod(ts, 1_000_000)
        out += struct.pack(order + "IIII", second, part * scale + (999 if nano else 0), len(kept), len(data)) + kept
    return out


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += b"\0" * (-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(
    link: int = 1, order: str = "<", resolution: int | None = None, offset: int | None = None, snap: int = 0
) -> bytes:
    body = struct.pack(order + "HHI", link, 0, snap)
    if resolution is not None:
        body += struct.pack(order + "HHB3x", 9, 1, resolution)
    if offset is not None:
        body += struct.pack(order + "HHq", 14, 8, offset)
    return block(1, body + struct.pack(order + "HH", 0, 0), order)


def enhanced(data: bytes, ticks: int, order: str = "<", number: int = 0) -> bytes:
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(6, head + data + b"\0" * (-len(data) % 4), order)


def old_packet(data: bytes, ticks: int, order: str = "<", number: int = 0) -> bytes:
    head = struct.pack(order + "HHIIII", number, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(2, head + data, order)


def simple(data: bytes, order: str = "<") -> bytes:
    return block(3, struct.pack(order + "I", len(data)) + data, order)
