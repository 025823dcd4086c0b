"""Which coins the messages of a session leave possible; empty where they do not tell, never a guess."""

from datetime import UTC, datetime

from minewarden.detect.stratum.conversation import Tally
from minewarden.detect.stratum.wallets import coins_of
from minewarden.vocab.clock import to_us

_WORDS = {
    "BTC": ("btc", "bitcoin"),
    "BCH": ("bch",),
    "LTC": ("ltc", "litecoin"),
    "ETC": ("etc",),
    "ETH": ("eth", "ethereum"),
    "XMR": ("xmr", "monero"),
    "ZEC": ("zec", "zcash"),
    "RVN": ("rvn", "ravencoin"),
    "KAS": ("kas", "kaspa"),
    "ERG": ("erg", "ergo"),
    "DASH": ("dash",),
}
_IN_NAME = {word: frozenset({coin}) for coin, words in _WORDS.items() for word in words}
_KAWPOW = frozenset({"RVN", "NEOX", "CLORE", "MEWC", "AIPG"})
"""The larger coins of this algorithm; they narrow a wallet's form that other coins share, and say nothing alone."""
_PROOF_OF_STAKE_US = to_us(datetime(2022, 9, 15, 6, 43, tzinfo=UTC))
"""When Ethereum's last block was mined; whoever mines with such a wallet later mines one of its kin."""


def coins(tally: Tally) -> frozenset[str]:
    """What the wallets say, narrowed by what the texts say, narrowed by the name that was dialled.

    A later word that contradicts the earlier is left out: a pool may pay out in another coin than it mines.
    """
    wallets = [coins_of(account) for account, _ in sorted(tally.users)]
    named = [_IN_NAME[part] for name in sorted(tally.server_names) for part in _parts(name) if part in _IN_NAME]
    possible: frozenset[str] = frozenset()
    for claim in (*wallets, *tally.told, *named):
        possible = (possible & claim) or possible or claim
    if tally.protocol == "kawpow":
        possible = (possible & _KAWPOW) or possible
    if tally.first_us > _PROOF_OF_STAKE_US:
        possible -= {"ETH"}
    return possible


def _parts(name: str) -> list[str]:
    return name.lower().replace("-", ".").replace("_", ".").split(".")
