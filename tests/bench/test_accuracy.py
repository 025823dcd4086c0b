"""The program that measures accuracy runs, judges as it says, and tells connections as the reader of captures does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench import accuracy
from bench.accuracy import Plan, Report, assembled, blocks_of, campus_of, watched, wilson
from bench.harmless_world import HARMLESS, harmless
from bench.push_capture import write_talks
from bench.push_lake import rows_of
from bench.push_world import CHAINS, OPENSSL_JA4, PERTURBED, Hello, Talk, late, mining
from minewarden.telemetry.lake import Lake
from minewarden.vocab.finding import State
from minewarden.vocab.net import Endpoint
from tests.detect.lake_rows import NOON, at
from tests.detect.shapes import read_captures

CLIENT, SERVER = Endpoint("10.20.3.17", 51514), Endpoint("203.0.113.20", 443)
TINY = Plan(accuracy.DAY, 2, (("tls-1.3", ""), ("ssh", "")), 2, 1, ("cryptonote", "kawpow"))


@pytest.mark.parametrize(("kind", "dialect"), [("tls-1.3", "cryptonote"), ("ssh", "stratum-v1"), ("vpn", "kawpow")])
def test_rows_are_those_that_the_reader_makes_of_a_capture(kind: str, dialect: str, tmp_path: Path) -> None:
    blocks = np.cumsum(np.random.default_rng(4).exponential(120, 60))
    pair = mining(kind, dialect, blocks, 3600, np.random.default_rng(9))
    talk = max(pair.talks, key=lambda one: len(one.at))
    hello = Hello(ja4=OPENSSL_JA4) if talk.hello is not None else None
    whole = replace(talk, hello=hello, whole=True)
    write_talks(tmp_path / "one.pcap", [whole], CLIENT, SERVER, at(0))
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


def test_harmless_kinds_are_twenty_four_and_none_sends_bulk() -> None:
    assert len(HARMLESS) == 24
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
