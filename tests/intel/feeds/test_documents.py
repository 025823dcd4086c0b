"""JSON of strangers."""

import pytest

from minewarden.intel.feeds.documents import document
from minewarden.vocab.errors import InputError


def test_json_with_or_without_its_mark() -> None:
    assert document(b"\xef\xbb\xbf[1]", "f") == [1]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'{"a": 1,',
        b"[" * 100_000,
        b"NaN",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;&a;</x>',
        b"PK\x03\x04",
        b"\xff\xfe[]",
    ],
)
def test_what_is_none_is_refused_with_its_line(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        document(data, "f")
    assert caught.value.message.id == "feed.not_json"
