"""CryptoNote's dialect (XMRig, xmr-stak, xmrig-proxy) and what mining web pages made of it (Coinhive and its heirs).

Sources: XMRig's and monero-stratum's public texts, Coinhive's public scripts. `login`, `submit` and `job` are words of
any application: only their parameters make them mining's.
"""

from typing import Any

from minewarden.detect.stratum.said import Act, Answer, Call, Calls, Said, Side
from minewarden.detect.stratum.shapes import is_hex, is_miner
from minewarden.detect.stratum.wallets import is_wallet, split_user

_PROTOCOL, _PAGE = "cryptonote", "coinhive"
_PAGE_USERS = ("anonymous", "user", "token")
_ALGORITHMS = {
    "rx/0": frozenset({"XMR", "ZEPH"}),
    "cn/r": frozenset({"XMR"}),
    "rx/wow": frozenset({"WOW"}),
    "rx/arq": frozenset({"ARQ"}),
    "rx/graft": frozenset({"GRFT"}),
    "rx/yada": frozenset({"YDA"}),
    "cn/gpu": frozenset({"RYO"}),
    "ghostrider": frozenset({"RTM"}),
    "gr": frozenset({"RTM"}),
    "kawpow": frozenset({"RVN"}),
    "panthera": frozenset({"XLA"}),
}
"""XMRig's names of algorithms, with the coins that used them up to 2026."""


def _login(call: Call) -> Said | None:
    params = call.params
    if (
        not isinstance(params, dict)
        or not isinstance(params.get("login"), str)
        or not isinstance(params.get("pass"), str)
    ):
        return None
    user, agent = params["login"], params.get("agent")
    listed = params.get("algo")
    names_algorithms = isinstance(listed, list) and any(isinstance(a, str) and a in _ALGORITHMS for a in listed[:64])
    sure = is_miner(agent) or is_wallet(split_user(user[:300])[0]) or names_algorithms
    return Said(
        Act.LOGIN,
        Side.MINER,
        sure=sure,
        protocol=_PROTOCOL,
        user=user,
        worker=params["rigid"] if isinstance(params.get("rigid"), str) else "",
        agent=agent if isinstance(agent, str) else "",
    )


def _submit(call: Call) -> Said | None:
    return _solution(call.params, _PROTOCOL)


def _solution(params: Any, protocol: str) -> Said | None:
    """A nonce for a job; without the hash that it gives, the words could be anybody's."""
    if not isinstance(params, dict) or not isinstance(params.get("job_id"), (str, int)):
        return None
    if not is_hex(params.get("nonce"), 8, 16):
        return None
    nonce = params["nonce"].removeprefix("0x")
    slot = int(nonce[6:8], 16) if len(nonce) == 8 else -1
    return Said(Act.SHARE, Side.MINER, sure=is_hex(params.get("result"), 64), protocol=protocol, slot=slot)


def _job(call: Call) -> Said | None:
    return _work(call.params, _PROTOCOL)


def _work(job: Any, protocol: str) -> Said | None:
    if not isinstance(job, dict) or not isinstance(job.get("job_id"), (str, int)):
        return None
    if not is_hex(job.get("target"), 6, 64) or not (
        is_hex(job.get("blob"), 80, 8192) or is_hex(job.get("pre_pow"), 80, 8192)
    ):
        return None
    algorithm = job.get("algo")
    coins = _ALGORITHMS.get(algorithm, frozenset()) if isinstance(algorithm, str) else frozenset()
    return Said(Act.JOB, Side.POOL, protocol=protocol, difficulty=difficulty_of(job["target"]), coins=coins)


def difficulty_of(target: str) -> float:
    """The difficulty that a target means: 4 or 8 bytes little-endian, below 2^32 or 2^64; 0 where it is neither."""
    if len(target) not in (8, 16) or target.startswith("0x"):
        return 0.0
    value = int.from_bytes(bytes.fromhex(target), "little")
    return float(2 ** (4 * len(target)) // value) if value else 0.0


def _session_call(call: Call) -> Said | None:
    """`getjob` and `keepalived` carry the session's id; the words alone prove nothing."""
    fits = isinstance(call.params, dict) and isinstance(call.params.get("id"), str)
    act = Act.ASK if call.method == "getjob" else Act.ALIVE
    return Said(act, Side.MINER, sure=False, protocol=_PROTOCOL) if fits else None


CALLS: Calls = {
    "login": _login,
    "submit": _submit,
    "job": _job,
    "getjob": _session_call,
    "keepalived": _session_call,
}


def given(answer: Answer) -> Said | None:
    """The answer to a login or to getjob: a session with its first job, or a job."""
    result = answer.result
    if not isinstance(result, dict):
        return None
    job = result.get("job", result)
    return _work(job, _PROTOCOL)


def kept_alive(answer: Answer) -> Said | None:
    """The answer to a sign of life; the word is mining's own."""
    result = answer.result
    if isinstance(result, dict) and result.get("status") == "KEEPALIVED":
        return Said(Act.ALIVE, Side.POOL, protocol=_PROTOCOL)
    return None


ANSWERS = (given, kept_alive)


def page_text(text: dict[str, Any]) -> Said | None:
    """A text of a mining web page: `type` with `params` (Coinhive), or `identifier` with all in one (its heirs)."""
    kind, params = text.get("type"), text.get("params")
    if kind is None:
        kind, params = text.get("identifier"), text
    if not isinstance(kind, str) or not isinstance(params, dict):
        return None
    if kind == "auth" and isinstance(params.get("site_key"), str) and params.get("type") in _PAGE_USERS:
        return Said(Act.LOGIN, Side.MINER, protocol=_PAGE, user=params["site_key"])
    if kind == "handshake" and isinstance(params.get("login"), str) and isinstance(params.get("pool"), str):
        sure = is_wallet(split_user(params["login"][:300])[0])
        return Said(Act.LOGIN, Side.MINER, sure=sure, protocol=_PAGE, user=params["login"], server_name=params["pool"])
    if kind == "authed" and "hashes" in params:
        return Said(Act.SUBSCRIBE, Side.POOL, sure=False, protocol=_PAGE)
    if kind == "job":
        return _work(params, _PAGE)
    return _solution(params, _PAGE) if kind in ("submit", "solved") else None


def page_accepts(text: dict[str, Any]) -> bool:
    """Whether a mining page's service says that a share counted."""
    return text.get("type") in ("hash_accepted", "accepted") or text.get("identifier") == "hashsolved"
