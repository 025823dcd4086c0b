"""Invented connections as the sizes and times of what goes over them: miners of seven chains, bare, under TLS or inside a
tunnel, and 24 kinds of harmless programs that push, wait or follow blocks. Used by bench/accuracy.py.

Where the figures come from. What miners and pools say, and how long it is: this project's own dialogues, played once
(`minewarden.simulator.dialogues`), with the lengths of logins and Bitcoin jobs of real captures. When a pool speaks: at a
block after a log-normal lag and on a refresh timer that the block starts anew, with the timers, shares of the commonest size
and rates of detection.md §5 (real miners of 2017, 2018 and January 2026). How TLS, SSH, WebSocket and proxies lengthen
what they carry: their specifications. Harmless kinds: the harmless captures and the documentation of the programs.
No figure was taken from the detectors. A profile (one pool, one program) is drawn from a seed; published figures use
seeds that were never looked at while the detectors were being written.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from minewarden.simulator.pcapfile import play
from minewarden.simulator.session import Script, Session
from minewarden.vocab.net import Endpoint

Floats = NDArray[np.float64]
MSS = 1448
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Hello:
    """What the client's TLS hello says; None for a connection that is no TLS."""

    sni: str | None = None
    alpn: str | None = None
    ja4: str | None = None
    length: int = 297


OPENSSL_JA4 = "t13i310900_e8f1e7e78f70_1f22a2ca17c4"
OTHER_JA4 = (
    "t13i190900_9dc949149365_97f8aa674fd9",
    "t12i250600_8f3a7a1b6c2e_1b7d7c0f5ab3",
    "t13i130900_f57a46bbacb6_e7c285222651",
)


@dataclass(frozen=True, slots=True, eq=False)
class Talk:
    """One connection: seconds from the begin of watching, whether the client spoke, payload bytes; in order of time.

    whole: its opening was seen."""

    at: Floats
    up: NDArray[np.bool_]
    size: NDArray[np.int64]
    hello: Hello | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Pair:
    """What one host and one server said: their connections, one after another."""

    kind: str
    mines: bool
    talks: Sequence[Talk]
    port: int = 443
    coin: str = ""


class Score:
    """Messages being collected for one connection."""

    def __init__(self) -> None:
        self._parts: list[tuple[Floats, bool, NDArray[np.int64]]] = []

    def say(self, at: Floats | Sequence[float], up: bool, size: object) -> None:
        """Messages of the client (`up`) or the server at these seconds."""
        times = np.asarray(at, np.float64)
        self._parts.append((times, up, np.broadcast_to(np.asarray(size), times.shape).astype(np.int64)))

    def ask(self, at: Floats, up: object, down: object, rtt: float) -> None:
        """Client asks, server answers."""
        self.say(at, True, up)
        self.say(at + rtt, False, down)

    def told(self, at: Floats, down: object, up: object, rtt: float) -> None:
        """Server speaks, client answers."""
        self.say(at, False, down)
        self.say(at + rtt, True, up)

    def talk(self, begin: float, end: float, hello: Hello | None = None, whole: bool = True) -> Talk:
        """Everything between two instants."""
        at = np.concatenate([part[0] for part in self._parts]) if self._parts else np.zeros(0)
        up = np.concatenate([np.full(len(part[0]), part[1]) for part in self._parts])
        size = np.concatenate([part[2] for part in self._parts])
        order = np.argsort(at, kind="stable")
        order = order[(at[order] >= begin) & (at[order] < end) & (size[order] > 0)]
        return Talk(at[order], up[order].astype(bool), size[order], hello, whole)


