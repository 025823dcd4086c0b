"""Every shared capture, read by us and by tshark: the same packets, connections, names and messages."""

import json
import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

from minewarden.telemetry.reader import Batch, Head, Reject, Source
from minewarden.telemetry.readers.pcap import PcapReader
from minewarden.telemetry.schema import TABLES
from tests.real.needs import need, shared

pytestmark = pytest.mark.real


@cache
def read(path: Path) -> tuple[dict[str, pa.Table], list[Reject], int]:
    reader = PcapReader()
    batches: dict[str, list[pa.RecordBatch]] = {name: [] for name in ("conn", "dns", "tls", "http", "message")}
    rejects = []
    with path.open("rb") as stream:
        head = Head(stream.read(65_536))
        assert reader.recognises(head), path.name
        stream.seek(0)
        for item in reader.read(Source(1, path.name, path, head, stream)):
            if isinstance(item, Batch):
                batches[item.table].append(item.rows)
            else:
                rejects.append(item)
    return (
        {name: pa.Table.from_batches(rows, TABLES[name]) for name, rows in batches.items()},
        rejects,
        reader.tally.packets,
    )


def tshark(path: Path, fields: list[str], *, only: str = "") -> list[list[str]]:
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=/t"]
    command += [word for field in fields for word in ("-e", field)]
    command += ["-Y", only] if only else []
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def captures() -> list[Path]:
    return sorted(path for folder in ("mining", "benign") for path in shared("captures", folder).iterdir())


def each_capture() -> list[str]:
    try:
        return [str(path.relative_to(path.parents[1])) for path in captures()]
    except BaseException:  # noqa: BLE001 - pytest's skip is not an Exception; the test below says what is absent
        return ["absent"]


@pytest.mark.parametrize("name", each_capture())
def test_packets_and_flows_are_those_of_tshark(name: str) -> None:
    need("tshark")
    path = shared("captures") / name
    tables, rejects, packets = read(path)
    seen = tshark(path, ["frame.number", "tcp.stream"])
    assert packets == len(seen)
    assert not rejects
    streams = {stream.split(",")[0] for _, stream in seen if stream}
    tcp = [row for row in tables["conn"].to_pylist() if row["proto"] == "tcp"]
    assert len(tcp) == len(streams)


@pytest.mark.parametrize("name", each_capture())
def test_bytes_and_packets_add_up(name: str) -> None:
    need("tshark")
    path = shared("captures") / name
    conn = read(path)[0]["conn"].to_pylist()
    only = "(tcp or udp) and not icmp and not icmpv6 and not gre"
    seen = tshark(path, ["ip.len", "ip.dst", "tcp.srcport", "udp.srcport"], only=only)
    theirs = sum(int(size.split(",")[0]) for size, *_ in seen if size)
    ours = sum(row["bytes_up"] + row["bytes_down"] for row in conn if ":" not in row["src"])
    assert sum(row["packets_up"] + row["packets_down"] for row in conn) == len(seen)
    assert ours == theirs


@pytest.mark.parametrize("name", each_capture())
def test_names_are_those_of_tshark(name: str) -> None:
    need("tshark")
    path = shared("captures") / name
    tables = read(path)[0]
    asked = tshark(path, ["dns.qry.name"], only="(udp.port == 53 or tcp.port == 53) and dns.count.queries == 1")
    theirs = {line[0].lower() for line in asked if line and line[0] not in ("", "<Root>")}
    assert {row["query"] for row in tables["dns"].to_pylist()} == theirs
    hello = "tls.handshake.type == 1 and tcp"
    fields = ["tls.handshake.extensions_server_name", "tls.handshake.ja3"]
    told = tshark(path, fields, only=hello)
    assert {row["sni"] for row in tables["tls"].to_pylist() if row["sni"]} == {line[0] for line in told if line[0]}
    assert {row["ja3"] for row in tables["tls"].to_pylist() if row["ja3"]} == {line[1] for line in told if line[1:]}


@pytest.mark.parametrize("name", each_capture())
def test_requests_are_those_of_tshark(name: str) -> None:
    need("tshark")
    path = shared("captures") / name
    told = tshark(path, ["http.request.method", "http.request.uri"], only="http.request and tcp and not ssdp")
    theirs = Counter(tuple(line[:2]) for line in told)
    ours = Counter((row["method"], row["uri"]) for row in read(path)[0]["http"].to_pylist() if row["method"])
    assert ours == theirs


def sent(path: Path, method: str) -> int:
    """How many different segments carry a method, told by tshark: what was sent twice counts once."""
    seen = tshark(path, ["tcp.stream", "tcp.srcport", "tcp.seq"], only=f'tcp.payload contains "\\"{method}\\""')
    return len({tuple(line) for line in seen})


MINING = [
    ("peafowl_monero", "login", 1),
    ("peafowl_monero", "submit", 33),
    ("peafowl_monero", "job", 10),
    ("peafowl_stratum", "mining.submit", 47),
    ("peafowl_stratum", "mining.notify", 28),
    ("peafowl_stratum", "mining.subscribe", 2),
    ("peafowl_ethereum", "eth_getWork", 131),
    ("peafowl_ethereum", "eth_submitHashrate", 62),
    ("peafowl_ethereum", "eth_submitWork", 10),
    ("peafowl_ethereum", "eth_submitLogin", 2),
    ("zeekcm_bitcoin-mining-in-progress", "mining.notify", 3),
    ("zeekcm_bitcoin-mining-in-progress", "mining.get_transactions", 3),
    ("zeekcm_bitcoin-mining", "mining.notify", 10),
    ("zeekcm_bitcoin-mining", "getblocktemplate", 3),
    ("zeekcm_bitcoin-mining", "getwork", 2),
    ("zeekcm_coinhive-stratum", "login", 4),
    ("zeekcm_coinhive-stratum", "job", 6),
]


@pytest.mark.parametrize(("name", "method", "frames"), MINING)
def test_mining_messages_are_all_there(name: str, method: str, frames: int) -> None:
    """`frames` is what the folder's index counts, with copies sent again; a copy is one message here."""
    need("tshark")
    path = shared("captures") / "mining" / f"{name}.pcap"
    bodies = [json.loads(row["body"]) for row in read(path)[0]["message"].to_pylist()]
    ours = sum(1 for body in bodies if isinstance(body, dict) and body.get("method") == method)
    again = tshark(
        path, ["frame.number"], only=f'tcp.payload contains "\\"{method}\\"" and tcp.analysis.retransmission'
    )
    assert ours <= frames
    assert frames - ours <= len(again)
    assert ours >= sent(path, method) - 1 if again else ours == frames


def test_only_json_speakers_become_messages() -> None:
    speakers = {path.name for path in captures() if read(path)[0]["message"].num_rows}
    mining = {f"{name}.pcap" for name, _, _ in MINING}
    spoken = {"ndpi_jsonrpc.pcap", "peafowl_ethereum-jsonrpc-http.pcap", "zeek_http_docker-http-upgrade.pcap"}
    assert speakers == mining | spoken


def test_bodies_are_whole_json_texts() -> None:
    for path in captures():
        for row in read(path)[0]["message"].to_pylist():
            assert not row["cut"]
            assert re.match(rb"[{\[]", row["body"])
            json.loads(row["body"])
