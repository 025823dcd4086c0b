"""Ethash work by geth's names: EthProxy over TCP, and the same calls over HTTP.

Sources: geth's mining RPC, eth-proxy's texts. The answer is an array of three or four numbers: header hash, seed hash,
boundary and sometimes the block's number. A node's arrays of hashes are told from it by the boundary, which is small.
"""

from typing import Any

from minewarden.detect.stratum.said import Act, Answer, Call, Calls, Said, Side
from minewarden.detect.stratum.shapes import is_flat, is_hex, number_of, text_at


def _protocol(http: bool) -> str:
    return "eth-getwork" if http else "ethproxy"


def _login(call: Call) -> Said | None:
    if not is_flat(call.params, 4) or not text_at(call.params, 0):
        return None
    worker = call.worker if isinstance(call.worker, str) else ""
    # eth-proxy writes its own name into the field that others use for the worker.
    own = worker if worker and worker != "eth1.0" else ""
    return Said(Act.LOGIN, Side.MINER, protocol=_protocol(call.http), user=text_at(call.params, 0), worker=own)


def _get_work(call: Call) -> Said | None:
    if call.params is not None and not is_flat(call.params, 2):
        return None
    return Said(Act.ASK, Side.MINER, protocol=_protocol(call.http))


def _submit_work(call: Call) -> Said | None:
    params = call.params
    if not isinstance(params, list) or len(params) < 3 or not is_hex(params[0], 1, 16) or not is_hex(params[1], 64):
        return None
    return Said(Act.SHARE, Side.MINER, protocol=_protocol(call.http))


def _submit_hashrate(call: Call) -> Said | None:
    rate = number_of(text_at(call.params, 0))
    if not is_flat(call.params, 4) or not is_hex(text_at(call.params, 0), 1, 64):
        return None
    return Said(Act.SETUP, Side.MINER, protocol=_protocol(call.http), hashrate=rate)


CALLS: Calls = {
    "eth_submitLogin": _login,
    "eth_login": _login,
    "eth_getWork": _get_work,
    "eth_submitWork": _submit_work,
    "eth_submitHashrate": _submit_hashrate,
}


def work(answer: Answer) -> Said | None:
    """A package of work, asked for or pushed with the id 0."""
    result = answer.result
    if (
        not isinstance(result, list)
        or len(result) not in (3, 4)
        or not is_hex(result[0], 64)
        or not is_hex(result[1], 64)
    ):
        return None
    asked = answer.asked is not None and answer.asked.act is Act.ASK
    if not asked and not all(value.startswith("0x") for value in result[:2]):
        return None
    if not _boundary(result[2], small=not asked) or (len(result) == 4 and not is_hex(result[3], 1, 16)):
        return None
    target = int(result[2], 16)
    difficulty = float(2**256 // target) if target else 0.0
    return Said(Act.JOB, Side.POOL, protocol=_protocol(answer.http), difficulty=difficulty)


def _boundary(value: Any, *, small: bool) -> bool:
    """Whether it can be a boundary; `small`: it must also be one that no hash and no address happens to look like."""
    if not is_hex(value, 1, 64):
        return False
    digits = value.removeprefix("0x")
    return not small or (48 <= len(digits) <= 60 and value != digits) or (len(digits) == 64 and digits[:4] == "0000")


ANSWERS = (work,)
