"""Suricata itself takes the compiled rules, and they speak up about what they should and about nothing else."""

import json
import shutil
import ssl
import subprocess
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.message
import pytest

from minewarden.enforce.compilers.suricata import SuricataCompiler
from minewarden.enforce.compilers.suricata_datasets import RULES, SuricataDatasetsCompiler
from minewarden.vocab.blockrule import BlockRule, Target
from tests.real.needs import need, shared
from tests.real.written_capture import Turn, tcp, udp, write

pytestmark = pytest.mark.real

NOW = datetime(2026, 11, 24, tzinfo=UTC)
END = NOW + timedelta(days=30)
CLIENT, RESOLVER, WEB = "10.1.2.3", "192.0.2.53", "192.0.2.80"


def compiled(folder: Path, *rules: BlockRule, compiler: SuricataCompiler | None = None) -> Path:
    """Compile rules and put both files into one, as `suricata -S` wants them."""
    files = (compiler or SuricataCompiler(now=NOW)).compile(rules)
    path = folder / "all.rules"
    path.write_bytes(b"".join(files[name] for name in sorted(files)))
    return path


def alerts(rules: Path, capture: Path, *options: str) -> list[dict]:
    """Run Suricata over a capture, or a folder of them, and return what it alerted."""
    need("suricata")
    log = rules.parent / "log"
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir()
    command = ["suricata", "-S", str(rules), "-r", str(capture), "-l", str(log), "-k", "none", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in (log / "eve.json").read_text().splitlines()]
    return [event for event in events if event["event_type"] == "alert"]


