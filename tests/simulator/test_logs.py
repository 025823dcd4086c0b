"""Every form of log that the simulator writes is read back by the real reader with the facts that went in."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from minewarden.plugins import READERS
from minewarden.simulator import logs
from minewarden.simulator.city import GPU02, JF07, LAPTOP, MIDDLE, OFFICE, classroom
from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import HEAD_BYTES, Batch, Note, Source
from minewarden.vocab.clock import SourceClock, parse_zone, to_us

AT = datetime(2026, 11, 23, 5, 14, 37, tzinfo=UTC)
HOUR = timedelta(hours=1)
FLOW = logs.Flow("10.64.8.55", 49811, "203.0.113.20", 443, AT, 9120.5, 61_220, 402_118, "ssl")
QUERY = logs.Query("10.12.9.14", "pool.example.com", AT, ("198.51.100.78", "198.51.100.79"))
SESSION = logs.Translation("10.31.9.14", 51234, "203.0.113.10", 40213, "198.51.100.7", 3333, AT, AT + HOUR)


def read(text: str, form: str, zone: str | None = None, offset_s: int = 0) -> dict[str, list[dict[str, Any]]]:
    """The rows by table. The text is recognised by exactly the reader of its form, and nothing in it is refused."""
    data = text.encode()
    head = head_of(data[:HEAD_BYTES])
    first = next(name for name in READERS if READERS.load(name)().recognises(head))
    assert first == form
    clock = SourceClock(parse_zone(zone) if zone else None, timedelta(seconds=offset_s))
    source = Source(1, "made", Path("made"), head, io.BufferedReader(io.BytesIO(data)), clock)  # type: ignore[type-var]
    rows: dict[str, list[dict[str, Any]]] = {}
    for item in READERS.load(form)().read(source):
        assert isinstance(item, Batch | Note), item
        if isinstance(item, Batch):
            rows.setdefault(item.table, []).extend(item.rows.to_pylist())
    return rows


@pytest.mark.parametrize("offset_s", [0, -45])
def test_kea_leases(offset_s: int) -> None:
    leases = [logs.Lease(JF07, AT, HOUR), logs.Lease(GPU02, AT, HOUR, ip="10.64.2.99")]
    rows = read(logs.kea_leases(leases, offset_s), "kea_leases", offset_s=offset_s)["lease"]
    told = {(row["ip"], row["mac"], row["hostname"], row["ts"], row["until"]) for row in rows}
    span = (to_us(AT), to_us(AT + HOUR))
    assert told == {(JF07.ip, JF07.mac, "jf-07", *span), ("10.64.2.99", GPU02.mac, "gpu02", *span)}


def test_isc_leases() -> None:
    (row,) = read(logs.isc_leases([logs.Lease(LAPTOP, AT, HOUR)]), "isc_leases")["lease"]
    assert (row["ip"], row["mac"], row["hostname"]) == (LAPTOP.ip, LAPTOP.mac, LAPTOP.hostname.lower())
    assert (row["ts"], row["until"]) == (to_us(AT), to_us(AT + HOUR))


def test_radius_detail() -> None:
    text = logs.radius_detail(LAPTOP, AT, AT + HOUR, "10.64.255.9", "5F3A01C7")
    start, stop = read(text, "radius_detail", zone="Asia/Shanghai")["session"]
    assert (start["event"], start["ts"], stop["event"], stop["ts"]) == ("start", to_us(AT), "stop", to_us(AT + HOUR))
    assert (start["login"], start["ip"], start["mac"]) == (LAPTOP.login, LAPTOP.ip, LAPTOP.mac)
    assert stop["session"] == start["session"]
    assert stop["duration_us"] == 3600 * 10**6


@pytest.mark.parametrize("offset_s", [0, 192])
def test_h3c_nat(offset_s: int) -> None:
    text = logs.h3c_nat([SESSION], "DH-EXIT-01", offset_s)
    rows = read(text, "h3c_nat", zone="Asia/Shanghai", offset_s=offset_s)["nat"]
    for row in rows:
        assert (row["inside"], row["inside_port"]) == (SESSION.inside, SESSION.inside_port)
        assert (row["outside"], row["outside_port"]) == (SESSION.outside, SESSION.outside_port)
        assert (row["dst"], row["dst_port"]) == (SESSION.dst, SESSION.dst_port)
    assert min(row["ts"] for row in rows) == to_us(AT)
    assert max(row["until"] or row["ts"] for row in rows) == to_us(AT + HOUR)


def test_switch_table() -> None:
    rows = read(logs.switch_table("SW-3F-02", [JF07, OFFICE], AT), "switch_mac", zone="Asia/Shanghai")["fdb"]
    told = {(row["switch"], row["port"], row["mac"], row["vlan"], row["ts"]) for row in rows}
    assert told == {("SW-3F-02", d.port, d.mac, d.vlan, to_us(AT)) for d in (JF07, OFFICE)}


def test_bind_queries() -> None:
    text = logs.bind_queries([QUERY], "10.12.0.53")
    (row,) = read(text, "bind_query", zone="Asia/Shanghai")["dns"]
    assert (row["ts"], row["src"], row["query"], row["qtype"]) == (to_us(AT), QUERY.src, QUERY.name, "A")


def test_zeek_conn() -> None:
    (row,) = read(logs.zeek_conn([FLOW]), "zeek")["conn"]
    assert (row["src"], row["src_port"], row["dst"], row["dst_port"]) == ("10.64.8.55", 49811, "203.0.113.20", 443)
    assert (row["ts"], row["until"]) == (to_us(AT), to_us(AT) + 9_120_500_000)
    assert (row["bytes_up"], row["bytes_down"], row["established"]) == (61_220, 402_118, True)


def test_zeek_dns() -> None:
    unanswered = logs.Query("10.12.9.15", "gone.example.com", AT + HOUR)
    first, second = read(logs.zeek_dns([unanswered, QUERY], "10.12.0.53"), "zeek")["dns"]
    assert (first["ts"], first["src"], first["dst"], first["query"]) == (to_us(AT), QUERY.src, "10.12.0.53", QUERY.name)
    assert (first["answers"], second["answers"]) == (list(QUERY.answers), None)


def test_zeek_ssl() -> None:
    named, silent = read(logs.zeek_ssl([(FLOW, "www.example.com"), (FLOW, "")]), "zeek")["tls"]
    assert (named["sni"], named["alpn"], named["version"]) == ("www.example.com", "h2", "TLS 1.3")
    assert (silent["sni"], silent["has_hello"]) == (None, True)


def test_the_ledger() -> None:
    devices = [JF07, OFFICE, LAPTOP, *classroom(MIDDLE, 3)]
    rows = read(logs.asset_ledger(devices, AT - timedelta(days=300)), "asset_csv", zone="Asia/Shanghai")["asset"]
    assert [row["asset"] for row in rows] == [d.asset for d in devices if d.asset], "a private laptop is in no ledger"
    office = next(row for row in rows if row["asset"] == OFFICE.asset)
    assert (office["person"], office["mac"], office["ip"]) == (OFFICE.person, OFFICE.mac, OFFICE.ip)
    assert (office["place"], office["unit"]) == (OFFICE.place, OFFICE.unit)
