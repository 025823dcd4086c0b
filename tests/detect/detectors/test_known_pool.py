"""Known pools: what each kind of contact may state, and what must never be stated."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from minewarden.detect.detectors.known_pool import KnownPoolDetector, Settings
from minewarden.detect.fuse import fuse
from minewarden.intel.watchset import AllowEntry, WatchSet
from minewarden.vocab.finding import Grade, RowRef, Sighting, State
from minewarden.vocab.indicator import Indicator, Kind, Role
from minewarden.vocab.words import both, render
from tests.detect.lake_rows import NOON, at, context_of

DEVICE, OTHER, RESOLVER, POOL = "10.1.2.3", "10.1.2.4", "10.0.0.53", "198.51.100.7"


def named(kind: Kind, value: str, role: Role = Role.POOL_ENDPOINT, **more: Any) -> Indicator:
    return Indicator(
        kind=kind,
        value=value,
        role=role,
        operator="云池 Example Pool",
        coins=("XMR",),
        confidence=more.pop("confidence", 95),
        source="invented",
        source_family="catalogue",
        reviewed=NOON,
        **more,
    )


WATCHED = (
    named(Kind.HOST, "xmr.pool.example"),
    named(Kind.HOST, "www.pool.example", Role.POOL_WEBSITE),
    named(Kind.DOMAIN, "mine.pool.example", confidence=80),
    named(Kind.HOST, "two.pool.example", Role.POOL_WEBSITE, ports=(3333,)),
    named(Kind.HOST, "js.example", Role.JS_MINER),
    named(Kind.HOST, "shop.example", Role.EXCHANGE),
    named(
        Kind.IP_PORT,
        "203.0.113.9:3333",
        valid_from=datetime(2026, 10, 1, tzinfo=UTC),
        valid_until=datetime(2026, 12, 1, tzinfo=UTC),
    ),
    named(
        Kind.IP_PORT,
        "203.0.113.10:3333",
        valid_from=datetime(2017, 1, 1, tzinfo=UTC),
        valid_until=datetime(2019, 12, 31, tzinfo=UTC),
    ),
)


def query(name: str, seconds: float = 0, **more: Any) -> dict[str, Any]:
    return {"ts": at(seconds), "src": DEVICE, "dst": RESOLVER, "query": name, "answers": None, **more}


def flow(dst: str, port: int, seconds: float = 1, **more: Any) -> dict[str, Any]:
    return {
        "ts": at(seconds),
        "until": at(seconds + 60),
        "src": DEVICE,
        "src_port": 50000,
        "dst": dst,
        "dst_port": port,
        "proto": "tcp",
        "established": True,
        **more,
    }


def hello(dst: str, port: int, sni: str | None, **more: Any) -> dict[str, Any]:
    row = flow(dst, port, seconds=1)
    for column in ("until", "proto", "established"):
        row.pop(column)
    return {**row, "has_hello": True, "sni": sni, **more}


def seen(folder: Path, watchset: WatchSet | None = None, **tables: list[dict[str, Any]]) -> list[Sighting]:
    return list(KnownPoolDetector().detect(context_of(folder, watchset or WatchSet(WATCHED), **tables)))


def test_a_look_up_is_stated_as_a_look_up(tmp_path: Path) -> None:
    [sighting] = seen(tmp_path, dns=[query("xmr.pool.example", s) for s in (0, 5, 9)])
    assert (sighting.host, sighting.server, sighting.port) == (DEVICE, "", 0)
    assert sighting.server_name == "xmr.pool.example"
    assert sighting.evidence.grade is Grade.LOOKED_UP
    assert sighting.evidence.family == "intel-dns"
    assert sighting.evidence.rows == (RowRef("dns.log", 1), RowRef("dns.log", 2), RowRef("dns.log", 3))
    text = render(sighting.evidence.text, "zh")
    assert DEVICE in text
    assert "xmr.pool.example" in text
    assert "3 次" in text
    assert "不等于已经连接" in text
    [finding] = fuse([sighting])
    assert finding.state is State.SUSPECTED


@pytest.mark.parametrize("name", ["www.pool.example", "shop.example", "two.pool.example", "xmr.pool.example.net"])
def test_sites_exchanges_and_neighbours_raise_nothing(tmp_path: Path, name: str) -> None:
    assert not seen(
        tmp_path,
        dns=[query(name, answers=[POOL])],
        conn=[flow(POOL, 443)],
        tls=[hello(POOL, 443, name)],
        http=[{"ts": at(1), "src": DEVICE, "src_port": 1, "dst": POOL, "dst_port": 80, "host": name}],
    )


def test_a_look_up_and_the_connection_to_its_answer_are_one_finding(tmp_path: Path) -> None:
    sightings = seen(tmp_path, dns=[query("xmr.pool.example", answers=[POOL])], conn=[flow(POOL, 3333)])
    joined = next(s for s in sightings if s.evidence.grade is Grade.CONNECTED)
    assert (joined.server, joined.port, joined.server_name) == (POOL, 3333, "xmr.pool.example")
    assert joined.host_port == 50000
    [finding] = fuse(sightings)
    assert (finding.server, finding.port, finding.state) == (POOL, 3333, State.PROBABLE)
    assert {item.grade for item in finding.evidence} == {Grade.LOOKED_UP, Grade.CONNECTED}


@pytest.mark.parametrize(
    "conn",
    [
        flow(POOL, 3333, -60),
        flow(POOL, 3333, 3700),
        flow(POOL, 3333, src=OTHER),
        flow("198.51.100.8", 3333),
        flow(POOL, 3333, proto="udp"),
    ],
    ids=["before", "after the window", "another device", "another address", "not tcp"],
)
def test_only_this_device_just_after_and_only_the_answer_is_joined(tmp_path: Path, conn: dict[str, Any]) -> None:
    sightings = seen(tmp_path, dns=[query("xmr.pool.example", answers=[POOL])], conn=[conn])
    assert [s.evidence.grade for s in sightings] == [Grade.LOOKED_UP]


def test_each_device_is_joined_with_what_it_asked_itself(tmp_path: Path) -> None:
    dns = [query("xmr.pool.example", answers=[POOL]), query("a.mine.pool.example", 5, src=OTHER, answers=[POOL])]
    sightings = seen(tmp_path, dns=dns, conn=[flow(POOL, 3333, 10), flow(POOL, 3333, 10, src=OTHER)])
    joined = {(s.host, s.server_name) for s in sightings if s.server}
    assert joined == {(DEVICE, "xmr.pool.example"), (OTHER, "a.mine.pool.example")}


def test_the_window_is_a_setting(tmp_path: Path) -> None:
    context = context_of(
        tmp_path,
        WatchSet(WATCHED),
        dns=[query("xmr.pool.example", answers=[POOL])],
        conn=[flow(POOL, 3333, 3700)],
    )
    grades = {s.evidence.grade for s in KnownPoolDetector(Settings(window_minutes=120)).detect(context)}
    assert Grade.CONNECTED in grades


def test_a_connection_that_names_another_server_is_not_the_pools(tmp_path: Path) -> None:
    sightings = seen(
        tmp_path,
        dns=[query("xmr.pool.example", answers=[POOL])],
        conn=[flow(POOL, 443)],
        tls=[hello(POOL, 443, "www.pool.example")],
    )
    assert [s.evidence.grade for s in sightings] == [Grade.LOOKED_UP]


def test_an_address_that_serves_other_names_weighs_less_and_says_so(tmp_path: Path) -> None:
    rows = {"conn": [flow(POOL, 3333)], "dns": [query("xmr.pool.example", answers=[POOL])]}
    alone = next(s for s in seen(tmp_path / "a", **rows) if s.server)
    rows["dns"] = [*rows["dns"], query("library.example", src=OTHER, answers=["cdn.example", POOL])]
    shared = next(s for s in seen(tmp_path / "b", **rows) if s.server)
    assert shared.evidence.weight < alone.evidence.weight
    assert shared.evidence.text.id == "known_pool.joined_shared"
    assert "1 个域名" in render(shared.evidence.text, "zh")


def test_attempts_without_a_connection_are_called_attempts(tmp_path: Path) -> None:
    rows = [flow(POOL, 3333, established=False)]
    attempt = next(s for s in seen(tmp_path, dns=[query("xmr.pool.example", answers=[POOL])], conn=rows) if s.server)
    assert attempt.evidence.text.id == "known_pool.joined_attempt"
    assert "均未建立连接" in render(attempt.evidence.text, "zh")


def test_a_resolver_is_not_accused_of_its_clients_questions(tmp_path: Path) -> None:
    asked_upstream = query("xmr.pool.example", 1, src=RESOLVER, dst="192.0.2.53")
    client, resolver = seen(
        tmp_path, dns=[query("other.example"), asked_upstream, query("xmr.pool.example", src=OTHER)]
    )
    if client.host == RESOLVER:
        client, resolver = resolver, client
    assert (client.host, resolver.host) == (OTHER, RESOLVER)
    assert resolver.evidence.weight < client.evidence.weight / 3
    assert "该地址为递归DNS" in render(resolver.evidence.text, "zh")


def test_a_resolved_address_counts_more_than_the_name_or_the_address_alone(tmp_path: Path) -> None:
    watched = WatchSet([*WATCHED, named(Kind.IP_PORT, f"{POOL}:3333")])
    dns, conn = [query("xmr.pool.example", answers=[POOL])], [flow(POOL, 3333)]
    [lookup] = seen(tmp_path / "a", watched, dns=dns)
    [address] = seen(tmp_path / "b", watched, conn=conn)
    joined = max(seen(tmp_path / "c", watched, dns=dns, conn=conn), key=lambda s: s.evidence.weight)
    assert joined.evidence.text.id == "known_pool.joined"
    assert joined.evidence.weight > lookup.evidence.weight + address.evidence.weight - 1
    assert [fuse([s])[0].state for s in (lookup, address)] == [State.SUSPECTED] * 2
    [whole] = fuse(seen(tmp_path / "d", watched, dns=dns, conn=conn))
    assert whole.state is State.PROBABLE


@pytest.mark.parametrize("seconds", [3600, 3601])
def test_an_answer_without_a_time_to_live_is_used_for_an_hour(tmp_path: Path, seconds: int) -> None:
    sightings = seen(tmp_path, dns=[query("xmr.pool.example", answers=[POOL])], conn=[flow(POOL, 3333, seconds)])
    assert (Grade.CONNECTED in {s.evidence.grade for s in sightings}) is (seconds <= 3600)


def test_a_newer_look_up_of_something_else_at_the_address_takes_nothing_back(tmp_path: Path) -> None:
    dns = [query("xmr.pool.example", answers=[POOL]), query("library.example", 10, answers=[POOL])]
    joined = next(s for s in seen(tmp_path, dns=dns, conn=[flow(POOL, 3333, 20)]) if s.server)
    assert joined.evidence.text.id == "known_pool.joined_shared"


@pytest.mark.parametrize(
    ("name", "hit"),
    [
        ("xmr.pool.example", True),
        ("eu.xmr.pool.example", False),
        ("pool.example", False),
        ("mine.pool.example", True),
        ("eu.mine.pool.example", True),
        ("notmine.pool.example", False),
    ],
)
@pytest.mark.parametrize("said", ["dns", "sni", "http", "certificate"])
def test_a_parent_counts_only_as_its_entry_says(tmp_path: Path, name: str, hit: bool, said: str) -> None:
    http = {"ts": at(1), "src": DEVICE, "src_port": 9, "dst": POOL, "dst_port": 80, "host": name}
    tables: dict[str, list[dict[str, Any]]] = {
        "dns": {"dns": [query(name)]},
        "sni": {"tls": [hello(POOL, 443, name)]},
        "http": {"http": [http]},
        "certificate": {"tls": [hello(POOL, 443, None, names=[name])]},
    }[said]
    assert bool(seen(tmp_path, **tables)) is hit


@pytest.mark.parametrize(
    "subject",
    [
        "CN=xmr.pool.example",
        "C=CN, O=Pool Ltd, CN=XMR.pool.example",
        "CN=xmr.pool.example,O=x",
        "/O=x/CN=xmr.pool.example",
    ],
)
@pytest.mark.parametrize("names", [None, [], ["other.example"], ["xmr.pool.example"]])
def test_a_certificates_own_name_counts_and_only_once(tmp_path: Path, subject: str, names: list[str] | None) -> None:
    [sighting] = seen(tmp_path, tls=[hello(POOL, 443, None, subject=subject, names=names)])
    assert sighting.evidence.text.id == "known_pool.certificate"
    assert sighting.evidence.text.params["count"] == 1


@pytest.mark.parametrize("subject", ["O=xmr.pool.example", "CN=xmr.pool.example.net", "CN=", "OU=CN xmr.pool.example"])
def test_other_fields_of_a_certificate_are_no_names(tmp_path: Path, subject: str) -> None:
    assert not seen(tmp_path, tls=[hello(POOL, 443, None, subject=subject)])


def test_a_certificates_own_name_does_not_count_where_the_client_named_a_server(tmp_path: Path) -> None:
    assert not seen(tmp_path, tls=[hello(POOL, 443, "www.pool.example", subject="CN=xmr.pool.example")])


@pytest.mark.parametrize("said", ["sni", "http", "certificate"])
def test_naming_an_endpoint_in_the_connection_is_contact(tmp_path: Path, said: str) -> None:
    http = {"ts": at(1), "src": DEVICE, "src_port": 9, "dst": POOL, "dst_port": 80, "host": "xmr.pool.example"}
    tables: dict[str, list[dict[str, Any]]] = {
        "sni": {"tls": [hello(POOL, 443, "xmr.pool.example")]},
        "http": {"http": [http]},
        "certificate": {"tls": [hello(POOL, 443, None, names=["*.mine.pool.example"])]},
    }[said]
    [sighting] = seen(tmp_path, **tables)
    assert sighting.evidence.grade is Grade.CONNECTED
    assert sighting.evidence.text.id == f"known_pool.{said}"
    assert sighting.server == POOL


def test_a_name_of_their_own_that_stands_for_a_pool_is_seen_through(tmp_path: Path) -> None:
    rows = [query("update.hidden.example", answers=["xmr.pool.example", POOL])]
    lookup, joined = seen(tmp_path, dns=rows, conn=[flow(POOL, 443)], tls=[hello(POOL, 443, "update.hidden.example")])
    assert lookup.server_name == joined.server_name == "xmr.pool.example"
    assert lookup.evidence.text.id == "known_pool.lookup_alias"
    assert "update.hidden.example" in render(lookup.evidence.text, "zh")
    assert joined.evidence.text.id == "known_pool.joined"


def test_a_pools_site_that_is_an_alias_of_its_endpoint_stays_a_site(tmp_path: Path) -> None:
    assert not seen(tmp_path, dns=[query("www.pool.example", answers=["xmr.pool.example", POOL])])


def test_a_certificate_does_not_count_where_the_client_named_the_site(tmp_path: Path) -> None:
    row = hello(POOL, 443, "www.pool.example", names=["www.pool.example", "*.mine.pool.example"])
    assert not seen(tmp_path, tls=[row])


def test_a_name_of_two_uses_alerts_on_its_mining_ports_only(tmp_path: Path) -> None:
    sightings = seen(
        tmp_path,
        dns=[query("two.pool.example", answers=[POOL])],
        conn=[flow(POOL, 443), flow(POOL, 3333, src_port=50001)],
    )
    assert [(s.server, s.port) for s in sightings] == [(POOL, 3333)]


def test_an_address_counts_only_while_it_was_the_pools(tmp_path: Path) -> None:
    sightings = seen(tmp_path, conn=[flow("203.0.113.9", 3333), flow("203.0.113.10", 3333), flow("203.0.113.9", 443)])
    assert [(s.server, s.port) for s in sightings] == [("203.0.113.9", 3333)]
    assert sightings[0].evidence.text.id == "known_pool.address"
    [finding] = fuse(sightings)
    assert finding.state is State.SUSPECTED


def test_networks_are_matched_too(tmp_path: Path) -> None:
    watchset = WatchSet([named(Kind.CIDR, "203.0.113.0/24"), named(Kind.IP, "2001:db8::7")])
    rows = [
        flow("203.0.113.77", 1),
        flow("2001:db8::7", 2),
        flow("192.0.2.1", 3),
        flow("203.0.113.78", 4, dst_port=None),
    ]
    sightings = seen(tmp_path, watchset, conn=rows)
    assert [s.server for s in sightings] == ["2001:db8::7", "203.0.113.77", "203.0.113.78"]
    assert all(item.evidence.weight < 4 for item in sightings)


def test_a_page_with_a_mining_script_is_said_to_be_perhaps_just_a_page(tmp_path: Path) -> None:
    lookup, contact = seen(tmp_path, dns=[query("js.example")], tls=[hello(POOL, 443, "js.example")])
    assert "网页" in render(lookup.evidence.text, "zh")
    assert contact.evidence.text.id == "known_pool.page_script"


def test_an_allow_entry_silences_until_its_day(tmp_path: Path) -> None:
    def allowed(until: datetime) -> WatchSet:
        entry = AllowEntry("pool.example", Kind.DOMAIN, "信息中心", until, "区块链课程")
        return WatchSet(WATCHED, [entry])

    rows = {"dns": [query("xmr.pool.example", answers=[POOL])], "conn": [flow(POOL, 3333)]}
    assert not seen(tmp_path / "a", allowed(NOON + timedelta(days=1)), **rows)
    assert len(seen(tmp_path / "b", allowed(NOON - timedelta(days=1)), **rows)) == 2


def test_an_old_review_weighs_less(tmp_path: Path) -> None:
    fresh = WatchSet([named(Kind.HOST, "xmr.pool.example")])
    old = WatchSet([replace(named(Kind.HOST, "xmr.pool.example"), reviewed=NOON - timedelta(days=365))])
    rows = {"dns": [query("xmr.pool.example")]}
    [new], [aged] = seen(tmp_path / "a", fresh, **rows), seen(tmp_path / "b", old, **rows)
    assert aged.evidence.weight == pytest.approx(new.evidence.weight / 2, abs=0.01)


def test_the_order_is_fixed_and_every_sentence_speaks_both_languages(tmp_path: Path) -> None:
    hosts = [f"10.1.0.{n}" for n in (9, 3, 7)]
    rows = {
        "dns": [
            query(name, src=h, answers=[POOL]) for h in hosts for name in ("xmr.pool.example", "a.mine.pool.example")
        ],
        "conn": [flow(POOL, 3333, src=h) for h in hosts],
    }
    first, second = seen(tmp_path / "a", **rows), seen(tmp_path / "b", **rows)
    assert first == second
    assert [s.host for s in first[:2]] == ["10.1.0.3", "10.1.0.3"]
    for sighting in first:
        for sentence in both(sighting.evidence.text).values():
            assert not re.search(r"[{}]", sentence)


def test_an_empty_lake_states_nothing(tmp_path: Path) -> None:
    assert seen(tmp_path) == []
