"""The `mining.*` family: Bitcoin's Stratum V1 and all that kept its names (Zcash, Ergo, KawPow, Kaspa, Ethash).

Sources: the Stratum V1 texts of pools and miners, BIP 310, ZIP 301, EIP 1571, NiceHash's EthereumStratum/1.0.0. The
names are mining's own; where a name could be a game's, the form of the parameters decides.
"""

import math
from typing import Any

from minewarden.detect.stratum.said import Act, Answer, Call, Calls, Said, Side
from minewarden.detect.stratum.shapes import is_flat, is_hex, number_of, text_at

ONE, TWO = "ethereumstratum-1", "ethereumstratum-2"
_PROTO_ONE, _PROTO_TWO = "EthereumStratum/1.0.0", "EthereumStratum/2.0.0"
_MOST = 12
_BITCOIN_ONLY, _BITCOIN_KIN = 3e12, 1e11
"""Network difficulty above which only BTC (or its kin BCH) can be meant: BCH stayed below 2e12 up to 2026."""
_ALGORITHMS = {"ethash": frozenset({"ETC", "ETH"}), "etchash": frozenset({"ETC"}), "kawpow": frozenset({"RVN"})}


def _subscribe(call: Call) -> Said | None:
    params = call.params if call.params is not None else []
    if not is_flat(params, _MOST) or not all(p is None or isinstance(p, (str, int)) for p in params):
        return None
    agent, second = text_at(params, 0), text_at(params, 1)
    protocol = ""
    if agent.startswith("NiceHash/") and len(params) >= 3:
        protocol = "nicehash-order"
    elif second.startswith("EthereumStratum/"):
        protocol = TWO if second == _PROTO_TWO else ONE
    return Said(Act.SUBSCRIBE, Side.MINER, protocol=protocol, agent=agent, server_name=text_at(params, 2))


def _authorize(call: Call) -> Said | None:
    if not is_flat(call.params, _MOST) or not text_at(call.params, 0):
        return None
    return Said(Act.LOGIN, Side.MINER, user=text_at(call.params, 0))


def _submit(call: Call) -> Said | None:
    params = call.params
    if isinstance(params, dict):
        fits = isinstance(params.get("jobId"), str) and is_hex(params.get("nonce"), 8, 64)
        return Said(Act.SHARE, Side.MINER, user=str(params.get("worker") or "")) if fits else None
    if not is_flat(params, _MOST) or len(params) < 3 or not all(isinstance(p, str) for p in params[:3]):
        return None
    user, protocol = params[0], ""
    if len(params) == 5 and is_hex(params[4], 128, 8192):
        protocol = "zcash"
    elif len(params) == 5 and all(is_hex(p, 16, 64) and p.startswith("0x") for p in params[2:5]):
        protocol = "kawpow"
    elif len(params) in (5, 6) and is_hex(params[3], 8) and is_hex(params[4], 8):
        protocol = "stratum-v1"
    elif len(params) == 3 and params[2].startswith("w-") and is_hex(params[1], 2, 16):
        protocol, user = TWO, ""
    elif not any(is_hex(p, 4, 16384) for p in params[2:]):
        return None
    return Said(Act.SHARE, Side.MINER, protocol=protocol, user=user)


def _notify(call: Call) -> Said | None:
    params = call.params
    if not isinstance(params, list) or not params or len(params) > 64:
        return None
    if isinstance(params[0], dict):
        # Alephium gives the work of several chains at once, each as an object.
        fits = isinstance(params[0].get("jobId"), str) and is_hex(params[0].get("headerBlob"), 80, 4096)
        return Said(Act.JOB, Side.POOL, coins=frozenset({"ALPH"})) if fits else None
    if not 2 <= len(params) <= _MOST:
        return None
    for form in (_bitcoin_job, _zcash_job, _kawpow_job, _autolykos_job, _kaspa_job, _ethash_job):
        said = form(params)
        if said is not None:
            return said
    # A form that is not known yet: the name with a hash in it is still a job.
    return Said(Act.JOB, Side.POOL) if any(is_hex(p, 32, 16384) for p in params) else None


