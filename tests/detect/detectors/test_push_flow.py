"""A server that pushes on a timer is suspected; heartbeats, answers, news and short visits are not."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from minewarden.detect.detectors.push_flow import DEFAULT, PushFlowDetector
from minewarden.detect.fuse import STATED, fuse
from minewarden.intel.watchset import WatchSet
from minewarden.simulator.session import Script, Session
from minewarden.vocab.finding import Finding, State
from minewarden.vocab.net import Endpoint
from tests.detect.lake_rows import context_of
from tests.detect.shapes import Said, captured, rows_of


def mining(rng: Random, minutes: int = 20, timer_s: float = 30.0, block_s: float = 120.0) -> list[Said]:
    """Jobs on a timer that blocks restart, and a share now and again."""
    said: list[Said] = [(0.0, "C", 260)]
    at, block = 0.05, rng.expovariate(1 / block_s)
    while at < 60 * minutes:
        said.append((at, "S", 400 + rng.randint(-1, 1)))
        at += min(timer_s + rng.uniform(-0.3, 0.3), max(0.2, block - at))
        if block <= at:
            block = at + rng.expovariate(1 / block_s)
        if rng.random() < 0.15:
            said += [(at - 5, "C", 180), (at - 4.9, "S", 63)]
    return sorted(said)


def weights(folder: Path, said: list[Said]) -> list[float]:
    context = context_of(folder, WatchSet([]), record=rows_of(said))
    return [sighting.evidence.weight for sighting in PushFlowDetector().detect(context)]


@pytest.mark.parametrize("seed", range(12))
def test_a_pools_pace_is_suspected_and_never_more(tmp_path: Path, seed: int) -> None:
    context = context_of(tmp_path, WatchSet([]), record=rows_of(mining(Random(seed))))
    (finding,) = fuse(PushFlowDetector().detect(context))
    assert finding.state is State.SUSPECTED
    assert (finding.host, finding.server, finding.port, finding.host_port) == ("10.20.3.17", "203.0.113.20", 443, 51514)
    assert finding.evidence[0].family == "behaviour"
    assert [(row.source, row.row) for row in finding.evidence[0].rows] == [("record.log", 1)]


def heartbeat(rng: Random) -> list[Said]:
    return [(30.0 * n + rng.uniform(-0.1, 0.1), "S", 90) for n in range(1, 60)]


def answered_heartbeat(rng: Random) -> list[Said]:
    return [said for n in range(1, 60) for said in ((30.0 * n, "S", 400), (30.0 * n + 0.04, "C", 60))]


def idle_ping(rng: Random) -> list[Said]:
    """Pings after thirty seconds of silence, between messages of all sizes."""
    said: list[Said] = []
    at = 0.0
    while at < 3600:
        wait = rng.expovariate(1 / 25)
        at += min(wait, 30.0)
        said.append((at, "S", 300 if wait > 30 else rng.randint(60, 1300)))
    return said


def polling(rng: Random) -> list[Said]:
    return [said for n in range(1, 60) for said in ((20.0 * n, "C", 120), (20.0 * n + 0.1, "S", 400))]


def news(rng: Random) -> list[Said]:
    times = sorted(rng.uniform(0, 3600) for _ in range(80))
    return [(at, "S", rng.randint(80, 1300)) for at in times]


def ticker(rng: Random) -> list[Said]:
    return [(0.5 * n, "S", 400) for n in range(2000)]


@pytest.mark.parametrize("kind", [heartbeat, answered_heartbeat, idle_ping, polling, news, ticker])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_harmless_is_no_finding(tmp_path: Path, kind: Callable[[Random], list[Said]], seed: int) -> None:
    assert all(weight < STATED for weight in weights(tmp_path, kind(Random(seed))))


def test_too_short_is_nothing(tmp_path: Path) -> None:
    assert weights(tmp_path, mining(Random(1), minutes=3)) == []


def test_jobs_without_a_timer_only_rank(tmp_path: Path) -> None:
    rng = Random(4)
    times = sorted(rng.uniform(0, 3600) for _ in range(40))
    (weight,) = weights(tmp_path, [(at, "S", 310) for at in times])
    assert DEFAULT.least_weight <= weight < STATED


def simulated(dialogue: str, number: int, jobs: int = 40) -> Session:
    client, server = Endpoint(f"10.1.0.{number}", 50_000), Endpoint(f"198.51.100.{number}", 9000)
    script = Script(jobs=jobs, job_every_s=20.0, host="www.example")
    return Session(dialogue, client, server, datetime(2026, 11, 2, tzinfo=UTC), script, seed=number)


def test_simulated_harmless_dialogues_are_no_finding(tmp_path: Path) -> None:
    names = ("tls-browser", "chat", "telemetry", "electrum", "geth-rpc")
    context = captured(tmp_path, *(simulated(name, n) for n, name in enumerate(names, 1)))
    found: list[Finding] = fuse(PushFlowDetector().detect(context))
    assert found == []


def test_simulated_mining_over_tls_counts(tmp_path: Path) -> None:
    context = captured(tmp_path, simulated("tls-xmrig", 7))
    (sighting,) = PushFlowDetector().detect(context)
    assert (sighting.host, sighting.port) == ("10.1.0.7", 9000)
    assert sighting.evidence.weight >= DEFAULT.least_weight


def test_shares_have_a_sentence_and_a_weight_of_their_own(tmp_path: Path) -> None:
    rng = Random(4)
    said = [(0.0, "C", 260), *((30.0 * n + (n % 7 == 0) * -9.0, "S", 400) for n in range(1, 80))]
    at = 5.0
    while at < 2300:
        said += [(at, "C", 213), (at + 0.1, "S", 63)]
        at += 2 + rng.expovariate(1 / 50)
    context = context_of(tmp_path, WatchSet([]), record=rows_of(sorted(said)))
    pace, shares = PushFlowDetector().detect(context)
    assert shares.evidence.text.id == "push_flow.shares"
    assert shares.evidence.weight == 1.5
    assert pace.evidence.weight + shares.evidence.weight >= 5.0
    (finding,) = fuse([pace, shares])
    assert finding.state is State.SUSPECTED
