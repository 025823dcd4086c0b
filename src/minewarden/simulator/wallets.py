"""Invented wallets: right in form and checksum, drawn from a seed, belonging to nobody as far as chance allows."""

import hashlib
from random import Random

from minewarden.vocab.coding import (
    base58_encode,
    base58check_encode,
    bech32_encode,
    cashaddr_encode,
    checksummed_hex,
    cryptonote_encode,
    five_bits,
)

_VERSIONS = {"BTC": b"\0", "LTC": b"\x30", "DOGE": b"\x1e", "RVN": b"\x3c", "DASH": b"\x4c", "ZEC": b"\x1c\xb8"}


def invented(coin: str, rng: Random) -> str:
    """A wallet of that coin. Raises KeyError for a coin whose form is not known here."""
    if coin == "XMR":
        return cryptonote_encode(b"\x12" + rng.randbytes(64))
    if coin in ("ETH", "ETC"):
        return checksummed_hex(rng.randbytes(20))
    if coin == "KAS":
        return cashaddr_encode("kaspa", five_bits(b"\0" + rng.randbytes(32)))
    if coin == "BTC-SEGWIT":
        return bech32_encode("bc", [0, *five_bits(rng.randbytes(20))])
    if coin == "ERG":
        payload = b"\x01\x02" + rng.randbytes(32)
        return base58_encode(payload + hashlib.blake2b(payload, digest_size=32).digest()[:4])
    return base58check_encode(_VERSIONS[coin] + rng.randbytes(20))
