"""Dialects of graphics cards: EthereumStratum/1.0.0 and 2.0.0, KawPow, Kaspa, and EthProxy over TCP.

Sources: the NiceHash EthereumStratum text, EIP 1571, Ravencoin's and Kaspa's bridges as publicly described. Values are
drawn from a seed and mean nothing.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from minewarden.simulator.dialogues.bitcoin import digits
from minewarden.simulator.dialogues.mining import Json, MiningClient, MiningPool, Variant, full_user, job_times, spread
from minewarden.simulator.framing import Lines
from minewarden.simulator.session import Dialogue, Say, Script
from minewarden.simulator.wallets import invented


@dataclass(slots=True)
class EthereumOne:
    """EthereumStratum/1.0.0."""

    agent: str
    difficulty: float

    def greetings(self) -> list[tuple[str, list[Any]]]:
        """mining.subscribe naming the protocol."""
        return [("mining.subscribe", [self.agent, "EthereumStratum/1.0.0"])]

    def welcome(self, method: str, rng: Random) -> Any:
        """The subscription and the extranonce."""
        return [["mining.notify", digits(rng, 32), "EthereumStratum/1.0.0"], digits(rng, 6)]

    def aim(self, rng: Random) -> tuple[str, list[Any]]:
        """mining.set_difficulty."""
        return "mining.set_difficulty", [self.difficulty]

    def job(self, number: int, rng: Random) -> list[Any]:
        """Job, seed, header, and whether old work is void."""
        return [digits(rng, 8), digits(rng, 64), digits(rng, 64), number % 3 == 0]

    def share(self, user: str, job: list[Any], rng: Random) -> list[Any]:
        """User, job and the miner's part of the nonce."""
        return [user, job[0], digits(rng, 10)]


@dataclass(slots=True)
class KawPow:
    """Ravencoin and its kin."""

    agent: str

    def greetings(self) -> list[tuple[str, list[Any]]]:
        """mining.subscribe."""
        return [("mining.subscribe", [self.agent])]

    def welcome(self, method: str, rng: Random) -> Any:
        """No session, an extranonce."""
        return [None, digits(rng, 4)]

    def aim(self, rng: Random) -> tuple[str, list[Any]]:
        """mining.set_target."""
        return "mining.set_target", ["00000000ffff" + "0" * 52]

    def job(self, number: int, rng: Random) -> list[Any]:
        """Job, header, seed, target, clean, height, bits."""
        hashes = [digits(rng, 64), digits(rng, 64), "00000000" + digits(rng, 56)]
        return [digits(rng, 8), *hashes, number % 3 == 0, 3_500_000 + number, "1b00d36f"]

    def share(self, user: str, job: list[Any], rng: Random) -> list[Any]:
        """User, job, nonce, header, mix."""
        return [user, job[0], "0x" + digits(rng, 16), "0x" + job[1], "0x" + digits(rng, 64)]


@dataclass(slots=True)
class Kaspa:
    """Kaspa's bridge: the header as four numbers and a time."""

    agent: str
    difficulty: float

    def greetings(self) -> list[tuple[str, list[Any]]]:
        """mining.subscribe."""
        return [("mining.subscribe", [self.agent, "EthereumStratum/1.0.0"])]

    def welcome(self, method: str, rng: Random) -> Any:
        """Yes, and the protocol."""
        return [True, "EthereumStratum/1.0.0"]

    def aim(self, rng: Random) -> tuple[str, list[Any]]:
        """mining.set_difficulty."""
        return "mining.set_difficulty", [self.difficulty]

    def job(self, number: int, rng: Random) -> list[Any]:
        """Job, four numbers of 64 bits, milliseconds."""
        return [str(number), [rng.getrandbits(63) for _ in range(4)], 1_764_000_000_000 + number]

    def share(self, user: str, job: list[Any], rng: Random) -> list[Any]:
        """User, job, nonce."""
        return [user, job[0], "0x" + digits(rng, 16)]