# Miners -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """How long what a dialect says is: the opening (seconds, client?, bytes), a job, a share, the reply to it."""

    opening: tuple[tuple[float, bool, int], ...]
    job: int
    share: int
    reply: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain that a dialect is spoken on. `interval` in seconds."""

    coin: str
    interval: float


CHAINS: Mapping[str, Chain] = {
    "stratum-v1": Chain("BTC", 600.0),
    "zcash": Chain("ZEC", 75.0),
    "autolykos": Chain("ERG", 120.0),
    "ethereumstratum-1": Chain("ETC", 13.0),
    "ethereumstratum-2": Chain("ETC", 13.0),
    "ethproxy": Chain("ETC", 13.0),
    "kawpow": Chain("RVN", 60.0),
    "cryptonote": Chain("XMR", 120.0),
    "cryptonote-plain": Chain("XMR", 120.0),
    "stratum-v1 of Litecoin": Chain("LTC", 150.0),
}
FAST_CHAIN = "kaspa"
"""Ten blocks a second: promised by nobody, measured by itself."""

TIMERS = (10.0, 22.0, 22.0, 30.0, 30.0, 30.5, 31.0, 45.0, 60.0)
"""Refresh timers in seconds: detection.md §5 measured 10, 22, 30 and 30-31; some pools are slower."""


@lru_cache(maxsize=256)
def words(dialect: str, seed: int) -> Words:
    """Play a dialogue on loopback and measure what was said."""
    script = Script(jobs=4, job_every_s=30, shares=1, worker=f"rig{seed % 40}")
    ends = Endpoint("10.20.0.1", 40_000), Endpoint("192.0.2.1", 3333)
    session = Session(dialect.split(" of ")[0], *ends, datetime(2026, 3, 1, tzinfo=UTC), script, seed=seed)
    chunks = [(chunk.at_us / 1e6, chunk.up, len(chunk.data)) for chunk in play(session)]
    opening = tuple(chunk for chunk in chunks if chunk[0] < 1.0)
    later = [chunk for chunk in chunks if chunk[0] >= 1.0]
    share = next(n for n, (_, up, _) in enumerate(later) if up)
    jobs = [size for n, (_, up, size) in enumerate(later) if not up and n != share + 1]
    return Words(opening, max(jobs), later[share][2], later[share + 1][2])


@dataclass(frozen=True, slots=True)
class Miner:
    """One pool and one program at it, drawn once. Rates in 1/s; lag in seconds, median of a log-normal."""

    dialect: str
    said: Words
    timer: float
    jitter: float
    lag: float
    shares: float
    rtt: float
    polls: float
    merkle: tuple[int, ...]
    empty_first: bool
    alive: float


def miner(dialect: str, rng: np.random.Generator) -> Miner:
    """Draw a pool and a program."""
    said = words(dialect, int(rng.integers(8)))
    opening = list(said.opening)
    job = said.job
    if dialect.startswith("cryptonote"):
        # Real logins: 548 bytes (27 algorithms), about 560, and 1470; older programs send a tenth of that.
        login = int(rng.choice([548, 556, 561, 583, 1470, 154, 179], p=[0.3, 0.2, 0.15, 0.1, 0.1, 0.1, 0.05]))
        opening[0] = (0.0, True, login)
        job = int(rng.integers(340, 430))
    chain = "BTC" if dialect in ("stratum-v1",) else ""
    return Miner(
        dialect=dialect,
        said=replace(said, opening=tuple(opening), job=job),
        timer=float(rng.choice(TIMERS)) if rng.random() < 0.9 else 0.0,
        jitter=float(rng.choice([0.02, 0.3, 1.0])),
        lag=float(np.exp(rng.uniform(np.log(0.3), np.log(3.0)))),
        shares=float(np.exp(rng.uniform(np.log(0.02), np.log(3.0)))) / 60,
        rtt=float(rng.uniform(0.005, 0.3)),
        polls=float(rng.choice([5.0, 10.0])) if dialect == "ethproxy" and rng.random() < 0.3 else 0.0,
        merkle=(11, 12, 12, 12, 13) if chain or " of " in dialect else (),
        empty_first=bool(chain) and rng.random() < 0.4,
        alive=60.0 if rng.random() < 0.2 else 0.0,
    )


def jobs_of(one: Miner, blocks: Floats, begin: float, end: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """When jobs come between two instants, and how long they are: at each block, and `timer` after the last one."""
    late = blocks + rng.lognormal(np.log(one.lag), 0.6, len(blocks))
    late = np.sort(late[(late > begin) & (late < end)])
    times = late
    if one.timer:
        starts = np.concatenate(([begin], late))
        gaps = np.diff(np.append(starts, end))
        many = np.maximum(1, np.ceil(gaps / one.timer)).astype(int)
        step = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        times = np.repeat(starts, many) + step * one.timer + rng.normal(0, one.jitter, int(many.sum())) * (step > 0)
        times = times[1:]
    times = np.sort(times[(times > begin) & (times < end)])
    sizes = one.said.job + rng.integers(-1, 2, len(times)).astype(float)
    if one.merkle:
        sizes = one.said.job + 67.0 * (rng.choice(one.merkle, len(times)) - 12)
    if one.empty_first and len(late):
        times, sizes = (
            np.concatenate((late, times + 1.0 * np.isin(times, late))),
            np.concatenate((np.full(len(late), 330.0), sizes)),
        )
    return times, sizes


def mined(one: Miner, blocks: Floats, begin: float, end: float, rng: np.random.Generator) -> Score:
    """What a miner and its pool say in the clear."""
    score = Score()
    opened = one.said.opening
    stretch = one.rtt / 0.03
    for at, up, size in opened:
        score.say([begin + min(at * stretch, 3.0)], up, size)
    start = begin + 1.0 + stretch * 0.2
    times, sizes = jobs_of(one, blocks, start, end, rng)
    score.say(times, False, sizes)
    shares = np.sort(rng.uniform(start, end, rng.poisson(one.shares * (end - start))))
    score.ask(
        shares,
        one.said.share + rng.integers(-1, 2, len(shares)),
        one.said.reply + rng.integers(0, 2, len(shares)),
        one.rtt + 0.002,
    )
    if one.polls:
        ticks = np.arange(start, end, one.polls)
        score.ask(ticks, 81, one.said.job, one.rtt)
        score.ask(np.arange(start, end, 2 * one.polls), 148, 39, one.rtt)
    elif one.alive:
        score.ask(np.arange(start, end, one.alive), 60, 70, one.rtt)
    return score


# What carries it ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seal:
    """Bytes more for each message, then up to a multiple of `block`."""

    more: int
    block: int = 1

    def sealed(self, size: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray(-(-(size + self.more) // self.block) * self.block)


TLS_SEALS = {"1.3": (Seal(22),), "1.2": (Seal(29), Seal(29), Seal(21), Seal(69, 16))}
"""AES-GCM and ChaCha20 (RFC 8446, 5288, 7905), and AES-CBC with HMAC-SHA256 (5246)."""


def tls_of(bare: Talk, hello: Hello, version: str, rng: np.random.Generator, rtt: float) -> Talk:
    """The same under TLS: a handshake before it, the first words with Finished, tickets after it."""
    seal = TLS_SEALS[version][int(rng.integers(len(TLS_SEALS[version])))]
    size = seal.sealed(bare.size)
    begin = bare.at[0]
    cert = int(rng.choice([1469, 1228, 2600, 3100, 4300]))
    score = Score()
    score.say([begin], True, hello.length)
    score.say([begin + rtt], False, cert)
    tickets = int(rng.choice([158, 510, 0]))
    if version == "1.3":
        shift = rtt + 0.003
        first = size[0] + 80
        score.say([begin + shift + 0.9 * rtt], False, tickets)
    else:
        score.say([begin + rtt + 0.003], True, int(rng.choice([93, 126, 158])))
        score.say([begin + 2 * rtt + 0.003], False, int(rng.choice([51, 258])))
        shift, first = 2 * rtt + 0.006, size[0]
    sizes = size.copy()
    sizes[0] = first
    for way in (True, False):
        mine = bare.up == way
        score.say(bare.at[mine] + shift, way, sizes[mine])
    return score.talk(-1, np.inf, hello)


def late(talk: Talk, at: float) -> Talk:
    """As a sensor sees it that came later."""
    seen = talk.at >= at
    return Talk(talk.at[seen], talk.up[seen], talk.size[seen], None, False)


def ssh_of(bare: Talk, rng: np.random.Generator, rtt: float) -> Talk:
    """A port forwarded through SSH: key exchange, then one packet for each message, padded to the cipher's block."""
    seal = Seal(4 + 1 + 9 + 4 + 16 + 4, int(rng.choice([8, 16])))
    score = Score()
    begin = bare.at[0]
    for step, (up, size) in enumerate(
        [
            (True, 41),
            (False, 41),
            (True, 1536),
            (False, 1120),
            (True, 48),
            (False, 452),
            (True, 16),
            (True, 60),
            (False, 60),
            (True, 148),
            (False, 52),
            (True, 500),
            (False, 44),
            (True, 96),
            (False, 52),
        ]
    ):
        score.say([begin + step * rtt / 2], up, size)
    for way in (True, False):
        mine = bare.up == way
        score.say(bare.at[mine] + 8 * rtt, way, seal.sealed(bare.size[mine]))
    if rng.random() < 0.5:
        every = float(rng.choice([30.0, 60.0, 300.0]))
        score.ask(np.arange(begin + every, bare.at[-1], every), 68, 44, rtt)
    return score.talk(-1, np.inf)


