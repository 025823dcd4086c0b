"""A TLS connection like a miner's is suspected by its first segments; with a pool's pace it is probable."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.detect.detectors.push_flow import PushFlowDetector
from minewarden.detect.detectors.tls_shape import OPENSSL_JA3, TlsShapeDetector
from minewarden.detect.fuse import fuse
from minewarden.intel.watchset import WatchSet
from minewarden.simulator.session import Script, Session
from minewarden.vocab.finding import Finding, State
from minewarden.vocab.net import Endpoint
from tests.detect.lake_rows import context_of
from tests.detect.shapes import CLIENT, SERVER, START_US, Said, captured, hello, rows_of

OPENSSL = "t13i310900_e8f1e7e78f70_1f22a2ca17c4"
BEGINNING: list[Said] = [
    (0.0, "C", 297), (0.1, "S", 1448), (0.1, "S", 21), (0.2, "C", 641), (0.3, "S", 158), (0.35, "S", 518),
]  # fmt: skip
JOBS: list[Said] = [(20.0 + 22 * n - (n > 4) * 11, "S", 406) for n in range(12)]
HOUR_US = 3_600_000_000


def found(folder: Path, said: list[Said], **hellos: str | None) -> list[Finding]:
    tables = {"record": rows_of(said, tls=True), "tls": [hello(**hellos)]}
    return fuse(TlsShapeDetector().detect(context_of(folder, WatchSet([]), **tables)))


def test_a_miners_beginning_is_suspected(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, BEGINNING + JOBS, ja4=OPENSSL)
    assert finding.state is State.SUSPECTED
    (evidence,) = finding.evidence
    assert (evidence.family, evidence.weight, evidence.text.id) == ("shape", 6.0, "tls_shape.bare")
    assert (evidence.text.params["login"], evidence.text.params["size"]) == (641, 406)


def test_a_sensor_that_tells_ja3_only_says_as_much(tmp_path: Path) -> None:
    logged = logs(3, 200_000, ja3=OPENSSL_JA3[0])
    (finding,) = fuse(TlsShapeDetector().detect(context_of(tmp_path / "a", WatchSet([]), **logged)))
    assert finding.evidence[0].weight == 5.5
    other = logs(3, 200_000, ja3="0" * 32)
    assert fuse(TlsShapeDetector().detect(context_of(tmp_path / "b", WatchSet([]), **other))) == []
    older: list[Said] = [(0.0, "C", 290), *BEGINNING[1:]]
    for folder, ja3, weight in (("c", OPENSSL_JA3[0], 6.0), ("d", "0" * 32, 5.5)):
        (finding,) = found(tmp_path / folder, older + JOBS, ja3=ja3)
        assert finding.evidence[0].weight == weight


def test_with_a_name_it_only_ranks(tmp_path: Path) -> None:
    assert found(tmp_path, BEGINNING + JOBS, sni="push.example.com", alpn="h2") == []


def test_tls_1_2_takes_one_turn_more(tmp_path: Path) -> None:
    older: list[Said] = [(0.0, "C", 210), (0.1, "S", 3000), (0.2, "C", 126), (0.3, "S", 51), (0.4, "C", 585)]
    (finding,) = found(tmp_path, [*older, (0.5, "S", 600), *JOBS])
    assert finding.evidence[0].text.params["login"] == 585


@pytest.mark.parametrize(
    "said",
    [
        BEGINNING,
        BEGINNING + [(20.0 + n, "S", 200 + 50 * n) for n in range(12)],
        BEGINNING + [(20.0 + 0.1 * n, "S", 406) for n in range(15)],
        BEGINNING + [(20.0 + 20 * n, "S", 31) for n in range(12)],
        [(0.0, "C", 297), (0.1, "S", 1448), (0.2, "C", 80), *JOBS],
        [(0.0, "C", 1400), (0.1, "S", 1448), (0.2, "C", 4000), *JOBS],
        JOBS,
        BEGINNING + [said for n in range(12) for said in ((20.0 + 20 * n, "C", 120), (20.1 + 20 * n, "S", 406))],
        BEGINNING + [said for n in range(12) for said in ((20.0 + 20 * n, "S", 406), (20.1 + 20 * n, "C", 60))],
    ],
    ids=[
        "no-jobs",
        "all-sizes",
        "bulk",
        "pings",
        "no-login",
        "upload",
        "opening-not-seen",
        "polling",
        "answered",
    ],
)
def test_other_beginnings_are_nothing(tmp_path: Path, said: list[Said]) -> None:
    assert found(tmp_path, said, ja4=OPENSSL) == []


def test_with_the_pace_of_a_pool_it_is_probable(tmp_path: Path) -> None:
    early = (5, 12, 13, 19)
    jobs = [(20.0 + 22 * n - 13 * sum(n >= block for block in early), "S", 406) for n in range(24)]
    tables = {"record": rows_of(BEGINNING + jobs, tls=True), "tls": [hello(ja4=OPENSSL)]}
    context = context_of(tmp_path, WatchSet([]), **tables)
    shape, pace = list(TlsShapeDetector().detect(context)), list(PushFlowDetector().detect(context))
    (both,) = fuse([*shape, *pace])
    assert both.state is State.PROBABLE
    assert [finding.state for alone in (shape, pace) for finding in fuse(alone)] == [State.SUSPECTED] * 2


def logs(hours: float, down: int, port: int = 9200, **hellos: str | None) -> dict[str, list[dict[str, object]]]:
    own = {"ts": START_US, "src": CLIENT[0], "src_port": CLIENT[1], "dst": SERVER[0], "dst_port": port}
    until = START_US + round(hours * HOUR_US)
    conn = {**own, "until": until, "proto": "tcp", "bytes_up": down // 4, "bytes_down": down, "established": True}
    return {"tls": [{**hello(**hellos), **own}], "conn": [conn]}


def test_logs_alone_suspect_only_all_signs_together(tmp_path: Path) -> None:
    everything = logs(3, 200_000, ja4=OPENSSL)
    (finding,) = fuse(TlsShapeDetector().detect(context_of(tmp_path / "a", WatchSet([]), **everything)))
    assert finding.state is State.SUSPECTED
    assert finding.evidence[0].text.id == "tls_shape.flow"
    for number, fewer in enumerate([
        logs(3, 200_000), logs(0.5, 50_000, ja4=OPENSSL), logs(3, 90_000_000, ja4=OPENSSL),
        logs(3, 200_000, ja4=OPENSSL, sni="www.example.com"),
    ]):  # fmt: skip
        assert fuse(TlsShapeDetector().detect(context_of(tmp_path / str(number), WatchSet([]), **fewer))) == []


def simulated(dialogue: str, number: int, host: str = "") -> Session:
    client, server = Endpoint(f"10.1.0.{number}", 50_000), Endpoint(f"198.51.100.{number}", 9000)
    script = Script(jobs=16, host=host)
    return Session(dialogue, client, server, datetime(2026, 11, 2, tzinfo=UTC), script, seed=number)


def test_simulated_sessions(tmp_path: Path) -> None:
    sessions = [
        simulated("tls-xmrig", 1),
        simulated("tls-browser", 2, "www.example"),
        simulated("chat", 3),
        simulated("telemetry", 4),
    ]
    context = captured(tmp_path, *sessions)
    (alone,) = fuse(TlsShapeDetector().detect(context))
    assert (alone.host, alone.state) == ("10.1.0.1", State.SUSPECTED)
