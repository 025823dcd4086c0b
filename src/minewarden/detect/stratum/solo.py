"""Work fetched from a node: getwork, getblocktemplate, submitblock, and monerod's get_block_template and submit_block.

Sources: Bitcoin's getwork, BIP 22, BIP 23, monerod's RPC documentation.
"""

import re
from collections.abc import Mapping
from typing import Any

from minewarden.detect.stratum.said import Act, Answer, Call, Calls, Said, Side
from minewarden.detect.stratum.shapes import is_hex, is_miner, text_at

_WISHES = frozenset({"capabilities", "rules", "mode", "longpollid", "maxversion", "workid"})
_TORN = re.compile(rb'"previousblockhash"\s*:\s*"[0-9a-f]{64}"')
_TORN_TOO = re.compile(rb'"(?:coinbasetxn|coinbasevalue|transactions)"\s*:')


def _getwork(call: Call) -> Said | None:
    params = call.params if call.params is not None else []
    if not is_flat_list(params, 2):
        return None
    if params and is_hex(params[0], 160, 1024):
        return Said(Act.SHARE, Side.MINER, protocol="getwork", agent=call.program)
    # The word alone may be anybody's; a mining program's name beside it, or the answer, makes it mining's.
    sure = is_miner(call.program)
    return None if params else Said(Act.ASK, Side.MINER, sure=sure, protocol="getwork", agent=call.program)


def _getblocktemplate(call: Call) -> Said | None:
    params = call.params
    if isinstance(params, dict):
        return _monero_template(call)
    if params is not None and (not isinstance(params, list) or len(params) > 1):
        return None
    wishes = params[0] if params else {}
    if not isinstance(wishes, dict):
        return None
    sure = bool(_WISHES & wishes.keys()) or is_miner(call.program)
    return Said(Act.ASK, Side.MINER, sure=sure, protocol="getblocktemplate", agent=call.program)


def _monero_template(call: Call) -> Said | None:
    params = call.params
    if not isinstance(params, dict) or not isinstance(params.get("wallet_address"), str):
        return None
    return Said(Act.ASK, Side.MINER, protocol="monerod", user=params["wallet_address"], agent=call.program)


def _submit_block(call: Call) -> Said | None:
    if not isinstance(call.params, list) or len(call.params) > 2 or not is_hex(text_at(call.params, 0), 160, 1 << 17):
        return None
    protocol = "monerod" if call.method == "submit_block" else "getblocktemplate"
    return Said(Act.SHARE, Side.MINER, protocol=protocol, agent=call.program)


def is_flat_list(params: Any, most: int) -> bool:
    """Whether it is a list of at most so many texts."""
    return isinstance(params, list) and len(params) <= most and all(isinstance(p, str) for p in params)


CALLS: Calls = {
    "getwork": _getwork,
    "getblocktemplate": _getblocktemplate,
    "get_block_template": _monero_template,
    "submitblock": _submit_block,
    "submit_block": _submit_block,
}


def template(answer: Answer) -> Said | None:
    """A block template, or getwork's data."""
    result = answer.result
    if not isinstance(result, Mapping):
        return None
    if is_hex(result.get("previousblockhash"), 64) and {"coinbasetxn", "coinbasevalue", "transactions"} & result.keys():
        return Said(Act.JOB, Side.POOL, protocol="getblocktemplate")
    if is_hex(result.get("blocktemplate_blob"), 80, 1 << 17) and is_hex(result.get("prev_hash"), 64):
        return Said(Act.JOB, Side.POOL, protocol="monerod")
    if is_hex(result.get("data"), 160, 1024) and is_hex(result.get("target"), 64):
        return Said(Act.JOB, Side.POOL, protocol="getwork")
    return None


ANSWERS = (template,)


def torn_template(body: bytes) -> Said | None:
    """A template whose end was not kept, since templates are often longer than what is kept of a text."""
    if _TORN.search(body) and _TORN_TOO.search(body):
        return Said(Act.JOB, Side.POOL, protocol="getblocktemplate")
    return None