def websocket_of(bare: Talk, hello: Hello, rng: np.random.Generator, rtt: float) -> Talk:
    """A WebSocket through TLS (wstunnel and the like): an upgrade, then frames; pings that are answered."""
    score = Score()
    begin = bare.at[0]
    score.say([begin], True, int(rng.integers(190, 420)))
    score.say([begin + rtt], False, int(rng.integers(129, 330)))
    for way in (True, False):
        mine = bare.up == way
        framed = bare.size[mine] + (4 if way else 0) + np.where(bare.size[mine] < 126, 2, 4)
        score.say(bare.at[mine] + 2 * rtt, way, framed)
    if rng.random() < 0.6:
        every = float(rng.choice([20.0, 30.0, 60.0]))
        score.told(np.arange(begin + every, bare.at[-1], every), 2, 6, rtt)
    return tls_of(score.talk(-1, np.inf), hello, "1.3", rng, rtt)


def vpn_of(bare: Talk, rng: np.random.Generator, rtt: float) -> Talk:
    """OpenVPN over TCP or alike: each inner packet is one, acknowledgements too, and both ends ping."""
    more = int(rng.choice([66, 78, 92]))
    score = Score()
    begin, end = bare.at[0], bare.at[-1]
    for step, (up, size) in enumerate(
        [(True, 56), (False, 68), (True, 352), (False, 1240), (True, 1100), (False, 560), (True, 420), (False, 340)]
    ):
        score.say([begin + step * rtt / 2], up, size)
    for way in (True, False):
        mine = bare.up == way
        times, sizes = bare.at[mine] + 5 * rtt, bare.size[mine]
        score.say(times, way, sizes + more + 52 * np.ceil(sizes / 1350).astype(int))
        # The other end's acknowledgement, unless a message takes it along.
        alone = rng.random(len(times)) < 0.8
        score.say(times[alone] + 0.04 + rng.uniform(0, 0.01, int(alone.sum())), not way, more + 52)
    every = float(rng.choice([10.0, 10.0, 20.0, 60.0]))
    for way in (True, False):
        score.say(np.arange(begin + rng.uniform(1, every), end, every), way, more + 16)
    return score.talk(-1, np.inf)


