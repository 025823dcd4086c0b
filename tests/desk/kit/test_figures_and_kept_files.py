"""Figures that apps offer each other, and files that people hand in."""

from datetime import UTC, datetime

import pytest

from minewarden.desk.kit import figures, kept
from minewarden.desk.kit.figures import Figure
from minewarden.vocab.errors import ConfigError

NOW = datetime(2026, 4, 23, 16, tzinfo=UTC)


def test_a_figure_that_nobody_offers_is_not_there(monkeypatch):
    monkeypatch.setattr(figures, "_OFFERED", {})
    assert figures.of_units("pledges", [1], NOW) is None
    assert not figures.offered("pledges")
    figures.offer("pledges", lambda units, now: {unit: Figure(unit, 4) for unit in units})
    assert figures.of_units("pledges", [1, 2], NOW) == {1: Figure(1, 4), 2: Figure(2, 4)}


def test_a_share_of_nothing_is_neither_nought_nor_hundred():
    assert Figure(0, 0).percent is None
    assert Figure(3, None).percent is None
    assert Figure(3, 4).percent == 75


def test_a_file_is_sealed_on_the_disk_and_a_changed_one_is_refused(data_folder):
    from hashlib import sha256

    content = "会议记录".encode()
    digest = sha256(content).hexdigest()
    place = kept.keep(content, "campaigns", "campaign-file")
    path = kept.path_of("campaigns", place)
    assert content not in path.read_bytes()
    assert kept.read("campaigns", "campaign-file", place, digest) == content
    with pytest.raises(ConfigError):
        kept.read("campaigns", "case-file", place, digest)
    *sealed, last = path.read_bytes()
    path.write_bytes(bytes([*sealed, last ^ 1]))
    with pytest.raises(ConfigError):
        kept.read("campaigns", "campaign-file", place, digest)


def test_a_name_keeps_its_last_part_only():
    assert kept.plain_name("C:\\资料\\..\\会议:记录?.pdf") == "会议记录.pdf"
    assert kept.plain_name("...") == "file"
