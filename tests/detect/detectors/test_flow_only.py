"""A miner's flow records are suspected and no more; harmless, sampled, copied and captured ones are not."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from minewarden.detect.detector import Context
from minewarden.detect.detectors.flow_only import DEFAULT, FlowOnlyDetector
from minewarden.detect.fuse import STATED, fuse
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.vocab.finding import Grade, Sighting, State
from minewarden.vocab.words import render
from tests.detect.flow.records import CLIENT, SERVER, Row, miner, one_way
from tests.detect.lake_rows import NOON, context_of
from tests.detect.shapes import rows_of

DETECTOR = FlowOnlyDetector()


def context(folder: Path, rows: list[Row], sampling: int = 0, form: str = "nfdump_csv", **more: list[Row]) -> Context:
    """A lake whose conn come from a collector of flow records."""
    made = context_of(folder, WatchSet([]), conn=rows, **more)
    book = folder / "sources.jsonl"
    lines = book.read_text(encoding="utf-8").splitlines()
    own = lines[0].replace('"form": "test"', f'"form": "{form}"').replace('"sampling": 0', f'"sampling": {sampling}')
    book.write_text("\n".join([own, *lines[1:], ""]), encoding="utf-8")
    return made


def sightings(folder: Path, rows: list[Row]) -> list[Sighting]:
    return list(DETECTOR.detect(context(folder, rows)))


def test_a_miners_records_are_suspected_and_never_more(tmp_path: Path) -> None:
    made = context(tmp_path, miner(6))
    (sighting,) = DETECTOR.detect(made)
    assert (sighting.host, sighting.host_port, sighting.server, sighting.port) == (*CLIENT, *SERVER)
    evidence = sighting.evidence
    assert (evidence.family, evidence.grade, evidence.p_value) == ("flow", Grade.BEHAVED, None)
    assert STATED <= evidence.weight <= DEFAULT.most_weight
    assert "须到终端核实" in render(evidence.text, "zh")
    assert all(finding.state is State.SUSPECTED for finding in fuse([sighting]))


def heartbeat(rng: Random) -> list[Row]:
    return [
        row
        for n in range(60)
        for row in (
            one_way(300 * n, 300 * n + 290, 10, 10 * 92, True),
            one_way(300 * n, 300 * n + 290, 10, 10 * 92, False),
        )
    ]


def video(rng: Random) -> list[Row]:
    return [
        row
        for n in range(60)
        for row in (
            one_way(300 * n, 300 * n + 299, 9000, 9_000_000, True),
            one_way(300 * n, 300 * n + 299, 9000, 8_000_000, False),
        )
    ]


def browsing(rng: Random) -> list[Row]:
    rows = []
    for n in range(60):
        if rng.random() < 0.3:
            count = rng.randint(20, 900)
            rows += [
                one_way(300 * n, 300 * n + 200, count, count * 90, True),
                one_way(300 * n, 300 * n + 200, count, count * 1300, False),
            ]
    return rows


def sensor(rng: Random) -> list[Row]:
    return [
        row
        for n in range(60)
        for row in (
            one_way(300 * n, 300 * n + 290, 30, 30 * 240, True),
            one_way(300 * n, 300 * n + 290, 30, 30 * 54, False),
        )
    ]


@pytest.mark.parametrize("kind", [heartbeat, video, browsing, sensor])
def test_what_is_harmless_is_no_finding(tmp_path: Path, kind: Callable[[Random], list[Row]]) -> None:
    assert all(sighting.evidence.weight < STATED for sighting in sightings(tmp_path, kind(Random(5))))


def test_neither_order_nor_copies_add_evidence(tmp_path: Path) -> None:
    rows = miner(5)
    other = rows * 3
    Random(9).shuffle(other)
    (once,), (many,) = sightings(tmp_path / "a", rows), sightings(tmp_path / "b", other)
    assert once.evidence.weight == many.evidence.weight
    assert once.evidence.text == many.evidence.text


def test_many_connections_are_no_more_reason_than_one(tmp_path: Path) -> None:
    rows = [row for n in range(4) for row in miner(5, seed=n, ends=((CLIENT[0], 50_000 + n), SERVER))]
    (sighting,) = sightings(tmp_path, rows)
    assert DEFAULT.least_weight <= sighting.evidence.weight <= DEFAULT.most_weight
    assert sighting.host_port == 0
    assert len(sighting.evidence.rows) == 4


def test_too_short_is_nothing(tmp_path: Path) -> None:
    assert sightings(tmp_path, miner(0.4)) == []


@pytest.mark.parametrize("sampling", [1000, -1, 2])
def test_sampled_records_are_not_judged_and_that_is_said(tmp_path: Path, sampling: int) -> None:
    made = context(tmp_path, miner(6), sampling)
    assert list(DETECTOR.detect(made)) == []
    assert [told.params["source"] for told in DETECTOR.abstains(made)] == ["conn.log"]


def test_where_packets_were_read_others_judge(tmp_path: Path) -> None:
    packets = rows_of([(0.0, "C", 200), (1.0, "S", 400)], client=CLIENT, server=SERVER)
    assert list(DETECTOR.detect(context(tmp_path, miner(6), record=packets))) == []


def test_an_empty_lake_gives_nothing(tmp_path: Path) -> None:
    assert list(DETECTOR.detect(Context(Lake(tmp_path), WatchSet([]), NOON, {}))) == []
    assert SourceRecord(1, "a", "nfdump_csv").sampling == 0
