"""Suricata's events, in the forms that its versions write."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.head import head_of
from minewarden.telemetry.readers.suricata_eve import EveReader
from tests.telemetry.conftest import Read, read_all, source_of

READER = EveReader()
EIGHT = 1772409600_000000


def test_flows(read: Read, samples: Path) -> None:
    rows, rejects = read(READER, samples / "eve.json")
    assert rejects == []
    spoke, refused = rows["conn"]
    assert (spoke["ts"], spoke["until"]) == (EIGHT - 60_000000 + 1, EIGHT + 2)
    assert (spoke["src"], spoke["dst"], spoke["dst_port"], spoke["proto"]) == ("10.20.1.5", "198.51.100.9", 3333, "tcp")
    assert (spoke["bytes_up"], spoke["bytes_down"], spoke["packets_down"]) == (900, 800, 8)
    assert (spoke["established"], spoke["service"]) == (True, None)
    assert refused["established"] is False


def test_names_and_sessions(read: Read, samples: Path) -> None:
    rows, _ = read(READER, samples / "eve.json")
    asked, answered = rows["dns"]
    assert (asked["query"], asked["src"], asked["dst"], asked["answers"]) == (
        "pool.example.org",
        "10.20.1.5",
        "10.20.0.2",
        None,
    )
    assert (answered["rcode"], answered["answers"]) == ("NOERROR", ["198.51.100.9"])
    (tls,) = rows["tls"]
    assert (tls["sni"], tls["version"], tls["ja3"]) == (
        "pool.example.org",
        "TLS 1.2",
        "0123456789abcdef0123456789abcdef",
    )
    assert (tls["subject"], tls["issuer"], tls["ts"]) == ("CN=*.example.org", "CN=Example CA", EIGHT + 123456)
    (http,) = rows["http"]
    assert (http["host"], http["agent"], http["method"], http["status"]) == (
        "node.example.org",
        "miner/1.0",
        "POST",
        200,
    )


def test_an_alert_on_an_answer_names_the_client_first(read: Read, samples: Path) -> None:
    (alert,) = read(READER, samples / "eve.json")[0]["alert"]
    assert (alert["src"], alert["src_port"], alert["dst"], alert["dst_port"]) == (
        "10.20.1.5",
        50122,
        "198.51.100.9",
        3333,
    )
    assert (alert["signature_id"], alert["signature"]) == (9000001, "EXAMPLE pool answer")


def test_the_flow_of_an_alert_knows_the_client_best(read: Read, samples: Path) -> None:
    line = (samples / "eve.json").read_bytes().split(b"\n")[6]
    flow = b'"flow":{"src_ip":"10.20.1.8","src_port":5,"dest_ip":"198.51.100.8","dest_port":6},"alert":'
    (alert,) = read(
        READER, line.replace(b'"alert":', flow).replace(b'"event_type":' + flow, b'"event_type":"alert",') + b"\n"
    )[0]["alert"]
    assert (alert["src"], alert["dst_port"]) == ("10.20.1.8", 6)


def test_answers_of_the_first_version_come_from_the_resolver(read: Read, samples: Path) -> None:
    (row,) = read(READER, samples / "eve-dns-v1.json")[0]["dns"]
    assert (row["src"], row["dst"], row["answers"]) == ("10.20.1.5", "10.20.0.2", ["198.51.100.9"])


def test_the_third_version_lists_its_questions(read: Read, samples: Path) -> None:
    (row,) = read(READER, samples / "eve-dns-v3.json")[0]["dns"]
    assert (row["query"], row["qtype"], row["answers"]) == ("pool.example.org", "AAAA", ["2001:db8::9"])


def test_other_events_are_counted_and_not_rejected(samples: Path) -> None:
    source = source_of((samples / "eve.json").read_bytes())
    list(READER.read(source))
    assert source.passed == {"stats": 1}


def test_recognised_by_content(samples: Path) -> None:
    for sample in samples.iterdir():
        assert READER.recognises(head_of(sample.read_bytes())) is sample.name.startswith("eve"), sample.name


def test_a_torn_beginning_and_end(read: Read, samples: Path) -> None:
    text = (samples / "eve.json").read_bytes()
    torn = text[100:-20]
    assert READER.recognises(head_of(torn))
    rows, rejects = read(READER, torn)
    assert [reject.line for reject in rejects] == [1, 8]
    assert [row["row"] for row in rows["conn"]] == [2]
    assert rejects[0].raw == text[100 : text.index(b"\n")]


def test_a_value_of_another_type_rejects_its_line_only(read: Read, samples: Path) -> None:
    lines = (samples / "eve.json").read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b'"src_port":50122', b'"src_port":"50122"')
    lines[2] = lines[2].replace(b"2026-03-02T08:00:00.123456+0800", b"2026-13-02T08:00:00+0800")
    rows, rejects = read(READER, b"\n".join(lines))
    assert [(reject.line, reject.reason.params["column"]) for reject in rejects] == [(2, "src_port"), (3, "timestamp")]
    assert len(rows["conn"]) == 1
    assert len(rows["dns"]) == 1


HOSTILE = {
    "depth": b'{"event_type":"flow","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "depth without an end": b'{"event_type":' * 100_000,
    "size": b'{"event_type":"flow","x":"' + b"a" * 5_000_000 + b'"}',
    "an endless number": b'{"event_type":"flow","src_port":' + b"9" * 400_000 + b"}",
    "an endless exponent": b'{"event_type":"flow","src_port":1e999999999}',
    "a number beyond 64 bits": b'{"event_type":"flow","flow_id":1,"src_port":18446744073709551616}',
    "half a letter": b'{"event_type":"flow","src_ip":"\\ud800"}',
    "two in a line": b'{"event_type":"flow"}{"event_type":"flow"}',
    "no object": b"[1,2]",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_json_rejects_its_line_only(read: Read, samples: Path, name: str) -> None:
    good = (samples / "eve.json").read_bytes().split(b"\n")[0] + b"\n"
    rows, rejects = read(READER, good * 2 + HOSTILE[name] + b"\n" + good * 2, zone="UTC")
    assert [row["row"] for row in rows["conn"]] == [1, 2, 4, 5]
    assert [reject.line for reject in rejects] == [3]
    assert all(reject.reason.id and len(reject.raw) <= 4096 for reject in rejects)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2900), st.integers(0, 2900))
def test_no_damage_raises(junk: bytes, start: int, end: int) -> None:
    whole = (Path(__file__).parent / "samples" / "eve.json").read_bytes()
    _, rejects = read_all(READER, whole[:start] + junk + whole[end:], zone="UTC")
    assert all(reject.line >= 1 for reject in rejects)
