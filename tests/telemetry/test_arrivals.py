"""The coin that a file's name begins with, where no folder's name counts, nor another word's beginning; and whether
blocks come as a coin's do."""

import numpy as np
import pytest

from minewarden.telemetry.arrivals import BLOCK_INTERVALS_S, coin_of_label, coin_of_name, other_chain


@pytest.mark.parametrize(
    ("name", "coin"),
    [
        ("btc-node-a.csv.gz", "BTC"),
        ("2026/LTC_debug.log", "LTC"),
        ("logs\\doge.log", "DOGE"),
        ("btc/xmr.csv", "XMR"),
        ("btc/debug.log", None),
        ("btcs.csv", None),
        ("my-btc.log", None),
        ("btc", None),
        ("", None),
    ],
)
def test_the_coin_of_a_name(name: str, coin: str | None) -> None:
    assert coin_of_name(name) == coin


@pytest.mark.parametrize(("text", "coin"), [("monero", "XMR"), ("Bitcoin", "BTC"), ("xmr", "XMR"), ("kas", "KAS")])
def test_the_coin_as_a_person_writes_it(text: str, coin: str) -> None:
    assert coin_of_label(text) == coin


def arrivals(coin: str, count: int, seed: int = 1) -> list[tuple[int | None, int]]:
    gaps = np.random.default_rng(seed).exponential(BLOCK_INTERVALS_S[coin], count)
    return [(height, int(at * 1e6)) for height, at in enumerate(np.cumsum(gaps), 100)]


def test_a_label_of_a_chain_whose_blocks_come_otherwise_does_not_fit() -> None:
    found = other_chain("XMR", arrivals("BTC", 200))
    assert found is not None
    assert 480 < found.found_s < 720
    assert (found.expected_s, found.gaps, found.like) == (120, 199, ("BTC", "BCH", "XEC"))
    assert other_chain("BTC", arrivals("XMR", 200)) is not None


@pytest.mark.parametrize("coin", BLOCK_INTERVALS_S)
def test_the_right_label_fits(coin: str) -> None:
    assert [seed for seed in range(200) if other_chain(coin, arrivals(coin, 60, seed)) is not None] == []


def test_holes_duplicates_and_disorder_do_not_move_it() -> None:
    rows = arrivals("BTC", 200)
    kept = [row for n, row in enumerate(rows) if n % 10 < 5]
    late = [(height, at + 90_000_000_000) for height, at in rows[::2]]
    assert other_chain("BTC", [*reversed(kept), *late]) is None
    bare: list[tuple[int | None, int]] = [(None, at) for _, at in rows]
    assert other_chain("BTC", reversed(bare)) is None
    assert other_chain("LTC", reversed(bare)) is not None


def test_few_gaps_and_unknown_coins_say_nothing() -> None:
    assert other_chain("XMR", arrivals("BTC", 40)) is None
    assert other_chain("XMR", arrivals("BTC", 41)) is not None
    assert other_chain("KAS", arrivals("BTC", 200)) is None
