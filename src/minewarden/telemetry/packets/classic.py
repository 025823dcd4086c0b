"""The classic capture container, pcap: both byte orders, microseconds or nanoseconds."""

import struct
from collections.abc import Callable, Generator, Iterator

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

_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
_FILE_HEADER = 24
_RECORD_HEADER = 16
_RESYNC_STEP = 65_536
_RESYNC_SECONDS = 7 * 86_400
"""A record after damage is believed when its time is this near to the last good one."""


def is_classic(head: bytes) -> bool:
    """Whether a file starts like a pcap capture."""
    return head[:4] in _MAGIC


class ClassicCapture:
    """Walks the records of a pcap file. After damage it looks for the next place where records follow each other."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._row = 0
        self._last_second = -1
        self._order, self._fraction = "<", 1_000_000
        self._link = -1
        self._compiled: Callable[[memoryview, int, int], tuple[Frames, int, bool]] | None = None

    def read(self) -> Iterator[Frames | Damage]:
        """Frames and damage in the order of the file."""
        header = self._stream.read(_FILE_HEADER)
        if len(header) < _FILE_HEADER:
            yield Damage(0, message("pcap.header_cut", bytes=len(header)), header, fatal=True)
            return
        self._order, self._fraction = _MAGIC[header[:4]]
        # The upper bits of the field say how long the frame check sequence is.
        self._link = struct.unpack_from(self._order + "I", header, 20)[0] & 0xFFFF
        if self._link not in LINKS:
            yield Damage(0, message("pcap.link", link=self._link), header, fatal=True)
            return
        pieces, at, more = Pieces(self._stream, CHUNK_BYTES), 0, True
        while more:
            data, end, more = pieces.next(at)
            at = yield from self._walk(data, end, ended=not more)
        if at < end:
            raw = bytes(data[at : min(end, at + 64)])
            yield Damage(self._row + 1, message("pcap.last_cut", packet=self._row + 1, bytes=end - at), raw)

    def _walk(self, data: memoryview, end: int, *, ended: bool) -> Generator[Frames | Damage, None, int]:
        """Yield the frames of a piece; return where what is left of it for the next one begins."""
        at = 0
        while True:
            frames, at, broken = (self._compiled or self._records)(data, at, end)
            full = len(frames.start) == FRAMES_AT_ONCE
            if len(frames.start):
                yield frames
            if broken:
                found = self._resync(data[:end], at + 1, ended=ended)
                yield Damage(
                    self._row + 1,
                    message("pcap.corrupt", packet=self._row + 1, bytes=(end if found < 0 else found) - at),
                    bytes(data[at : min(end, at + 64)]),
                )
                if found < 0:
                    return end
                at = found
            elif not full:
                return at

    def _records(self, data: memoryview, at: int, end: int) -> tuple[Frames, int, bool]:
        """The records from a place on, where they end, and whether at damage."""
        starts: list[int] = []
        append, unpack, last = starts.append, struct.Struct(self._order + "I").unpack_from, end - _RECORD_HEADER
        # This loop runs once per packet and does nothing but what cannot be done for all at once.
        for _ in range(FRAMES_AT_ONCE):
            if at > last:
                break
            append(at)
            at += _RECORD_HEADER + unpack(data, at + 8)[0]
        broken = False
        if at > end:
            at = starts.pop()
            broken = unpack(data, at + 8)[0] > LARGEST_FRAME
        frames, good = self._frames(data, np.array(starts, np.int64))
        return (frames, starts[good], True) if good < len(starts) else (frames, at, broken)

    def compile(self) -> None:
        """Go on with a compiled walk. It is loaded here and not above, for most files are small."""
        from minewarden.telemetry.packets import container_kernel as kernel

        def records(data: memoryview, at: int, end: int) -> tuple[Frames, int, bool]:
            columns = np.empty((4, FRAMES_AT_ONCE), np.int64)
            whole = np.frombuffer(data, np.uint8)
            count, at, state, second = kernel.records(whole, at, end, self._order == ">", self._fraction, columns)
            start, captured, wire, ts = columns[:, :count]
            frames = Frames(data, start, captured, wire, ts, np.full(count, self._link), self._row + 1)
            self._row += count
            self._last_second = second if count else self._last_second
            return frames, at, state == kernel.BROKEN

        self._compiled = records

    def _frames(self, padded: memoryview, at: Ints) -> tuple[Frames, int]:
        """The columns of records, up to the first that cannot be one: too long, or with too many parts of a second."""
        header = windows(np.frombuffer(padded, np.uint8), at, _RECORD_HEADER)
        unsigned = self._order + "u4"
        fraction = column(header, 4, unsigned)
        captured = column(header, 8, unsigned)
        bad = np.flatnonzero((fraction >= self._fraction) | (captured > LARGEST_FRAME))
        good = int(bad[0]) if bad.size else len(at)
        second = column(header, 0, unsigned)[:good]
        frames = Frames(
            padded,
            at[:good] + _RECORD_HEADER,
            captured[:good],
            column(header, 12, unsigned)[:good],
            second * 1_000_000 + fraction[:good] // (self._fraction // 1_000_000),
            np.full(good, self._link, np.int64),
            self._row + 1,
        )
        self._row += good
        if good:
            self._last_second = int(second[-1])
        return frames, good

    def _resync(self, data: memoryview, at: int, *, ended: bool) -> int:
        """The next place from which three records follow each other, or -1; looked for in this piece of the file."""
        # In small steps, so that a file full of damage is not searched to its end each time.
        for begin in range(at, len(data), _RESYNC_STEP):
            for shift in range(4):
                count = max(0, min(len(data) - begin - shift, _RESYNC_STEP + 16) // 4)
                if count < 4:
                    continue
                words = np.frombuffer(data, self._order + "u4", offset=begin + shift, count=count)
                places = [place * 4 + begin + shift for place in self._likely(words)]
                found = next((place for place in places if self._follows(data, place, ended=ended)), -1)
                if found >= 0:
                    return found
        return -1

    def _likely(self, words: NDArray[np.uint32]) -> list[int]:
        """Which words could be the first of a record's header."""
        second, fraction, captured, wire = words[:-3], words[1:-2], words[2:-1], words[3:]
        near = np.abs(second.astype(np.int64) - self._last_second) <= _RESYNC_SECONDS
        likely = near & (fraction < self._fraction) & (captured <= wire) & (captured <= LARGEST_FRAME) & (captured > 0)
        return np.flatnonzero(likely).tolist()

    def _follows(self, data: memoryview, at: int, *, ended: bool) -> bool:
        record = struct.Struct(self._order + "IIII")
        for _ in range(3):
            if at + _RECORD_HEADER > len(data):
                return ended and at == len(data)
            second, fraction, captured, wire = record.unpack_from(data, at)
            if abs(second - self._last_second) > _RESYNC_SECONDS or fraction >= self._fraction:
                return False
            if captured > LARGEST_FRAME or captured > wire:
                return False
            at += _RECORD_HEADER + captured
        return True
