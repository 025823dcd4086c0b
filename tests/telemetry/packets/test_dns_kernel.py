"""DNS messages read many at once give the rows that each gives alone, whatever stands in them and in any order."""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minewarden.telemetry.packets import classic, dns_kernel
from minewarden.telemetry.packets.dns_wire import parse_dns
from minewarden.telemetry.packets.domain_log import DomainLog
from tests.telemetry.packets import wire
from tests.telemetry.packets.test_compiled import NEVER, read
from tests.telemetry.packets.test_dns_wire import AAAA, CNAME, A, answer, query, record
from tests.telemetry.packets.wire import CLIENT, CLIENT6, START_US

NAMES = (
    "a.example",
    "Pool.EXAMPLE.org",
    "_x-y.example",
    "a" * 63 + ".example",
    ".".join("abcd" * 12),
    "caf\xe9.example",
    "a\\b",
)
RECORDS = (A, A, A, AAAA, CNAME, record(16, b"\x03txt"), record(1, b"\x01"), record(2, b"\x01a\0", b"\x01b\0"))


RESOLVER, RESOLVER6 = "192.0.2.53", "2001:db8::53"


def message(seed: int, names: int = len(NAMES), numbers: int = 65_536) -> bytes:
    """A message, sometimes cut or damaged."""
    dice = random.Random(seed)
    text, kind, number = dice.choice(NAMES[:names]), dice.choice((1, 1, 28, 999)), dice.randrange(numbers)
    if dice.random() < 0.4:
        data = query(text, kind, number)
    else:
        answers = [dice.choice(RECORDS) for _ in range(dice.choice((0, 1, 1, 2, 3, 70)))]
        data = answer(*answers, code=dice.choice((0, 0, 3, 9)), text=text, qtype=kind, number=number)
    if dice.random() < 0.2:
        data = data[: dice.randrange(len(data))]
    if dice.random() < 0.2:
        place = dice.randrange(len(data) or 1)
        data = data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]
    return data


def packet(number: int, data: bytes, port: int, *, six: bool = False, waited_s: int = 0) -> wire.Packet:
    """A message on its way: answers come from the resolver."""
    client, resolver = (CLIENT6, RESOLVER6) if six else (CLIENT, RESOLVER)
    response = len(data) > 2 and data[2] & 0x80
    ends = (resolver, 53, client, port) if response else (client, port, resolver, 53)
    return START_US + number * 1000 + waited_s * 1_000_000, wire.udp(*ends, data)


def capture(seed: int) -> bytes:
    """Messages of few clients, names and numbers, so that questions and answers meet, are doubled, late or lost."""
    dice = random.Random(seed)
    ports, packets, waited_s = dice.choice((2, 2, 40)), [], 0
    for number in range(dice.randrange(120)):
        waited_s += dice.choice((0, 0, 0, 0, 0, 20))
        port, six = 1024 + dice.randrange(ports), dice.random() < 0.2
        data = message(dice.randrange(1 << 32), names=dice.choice((2, len(NAMES))), numbers=2)
        packets.append(packet(number, data, port, six=six, waited_s=waited_s))
        if dice.random() < 0.4:
            text, mark = dice.choice(NAMES[:2]), dice.randrange(2)
            told = [dice.choice(RECORDS[:4]) for _ in range(dice.randrange(3))]
            for data in (query(text, number=mark), answer(*told, text=text.lower(), number=mark)):
                packets.append(packet(number, data, port, six=six, waited_s=waited_s))
    return wire.pcap(packets)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32), size=st.sampled_from([8 << 20, 4096, 500]))
def test_both_ways_give_the_same(seed: int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classic, "CHUNK_BYTES", size)
    data = capture(seed)
    plain = read(data, NEVER)
    assert read(data, -1) == plain
    assert read(data, len(data) // 2) == plain


def test_the_messages_are_worth_comparing(monkeypatch: pytest.MonkeyPatch) -> None:
    read_one = [parse_dns(message(seed)) for seed in range(400)]
    assert sum(one is None for one in read_one) > 40
    assert sum(one is not None and len(one.answers) > 1 for one in read_one) > 40
    assert sum(one is not None and "\\233" in one.query for one in read_one) > 10
    rows: Counter[str] = Counter()
    for seed in range(40):
        rows.update(read(capture(seed), NEVER)[0].get("dns", ()))
    joined: list[int] = []
    write = dns_kernel.DomainReader._write

    def noted(*given: Any) -> None:
        joined.append(len(given[4]))
        write(*given)

    monkeypatch.setattr(dns_kernel.DomainReader, "_write", noted)
    for seed in range(40):
        read(capture(seed), -1)
    assert 100 < sum(joined) < rows.total() - 100
    assert sum("None" in row for row in rows) > 100


def test_plain_messages_are_not_taken_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DomainLog, "take", lambda *given: pytest.fail(repr(given)))
    data = wire.pcap([packet(0, query(number=9), 5000), packet(1, answer(A, A, number=9), 5000)])
    ((row, count),) = read(data, -1)[0]["dns"].items()
    assert count == 1
    assert repr("pool.example.org") in row
    assert row.count(repr("198.51.100.7")) == 2


def test_an_answer_belongs_to_the_question_that_was_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    packets = [packet(0, query(number=9), 5000), packet(1, query(number=9), 5000), packet(2, answer(A, number=9), 5000)]
    data = wire.pcap(packets)
    monkeypatch.setattr(classic, "CHUNK_BYTES", 24 + 16 + 14 + len(packets[0][1]))
    assert read(data, -1) == read(data, NEVER)
    ((row, _),) = read(data, -1)[0]["dns"].items()
    assert repr("ts") + f": {START_US}," in row


@given(st.lists(st.binary(max_size=80), max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_bytes_say_what_they_say_alone(parts: list[bytes]) -> None:
    headed = [b"\0\1\x81\x80\0\1\0\2\0\0\0\0" + part for part in parts]
    data = wire.pcap([packet(number, part, 5000) for number, part in enumerate(headed)])
    assert read(data, -1) == read(data, NEVER)
