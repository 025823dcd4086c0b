"""Compiled: the walk over the records of a capture, from one header to the next.

Its counterparts are `ClassicCapture._records` with `_frames`, and `BlockCapture._blocks`.
"""

import numpy as np

from minewarden.telemetry.packets.compiled import compiled
from minewarden.telemetry.packets.frames import LARGEST_FRAME

WHOLE, BROKEN = 0, 1
END, SPECIAL, DAMAGE, FULL = range(4)

_RECORD_HEADER = 16
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6


@compiled
def _word(data, at, big):  # type: ignore[no-untyped-def]
    one, two, three, four = np.int64(data[at]), np.int64(data[at + 1]), np.int64(data[at + 2]), np.int64(data[at + 3])
    if big:
        return one << 24 | two << 16 | three << 8 | four
    return four << 24 | three << 16 | two << 8 | one


@compiled
def records(data, at, end, big, fractions, frames):  # type: ignore[no-untyped-def]
    """Walk a classic capture. Returns how many frames were written, where the walk stopped, whether at damage, and the
    last good second or -1.

    `fractions`: how many parts a second has; `frames`: columns of place, captured and original length, and time in
    microseconds.
    """
    count, state, second = 0, WHOLE, -1
    scale = fractions // 1_000_000
    while count < frames.shape[1] and at + _RECORD_HEADER <= end:
        captured = _word(data, at + 8, big)
        if captured > LARGEST_FRAME:
            state = BROKEN
            break
        if at + _RECORD_HEADER + captured > end:
            break
        fraction = _word(data, at + 4, big)
        if fraction >= fractions:
            state = BROKEN
            break
        second = _word(data, at, big)
        frames[0, count] = at + _RECORD_HEADER
        frames[1, count] = captured
        frames[2, count] = _word(data, at + 12, big)
        frames[3, count] = second * 1_000_000 + fraction // scale
        at += _RECORD_HEADER + captured
        count += 1
    return count, at, state, second


@compiled
def blocks(data, at, end, big, largest, largest_packet, starts):  # type: ignore[no-untyped-def]
    """Walk a pcapng capture over blocks of packets and unknown ones. Returns how many packets' places were written,
    where the walk stopped, and why: at a section or an interface (SPECIAL), at damage, at the end, or full."""
    count = 0
    while count < len(starts):
        if at + 12 > end:
            return count, at, END
        kind, size = _word(data, at, big), _word(data, at + 4, big)
        if kind == _SECTION:
            return count, at, SPECIAL
        packet = kind in (_PACKET, _OLD_PACKET, _SIMPLE_PACKET)
        if size < 12 or size & 3 or size > (largest_packet if packet else largest):
            return count, at, DAMAGE
        if at + size > end:
            return count, at, END
        if packet:
            if size < (16 if kind == _SIMPLE_PACKET else 32):
                return count, at, DAMAGE
            starts[count] = at
            count += 1
        elif kind == _INTERFACE:
            return count, at, SPECIAL
        at += size
    return count, at, FULL
