"""Flow-only judging on what real captures and logs look like as flow records, and on records that nfcapd took in."""

import csv
import os
import signal
import socket
import struct
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minewarden.detect.detector import Context
from minewarden.detect.detectors.flow_only import FlowOnlyDetector
from minewarden.detect.fuse import STATED
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.head import head_of
from minewarden.telemetry.lake import Lake, SourceRecord
from minewarden.telemetry.reader import HEAD_BYTES, Batch, Head, Source
from minewarden.telemetry.readers.netflow import NfdumpCsvReader, NfdumpJsonReader
from minewarden.telemetry.readers.pcap import PcapReader
from minewarden.telemetry.readers.suricata_eve import EveReader
from minewarden.vocab.clock import SourceClock, parse_zone
from tests.detect.lake_rows import NOON, context_of
from tests.real.needs import need, shared

pytestmark = pytest.mark.real
DETECTOR = FlowOnlyDetector()


def source_of(origin: int, path: Path, stream: Any) -> Source:
    raw = stream.read(HEAD_BYTES)
    stream.seek(0)
    head = Head(raw) if path.suffix.startswith(".pcap") else head_of(raw)
    return Source(origin, path.name, path, head, stream, SourceClock(parse_zone("UTC")))


def conn_only(folder: Path, paths: list[Path], reader: Any, form: str) -> Context:
    """A lake with the connections of the files and nothing else, as if no packet had been kept."""
    lake = Lake(folder)
    for origin, path in enumerate(paths, 1):
        with path.open("rb") as stream, lake.writer(SourceRecord(origin, path.name, form)) as writer:
            for item in reader.read(source_of(origin, path, stream)):
                if isinstance(item, Batch) and item.table == "conn":
                    writer.write("conn", item.rows)
    return Context(lake, WatchSet([]), NOON, {})


def stated(context: Context) -> list[tuple[str, int]]:
    return [(s.server, s.port) for s in DETECTOR.detect(context) if s.evidence.weight >= STATED]


def test_harmless_captures_as_flow_records_give_no_finding(tmp_path: Path) -> None:
    paths = sorted(shared("captures", "benign").iterdir())
    context = conn_only(tmp_path, paths, PcapReader(), "pcap")
    with context.lake.connect() as connection:
        assert connection.sql("SELECT count(*) FROM conn").fetchall()[0][0] > 300
    assert stated(context) == []


def test_twenty_minutes_of_miners_are_too_short_and_not_guessed(tmp_path: Path) -> None:
    # All real mining at hand lasts 20 minutes or less; two hours are the least that is judged.
    eve = conn_only(tmp_path / "eve", sorted(shared("logs", "eve").iterdir()), EveReader(), "suricata_eve")
    assert list(DETECTOR.detect(eve)) == []
    captures = conn_only(tmp_path / "pcap", sorted(shared("captures", "mining").iterdir()), PcapReader(), "pcap")
    assert list(DETECTOR.detect(captures)) == []


def cut(path: Path, active_s: float, again: int) -> list[dict[str, Any]]:
    """The capture's connections as one-way records, repeated so that they last long enough to be judged."""
    open_: dict[tuple[str, str], list[float]] = {}
    out: list[tuple[tuple[str, str], list[float]]] = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(float(r["timestamp"]), r["tcp_stream_name"], int(r["ip_len"])) for r in csv.DictReader(file)]
    begin, length = rows[0][0], rows[-1][0] - rows[0][0] + 5.0
    for turn in range(again):
        for ts, name, size in rows:
            at = ts - begin + turn * length
            key = tuple(name.split("-"))
            held = open_.get(key)  # type: ignore[arg-type]
            if held is not None and (at - held[0] >= active_s or at - held[1] > 30):
                out.append((key, held))  # type: ignore[arg-type]
                held = None
            open_[key] = [held[0], at, held[2] + 1, held[3] + size] if held else [at, at, 1, size]  # type: ignore[index]
    out += list(open_.items())
    made = []
    for number, ((sender, receiver), (first, last, packets, size)) in enumerate(out, 1):
        made.append({
            "ts": 1_700_000_000_000_000 + round(first * 1e6), "until": 1_700_000_000_000_000 + round(last * 1e6),
            "src": sender.rsplit(":", 1)[0], "src_port": int(sender.rsplit(":", 1)[1]),
            "dst": receiver.rsplit(":", 1)[0], "dst_port": int(receiver.rsplit(":", 1)[1]), "proto": "tcp",
            "packets_up": int(packets), "bytes_up": int(size), "packets_down": 0, "bytes_down": 0, "origin": 1,
            "row": number,
        })  # fmt: skip
    return made


MINERS = {
    "tls-xmrig-443": ("144.168.36.74", 443),
    "tls-xmrig-9200": ("203.91.77.146", 9200),
    "plain-cryptonote-3333": ("87.121.84.156", 3333),
}


