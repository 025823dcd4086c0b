"""DNS messages, joined questions and answers, and what is torn."""

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.packets.dns_wire import parse_dns
from minewarden.telemetry.readers.pcap import PcapReader
from tests.telemetry.packets import wire
from tests.telemetry.packets.wire import CLIENT, START_US, Dialogue

RESOLVER = "192.0.2.53"


def name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode("latin-1") for label in text.split(".")) + b"\0"


def query(text: str = "Pool.Example.org", qtype: int = 1, number: int = 7) -> bytes:
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + name(text) + struct.pack(">HH", qtype, 1)


def record(kind: int, body: bytes, owner: bytes = b"\xc0\x0c") -> bytes:
    return owner + struct.pack(">HHIH", kind, 1, 60, len(body)) + body


def answer(*records: bytes, code: int = 0, text: str = "pool.example.org", qtype: int = 1, number: int = 7) -> bytes:
    head = struct.pack(">HHHHHH", number, 0x8180 | code, 1, len(records), 0, 0)
    return head + name(text) + struct.pack(">HH", qtype, 1) + b"".join(records)


CNAME = record(5, b"\x02eu\xc0\x0c")
A = record(1, bytes([198, 51, 100, 7]))
AAAA = record(28, bytes.fromhex("20010db8000000000000000000000007"))


def asked(read: Callable[..., Any], *messages: tuple[int, bytes]) -> list[dict[str, Any]]:
    packets = []
    for number, (side, body) in enumerate(messages):
        ends = [(CLIENT, 5353 + 1000), (RESOLVER, 53)]
        packets.append((START_US + number * 1000, wire.udp(*ends[side], *ends[1 - side], body)))
    found, rejects = read(PcapReader(), wire.pcap(packets))
    assert rejects == []
    assert found["conn"][0]["service"] == "dns"
    return found.get("dns", [])  # type: ignore[no-any-return]


def test_a_question_with_its_answer(read: Callable[..., Any]) -> None:
    (row,) = asked(read, (0, query()), (0, query()), (1, answer(CNAME, A, AAAA)))
    assert row == {
        "ts": START_US, "src": CLIENT, "dst": RESOLVER, "query": "pool.example.org", "qtype": "A", "rcode": "NOERROR",
        "answers": ["eu.pool.example.org", "198.51.100.7", "2001:db8::7"], "origin": 1, "row": 1,
    }  # fmt: skip


def test_each_alone(read: Callable[..., Any]) -> None:
    rows = asked(read, (0, query()), (1, answer(code=3, number=8, text="other.example.org")))
    rows.sort(key=lambda row: row["row"])
    assert [(row["query"], row["rcode"], row["answers"], row["src"]) for row in rows] == [
        ("pool.example.org", None, None, CLIENT), ("other.example.org", "NXDOMAIN", [], CLIENT)]  # fmt: skip


def test_over_tcp(read: Callable[..., Any]) -> None:
    dialogue = Dialogue(server=RESOLVER, dport=53).open()
    two = b"".join(struct.pack(">H", len(body)) + body for body in (query(), query("b.example.org", 28, 8)))
    dialogue.say(0, two[:1], two[1:9], two[9:])
    reply = answer(A)
    found, _ = read(PcapReader(), wire.pcap(dialogue.say(1, struct.pack(">H", len(reply)), reply).packets))
    assert [(row["query"], row["qtype"], row["answers"]) for row in found["dns"]] == [
        ("pool.example.org", "A", ["198.51.100.7"]), ("b.example.org", "AAAA", None)]  # fmt: skip


def test_an_answer_cut_short_keeps_what_is_whole() -> None:
    for size in range(len(answer()), len(answer(A, A))):
        said = parse_dns(answer(A, A)[:size])
        assert said is not None
        assert set(said.answers) <= {"198.51.100.7"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        query()[:20],
        query()[:12] + b"\xc0\x0c\0\1\0\1\0\0",
        query()[:12] + b"\x3fabc\0\0\1\0\1",
        struct.pack(">HHHHHH", 1, 0, 2, 0, 0, 0) + name("a.b") + bytes(8),
        struct.pack(">HHHHHH", 1, 0x2800, 1, 0, 0, 0) + name("a.b") + bytes(8),
    ],
)
def test_what_is_no_question(raw: bytes) -> None:
    assert parse_dns(raw) is None


def test_a_loop_of_pointers_ends() -> None:
    said = parse_dns(answer(record(5, b"\xc0\x2c"), record(1, bytes(4), owner=b"\xc0\xff")))
    assert said is not None
    assert parse_dns(answer(record(5, b"\x01a\xc0\x0c"))).answers == ("a.pool.example.org",)  # type: ignore[union-attr]


def test_odd_bytes_in_names_are_escaped() -> None:
    said = parse_dns(query("a b.é.example"))
    assert said is not None
    assert said.query == r"a\032b.\233.example"
    assert parse_dns(query("a", qtype=65)).qtype == "HTTPS"  # type: ignore[union-attr]
    assert parse_dns(query("a", qtype=999)).qtype == "TYPE999"  # type: ignore[union-attr]


@settings(deadline=None)
@given(st.binary(max_size=120))
def test_no_bytes_break_it(raw: bytes) -> None:
    parse_dns(raw)
    parse_dns(answer(A)[:12] + raw)
