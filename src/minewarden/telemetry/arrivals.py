"""What the readers of block arrivals share: whose blocks a file tells of, and how many it may hold."""

import re

MOST_ROWS = 1_000_000
"""The arrivals of a file are held until all of them are judged. Bitcoin has not as many blocks yet."""

_COIN_OF_NAME = re.compile(
    r"(?:.*[/\\])?(BTC|BCH|XEC|LTC|DASH|XMR|ERG|ZEC|DOGE|RVN|ETC)(?=[-_.])", re.ASCII | re.IGNORECASE | re.DOTALL
)


def coin_of_name(name: str) -> str | None:
    """The coin that a file's name begins with, in capitals (`2026/btc-node-a.csv`: BTC); None where it names none."""
    named = _COIN_OF_NAME.match(name)
    return named[1].upper() if named is not None else None
