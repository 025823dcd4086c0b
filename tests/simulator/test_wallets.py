"""Invented wallets pass the checks that real ones pass, and belong to nobody."""

from random import Random

import pytest

from minewarden.detect.stratum.wallets import coins_of
from minewarden.simulator.wallets import invented

COINS = ("XMR", "ETH", "ETC", "KAS", "BTC", "BTC-SEGWIT", "LTC", "DOGE", "RVN", "DASH", "ZEC", "ERG")


@pytest.mark.parametrize("coin", COINS)
def test_the_detector_takes_it_for_a_wallet_of_its_coin(coin: str) -> None:
    for seed in range(20):
        assert coin.removesuffix("-SEGWIT") in coins_of(invented(coin, Random(seed)))


@pytest.mark.parametrize("coin", COINS)
def test_a_seed_gives_one_wallet_and_another_seed_another(coin: str) -> None:
    assert invented(coin, Random(1)) == invented(coin, Random(1)) != invented(coin, Random(2))


def test_a_coin_of_unknown_form() -> None:
    with pytest.raises(KeyError):
        invented("NOSUCH", Random(1))
