"""What a container gives: frames in one buffer, as columns, and the damage found between them."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from minewarden.vocab.message import Message

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

CHUNK_BYTES = 8 * 1024 * 1024
"""How much of the file is looked at at once."""

FRAMES_AT_ONCE = 65_536
"""More packets than this are never decoded at once: a chunk full of empty records must not multiply the memory."""

LARGEST_FRAME = 262_144
"""Wireshark's own bound of a frame; a longer one is damage."""

PADDING = b"\0" * 64
"""Behind the last frame, so that a window over its header never leaves the buffer."""


class ByteStream(Protocol):
    """What is read: forward only."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        ...


class Pieces:
    """A stream piece by piece, each with what was left of the one before it, in one buffer that is used again."""

    def __init__(self, stream: ByteStream, size: int) -> None:
        self._stream, self._size = stream, size
        self._buffer = bytearray(0)
        self._end = 0

    def next(self, left_at: int) -> tuple[memoryview, int, bool]:
        """The next piece, padded, where it ends, and whether it holds anything new.

        `left_at`: where in the piece before begins what is left of it.
        """
        fresh = self._stream.read(self._size)
        left = self._end - left_at
        end, before = left + len(fresh), memoryview(self._buffer)
        wanted = end + len(PADDING)
        if wanted > len(self._buffer):
            self._buffer = bytearray(wanted)
        piece = memoryview(self._buffer)[:wanted]
        piece[:left] = bytes(before[left_at : self._end])
        piece[left:end] = fresh
        piece[end:] = PADDING
        self._end = end
        return piece.toreadonly(), end, bool(fresh)


@dataclass(slots=True)
class Frames:
    """Packets of one piece of the file. `start` points into `data`, whose end is padded; times in microseconds.
    `data` is used again for the next piece.

    `link` is the link type of each packet, -1 where the capture does not know it. The first packet's number is
    `first_row`; the others follow it without a gap.
    """

    data: memoryview
    start: Ints
    captured: Ints
    wire: Ints
    ts: Ints
    link: Ints
    first_row: int


@dataclass(frozen=True, slots=True)
class Damage:
    """What could not be read of the container. `row`: the packet at which it was found, from 1.

    `fatal`: nothing of the file can be read.
    """

    row: int
    reason: Message
    raw: bytes = b""
    fatal: bool = False


def windows(data: Bytes, start: Ints, width: int) -> Bytes:
    """The `width` bytes from each start on, as a matrix of one row per start. The buffer must be padded by `width`."""
    rows: Bytes = np.lib.stride_tricks.sliding_window_view(data, width)[start]
    return rows


def column(rows: Bytes, at: int, kind: str) -> Any:
    """An unaligned column of a matrix of bytes, as int64. `kind` is a numpy type such as `>u2`."""
    width = int(kind[2:])
    return rows[:, at : at + width].view(kind)[:, 0].astype(np.int64)
