"""Forms that mining texts have and ordinary ones do not: hexadecimal of stated lengths, names of mining programs."""

import re
from typing import Any, TypeGuard

_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]*", re.ASCII)
MINERS = re.compile(
    r"(?:xmrig|xmr-?stak|xmr-?node|cpuminer|cgminer|bfgminer|sgminer|bmminer|btminer|whatsminer|antminer|bosminer|braiins"
    r"|avalon|nerdminer|esp-?miner|bitaxe|ccminer|ethminer|claymore|phoenixminer|lolminer|nbminer|gminer|t-?rex|teamred"
    r"|trm|teamblack|srbminer|bzminer|wildrig|rigel|miniz|ewbf|bminer|onezerominer|kawpowminer|nsgminer|nanominer|xmrminer"
    r"|minerd|luk-?miner|jce|castxmr|cast_xmr|nicehash|excavator|hiveos|mkxminer|poclbm|phatk|kaspa-?miner|tnn-?miner"
    r"|rhminer|moneroocean|minergate|unmineable|eth-?proxy|p2pool|xmrigcc)(?![a-z])",
    re.IGNORECASE | re.ASCII,
)
"""How mining programs name themselves, from their public sources; at the beginning of an agent."""


def is_hex(value: Any, shortest: int, longest: int | None = None) -> TypeGuard[str]:
    """Whether it is a text of so many hexadecimal digits (`0x` in front does not count); longest None: as shortest."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        return False
    return shortest <= len(value) - 2 * value.startswith("0x") <= (shortest if longest is None else longest)


def is_flat(params: Any, most: int) -> TypeGuard[list[Any]]:
    """Whether it is a list of at most so many plain values."""
    return isinstance(params, list) and len(params) <= most and not any(isinstance(p, (list, dict)) for p in params)


def is_miner(agent: Any) -> TypeGuard[str]:
    """Whether a program names itself as a mining program does."""
    return isinstance(agent, str) and MINERS.match(agent.strip()[:64]) is not None


def text_at(params: Any, index: int) -> str:
    """The text at that place of a list, "" where there is none."""
    if isinstance(params, list) and index < len(params) and isinstance(params[index], str):
        return str(params[index])
    return ""


def number_of(value: Any) -> float:
    """A positive finite number, or 0 for anything else; text is read as hexadecimal."""
    if isinstance(value, str):
        return float(int(value, 16)) if is_hex(value, 1, 64) else 0.0
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e30:
        return float(value)
    return 0.0


def printable(value: Any, most: int = 160) -> str:
    """A stranger's text made safe to show: only printable characters, and not too many."""
    if not isinstance(value, str):
        return ""
    if value.isprintable():
        return value[:most].strip()
    return "".join(c for c in value[: 2 * most] if c.isprintable())[:most].strip()
