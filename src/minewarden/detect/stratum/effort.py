"""How strong a miner is, told by what it handed in: accepted shares times their difficulty; where no answer was seen,
as in one direction alone, all of them.

Source: the meaning of difficulty in each protocol. CryptoNote and geth count in hashes; Bitcoin's difficulty 1 is 2^32
hashes. Other coins that speak Bitcoin's dialect count differently, so nothing is estimated there. The number of shares
in a time is a Poisson number: its relative error is one by its square root.
"""

import math
from typing import NamedTuple

from minewarden.detect.stratum.conversation import Tally

FEWEST_SHARES = 5
SHORTEST_US = 60_000_000
_IN_HASHES = frozenset({"cryptonote", "coinhive", "ethproxy", "eth-getwork"})
_BITCOIN = frozenset({"BTC", "BCH"})


class Estimate(NamedTuple):
    """Hashes per second on the average of the whole time, and the relative error in per cent."""

    hashrate: float
    error_percent: int


def estimate(tally: Tally, coins: frozenset[str]) -> Estimate | None:
    """The hash rate behind the shares, or None where there are too few or the unit is not known."""
    span_us = tally.last_us - tally.first_us
    if tally.shares < FEWEST_SHARES or span_us < SHORTEST_US or not tally.effort:
        return None
    if tally.protocol in _IN_HASHES:
        unit = 1.0
    elif tally.protocol == "stratum-v1" and coins and coins <= _BITCOIN:
        unit = 2.0**32
    else:
        return None
    told = tally.accepted + tally.rejected
    good = tally.accepted / told if told else 1.0
    counted = tally.shares * good
    if counted < FEWEST_SHARES:
        return None
    return Estimate(good * tally.effort * unit * 1e6 / span_us, round(100 / math.sqrt(counted)))
