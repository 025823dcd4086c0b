"""The block container of captures, pcapng: sections of either byte order, interfaces of any link type and clock.

Source: draft-ietf-opsawg-pcapng. Blocks of other kinds are passed over.
"""

import struct
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minewarden.telemetry.packets.frames import (
    CHUNK_BYTES,
    FRAMES_AT_ONCE,
    LARGEST_FRAME,
    ByteStream,
    Damage,
    Frames,
    Ints,
    Pieces,
    column,
    windows,
)
from minewarden.telemetry.packets.layers import LINKS
from minewarden.vocab.message import message

_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_PACKETS = (_OLD_PACKET, _SIMPLE_PACKET, _PACKET)
_SECTION_BYTES = b"\x0a\x0d\x0d\x0a"
_RESOLUTION, _OFFSET = 9, 14
_LARGEST_BLOCK = 16 * 1024 * 1024
_LARGEST_PACKET_BLOCK = LARGEST_FRAME + 64 * 1024
_MOST_INTERFACES = 65_536
_RESYNC_STEP = 16_384
_LATEST_US = 9_000_000_000_000_000
"""A time in the year 2255; later ones are damage."""


def is_blocks(head: bytes) -> bool:
    """Whether a file starts like a pcapng capture."""
    return head[:4] == _SECTION_BYTES and head[8:12] in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d")