def _bitcoin_job(params: list[Any]) -> Said | None:
    if len(params) < 8 or not isinstance(params[4], list) or not is_hex(params[1], 64):
        return None
    coins = frozenset[str]()
    if is_hex(params[6], 8):
        difficulty = network_difficulty(int(params[6], 16))
        if difficulty >= _BITCOIN_ONLY:
            coins = frozenset({"BTC"})
        elif difficulty >= _BITCOIN_KIN:
            coins = frozenset({"BTC", "BCH"})
    return Said(Act.JOB, Side.POOL, protocol="stratum-v1", coins=coins)


def _zcash_job(params: list[Any]) -> Said | None:
    fits = (
        len(params) >= 8 and is_hex(params[1], 8) and all(is_hex(p, 64) for p in params[2:5]) and is_hex(params[6], 8)
    )
    return Said(Act.JOB, Side.POOL, protocol="zcash") if fits else None


def _kawpow_job(params: list[Any]) -> Said | None:
    fits = len(params) >= 7 and all(is_hex(p, 64) for p in params[1:4]) and isinstance(params[5], int)
    return Said(Act.JOB, Side.POOL, protocol="kawpow") if fits and is_hex(params[6], 8) else None


def _autolykos_job(params: list[Any]) -> Said | None:
    fits = len(params) >= 7 and isinstance(params[1], int) and is_hex(params[2], 64)
    bound = text_at(params, 6)
    if not fits or not bound.isdigit() or len(bound) < 20:
        return None
    return Said(Act.JOB, Side.POOL, protocol="autolykos", coins=frozenset({"ERG"}))


def _kaspa_job(params: list[Any]) -> Said | None:
    header = params[1]
    numbers = isinstance(header, list) and len(header) == 4 and all(isinstance(n, (int, float)) for n in header)
    if len(params) <= 3 and (numbers or (len(params) == 2 and is_hex(header, 80))):
        return Said(Act.JOB, Side.POOL, protocol="kaspa")
    return None


def _ethash_job(params: list[Any]) -> Said | None:
    if not 3 <= len(params) <= 5 or not is_hex(params[2], 64):
        return None
    if is_hex(params[1], 64):
        return Said(Act.JOB, Side.POOL, protocol=ONE)
    if is_hex(params[1], 1, 8):
        return Said(Act.JOB, Side.POOL, protocol=TWO)
    return None


def _set_difficulty(call: Call) -> Said | None:
    value = number_of(call.params[0]) if isinstance(call.params, list) and call.params else 0.0
    return Said(Act.SETUP, Side.POOL, difficulty=value) if value else None


def _set_target(call: Call) -> Said | None:
    return Said(Act.SETUP, Side.POOL) if is_hex(text_at(call.params, 0), 64) else None


def _set(call: Call) -> Said | None:
    params = call.params
    if not isinstance(params, dict) or not ({"target", "extranonce", "epoch"} & params.keys()):
        return None
    algorithm = params.get("algo")
    coins = _ALGORITHMS.get(algorithm, frozenset()) if isinstance(algorithm, str) else frozenset()
    return Said(Act.SETUP, Side.POOL, protocol=TWO, coins=coins)


def _hello(call: Call) -> Said | None:
    params = call.params
    if not isinstance(params, dict) or not str(params.get("proto", "")).startswith("EthereumStratum/"):
        return None
    agent, host = params.get("agent"), params.get("host")
    return Said(
        Act.SUBSCRIBE,
        Side.MINER,
        protocol=TWO,
        agent=agent if isinstance(agent, str) else "",
        server_name=host if isinstance(host, str) else "",
    )


def _hashrate(call: Call) -> Said | None:
    rate = number_of(text_at(call.params, 0))
    return Said(Act.SETUP, Side.MINER, protocol=TWO, hashrate=rate) if rate else None


