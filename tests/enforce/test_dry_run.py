"""What rules would have met: by names, addresses and ports, within the time, for the units whose clients they are."""

from datetime import timedelta
from ipaddress import ip_network

import duckdb
import pyarrow as pa

from minewarden.enforce.dry_run import dry_run
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.blockrule import BlockRule, Target
from minewarden.vocab.clock import to_us
from tests.enforce.rules import NOW, SOON

UNITS = [(ip_network("10.0.0.0/8"), "云川市"), (ip_network("10.1.0.0/16"), "第一中学")]


def lake(**rows: list[dict]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for name, schema in TABLES.items():
        full = [{"ts": to_us(NOW) - 1, "origin": 1, "row": 1} | row for row in rows.get(name, [])]
        connection.register(name, pa.Table.from_pylist(full, schema=schema) if full else schema.empty_table())
    return connection


def conn(src: str, dst: str, port: int | None, **more: object) -> dict:
    return {"src": src, "dst": dst, "dst_port": port, "until": to_us(NOW), "proto": "tcp"} | more


def rule(target: Target, value: str, port: int = 0) -> BlockRule:
    return BlockRule(target, value, SOON, "r", port)


def met(connection: duckdb.DuckDBPyConnection, *rules: BlockRule, days: int = 7):
    return dry_run(connection, rules, since=NOW - timedelta(days=days), until=NOW, units=UNITS)


def test_names_in_lookups_sessions_and_pages() -> None:
    connection = lake(
        dns=[
            {"src": "10.1.0.1", "query": q} for q in ("pool.example.net", "POOL.example.net", "deep.pool.example.net")
        ],
        tls=[{"src": "10.2.0.1", "dst": "203.0.113.9", "sni": "eu.bad.example.net"}],
        http=[{"src": "192.0.2.1", "dst": "203.0.113.9", "host": "bad.example.net"}],
    )
    found = met(connection, rule(Target.NAME, "pool.example.net"), rule(Target.SUBTREE, "bad.example.net"))
    by = {one.rule.value: one for one in found.rules}
    assert (by["pool.example.net"].hits, by["pool.example.net"].units) == (2, (("第一中学", 2, 1),))
    assert (by["bad.example.net"].clients, by["bad.example.net"].units) == (2, (("", 1, 1), ("云川市", 1, 1)))
    assert found.rows == 5


def test_addresses_ports_and_ranges() -> None:
    connection = lake(
        conn=[
            conn("10.1.0.1", "203.0.113.9", 3333), conn("10.1.0.2", "203.0.113.9", 443),
            conn("10.1.0.3", "198.51.100.7", None), conn("10.1.0.3", "2001:db8::9", 1),
        ]
    )  # fmt: skip
    found = met(
        connection, rule(Target.IP_PORT, "203.0.113.9", 3333), rule(Target.CIDR, "198.51.100.0/28"),
        rule(Target.IP, "2001:db8::9"), rule(Target.IP, "203.0.113.9"), rule(Target.IP, "203.0.113.99"),
    )  # fmt: skip
    assert {(one.rule.value, one.rule.port): one.hits for one in found.rules} == {
        ("203.0.113.9", 3333): 1, ("198.51.100.0/28", 0): 1, ("2001:db8::9", 0): 1, ("203.0.113.9", 0): 2,
        ("203.0.113.99", 0): 0,
    }  # fmt: skip


def test_a_rule_is_asked_for_in_its_one_spelling() -> None:
    connection = lake(dns=[{"src": "10.1.0.1", "query": "pool.example.net"}])
    (one,) = met(connection, rule(Target.NAME, "Pool.Example.NET.")).rules
    assert (one.hits, one.rule.value) == (1, "pool.example.net")


def test_only_the_days_asked_for() -> None:
    old = {"src": "10.1.0.1", "query": "pool.example.net", "ts": to_us(NOW - timedelta(days=8))}
    found = met(lake(dns=[old]), rule(Target.NAME, "pool.example.net"))
    assert (found.rules[0].hits, found.rules[0].last, found.rows) == (0, None, 0)
    again = met(lake(dns=[old]), rule(Target.NAME, "pool.example.net"), days=9).rules[0]
    assert (again.hits, again.last) == (1, NOW - timedelta(days=8))


def test_accounts_and_devices_in_sessions() -> None:
    told = {"event": "start", "nas": "192.0.2.1"}
    connection = lake(
        session=[
            told | {"session": "1", "login": "zhangz", "mac": "02:00:00:00:00:0a", "ip": "10.1.0.1"},
            told | {"session": "2", "login": "zhangz", "mac": "02:00:00:00:00:0b", "ip": "10.1.0.2"},
            told | {"session": "3", "login": "lisi", "mac": "02:00:00:00:00:0a"},
        ]
    )
    found = met(connection, rule(Target.ACCOUNT, "zhangz"), rule(Target.STATION, "02:00:00:00:00:0a"))
    assert [(one.rule.value, one.hits, one.clients) for one in found.rules] == [
        ("zhangz", 2, 2), ("02:00:00:00:00:0a", 2, 1),
    ]  # fmt: skip
    assert met(connection, rule(Target.NAME, "pool.example.net")).rows == 0