@dataclass(frozen=True, slots=True)
class _Interface:
    """Ticks per second are `base` to the power of `exponent`; `offset` in seconds; `snap` 0: no limit."""

    link: int
    snap: int
    base: int
    exponent: int
    offset: int

    def microseconds(self, ticks: NDArray[np.uint64]) -> Ints:
        """Times as microseconds since 1970; -1 where they cannot be times."""
        if self.base == 10:
            if self.exponent > 6:
                us = ticks // np.uint64(10 ** min(self.exponent - 6, 19))
            else:
                scale = np.uint64(10 ** (6 - self.exponent))
                us = np.where(ticks <= np.uint64(_LATEST_US) // scale, ticks * scale, np.uint64(_LATEST_US + 1))
        else:
            whole, part = ticks >> np.uint64(self.exponent), ticks & np.uint64((1 << self.exponent) - 1)
            # A fraction of more than 40 bits loses what is far below a microsecond, so that it fits a word.
            spare = max(0, self.exponent - 40)
            fraction = (part >> np.uint64(spare)) * np.uint64(1_000_000) >> np.uint64(self.exponent - spare)
            us = np.where(
                whole <= np.uint64(_LATEST_US // 1_000_000),
                whole * np.uint64(1_000_000) + fraction,
                np.uint64(_LATEST_US + 1),
            )
        shifted = us.astype(np.int64) + np.int64(self.offset * 1_000_000)
        sound = (us <= np.uint64(_LATEST_US)) & (shifted >= 0) & (shifted <= _LATEST_US)
        return np.where(sound, shifted, -1)


class BlockCapture:
    """Walks the blocks of a pcapng file."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._order = "<"
        self._interfaces: list[_Interface] = []
        self._row = 0
        self._last_us = 0
        self._compiled: Callable[[memoryview, int, int], tuple[list[int] | Ints, int, str]] | None = None

    def read(self) -> Iterator[Frames | Damage]:
        """Frames and damage in the order of the file."""
        pieces, at, more = Pieces(self._stream, CHUNK_BYTES), 0, True
        while more:
            data, end, more = pieces.next(at)
            at = yield from self._walk(data, end)
        if at < end:
            raw = bytes(data[at : min(end, at + 64)])
            yield Damage(self._row + 1, message("pcap.last_cut", packet=self._row + 1, bytes=end - at), raw)

    def _walk(self, data: memoryview, end: int) -> Generator[Frames | Damage, None, int]:
        """Yield the frames of a piece; return where what is left of it for the next one begins."""
        at = 0
        while True:
            starts, at, why = (self._compiled or self._blocks)(data, at, end)
            if len(starts):
                yield from self._frames(data, np.array(starts, np.int64))
            if why == "section":
                self._order = "<" if bytes(data[at + 8 : at + 12]) == b"\x4d\x3c\x2b\x1a" else ">"
                self._interfaces = []
                at += struct.unpack_from(self._order + "I", data, at + 4)[0]
            elif why == "interface":
                yield from self._interface(data, at)
                at += struct.unpack_from(self._order + "I", data, at + 4)[0]
            elif why == "damage":
                found = self._resync(data[:end], at + 4)
                lost = (end if found < 0 else found) - at
                yield Damage(
                    self._row + 1,
                    message("pcap.corrupt", packet=self._row + 1, bytes=lost),
                    bytes(data[at : min(end, at + 64)]),
                )
                if found < 0:
                    return end
                at = found
            elif why == "end":
                return at

    def _blocks(self, data: memoryview, at: int, end: int) -> tuple[list[int] | Ints, int, str]:
        """Where packets' blocks start, where the walk stopped, and why: full | end | section | interface | damage."""
        starts: list[int] = []
        append, unpack = starts.append, struct.Struct(self._order + "II").unpack_from
        while len(starts) < FRAMES_AT_ONCE:
            if at + 12 > end:
                return starts, at, "end"
            kind, size = unpack(data, at)
            if kind == _SECTION:
                return starts, at, self._section(data, at, end)
            if size < 12 or size & 3 or size > (_LARGEST_PACKET_BLOCK if kind in _PACKETS else _LARGEST_BLOCK):
                return starts, at, "damage"
            if at + size > end:
                return starts, at, "end"
            if kind in (_PACKET, _OLD_PACKET):
                if size < 32:
                    return starts, at, "damage"
                append(at)
            elif kind == _SIMPLE_PACKET:
                if size < 16:
                    return starts, at, "damage"
                append(at)
            elif kind == _INTERFACE:
                return starts, at, "interface"
            at += size
        return starts, at, "full"

    def compile(self) -> None:
        """Go on with a compiled walk. It is loaded here and not above, for most files are small."""
        from minewarden.telemetry.packets import container_kernel as kernel

        def blocks(data: memoryview, at: int, end: int) -> tuple[list[int] | Ints, int, str]:
            starts, whole = np.empty(FRAMES_AT_ONCE, np.int64), np.frombuffer(data, np.uint8)
            bounds = (_LARGEST_BLOCK, _LARGEST_PACKET_BLOCK)
            count, at, state = kernel.blocks(whole, at, end, self._order == ">", *bounds, starts)
            why = {kernel.END: "end", kernel.DAMAGE: "damage", kernel.FULL: "full"}.get(state, "interface")
            if state == kernel.SPECIAL and bytes(data[at : at + 4]) == _SECTION_BYTES:
                why = self._section(data, at, end)
            return starts[:count], at, why

        self._compiled = blocks

    @staticmethod
    def _section(data: memoryview, at: int, end: int) -> str:
        order = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(bytes(data[at + 8 : at + 12]))
        if order is None:
            return "damage"
        size = struct.unpack_from(order + "I", data, at + 4)[0]
        if size < 28 or size & 3 or size > _LARGEST_BLOCK:
            return "damage"
        return "section" if at + size <= end else "end"

    def _interface(self, data: memoryview, at: int) -> Iterator[Damage]:
        size = struct.unpack_from(self._order + "I", data, at + 4)[0]
        if size < 20 or len(self._interfaces) >= _MOST_INTERFACES:
            yield Damage(self._row + 1, message("pcap.interface", packet=self._row + 1), bytes(data[at : at + 64]))
            return
        link, _, snap = struct.unpack_from(self._order + "HHI", data, at + 8)
        base, exponent, offset = 10, 6, 0
        place, end = at + 16, at + size - 4
        while place + 4 <= end:
            code, length = struct.unpack_from(self._order + "HH", data, place)
            value = data[place + 4 : place + 4 + length]
            if code == _RESOLUTION and length == 1:
                base, exponent = (2 if value[0] & 0x80 else 10), value[0] & 0x7F
            elif code == _OFFSET and length == 8:
                offset = struct.unpack(self._order + "q", value)[0]
            elif code == 0:
                break
            place += 4 + (length + 3 & ~3)
        if (base == 2 and exponent > 63) or abs(offset) > _LATEST_US // 1_000_000:
            yield Damage(self._row + 1, message("pcap.interface", packet=self._row + 1), bytes(data[at : at + 64]))
            base, exponent, offset = 10, 6, 0
        if link not in LINKS:
            number = len(self._interfaces)
            yield Damage(0, message("pcap.interface_link", interface=number, link=link))
        self._interfaces.append(_Interface(link, snap, base, exponent, offset))

    def _frames(self, padded: memoryview, at: Ints) -> Iterator[Frames | Damage]:
        header = windows(np.frombuffer(padded, np.uint8), at, 28)
        word = self._order + "u4"
        kind, size = column(header, 0, word), column(header, 4, word)
        simple = kind == _SIMPLE_PACKET
        wide = column(header, 8, word)
        interface = np.where(kind == _OLD_PACKET, column(header, 8, self._order + "u2"), wide)
        interface = np.where(simple, 0, interface)
        # A simple packet's length in the file is what is left of the block and of the interface's limit.
        snap = self._interfaces[0].snap if self._interfaces else 0
        limit = np.minimum(size - 16, wide)
        limit = np.minimum(limit, snap) if snap else limit
        captured = np.where(simple, limit, column(header, 20, word))
        wire = np.where(simple, wide, column(header, 24, word))
        room = size - np.where(simple, 16, 32)
        torn = int(np.count_nonzero(captured > room))
        captured = np.minimum(captured, room)
        ticks = column(header, 12, word).astype(np.uint64) << np.uint64(32) | column(header, 16, word).astype(np.uint64)
        ts, link = self._clocks(interface, ticks)
        # A simple packet has no time: it is given that of the one before.
        strange = ~simple & (interface >= len(self._interfaces))
        ts, timeless = _filled(np.where(simple | strange, -2, ts), self._last_us)
        first = self._row + 1
        self._row += len(at)
        self._last_us = int(ts[-1])
        if torn or timeless:
            yield Damage(first, message("pcap.odd", packets=torn + timeless, first=first, last=self._row))
        if strange.any():
            lost, place = int(np.count_nonzero(strange)), first + int(np.argmax(strange))
            yield Damage(place, message("pcap.interface_unknown", packets=lost, packet=place))
        yield Frames(padded, at + np.where(simple, 12, 28), captured, wire, ts, link, first)

    def _clocks(self, interface: Ints, ticks: NDArray[np.uint64]) -> tuple[Ints, Ints]:
        """Time and link type of each packet, by its interface; -1 where the interface was never described."""
        ts, link = np.full(len(ticks), -1, np.int64), np.full(len(ticks), -1, np.int64)
        for number in np.unique(interface).tolist():
            if number < len(self._interfaces):
                mine, said = interface == number, self._interfaces[number]
                ts[mine] = said.microseconds(ticks[mine])
                link[mine] = said.link
        return ts, link

    def _resync(self, data: memoryview, at: int) -> int:
        """The next place where a block of packets or a section starts and its length stands at both ends, or -1."""
        at += -at & 3
        words = np.frombuffer(data, self._order + "u4", offset=at, count=max(0, (len(data) - at) // 4))
        # In small steps, so that a file full of damage is not searched to its end each time.
        for begin in range(0, len(words), _RESYNC_STEP):
            part = words[begin : begin + _RESYNC_STEP]
            for place in (np.flatnonzero((part == _PACKET) | (part == _SECTION)) + begin).tolist():
                size = int(words[place + 1]) if place + 1 < len(words) else 0
                last = place + size // 4 - 1
                if 12 <= size <= _LARGEST_PACKET_BLOCK and size & 3 == 0 and last < len(words) and words[last] == size:
                    return at + place * 4
        return -1


def _filled(ts: Ints, before: int) -> tuple[Ints, int]:
    """Times with the missing ones (negative) taken from the packet before, and how many were damage (-1)."""
    bad = ts < 0
    if not bad.any():
        return ts, 0
    place = np.maximum.accumulate(np.where(bad, -1, np.arange(len(ts))))
    return np.where(place < 0, before, ts[np.maximum(place, 0)]), int(np.count_nonzero(ts == -1))
