"""Lines keep their numbers, whatever the encoding and the damage."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry import lines as lines_module
from minewarden.telemetry import streams
from minewarden.telemetry.lines import LINE_BYTES, Block, Seen, blocks, lines, side_by_side
from minewarden.telemetry.reader import Reject
from tests.telemetry.conftest import source_of


def told(data: bytes) -> list[tuple[int, str]]:
    return [item if isinstance(item, tuple) else (item.line, item.reason.id) for item in lines(source_of(data))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(encoding: str) -> None:
    text = "第一行\r\n\r\n第三行\u2028不断\n最后"
    assert told(text.encode(encoding)) == [(1, "第一行"), (3, "第三行\u2028不断"), (4, "最后")]


def test_a_line_of_another_encoding_is_read_or_refused() -> None:
    ascii_first = b"plain\n" * 20
    assert told(ascii_first + "云川市".encode("gb18030") + b"\nend\n")[20:] == [(21, "云川市"), (22, "end")]
    assert told(ascii_first + b"\xff\xfe\nend\n")[20:] == [(21, "input.undecodable"), (22, "end")]


def test_a_torn_character_of_utf_16_costs_its_line_only() -> None:
    data = b"\xff\xfe" + "one\n".encode("utf-16-le") + b"\x00\xd8" + "\ntwo\n".encode("utf-16-le") + b"x"
    assert told(data) == [(1, "one"), (2, "input.undecodable"), (3, "two"), (4, "input.undecodable")]


@pytest.mark.parametrize("length", [LINE_BYTES + 1, 9 * 1024 * 1024, 30 * 1024 * 1024])
def test_a_line_without_end_is_passed_over(length: int) -> None:
    found = list(lines(source_of(b"one\n" + b"x" * length + b"\nthree\n")))
    assert [found[0], found[2]] == [(1, "one"), (3, "three")]
    reject = found[1]
    assert isinstance(reject, Reject)
    assert (reject.line, reject.reason.params["bytes"]) == (2, length)
    assert len(reject.raw) <= 4096
    assert told(b"one\n" + b"x" * length) == [(1, "one"), (2, "input.line_too_long")]


def test_a_last_line_without_newline_is_marked() -> None:
    assert list(blocks(source_of(b"a\nb"))) == [Block(1, b"a\n"), Block(2, b"b\n", unfinished=True)]
    (block,) = blocks(source_of(b"a\nb\n"))
    assert block == Block(1, b"a\nb\n")


@given(st.lists(st.text(st.characters(exclude_characters="\n\r\ufeff", codec="utf-8"), max_size=8)), st.integers(1, 40))
def test_blocks_of_any_size_say_the_same(texts: list[str], size: int) -> None:
    data = "".join(text + "\n" for text in texts).encode()
    source = source_of(b"plain ascii, so that it is taken for text\n" * 30 + data)
    found: list[tuple[int, str]] = []
    for block in blocks(source, size):
        assert isinstance(block, Block)
        found += enumerate(block.data.decode().split("\n")[:-1], block.first_line)
    assert found[30:] == list(enumerate(texts, 31))


@settings(deadline=None, max_examples=60)
@given(
    parts=st.lists(st.sampled_from((b"\n", b"#", b"\\", b"\r\n", b"x", b"y" * 40, "云".encode())), min_size=30),
    size=st.integers(100, 400),
)
def test_what_is_seen_in_a_file_is_in_its_blocks(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], size: int
) -> None:
    data = b"plain\n" * 2 + b"".join(parts) + b"\n"
    path = tmp_path_factory.mktemp("seen") / "log"
    path.write_bytes(data)
    with (
        path.open("rb", buffering=0) as raw,
        patch.object(lines_module, "COMPILE_AFTER", 0),
        patch.object(streams, "_NEAR_END", 50),
        patch.object(streams, "HEAD_BYTES", 20),
    ):
        file = streams.Opened(raw, streams.Limits(), lambda done: None)
        found = list(blocks(replace(source_of(data), stream=file.stream), size))
        assert file.finish() == sha256(data).hexdigest()
    first_line = 1
    for block in found:
        assert isinstance(block, Block)
        assert block.first_line == first_line
        first_line += block.data.count(b"\n")
        if block.late:
            assert block.lines == block.data.count(b"\n")
            told = {what for what in Seen if block.holds(what)} - {Seen.RETURN}
            assert told == {what for what in Seen if Block(1, block.data).holds(what)}
            assert block.holds(Seen.RETURN) or b"\r" not in block.data
    assert sum(block.late for block in found if isinstance(block, Block)) == len(found) - 1
    assert b"".join(block.data for block in found if isinstance(block, Block)) == data.replace(b"\r\n", b"\n")


def test_late_blocks_can_be_left_early_and_no_thread_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "COMPILE_AFTER", 0)
    found = blocks(source_of(b"1234\n" * 20), 10)
    numbers = [block.first_line for block, _ in zip(found, range(4), strict=False) if isinstance(block, Block)]
    assert numbers == [1, 3, 5, 7]
    assert any(thread.name.startswith("lines") for thread in threading.enumerate())
    found.close()
    assert not any(thread.name.startswith("lines") for thread in threading.enumerate())


def test_what_goes_wrong_beside_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "COMPILE_AFTER", 0)
    source = source_of(b"1234\n" * 20)
    found = blocks(source, 10)
    assert [next(found) for _ in range(3)]
    source.stream.close()
    with pytest.raises(ValueError, match="closed"):
        list(found)


@given(st.lists(st.tuples(st.booleans(), st.lists(st.integers(), max_size=20)), max_size=8))
def test_parts_that_are_gone_through_side_by_side_come_in_order(parts: list[tuple[bool, list[int]]]) -> None:
    found = list(side_by_side((ahead, iter(part)) for ahead, part in parts))
    assert found == [item for _, part in parts for item in part]


def test_two_parts_are_gone_through_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=30)

    def part(number: int) -> Iterator[int]:
        both.wait()
        yield number

    assert list(side_by_side((True, part(number)) for number in range(4))) == [0, 1, 2, 3]


def test_a_part_that_must_wait_is_asked_for_once_all_before_are_at_their_end() -> None:
    gone: list[int] = []

    def part(number: int) -> Iterator[int]:
        yield from [number] * 30
        gone.append(number)

    def parts() -> Iterator[tuple[bool, Iterator[int]]]:
        yield True, part(1)
        yield True, part(2)
        yield False, iter([0])
        assert gone == [1, 2]

    assert list(side_by_side(parts())) == [1] * 30 + [2] * 30 + [0]


def test_what_stops_a_part_comes_in_its_turn() -> None:
    def broken() -> Iterator[int]:
        yield 2
        raise ValueError("in the third place")

    found = side_by_side([(True, iter([1])), (True, broken()), (True, iter([3]))])
    assert next(found) == 1
    with pytest.raises(ValueError, match="third"):
        list(found)
