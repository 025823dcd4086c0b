"""Who else visits a server, and what that takes away: from families that rank only, and never for a known pool."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from minewarden.detect.doubts import doubts, visitors_weight
from minewarden.detect.fuse import fuse
from minewarden.intel.watchset import WatchSet
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Grade, RowRef, Sighting, State
from minewarden.vocab.message import message
from minewarden.vocab.words import both, render
from tests.detect.lake_rows import at, context_of

HOST, SERVER, PORT = "10.1.2.3", "198.51.100.7", 443
HOURS = 4 * 3600


def visit(host: str, lasts: float, port: int = PORT, **more: Any) -> dict[str, Any]:
    row = {"ts": at(60), "until": at(60 + lasts), "src": host, "src_port": 40000, "dst": SERVER, "dst_port": port}
    return {**row, "proto": "tcp", "established": True, **more}


def named(host: str, alpn: str | None = "h2,http/1.1") -> dict[str, Any]:
    row = {"ts": at(60), "src": host, "src_port": 40000, "dst": SERVER, "dst_port": PORT}
    return {**row, "has_hello": True, "sni": "app.example", "alpn": alpn}


def seen(family: str = "shape", weight: float = 6, host: str = HOST, port: int = PORT) -> Sighting:
    text = message("patrol.skipped", detector="d", tables="t")
    first, last = from_us(at(60)), from_us(at(60 + HOURS))
    return Sighting(host, SERVER, port, Evidence("d", family, Grade.BEHAVED, weight, text, first, last))


def others(count: int, lasts: float = 20, **more: Any) -> list[dict[str, Any]]:
    return [visit(f"10.1.{n // 250}.{n % 250 + 4}", lasts, **more) for n in range(count)]


def told(folder: Path, *sightings: Sighting, **tables: list[dict[str, Any]]) -> list[Sighting]:
    return doubts(context_of(folder, WatchSet([]), **tables), sightings or (seen(),))


def test_ordinary_visitors_are_counted_and_said(tmp_path: Path) -> None:
    [doubt] = told(tmp_path, conn=[visit(HOST, HOURS), *others(9), visit("10.9.9.9", HOURS)])
    assert (doubt.host, doubt.server, doubt.port, doubt.evidence.family) == (HOST, SERVER, PORT, "visitors")
    assert doubt.evidence.weight == -3.5
    text = render(doubt.evidence.text, "zh")
    assert "另有 10 台设备" in text
    assert "9 台像普通访问" in text
    assert doubt.evidence.rows[0].source == "conn.log"
    assert (doubt.evidence.first_seen, doubt.evidence.last_seen) == (from_us(at(60)), from_us(at(60 + HOURS)))


def test_a_service_of_many_ordinary_visitors_is_no_finding(tmp_path: Path) -> None:
    sighting = seen(weight=5.5)
    assert fuse([sighting])
    assert fuse([sighting, *told(tmp_path, sighting, conn=[visit(HOST, HOURS), *others(200)])]) == []


def test_other_miners_are_no_ordinary_visitors(tmp_path: Path) -> None:
    assert told(tmp_path, conn=[visit(HOST, HOURS), *others(15, lasts=HOURS)]) == []


def test_long_connections_that_speak_the_web_are_ordinary(tmp_path: Path) -> None:
    rows = others(10, lasts=HOURS)
    [doubt] = told(tmp_path, conn=[visit(HOST, HOURS), *rows], tls=[named(row["src"]) for row in rows])
    assert doubt.evidence.text.params["ordinary"] == 10


def test_where_the_source_cuts_every_connection_shortness_tells_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, conn=[visit(HOST, 60), *others(10, lasts=60)]) == []


def test_a_long_connection_cut_into_records_is_long(tmp_path: Path) -> None:
    cut = [visit(host, 60, ts=at(60 * n), until=at(60 * n + 60)) for n in range(60) for host in ("10.1.1.1", HOST)]
    assert told(tmp_path, conn=[*cut, *others(4, lasts=HOURS)]) == []


def test_attempts_are_no_visits(tmp_path: Path) -> None:
    assert told(tmp_path, conn=[visit(HOST, HOURS), *others(50, established=False)]) == []


def test_visitors_of_another_port_are_of_another_service(tmp_path: Path) -> None:
    assert told(tmp_path, conn=[visit(HOST, HOURS), *others(50, port=80)]) == []


@pytest.mark.parametrize("family", ["protocol", "intel-flow"])
def test_a_known_pool_is_not_doubted_for_its_visitors(tmp_path: Path, family: str) -> None:
    known = seen(family, 10, host="10.7.7.7")
    assert told(tmp_path, seen(), known, conn=[visit(HOST, HOURS), *others(200)]) == []


@pytest.mark.parametrize("family", ["protocol", "intel-flow", "sensor", "proxy", "upstream"])
def test_only_what_ranks_is_asked_about(tmp_path: Path, family: str) -> None:
    assert told(tmp_path, seen(family), conn=[visit(HOST, HOURS), *others(200)], tls=[named(HOST)]) == []


@pytest.mark.parametrize(("alpn", "doubted"), [("h2,http/1.1", True), ("http/1.1", True), (None, False), ("x", False)])
def test_a_protocol_of_the_web_is_a_confounder(tmp_path: Path, alpn: str | None, doubted: bool) -> None:
    found = told(tmp_path, conn=[visit(HOST, HOURS)], tls=[named(HOST, alpn)])
    assert [doubt.evidence.family for doubt in found] == ["confounder"] * doubted


def test_a_page_over_http_is_one_too(tmp_path: Path) -> None:
    row = {"ts": at(60), "src": HOST, "src_port": 1, "dst": SERVER, "dst_port": PORT, "host": "a.example"}
    assert [doubt.evidence.text.id for doubt in told(tmp_path, http=[row])] == ["doubts.web"]


def test_a_wallets_port_stops_the_confirmation_by_blocks(tmp_path: Path) -> None:
    clock = seen("block-clock", 18, port=50002)
    tested = Sighting(HOST, SERVER, 50002, replace(clock.evidence, p_value=1e-12))
    both_seen = [tested, seen("shape", 6, port=50002)]
    [confirmed] = fuse(both_seen)
    [doubted] = fuse([*both_seen, *told(tmp_path, *both_seen, conn=[visit(HOST, HOURS, port=50002)])])
    assert confirmed.state is State.CONFIRMED
    assert doubted.state is not State.CONFIRMED


@pytest.mark.parametrize(("family", "stopped"), [("block-clock", True), ("shape", False)])
def test_a_name_that_no_list_knows_stops_the_confirmation_by_blocks_and_weighs_nothing(
    tmp_path: Path, family: str, stopped: bool
) -> None:
    found = told(tmp_path, seen(family), conn=[visit(HOST, HOURS)], tls=[named(HOST, alpn=None)])
    assert [(doubt.evidence.family, doubt.evidence.weight) for doubt in found] == [("confounder", 0.0)] * stopped
    assert all("app.example" in render(doubt.evidence.text, "zh") for doubt in found)
    known = seen("intel-flow", 10)
    assert told(tmp_path / "known", seen(family), known, tls=[named(HOST, alpn=None)]) == []


def test_nobody_asks_where_nothing_ranks(tmp_path: Path) -> None:
    assert told(tmp_path, seen("protocol")) == []
    assert doubts(context_of(tmp_path / "b", WatchSet([])), []) == []


def test_each_pair_does_without_its_own_visit_and_the_order_is_fixed(tmp_path: Path) -> None:
    rows = [visit(HOST, HOURS), visit("10.1.2.2", HOURS), *others(30)]
    found = told(tmp_path, seen(), seen(host="10.1.2.2"), seen("flow"), conn=rows)
    assert [(doubt.host, doubt.evidence.text.params["others"]) for doubt in found] == [("10.1.2.2", 31), (HOST, 31)]
    for doubt in found:
        assert all("{" not in sentence for sentence in both(doubt.evidence.text).values())
        assert all(isinstance(row, RowRef) for row in doubt.evidence.rows)


@pytest.mark.parametrize(
    ("count", "ordinary", "nats"),
    [(4, 4, 0), (5, 5, -3.5), (10, 8, -1.5), (10, 4, 0), (19, 0, 0), (199, 0, -2.303), (5000, 5000, -7.5)],
)
def test_how_much_is_taken(count: int, ordinary: int, nats: float) -> None:
    assert visitors_weight(count, ordinary) == pytest.approx(nats, abs=0.001)