@pytest.mark.parametrize("name", MINERS)
@pytest.mark.parametrize("active_s", [60.0, 300.0])
def test_nothing_around_real_miners_is_stated(name: str, active_s: float, tmp_path: Path) -> None:
    rows = cut(shared("logs", "miner-packet-times", f"{name}.csv"), active_s, again=12)
    context = context_of(tmp_path, WatchSet([]), conn=rows)
    book = tmp_path / "sources.jsonl"
    book.write_text(book.read_text(encoding="utf-8").replace('"test"', '"nfdump_csv"'), encoding="utf-8")
    print(name, active_s, [(s.server, s.port, round(s.evidence.weight, 2)) for s in DETECTOR.detect(context)])
    assert set(stated(context)) <= {MINERS[name]}


def exported(now: int) -> Iterator[bytes]:
    """The same connection as NetFlow v5, v9 and IPFIX tell it, from three hosts; one minute long, 30 packets."""
    up = 3_600_000
    server = socket.inet_aton("198.51.100.9")
    hosts = [socket.inet_aton(f"10.20.1.{n}") for n in (5, 6, 7)]
    record = hosts[0] + server + bytes(4) + struct.pack(
        "!HHIIIIHHBBBBHHBBH", 1, 2, 30, 4210, up - 60_000, up - 1000, 50122, 3333, 0, 0x18, 6, 0, 0, 0, 0, 0, 0
    )  # fmt: skip
    yield struct.pack("!HHIIIIBBH", 5, 1, up, now, 0, 1, 0, 0, 0) + record
    for version, host in ((9, hosts[1]), (10, hosts[2])):
        width, unit = (4, "IIII") if version == 9 else (8, "QQQQ")
        times = ((22, 4), (21, 4)) if version == 9 else ((152, 8), (153, 8))
        fields = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, width), (1, width), *times]
        template = struct.pack("!HH", 300, len(fields)) + b"".join(struct.pack("!HH", *f) for f in fields)
        ends = (up - 60_000, up - 1000) if version == 9 else (now * 1000 - 60_000, now * 1000 - 1000)
        data = host + server + struct.pack("!HHBB" + unit, 50122, 3333, 6, 0x18, 30, 4210, *ends)
        data += bytes(-len(data) % 4) if version == 9 else b""
        sets = struct.pack("!HH", 0 if version == 9 else 2, len(template) + 4) + template
        sets += struct.pack("!HH", 300, len(data) + 4) + data
        if version == 9:
            yield struct.pack("!HHIIII", 9, 2, up, now, 1, 7) + sets
        else:
            yield struct.pack("!HHIII", 10, len(sets) + 16, now, 1, 9) + sets


def taken_in(folder: Path, sampling: int) -> None:
    """nfcapd on loopback takes the packets; stopped by its own number."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["nfcapd", "-w", str(folder), "-p", str(port), "-b", "127.0.0.1", "-t", "60", "-s", str(sampling)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            time.sleep(1.0)
            # The last packet before the end may be lost, so that one more is sent, which nobody counts.
            for packet in [*exported(1_780_000_000), *exported(1_780_000_000)][:4]:
                out.sendto(packet, ("127.0.0.1", port))
                time.sleep(0.1)
            time.sleep(0.5)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=20)


@pytest.mark.parametrize("sampling", [1, 100])
def test_what_nfcapd_takes_in_is_read_alike_from_csv_and_json(sampling: int, tmp_path: Path) -> None:
    need("nfcapd", "nfdump")
    kept = tmp_path / "kept"
    kept.mkdir()
    taken_in(kept, sampling)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for form, reader in (("csv", NfdumpCsvReader()), ("json", NfdumpJsonReader())):
        path = tmp_path / f"flows.{form}"
        environment = {**os.environ, "TZ": "UTC"}
        done = subprocess.run(["nfdump", "-R", str(kept), "-o", form], capture_output=True, check=True, env=environment)
        path.write_bytes(done.stdout)
        with path.open("rb") as stream:
            source = source_of(1, path, stream)
            assert reader.recognises(source.head)
            for item in reader.read(source):
                if isinstance(item, Batch):
                    found[form] += item.rows.to_pylist()
            if form == "json":
                # Three records with one count: the greatest common divisor is the count itself, so a declaration
                # counts.
                assert (source.sampling > 1) == (sampling > 1)
    for form in ("csv", "json"):
        rows = list({row["src"]: row for row in sorted(found[form], key=lambda row: row["src"])}.values())
        assert [row["src"] for row in rows] == ["10.20.1.5", "10.20.1.6", "10.20.1.7"]
        assert {(row["dst"], row["dst_port"], row["proto"]) for row in rows} == {("198.51.100.9", 3333, "tcp")}
        assert {(row["packets_up"], row["bytes_up"]) for row in rows} == {(30 * sampling, 4210 * sampling)}
        assert {row["until"] - row["ts"] for row in rows} == {59_000_000}
