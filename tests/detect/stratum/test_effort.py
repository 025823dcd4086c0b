"""The strength of a miner from its shares, only where the unit is known and there are enough of them."""

import pytest

from minewarden.detect.stratum.conversation import Tally
from minewarden.detect.stratum.effort import Estimate, estimate

NONE: frozenset[str] = frozenset()
MINUTE_US = 60_000_000


def tally(protocol: str, shares: int = 25, difficulty: float = 1000.0, span_us: int = MINUTE_US) -> Tally:
    return Tally(protocol=protocol, shares=shares, effort=shares * difficulty, first_us=7, last_us=7 + span_us)


def test_hashes_are_counted_as_they_are() -> None:
    assert estimate(tally("cryptonote"), NONE) == Estimate(25 * 1000 / 60, 20)


def test_bitcoin_counts_in_two_to_the_32() -> None:
    found = estimate(tally("stratum-v1", shares=100), frozenset({"BTC"}))
    assert found is not None
    assert found.hashrate == pytest.approx(100 * 1000 * 2**32 / 60)
    assert found.error_percent == 10


@pytest.mark.parametrize(
    ("what", "coins"),
    [
        (tally("stratum-v1"), NONE),
        (tally("stratum-v1"), frozenset({"LTC"})),
        (tally("kaspa"), frozenset({"KAS"})),
        (tally("cryptonote", shares=4), NONE),
        (tally("cryptonote", difficulty=0), NONE),
        (tally("cryptonote", span_us=MINUTE_US - 1), NONE),
    ],
)
def test_nothing_is_estimated_where_it_would_be_a_guess(what, coins) -> None:
    assert estimate(what, coins) is None


def test_rejected_shares_do_not_count() -> None:
    one = tally("cryptonote", shares=32)
    one.accepted, one.rejected = 24, 8
    assert estimate(one, NONE) == Estimate(24 * 1000 / 60, 20)
    one.accepted, one.rejected = 2, 30
    assert estimate(one, NONE) is None
