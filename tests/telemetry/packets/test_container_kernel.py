"""The compiled walk stops where the plain one does, gives the same frames, and sees the same damage."""

import io
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minewarden.telemetry.packets import blocks, classic
from minewarden.telemetry.packets.capture import open_capture
from minewarden.telemetry.packets.frames import Damage
from tests.telemetry.packets import traffic, wire


def walked(data: bytes, *, compiled: bool) -> list[Any]:
    capture = open_capture(data[:64], io.BytesIO(data))
    if compiled:
        capture.compile()
    said: list[Any] = []
    for item in capture.read():
        if isinstance(item, Damage):
            said.append(item)
        else:
            columns = (item.captured, item.wire, item.ts, item.link)
            said.append((item.first_row, *(column.tolist() for column in columns)))
            said.append([bytes(item.data[at : at + n]) for at, n in zip(item.start, item.captured, strict=True)])
    return said


def spoilt(seed: int) -> bytes:
    dice = random.Random(seed)
    data = bytearray(traffic.capture(seed))
    for _ in range(dice.choice((0, 1, 4))):
        at = dice.randrange(24, len(data) - 4)
        data[at : at + 4] = dice.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\4\0\1", dice.randbytes(4), b"\1\0\0\0"))
    return bytes(data)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 40), size=st.sampled_from([8 << 20, 3000, 500]), most=st.sampled_from([65_536, 3]))
def test_both_walks_are_one(seed: int, size: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (classic, blocks):
        monkeypatch.setattr(module, "CHUNK_BYTES", size)
        monkeypatch.setattr(module, "FRAMES_AT_ONCE", most)
    data = spoilt(seed)
    assert walked(data, compiled=True) == walked(data, compiled=False)


def test_every_way_to_cut_a_record() -> None:
    data = wire.pcap(wire.Dialogue().open().say(0, b"x" * 30).packets)
    for size in range(24, len(data)):
        assert walked(data[:size], compiled=True) == walked(data[:size], compiled=False)
