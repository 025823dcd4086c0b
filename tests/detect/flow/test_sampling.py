"""The effect of sampling is arithmetic, and a sampled source is left alone with a word."""

import pytest

from minewarden.detect.flow.sampling import PACKETS_AN_HOUR, effect, left_alone, usable
from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.words import render


def source(name: str, sampling: int, rows: int = 5) -> SourceRecord:
    return SourceRecord(1, name, "nfdump_csv", rows={"conn": rows}, sampling=sampling)


def test_what_is_left() -> None:
    assert effect(1000).packets_an_hour == PACKETS_AN_HOUR / 1000
    assert effect(1000).hours == 1000 * effect(1).hours
    with pytest.raises(ValueError, match="0"):
        effect(0)


def test_sampled_sources_are_left_alone_and_named() -> None:
    many = [source("b", 1000), source("a", -1), source("c", 0), source("d", 1), source("e", 1000, rows=0)]
    assert [one.name for one in usable(many)] == ["c", "d"]
    told = list(left_alone(many))
    assert [one.id for one in told] == ["flow_only.sampled_unknown", "flow_only.sampled"]
    assert "1:1000" in render(told[1], "zh")
    assert "无法" in render(told[1], "zh")
    assert "0.6" in render(told[1], "en")
