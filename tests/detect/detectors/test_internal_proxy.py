"""A proxy inside and its clients: what is named, what is never more than a rank, and which services stay unnamed."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from minewarden.detect.detectors.internal_proxy import DEFAULT, InternalProxyDetector
from minewarden.detect.fuse import STATED, fuse
from minewarden.intel.watchset import WatchSet
from minewarden.vocab.clock import from_us
from minewarden.vocab.finding import Evidence, Finding, Grade, Sighting, State
from minewarden.vocab.message import message
from minewarden.vocab.words import both, render
from tests.detect.lake_rows import at, context_of

PROXY, POOL = "10.3.0.20", "198.51.100.7"
HOUR = 3600
Rows = list[dict[str, Any]]


def flow(src: str, dst: str, port: int, down: float, up: float, hours: float = 6, **more: Any) -> dict[str, Any]:
    """A connection of so many hours, with bytes a second in each direction."""
    row = {"ts": at(0), "until": at(hours * HOUR), "src": src, "src_port": 41000, "dst": dst, "dst_port": port}
    counted = {"bytes_down": int(down * hours * HOUR), "bytes_up": int(up * hours * HOUR)}
    return {**row, "proto": "tcp", "established": True, **counted, **more}


def clients(count: int = 6, port: int = 3333, down: float = 22, up: float = 9, **more: Any) -> Rows:
    return [flow(f"10.3.1.{n}", PROXY, port, down + n % 3, up, **more) for n in range(1, count + 1)]


def moved(proxy: str) -> Rows:
    return [row | {"dst": proxy} for row in clients()]


def upstream(down: float = 25, up: float = 40, **more: Any) -> dict[str, Any]:
    return flow(PROXY, POOL, 443, down, up, **more)


def seen(folder: Path, rows: Iterable[dict[str, Any]]) -> list[Sighting]:
    return list(InternalProxyDetector().detect(context_of(folder, WatchSet([]), conn=list(rows))))


def test_the_proxy_and_its_clients_are_named(tmp_path: Path) -> None:
    proxy, *theirs = seen(tmp_path, [*clients(), upstream()])
    assert (proxy.host, proxy.server, proxy.port, proxy.evidence.family) == (PROXY, POOL, 443, "proxy")
    assert [(s.host, s.server, s.port, s.beyond) for s in theirs] == [
        (f"10.3.1.{n}", PROXY, 3333, (POOL, 443)) for n in range(1, 7)
    ]
    text = render(proxy.evidence.text, "zh")
    assert "6 台内网设备（10.3.1.1, 10.3.1.2" in text
    assert "10.3.0.20:3333" in text
    assert "360 分钟" in text
    assert proxy.evidence.rows[0].source == "conn.log"
    for sighting in (proxy, *theirs):
        assert sighting.evidence.grade is Grade.BEHAVED
        assert sighting.host_port == 41000
        assert all("{" not in sentence for sentence in both(sighting.evidence.text).values())


def test_alone_it_is_suspected_of_the_proxy_and_nothing_of_the_clients(tmp_path: Path) -> None:
    [finding] = fuse(seen(tmp_path, [*clients(), upstream()]))
    assert (finding.host, finding.state) == (PROXY, State.SUSPECTED)
    weights = [value for name, value in asdict(DEFAULT).items() if name.startswith("weight_")]
    assert DEFAULT.client_share * sum(weights) < STATED


@pytest.mark.parametrize(
    ("family", "grade", "weight"),
    [("intel-flow", Grade.CONNECTED, 10.0), ("protocol", Grade.WORK, 20.0), ("sensor", Grade.BEHAVED, 7.0)],
)
def test_what_is_known_of_the_upstream_makes_all_of_them_probable(
    tmp_path: Path, family: str, grade: Grade, weight: float
) -> None:
    text = message("patrol.skipped", detector="d", tables="t")
    item = Evidence("d", family, grade, weight, text, from_us(at(0)), from_us(at(60)))
    known = Sighting(PROXY, POOL, 443, item, coins=frozenset({"XMR"}))
    found: dict[str, Finding] = {f.host: f for f in fuse([*seen(tmp_path, [*clients(3), upstream()]), known])}
    assert set(found) == {PROXY, "10.3.1.1", "10.3.1.2", "10.3.1.3"}
    theirs = {finding.state for host, finding in found.items() if host != PROXY}
    assert theirs == {State.PROBABLE}
    assert found[PROXY].state is (State.CONFIRMED if family == "protocol" else State.PROBABLE)


def test_the_least_weight_of_a_client_is_enough_with_its_upstream(tmp_path: Path) -> None:
    rows = [*clients(3, up=50), upstream(hours=4), *more_upstreams(2, hours=4)]
    rows += [flow(PROXY, f"203.0.113.{n}", 443, 5000, 10, hours=0.01) for n in range(40)]
    item = Evidence(
        *("d", "intel-flow", Grade.CONNECTED, 10.0, message("patrol.skipped", detector="d", tables="t")),
        *(from_us(at(0)), from_us(at(60))),
    )
    sightings = seen(tmp_path, rows)
    assert sightings[0].evidence.weight == DEFAULT.weight_gathered
    found = fuse([*sightings, Sighting(PROXY, sightings[0].server, sightings[0].port, item)])
    assert [finding.state for finding in found] == [State.PROBABLE] * 4


def more_upstreams(count: int, hours: float = 6) -> Rows:
    return [flow(PROXY, f"198.51.100.{100 + n}", 443, 25, 40, hours) for n in range(count)]


def test_records_cut_every_minute_are_added_up(tmp_path: Path) -> None:
    def cut(row: dict[str, Any]) -> Iterable[dict[str, Any]]:
        for minute in range(180):
            share = {"bytes_down": row["bytes_down"] // 360, "bytes_up": row["bytes_up"] // 360}
            yield {**row, "ts": at(60 * minute), "until": at(60 * minute + 59), **share}

    assert len(seen(tmp_path, [record for row in [*clients(), upstream()] for record in cut(row)])) == 7


@pytest.mark.parametrize(
    "given",
    [
        {"least_clients": 7},
        {"least_hours": 7.0},
        {"least_minutes": 400.0},
        {"least_rate": 30.0},
        {"most_rate": 20.0},
        {"most_up": 5.0},
        {"alike": 1.01},
        {"passed_on": 1.05},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_is_asked_of_a_proxy_can_be_set(tmp_path: Path, given: dict[str, Any]) -> None:
    context = context_of(tmp_path, WatchSet([]), conn=[*clients(), upstream()])
    assert len(list(InternalProxyDetector().detect(context))) == 7
    assert list(InternalProxyDetector(settings=replace(DEFAULT, **given)).detect(context)) == []


def print_server() -> Rows:
    return [flow(f"10.3.1.{n}", PROXY, 9100, 1.5, 40) for n in range(1, 30)]


def directory() -> Rows:
    return [flow(f"10.3.1.{n}", PROXY, port, 20, 20) for n in range(1, 30) for port in (389, 445, 88, 3268)]


def file_server() -> Rows:
    return [flow(f"10.3.1.{n}", PROXY, 2049, 30, 20) for n in range(1, 30)]


def broker_without_upstream() -> Rows:
    return [flow(f"10.3.1.{n}", PROXY, 1884, 20, 5) for n in range(1, 30)]


def monitoring_agents() -> Rows:
    # A collector that is fed by all and keeps a licence server's connection, ten times thinner.
    return [*(flow(f"10.3.1.{n}", PROXY, 5555, 12, 90) for n in range(1, 30)), upstream(1.2, 1)]


def chat() -> Rows:
    return [flow(f"10.3.1.{n}", "203.0.113.80", 8080, 15, 9) for n in range(1, 30)]


def web_proxy() -> Rows:
    outside = [flow(PROXY, f"203.0.113.{n}", 443, 25, 20, hours=6 if n < 2 else 0.01) for n in range(60)]
    return [*clients(20, port=3128), *outside]


def cloud_gateway() -> Rows:
    return [*clients(20), *more_upstreams(4)]


def unlike_clients() -> Rows:
    return [*(flow(f"10.3.1.{n}", PROXY, 7000, 2.0**n, 5) for n in range(1, 8)), upstream()]


def not_at_the_same_time() -> Rows:
    return [*clients(), {**upstream(), "ts": at(7 * HOUR), "until": at(13 * HOUR)}]


HARMLESS: list[Callable[[], Rows]] = [
    *(print_server, directory, file_server, broker_without_upstream, monitoring_agents, chat, web_proxy),
    *(cloud_gateway, unlike_clients, not_at_the_same_time),
]


@pytest.mark.parametrize("rows", HARMLESS, ids=lambda rows: rows.__name__)
@pytest.mark.parametrize("extra", [True, False], ids=["with an upstream", "as it is"])
def test_services_of_a_campus_are_not_named(tmp_path: Path, rows: Callable[[], Rows], extra: bool) -> None:
    named = rows in (print_server, directory, file_server, chat)
    assert seen(tmp_path, [*rows(), *([upstream()] if extra and named else [])]) == []


@pytest.mark.parametrize(
    "rows",
    [
        [*clients(2), upstream()],
        clients(),
        [*clients(hours=1), upstream()],
        [*clients(proto="udp"), upstream()],
        [*clients(established=False), upstream()],
        [*clients(down=900), upstream(900)],
        [*clients(bytes_down=None), upstream()],
        [*(row | {"dst_port": None} for row in clients()), upstream()],
        [*clients(), upstream() | {"dst": "10.9.9.9"}],
        [*moved("203.0.113.5"), upstream()],
    ],
    ids=[
        *("two clients", "no upstream", "one hour", "udp", "attempts", "too fast", "uncounted", "no port"),
        *("an upstream inside", "a server outside"),
    ],
)
def test_less_than_that_is_nothing(tmp_path: Path, rows: Rows) -> None:
    assert seen(tmp_path, rows) == []


def test_public_addresses_of_the_unit_may_be_inside(tmp_path: Path) -> None:
    rows = [*moved("203.0.113.5"), {**upstream(), "src": "203.0.113.5"}]
    context = context_of(tmp_path, WatchSet([]), conn=rows)
    assert list(InternalProxyDetector().detect(context)) == []
    found = list(InternalProxyDetector(own=("203.0.113.0/28",)).detect(context))
    assert found[0].host == "203.0.113.5"


def test_ipv6_inside_is_inside_too(tmp_path: Path) -> None:
    rows = [{**row, "dst": "fd00::20", "src": f"fd00::{n}"} for n, row in enumerate(clients(), 256)]
    found = seen(tmp_path, [*rows, {**upstream(), "src": "fd00::20", "dst": "2001:db8::7"}])
    assert (found[0].host, found[0].server) == ("fd00::20", "2001:db8::7")
    assert "[fd00::20]:3333" in render(found[0].evidence.text, "zh")
    assert "[2001:db8::7]:443" in render(found[0].evidence.text, "zh")


def test_the_order_is_fixed_and_an_empty_lake_states_nothing(tmp_path: Path) -> None:
    rows = [*clients(), upstream()]
    assert seen(tmp_path / "a", rows) == seen(tmp_path / "b", rows)
    assert list(InternalProxyDetector().detect(context_of(tmp_path / "c", WatchSet([])))) == []
