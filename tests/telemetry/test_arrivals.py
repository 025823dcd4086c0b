"""The coin that a file's name begins with; a folder's name does not count, nor the beginning of another word."""

import pytest

from minewarden.telemetry.arrivals import coin_of_name


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
