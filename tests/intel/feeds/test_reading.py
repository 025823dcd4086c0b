"""The bounds within which a list is read."""

from pathlib import Path

import pytest

from minewarden.intel.feeds.reading import read_file
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
