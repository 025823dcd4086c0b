"""Where JSON texts begin and end, and what is not one."""

import json
import time

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.packets.jsonstream import DEEPEST, KEPT_BYTES, JsonStream, Text, is_json

A, B = b'{"id":1,"method":"mining.subscribe","params":["a{b}\\"]"]}', b'{"id":2,"result":[[1,2],{"x":null}]}'


def fed(*parts: bytes, synced: bool = True) -> list[bytes]:
    stream = JsonStream(synced=synced)
    return [text.body for part in parts for text in stream.feed(part)]


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b" ", b"\0", b"\n\n\t"])
def test_several_texts_in_one_segment(between: bytes) -> None:
    assert fed(A + between + B + between) == [A, B]


def test_a_mark_of_byte_order_and_blanks_in_front() -> None:
    assert fed(b"\xef\xbb\xbf \r\n" + A + b"\n") == [A]


def test_over_lines() -> None:
    pretty = json.dumps(json.loads(B), indent=2).encode()
    assert fed(pretty + b"\n" + A + b"\n") == [pretty, A]


def test_a_torn_tail_in_front_is_passed_over() -> None:
    assert fed(b'"params":[{"a":1}]}\n' + A + b"\n", synced=False) == [A]


def test_a_torn_inner_object_is_not_taken_for_a_text() -> None:
    assert fed(b'{"login":"w"},"id":1}\n' + A + b"\n", synced=False) == [A]


def test_after_a_gap_the_next_start_is_found() -> None:
    stream = JsonStream(synced=True)
    assert stream.feed(A[:20]) == []
    stream.gap()
    assert stream.feed(B[15:] + b"\n" + A + b"\n") == [Text(A)]


@pytest.mark.parametrize("data", [b"{ int main(void) { return 0; } }\n", b"[INFO] started\n", b"{a:1}\n", b"[1,2\n{]}"])
def test_what_only_has_braces_is_not_json(data: bytes) -> None:
    assert fed(data) == []


@pytest.mark.parametrize("body", [b'{"hashrate":NaN}', b'{"worker":"\xff\xfe"}', b'{"pass":"a\tb"}'])
def test_what_miners_do_wrong_is_forgiven(body: bytes) -> None:
    assert fed(body + b"\n") == [body]


def test_a_long_text_is_cut_and_the_next_is_found() -> None:
    long = b'{"params":["' + b"a{" * KEPT_BYTES + b'"]}'
    stream = JsonStream(synced=True)
    found = [text for at in range(0, len(long), 1448) for text in stream.feed(long[at : at + 1448])]
    found += stream.feed(b"\n" + A + b"\n")
    assert found == [Text(long[:KEPT_BYTES], cut=True), Text(A)]
    assert len(stream.held) == 0


def test_depth_is_bounded() -> None:
    stream = JsonStream(synced=True)
    assert stream.feed(b"[" * (DEEPEST + 2)) == []
    assert stream.dead


def test_it_gives_up_on_what_is_never_json() -> None:
    stream = JsonStream(synced=True)
    for _ in range(200):
        stream.feed(b"{ not json }\n" * 8)
    assert stream.dead
    assert len(stream.held) == 0


def test_an_escape_at_the_end_of_a_segment() -> None:
    assert fed(b'{"a":"\\', b'"}"}\n') == [b'{"a":"\\"}"}']


def test_a_long_text_that_is_not_json_is_no_message() -> None:
    stream = JsonStream(synced=True)
    assert stream.feed(b"{ while (1) { step(); } " * 5000) == []


def test_empty_objects_say_nothing() -> None:
    assert fed(b"{}\n[]\n{ }" + A + b"{}\n") == [A]


def test_many_small_texts_in_one_piece_take_time_in_proportion() -> None:
    """Forty times as many texts; were the rest copied for each, it would take 1600 times as long."""

    def seconds(count: int) -> float:
        def once() -> float:
            begun = time.process_time()
            assert len(fed(b"[1]" * count)) == count
            return time.process_time() - begun

        return min(once() for _ in range(3))

    assert seconds(40_000) < 200 * max(seconds(1000), 0.001)


said = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 2**40) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
texts = st.dictionaries(st.text(min_size=1, max_size=8), said, min_size=1, max_size=4).map(orjson.dumps)


@given(st.lists(texts, min_size=1, max_size=5), st.sampled_from([b"", b"\n", b"\r\n", b"\0"]), st.data())
def test_however_texts_are_cut_into_segments_they_come_out_whole(
    bodies: list[bytes], between: bytes, data: st.DataObject
) -> None:
    whole = b"".join(body + between for body in bodies)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert fed(*parts) == bodies


@given(
    st.lists(
        st.binary(max_size=40)
        | st.sampled_from([A, B, A[:20], B[7:], b"{" * 200, b"[" * 90, b'{"a":"', b"\\", b"gap"]),
        max_size=20,
    ),
    st.booleans(),
)
def test_whatever_comes_only_json_comes_out(parts: list[bytes], synced: bool) -> None:
    stream = JsonStream(synced=synced)
    for part in parts:
        if part == b"gap":
            stream.gap()
        assert all(text.cut or is_json(text.body) for text in stream.feed(part))
        assert len(stream.held) <= KEPT_BYTES + len(part)