def _configure(call: Call) -> Said | None:
    params = call.params
    fits = isinstance(params, list) and bool(params) and isinstance(params[0], list)
    return Said(Act.SETUP, Side.MINER, protocol="stratum-v1") if fits else None


def _reconnect(call: Call) -> Said | None:
    """Weak alone: the name is not mining's own. Without parameters it means the same server again."""
    params = call.params if call.params is not None else []
    if not is_flat(params, 4):
        return None
    host = text_at(params, 0)
    port = params[1] if len(params) > 1 and isinstance(params[1], (int, str)) else ""
    host = f"[{host}]" if ":" in host and port and not host.startswith("[") else host
    return Said(Act.RECONNECT, Side.POOL, sure=False, next_server=f"{host}:{port}" if host and port else host)


def _plain(side: Side, *, sure: bool = True) -> "_Plain":
    return _Plain(side, sure)


class _Plain:
    """A text that belongs to a session and says no more, whose parameters are a short flat list."""

    def __init__(self, side: Side, sure: bool) -> None:
        self._said = Said(Act.SETUP, side, sure=sure)

    def __call__(self, call: Call) -> Said | None:
        return self._said if call.params is None or is_flat(call.params, 4) else None


CALLS: Calls = {
    "mining.subscribe": _subscribe,
    "mining.authorize": _authorize,
    "mining.submit": _submit,
    "mining.notify": _notify,
    "mining.set_difficulty": _set_difficulty,
    "mining.set_target": _set_target,
    "mining.set": _set,
    "mining.hello": _hello,
    "mining.hashrate": _hashrate,
    "mining.configure": _configure,
    "mining.set_extranonce": _plain(Side.POOL),
    "mining.set_version_mask": _plain(Side.POOL),
    "mining.get_transactions": _plain(Side.MINER),
    "mining.extranonce.subscribe": _plain(Side.MINER),
    "mining.suggest_difficulty": _plain(Side.MINER),
    "mining.suggest_target": _plain(Side.MINER),
    "mining.multi_version": _plain(Side.MINER),
    "mining.noop": _plain(Side.MINER, sure=False),
    "mining.bye": _plain(Side.MINER, sure=False),
    "client.reconnect": _reconnect,
    "mining.reconnect": _reconnect,
    "client.show_message": _plain(Side.POOL, sure=False),
    "client.get_version": _plain(Side.POOL, sure=False),
}


def subscribed(answer: Answer) -> Said | None:
    """The answer to mining.subscribe, which names the subscriptions or the protocol."""
    result = answer.result
    if not isinstance(result, list) or not 2 <= len(result) <= 4:
        return None
    if result[0] is True and result[1] == _PROTO_ONE:
        return Said(Act.SUBSCRIBE, Side.POOL, protocol="kaspa")
    first = result[0]
    if isinstance(first, list) and len(first) <= _MOST:
        if len(first) == 3 and first[0] == "mining.notify" and first[2] == _PROTO_ONE:
            return Said(Act.SUBSCRIBE, Side.POOL, protocol=ONE)
        names = {item[0] for item in [*first, first] if isinstance(item, list) and item and isinstance(item[0], str)}
        if names & {"mining.notify", "mining.set_difficulty"}:
            return Said(Act.SUBSCRIBE, Side.POOL)
    return None


def greeted(answer: Answer) -> Said | None:
    """The answer to mining.hello, which names the protocol."""
    result = answer.result
    if isinstance(result, dict) and result.get("proto") == _PROTO_TWO:
        return Said(Act.SUBSCRIBE, Side.POOL, protocol=TWO)
    return None


def network_difficulty(bits: int) -> float:
    """The difficulty of a block with these compact bits (big-endian), in Bitcoin's unit; 0 for bits that cannot be."""
    exponent, mantissa = bits >> 24, bits & 0x7FFFFF
    if not mantissa or not 3 <= exponent <= 32:
        return 0.0
    return math.ldexp(0xFFFF / mantissa, 8 * (29 - exponent))


ANSWERS = (subscribed, greeted)
