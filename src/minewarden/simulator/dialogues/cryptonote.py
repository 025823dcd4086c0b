"""XMRig and its kin: `login`, `job`, `submit`, `keepalived`; and the same work as web pages did it (Coinhive).

Sources: XMRig's public protocol notes, Coinhive's public scripts. Values are drawn from a seed and mean nothing.
"""

from dataclasses import dataclass, field
from random import Random

from minewarden.simulator.dialogues.bitcoin import digits
from minewarden.simulator.dialogues.mining import Json, full_user, job_times, spread
from minewarden.simulator.framing import WEBSOCKET_ACCEPTED, Lines, WebSocket, websocket_opening
from minewarden.simulator.session import Dialogue, Say, Script
from minewarden.simulator.wallets import invented

ALGORITHMS = (
    "rx/0",
    "rx/wow",
    "rx/arq",
    "rx/graft",
    "rx/sfx",
    "cn/r",
    "cn/fast",
    "cn/half",
    "cn-heavy/xhv",
    "argon2/chukwav2",
)


def work(number: int, rng: Random) -> Json:
    """A job: the block's head with major version 16, and the seed of RandomX."""
    return {
        "blob": "1010" + digits(rng, 148),
        "job_id": digits(rng, 28),
        "target": "f3220000",
        "algo": "rx/0",
        "height": 3_540_000 + number,
        "seed_hash": digits(rng, 64),
    }


def solution(job: Json, rng: Random) -> Json:
    """What is handed in for a job."""
    return {"job_id": job["job_id"], "nonce": digits(rng, 8), "result": digits(rng, 64)}


@dataclass(slots=True)
class Miner:
    """XMRig's end; with `plain` the login of older programs, without agent, algorithms and jsonrpc."""

    script: Script
    user: str
    rng: Random
    plain: bool = False
    _session: str = ""
    _job: Json = field(default_factory=dict)
    _number: int = 1

    def begins(self) -> list[Say]:
        """The login."""
        login: Json = {"login": self.user, "pass": self.script.password}
        if not self.plain:
            login |= {"agent": self.script.agent or "XMRig/6.22.2 (Linux x86_64)", "algo": list(ALGORITHMS)}
        return [Say(0.0, self._request("login", login))]

    def hears(self, said: object) -> list[Say]:
        """Keep the newest job; once let in, plan shares and signs of life."""
        if not isinstance(said, dict):
            return []
        if said.get("method") == "job":
            self._job = said["params"]
            return []
        result = said.get("result")
        if not isinstance(result, dict) or "job" not in result:
            return []
        self._session, self._job = result["id"], result["job"]
        script = self.script
        says = [Say(at, self._share) for at in spread(script.shares, script.duration_s, self.rng)]
        beats = int(script.duration_s / script.keepalive_s) if script.keepalive_s else 0
        return says + [Say((i + 1) * script.keepalive_s, self._alive) for i in range(beats)]

    def _share(self) -> Json:
        return self._request("submit", {"id": self._session, **solution(self._job, self.rng)})

    def _alive(self) -> Json:
        return self._request("keepalived", {"id": self._session})

    def _request(self, method: str, params: Json) -> Json:
        number, self._number = self._number, self._number + 1
        if self.plain:
            return {"id": number, "method": method, "params": params}
        return {"id": number, "jsonrpc": "2.0", "method": method, "params": params}


