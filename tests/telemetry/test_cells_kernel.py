"""Columns made of places, and what can be told of their texts at once."""

import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minewarden.telemetry import cells_kernel as kernel
from minewarden.telemetry.columns import addresses, names
from minewarden.telemetry.lines import Block, Seen
from minewarden.telemetry.times import span_from_seconds

ADDRESSES = [
    *("10.0.0.1", "255.255.255.255", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1..2.3"),
    *("::1", "", "1.2.3.", "0.0.0.0"),
]
NAMES = ["a.example", "A.example", "a.example.", "-a", "a-b_c.d", ".", "..", "a b", "", "汉", "x" * 300, "1"]
_TELLING = [b"\n", b"#", b"\r", b"\\", b"\xe6", b"a", b"a" * 40]


def column(made: list[str | None], spare: int) -> pa.Array:
    """A column that does not begin where its buffers do."""
    return pa.array(["spare"] * spare + made, pa.string())[spare:]


@settings(deadline=None)
@given(
    made=st.lists(st.one_of(st.sampled_from(ADDRESSES), st.from_regex(r"[0-9.]{0,16}", fullmatch=True))),
    spare=st.integers(0, 2),
)
@example(made=ADDRESSES[:2], spare=1)
def test_what_is_called_plain_is_an_address_in_its_one_spelling(made: list[str], spare: int) -> None:
    if kernel.plain_addresses(column(made, spare)):
        assert addresses(column(made, spare)).to_pylist() == made
    else:
        assert not made or any(text not in ("10.0.0.1", "255.255.255.255", "0.0.0.0") for text in made)


def test_every_octet_is_told_in_every_place() -> None:
    octets = [*map(str, range(300)), *(f"{n:02}" for n in range(10)), *(f"{n:03}" for n in range(100))]
    octets += ["", "1000", "2555"]
    for place in range(4):
        for octet in octets:
            parts = ["19", "7", "203", "255"]
            parts[place] = octet
            text = ".".join(parts).encode()
            plain = octet.isdigit() and str(int(octet)) == octet and int(octet) <= 255
            ends = pa.py_buffer(np.array([0, len(text)], np.int32))
            # The second time something stands behind it, so that it is looked at where it is.
            for data in (text, text + b"x" * 40):
                found = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(data)])
                assert kernel.plain_addresses(found) == plain, data


def test_addresses_that_are_missing_are_looked_at() -> None:
    assert kernel.plain_addresses(column(["10.0.0.1", "192.0.2.255"], 1))
    assert not kernel.plain_addresses(column(["10.0.0.1", None], 0))


@settings(deadline=None)
@given(
    made=st.lists(st.one_of(st.none(), st.sampled_from(NAMES), st.text("aA0_-. é", max_size=5))),
    spare=st.integers(0, 2),
)
@example(made=["a.example", None, "a-b_c.d"], spare=1)
def test_what_is_called_plain_is_a_name_in_its_one_spelling(made: list[str | None], spare: int) -> None:
    if kernel.plain_names(column(made, spare)):
        assert names(column(made, spare)).to_pylist() == made
    else:
        assert not made or any(text is not None and text not in ("a.example", "a-b_c.d", "1") for text in made)


def test_texts_by_their_places() -> None:
    data = np.frombuffer(b'ab\\"c d', np.uint8)
    places = np.array([[1, 0, 3, 8], [1, 2, 6, 7]], np.int32)
    lengths = np.array([[2, 0, 3, 0], [7, 1, 0, 1]], np.int32)
    escapes = np.zeros(256, np.uint8)
    escapes[ord('"')] = ord('"')
    first, second = kernel.texts(data, places, lengths, escapes)
    for made in (first, second):
        made.validate(full=True)
    assert (first.to_pylist(), second.to_pylist()) == (["ab", None, '"c', ""], ['ab"c d', "b", "", "d"])
    assert kernel.texts(data, places, lengths, escapes[:0])[0].to_pylist() == ["ab", None, '\\"c', ""]
    assert kernel.texts(data, places[:0], lengths[:0], escapes) == []


@settings(deadline=None)
@given(data=st.binary(min_size=1, max_size=120), cells=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120))))
def test_texts_of_any_length_anywhere(data: bytes, cells: list[tuple[int, int]]) -> None:
    """Told of each character by itself; short texts are copied otherwise than long ones, and those near the end."""
    data = data.translate(bytes(range(128)) * 2).replace(b"\\", b"\\n")
    spans = [(at % len(data), min(length, len(data) - at % len(data))) for at, length in cells]
    # No text ends between a backslash and what belongs to it, or begins there.
    wanted = [data[at : at + length].decode() for at, length in spans]
    spans = [span if "\\" not in text[-1:] else (0, 0) for span, text in zip(spans, wanted, strict=True)]
    wanted = [data[at : at + length].decode().replace("\\n", "\n") for at, length in spans]
    places = np.array([[at + 1 for at, _ in spans]], np.int32).reshape(1, -1)
    lengths = np.array([[length for _, length in spans]], np.int32).reshape(1, -1)
    escapes = np.zeros(256, np.uint8)
    escapes[ord("n")] = ord("\n")
    made = kernel.texts(np.frombuffer(data, np.uint8), places, lengths, escapes)[0]
    made.validate(full=True)
    assert made.to_pylist() == wanted


def test_a_column_of_texts_is_not_written_over_by_the_one_before_it() -> None:
    data = bytes(range(32, 127))
    places, lengths = np.array([[1, 41], [11, 51]], np.int32), np.array([[10, 30], [10, 5]], np.int32)
    first, second = kernel.texts(np.frombuffer(data, np.uint8), places, lengths, np.zeros(0, np.uint8))
    assert first.to_pylist() == [data[:10].decode(), data[40:70].decode()]
    assert second.to_pylist() == [data[10:20].decode(), data[50:55].decode()]


@settings(deadline=None)
@given(data=st.binary(min_size=1) | st.lists(st.sampled_from(_TELLING), min_size=1, max_size=80).map(b"".join))
def test_lines_are_counted_and_what_stands_in_them_is_seen(data: bytes) -> None:
    raw, end = kernel.bytes_of(data), len(data)
    lines, seen = kernel.surveyed(raw, end)
    assert lines == kernel.count_lines(raw, end) == data.count(b"\n")
    block = Block(1, data)
    assert {what for what in Seen if seen & what} == {what for what in Seen if block.holds(what)}


_SECONDS = st.none() | st.floats() | st.floats(0, 2e9) | st.decimals(0, 2_000_000_000, places=6).map(float)


@settings(deadline=None)
@given(made=st.lists(_SECONDS, min_size=1), spare=st.integers(0, 2))
@example(made=[1e11, None, 0.0, -0.0, 0.0000005, 0.0000015], spare=1)
def test_seconds_become_what_arrow_makes_of_them(made: list[float | None], spare: int) -> None:
    values = pa.array([1.5] * spare + made, pa.float64())[spare:]
    counted = kernel.microseconds(values)
    if counted is None:
        assert any(value is not None and not 0 <= value <= 1e11 for value in made)
    else:
        counted.validate(full=True)
        assert counted.equals(span_from_seconds(values))
