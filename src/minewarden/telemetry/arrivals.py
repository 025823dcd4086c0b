"""What the readers of block arrivals share: whose blocks a file tells of, how many it may hold, and whether they come
as that chain's blocks do.

Blocks found by work come as a Poisson process, whose median gap is the mean interval times ln 2. A file of another
chain's arrivals would have flows named after the wrong coin, so a label that does not fit is refused as header times
are. Chains of like intervals (BTC, BCH, XEC; LTC, DASH, XMR, ERG) cannot be told apart by it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import log
from statistics import median

from minewarden.telemetry.columns import LAST_US
from minewarden.vocab.clock import to_us
from minewarden.vocab.message import Message, message

MOST_ROWS = 1_000_000
"""The arrivals of a file are held until all of them are judged. Bitcoin has not as many blocks yet."""

BLOCK_INTERVALS_S: Mapping[str, float] = {
    "BTC": 600.0,
    "BCH": 600.0,
    "XEC": 600.0,
    "LTC": 150.0,
    "DASH": 150.0,
    "XMR": 120.0,
    "ERG": 120.0,
    "ZEC": 75.0,
    "DOGE": 60.0,
    "RVN": 60.0,
    "ETC": 13.0,
}
"""Target intervals of the chains as of November 2026; chains of a second or less have no testable clock."""

LEAST_GAPS, MOST_FACTOR = 40, 2.5
"""From so many gaps on a median is held against the interval: of the right chain it is that far off once in 10 000
files of 40 gaps, and in none of 100. Difficulty that lags behind a chain's miners moves it less for long."""

_LONG_NAMES = {
    "BITCOIN": "BTC",
    "MONERO": "XMR",
    "LITECOIN": "LTC",
    "DOGECOIN": "DOGE",
    "ZCASH": "ZEC",
    "RAVENCOIN": "RVN",
    "ERGO": "ERG",
    "ECASH": "XEC",
}
_COIN_OF_NAME = re.compile(
    rf"(?:.*[/\\])?({'|'.join(BLOCK_INTERVALS_S)})(?=[-_.])", re.ASCII | re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class OtherChain:
    """Arrivals that do not come as the labelled chain's do: seconds found and expected, by how many gaps, and which of
    the known chains they come like."""

    found_s: float
    expected_s: float
    gaps: int
    like: tuple[str, ...]


def coin_of_name(name: str) -> str | None:
    """The coin that a file's name begins with, in capitals (`2026/btc-node-a.csv`: BTC); None where it names none."""
    named = _COIN_OF_NAME.match(name)
    return named[1].upper() if named is not None else None


def utc(text: str) -> int:
    """Microseconds since 1970 of a time that a node's log writes without its zone, which is UTC. Raises ValueError."""
    at = to_us(datetime.fromisoformat(text).replace(tzinfo=UTC))
    if not 0 <= at < LAST_US:
        raise ValueError("out of range")
    return at


def coin_of_label(text: str) -> str:
    """A coin as a person writes it, by its short name in capitals: `monero` and `xmr` are XMR."""
    return _LONG_NAMES.get(text.upper(), text.upper())


def other_chain(coin: str, arrivals: Iterable[tuple[int | None, int]]) -> OtherChain | None:
    """What speaks against a label; None where nothing does, where the coin is not known or the gaps are too few.

    `arrivals`: (height or None, microseconds since 1970 UTC), in any order. Of heights only neighbours count, each by
    its first arrival, so that no hole in the record moves the median; without heights all gaps do.
    """
    expected = BLOCK_INTERVALS_S.get(coin)
    if expected is None:
        return None
    gaps = _gaps(arrivals)
    if len(gaps) < LEAST_GAPS:
        return None
    found = median(gaps) / 1e6 / log(2)
    if expected / MOST_FACTOR < found < expected * MOST_FACTOR:
        return None
    like = tuple(one for one, known in BLOCK_INTERVALS_S.items() if 0.7 < found / known < 1.4)
    return OtherChain(found, expected, len(gaps), like)


def said_of_other_chain(coin: str, other: OtherChain) -> Message:
    """Why a file with such a label is refused, and what to do."""
    return message(
        "block_csv.other_chain" if other.like else "block_csv.no_chain",
        coin=coin,
        found=f"{other.found_s:.3g}",
        expected=f"{other.expected_s:.3g}",
        gaps=other.gaps,
        like=", ".join(other.like),
    )


def _gaps(arrivals: Iterable[tuple[int | None, int]]) -> list[int]:
    first: dict[int, int] = {}
    bare: list[int] = []
    for height, at in arrivals:
        if height is None:
            bare.append(at)
        else:
            first[height] = min(first.get(height, at), at)
    told = [at - first[height - 1] for height, at in first.items() if height - 1 in first]
    bare.sort()
    return told + [later - at for at, later in pairwise(bare)]
