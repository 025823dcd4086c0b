"""The compiled decoder finds the same segments as the one by columns, and counts the same as unreadable."""

import random
from dataclasses import fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.packets import layers, layers_kernel, starts
from minewarden.telemetry.packets.frames import PADDING, Frames
from minewarden.telemetry.packets.layers import Segments, Tally
from tests.telemetry.packets import traffic, wire

BEGINNINGS = (
    *(b"{", b'{"', b"{}", b" \t\r\n{", b"\xef\xbb\xbf{\"", b"[", b"[1", b"[x", b"\0" * 15 + b"{", b"\0" * 40 + b"{"),
    *(b"G", b"GET ", b"GETX", b"POST", b"HTTP", b"OPTIONS", b"\x16", b"\x16\3", b"\x16\3\1\0\4\1", b"\x16\3\1\0\4\3"),
    *(b"\x81\x7e\0\x80{", b"\x81\x05{abc", b"\x81\x85{abc", b"\x81\x7f{{{{{{{", b"\x17\3\3\0\1"),
)  # fmt: skip
LINKS = (1, 113, 276, 101, 0, 108, 228, 12, 127, -1)


def made(seed: int) -> Frames:
    """Frames of invented packets, in any link layer, torn and spoilt."""
    dice = random.Random(seed)
    packets = [packet for _, packet in traffic.packets(seed, flows=3)]
    for beginning in BEGINNINGS:
        payload = beginning + dice.randbytes(dice.randrange(20))
        packets.append(wire.tcp(wire.CLIENT, dice.choice((53, 999)), wire.SERVER, 3333, 1, 1, 24, payload))
    data, columns, links = b"\0" * 7, [], []
    for packet in packets:
        link = dice.choice(LINKS)
        tags = dice.choice(((), (), (0x8100,), (0x88A8, 0x8100), (0x8100,) * 9, (0x8864,), (0x8100, 0x8864)))
        frame = bytearray(wire.frame(packet, link, tags if link in (1, 113) else ()))
        for _ in range(dice.choice((0, 0, 0, 1, 2))):
            frame[dice.randrange(min(70, len(frame)))] = dice.choice(
                (0, 6, 44, 51, 60, 0x45, 0x81, dice.randrange(256))
            )
        kept = frame[: dice.randrange(len(frame) + 1)] if dice.random() < 0.2 else frame
        columns.append((len(data), len(kept), dice.choice((len(frame), len(frame), 0, 70_000)), len(columns) * 7))
        links.append(link)
        data += kept
    start, captured, length, ts = np.array(columns).T.copy()
    return Frames(memoryview(data + PADDING), start, captured, length, ts, np.array(links), 5)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 1 << 40))
def test_both_decoders_say_the_same(seed: int) -> None:
    frames = made(seed)
    data = np.frombuffer(frames.data, np.uint8)
    counted, plainly_counted = Tally(), Tally()
    found = layers_kernel.decode(frames, data, counted)
    plain = layers.decode(frames, data, plainly_counted)
    assert counted == plainly_counted
    assert counted.segments > 10
    for column in fields(Segments)[2:]:
        ours, theirs = getattr(found, column.name), getattr(plain, column.name)
        assert ours.dtype == theirs.dtype, column.name
        assert ours.tolist() == theirs.tolist(), column.name
    assert layers_kernel.start_kinds(found).tolist() == starts.start_kinds(plain).tolist()