def accepted(rules: Path) -> subprocess.CompletedProcess[str]:
    """Ask Suricata whether it would load the rules; a bad one ends it, as it would in a sensor's start script."""
    need("suricata")
    command = ["suricata", "-T", "--init-errors-fatal", "-S", str(rules), "-l", str(rules.parent)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_names_in_a_dataset_alert_like_names_in_rules(tmp_path: Path) -> None:
    names = ["pool.example.net", "xpool.example.net", "deep.pool.example.net", "POOL.example.net"]
    listed = [BlockRule(Target.NAME, f"p{n}.example.net", END, "library 7") for n in range(2000)]
    listed += [
        BlockRule(Target.NAME, names[0], END, "finding 1"),
        BlockRule(Target.IP, "203.0.113.9", END, "finding 2"),
    ]
    for file, data in SuricataDatasetsCompiler(now=NOW).compile(listed).items():
        (tmp_path / file).write_bytes(data)
    packets = tcp(CLIENT, "203.0.113.9", 4000, [("client", b"hello")])
    for number, name in enumerate(names):
        packets += udp(f"10.1.0.{number}", RESOLVER, 53, dns.message.make_query(name, "A").to_wire())
        packets += tcp(f"10.1.1.{number}", WEB, 443, [("client", client_hello(name))])
    seen = alerts(tmp_path / RULES, write(tmp_path / "names.pcap", packets))
    assert {event["src_ip"] for event in seen} == {CLIENT, "10.1.0.0", "10.1.0.3", "10.1.1.0", "10.1.1.3"}


def client_hello(name: str) -> bytes:
    """What a TLS client says first to this server."""
    out = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return out.read()


@pytest.mark.parametrize("action", ["alert", "drop"])
def test_suricata_accepts_every_kind_of_rule(tmp_path: Path, action: str) -> None:
    rules = [
        BlockRule(Target.NAME, f"pool{number}.example.net", END, f"finding {number}", basis='第三条;"x",\\')
        for number in range(200)
    ]
    rules += [
        BlockRule(Target.SUBTREE, "bad.example.net", END, "结案 2026-1"),
        BlockRule(Target.IP, "203.0.113.9", END, "f"),
        BlockRule(Target.IP, "2001:db8::9", END, "f"),
        BlockRule(Target.CIDR, "198.51.100.0/24", END, "f"),
        BlockRule(Target.CIDR, "2001:db8:1::/48", END, "f"),
        BlockRule(Target.IP_PORT, "203.0.113.10", END, "f", 3333),
        BlockRule(Target.IP_PORT, "2001:db8::10", END, "f", 3333),
    ]
    path = compiled(tmp_path, *rules, compiler=SuricataCompiler(now=NOW, action=action, stratum_action=action))
    done = accepted(path)
    assert done.returncode == 0, done.stderr
    path.write_text(path.read_text() + "alert tcp any any -> any any (content:nothing; sid:1;)\n")
    assert accepted(path).returncode != 0


def test_a_listed_name_alerts_and_its_neighbours_do_not(tmp_path: Path) -> None:
    rules = compiled(
        tmp_path,
        BlockRule(Target.NAME, "pool.example.net", END, "finding 1"),
        BlockRule(Target.SUBTREE, "bad.example.net", END, "finding 2"),
    )
    listed = ["pool.example.net", "PooL.Example.NET", "Bad.Example.NET", "eu1.bad.example.net"]
    others = ["xpool.example.net", "eu.pool.example.net", "pool.example.net.example.org", "notbad.example.net"]
    packets: list[bytes] = []
    for number, name in enumerate(listed + others):
        packets += udp(f"10.1.0.{number}", RESOLVER, 53, dns.message.make_query(name, "A").to_wire())
        packets += tcp(f"10.1.1.{number}", WEB, 443, [("client", client_hello(name))])
        page = f"GET / HTTP/1.1\r\nHost: {name}:8080\r\n\r\n".encode()
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        packets += tcp(f"10.1.2.{number}", WEB, 80, [("client", page), ("server", answer)])
    seen = alerts(rules, write(tmp_path / "names.pcap", packets))
    expected = {f"10.1.{kind}.{number}" for kind in range(3) for number in range(len(listed))}
    assert {event["src_ip"] for event in seen} == expected
    assert all(event["alert"]["category"] == "Crypto Currency Mining Activity Detected" for event in seen)
    assert {event["alert"]["metadata"]["expires"][0] for event in seen} == {"2026-12-24T00:00:00Z"}


def test_a_listed_address_and_port_alert_and_their_neighbours_do_not(tmp_path: Path) -> None:
    rules = compiled(
        tmp_path,
        BlockRule(Target.IP_PORT, "203.0.113.9", END, "finding 1", 3333),
        BlockRule(Target.CIDR, "198.51.100.64/28", END, "finding 2"),
    )
    ends = [("203.0.113.9", 3333), ("203.0.113.9", 3334), ("203.0.113.10", 3333)]
    ends += [("198.51.100.79", 443), ("198.51.100.80", 443)]
    packets = [packet for server, port in ends for packet in tcp(CLIENT, server, port, [("client", b"hello")])]
    seen = alerts(rules, write(tmp_path / "addresses.pcap", packets))
    assert {(event["dest_ip"], event["dest_port"]) for event in seen} == {ends[0], ends[3]}


WALLET = "4" + "7Abc9" * 18 + "9abc"
HEX = "0a1b2c3d" * 8
DIALECTS: dict[str, tuple[set[int], list[Turn]]] = {
    "bitcoin": (
        {1000001, 1000002, 1000003},
        [
            ("client", b'{"id":1,"method":"mining.subscribe","params":["cgminer/4.10"]}\n'),
            ("server", b'{"id":1,"result":[[["mining.notify","ae68"]],"08000002",4],"error":null}\n'),
            ("client", b'{ "params" : ["demo.rig1", "x"], "id" : 2, "method"\t:\t"mining.authorize" }\n'),
            ("server", b'{"params":["1","' + HEX.encode() + b'"],"id":null,"method":"mining.notify"}\n'),
        ],
    ),
    "a method cut between two segments": (
        {1000001},
        [("client", b'{"id":1,"method":"mining.sub'), ("client", b'scribe","params":[]}\n')],
    ),
    "ethproxy": (
        {1000004, 1000005, 1000006},
        [
            ("client", b'{"worker":"r","params":["0xabc","x"],"id":2,"method": "eth_submitLogin"}\n'),
            ("client", b'{"method":"eth_getWork","id":3,"params":[]}\n'),
            ("server", f'{{"id":0,"result":["0x{HEX}", "0x{HEX}", "0x0112e0be"]}}\n'.encode()),
        ],
    ),
    "cryptonote with a wallet and no agent": (
        {1000007, 1000009, 1000010},
        [
            ("client", f'{{"params":{{"pass":"x","login":"{WALLET}"}},"id":1,"method":"login"}}\n'.encode()),
            ("server", f'{{"result":{{"job":{{"target":"b88d0600","job_id":"7","blob":"{HEX * 2}"}}}}}}\n'.encode()),
            (
                "client",
                b'{"method":"submit","params":{"nonce":"d0030040","job_id":"7","result":"' + HEX.encode() + b'"}}\n',
            ),
        ],
    ),
    "cryptonote through a proxy that hides the wallet": (
        {1000008},
        [
            (
                "client",
                b'{"id":1,"method":"login","params":{"login":"x","pass":"x","agent":"XMRig/6.21","algo":["rx/0"]}}',
            )
        ],
    ),
    "getblocktemplate over HTTP": (
        {1000012},
        [
            (
                "client",
                b"POST / HTTP/1.1\r\nHost: node\r\nContent-Length: 43\r\n\r\n"
                b'{"id":0,"method":"getblocktemplate","a":1}\n',
            )
        ],
    ),
}
HARMLESS: list[list[Turn]] = [
    # A wallet that watches pending transactions: an array of hashes, as work is, but no target among them.
    [("server", f'{{"jsonrpc":"2.0","id":7,"result":["0x{HEX}","0x{HEX}","0x{HEX}","0x{HEX}"]}}\n'.encode())],
    [("client", b'{"jsonrpc":"2.0","method":"login","params":{"login":"pupil","pass":"secret"},"id":1}\n')],
    [("client", b'{"jsonrpc":"2.0","method":"submit","params":{"job_id":7,"nonce":"1","result":"done"}}\n')],
    [("client", b'{"method":"eth_blockNumber","params":[],"id":1}\n'), ("server", b'{"id":1,"result":"0x10d4f"}\n')],
    [("client", b"GET /mining.notify HTTP/1.1\r\nHost: school.example.org\r\n\r\n")],
    [("client", b'{"text":"a page about \\"method\\": mining.subscribe and eth_submitLogin, getwork"}\n')],
    [("server", b'{"job_id":"12","blob":"aGVsbG8=","target":"printer-3"}\n')],
]


def test_every_dialect_alerts_and_what_only_looks_alike_does_not(tmp_path: Path) -> None:
    packets: list[bytes] = []
    hosts: dict[str, str] = {}
    for number, (name, (_, turns)) in enumerate(DIALECTS.items()):
        hosts[f"203.0.113.{number}"] = name
        packets += tcp(CLIENT, f"203.0.113.{number}", 8000 + number, turns)
    for number, turns in enumerate(HARMLESS):
        packets += tcp(CLIENT, f"198.51.100.{number}", 3333, turns)
    seen: dict[str, set[int]] = defaultdict(set)
    for event in alerts(compiled(tmp_path), write(tmp_path / "dialects.pcap", packets)):
        server = event["dest_ip"] if event["src_ip"] == CLIENT else event["src_ip"]
        seen[hosts.get(server, server)].add(event["alert"]["signature_id"])
    assert dict(seen) == {name: sids for name, (sids, _) in DIALECTS.items()}


def test_an_inline_sensor_drops_every_packet_and_not_only_the_one_it_reports(tmp_path: Path) -> None:
    share = b'{"id":4,"method":"mining.submit","params":["demo","1","00","5f","b2"]}\n'
    packets = tcp(CLIENT, "203.0.113.9", 3333, [("client", share)] * 5)
    packets += tcp(CLIENT, "203.0.113.10", 3333, [("client", b"hello")])
    capture = write(tmp_path / "inline.pcap", packets)
    for action, met in (("drop", "blocked"), ("alert", "allowed")):
        rules = compiled(tmp_path, compiler=SuricataCompiler(now=NOW, stratum_action=action))
        seen = alerts(rules, capture, "--simulate-ips")
        assert [(event["dest_ip"], event["alert"]["action"]) for event in seen] == [("203.0.113.9", met)]
    rules = compiled(tmp_path, compiler=SuricataCompiler(now=NOW, stratum_action="drop"))
    alerts(rules, capture, "--simulate-ips", "--set", "stats.enabled=yes")
    log = (rules.parent / "log" / "eve.json").read_text().splitlines()
    counted = [event["stats"]["ips"] for event in map(json.loads, log) if event["event_type"] == "stats"]
    # The handshake passes and so does the other connection; from the first share on nothing does.
    passing = 3 + len(tcp(CLIENT, "203.0.113.10", 3333, [("client", b"hello")]))
    assert (counted[-1]["accepted"], counted[-1]["blocked"]) == (passing, len(packets) - passing)


MINING = {
    "peafowl_ethereum.pcap": {("192.168.2.92", "94.23.36.128", 4444), ("192.168.2.92", "91.121.222.33", 4444)},
    "peafowl_monero.pcap": {("192.168.2.92", "178.32.196.217", 9050)},
    "peafowl_stratum.pcap": {("192.168.2.148", "94.23.199.191", 3333), ("192.168.2.148", "116.211.167.195", 3333)},
    "zeekcm_bitcoin-mining-in-progress.pcap": {("10.0.2.15", "74.84.128.158", 3333)},
    "zeekcm_bitcoin-mining.pcap": {("10.0.2.15", "74.84.128.158", 3333), ("10.0.2.15", "113.21.199.11", 3333)},
    "zeekcm_coinhive-stratum.pcap": {("10.0.2.15", "192.110.160.114", 3333)},
    # Everything in this one is encrypted; the protocol rules have nothing to read.
    "zeekcm_coinhive.pcap": set(),
}


@pytest.mark.parametrize("capture", sorted(MINING))
def test_real_sessions_alert(tmp_path: Path, capture: str) -> None:
    seen = {
        (event["src_ip"], event["dest_ip"], event["dest_port"])
        if event["src_ip"].startswith(("10.", "192.168."))
        else (event["dest_ip"], event["src_ip"], event["src_port"])
        for event in alerts(compiled(tmp_path), shared("captures", "mining", capture))
    }
    assert seen == MINING[capture]


def test_harmless_traffic_stays_quiet(tmp_path: Path) -> None:
    folder = shared("captures", "benign")
    rules = compiled(tmp_path)
    # One rule that everything meets, to know that the silence is not that of a sensor that read nothing.
    with rules.open("a") as more:
        more.write('alert ip any any -> any any (msg:"any"; sid:1999999; threshold:type limit,track by_both,')
        more.write("count 1,seconds 9;)\n")
    seen = alerts(rules, folder)
    assert {event["alert"]["signature"] for event in seen} == {"any"}
    assert len({(event["src_ip"], event["dest_ip"]) for event in seen}) > 100
