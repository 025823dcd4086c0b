"""A new list held against the last week of a lake: whom many clients met waits for a person."""

import ipaddress
from datetime import timedelta

import duckdb
import pyarrow as pa
import pytest

from minewarden.intel.record import Type
from minewarden.patrol.replay import Key, Replay, replay
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.clock import to_us
from tests.intel.lists import NOW

AGO = to_us(NOW - timedelta(days=1))


def lake(**rows: list[dict]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for name, schema in TABLES.items():
        full = [{"ts": AGO, "origin": 1, "row": 1} | row for row in rows.get(name, [])]
        connection.register(name, pa.Table.from_pylist(full, schema=schema) if full else schema.empty_table())
    return connection


def campus(clients: int = 1000, **met: int) -> duckdb.DuckDBPyConnection:
    """`clients` hosts that all ask for one name, and so many of them for each of the names of `met`."""
    rows = []
    for name, count in {"www_example_org": clients, **met}.items():
        rows += [
            {"src": f"10.12.{n // 250}.{n % 250 + 1}", "query": name.replace("_", "."), "dst": "10.12.0.53"}
            for n in range(count)
        ]
    return lake(dns=rows)


def found(connection: duckdb.DuckDBPyConnection, *entries: Key, **more: object) -> Replay:
    return replay(connection, entries, until=NOW, **more)  # type: ignore[arg-type]


HOST, SITE = (Type.HOST, "pool.example.net"), (Type.HOST, "www.example.org")


def test_more_than_half_a_percent_wait_and_half_a_percent_does_not() -> None:
    assert found(campus(pool_example_net=5), HOST).common() == {}
    common = found(campus(pool_example_net=6), HOST, SITE).common()
    assert set(common) == {HOST, SITE}
    assert dict(common[HOST].params) == {"clients": 6, "among": 1000, "percent": "0.60", "days": 7}


def test_what_is_held_already_was_decided_on_before() -> None:
    assert found(campus(), SITE, held=[SITE]).met == {}


def test_only_seven_days_count() -> None:
    old = {"src": "10.12.0.1", "query": "pool.example.net", "ts": to_us(NOW - timedelta(days=8))}
    connection = lake(dns=[old, {"src": "10.12.0.2", "query": "other.example.net"}])
    assert found(connection, HOST).met == {}
    assert found(connection, HOST).clients == 1


@pytest.mark.parametrize("own", [(), (ipaddress.ip_network("203.0.113.0/24"),)])
def test_only_local_clients_count(own: tuple) -> None:
    rows = [{"src": "203.0.113.8", "query": "pool.example.net"}, {"src": "198.51.100.8", "query": "pool.example.net"}]
    connection = lake(dns=[*rows, {"src": "10.12.0.1", "query": "other.example.net"}])
    seen = found(connection, HOST, own=own)
    assert (seen.clients, seen.met) == ((1, {HOST: 1}) if own else (1, {}))


def test_a_lake_without_anything_says_nothing() -> None:
    seen = found(lake(), HOST)
    assert (seen.clients, seen.common()) == (0, {})


@pytest.mark.parametrize(
    ("key", "meets"),
    [
        ((Type.DOMAIN, "example.net"), True), ((Type.HOST, "example.net"), False),
        ((Type.HOST_PORT, "pool.example.net:3333"), True), ((Type.URL, "https://pool.example.net/x"), True),
        ((Type.IP, "192.0.2.9"), True), ((Type.CIDR, "192.0.2.0/28"), True), ((Type.IP_PORT, "192.0.2.9:3333"), True),
        ((Type.IP_PORT, "192.0.2.9:3334"), False), ((Type.URL, "http://192.0.2.9/x"), True),
        ((Type.IP_PORT, "[2001:db8::9]:3333"), True), ((Type.SHA256, "ab" * 32), False),
    ],
)  # fmt: skip
def test_each_type_is_asked_for_as_the_wire_shows_it(key: Key, meets: bool) -> None:
    flow = {"src": "10.12.0.1", "src_port": 5000, "dst_port": 3333, "until": AGO, "proto": "tcp"}
    connection = lake(
        dns=[{"src": "10.12.0.1", "query": "pool.example.net"}],
        conn=[flow | {"dst": "192.0.2.9"}, flow | {"dst": "2001:db8::9"}],
    )
    assert found(connection, key).met == ({key: 1} if meets else {})
