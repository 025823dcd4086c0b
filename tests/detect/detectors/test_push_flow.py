"""A server that pushes on a timer is suspected; heartbeats, answers, news and short visits are not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from minewarden.detect.detectors.push_flow import DEFAULT, PushFlowDetector
from minewarden.detect.fuse import STATED, fuse
from minewarden.detect.push_hours import NAME
from minewarden.detect.weigh import COMPANIONS
from minewarden.intel.watchset import WatchSet
from minewarden.simulator.session import Script, Session
from minewarden.telemetry.manifest import Selection
from minewarden.vocab.clock import from_us, to_us
from minewarden.vocab.finding import Finding, State
from minewarden.vocab.net import Endpoint
from tests.detect.lake_rows import context_of
from tests.detect.shapes import START_US, Said, captured, rows_of


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


def test_reports_on_a_timer_for_hours_without_anything_handed_in_weigh_less_and_say_so(tmp_path: Path) -> None:
    def reports(hours: int) -> list[Said]:
        times = [30.0 * n - 9.0 * (n % 7 == 0) for n in range(1, 120 * hours)]
        return [(0.0, "C", 260), *((at, "S", 400) for at in times)]

    (pace,) = PushFlowDetector().detect(context_of(tmp_path / "4", WatchSet([]), record=rows_of(reports(4))))
    longer, idle = PushFlowDetector().detect(context_of(tmp_path / "6", WatchSet([]), record=rows_of(reports(6))))
    assert idle.evidence.text.id == "push_flow.no_shares"
    assert idle.evidence.weight == -DEFAULT.doubt_no_shares
    assert longer.evidence.weight == pace.evidence.weight
    assert fuse([pace])
    assert not fuse([longer, idle])


BEGUN = from_us(START_US)


def days(seed: int, count: int = 5) -> list[dict[str, Any]]:
    """A miner that is on for three minutes a day: five jobs, which is too little for one day's look."""
    rows = []
    for day in range(count):
        rng = Random(seed + day)
        times = [86_400.0 * day + at for at in (0.0, 30.0, 60.0, 60.0 + rng.uniform(5, 25), 120.0, 150.0)]
        rows += [
            row | {"stream": day + 1, "src_port": 50_000 + day} for row in rows_of([(at, "S", 400) for at in times])
        ]
    return rows


def test_who_pushes_over_days_is_ranked_though_the_window_holds_one(tmp_path: Path) -> None:
    context = context_of(tmp_path, WatchSet([]), record=days(1))
    now = BEGUN + timedelta(days=4, hours=2)
    detector = PushFlowDetector()
    within = replace(context, now=now, lake=context.lake.selected(Selection(since_us=to_us(now - timedelta(days=1)))))
    assert list(detector.detect(within)) == []
    for day in range(5):
        detector.remember(replace(context, now=BEGUN + timedelta(days=day, hours=2)))
    sightings = list(PushFlowDetector().detect(within))
    assert {(s.host, s.server, s.port) for s in sightings} == {("10.20.3.17", "203.0.113.20", 443)}
    assert sum(s.evidence.weight for s in sightings) >= DEFAULT.least_weight
    assert [s.evidence.text.id for s in sightings][-1] == "push_flow.kept"
    assert sightings[-1].evidence.text.params["days"] == 5
    assert sightings[0].evidence.first_seen == BEGUN, "it began before the window"
    assert fuse(sightings) == [] or fuse(sightings)[0].state is State.SUSPECTED
    before = (tmp_path / NAME).read_bytes()
    detector.remember(replace(context, now=now))
    assert (tmp_path / NAME).read_bytes() == before, "nothing has come to an end since"


def test_who_has_gone_is_not_ranked_any_more(tmp_path: Path) -> None:
    context = context_of(tmp_path, WatchSet([]), record=days(1))
    detector, now = PushFlowDetector(), BEGUN + timedelta(days=6)
    detector.remember(replace(context, now=now))
    within = replace(context, now=now, lake=context.lake.selected(Selection(since_us=to_us(now - timedelta(days=1)))))
    assert list(detector.detect(within)) == []


def test_a_heartbeat_over_days_is_not_ranked(tmp_path: Path) -> None:
    rows = [
        row | {"stream": day + 1}
        for day in range(5)
        for row in rows_of([(86_400.0 * day + 40 * n + lag, by, size) for n in range(4) for lag, by, size in PING])
    ]
    context = context_of(tmp_path, WatchSet([]), record=rows)
    detector, now = PushFlowDetector(), BEGUN + timedelta(days=4, hours=2)
    detector.remember(replace(context, now=now))
    within = replace(context, now=now, lake=context.lake.selected(Selection(since_us=to_us(now - timedelta(days=1)))))
    assert list(detector.detect(within)) == []


PING = ((0.0, "S", 400), (0.05, "C", 60))


def test_work_that_is_polled_for_and_pushed_has_a_sentence_and_too_little_weight_to_help_confirm(
    tmp_path: Path,
) -> None:
    said: list[Said] = [(5.0 * n, "C", 81) for n in range(400)]
    said += [(5.0 * n + 0.1, "S", 270) for n in range(400)]
    said += [(35.0 * n + 13.5, "S", 270) for n in range(50)]
    context = context_of(tmp_path, WatchSet([]), record=rows_of(sorted(said)))
    pace, polled = PushFlowDetector().detect(context)
    assert polled.evidence.text.id == "push_flow.polled"
    assert polled.evidence.weight == DEFAULT.weight_polled
    assert pace.evidence.weight + polled.evidence.weight < COMPANIONS["behaviour"]
    assert fuse([pace, polled]) == []
