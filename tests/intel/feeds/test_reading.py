"""The bounds within which a list is read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.intel.feeds.reading import PARSERS, Listing, read_file
from minewarden.intel.source import Bounds
from minewarden.vocab.errors import ConfigError, InputError
from tests.intel.lists import listed, source


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [(Bounds(size=20), "feed.too_large"), (Bounds(entries=2), "feed.too_many"), (Bounds(seconds=-1), "feed.too_slow")],
)
def test_beyond_its_bounds_nothing_is_taken(bounds: Bounds, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        listed("a.example\nb.example\nc.example\n", bounds=bounds)
    assert caught.value.message.id == reason


def test_ten_gigabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(10 * 1024**3)
    with pytest.raises(InputError) as caught:
        read_file(path, source(bounds=Bounds(size=1024)))
    assert caught.value.message.id == "feed.too_large"


def test_a_pinned_list_is_that_list_or_none() -> None:
    with pytest.raises(InputError) as caught:
        listed("a.example\n", sha256="0" * 64)
    assert caught.value.message.id == "feed.pinned"
    digest = listed("a.example\n").sha256
    assert listed("a.example\n", sha256=digest).size == 10


def test_without_a_known_licence_nothing_is_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        listed("a.example\n", licence="")
    with pytest.raises(InputError):
        read_file(tmp_path / "absent", source())


LISTS = {
    "plain": b"pool.example\n203.0.113.9:3333 # note\n",
    "hosts": b"0.0.0.0 pool.example xmr.example\n",
    "csv": "矿池域名,IP,端口\nxmr.example.net,203.0.113.9,3333\n".encode("gb18030"),
    "maltrail": b"# ref\npool.example\n203.0.113.9:3333\n",
    "misp": b'{"Event":{"info":"x","Attribute":'
    b'[{"type":"hostname","value":"a.example","to_ids":true,"timestamp":"1"}]}}',
    "stix": b'{"type":"bundle","objects":[{"type":"indicator","pattern_type":"stix",'
    b'"pattern":"[domain-name:value = \'a.example\']","valid_from":"2026-01-01T00:00:00Z"}]}',
}
NOISE = (b"\0", b"\xff\xfe", b'"', b"[" * 2000, b'{"a":' * 2000, b"9" * 5000, b"null", b"\n", b",", b"{}", b"1e999")


@pytest.mark.parametrize("form", PARSERS)
@given(data=st.data())
def test_a_damaged_list_is_read_in_part_or_refused_with_a_sentence(form: str, data: st.DataObject) -> None:
    whole = LISTS[form]
    assert listed(whole, form).entries
    at = data.draw(st.integers(0, len(whole)))
    noise = data.draw(st.binary(max_size=9) | st.sampled_from(NOISE))
    damaged = whole[:at] + noise + whole[at + data.draw(st.integers(0, 12)) :]
    try:
        assert isinstance(listed(damaged, form), Listing)
    except InputError as error:
        sentences = error.said("zh"), error.said("en")
        assert all(sentences)
