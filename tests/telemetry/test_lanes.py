"""What is told of many bytes at once is what a loop over them tells."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minewarden.telemetry import lanes
from minewarden.telemetry.packets.compiled import compiled


@compiled
def copied(out, to, data, at):  # type: ignore[no-untyped-def]
    lanes.put(out, to, data, at)


@compiled
def beyond_ascii(data, at):  # type: ignore[no-untyped-def]
    return lanes.beyond_ascii(data, at)


@compiled
def first(mask):  # type: ignore[no-untyped-def]
    return lanes.first(mask)


@compiled
def count(mask):  # type: ignore[no-untyped-def]
    return lanes.count(mask)


@compiled
def short_within(data, at):  # type: ignore[no-untyped-def]
    return lanes.short_within(data, at)


def places(mask: int) -> list[int]:
    return [lane for lane in range(lanes.LANES) if mask >> lane & 1]


@settings(deadline=None)
@given(data=st.binary(min_size=32, max_size=80), at=st.integers(0, 79), other=st.integers(0, 79))
def test_masks(data: bytes, at: int, other: int) -> None:
    at, other, raw = at % len(data), other % len(data), np.frombuffer(data, np.uint8)
    seen = data[at : at + lanes.LANES]
    assert places(lanes.same(raw, at, seen[0])) == [n for n, byte in enumerate(seen) if byte == seen[0]]
    assert places(lanes.either(raw, at, 9, 10)) == [n for n, byte in enumerate(seen) if byte in (9, 10)]
    assert places(lanes.special(raw, at)) == [n for n, byte in enumerate(seen) if byte < 32 or byte in b'"\\']
    if max(at, other) + lanes.LANES <= len(data):
        differing = (n for n in range(lanes.LANES) if data[at + n] != data[other + n])
        assert lanes.alike(raw, at, other) == next(differing, lanes.LANES)
        assert places(beyond_ascii(raw, at)) == [n for n, byte in enumerate(seen) if byte > 127]
    else:
        assert lanes.alike(raw, at, other) == 0


@settings(deadline=None)
@given(number=st.from_regex(r"[0-9]{1,18}", fullmatch=True), before=st.integers(0, 40), after=st.integers(0, 40))
def test_digits(number: str, before: int, after: int) -> None:
    data = (b"/" * before + number.encode() + b":" * after).ljust(lanes.LANES, b"\n")
    raw = np.frombuffer(data, np.uint8)
    assert lanes.digits(raw, before) == len(number)
    assert lanes.whole(raw, before, len(number)) == int(number)


@settings(deadline=None)
@given(number=st.from_regex(r"[0-9]{0,7}", fullmatch=True), behind=st.binary(min_size=1, max_size=8))
@example(number="7", behind=b"/" * 8)
@example(number="7", behind=b":\xff/\x80\xba0")
def test_short_numbers_and_what_ends_them(number: str, behind: bytes) -> None:
    data = (number.encode() + behind).ljust(lanes.LANES, b"\n")
    length = next(n for n, byte in enumerate(data) if byte not in b"0123456789")
    told = (length, int(data[:length] or b"0")) if length < 8 else (8, 0)
    assert short_within(np.frombuffer(data, np.uint8), 0) == told


def test_digits_that_go_on_to_the_end_end_there() -> None:
    assert lanes.digits(np.frombuffer(b"/" * 30 + b"12345", np.uint8), 30) == 5


def test_copies_and_counts() -> None:
    out, data = np.zeros(40, np.uint8), np.arange(1, 41, dtype=np.uint8)
    copied(out, 3, data, 5)
    assert out.tolist() == [0] * 3 + list(range(6, 38)) + [0] * 5
    assert (first(0), first(1 << 31 | 8), count(0), count(0b1011)) == (32, 3, 0, 3)