def proxy_of(bare: Talk, hello: Hello, rng: np.random.Generator, rtt: float) -> Talk:
    """Trojan, VMess or VLESS in TLS: a request line, then TLS within or not."""
    score = Score()
    extra = int(rng.choice([0, 18, 34]))
    score.say([bare.at[0]], True, int(rng.integers(70, 140)))
    for way in (True, False):
        mine = bare.up == way
        score.say(bare.at[mine] + 0.004, way, bare.size[mine] + extra)
    return tls_of(score.talk(-1, np.inf), hello, "1.3", rng, rtt)


def padded(talk: Talk, rng: np.random.Generator) -> Talk:
    """Every message longer by a random number of bytes."""
    return replace(talk, size=talk.size + rng.integers(0, int(rng.choice([64, 128, 256])), len(talk.size)))


def with_dummies(talk: Talk, rng: np.random.Generator) -> Talk:
    """As many messages again, at random, in both directions."""
    count = len(talk.at)
    score = Score()
    for way in (True, False):
        mine = talk.up == way
        score.say(talk.at[mine], way, talk.size[mine])
        extra = rng.poisson(0.5 * count)
        score.say(rng.uniform(talk.at[0] + 5, talk.at[-1], extra), way, rng.integers(60, 500, extra))
    return score.talk(-1, np.inf, talk.hello, talk.whole)


