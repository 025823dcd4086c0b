"""However a dialogue is cut, doubled and mixed up on its way, its bytes and its messages come out the same."""

import io
import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.packets.jsonstream import JsonStream
from minewarden.telemetry.packets.reassembly import HELD_BYTES, PATIENCE_US, Reassembler
from minewarden.telemetry.reader import Batch, Head, Source
from minewarden.telemetry.readers.pcap import PcapReader
from tests.telemetry.packets import wire
from tests.telemetry.packets.wire import ACK, PSH, START_US, Dialogue

words = st.text(alphabet=st.sampled_from('ab{}[]"\\\n 云\u0000'), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
texts = st.dictionaries(words, values, min_size=1, max_size=4).map(
    lambda value: json.dumps(value, ensure_ascii=False).encode()
)
Said = list[tuple[bytes, bytes]]
dialogues = st.lists(st.tuples(texts, st.sampled_from([b"\n", b"\r\n", b"", b" \n\n"])), min_size=1, max_size=8)


def segments(data: st.DataObject, stream: bytes, start: int) -> list[tuple[int, bytes]]:
    """The stream cut anywhere, some of it sent again in other cuts, moved by a few places."""
    cuts = sorted({0, len(stream), *data.draw(st.lists(st.integers(0, len(stream)), max_size=12))})
    pieces = [(cuts[i], cuts[i + 1]) for i in range(len(cuts) - 1)]
    doubled = data.draw(st.lists(st.tuples(st.integers(0, len(stream)), st.integers(1, 40)), max_size=4))
    places = [(float(number), begin, end) for number, (begin, end) in enumerate(pieces)]
    for begin, size in doubled:
        if begin < len(stream):
            places.append((data.draw(st.floats(0, len(pieces) + 1)), begin, min(len(stream), begin + size)))
    shifts = data.draw(st.lists(st.floats(0, 4), min_size=len(places), max_size=len(places)))
    order = sorted(range(len(places)), key=lambda number: places[number][0] + shifts[number])
    return [(start + places[number][1] & 0xFFFFFFFF, stream[places[number][1] : places[number][2]]) for number in order]


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=300), st.integers(0, 0xFFFFFFFF), st.data())
def test_bytes_come_out_in_order(stream: bytes, start: int, data: st.DataObject) -> None:
    order = Reassembler(start)
    pieces = [piece for seq, part in segments(data, stream, start) for piece in order.push(seq, part, 0, 1)]
    assert b"".join(piece.data for piece in pieces) == stream
    assert not any(piece.after_gap for piece in pieces)
    assert order.held_bytes == 0


@settings(max_examples=40, deadline=None)
@given(dialogues, dialogues, st.sampled_from([1000, 0xFFFFFFF0]), st.data())
def test_a_dialogue_gives_the_same_messages(said: Said, answered: Said, start: int, data: st.DataObject) -> None:
    dialogue = Dialogue(seq=[start, 5000]).open()
    ways = [
        segments(data, b"".join(body + end for body, end in part), dialogue.seq[side])
        for side, part in enumerate((said, answered))
    ]
    for number in range(max(map(len, ways))):
        for side, way in enumerate(ways):
            if number < len(way):
                seq, payload = way[number]
                dialogue.packets.append(dialogue._packet(side, seq, PSH | ACK, payload))
    found = bodies(wire.pcap(dialogue.packets))
    assert found[wire.CLIENT] == [body for body, _ in said]
    assert found[wire.SERVER] == [body for body, _ in answered]


def bodies(data: bytes) -> dict[str, list[bytes]]:
    source = Source(1, "capture", Path("capture"), Head(data[:65_536]), io.BytesIO(data))
    found: dict[str, list[bytes]] = {wire.CLIENT: [], wire.SERVER: []}
    for item in PcapReader().read(source):
        assert isinstance(item, Batch)
        if item.table == "message":
            for row in item.rows.to_pylist():
                found[row["sender"]].append(row["body"])
    return found


@settings(max_examples=60, deadline=None)
@given(dialogues, st.lists(st.integers(1, 30), min_size=1))
def test_json_texts_are_found_however_they_arrive(said: list[tuple[bytes, bytes]], sizes: list[int]) -> None:
    stream, texts = b"".join(body + end for body, end in said), JsonStream(synced=True)
    found, at, turn = [], 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        found += texts.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert [text.body for text in found] == [body for body, _ in said]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=20))
def test_no_bytes_break_the_json_reader(parts: list[bytes]) -> None:
    texts = JsonStream(synced=False)
    for part in parts:
        for text in texts.feed(part):
            assert text.body[:1] in (b"{", b"[")


def test_a_missing_segment_is_waited_for_and_then_given_up() -> None:
    order = Reassembler(100)
    assert order.push(110, b"later", 0, 1) == []
    assert order.push(115, b"!", PATIENCE_US, 2) == []
    pieces = order.push(116, b"?", PATIENCE_US + 1, 3)
    assert [(piece.data, piece.after_gap) for piece in pieces] == [(b"later", True), (b"!", False), (b"?", False)]
    assert order.push(100, b"0123456789", PATIENCE_US + 2, 4) == []


def test_what_is_held_is_bounded() -> None:
    order = Reassembler(0)
    for number in range(1000):
        order.push(10 + number * 1500, bytes(1400), 0, number)
        assert order.held_bytes <= HELD_BYTES + 1400


def test_time_and_number_are_those_of_the_packet_that_completed_the_text() -> None:
    order = Reassembler(0)
    assert order.push(3, b"def", START_US, 7) == []
    (first, second) = order.push(0, b"abc", START_US + 5, 8)
    assert (first.row, second.row, second.ts) == (8, 8, START_US + 5)


def test_another_conversation_on_the_same_ports_is_a_gap() -> None:
    order = Reassembler(0)
    order.push(0, b"abc", 0, 1)
    (piece,) = order.push(0x7000_0000, b"xyz", 0, 2)
    assert (piece.data, piece.after_gap) == (b"xyz", True)
    (piece,) = order.push(0x1000_0000, b"uvw", 0, 3)
    assert (piece.data, piece.after_gap) == (b"uvw", True)
