"""Each detector is asked at its pace; what a slow one saw counts on; one that fails silences no other."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from minewarden.detect.detector import QUICK, SLOW, Context, Pace
from minewarden.detect.push_hours import NAME
from minewarden.intel.watchset import WatchSet
from minewarden.patrol.watch_lanes import SHARE, Lanes
from minewarden.telemetry.declared import Declared
from minewarden.telemetry.lake import Lake
from minewarden.vocab.clock import parse_zone
from minewarden.vocab.errors import ClusterError
from minewarden.vocab.finding import Evidence, Grade, Sighting
from minewarden.vocab.message import Message, message
from tests.patrol.watching import HEADER, START, Stand

SUMS = "SELECT host, server, hour, sums FROM push_hour ORDER BY host, server, hour"
SCENARIOS = Path(__file__).parents[1] / "scenarios"


@dataclass
class Asked:
    """A detector that counts how often it is asked, and takes its time."""

    name: str
    clock: list[float]
    pace: Pace = QUICK
    cost: float = 0.0
    fails: bool = False
    cluster_gone: bool = False
    reads: frozenset[str] = frozenset({"dns"})
    alone: list[Message] = field(default_factory=list)
    remembered: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def detect(self, context: Context) -> Iterator[Sighting]:
        self.times.append(self.clock[0])
        self.clock[0] += self.cost
        if self.fails:
            raise duckdb.OutOfMemoryException("no room for 10.0.0.7")
        if self.cluster_gone:
            raise ClusterError(message("cluster.unreachable", url="sc://spark.example:15002", reason="refused"))
        said = message("watch.recovered")
        evidence = Evidence(self.name, "intel-flow", Grade.CONNECTED, 1.0, said, context.now, context.now)
        yield Sighting(host="10.0.0.7", server="203.0.113.9", port=3333, evidence=evidence)

    def remember(self, _: Context) -> None:
        self.remembered.append(self.clock[0])

    def abstains(self, _: Context) -> Iterator[Message]:
        yield from self.alone


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    with Stand(tmp_path, detects=False) as stand:
        stand.append("dns.log", HEADER + stand.lines(1))
        stand.round(whole=False)
        return stand.lake


def lanes_of(lake: Lake, clock: list[float], *detectors: Asked) -> tuple[Lanes, Context]:
    lanes = Lanes({each.name: each for each in detectors}, lake, timedelta(hours=24), lambda: clock[0])
    return lanes, Context(lake, WatchSet.default(), START)


def test_a_quick_look_leaves_the_slow_ones_alone(lake: Lake) -> None:
    clock = [0.0]
    quick, slow = Asked("quick", clock), Asked("slow", clock, SLOW)
    lanes, context = lanes_of(lake, clock, quick, slow)
    found, _ = lanes.quick(context)
    assert [sighting.evidence.detector for sighting in found] == ["quick"]
    assert slow.times == []


def test_a_slow_one_is_asked_at_its_pace_and_its_answer_counts_on(lake: Lake) -> None:
    clock = [0.0]
    quick, slow = Asked("quick", clock), Asked("slow", clock, SLOW)
    lanes, context = lanes_of(lake, clock, quick, slow)
    for _ in range(12):
        lanes.rows_came()
        found, _ = lanes.thorough(context)
        assert sorted(sighting.evidence.detector for sighting in found) == ["quick", "slow"]
        clock[0] += 60.0
    assert slow.times == [0.0, 600.0]
    assert len(quick.times) == 12


def test_sums_are_kept_by_looks_at_the_window_alone(lake: Lake) -> None:
    clock = [5.0]
    asked = Asked("both", clock)
    lanes, context = lanes_of(lake, clock, asked)
    lanes.quick(context)
    assert (asked.times, asked.remembered) == ([5.0], [])
    lanes.thorough(context)
    assert (asked.times, asked.remembered) == ([5.0, 5.0], [5.0])


def test_a_costly_one_rests_for_as_long_as_its_share(lake: Lake) -> None:
    clock = [0.0]
    costly = Asked("costly", clock, cost=10.0)
    lanes, context = lanes_of(lake, clock, costly)
    for _ in range(20):
        lanes.rows_came()
        lanes.thorough(context)
        clock[0] += 5.0
    gaps = [after - before for before, after in pairwise(costly.times)]
    assert min(gaps) >= 10.0 + SHARE * 10.0


def test_nobody_is_asked_again_while_nothing_has_come_and_the_last_rows_are_not_forgotten(lake: Lake) -> None:
    clock = [0.0]
    slow = Asked("slow", clock, SLOW)
    lanes, context = lanes_of(lake, clock, slow)
    lanes.thorough(context)
    clock[0] = 700.0
    assert not lanes.anything_due()
    lanes.thorough(context)
    assert len(slow.times) == 1
    lanes.rows_came()
    lanes.thorough(context)
    lanes.rows_came()
    assert not lanes.anything_due(), "its time has not come"
    clock[0] = 1400.0
    assert lanes.anything_due(), "though nothing more has come since"
    lanes.ask_all_again()
    lanes.thorough(context)
    assert len(slow.times) == 3


def test_one_that_fails_is_named_without_a_host_and_the_others_are_heard(lake: Lake) -> None:
    clock = [0.0]
    lanes, context = lanes_of(lake, clock, Asked("broken", clock, fails=True), Asked("sound", clock))
    for ask in (lanes.quick, lanes.thorough):
        found, _ = ask(context)
        assert [sighting.evidence.detector for sighting in found] == ["sound"]
        (failed,) = lanes.failures()
        assert failed.message.id == "watch.detector_failed"
        assert failed.message.params["detector"] == "broken"
        assert "10.0.0.7" not in str(failed.message.params)
    assert lanes.failures() == []


def test_a_cluster_that_is_gone_is_said_and_asked_again(lake: Lake) -> None:
    clock = [0.0]
    far = Asked("far", clock, cost=1.0, cluster_gone=True)
    lanes, context = lanes_of(lake, clock, far)
    lanes.thorough(context)
    (failed,) = lanes.failures()
    assert failed.message.id == "cluster.unreachable"
    clock[0] += 100.0
    assert lanes.anything_due()


def test_what_failed_is_tried_again_though_nothing_has_come(lake: Lake) -> None:
    clock = [0.0]
    broken = Asked("broken", clock, cost=1.0, fails=True)
    lanes, context = lanes_of(lake, clock, broken)
    lanes.thorough(context)
    clock[0] += 100.0
    assert lanes.anything_due()
    lanes.thorough(context)
    assert len(broken.times) == 2


def test_what_a_slow_one_leaves_alone_is_said_until_it_is_asked_again(lake: Lake) -> None:
    clock = [0.0]
    slow = Asked("slow", clock, SLOW, alone=[message("flow_only.sampled_unknown", source="flows.csv")])
    lanes, context = lanes_of(lake, clock, slow)
    for _ in range(2):
        lanes.rows_came()
        assert lanes.thorough(context)[1] == tuple(slow.alone)
        clock[0] += 60.0
    assert len(slow.times) == 1
    slow.alone.clear()
    clock[0] += SLOW.every.total_seconds()
    lanes.rows_came()
    assert lanes.thorough(context)[1] == ()


def test_a_watch_says_once_which_sampled_sources_it_leaves_alone(tmp_path: Path) -> None:
    logs = SCENARIOS / "flow_only_sampled" / "logs"
    declared = Declared.load(logs / "sources.toml", parse_zone("UTC"))
    with Stand(tmp_path, declared=declared, window=timedelta(days=60)) as stand:
        lines = (logs / "flows.csv").read_bytes()
        for _ in range(2):
            stand.append("flows.csv", lines)
            stand.round()
        (told,) = [note for note in stand.told.notes if note.message.id == "flow_only.sampled"]
        assert told.file.endswith("flows.csv")
        assert told.message.params["sampling"] == 1000


def test_a_watch_keeps_the_sums_of_hours_through_a_restart(tmp_path: Path) -> None:
    with Stand(tmp_path) as stand:
        stand.now = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
        stand.again()
        stand.append("lengths.csv", (SCENARIOS / "push_flow" / "logs" / "lengths.csv").read_bytes())
        stand.append("dns.log", HEADER + stand.lines(1))  # The hours of the pushes have ended.
        stand.round(timedelta(minutes=1))
        with closing(sqlite3.connect(stand.lake.directory / NAME)) as book:
            before = book.execute(SUMS).fetchall()
        assert ("10.20.3.17", "203.0.113.23") in {row[:2] for row in before}
        stand.again()
        stand.now += timedelta(hours=1)
        stand.append("dns.log", stand.lines(1))
        stand.round()
        with closing(sqlite3.connect(stand.lake.directory / NAME)) as book:
            assert book.execute(SUMS).fetchall() == before
