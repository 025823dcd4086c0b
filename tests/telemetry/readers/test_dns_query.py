"""Query logs of BIND, dnsmasq and Unbound."""

import io
from datetime import UTC, datetime
from os import utime
from pathlib import Path
from typing import Any

import pytest

from minewarden.telemetry.head import head_of
from minewarden.telemetry.reader import Batch, Note, Reader, Reject, Source
from minewarden.telemetry.readers.dns_query import BindQueryReader, DnsmasqQueryReader, UnboundQueryReader
from minewarden.vocab.clock import SourceClock, parse_zone, to_us
from minewarden.vocab.errors import ZoneNeeded
from tests.telemetry.conftest import Read

READERS: list[Reader] = [BindQueryReader(), DnsmasqQueryReader(), UnboundQueryReader()]
SAMPLES = ["bind_query.log", "dnsmasq_query.log", "unbound_query.log"]


def us(text: str) -> int:
    return to_us(datetime.fromisoformat(f"2026-03-12 {text}").replace(tzinfo=UTC))


def read_file(
    reader: Reader, path: Path, modified: datetime, zone: str | None = "Asia/Shanghai"
) -> tuple[list[dict[str, Any]], list[Reject | Note]]:
    utime(path, (modified.timestamp(), modified.timestamp()))
    data = path.read_bytes()
    stream = io.BufferedReader(io.BytesIO(data))  # type: ignore[type-var]
    source = Source(1, path.name, path, head_of(data), stream, SourceClock(parse_zone(zone) if zone else None))
    items = list(reader.read(source))
    rows = [row for item in items if isinstance(item, Batch) for row in item.rows.to_pylist()]
    return rows, [item for item in items if not isinstance(item, Batch)]


@pytest.mark.parametrize("index", range(3))
def test_each_reader_recognises_its_own_sample_only(samples: Path, index: int) -> None:
    head = head_of((samples / SAMPLES[index]).read_bytes())
    assert [reader.recognises(head) for reader in READERS] == [number == index for number in range(3)]


def test_bind(read: Read, samples: Path) -> None:
    rows, rejects = read(BindQueryReader(), samples / "bind_query.log", zone="Asia/Shanghai")
    in_order = sorted(rows["dns"], key=lambda row: row["row"])
    assert [(r["ts"], r["src"], r["dst"], r["query"], r["qtype"], r["row"]) for r in in_order] == [
        (us("13:14:37.123"), "10.12.9.14", "10.12.0.53", "pool.example.com", "A", 1),
        (us("13:14:38.004"), "10.12.9.14", "10.12.0.53", "pool.example.com", "AAAA", 2),
        (us("13:14:38.100"), "2001:db8::14", "2001:db8::53", "www.example.org", "HTTPS", 3),
        (us("13:14:40.500"), "10.12.9.15", "10.12.0.53", "b.example", "A", 5),
    ]
    assert rejects == []


def test_bind_asks_for_the_zone_and_takes_the_offset_away(read: Read, samples: Path) -> None:
    with pytest.raises(ZoneNeeded):
        read(BindQueryReader(), samples / "bind_query.log")
    rows, _ = read(BindQueryReader(), samples / "bind_query.log", zone="Asia/Shanghai", offset="+10s")
    assert rows["dns"][0]["ts"] == us("13:14:27.123")


def test_dnsmasq_takes_the_year_from_the_file_and_says_so(samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "dnsmasq.log"
    path.write_bytes((samples / "dnsmasq_query.log").read_bytes())
    rows, said = read_file(DnsmasqQueryReader(), path, datetime(2026, 3, 13, tzinfo=UTC))
    assert [(r["ts"], r["src"], r["query"], r["qtype"], r["answers"], r["rcode"], r["row"]) for r in rows] == [
        (us("13:14:37"), "10.12.9.14", "pool.example.com", "A", ["198.51.100.78"], "NOERROR", 1),
        (us("13:14:37"), "10.12.9.15", "other.example", "AAAA", None, "NXDOMAIN", 3),
    ]
    assert [(type(item), item.reason.id) for item in said] == [(Note, "tracelog.year_taken")]
    earlier, _ = read_file(DnsmasqQueryReader(), path, datetime(2026, 1, 2, tzinfo=UTC))
    assert datetime.fromtimestamp(earlier[0]["ts"] / 1e6, UTC).year == 2025


def test_unbound_in_seconds_and_with_iso_times(read: Read, samples: Path) -> None:
    rows, rejects = read(UnboundQueryReader(), samples / "unbound_query.log")
    assert rejects == []
    assert [(r["ts"], r["src"], r["query"], r["qtype"], r["rcode"]) for r in rows["dns"]] == [
        (1_773_321_277_000_000, "10.12.9.14", "pool.example.com", "A", None),
        (1_773_321_277_000_000, "10.12.9.14", "pool.example.com", "A", "NOERROR"),
    ]
    iso, _ = read(
        UnboundQueryReader(),
        b"2026-03-12T21:14:37.250+08:00 unbound[812:0] query: 10.12.9.14 pool.example.com. A IN\n"
        b"2026-03-12T21:14:37+08:00 ns1 unbound: [812:0] info: 10.12.9.14 pool.example.com. TYPE65 IN\n",
    )
    assert [(r["ts"], r["qtype"]) for r in iso["dns"]] == [(us("13:14:37.250"), "A"), (us("13:14:37"), "TYPE65")]


def test_a_query_line_that_cannot_be_read_is_a_reject(read: Read, samples: Path) -> None:
    data = (samples / "bind_query.log").read_bytes() + (
        b"12-Mar-2026 21:14:4 client 10.12.9.15#5 (c.example): query: c.example IN A + (10.12.0.53)\n"
        b"30-Feb-2026 21:14:41 client 10.12.9.15#5 (c.example): query: c.example IN A + (10.12.0.53)\n"
    )
    rows, rejects = read(BindQueryReader(), data, zone="Asia/Shanghai")
    assert len(rows["dns"]) == 4
    assert sorted(reject.line for reject in rejects) == [7, 8]