@dataclass(slots=True)
class Pool:
    """A CryptoNote pool."""

    script: Script
    rng: Random
    _session: str = ""
    _shares: int = 0

    def begins(self) -> list[Say]:
        """A pool waits."""
        return []

    def hears(self, said: object) -> list[Say]:
        """Answer a request."""
        if not isinstance(said, dict):
            return []
        number, method = said["id"], said["method"]
        if method == "login":
            return self._admit(number)
        if method == "keepalived":
            return [Say(0.001, _reply(number, {"status": "KEEPALIVED"}))]
        self._shares += 1
        if self._shares > self.script.shares - self.script.rejected:
            return [Say(0.001, _reply(number, None, {"code": -1, "message": "Low difficulty share"}))]
        return [Say(0.001, _reply(number, {"status": "OK"}))]

    def _admit(self, number: int) -> list[Say]:
        if self.script.refusal or not self.script.jobs:
            return [Say(0.003, _reply(number, None, {"code": -1, "message": self.script.refusal or "no work"}))]
        self._session = digits(self.rng, 16)
        extensions = ["algo", "nicehash", "connect", "tls", "keepalive"]
        result = {"id": self._session, "job": self._new(0), "extensions": extensions, "status": "OK"}
        jobs = [
            Say(at, {"jsonrpc": "2.0", "method": "job", "params": self._new(i + 1)})
            for i, at in enumerate(job_times(self.script, self.rng))
        ]
        return [Say(0.004, _reply(number, result)), *jobs]

    def _new(self, number: int) -> Json:
        return {**work(number, self.rng), "id": self._session}


def _reply(number: int, result: Json | None, error: Json | None = None) -> Json:
    return {"id": number, "jsonrpc": "2.0", "error": error, "result": result}


@dataclass(slots=True)
class PageMiner:
    """A web page's end of a Coinhive-like service."""

    script: Script
    opening: bytes
    rng: Random
    _job: Json = field(default_factory=dict)

    def begins(self) -> list[Say]:
        """The HTTP opening."""
        return [Say(0.0, self.opening)]

    def hears(self, said: object) -> list[Say]:
        """Name the site once the socket is open; hand in shares once let in."""
        if isinstance(said, bytes):
            key = self.script.account or "ExampleSiteKey" + digits(self.rng, 18)
            params = {"site_key": key, "type": "anonymous", "user": None, "goal": 0}
            return [Say(0.01, {"type": "auth", "params": params})]
        if not isinstance(said, dict):
            return []
        if said["type"] == "job":
            self._job = said["params"]
        if said["type"] != "authed":
            return []
        return [Say(at, self._share) for at in spread(self.script.shares, self.script.duration_s, self.rng)]

    def _share(self) -> Json | None:
        return {"type": "submit", "params": solution(self._job, self.rng)} if self._job else None


@dataclass(slots=True)
class PageService:
    """The service's end."""

    script: Script
    rng: Random
    _hashes: int = 0

    def begins(self) -> list[Say]:
        """A service waits."""
        return []

    def hears(self, said: object) -> list[Say]:
        """Open, let in, give work, count hashes."""
        if isinstance(said, bytes):
            return [Say(0.001, WEBSOCKET_ACCEPTED)]
        if not isinstance(said, dict):
            return []
        if said["type"] == "auth":
            times = [0.004, *job_times(self.script, self.rng)][: self.script.jobs]
            jobs = [Say(at, {"type": "job", "params": self._small(i)}) for i, at in enumerate(times)]
            return [Say(0.003, {"type": "authed", "params": {"token": "", "hashes": 0}}), *jobs]
        self._hashes += 256
        return [Say(0.001, {"type": "hash_accepted", "params": {"hashes": self._hashes}})]

    def _small(self, number: int) -> Json:
        job = work(number, self.rng)
        return {"job_id": job["job_id"], "blob": job["blob"], "target": "ffffff00"}


def cryptonote(script: Script, rng: Random) -> Dialogue:
    """XMRig at a Monero pool."""
    user = full_user(script, script.account or invented("XMR", rng))
    return Dialogue(Miner(script, user, rng), Pool(script, rng), Lines(), Lines())


def cryptonote_plain(script: Script, rng: Random) -> Dialogue:
    """An older miner whose login says nothing of itself."""
    user = full_user(script, script.account or invented("XMR", rng))
    return Dialogue(Miner(script, user, rng, plain=True), Pool(script, rng), Lines(), Lines())


def coinhive(script: Script, rng: Random) -> Dialogue:
    """A web page that mines over an unencrypted WebSocket."""
    opening = websocket_opening(script.host or "ws.example", rng, path="/proxy")
    client = PageMiner(script, opening, rng)
    return Dialogue(client, PageService(script, rng), WebSocket(mask=Random(rng.random())), WebSocket())  # noqa: S311