def split(talk: Talk, rng: np.random.Generator) -> Talk:
    """Every message in two to four pieces, 60 to 250 ms apart."""
    pieces = rng.integers(2, 5, len(talk.at))
    score = Score()
    for way in (True, False):
        mine = np.flatnonzero(talk.up == way)
        for number in range(4):
            some = mine[pieces[mine] > number]
            score.say(
                talk.at[some] + number * rng.uniform(0.06, 0.25, len(some)),
                way,
                np.maximum(20, talk.size[some] // pieces[some]),
            )
    return score.talk(-1, np.inf, talk.hello, talk.whole)


PERTURBED: Mapping[str, Callable[[Talk, np.random.Generator], Talk]] = {
    "padding": padded,
    "dummy messages": with_dummies,
    "splitting": split,
}


def miners_hello(dialect: str, rng: np.random.Generator) -> Hello:
    """XMRig sends OpenSSL's default hello without a name; other programs have other libraries and may send a name."""
    if dialect.startswith("cryptonote") or rng.random() < 0.5:
        return Hello(ja4=OPENSSL_JA4)
    named = rng.random() < 0.4
    sni = f"s{rng.integers(100)}.example.net" if named else None
    return Hello(
        sni=sni,
        ja4=str(rng.choice(OTHER_JA4)).replace("i", "d" if named else "i", 1),
        length=int(rng.integers(180, 330)),
    )


def sessions(length: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """From when to when connections of one miner last: broken now and again, and begun anew."""
    edges = [float(rng.uniform(0, 20))]
    while edges[-1] < length:
        edges.append(edges[-1] + rng.exponential(9 * HOUR) + 600)
    return [(a, min(b, length) - 4.0) for a, b in itertools.pairwise(edges) if min(b, length) - a > 120]


def mining(kind: str, dialect: str, blocks: Floats, length: float, rng: np.random.Generator, change: str = "") -> Pair:
    """One miner for so many seconds. kind: tls-1.2 | tls-1.3 | ssh | websocket | vpn | proxy."""
    one = miner(dialect, rng)
    hello = miners_hello(dialect, rng)
    talks = []
    made = int(rng.integers(1 << 30))
    for begin, end in sessions(length, rng):
        # The same server and the same program each time: certificate, cipher and pings do not change between connections.
        own = np.random.default_rng(made)
        bare = mined(one, blocks, begin, end, rng).talk(begin, end)
        if kind.startswith("tls"):
            talk = tls_of(bare, hello, kind[4:], own, one.rtt)
        elif kind == "ssh":
            talk = ssh_of(bare, own, one.rtt)
        elif kind == "websocket":
            talk = websocket_of(bare, Hello(sni="ws.example.net", ja4=OTHER_JA4[0], length=240), own, one.rtt)
        elif kind == "vpn":
            talk = vpn_of(bare, own, one.rtt)
        else:
            talk = proxy_of(bare, Hello(sni="www.example.net", alpn="h2", ja4=OTHER_JA4[1], length=517), own, one.rtt)
        talks.append(PERTURBED[change](talk, rng) if change else talk)
    if talks and rng.random() < 0.15:
        talks[0] = late(talks[0], talks[0].at[0] + 60)
    chain = CHAINS.get(dialect)
    ports = (
        (443, 443, 9200, 14433, 20128, 5555)
        if kind.startswith("tls")
        else (22,)
        if kind == "ssh"
        else (443, 8443, 1194)
    )
    return Pair(
        f"{kind}{' with ' + change if change else ''}", True, talks, int(rng.choice(ports)), chain.coin if chain else ""
    )
