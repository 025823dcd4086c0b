"""Lines of a text list."""

import pytest

from minewarden.intel.feeds.lines import LONGEST_LINE, decoded, lines
from minewarden.vocab.errors import InputError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_what_editors_here_write_is_read(encoding: str) -> None:
    assert decoded("矿池 pool.example".encode(encoding), "l") == "矿池 pool.example"


def test_blank_lines_keep_the_numbers() -> None:
    assert list(lines(b"a\r\n\n b \n", "l")) == [(1, "a"), (3, "b")]


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"\x7fELF\0\0", 0, "feed.binary"),
        (b"a\n" + b"x" * (LONGEST_LINE + 1), 2, "feed.long_line"),
        (b"\xff\xff\xff", 0, "intel.not_utf8"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, line: int, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        list(lines(data, "l"))
    assert (caught.value.line, caught.value.message.id) == (line, reason)
