"""Detectors by shape on real miners' packet times, on a real browser miner and on all harmless captures."""

import csv
import subprocess
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from minewarden.detect.detectors.push_flow import PushFlowDetector
from minewarden.detect.detectors.sv2 import Sv2Detector
from minewarden.detect.detectors.tls_shape import TlsShapeDetector
from minewarden.detect.fuse import fuse
from minewarden.intel.watchset import WatchSet
from minewarden.telemetry.lake import Lake
from minewarden.vocab.finding import Finding, State
from tests.detect.lake_rows import NOON, context_of
from tests.detect.shapes import hello, read_captures
from tests.real.needs import need, shared

pytestmark = pytest.mark.real

DETECTORS = (Sv2Detector(), TlsShapeDetector(), PushFlowDetector())
FLOWS = {
    "tls-xmrig-443": ("144.168.36.74", 443, State.PROBABLE),
    "tls-xmrig-9200": ("203.91.77.146", 9200, State.PROBABLE),
    "plain-cryptonote-3333": ("87.121.84.156", 3333, State.SUSPECTED),
}
"""The mining flow of each file; the plain one is looked at as if its text had been hidden."""


def findings(context: Any) -> list[Finding]:
    return fuse(sighting for detector in DETECTORS for sighting in detector.detect(context))


def records(path: Path) -> list[dict[str, Any]]:
    """Every segment with payload as a row; the client is the end of the greater port."""
    count: dict[tuple[str, str], int] = defaultdict(int)
    streams: dict[tuple[str, str], int] = {}
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        for place, row in enumerate(csv.DictReader(file), 2):
            sender, receiver = row["tcp_stream_name"].split("-")
            if row["UAPRSF_tcp_flags"].startswith("000010"):
                # The same ports again: another connection.
                streams[sender, receiver] = place
                count[sender, receiver] = count[receiver, sender] = 0
            if row["payload_len"] == "0":
                continue
            up = int(sender.split(":")[1]) > int(receiver.split(":")[1])
            client, server = (sender, receiver) if up else (receiver, sender)
            number = count[sender, receiver]
            count[sender, receiver] += 1
            rows.append({
                "ts": round(float(row["timestamp"]) * 1e6), "src": client.split(":")[0],
                "src_port": int(client.split(":")[1]), "dst": server.split(":")[0],
                "dst_port": int(server.split(":")[1]), "stream": streams.setdefault((client, server), place),
                "from_client": up, "number": number, "length": int(row["payload_len"]), "row": place,
                "kind": "handshake" if number == 0 and not path.name.startswith("plain") else "raw",
            })  # fmt: skip
    return rows


@pytest.mark.parametrize("name", FLOWS)
def test_real_miners_are_found_and_nothing_around_them(name: str, tmp_path: Path) -> None:
    server, port, state = FLOWS[name]
    rows = records(shared("logs", "miner-packet-times", f"{name}.csv"))
    opening = next(row for row in rows if (row["dst"], row["dst_port"]) == (server, port) and row["from_client"])
    own = {key: opening[key] for key in ("ts", "src", "src_port", "dst", "dst_port")}
    tls = [] if name.startswith("plain") else [{**hello(), **own}]
    context = context_of(tmp_path, WatchSet([]), record=rows, tls=tls)
    assert [(found.server, found.port, found.state) for found in findings(context)] == [(server, port, state)]


def test_harmless_captures_give_nothing_at_all(tmp_path: Path) -> None:
    context = read_captures(Lake(tmp_path), sorted(shared("captures", "benign").iterdir()), NOON)
    with context.lake.connect() as connection:
        assert connection.sql("SELECT count(DISTINCT (origin, stream)) FROM record").fetchall()[0][0] > 20
    assert [s for detector in DETECTORS for s in detector.detect(context)] == []


def test_a_browser_miner_answers_too_fast_for_a_pool(tmp_path: Path) -> None:
    # Its pool's jobs drown in replies to shares every few seconds: said in the manual as not seen.
    context = read_captures(Lake(tmp_path), [shared("captures", "mining", "zeekcm_coinhive.pcap")], NOON)
    with context.lake.connect() as connection:
        told = connection.sql("FROM record WHERE dst = '37.187.167.83' AND NOT from_client").fetchall()
    assert len(told) >= 97
    assert findings(context) == []


@pytest.mark.parametrize("name", ["benign/ndpi_ssh.pcap", "mining/zeekcm_coinhive.pcap"])
def test_bytes_in_each_direction_are_those_of_tshark(name: str, tmp_path: Path) -> None:
    need("tshark")
    path = shared("captures") / name
    with read_captures(Lake(tmp_path), [path], NOON).lake.connect() as connection:
        ours = connection.sql("""
            SELECT if(from_client, src, dst), if(from_client, src_port, dst_port), if(from_client, dst, src),
                if(from_client, dst_port, src_port), sum(length)
            FROM record GROUP BY ALL""").fetchall()
    fields = ["ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "tcp.len"]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *(w for field in fields for w in ("-e", field))]
    command += ["-Y", "ip && tcp && !tcp.analysis.retransmission && !tcp.analysis.keep_alive"]
    theirs: Counter[tuple[str, int, str, int]] = Counter()
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        src, sport, dst, dport, length = line.split("\t")
        theirs[src, int(sport), dst, int(dport)] += int(length)
    assert ours
    assert {tuple(row[:4]): row[4] for row in ours} == {tuple(row[:4]): theirs[row[:4]] for row in ours}
