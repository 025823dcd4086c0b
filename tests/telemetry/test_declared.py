"""Declared clocks: who is meant, and every mistake told at once."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minewarden.telemetry.declared import DeclarationErrors, Declared
from minewarden.vocab.clock import SourceClock, parse_zone
from minewarden.vocab.errors import ConfigError

GOOD = """
[[source]]
match = "nat-*.log"
zone = "Asia/Shanghai"
offset = "+192s"
tolerance = "5s"

[[source]]
match = "east/*.csv"
offset = "-2m"
"""


def load(tmp_path: Path, text: str, zone: str | None = None) -> Declared:
    path = tmp_path / "sources.toml"
    path.write_text(text, encoding="utf-8")
    return Declared.load(path, parse_zone(zone) if zone else None)


def test_the_first_that_fits_counts(tmp_path: Path) -> None:
    declared = load(tmp_path, GOOD, "+09:00")
    nat = SourceClock(ZoneInfo("Asia/Shanghai"), timedelta(seconds=192), timedelta(seconds=5))
    assert declared.for_source("nat-01.log") == nat
    assert declared.for_source("/logs/march/nat-01.log") == nat
    assert declared.for_source("logs/east/flows.csv").offset == timedelta(minutes=-2)
    assert declared.for_source("logs/east/flows.csv").zone == parse_zone("+09:00")
    assert declared.for_source("logs/west/flows.csv") == SourceClock(parse_zone("+09:00"))


def test_nothing_declared_leaves_the_zone_open() -> None:
    assert Declared.load(None).for_source("a.log") == SourceClock(None, None)
    assert not Declared.load(None).for_source("a.log").registered


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    bad = """
    sources = 1
    [[source]]
    zone = "Asia/Atlantis"
    offset = 192
    [[source]]
    match = "a"
    offset = "fast"
    tolerance = "-2s"
    zones = "UTC"
    """
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, bad)
    said = caught.value.said("en").splitlines()
    assert all(line.startswith(str(tmp_path / "sources.toml")) for line in said)
    assert len(said) == 7
    for number, key in ((1, "Asia/Atlantis"), (1, "offset"), (1, "match"), (2, "fast"), (2, "negative"), (2, "zones")):
        assert any(f"number {number}" in line and key in line for line in said), key
    assert "Asia/Atlantis" in caught.value.said("zh")


@pytest.mark.parametrize(
    "text", ["[[source", "source = 1", "source = [1]", '[source]\nmatch = "a"', "\x00", "a=" + "[" * 9999]
)
def test_what_is_no_list_of_sources(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        load(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        Declared.load(tmp_path / "sources.toml")


def test_sampling_is_a_whole_number(tmp_path: Path) -> None:
    declared = load(tmp_path, '[[source]]\nmatch = "nf*"\nsampling = 1000\n[[source]]\nmatch = "eve*"\n')
    assert [declared.sampling_of(name) for name in ("nf1.csv", "eve.json", "zeek.log")] == [1000, 0, 0]
    for wrong in ("0", "-5", '"1:1000"', "true", "1.5", "[]", "100000000"):
        with pytest.raises(DeclarationErrors) as caught:
            load(tmp_path, f'[[source]]\nmatch = "nf*"\nsampling = {wrong}\n')
        assert [found.id for found in caught.value.all] == ["declared.bad_sampling"]
        assert "sampling = 1000" in caught.value.said("zh")
