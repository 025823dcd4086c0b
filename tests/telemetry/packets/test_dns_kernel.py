"""Plain DNS messages read many at once say what each says alone, whatever stands in them."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.packets import dns_kernel
from minewarden.telemetry.packets.dns_wire import DnsMessage, parse_dns
from tests.telemetry.packets.test_dns_wire import AAAA, CNAME, A, answer, query, record

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


def message(seed: int) -> bytes:
    """A message, sometimes cut or damaged."""
    dice = random.Random(seed)
    text, kind = dice.choice(NAMES), dice.choice((1, 1, 28, 999))
    if dice.random() < 0.4:
        data = query(text, kind, dice.randrange(65_536))
    else:
        answers = [dice.choice(RECORDS) for _ in range(dice.choice((0, 1, 1, 2, 3, 70)))]
        data = answer(*answers, code=dice.choice((0, 0, 3, 9)), text=text, qtype=kind, number=dice.randrange(65_536))
    if dice.random() < 0.2:
        data = data[: dice.randrange(len(data))]
    if dice.random() < 0.2:
        place = dice.randrange(len(data) or 1)
        data = data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]
    return data


def together(parts: list[bytes]) -> list[DnsMessage | None]:
    length = np.array([len(part) for part in parts], np.int64)
    data = np.frombuffer(b"".join(parts) + bytes(32), np.uint8)
    return dns_kernel.messages(data, np.cumsum(length) - length, length)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 1 << 32), max_size=30))
def test_many_say_what_each_says_alone(seeds: list[int]) -> None:
    parts = [message(seed) for seed in seeds]
    assert together(parts) == [parse_dns(part) for part in parts]


def test_the_messages_are_worth_comparing() -> None:
    read = [parse_dns(message(seed)) for seed in range(400)]
    assert sum(one is None for one in read) > 40
    assert sum(one is not None and len(one.answers) > 1 for one in read) > 40
    assert sum(one is not None and "\\233" in one.query for one in read) > 10


def test_plain_messages_are_not_left_to_the_counterpart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_kernel, "parse_dns", lambda data: pytest.fail(repr(data)))
    asked, told = together([query(number=9), answer(A, A, number=9)])
    assert asked == DnsMessage(9, False, "NOERROR", "pool.example.org", "A", ())
    assert told == DnsMessage(9, True, "NOERROR", "pool.example.org", "A", ("198.51.100.7", "198.51.100.7"))


@given(st.lists(st.binary(max_size=80), max_size=8))
@settings(max_examples=200, deadline=None)
def test_any_bytes_say_what_they_say_alone(parts: list[bytes]) -> None:
    headed = [b"\0\1\x81\x80\0\1\0\2\0\0\0\0" + part for part in parts]
    assert together(headed) == [parse_dns(part) for part in headed]
