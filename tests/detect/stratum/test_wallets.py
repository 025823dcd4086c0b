"""Wallets tell coins only with a right checksum, and logins come apart into account and worker."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.detect.stratum.wallets import coins_of, is_wallet, split_user
from minewarden.simulator.wallets import invented

COINS = {
    "BTC": {"BTC", "BCH"},
    "BTC-SEGWIT": {"BTC"},
    "LTC": {"LTC"},
    "DOGE": {"DOGE"},
    "DASH": {"DASH"},
    "ZEC": {"ZEC"},
    "RVN": {"RVN", "VRSC", "KMD"},
    "XMR": {"XMR"},
    "ETC": {"ETH", "ETC"},
    "KAS": {"KAS"},
    "ERG": {"ERG"},
}


@pytest.mark.parametrize("coin", COINS)
def test_an_invented_wallet_tells_its_coin(coin) -> None:
    assert coins_of(invented(coin, Random(7))) == COINS[coin]


@pytest.mark.parametrize("coin", [coin for coin in COINS if coin != "ETC"])
@given(place=st.integers(6, 30), seed=st.integers(0, 50))
def test_one_wrong_letter_tells_nothing(coin, place, seed) -> None:
    wallet = invented(coin, Random(seed))
    other = "q" if wallet[place] != "q" else "p"
    assert coins_of(wallet[:place] + other + wallet[place + 1 :]) == frozenset()


def test_ethereum_in_one_case_has_no_checksum_to_be_wrong() -> None:
    wallet = invented("ETC", Random(1))
    assert coins_of(wallet.lower()) == {"ETH", "ETC"}
    swapped = wallet[:2] + wallet[2:].swapcase()
    assert coins_of(swapped) == frozenset()


@given(st.text(max_size=200))
def test_no_name_breaks_it(name) -> None:
    coins_of(name)
    is_wallet(name)
    account, worker = split_user(name)
    assert account in name
    assert worker in name


@pytest.mark.parametrize("name", ["", "zhang.san", "x", "0x123", "1" * 34, "kaspa:qqq", "bc1qqq", "a" * 95])
def test_ordinary_names_are_no_wallets(name) -> None:
    assert not is_wallet(name)


@pytest.mark.parametrize(
    ("user", "account", "worker"),
    [
        ("lab", "lab", ""),
        ("lab.rig1", "lab", "rig1"),
        ("lab/rig1", "lab", "rig1"),
        ("kaspa:qqtest.w", "kaspa:qqtest", "w"),
        ("zhang@school.example/rig", "zhang@school.example", "rig"),
        ("zhang@school.example", "zhang@school.example", ""),
        ("WALLET+50000", "WALLET", ""),
        ("WALLET+50000.rig", "WALLET", "rig"),
        ("WALLET." + "ab" * 32 + ".ryzen", "WALLET", "ryzen"),
        ("WALLET." + "ab" * 32, "WALLET", ""),
        ("BTC:WALLET.w1", "BTC:WALLET", "w1"),
    ],
)
def test_account_and_worker_come_apart(user, account, worker) -> None:
    assert split_user(user) == (account, worker)
