"""The program that measures accuracy runs, judges as it says, and tells connections as the reader of captures does."""

import struct
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from bench import accuracy
from bench.accuracy import Plan, Report, assembled, blocks_of, campus_of, watched, wilson
from bench.harmless_world import HARMLESS, harmless
from bench.push_lake import rows_of
from bench.push_world import CHAINS, MSS, PERTURBED, Hello, Talk, late, mining
from minewarden.simulator.dialogues.tls import openssl_hello
from minewarden.simulator.packets import ACK, PSH, SYN, tcp_frame, ways_between
from minewarden.simulator.session import Wire
from minewarden.telemetry.lake import Lake
from minewarden.vocab.finding import State
from minewarden.vocab.net import Endpoint
from tests.detect.lake_rows import NOON, at
from tests.detect.shapes import read_captures

CLIENT, SERVER = Endpoint("10.20.3.17", 51514), Endpoint("203.0.113.20", 443)
TINY = Plan(accuracy.DAY, 2, (("tls-1.3", ""), ("ssh", "")), 2, 1, ("cryptonote", "kawpow"))


def captured(path: Path, talk: Talk, begin_us: int) -> None:
    """A capture of the connection, packet by packet; what a hello says is a real one where there is one."""
    up, down = ways_between(CLIENT, SERVER, Wire())
    first = begin_us + round(talk.at[0] * 1e6) - 1000
    frames = [(first, tcp_frame(up, 99, 0, SYN)), (first + 400, tcp_frame(down, 499, 100, SYN | ACK))]
    sent = {True: 100, False: 500}
    for number, (seconds, way, size) in enumerate(zip(talk.at, talk.up, talk.size, strict=True)):
        kind = b"" if talk.hello is None else b"\x16\x03\x01" if number == 0 else b"\x17\x03\x03"
        body = (kind + bytes([0, 9]) * size)[:size]
        if talk.hello is not None and number == 0 and size == 297:
            body = openssl_hello(Random(4))
        for part in range(0, size, MSS):
            piece = body[part : part + MSS]
            frame = tcp_frame(up if way else down, sent[bool(way)], sent[not way], ACK | PSH, piece)
            frames.append((begin_us + round(seconds * 1e6) + 12 * (part // MSS), frame))
            sent[bool(way)] += len(piece)
    frames.sort(key=lambda frame: frame[0])
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for when, frame in frames:
            file.write(struct.pack("<IIII", when // 1_000_000, when % 1_000_000, len(frame), len(frame)) + frame)


@pytest.mark.parametrize(("kind", "dialect"), [("tls-1.3", "cryptonote"), ("ssh", "stratum-v1"), ("vpn", "kawpow")])
def test_rows_are_those_that_the_reader_makes_of_a_capture(kind: str, dialect: str, tmp_path: Path) -> None:
    blocks = np.cumsum(np.random.default_rng(4).exponential(120, 60))
    pair = mining(kind, dialect, blocks, 3600, np.random.default_rng(9))
    talk = max(pair.talks, key=lambda one: len(one.at))
    hello = Hello() if talk.hello is not None else None
    whole = replace(talk, hello=hello, whole=True)
    captured(tmp_path / "one.pcap", whole, at(0))
    expected = rows_of(whole, at(0))
    context = read_captures(Lake(tmp_path / "lake"), [tmp_path / "one.pcap"], NOON)
    with context.lake.connect() as connection:
        rows = connection.sql('SELECT ts, from_client, number, length FROM record ORDER BY ts, "row"').fetchall()
    ours = list(
        zip(*(column.tolist() for column in (expected.ts, expected.up, expected.number, expected.length)), strict=True)
    )
    assert len(rows) > 50
    assert sorted(rows) == sorted(ours)


def test_a_small_campus_is_watched_and_judged() -> None:
    outcomes = [one for blocks in (True, False) for one in watched(TINY, 3, blocks)]
    miners = [one for one in outcomes if one.mines and one.blocks]
    assert len(miners) == 4
    assert sum(one.state is not None for one in miners) >= 3
    assert {one.kind for one in outcomes if not one.mines} == set(HARMLESS)
    assert [one.kind for one in outcomes if not one.mines and one.state is State.CONFIRMED] == []
    page = assembled(Report(), outcomes, lambda: ["# made in a test"])
    assert "TLS direct: recall" in page
    assert page.count("MQTT, fixed timers") == 1


def test_the_same_seed_gives_the_same_campus_and_another_seed_another() -> None:
    begin, blocks = blocks_of(5, 7200.0)
    one, again = (campus_of(TINY, 5, begin, blocks)[0] for _ in range(2))
    other = campus_of(TINY, 6, begin, blocks)[0]
    sizes = [[talk.size.sum() for pair in campus.pairs for talk in pair.talks] for campus in (one, again, other)]
    assert sizes[0] == sizes[1] != sizes[2]


@pytest.mark.parametrize("kind", ["tls-1.2", "ssh", "websocket", "vpn", "proxy"])
@pytest.mark.parametrize("change", ["", *PERTURBED])
def test_every_carrier_and_change_keeps_time_and_sizes_sound(kind: str, change: str) -> None:
    blocks = np.cumsum(np.random.default_rng(1).exponential(120, 40))
    pair = mining(kind, "zcash", blocks, 1800, np.random.default_rng(2), change)
    for talk in pair.talks:
        assert np.all(np.diff(talk.at) >= 0)
        assert talk.size.min() > 0
        assert talk.up.any()
        assert not talk.up.all()


def test_harmless_kinds_are_twenty_two_and_none_sends_bulk() -> None:
    assert len(HARMLESS) == 22
    for kind in HARMLESS:
        (talk,) = harmless(kind, np.arange(600.0, 7200, 600), 7200, np.random.default_rng(3)).talks
        assert len(talk.at) / 7200 < 20, kind


def test_who_comes_late_sees_no_hello() -> None:
    talk = Talk(np.arange(5.0), np.array([True, False, True, False, True]), np.full(5, 297), Hello())
    assert (late(talk, 2).hello, late(talk, 2).whole, len(late(talk, 2).at)) == (None, False, 3)


def test_every_chain_has_a_dialogue_to_take_its_words_from() -> None:
    assert all(chain.interval > 1 for chain in CHAINS.values())


def test_wilson_gives_the_known_interval() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.49, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)
