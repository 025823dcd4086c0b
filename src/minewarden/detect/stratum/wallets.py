"""Which coin a login's name tells, and how account and worker are told apart.

Sources: the coins' address formats (version bytes, prefixes) with their checksums. A form that several coins share
names them all; a name that is no wallet tells nothing. CryptoNote forks share prefixes rarely, so those are exact.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

from minewarden.vocab.coding import (
    base58_decode,
    base58check_decode,
    bech32_decode,
    cashaddr_decode,
    checksummed_hex,
    cryptonote_decode,
)

_VERSIONS: Mapping[str, frozenset[str]] = {
    "00": frozenset({"BTC", "BCH"}),
    "05": frozenset({"BTC", "BCH", "LTC"}),
    "30": frozenset({"LTC"}),
    "32": frozenset({"LTC"}),
    "1e": frozenset({"DOGE"}),
    "16": frozenset({"DOGE"}),
    "4c": frozenset({"DASH"}),
    "10": frozenset({"DASH"}),
    "3c": frozenset({"RVN", "VRSC", "KMD"}),
    "7a": frozenset({"RVN"}),
    "1cb8": frozenset({"ZEC"}),
    "1cbd": frozenset({"ZEC"}),
    "2089": frozenset({"ZEN"}),
}
_BECH32 = {"bc": "BTC", "ltc": "LTC", "dgb": "DGB", "btg": "BTG", "vtc": "VTC", "fb": "FB", "zs": "ZEC", "u": "ZEC"}
_CASH = {"bitcoincash": "BCH", "ecash": "XEC", "kaspa": "KAS", "karlsen": "KLS", "pyrin": "PYI", "spectre": "SPR"}
_CRYPTONOTE = {"12": "XMR", "13": "XMR", "2a": "XMR", "b220": "WOW", "c4e506": "ZEPH", "e0": "RYO"}
_ETHEREUM = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_MONERO_SHAPE = re.compile(r"[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}(?:[1-9A-HJ-NP-Za-km-z]{11})?", re.ASCII)
ETHEREUM_KIN = frozenset({"ETH", "ETC"})
_WALLET_LETTERS = re.compile(r"(?:0x)?[0-9A-Za-z]{25,120}|[a-z]{3,12}:[0-9a-z]{30,120}", re.ASCII)


@lru_cache(maxsize=4096)  # A miner logs in again and again with the same wallet, and Keccak is slow here.
def coins_of(account: str) -> frozenset[str]:
    """The coins whose wallet this may be; empty where it is none. Ethereum's form is shared by all its kin."""
    if not _WALLET_LETTERS.fullmatch(account):
        return frozenset()
    if _ETHEREUM.fullmatch(account):
        digits = account[2:]
        mixed = digits.lower() != digits and digits.upper() != digits
        sound = not mixed or checksummed_hex(bytes.fromhex(digits)) == account
        return ETHEREUM_KIN if sound else frozenset()
    if ":" in account:
        return _cash_coin(account)
    return _base58_coins(account) or _cryptonote_coin(account) or _bech32_coin(account) or _ergo(account)


def is_wallet(account: str) -> bool:
    """Whether a login looks like a wallet: one with a right checksum, or of Monero's unmistakable shape."""
    return bool(coins_of(account)) or _MONERO_SHAPE.fullmatch(account) is not None


@lru_cache(maxsize=4096)
def split_user(user: str) -> tuple[str, str]:
    """Account and worker of `account.worker`, `account/worker`, `account+difficulty`; an e-mail address stays whole."""
    user = user.strip()
    _, at, domain = user.partition("@")
    if at and "." in domain and not domain.split(".")[0].isdigit():
        whole, _, worker = user.partition("/")
        return whole, worker
    prefix, colon, rest = user.partition(":")
    body = rest if colon and prefix.isalpha() else user
    match = re.search(r"[./+]", body)
    if match is None:
        return user, ""
    account = user[: len(user) - len(body) + match.start()]
    tail = body[match.start() + 1 :]
    # Monero logins may carry a payment id, a fixed difficulty or a mail address between account and worker.
    parts = [part for part in re.split(r"[./]", tail) if part and not re.fullmatch(r"[0-9a-f]{16}|[0-9a-f]{64}", part)]
    worker = parts[-1] if parts and not (match[0] == "+" and len(parts) == 1) else ""
    return account, worker


def _base58_coins(text: str) -> frozenset[str]:
    try:
        payload = base58check_decode(text)
    except ValueError:
        return frozenset()
    for size in (1, 2):
        if len(payload) == size + 20 and payload[:size].hex() in _VERSIONS:
            return _VERSIONS[payload[:size].hex()]
    return frozenset()


def _cryptonote_coin(text: str) -> frozenset[str]:
    try:
        payload = cryptonote_decode(text)
    except ValueError:
        return frozenset()
    for prefix, coin in _CRYPTONOTE.items():
        if payload.hex().startswith(prefix) and len(payload) - len(prefix) // 2 in (64, 72):
            return frozenset({coin})
    return frozenset()


def _bech32_coin(text: str) -> frozenset[str]:
    try:
        prefix, values, _ = bech32_decode(text)
    except ValueError:
        return frozenset()
    return frozenset({_BECH32[prefix]}) if prefix in _BECH32 and values else frozenset()


def _cash_coin(text: str) -> frozenset[str]:
    try:
        prefix, _ = cashaddr_decode(text)
    except ValueError:
        return frozenset()
    return frozenset({_CASH[prefix]}) if prefix in _CASH else frozenset()


def _ergo(text: str) -> frozenset[str]:
    try:
        raw = base58_decode(text)
    except ValueError:
        return frozenset()
    sound = (
        len(raw) == 38 and raw[0] in (1, 2, 3) and hashlib.blake2b(raw[:-4], digest_size=32).digest()[:4] == raw[-4:]
    )
    return frozenset({"ERG"}) if sound else frozenset()
