"""Both ends of a `mining.*` dialogue: the order in which things are said. How they look is the variant's business.

Sources: the Stratum mining protocol as pools and miners speak it, BIP 310; what each variant says stands in its file.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from minewarden.simulator.session import Say, Script

Json = dict[str, Any]


class Variant(Protocol):
    """What a family of coins says in its own way."""

    def greetings(self) -> list[tuple[str, list[Any]]]:
        """The client's requests before it asks to be let in, method and parameters."""
        ...

    def welcome(self, method: str, rng: Random) -> Any:
        """The server's result for one of them."""
        ...

    def aim(self, rng: Random) -> tuple[str, list[Any]]:
        """How the server says how hard a share must be."""
        ...

    def job(self, number: int, rng: Random) -> list[Any]:
        """The parameters of mining.notify."""
        ...

    def share(self, user: str, job: list[Any], rng: Random) -> list[Any]:
        """The parameters of mining.submit."""
        ...


def spread(count: int, duration_s: float, rng: Random) -> list[float]:
    """So many instants over a session, in order, none in the first or last fifth of its even share."""
    step = duration_s / max(1, count)
    return [(i + rng.uniform(0.2, 0.8)) * step for i in range(count)]


def job_times(script: Script, rng: Random) -> list[float]:
    """When new work comes after the first: a refresh timer with a little jitter."""
    return [script.job_every_s * i * rng.uniform(0.985, 1.0) for i in range(1, script.jobs)]


def full_user(script: Script, account: str) -> str:
    """`account.worker`, as miners write it."""
    return f"{account}.{script.worker}" if script.worker else account


@dataclass(slots=True)
class MiningClient:
    """Greets, asks to be let in, hands in shares for the newest job."""

    script: Script
    variant: Variant
    user: str
    rng: Random
    _job: list[Any] | None = None
    _number: int = 1
    _asked: dict[object, str] = field(default_factory=dict)

    def begins(self) -> list[Say]:
        """All greetings in the first moment, as miners do."""
        return [Say(0.01 * i, self._request(*greeting)) for i, greeting in enumerate(self.variant.greetings())]

    def hears(self, said: object) -> list[Say]:
        """The answer to the last greeting leads to the login, that one's to the shares."""
        if not isinstance(said, dict):
            return []
        if said.get("method") == "mining.notify":
            self._job = said["params"]
            return []
        method = self._asked.pop(said.get("id"), "") if "method" not in said else ""
        if method == "mining.subscribe":
            login = self._request("mining.authorize", [self.user, self.script.password])
            return [Say(0.02, login)]
        if method == "mining.authorize" and said.get("result"):
            times = spread(self.script.shares, self.script.duration_s, self.rng)
            return [Say(at, self._due) for at in times]
        return []

    def _due(self) -> Json | None:
        """A share for the newest job."""
        if self._job is None:
            return None
        return self._request("mining.submit", self.variant.share(self.user, self._job, self.rng))

    def _request(self, method: str, params: list[Any]) -> Json:
        number, self._number = self._number, self._number + 1
        self._asked[number] = method
        return {"id": number, "method": method, "params": params}


@dataclass(slots=True)
class MiningPool:
    """Welcomes, aims, gives work on a timer, accepts shares and refuses the last ones as the script says."""

    script: Script
    variant: Variant
    rng: Random
    _shares: int = 0

    def begins(self) -> list[Say]:
        """A pool waits to be spoken to."""
        return []

    def hears(self, said: object) -> list[Say]:
        """Answer a request."""
        if not isinstance(said, dict):
            return []
        number, method = said["id"], said["method"]
        if method == "mining.submit":
            return [Say(0.002, self._judge(number))]
        if method == "mining.authorize":
            return self._admit(number)
        return [Say(0.001, {"id": number, "result": self.variant.welcome(method, self.rng), "error": None})]

    def _admit(self, number: int) -> list[Say]:
        if self.script.refusal:
            return [Say(0.004, {"id": number, "result": None, "error": [24, self.script.refusal, None]})]
        says = [Say(0.004, {"id": number, "result": True, "error": None})]
        if self.script.jobs:
            says.append(Say(0.005, _call(*self.variant.aim(self.rng))))
        times = [0.006, *job_times(self.script, self.rng)][: self.script.jobs]
        says += [Say(at, _call("mining.notify", self.variant.job(i, self.rng))) for i, at in enumerate(times)]
        if self.script.reconnect is not None:
            target = self.script.reconnect
            says.append(Say(self.script.duration_s, _call("client.reconnect", [target.ip, target.port, 0])))
        return says

    def _judge(self, number: int) -> Json:
        self._shares += 1
        if self._shares > self.script.shares - self.script.rejected:
            return {"id": number, "result": None, "error": [23, "Low difficulty share", None]}
        return {"id": number, "result": True, "error": None}


def _call(method: str, params: list[Any]) -> Json:
    return {"id": None, "method": method, "params": params}
