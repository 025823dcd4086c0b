"""Of records as long as their connections it is said what they hide, once for all sources that have them."""

from pathlib import Path

import pytest

from minewarden.detect.flow.reach import LEAST_LONG, hidden
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.lake import SourceRecord
from minewarden.vocab.message import Message
from minewarden.vocab.words import render
from tests.detect.flow.records import Row, one_way
from tests.detect.lake_rows import context_of

MINUTE, HALF_HOUR, DAY = 60, 1800, 86_400


def lasting(seconds: float, count: int = LEAST_LONG) -> list[Row]:
    return [one_way(10 * n, 10 * n + seconds, 100, 9000, n % 2 == 0) for n in range(count)]


def told(folder: Path, rows: list[Row], **others: int) -> list[Message]:
    with context_of(folder, WatchSet([]), conn=rows).lake.engine() as engine:
        return list(hidden(engine, [SourceRecord(1, "flows", "nfdump_csv", rows={"conn": len(rows), **others})]))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (lasting(MINUTE, 50), []),
        (lasting(HALF_HOUR, 50), []),
        (lasting(DAY) + lasting(HALF_HOUR), ["flow_only.one_record"]),
        (lasting(DAY, LEAST_LONG - 1) + lasting(MINUTE), []),
        ([row | {"proto": "udp"} for row in lasting(DAY)], []),
        ([], []),
    ],
    ids=["short", "half an hour", "whole", "a clock's accident", "another protocol", "nothing"],
)
def test_what_hides_is_said(tmp_path: Path, rows: list[Row], said: list[str]) -> None:
    found = told(tmp_path, rows)
    assert [one.id for one in found] == said
    assert all(one.params["source"] in render(one, "zh") and "60" in render(one, "en") for one in found)


def test_where_packets_were_read_nothing_hides(tmp_path: Path) -> None:
    assert told(tmp_path, lasting(DAY), record=9) == []


def test_many_sources_are_one_sentence(tmp_path: Path) -> None:
    rows = [row | {"origin": number} for number in (1, 2) for row in lasting(DAY)]
    sources = [SourceRecord(number, f"conn-{number}.log", "zeek", rows={"conn": 5}) for number in (2, 1)]
    with context_of(tmp_path, WatchSet([]), conn=rows).lake.engine() as engine:
        (said,) = hidden(engine, sources)
    assert (said.params["source"], said.params["sources"]) == ("conn-1.log", 2)