@dataclass(slots=True)
class HelloClient:
    """EthereumStratum/2.0.0, the miner's end."""

    script: Script
    user: str
    rng: Random
    _job: str = ""

    def begins(self) -> list[Say]:
        """mining.hello."""
        greeting = {
            "agent": self.script.agent or "ethminer-0.19",
            "host": self.script.host or "pool.example",
            "port": "d05",
            "proto": "EthereumStratum/2.0.0",
        }
        return [Say(0.0, {"id": 0, "method": "mining.hello", "params": greeting})]

    def hears(self, said: object) -> list[Say]:
        """Subscribe, log in, hand in shares, report the hash rate."""
        if not isinstance(said, dict):
            return []
        if said.get("method") == "mining.notify":
            self._job = said["params"][0]
            return []
        answers = {0: ("mining.subscribe", []), 1: ("mining.authorize", [self.user, self.script.password])}
        number = said.get("id")
        if "method" not in said and number in answers:
            method, params = answers[number]
            return [Say(0.01, {"id": number + 1, "method": method, "params": params})]
        if "method" not in said and number == 2 and said.get("result"):
            times = spread(self.script.shares, self.script.duration_s, self.rng)
            return [Say(at, self._share) for at in times]
        return []

    def _share(self) -> Json:
        nonce = digits(self.rng, 12)
        return {"id": self.rng.randint(5, 9999), "method": "mining.submit", "params": [self._job, nonce, "w-123"]}


@dataclass(slots=True)
class HelloPool:
    """EthereumStratum/2.0.0, the pool's end."""

    script: Script
    rng: Random
    _shares: int = 0

    def begins(self) -> list[Say]:
        """A pool waits."""
        return []

    def hears(self, said: object) -> list[Say]:
        """Answer a request; after the login, settings and work."""
        if not isinstance(said, dict):
            return []
        number, method = said["id"], said["method"]
        if method == "mining.hello":
            granted: Any = {"proto": "EthereumStratum/2.0.0", "encoding": "plain", "resume": "1", "timeout": "b4"}
            return [Say(0.002, {"id": number, "result": {**granted, "maxerrors": "5", "node": "Geth/v1.8.21"}})]
        if method == "mining.subscribe":
            return [Say(0.002, {"id": number, "result": "s-" + digits(self.rng, 8)})]
        if method == "mining.authorize":
            settings = {"epoch": "dc", "target": "0112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba"}
            aim = {"method": "mining.set", "params": {**settings, "algo": "ethash", "extranonce": digits(self.rng, 4)}}
            times = [0.006, *job_times(self.script, self.rng)][: self.script.jobs]
            jobs = [
                Say(
                    at,
                    {"method": "mining.notify", "params": [digits(self.rng, 8), "5eed", digits(self.rng, 64), "0"]},
                )
                for at in times
            ]
            return [Say(0.003, {"id": number, "result": "w-123"}), Say(0.004, aim), *jobs]
        self._shares += 1
        if self._shares > self.script.shares - self.script.rejected:
            return [Say(0.002, {"id": number, "error": {"code": 406, "message": "Low difficulty"}})]
        return [Say(0.002, {"id": number, "result": True})]


