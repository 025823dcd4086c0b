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
    batches: dict[str, list[pa.RecordBatch]] = {
        name: [] for name in ("conn", "dns", "tls", "http", "message", "record")
    }
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


def tshark(path: Path, fields: list[str], *, only: str = "", first: bool = False) -> list[list[str]]:
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=/t"]
    command += ["-E", "occurrence=f"] if first else []
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


FIELDS = [
    "frame.number", "frame.protocols", "tcp.stream", "ip.len", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport",
    "udp.srcport", "udp.dstport", "dns.count.queries", "dns.qry.name", "tls.handshake.type",
    "tls.handshake.extensions_server_name", "tls.handshake.ja3", "http.request.method", "http.request.uri",
]  # fmt: skip


@cache
def told(path: Path) -> list[dict[str, str]]:
    """What tshark says of each packet; of a field that occurs more than once, the first."""
    lines = tshark(path, FIELDS, first=True)
    return [dict(zip(FIELDS, line + [""] * (len(FIELDS) - len(line)), strict=True)) for line in lines]


@pytest.mark.parametrize("name", each_capture())
def test_packets_and_flows_are_those_of_tshark(name: str) -> None:
    need("tshark")
    path = shared("captures") / name
    tables, rejects, packets = read(path)
    assert packets == len(told(path))
    assert not rejects
    tcp = [row for row in tables["conn"].to_pylist() if row["proto"] == "tcp"]
    streams = {packet["tcp.stream"] for packet in told(path) if packet["tcp.stream"]}
    if name == "benign/ndpi_vnc.pcap":
        # After a jump in sequence numbers tshark begins another stream; here only an opening begins a connection.
        ends = ("ip.src", "ip.dst", "tcp.srcport", "tcp.dstport")
        streams = {" ".join(sorted(packet[end] for end in ends)) for packet in told(path) if packet["tcp.stream"]}
    assert len(tcp) == len(streams)


@pytest.mark.parametrize("name", each_capture())
def test_bytes_and_packets_add_up(name: str) -> None:
    need("tshark")
    path = shared("captures") / name
    conn = read(path)[0]["conn"].to_pylist()
    layers = [(set(packet["frame.protocols"].split(":")), packet) for packet in told(path)]
    carried = [packet for names, packet in layers if names & {"tcp", "udp"} and not names & {"icmp", "icmpv6", "gre"}]
    assert sum(row["packets_up"] + row["packets_down"] for row in conn) == len(carried)
    ours = sum(row["bytes_up"] + row["bytes_down"] for row in conn if ":" not in row["src"])
    assert ours == sum(int(packet["ip.len"]) for packet in carried if packet["ip.len"])


@pytest.mark.parametrize("name", each_capture())
def test_names_are_those_of_tshark(name: str) -> None:
    need("tshark")
    path = shared("captures") / name
    tables = read(path)[0]
    ports = ("tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport")
    asked = {
        packet["dns.qry.name"].lower()
        for packet in told(path)
        if packet["dns.count.queries"] == "1" and "53" in (packet[port] for port in ports)
    }
    assert {row["query"] for row in tables["dns"].to_pylist()} == asked - {"<root>"}
    hellos = [packet for packet in told(path) if packet["tls.handshake.type"] == "1" and packet["tcp.stream"]]
    for column, field in (("sni", "tls.handshake.extensions_server_name"), ("ja3", "tls.handshake.ja3")):
        ours = {row[column] for row in tables["tls"].to_pylist()} - {None}
        assert ours == {packet[field] for packet in hellos} - {""}


@pytest.mark.parametrize("name", each_capture())
def test_requests_are_those_of_tshark(name: str) -> None:
    need("tshark")
    path = shared("captures") / name
    requests = [packet for packet in told(path) if packet["http.request.method"] and packet["tcp.stream"]]
    theirs = Counter((packet["http.request.method"], packet["http.request.uri"]) for packet in requests)
    ours = Counter((row["method"], row["uri"]) for row in read(path)[0]["http"].to_pylist() if row["method"])
    assert ours == theirs


@cache
def carriers(path: Path) -> list[tuple[tuple[str, ...], bool, bytes]]:
    """Each TCP payload as tshark sees it: stream, port and sequence number; whether it was sent again; its bytes."""
    fields = ["tcp.stream", "tcp.srcport", "tcp.seq", "tcp.analysis.retransmission", "tcp.payload"]
    lines = [line for line in tshark(path, fields) if len(line) == 5 and line[4]]
    return [(tuple(line[:3]), line[3] != "", bytes.fromhex(line[4].replace(":", ""))) for line in lines]


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
    """`frames` is what the folder's index counts, with what was sent again; here a copy is no second message."""
    need("tshark")
    path = shared("captures") / "mining" / f"{name}.pcap"
    bodies = [json.loads(row["body"]) for row in read(path)[0]["message"].to_pylist()]
    ours = sum(1 for body in bodies if isinstance(body, dict) and body.get("method") == method)
    word = f'"{method}"'.encode()
    copies = sum(1 for _, again, payload in carriers(path) if again and word in payload)
    different = {place for place, _, payload in carriers(path) if word in payload}
    assert ours <= frames
    assert frames - ours <= copies
    # Several messages may share a segment, and a copy may begin elsewhere than its original.
    assert ours == frames if not copies else ours >= len(different) - copies


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
