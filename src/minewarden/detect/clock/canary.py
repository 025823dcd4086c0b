"""The campus's own miners that speak openly as clocks of their chains: when their pools first named each new block.

Source: detection.md of the project's field notes, §6: sessions at public pools are the best reference for every coin,
and the campus's own confirmed miners are such sessions for nothing. What names a block in each dialect stands in
`tip`.
"""

from collections import defaultdict
from itertools import groupby
from typing import Any

from minewarden.detect.clock.reference import BlockClock, Job, from_jobs
from minewarden.detect.clock.spoken import MOST_TOLD, texts
from minewarden.detect.stratum.coins import coins
from minewarden.detect.stratum.conversation import Conversation, Outcome
from minewarden.detect.stratum.shapes import is_hex
from minewarden.detect.stratum.texts import objects
from minewarden.telemetry.engine import Engine

MINERS = "miners"
"""The `source` of such a clock."""
LEAST_ARRIVALS = 3
_VARINTS, _HASH_BYTES, _MOST_VARINT = 3, 32, 10


def canaries(engine: Engine) -> list[BlockClock]:
    """One clock for each chain that is mined openly, named by its coin, or by what the texts leave possible."""
    jobs: dict[str, list[Job]] = defaultdict(list)
    spans: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for _, group in groupby(texts(engine), key=lambda row: (row.origin, row.stream)):
        conversation, told = Conversation(), list[tuple[str, int, int, str]]()
        first = last = 0
        for row in group:
            conversation.hear(row)
            first, last = first or row.ts, row.ts
            if len(told) < MOST_TOLD:
                tips = (tip(text) for text in objects(row.body))
                told.extend((row.sender, row.sender_port, row.ts, one) for one in tips if one)
        outcome = conversation.outcome()
        if outcome is None or not told:
            continue
        # Each connection is watched for itself: what it missed between two is not known.
        flow = f"{outcome.miner[0]}:{outcome.miner[1]} - {outcome.server[0]}:{outcome.server[1]} {first}"
        coin = _coin(outcome)
        spans[coin][flow] = (first, last)
        jobs[coin].extend(Job(flow, at, one) for sender, port, at, one in told if (sender, port) == outcome.server)
    made = (from_jobs(coin, jobs[coin], MINERS, spans[coin]) for coin in sorted(jobs))
    return [clock for clock in made if len(clock.arrivals_us) >= LEAST_ARRIVALS]


def tip(text: dict[str, Any]) -> str:
    """What stays the same from one block to the next in a text that gives work; "" where it gives none or does not
    tell.

    The previous block's hash in Bitcoin's and Zcash's jobs and in CryptoNote's blobs, the height in those of Ergo,
    Ravencoin and Ethash.
    """
    params, result = text.get("params"), text.get("result")
    if text.get("method") == "mining.notify" and isinstance(params, list):
        return _notified(params)
    if text.get("method") == "job" or "method" not in text:
        job = params if text.get("method") == "job" else result
        if isinstance(job, dict):
            job = job.get("job", job)
        if isinstance(job, dict) and isinstance(job.get("blob"), str):
            return _given(job)
        if isinstance(job, list) and len(job) == 4 and is_hex(job[0], 64) and is_hex(job[3], 1, 16):
            return str(job[3])
    return ""


def _notified(params: list[Any]) -> str:
    if len(params) >= 8 and isinstance(params[4], list) and is_hex(params[1], 64):
        return params[1]
    if len(params) >= 8 and is_hex(params[1], 8) and is_hex(params[2], 64):
        return params[2]
    if len(params) >= 7 and type(params[5]) is int and is_hex(params[1], 64):
        return str(params[5])
    if len(params) >= 7 and type(params[1]) is int and is_hex(params[2], 64):
        return str(params[1])
    if 3 <= len(params) <= 5 and is_hex(params[1], 1, 8) and is_hex(params[2], 64):
        return params[1]
    return ""


def _given(job: dict[str, Any]) -> str:
    """CryptoNote's job: its height, or the hash behind three numbers of variable length in the blob."""
    if type(job.get("height")) is int:
        return str(job["height"])
    blob = job["blob"]
    if not is_hex(blob, 80, 8192) or len(blob) % 2 or blob.startswith("0x"):
        return ""
    raw, at = bytes.fromhex(blob), 0
    for _ in range(_VARINTS):
        begun = at
        while at < len(raw) and raw[at] & 0x80 and at - begun < _MOST_VARINT:
            at += 1
        at += 1
    return raw[at : at + _HASH_BYTES].hex() if len(raw) >= at + _HASH_BYTES else ""


def _coin(outcome: Outcome) -> str:
    told = sorted(coins(outcome.tally))
    return "/".join(told[:4]) or outcome.tally.protocol
