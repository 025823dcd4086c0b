"""Client hellos taken apart by the kernel say what `parse_client_hello` says, however torn or spoilt they are."""

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minewarden.telemetry.packets import handshake_kernel as kernel
from minewarden.telemetry.packets.tls_hello import ClientHello, parse_client_hello
from tests.telemetry.packets import traffic

SALT = np.array([1, 2], np.uint64)


def read(records: list[bytes]) -> tuple[list[tuple[int, str | None]], list[tuple[int, ...]]]:
    """For each record whether it was read, its name, and the two words of its print."""
    sizes = np.array([len(record) for record in records])
    hellos = np.stack((np.cumsum(sizes) - sizes, sizes), axis=1)
    arena = np.frombuffer(bytearray(b"".join(records)), np.uint8)
    fields, prints = np.zeros((len(records), 3), np.int64), np.zeros((len(records), 2), np.uint64)
    names = np.empty(len(arena), np.uint8)
    used = kernel.read_hellos(arena, hellos, SALT, fields, prints, names)
    text = names[:used].tobytes().decode("latin-1")
    said = [(read, text[at : at + size] if size > 0 else None) for read, at, size in fields.tolist()]
    return said, [tuple(words) for words in prints.tolist()]


def spoilt(dice: random.Random, record: bytes) -> bytes:
    data = bytearray(record)
    for _ in range(dice.choice((0, 0, 1, 3))):
        data[dice.randrange(9, len(data))] = dice.randrange(256)
    return bytes(data[: dice.randrange(9, len(data) + 1)] if dice.random() < 0.3 else data)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 1 << 40))
def test_hellos_say_the_same(seed: int) -> None:
    dice = random.Random(seed)
    records = [spoilt(dice, traffic.client_hello(dice)) for _ in range(20)]
    prints: dict[tuple[int, ...], object] = {}
    for record, (was_read, name), words in zip(records, *read(records), strict=True):
        hello = parse_client_hello(record[9:])
        if was_read >= 0:
            assert (was_read == 1) == (hello is not None)
        if was_read > 0:
            assert isinstance(hello, ClientHello)
            assert name == hello.sni
            assert prints.setdefault(words, hello.print) == hello.print
    # Two words of 64 bits that differ for the same print would only cost time; the same for two would lie.
    assert len(set(prints.values())) <= len(prints)


def test_the_same_habits_are_one_print() -> None:
    dice = random.Random(1)
    record = traffic.client_hello(dice)
    other = record[:11] + bytes(32) + record[43:]
    _, (first, second) = read([record, other])
    assert first == second
    assert read([record])[1] != read([record[:-1] + b"\x7f"])[1] or len(record) < 60
