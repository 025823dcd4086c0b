"""Bitcoin's Stratum V1 and the dialects that kept its shape: Ergo's Autolykos and Zcash (ZIP 301).

The values are drawn from a seed and mean nothing; only their lengths and forms are those of the real thing.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from minewarden.simulator.dialogues.mining import MiningClient, MiningPool, full_user
from minewarden.simulator.framing import Lines
from minewarden.simulator.session import Dialogue, Script
from minewarden.simulator.wallets import invented


def digits(rng: Random, count: int) -> str:
    """So many hexadecimal digits."""
    return rng.randbytes(count // 2).hex()


@dataclass(slots=True)
class Bitcoin:
    """cgminer-like, with version rolling. The coinbase carries a height and the tag of an invented pool."""

    agent: str
    difficulty: float
    height: int = 921_000
    bits: str = "1701ff2e"

    def greetings(self) -> list[tuple[str, list[Any]]]:
        """mining.configure and mining.subscribe."""
        rolling = {"version-rolling.mask": "1fffe000", "version-rolling.min-bit-count": 2}
        return [("mining.configure", [["version-rolling"], rolling]), ("mining.subscribe", [self.agent])]

    def welcome(self, method: str, rng: Random) -> Any:
        """What the pool grants."""
        if method == "mining.configure":
            return {"version-rolling": True, "version-rolling.mask": "1fffe000"}
        session = digits(rng, 8)
        return [[["mining.set_difficulty", session], ["mining.notify", session]], digits(rng, 8), 8]

    def aim(self, rng: Random) -> tuple[str, list[Any]]:
        """mining.set_difficulty."""
        return "mining.set_difficulty", [self.difficulty]

    def job(self, number: int, rng: Random) -> list[Any]:
        """Previous hash, the coinbase's halves, the branch, version, bits, time, and whether old work is void."""
        height = (self.height + number // 3).to_bytes(3, "little").hex()
        first = f"01000000010000000000{'00' * 27}ffffffff2f03{height}2f6578616d706c652d706f6f6c2f{digits(rng, 16)}"
        second = f"ffffffff02{digits(rng, 16)}1976a914{digits(rng, 40)}88ac00000000"
        branch = [digits(rng, 64) for _ in range(11)]
        previous = digits(rng, 48) + "0" * 16
        return [f"{number:x}", previous, first, second, branch, "20000000", self.bits, digits(rng, 8), number % 3 == 0]

    def share(self, user: str, job: list[Any], rng: Random) -> list[Any]:
        """User, job, extranonce2, time, nonce, version bits."""
        return [user, job[0], digits(rng, 16), job[7], digits(rng, 8), digits(rng, 8)]


@dataclass(slots=True)
class HashOrder(Bitcoin):
    """A marketplace that buys work: the same, but it greets with a time and a signature."""

    def greetings(self) -> list[tuple[str, list[Any]]]:
        """mining.subscribe with milliseconds and a code that the pool can check."""
        return [("mining.subscribe", ["NiceHash/1.0.0", 1_764_000_000_000, "5eed" * 16])]


@dataclass(slots=True)
class Autolykos:
    """Ergo: the names of V1, another job."""

    agent: str
    difficulty: float

    def greetings(self) -> list[tuple[str, list[Any]]]:
        """mining.subscribe."""
        return [("mining.subscribe", [self.agent, None])]

    def welcome(self, method: str, rng: Random) -> Any:
        """Extranonce and the length of the miner's part."""
        return [None, digits(rng, 4), 6]

    def aim(self, rng: Random) -> tuple[str, list[Any]]:
        """mining.set_difficulty."""
        return "mining.set_difficulty", [self.difficulty]

    def job(self, number: int, rng: Random) -> list[Any]:
        """Job, height, message, version, and the bound as a decimal number."""
        bound = str(rng.getrandbits(220))
        return [f"{number:x}", 1_400_000 + number, digits(rng, 64), "", "", "00000004", bound, "", number % 3 == 0]

    def share(self, user: str, job: list[Any], rng: Random) -> list[Any]:
        """User, job, extranonce2, time, nonce."""
        return [user, job[0], digits(rng, 12), "", digits(rng, 16)]


@dataclass(slots=True)
class Zcash:
    """ZIP 301: the target instead of a difficulty, the host in the greeting, a solution of 1 344 bytes."""

    agent: str
    host: str
    port: int

    def greetings(self) -> list[tuple[str, list[Any]]]:
        """mining.subscribe with the name of the pool that was dialled."""
        return [("mining.subscribe", [self.agent, None, self.host, str(self.port)])]

    def welcome(self, method: str, rng: Random) -> Any:
        """Session and the first part of the nonce."""
        return [digits(rng, 10), digits(rng, 10)]

    def aim(self, rng: Random) -> tuple[str, list[Any]]:
        """mining.set_target."""
        return "mining.set_target", ["0004189374bc6a7e" + digits(rng, 48)]

    def job(self, number: int, rng: Random) -> list[Any]:
        """Version, previous hash, Merkle root, reserved field, time and bits, as they stand in the header."""
        hashes = [digits(rng, 64) for _ in range(3)]
        return [digits(rng, 20), "04000000", *hashes, digits(rng, 8), "09d8151c", number % 3 == 0]

    def share(self, user: str, job: list[Any], rng: Random) -> list[Any]:
        """User, job, time, the rest of the nonce, the solution with its length in front."""
        return [user, job[0], job[5], digits(rng, 54), "fd4005" + digits(rng, 2688)]


def stratum_v1(script: Script, rng: Random) -> Dialogue:
    """A Bitcoin machine at a pool where it has an account by name or wallet."""
    variant = Bitcoin(script.agent or "cgminer/4.12.1", script.difficulty)
    return _dialogue(script, variant, script.account or invented("BTC", rng), rng)


def hash_order(script: Script, rng: Random) -> Dialogue:
    """A marketplace's server as the client of a pool."""
    return _dialogue(script, HashOrder("", script.difficulty), script.account or "order-example", rng)


def autolykos(script: Script, rng: Random) -> Dialogue:
    """An Ergo miner."""
    variant = Autolykos(script.agent or "lolMiner 1.88", script.difficulty)
    return _dialogue(script, variant, script.account or invented("ERG", rng), rng)


def zcash(script: Script, rng: Random) -> Dialogue:
    """A Zcash miner."""
    variant = Zcash(script.agent or "EWBF 0.6", script.host or "pool.zcash.example", 3333)
    return _dialogue(script, variant, script.account or invented("ZEC", rng), rng)


def _dialogue(script: Script, variant: Bitcoin | Autolykos | Zcash, account: str, rng: Random) -> Dialogue:
    user = full_user(script, account)
    return Dialogue(MiningClient(script, variant, user, rng), MiningPool(script, variant, rng), Lines(), Lines())
