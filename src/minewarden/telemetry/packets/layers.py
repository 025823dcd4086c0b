"""From frames to TCP and UDP segments, for all packets of a piece of the file at once."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from minewarden.telemetry.packets.frames import Bytes, Frames, Ints, column, windows

TCP, UDP = 6, 17
FIN, SYN, RST, ACK = 1, 2, 4, 16

ETHERNET, LINUX_SLL, LINUX_SLL2 = 1, 113, 276
_BARE = {12: 0, 14: 0, 101: 0, 228: 0, 229: 0, 0: 4, 108: 4}
"""Link types without an EtherType: how many bytes stand before the IP header, which tells its version itself."""

LINKS = frozenset({ETHERNET, LINUX_SLL, LINUX_SLL2, *_BARE})
"""Link types that are decoded (the numbers of tcpdump.org/linktypes.html)."""

_VLAN = (0x8100, 0x88A8, 0x9100)
_IPV4, _IPV6, _PPPOE = 0x0800, 0x86DD, 0x8864
_MAPPED = np.uint64(0xFFFF << 32)
_EXTENSIONS = (0, 43, 60, 135, 139, 140, 51)
_FRAGMENT = 44
_DEEPEST = 8

Words = NDArray[np.uint64]


@dataclass(slots=True)
class Tally:
    """How many packets were seen, and why some said nothing."""

    packets: int = 0
    segments: int = 0
    other_link: int = 0
    not_ip: int = 0
    other_transport: int = 0
    later_fragments: int = 0
    malformed: int = 0
    cut: int = 0
    damaged: int = field(default=0)


@dataclass(slots=True)
class Segments:
    """TCP and UDP packets as columns. Addresses are IPv6 in two words, IPv4 in its mapped form. Lengths in bytes:
    `size` of the IP packet on the wire, `length` of the payload on the wire, `kept` of the payload in the capture."""

    data: memoryview
    bytes: Bytes
    row: Ints
    ts: Ints
    proto: Ints
    src_hi: Words
    src_lo: Words
    dst_hi: Words
    dst_lo: Words
    sport: Ints
    dport: Ints
    flags: Ints
    seq: Ints
    size: Ints
    payload: Ints
    length: Ints
    kept: Ints

    def __len__(self) -> int:
        return len(self.row)


@dataclass(slots=True)
class _Network:
    """IP packets: where the transport header is, and what the IP header said."""

    which: Ints
    proto: Ints
    at: Ints
    end: Ints
    wire_end: Ints
    size: Ints
    src: tuple[Words, Words]
    dst: tuple[Words, Words]


def decode(frames: Frames, data: Bytes, tally: Tally) -> Segments:
    """The TCP and UDP packets among the frames. `data` is the padded buffer of the frames as an array."""
    tally.packets += len(frames.start)
    tally.cut += int(np.count_nonzero(frames.captured < frames.wire))
    where, at, kind = _link(frames, data, tally)
    end = frames.start[where] + frames.captured[where]
    wire_end = np.maximum(end, frames.start[where] + frames.wire[where])
    four, six = kind == _IPV4, kind == _IPV6
    tally.not_ip += int(len(where) - np.count_nonzero(four) - np.count_nonzero(six))
    parts = []
    if four.any():
        parts.append(_ipv4(where[four], at[four], end[four], wire_end[four], data, tally))
    if six.any():
        parts.append(_ipv6(where[six], at[six], end[six], wire_end[six], data, tally))
    segments = _transport(frames, data, _merged(parts), tally)
    tally.segments += len(segments)
    return segments


def _link(frames: Frames, data: Bytes, tally: Tally) -> tuple[Ints, Ints, Ints]:
    """Which frames carry a network packet, where it starts, and its EtherType."""
    at, kind = np.zeros_like(frames.start), np.full(len(frames.start), -1, np.int64)
    for link in np.unique(frames.link).tolist():
        mine = frames.link == link
        start = frames.start[mine]
        if link in _BARE:
            at[mine] = start + _BARE[link]
            version = data[at[mine]] >> 4
            kind[mine] = np.where(version == 4, _IPV4, np.where(version == 6, _IPV6, 0))
        elif link in LINKS:
            place, header = {ETHERNET: (12, 14), LINUX_SLL: (14, 16), LINUX_SLL2: (0, 20)}[link]
            kind[mine] = column(windows(data, start + place, 2), 0, ">u2")
            at[mine] = start + header
    known = np.flatnonzero((kind >= 0) & (frames.captured > 0))
    tally.other_link += int(np.count_nonzero(kind < 0))
    at, kind = at[known], kind[known]
    end = frames.start[known] + frames.captured[known]
    for _ in range(_DEEPEST):
        tagged = np.flatnonzero(np.isin(kind, _VLAN) & (at + 4 <= end))
        if not tagged.size:
            break
        kind[tagged] = column(windows(data, at[tagged] + 2, 2), 0, ">u2")
        at[tagged] += 4
    dialled = np.flatnonzero((kind == _PPPOE) & (at + 8 <= end))
    if dialled.size:
        inner = column(windows(data, at[dialled] + 6, 2), 0, ">u2")
        kind[dialled] = np.where(inner == 0x0021, _IPV4, np.where(inner == 0x0057, _IPV6, 0))
        at[dialled] += 8
    return known, at, kind


def _ipv4(where: Ints, at: Ints, end: Ints, wire_end: Ints, data: Bytes, tally: Tally) -> _Network:
    header = windows(data, at, 20)
    length = (header[:, 0].astype(np.int64) & 15) * 4
    total = column(header, 2, ">u2")
    # A length of 0 is what a network card that segments by itself leaves behind: the frame says how long it is.
    total = np.where(total == 0, wire_end - at, total)
    sound = (header[:, 0] >> 4 == 4) & (length >= 20) & (at + length <= end) & (total >= length)
    fragment = column(header, 6, ">u2") & 0x1FFF
    tally.malformed += int(np.count_nonzero(~sound))
    tally.later_fragments += int(np.count_nonzero(sound & (fragment > 0)))
    use = np.flatnonzero(sound & (fragment == 0))
    header, at, total = header[use], at[use], total[use]
    zero = np.zeros(len(use), np.uint64)
    return _Network(
        where[use],
        header[:, 9].astype(np.int64),
        at + length[use],
        np.minimum(end[use], at + total),
        at + total,
        total,
        (zero, column(header, 12, ">u4").astype(np.uint64) | _MAPPED),
        (zero, column(header, 16, ">u4").astype(np.uint64) | _MAPPED),
    )


def _ipv6(where: Ints, at: Ints, end: Ints, wire_end: Ints, data: Bytes, tally: Tally) -> _Network:
    header = windows(data, at, 40)
    total = column(header, 4, ">u2") + 40
    total = np.where(total == 40, wire_end - at, total)
    following, next_at = header[:, 6].astype(np.int64), at + 40
    sound = (header[:, 0] >> 4 == 6) & (next_at <= end)
    later = np.zeros(len(at), np.bool_)
    for _ in range(_DEEPEST):
        more = np.flatnonzero(sound & np.isin(following, (*_EXTENSIONS, _FRAGMENT)) & (next_at + 8 <= end))
        if not more.size:
            break
        extension = windows(data, next_at[more], 4)
        units = extension[:, 1].astype(np.int64)
        split = following[more] == _FRAGMENT
        length = np.where(split, 8, np.where(following[more] == 51, (units + 2) * 4, (units + 1) * 8))
        later[more] |= split & ((column(extension, 2, ">u2") & 0xFFF8) > 0)
        following[more] = extension[:, 0]
        next_at[more] += length
    tally.malformed += int(np.count_nonzero(~sound))
    tally.later_fragments += int(np.count_nonzero(sound & later))
    use = np.flatnonzero(sound & ~later)
    words = np.ascontiguousarray(header[use][:, 8:40]).view(">u8").astype(np.uint64)
    return _Network(
        where[use],
        following[use],
        next_at[use],
        np.minimum(end[use], (at + total)[use]),
        (at + total)[use],
        total[use],
        (words[:, 0], words[:, 1]),
        (words[:, 2], words[:, 3]),
    )


def _merged(parts: list[_Network]) -> _Network:
    if len(parts) == 1:
        return parts[0]
    none = np.zeros(0, np.int64)
    words = np.zeros(0, np.uint64)
    parts = parts or [_Network(none, none, none, none, none, none, (words, words), (words, words))]
    whole = np.concatenate([part.which for part in parts])
    order = np.argsort(whole, kind="stable")

    def joined(pick: list[Ints]) -> Ints:
        return np.concatenate(pick)[order]

    def paired(pick: list[tuple[Words, Words]]) -> tuple[Words, Words]:
        return np.concatenate([high for high, _ in pick])[order], np.concatenate([low for _, low in pick])[order]

    return _Network(
        whole[order],
        joined([part.proto for part in parts]),
        joined([part.at for part in parts]),
        joined([part.end for part in parts]),
        joined([part.wire_end for part in parts]),
        joined([part.size for part in parts]),
        paired([part.src for part in parts]),
        paired([part.dst for part in parts]),
    )


def _transport(frames: Frames, data: Bytes, ip: _Network, tally: Tally) -> Segments:
    known = (ip.proto == TCP) | (ip.proto == UDP)
    tally.other_transport += int(np.count_nonzero(~known))
    whole = np.where(ip.proto == TCP, 20, 8) <= ip.end - ip.at
    tally.malformed += int(np.count_nonzero(known & ~whole))
    use = np.flatnonzero(known & whole)
    at, end, wire_end, proto = ip.at[use], ip.end[use], ip.wire_end[use], ip.proto[use]
    header = windows(data, at, 16)
    tcp = proto == TCP
    length = np.where(tcp, (header[:, 12] >> 4).astype(np.int64) * 4, 8)
    payload = np.minimum(at + length, wire_end)
    wire_end = np.where(tcp, wire_end, np.minimum(wire_end, at + np.maximum(8, column(header, 4, ">u2"))))
    which = ip.which[use]
    return Segments(
        frames.data,
        data,
        which + frames.first_row,
        frames.ts[which],
        proto,
        ip.src[0][use],
        ip.src[1][use],
        ip.dst[0][use],
        ip.dst[1][use],
        column(header, 0, ">u2"),
        column(header, 2, ">u2"),
        np.where(tcp, header[:, 13], 0).astype(np.int64),
        np.where(tcp, column(header, 4, ">u4"), 0),
        ip.size[use],
        payload,
        wire_end - payload,
        np.maximum(0, np.minimum(end, wire_end) - payload),
    )
