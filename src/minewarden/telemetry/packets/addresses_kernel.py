"""Compiled: columns of addresses. Its counterpart is `rows.addresses`, to which those of IPv6 are left."""

import numpy as np
import pyarrow as pa

from minewarden.telemetry.packets import rows
from minewarden.telemetry.packets.compiled import compiled
from minewarden.telemetry.packets.layers import Words

_LONGEST = len("255.255.255.255")
_MAPPED = 0xFFFF


@compiled
def _spelled(high, low, text, begins):  # type: ignore[no-untyped-def]
    """Spell addresses of IPv4 behind each other. Returns whether there are no others."""
    used = 0
    for number in range(len(low)):
        word = low[number]
        if high[number] or word >> np.uint64(32) != _MAPPED:
            return False
        begins[number] = used
        for shift in (24, 16, 8, 0):
            octet = np.int64(word >> np.uint64(shift)) & 255
            if octet >= 100:
                text[used] = 48 + octet // 100
                used += 1
            if octet >= 10:
                text[used] = 48 + octet // 10 % 10
                used += 1
            text[used], text[used + 1] = 48 + octet % 10, 46
            used += 2 if shift else 1
    begins[len(low)] = used
    return True


def addresses(high: Words, low: Words) -> pa.Array:
    """A column of addresses in their one spelling."""
    # Behind the last there is room for the point that would follow it.
    text, begins = np.empty(len(low) * _LONGEST + 1, np.uint8), np.empty(len(low) + 1, np.int32)
    if not _spelled(high, low, text, begins):
        return rows.addresses(high, low)
    return pa.StringArray.from_buffers(len(low), pa.py_buffer(begins), pa.py_buffer(text[: begins[-1]].copy()))
