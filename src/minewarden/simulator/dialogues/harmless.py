"""Dialogues that look a little like mining and are not: wallets, nodes' RPC, chat pushes, telemetry of things."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from minewarden.simulator.dialogues.bitcoin import digits
from minewarden.simulator.dialogues.mining import Json
from minewarden.simulator.framing import (
    WEBSOCKET_ACCEPTED,
    HttpAnswers,
    HttpRequests,
    Lines,
    Raw,
    WebSocket,
    websocket_opening,
)
from minewarden.simulator.session import Dialogue, Framing, Say, Script


@dataclass(slots=True)
class Asker:
    """Says one thing after another on a timer."""

    sayings: list[Any]
    every_s: float
    first: bytes = b""

    def begins(self) -> list[Say]:
        """The opening, where there is one, and then the sayings."""
        opening = [Say(0.0, self.first)] if self.first else []
        return opening + [Say(1.0 + i * self.every_s, what) for i, what in enumerate(self.sayings)]

    def hears(self, said: object) -> list[Say]:
        """Nothing to add."""
        return []


@dataclass(slots=True)
class Answerer:
    """Answers what it hears and pushes on a timer."""

    answer: Callable[[Any], Any]
    pushes: list[Any]
    every_s: float
    first: bytes = b""
    _begun: bool = False

    def begins(self) -> list[Say]:
        """A server waits."""
        return []

    def hears(self, said: object) -> list[Say]:
        """The answer, and at the first word also all pushes to come."""
        says: list[Say] = []
        if not self._begun:
            self._begun = True
            says = [Say(1.5 + i * self.every_s, what) for i, what in enumerate(self.pushes)]
            if self.first:
                return [Say(0.001, self.first), *says]
        answered = self.answer(said)
        return says if answered is None else [Say(0.003, answered), *says]


def _between(
    script: Script, sayings: list[Any], answerer: Answerer, up: Framing, down: Framing, first: bytes = b""
) -> Dialogue:
    return Dialogue(Asker(sayings, script.job_every_s, first), answerer, up, down)


def electrum(script: Script, rng: Random) -> Dialogue:
    """A light wallet that is told of every new block: it follows the chain's clock without mining."""
    calls: list[tuple[str, list[Any]]] = [
        ("server.version", ["electrum/4.5.8", "1.4"]),
        ("blockchain.headers.subscribe", []),
    ]
    calls += [
        ("blockchain.scripthash.subscribe", [digits(rng, 64)]),
        *([("server.ping", [])] * max(0, script.jobs - 3)),
    ]
    asks: list[Any] = [{"jsonrpc": "2.0", "method": m, "params": p, "id": i} for i, (m, p) in enumerate(calls)]
    headers = [
        {
            "jsonrpc": "2.0",
            "method": "blockchain.headers.subscribe",
            "params": [{"hex": digits(rng, 160), "height": 921_000 + i}],
        }
        for i in range(script.jobs)
    ]

    def answer(said: Any) -> Json:
        results = {"server.version": ["ElectrumX 1.16.0", "1.4"], "server.ping": None}
        header = {"hex": digits(rng, 160), "height": 921_000}
        return {"jsonrpc": "2.0", "result": results.get(said["method"], header), "id": said["id"]}

    return _between(script, asks, Answerer(answer, headers, script.job_every_s), Lines(), Lines())


def geth_rpc(script: Script, rng: Random) -> Dialogue:
    """A wallet at an Ethereum node."""
    wallet = "0x" + digits(rng, 40)
    calls: list[tuple[str, list[Any]]] = [
        ("web3_clientVersion", []),
        ("eth_blockNumber", []),
        ("eth_getBalance", [wallet, "latest"]),
    ]
    asks: list[Any] = [
        {"jsonrpc": "2.0", "id": i, "method": calls[i % 3][0], "params": calls[i % 3][1]}
        for i in range(max(1, script.jobs))
    ]

    def answer(said: Any) -> Json:
        return {"jsonrpc": "2.0", "id": said["id"], "result": "0x" + digits(rng, 16)}

    up = HttpRequests(script.host or "node.example", "web3.py/6.0")
    return _between(script, asks, Answerer(answer, [], 1), up, HttpAnswers())


def chat(script: Script, rng: Random) -> Dialogue:
    """A chat over WebSocket whose login happens to be called `login`, and whose messages are called `submit`."""
    opening = websocket_opening(script.host or "chat.example", rng, "/ws")
    login = {"id": 1, "method": "login", "params": {"login": "zhang.san", "pass": "secret", "client": "web 3.2"}}
    line = {"id": 2, "method": "submit", "params": {"room": "7-2", "text": "作业交了吗"}}
    pushes: list[Any] = [
        {"method": "message", "params": {"from": "li.si", "text": digits(rng, 40)}} for _ in range(script.jobs)
    ]

    def answer(said: Any) -> Json:
        return {"id": said["id"], "result": {"status": "OK"}, "error": None}

    server = Answerer(answer, pushes, script.job_every_s, WEBSOCKET_ACCEPTED)
    masked = WebSocket(mask=Random(rng.random()))  # noqa: S311 - repeatable, not secret
    return _between(script, [login, *[line] * script.shares], server, masked, WebSocket(), opening)


def telemetry(script: Script, rng: Random) -> Dialogue:
    """A thing that reports on a timer over MQTT: a constant push of constant size."""
    connect = bytes.fromhex("101000044d5154540402003c0004") + b"dev1"
    reports: list[Any] = [b"\x30\x1a\x00\x06sensor" + b"%018d" % rng.randrange(10**9) for _ in range(script.jobs)]
    server = Answerer(lambda said: b"\x20\x02\0\0" if said[:1] == b"\x10" else None, [], 1)
    return _between(script, reports, server, Raw(), Raw(), connect)