@dataclass(slots=True)
class EthProxyClient:
    """eth_submitLogin, eth_getWork now and then, eth_submitWork, eth_submitHashrate."""

    script: Script
    user: str
    rng: Random
    _work: list[str] = field(default_factory=list)

    def begins(self) -> list[Say]:
        """The login."""
        login = {"worker": self.script.worker, "jsonrpc": "2.0", "params": [self.user, "x"], "id": 2}
        return [Say(0.0, {**login, "method": "eth_submitLogin"})]

    def hears(self, said: object) -> list[Say]:
        """Ask for work once, keep what is pushed, hand in shares."""
        if not isinstance(said, dict):
            return []
        if isinstance(said.get("result"), list):
            self._work = said["result"]
        if said.get("id") != 2 or not said.get("result"):
            return []
        ask = {"worker": "", "jsonrpc": "2.0", "params": [], "id": 3, "method": "eth_getWork"}
        says = [Say(0.01, ask)] if self.script.jobs else []
        says += [Say(at, self._share) for at in spread(self.script.shares, self.script.duration_s, self.rng)]
        every = self.script.hashrate_every_s
        count = int(self.script.duration_s / every) if every else 0
        return says + [Say((i + 1) * every, self._report()) for i in range(count)]

    def _share(self) -> Json | None:
        if not self._work:
            return None
        params = ["0x" + digits(self.rng, 16), self._work[0], "0x" + digits(self.rng, 64)]
        return {"id": 4, "method": "eth_submitWork", "params": params}

    def _report(self) -> Json:
        params = [hex(self.script.hashrate), "0x" + "0" * 56 + digits(self.rng, 8)]
        return {"id": 6, "jsonrpc": "2.0", "method": "eth_submitHashrate", "params": params}


@dataclass(slots=True)
class EthProxyPool:
    """Answers, and pushes new work with the id 0."""

    script: Script
    rng: Random
    _shares: int = 0

    def begins(self) -> list[Say]:
        """A pool waits."""
        return []

    def hears(self, said: object) -> list[Say]:
        """Answer a request."""
        if not isinstance(said, dict):
            return []
        number, method = said["id"], said["method"]
        if method == "eth_submitLogin" and self.script.refusal:
            error = {"code": -1, "message": self.script.refusal}
            return [Say(0.003, {"id": number, "jsonrpc": "2.0", "result": None, "error": error})]
        if method == "eth_submitLogin":
            pushes = [Say(at, self._work(0)) for at in job_times(self.script, self.rng)]
            return [Say(0.003, {"id": number, "jsonrpc": "2.0", "result": True}), *pushes]
        if method == "eth_getWork":
            return [Say(0.002, self._work(number))]
        accepted = True
        if method == "eth_submitWork":
            self._shares += 1
            accepted = self._shares <= self.script.shares - self.script.rejected
        return [Say(0.002, {"id": number, "jsonrpc": "2.0", "result": accepted})]

    def _work(self, number: int) -> Json:
        target = "0x0112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba"
        result = ["0x" + digits(self.rng, 64), "0x" + digits(self.rng, 64), target, "0x492609"]
        return {"id": number, "jsonrpc": "2.0", "result": result}


def ethereum_stratum_1(script: Script, rng: Random) -> Dialogue:
    """A card at an Ethash pool."""
    return _mining(script, EthereumOne(script.agent or "T-Rex/0.26.8", script.difficulty), "ETC", rng)


def kawpow(script: Script, rng: Random) -> Dialogue:
    """A card at a Ravencoin pool."""
    return _mining(script, KawPow(script.agent or "kawpowminer/1.2.4"), "RVN", rng)


def kaspa(script: Script, rng: Random) -> Dialogue:
    """A card at a Kaspa bridge."""
    return _mining(script, Kaspa(script.agent or "BzMiner-v21.0.0", script.difficulty), "KAS", rng)


def ethereum_stratum_2(script: Script, rng: Random) -> Dialogue:
    """EIP 1571."""
    user = full_user(script, script.account or invented("ETC", rng))
    return Dialogue(HelloClient(script, user, rng), HelloPool(script, rng), Lines(), Lines())


def ethproxy(script: Script, rng: Random) -> Dialogue:
    """eth-proxy's dialect, with spaces as its Python wrote them."""
    user = full_user(script, script.account or invented("ETC", rng))
    return Dialogue(EthProxyClient(script, user, rng), EthProxyPool(script, rng), Lines(spaced=True), Lines())


def _mining(script: Script, variant: Variant, coin: str, rng: Random) -> Dialogue:
    user = full_user(script, script.account or invented(coin, rng))
    return Dialogue(MiningClient(script, variant, user, rng), MiningPool(script, variant, rng), Lines(), Lines())
