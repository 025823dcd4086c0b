"""Work fetched over HTTP: Bitcoin's getwork and getblocktemplate, geth's eth_getWork, monerod's get_block_template.

Sources: BIP 22, BIP 23, the documentation of monerod's RPC. Values are drawn from a seed and mean nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from minewarden.simulator.dialogues.bitcoin import digits
from minewarden.simulator.dialogues.mining import Json, spread
from minewarden.simulator.framing import HttpAnswers, HttpRequests
from minewarden.simulator.session import Dialogue, Say, Script
from minewarden.simulator.wallets import invented

EXTENSIONS = (("X-Mining-Extensions", "longpoll midstate rollntime submitold"),)
Call = tuple[str, Any]


@dataclass(slots=True)
class Fetcher:
    """Asks for work on a timer and hands in what it pretends to have found."""

    script: Script
    ask: Call
    hand_in: Callable[[], Call]
    rng: Random
    jsonrpc: bool = False
    _number: int = 0

    def begins(self) -> list[Say]:
        """All of it is planned at once: a client over HTTP needs no answer to go on."""
        script = self.script
        asks = [Say(i * script.job_every_s, lambda: self._request(*self.ask)) for i in range(max(1, script.jobs))]
        return asks + [Say(at, self._submission) for at in spread(script.shares, script.duration_s, self.rng)]

    def hears(self, said: object) -> list[Say]:
        """Nothing to add."""
        return []

    def _submission(self) -> Json:
        return self._request(*self.hand_in())

    def _request(self, method: str, params: Any) -> Json:
        self._number += 1
        head: Json = {"jsonrpc": "2.0"} if self.jsonrpc else {}
        return {**head, "method": method, "params": params, "id": self._number}


@dataclass(slots=True)
class Node:
    """A node that gives work, or an error where the script refuses."""

    script: Script
    asked: str
    template: Callable[[], Any]
    verdict: tuple[Any, Any]
    _handed_in: int = 0

    def begins(self) -> list[Say]:
        """A node waits."""
        return []

    def hears(self, said: object) -> list[Say]:
        """Answer a request."""
        if not isinstance(said, dict):
            return []
        result: Any = None
        error = [20, self.script.refusal, None] if self.script.refusal else None
        is_ask = said["method"] == self.asked and not (self.asked == "getwork" and said["params"])
        if error is None and is_ask:
            result = self.template()
        elif error is None:
            self._handed_in += 1
            result = self.verdict[self._handed_in > self.script.shares - self.script.rejected]
        return [Say(0.004, {"result": result, "error": error, "id": said["id"]})]


def _over_http(script: Script, client: Fetcher, node: Node, agent: str, path: str = "/") -> Dialogue:
    headers = EXTENSIONS if client.ask[0].startswith("getw") or client.ask[0] == "getblocktemplate" else ()
    up = HttpRequests(script.host or "pool.example", script.agent or agent, path, headers)
    return Dialogue(client, node, up, HttpAnswers(chunked=client.ask[0] == "getblocktemplate"))


def getwork(script: Script, rng: Random) -> Dialogue:
    """The oldest way."""

    def template() -> Json:
        return {
            "midstate": digits(rng, 64),
            "data": digits(rng, 256),
            "hash1": digits(rng, 128),
            "target": "f" * 56 + "0" * 8,
        }

    client = Fetcher(script, ("getwork", []), lambda: ("getwork", [digits(rng, 256)]), rng)
    return _over_http(script, client, Node(script, "getwork", template, (True, False)), "cpuminer/2.5.1")


def getblocktemplate(script: Script, rng: Random) -> Dialogue:
    """BIP 22 and 23."""

    def template() -> Json:
        coinbase = {"data": "01000000010000000000" + digits(rng, 160)}
        head = {"version": 536870912, "previousblockhash": "0" * 16 + digits(rng, 48), "coinbasetxn": coinbase}
        return {**head, "transactions": [], "bits": "1701ff2e", "curtime": 1_764_000_000, "height": 921_000}

    wish = {"capabilities": ["coinbasetxn", "workid", "longpoll"], "rules": ["segwit"], "maxversion": 4}
    client = Fetcher(script, ("getblocktemplate", [wish]), lambda: ("submitblock", [digits(rng, 600)]), rng)
    node = Node(script, "getblocktemplate", template, (None, "high-hash"))
    return _over_http(script, client, node, "bfgminer/5.5.0")


def eth_getwork(script: Script, rng: Random) -> Dialogue:
    """geth's mining RPC."""

    def template() -> list[str]:
        return ["0x" + digits(rng, 64), "0x" + digits(rng, 64), "0x00000000ffff" + digits(rng, 52)]

    def found() -> Call:
        return "eth_submitWork", ["0x" + digits(rng, 16), "0x" + digits(rng, 64), "0x" + digits(rng, 64)]

    client = Fetcher(script, ("eth_getWork", []), found, rng, jsonrpc=True)
    return _over_http(script, client, Node(script, "eth_getWork", template, (True, False)), "ethminer/0.19.0")


def monerod(script: Script, rng: Random) -> Dialogue:
    """Mining against a Monero node of one's own."""
    wallet = script.account or invented("XMR", rng)

    def template() -> Json:
        blob = {"blocktemplate_blob": "1010" + digits(rng, 600), "blockhashing_blob": "1010" + digits(rng, 148)}
        place = {
            "height": 3_540_000,
            "prev_hash": digits(rng, 64),
            "reserved_offset": 130,
            "seed_hash": digits(rng, 64),
        }
        return {**blob, **place, "difficulty": 400_000_000_000, "status": "OK", "untrusted": False}

    ask = ("get_block_template", {"wallet_address": wallet, "reserve_size": 60})
    client = Fetcher(script, ask, lambda: ("submit_block", [digits(rng, 600)]), rng, jsonrpc=True)
    node = Node(script, "get_block_template", template, ({"status": "OK"}, {"status": "BUSY"}))
    return _over_http(script, client, node, "XMRig/6.22.2", "/json_rpc")
