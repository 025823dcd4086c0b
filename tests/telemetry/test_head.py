"""Text or not, and in which encoding."""

import gzip
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.telemetry.head import encoding_of, head_of
from minewarden.telemetry.reader import HEAD_BYTES

LOG = "2026-03-02 08:00:00 云川市第一中学 10.20.1.5 允许\n" * 40


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_each_encoding_is_told(encoding: str) -> None:
    head = head_of(LOG.encode(encoding))
    if encoding.startswith("utf-16"):
        # Without a mark, only text that is mostly ASCII can be told; this one is half Chinese.
        head = head_of("ts,src,dst\n10.20.1.5\n".encode(encoding) * 20)
    assert head.encoding == encoding
    assert head.lines


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_is_believed_and_is_no_text(encoding: str) -> None:
    assert head_of(LOG.encode(encoding)).text == LOG


def test_a_character_cut_at_the_end_of_the_head_does_not_matter() -> None:
    for cut in range(1, 4):
        assert encoding_of(LOG.encode()[:-cut]) == "utf-8"
        assert encoding_of(LOG.encode("gb18030")[:-cut]) == "gb18030"
    assert encoding_of("云川".encode()[:-1]) == "utf-8"


def test_one_damaged_line_does_not_make_a_file_binary_or_chinese() -> None:
    assert encoding_of(b"10.20.1.5 ok\n" * 200 + b"\x00\x81@\n") == "utf-8"
    assert encoding_of(LOG.encode() + "云川市".encode("gb18030") + b"\n") == "utf-8"


@pytest.mark.parametrize(
    "raw",
    [b"", bytes(HEAD_BYTES), random.Random(1).randbytes(HEAD_BYTES), gzip.compress(b"text"), bytes(range(256)) * 9],
    ids=["nothing", "zeros", "noise", "gzip", "all bytes"],
)
def test_what_is_no_text(raw: bytes) -> None:
    head = head_of(raw)
    assert (head.encoding, head.text, head.lines) == ("", "", ())


def test_only_whole_lines_of_a_long_file() -> None:
    head = head_of(b"0123456789\n" * HEAD_BYTES)
    assert set(head.lines) == {"0123456789"}
    assert head_of(b"a\r\nb").lines == ("a", "b")


@given(st.binary(max_size=500))
def test_any_bytes_have_a_head(raw: bytes) -> None:
    head = head_of(raw)
    assert bool(head.lines) <= bool(head.encoding)
