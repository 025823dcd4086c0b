"""Declarations of sources, and the licence gate."""

from pathlib import Path

import pytest

from minewarden.intel.faults import CatalogueError
from minewarden.intel.source import check, read_sources
from tests.intel.lists import source

GOOD = '[[source]]\nname = "trail"\nform = "maltrail"\nlicence = "MIT"\n'


def test_a_declaration_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(GOOD + 'url = "https://lists.example.org/a"\nevery_hours = 6\nlargest_mb = 1\ncoins = "xmr, btc"\n')
    (one,) = read_sources(path)
    assert (one.family, one.every.total_seconds(), one.bounds.size, one.coins) == (
        "trail",
        21600,
        1048576,
        ("XMR", "BTC"),
    )
    assert one.free


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "intel.missing_column"),
        ("x = [", "intel.not_toml"),
        ('[[source]]\nname = "a"\nform = "plain"\n', "feed.source_needs"),
        (GOOD + "colour = 1\n", "intel.unknown_word"),
        (GOOD + 'role = "pool"\n', "feed.source_wrong"),
        (GOOD + 'scope = "cidr"\n', "feed.source_wrong"),
        (GOOD + 'sha256 = "x"\n', "feed.source_wrong"),
        (GOOD + 'url = "file:///etc/passwd"\n', "feed.source_wrong"),
        (GOOD.replace("MIT", "WTF"), "feed.licence"),
        (GOOD.replace("maltrail", "yara"), "feed.unknown_form"),
        (GOOD.replace("trail", "../x", 1), "feed.source_name"),
        (GOOD + GOOD, "feed.doubled"),
    ],
)
def test_a_wrong_one_is_refused_with_its_reason(text: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(CatalogueError) as caught:
        read_sources(path)
    assert caught.value.faults[0].reason.id == fault
    assert caught.value.said("en")


def test_what_may_only_be_fetched_is_used_and_not_free() -> None:
    assert check(source(licence="GPL-3.0")) is None
    assert not source(licence="GPL-3.0").free
