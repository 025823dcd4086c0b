"""Every detector sees the same on DuckDB, on a standalone Spark master with two workers, and on Sail."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from minewarden.cli.main import main
from minewarden.detect.detector import Context
from minewarden.detect.detectors.flow_only import FlowOnlyDetector
from minewarden.detect.doubts import doubts
from minewarden.detect.flow.pieces import flows
from minewarden.detect.flow.sampling import usable
from minewarden.detect.flow.shape import features, grains, judged
from minewarden.plugins import DETECTORS
from minewarden.telemetry.cluster import ClusterLake
from minewarden.telemetry.engine import tuples
from minewarden.telemetry.manifest import Selection
from minewarden.vocab.errors import ClusterError
from minewarden.vocab.finding import Sighting
from tests.detect.lake_rows import at
from tests.real.cluster_world import world
from tests.real.spark_servers import sail, standalone

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAMES = list(DETECTORS)
SERVERS = {"spark": standalone, "sail": sail}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The lake as DuckDB sees it."""
    return world(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def seen(local: Context) -> dict[str, list[Sighting]]:
    """What each detector states on DuckDB."""
    return {name: list(DETECTORS.load(name)().detect(local)) for name in NAMES}


@pytest.fixture(scope="module", params=list(SERVERS))
def far(request: pytest.FixtureRequest, local: Context) -> Iterator[Context]:
    """The same lake as a cluster sees it."""
    serving: AbstractContextManager[str] = SERVERS[request.param]()
    with serving as url:
        yield replace(local, lake=ClusterLake(local.lake.directory, url))


@pytest.mark.parametrize("name", NAMES)
def test_a_detector_states_the_same(name: str, far: Context, seen: dict[str, list[Sighting]]) -> None:
    assert seen[name], "a detector that sees nothing proves nothing"
    assert list(DETECTORS.load(name)().detect(far)) == seen[name]


def test_the_same_is_doubted(local: Context, far: Context, seen: dict[str, list[Sighting]]) -> None:
    sightings = [sighting for each in seen.values() for sighting in each]
    found = doubts(local, sightings)
    assert found
    assert doubts(far, sightings) == found


def test_the_numbers_of_long_connections_are_the_same_to_the_last_bit(local: Context, far: Context) -> None:
    """Not only those that are stated: another day their weight may lie at the edge."""

    def told(context: Context) -> list[tuple[object, ...]]:
        out: list[tuple[object, ...]] = []
        with context.lake.engine() as engine:
            for rows in flows(engine, usable(context.lake.sources())):
                places = rows.select(
                    ["host", "host_port", "server", "port", "origin", "row", "ts", "until"]
                ).to_pylist()
                numbers = np.column_stack(list(features(rows).values())).tolist()
                out += zip(map(str, places), numbers, grains(rows).tolist(), judged(rows).tolist(), strict=True)
        return out

    here = told(local)
    assert {grain for _, _, grain, _ in here} == {"fine", "coarse", "whole"}
    assert told(far) == here


def test_what_records_hide_is_said_there_too(local: Context, far: Context) -> None:
    detector = FlowOnlyDetector()
    here = list(detector.abstains(local))
    assert here
    assert list(detector.abstains(far)) == here


def test_a_window_of_time_holds_there_too(local: Context, far: Context) -> None:
    query = "SELECT count(*), min(ts), max(row) FROM conn"
    since = Selection(since_us=at(3600))
    with local.lake.selected(since).engine() as engine:
        here = list(tuples(engine.ask(query)))
    with far.lake.selected(since).engine() as engine:
        assert list(tuples(engine.ask(query))) == here
    with local.lake.engine() as engine:
        assert list(tuples(engine.ask(query))) != here


def test_what_the_cluster_cannot_do_is_said(far: Context, tmp_path: Path) -> None:
    """A node that does not see the lake's files must not look like a network without miners."""
    assert isinstance(far.lake, ClusterLake)
    elsewhere = ClusterLake(far.lake.directory, far.lake.url, seen_as=(tmp_path / "nowhere").as_uri())
    with elsewhere.engine() as engine, pytest.raises(ClusterError) as refusal:
        list(engine.ask("SELECT count(*) FROM conn"))
    assert "--cluster-lake" in refusal.value.said("zh")


def test_a_large_table_of_ours_reaches_the_cluster(far: Context) -> None:
    """A unit's list of a hundred thousand names is sent whole."""
    names = pa.table({"name": [f"n{n}.example" for n in range(100_000)], "n": range(100_000)})
    with far.lake.engine() as engine:
        engine.give("listed", names)
        assert list(tuples(engine.ask("SELECT count(*), sum(n) FROM listed"))) == [(100_000, sum(range(100_000)))]


def test_an_empty_table_of_ours_reaches_the_cluster(far: Context) -> None:
    with far.lake.engine() as engine:
        engine.give("inside", pa.table({"ip": pa.array([], pa.string()), "n": pa.array([], pa.list_(pa.int32()))}))
        assert list(tuples(engine.ask("SELECT count(*) FROM conn SEMI JOIN inside ON ip = src"))) == [(0,)]


def test_nobody_answering_is_said(local: Context) -> None:
    lake = ClusterLake(local.lake.directory, "sc://127.0.0.1:1/;token=secret")
    with pytest.raises(ClusterError) as refusal, lake.engine():
        pass
    assert "secret" not in refusal.value.said("zh")
    assert "sc://127.0.0.1:1" in refusal.value.said("en")


def test_the_command_line_finds_the_same_on_a_cluster(local: Context, capsys: pytest.CaptureFixture[str]) -> None:
    def found(*more: str) -> str:
        assert main(["detect", "run", "--lake", str(local.lake.directory), "--format", "jsonl", *more]) == 0
        return capsys.readouterr().out

    here = found()
    assert here.count("\n") > 10
    with sail() as url:
        assert found("--cluster", url) == here
