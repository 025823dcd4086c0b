"""An invented campus seen through flow records: miners and harmless programs as packets, cut into records by a router.

A kind (push service, wallet, miner of a chain...) has profiles: one profile is one program at one site, with its own
sizes, timers, encryption and operating system, drawn once from the kind's ranges. Profiles of even number are for
fitting, those of odd number for testing, so that no test sees a program that the fit has seen. The ranges are the
author's, from protocol descriptions and the field notes' measurements; no real traffic is in them.
"""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

HOUR = 3600.0
MSS = 1448
Floats = NDArray[np.float64]
Events = NDArray[np.float64]
"""Rows of time (s), packets up, payload up, packets down, payload down, in the order of time."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One thing that a program does again and again. Ranges are those from which a profile draws (log-uniform).

    style: timer | random | bursts. who: up, down (one message), ask (client asks, server answers), told (server speaks,
    client answers). Sizes are payload bytes before encryption; `vary` is the spread of their logarithm, 0: constant.
    """

    style: str
    gap: tuple[float, float]
    who: str
    up: tuple[float, float] = (1, 1)
    down: tuple[float, float] = (1, 1)
    vary: tuple[float, float] = (0.0, 0.0)
    often: float = 1.0


BIG = (1500, 60_000)
HARMLESS: dict[str, tuple[Talk, ...]] = {
    "chat push": (Talk("timer", (60, 300), "ask", (20, 90), (20, 90)), Talk("bursts", (600, 7200), "down", (1, 1), (90, 900), (0.3, 0.9)), Talk("bursts", (900, 9000), "ask", (100, 900), (40, 200), (0.2, 0.8))),
    "chat presence": (Talk("timer", (10, 60), "ask", (10, 60), (10, 60)), Talk("random", (8, 120), "down", (1, 1), (100, 900), (0.2, 0.8))),
    "phone push": (Talk("timer", (900, 1700), "ask", (5, 40), (5, 40)), Talk("random", (120, 3600), "told", (20, 60), (200, 3000), (0.1, 0.8))),
    "mqtt sensor": (Talk("timer", (15, 120), "ask", (2, 4), (2, 4)), Talk("timer", (5, 300), "up", (30, 400), (1, 1), (0, 0.1)), Talk("random", (600, 7200), "told", (4, 40), (30, 300), (0, 0.3), 0.7)),
    "mqtt subscriber": (Talk("timer", (15, 120), "ask", (2, 4), (2, 4)), Talk("timer", (2, 120), "down", (1, 1), (40, 900), (0, 0.15)), Talk("random", (5, 300), "told", (4, 8), (40, 900), (0, 0.3), 0.6)),
    "ssh idle": (Talk("timer", (15, 120), "ask", (36, 84), (36, 84)), Talk("bursts", (900, 14400), "ask", (36, 100), (36, 900), (0.1, 1.0))),
    "vpn idle": (Talk("timer", (5, 30), "up", (40, 90)), Talk("timer", (5, 30), "down", (1, 1), (40, 90)), Talk("bursts", (300, 7200), "ask", (120, 700), (200, 6000), (0.5, 1.2))),
    "vpn used": (Talk("timer", (5, 30), "up", (40, 90)), Talk("timer", (5, 30), "down", (1, 1), (40, 90)), Talk("random", (0.1, 3), "ask", (120, 700), (200, 6000), (0.5, 1.2))),
    "remote desktop idle": (Talk("timer", (1, 60), "told", (20, 90), (30, 200), (0, 0.3)), Talk("timer", (20, 70), "down", (1, 1), (200, 2500), (0.1, 0.6), 0.7), Talk("bursts", (600, 9000), "ask", (50, 200), BIG, (0.5, 1.2))),
    "remote help relay": (Talk("timer", (10, 60), "ask", (10, 110), (10, 110)), Talk("random", (600, 7200), "told", (30, 200), (60, 600), (0, 0.4))),
    "mail idle": (Talk("timer", (120, 1740), "ask", (10, 40), (20, 80)), Talk("random", (300, 7200), "told", (10, 60), (20, 200), (0.1, 0.4)), Talk("bursts", (1200, 9000), "ask", (40, 120), BIG, (0.5, 1.2))),
    "price ticker": (Talk("random", (0.2, 15), "down", (1, 1), (80, 1200), (0.03, 0.5)), Talk("timer", (15, 60), "ask", (2, 60), (2, 60))),
    "quotes desktop": (Talk("timer", (1, 6), "down", (1, 1), (100, 3000), (0.3, 0.9)), Talk("timer", (10, 60), "ask", (8, 60), (8, 60)), Talk("bursts", (600, 5000), "ask", (80, 300), BIG, (0.4, 1.0))),
    "page heartbeat": (Talk("timer", (15, 60), "told", (2, 30), (2, 30)), Talk("random", (60, 3600), "down", (1, 1), (60, 1500), (0.2, 0.8))),
    "dashboard events": (Talk("timer", (2, 90), "down", (1, 1), (150, 2500), (0, 0.2)),),
    "news stream": (Talk("random", (5, 180), "down", (1, 1), (200, 2500), (0.3, 0.9)), Talk("timer", (15, 60), "down", (1, 1), (2, 30))),
    "game idle": (Talk("timer", (1, 15), "ask", (20, 200), (20, 200), (0, 0.2)), Talk("bursts", (600, 5000), "ask", (40, 200), (60, 1200), (0.2, 0.6))),
    "monitoring agent": (Talk("timer", (5, 120), "ask", (150, 6000), (10, 150), (0, 0.2)), Talk("timer", (60, 300), "ask", (60, 300), (100, 4000), (0, 0.3), 0.6)),
    "scraped exporter": (Talk("timer", (5, 60), "told", (1500, 90_000), (100, 500), (0, 0.1)),),
    "polling client": (Talk("timer", (3, 60), "ask", (150, 1400), (120, 1500), (0, 0.1)),),
    "polled by answer": (Talk("timer", (5, 60), "ask", (80, 600), (100, 900), (0.05, 0.4)), Talk("random", (300, 3600), "ask", (300, 1400), BIG, (0.3, 1.0))),
    "cloud printer": (Talk("timer", (30, 300), "ask", (2, 80), (2, 80)), Talk("random", (1800, 20_000), "told", (60, 300), BIG, (0.3, 1.0))),
    "video call": (Talk("random", (0.02, 0.1), "ask", (100, 1200), (100, 1200), (0.1, 0.5)),),
    "bitcoin node": (Talk("random", (0.5, 6), "down", (1, 1), (61, 1100), (0.3, 0.9)), Talk("random", (0.5, 6), "up", (61, 1100), (1, 1), (0.3, 0.9)), Talk("random", (5, 30), "ask", (37, 200), (250, 3000), (0.3, 1.0)), Talk("random", (400, 700), "ask", (100, 500), (9000, 40_000), (0.2, 0.5)), Talk("timer", (110, 125), "ask", (32, 33), (32, 33))),
    "ethereum node": (Talk("random", (0.05, 2), "down", (1, 1), (80, 1400), (0.3, 0.9)), Talk("random", (0.05, 2), "up", (80, 1400), (1, 1), (0.3, 0.9)), Talk("timer", (10, 30), "ask", (32, 64), (32, 64))),
    "coin wallet": (Talk("timer", (40, 120), "ask", (40, 90), (35, 70)), Talk("random", (120, 900), "down", (1, 1), (230, 420), (0, 0.02)), Talk("random", (900, 20_000), "ask", (80, 200), (100, 3000), (0.3, 1.0), 0.7)),
    "chain explorer": (Talk("random", (0.8, 20), "down", (1, 1), (200, 5000), (0.3, 0.9)), Talk("timer", (20, 60), "ask", (2, 40), (2, 40)), Talk("random", (300, 900), "down", (1, 1), (2000, 40_000), (0.1, 0.5))),
    "pool's web page": (Talk("timer", (10, 60), "ask", (200, 1200), (500, 9000), (0, 0.1)), Talk("random", (60, 600), "down", (1, 1), (150, 1500), (0.1, 0.5), 0.5)),
    "dns over tls": (Talk("bursts", (30, 900), "ask", (40, 128), (60, 468), (0, 0.3)),),
    "database pool": (Talk("timer", (20, 600), "ask", (10, 60), (11, 90)), Talk("bursts", (60, 3600), "ask", (60, 900), (60, 6000), (0.4, 1.2))),
    "stream fetch": (Talk("timer", (0.5, 5), "ask", (60, 140), (20, 120), (0, 0.05)), Talk("bursts", (60, 1800), "ask", (60, 140), (200, 9000), (0.4, 1.0), 0.7)),
    "backup": (Talk("bursts", (300, 7200), "up", (20_000, 400_000), (1, 1), (0.2, 0.8)), Talk("timer", (30, 300), "ask", (20, 200), (20, 200))),
    "streaming": (Talk("timer", (2, 12), "ask", (200, 900), (80_000, 3_000_000), (0.1, 0.5)),),
    "camera": (Talk("timer", (0.5, 2), "up", (4000, 90_000), (1, 1), (0.1, 0.4)), Talk("timer", (10, 60), "told", (20, 200), (20, 200))),
    "recorder heartbeat": (Talk("timer", (5, 60), "ask", (80, 700), (60, 900), (0, 0.05)), Talk("random", (120, 7200), "up", (400, 3000), (1, 1), (0.1, 0.6))),
    "update service": (Talk("timer", (25, 120), "ask", (300, 1300), (150, 700), (0, 0.05)), Talk("bursts", (3600, 30_000), "ask", (200, 900), BIG, (0.5, 1.2))),
    "notebook or editor": (Talk("timer", (5, 30), "ask", (6, 60), (6, 60)), Talk("bursts", (300, 3600), "ask", (100, 1500), (100, 9000), (0.3, 1.0))),
    "log shipper": (Talk("random", (1, 60), "ask", (200, 9000), (6, 40), (0.3, 1.0)),),
    "field bus gateway": (Talk("timer", (1, 60), "told", (20, 260), (8, 30), (0, 0.05)), Talk("timer", (30, 300), "up", (10, 60))),
    "message queue": (Talk("timer", (5, 60), "ask", (8, 8.1), (8, 8.1)), Talk("random", (1, 300), "told", (20, 60), (80, 2000), (0.05, 0.8))),
    "store and till": (Talk("timer", (10, 120), "ask", (20, 120), (20, 120)), Talk("random", (30, 900), "ask", (200, 1200), (100, 800), (0.1, 0.5))),
}  # fmt: skip

CHAINS = {
    # name: seconds between blocks, jobs' payload, how much it differs, weight among miners
    "XMR": (120.0, (300, 520), 0.003, 5), "BTC": (600.0, (550, 1900), 0.06, 3), "LTC": (150.0, (550, 1500), 0.06, 2),
    "ZEC": (75.0, (380, 700), 0.003, 1), "ERG": (120.0, (260, 420), 0.01, 1), "RVN": (60.0, (260, 420), 0.003, 1),
    "ETC": (13.0, (220, 330), 0.003, 2), "KAS": (1.0, (130, 260), 0.02, 1),
}  # fmt: skip
TIMERS = (10.0, 15.0, 20.0, 22.0, 30.0, 30.0, 40.0, 55.0, 60.0, 90.0)
CARRIERS = ("plain", "tls", "tls", "ssh", "websocket", "proxy", "vpn")
MINING = tuple(f"{chain} {carrier}" for chain in CHAINS for carrier in sorted(set(CARRIERS)))
PROFILES = 4000


def _log(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    low, high = np.log(max(bounds[0], 1e-3)), np.log(max(bounds[1], 1e-3))
    return float(np.exp(rng.uniform(low, high)))


def _sizes(rng: np.random.Generator, middle: float, spread: float, count: int, seal: "Seal") -> Floats:
    raw = np.maximum(1.0, np.round(middle * np.exp(rng.normal(0.0, spread, count)) + rng.integers(-1, 2, count)))
    return seal.sealed(raw)


@dataclass(frozen=True, slots=True)
class Seal:
    """How a message's bytes grow on the way: so many bytes more, then rounded up to a multiple."""

    more: float
    block: float

    def sealed(self, raw: Floats) -> Floats:
        return np.ceil((raw + self.more) / self.block) * self.block

    @staticmethod
    def drawn(rng: np.random.Generator, carrier: str) -> "Seal":
        choices = {
            "plain": ((0, 1),), "tls": ((22, 1), (29, 1), (37, 16)), "ssh": ((25, 16), (36, 8)),
            "websocket": ((26, 1), (33, 1)), "proxy": ((34, 1), (56, 1), (40, 1)), "vpn": ((90, 1), (110, 16)),
        }[carrier]  # fmt: skip
        return Seal(*choices[rng.integers(len(choices))])


def _said(times: Floats, up: Floats, down: Floats, who: str, slow: float, rng: np.random.Generator) -> Events:
    """Messages with the acknowledgements that TCP sends for them."""
    count = len(times)
    pu, pd = np.ceil(up / MSS), np.ceil(down / MSS)
    late = rng.random(count) < slow
    if who == "up":
        rows = (pu, up, np.ceil(pu / 2), np.zeros(count))
    elif who == "down":
        rows = (np.ceil(pd / 2), np.zeros(count), pd, down)
    elif who == "ask":
        rows = (pu + np.ceil(pd / 2), up, pd + late + np.ceil(pu / 2) - 1, down)
    else:
        rows = (pu + late + np.ceil(pd / 2) - 1, up, pd + np.ceil(pu / 2), down)
    return np.column_stack((times, *rows))


def _times(rng: np.random.Generator, style: str, gap: float, jitter: float, length: float) -> Floats:
    if style == "timer":
        start = rng.uniform(0, gap)
        ticks = np.arange(start, length, gap)
        if jitter < 0.3:
            return np.sort(np.clip(ticks + rng.normal(0, jitter * gap, len(ticks)), 0, length))
        # A timer that begins anew after each message, so that its lateness adds up.
        return np.cumsum(gap * (1 + rng.exponential(0.1, len(ticks) + 1)))
    if style == "random":
        return np.sort(rng.uniform(0, length, rng.poisson(length / gap)))
    starts = np.sort(rng.uniform(0, length, rng.poisson(length / gap)))
    inside = [start + np.cumsum(rng.exponential(rng.uniform(0.05, 4), rng.geometric(1 / 25))) for start in starts]
    return np.sort(np.concatenate(inside)) if inside else np.zeros(0)


def _thin(length: float, gap: float) -> float:
    """Never more than 60 000 messages of one sort: denser ones are sent in bundles."""
    return max(1.0, length / gap / 60_000)


def harmless(kind: str, profile: int, flow: int, length: float) -> tuple[Events, bool]:
    """One harmless connection: its packets, and whether its packets carry TCP's time stamps."""
    number = sorted(HARMLESS).index(kind)
    own, rng = np.random.default_rng((1, number, profile)), np.random.default_rng((2, number, profile, flow))
    seal = Seal.drawn(
        own, str(own.choice(["plain", "tls", "tls", "tls", "websocket", "ssh" if "ssh" in kind else "tls"]))
    )
    parts = []
    slow, stamps = float(own.choice([0.0, 0.05, 1.0], p=[0.6, 0.2, 0.2])), bool(own.random() < 0.5)
    for talk in HARMLESS[kind]:
        gap, up, down, vary = _log(own, talk.gap), _log(own, talk.up), _log(own, talk.down), own.uniform(*talk.vary)
        jitter, present = float(own.choice([0.001, 0.01, 0.05, 0.4])), own.random() < talk.often
        if not present:
            continue
        bundle = _thin(length, gap) if talk.style != "bursts" else 1.0
        times = _times(rng, talk.style, gap * bundle, jitter, length)
        count = len(times)
        ups = _sizes(rng, up, vary, count, seal) * bundle if talk.who != "down" else np.zeros(count)
        downs = _sizes(rng, down, vary, count, seal) * bundle if talk.who != "up" else np.zeros(count)
        rows = _said(times, ups, downs, talk.who, slow, rng)
        if bundle > 1.0:
            rows[:, 1], rows[:, 3] = np.maximum(rows[:, 1], 2 * bundle), np.maximum(rows[:, 3], bundle)
        parts.append(rows)
    return _ordered(parts, length), stamps


def mining(kind: str, profile: int, flow: int, length: float) -> tuple[Events, bool]:
    """One miner's connection of a chain over a carrier, such as `XMR tls`."""
    chain, carrier = kind.split()
    number = MINING.index(kind)
    own, rng = np.random.default_rng((3, number, profile)), np.random.default_rng((4, number, profile, flow))
    interval, sizes, differ, _ = CHAINS[chain]
    seal, job, stamps = Seal.drawn(own, carrier), _log(own, sizes), bool(own.random() < 0.6)
    timer = float(own.choice(TIMERS)) if own.random() < 0.85 else 1e9
    if chain == "KAS":
        interval, timer = float(own.choice([0.5, 1.0, 2.0, 4.0])), 1e9
    slow, share, result = (
        float(own.choice([0.0, 0.05, 1.0], p=[0.6, 0.2, 0.2])),
        _log(own, (90, 260)),
        _log(own, (40, 110)),
    )
    rate = _log(own, (0.03, 20)) / 60 * _log(rng, (0.7, 1.4))
    blocks = np.cumsum(rng.exponential(interval, int(1.5 * length / interval) + 40))
    times = _jobs(blocks, timer, length)
    parts = [_said(times, np.zeros(len(times)), _sizes(rng, job, differ, len(times), seal), "down", slow, rng)]
    parts.append(_asked(np.sort(rng.uniform(0, length, rng.poisson(length * rate))), share, result, seal, slow, rng))
    if chain == "ETC" and own.random() < 0.3:
        polls = _times(rng, "timer", float(own.choice([5.0, 10.0])), 0.01, length)
        parts.append(_asked(polls, 70, job, seal, slow, rng))
    if own.random() < 0.5:
        alive = _times(rng, "timer", float(own.choice([30.0, 60.0, 60.0, 120.0])), 0.05, length)
        parts.append(_asked(alive, 65, 70, seal, slow, rng))
    rows = _ordered(parts, length)
    if carrier == "vpn":
        rows = _tunnelled(rows, seal.more, own, rng, length, slow)
    return rows, stamps


def _jobs(blocks: Floats, timer: float, length: float) -> Floats:
    """On each block, and every `timer` seconds after the last job: the block starts the timer anew."""
    starts = np.concatenate(([0.0], blocks[blocks < length]))
    counts = np.ceil(np.diff(starts, append=length) / timer).astype(np.int64)
    number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(starts, counts) + number * timer + 0.3


def _asked(times: Floats, up: float, down: float, seal: Seal, slow: float, rng: np.random.Generator) -> Events:
    count = len(times)
    return _said(times, _sizes(rng, up, 0.01, count, seal), _sizes(rng, down, 0.01, count, seal), "ask", slow, rng)


def _tunnelled(
    rows: Events, more: float, own: np.random.Generator, rng: np.random.Generator, length: float, slow: float
) -> Events:
    """Inside a tunnel over TCP every packet, acknowledgements too, is a message; the tunnel pings on its own."""
    pu, bu, pd, bd = (
        rows[:, 1],
        rows[:, 2] + (52 + more) * rows[:, 1],
        rows[:, 3],
        rows[:, 4] + (52 + more) * rows[:, 3],
    )
    inside = np.column_stack((rows[:, 0], pu + np.ceil(pd / 2), bu, pd + np.ceil(pu / 2) * (0.3 + slow / 2), bd))
    inside[:, 3] = np.round(inside[:, 3])
    ping = _times(rng, "timer", float(own.choice([10.0, 10.0, 20.0, 60.0])), 0.01, length)
    size = np.full(len(ping), 16 + more / 2)
    both = [_said(ping, size, 0 * size, "up", slow, rng), _said(ping + 0.2, 0 * size, size, "down", slow, rng)]
    return _ordered([inside, *both], length)


def _ordered(parts: list[Events], length: float) -> Events:
    rows = np.concatenate(parts) if parts else np.zeros((0, 5))
    rows = rows[(rows[:, 0] >= 0) & (rows[:, 0] < length)]
    return rows[np.argsort(rows[:, 0], kind="stable")]


def sampled(rows: Events, one_in: int, rng: np.random.Generator) -> Events:
    """What is left where a router looks at one packet in so many."""
    if one_in == 1:
        return rows
    out = rows.copy()
    for packets, size in ((1, 2), (3, 4)):
        before = rows[:, packets].astype(np.int64)
        after = rng.binomial(before, 1 / one_in)
        out[:, packets] = after
        out[:, size] = np.round(rows[:, size] * after / np.maximum(1, before))
    return out[(out[:, 1] > 0) | (out[:, 3] > 0)]


@numba.njit(cache=False)
def _cut(times: Floats, active: float, inactive: float) -> NDArray[np.int64]:
    """The number of the record that each packet falls into."""
    out = np.zeros(len(times), np.int64)
    record, start = 0, times[0] if len(times) else 0.0
    for at in range(1, len(times)):
        if times[at] - times[at - 1] > inactive or times[at] - start >= active:
            record += 1
            start = times[at]
        out[at] = record
    return out


def records(rows: Events, active: float, inactive: float, header: int) -> list[tuple[bool, Floats]]:
    """The records of each direction: (from the client, rows of start, end, packets, bytes with headers)."""
    out = []
    for up, packets, size in ((True, 1, 2), (False, 3, 4)):
        own = rows[rows[:, packets] > 0]
        if not len(own):
            continue
        number = _cut(own[:, 0], active, inactive)
        first = np.flatnonzero(np.diff(number, prepend=-1))
        last = np.append(first[1:], len(own)) - 1
        count = np.add.reduceat(own[:, packets], first)
        total = np.add.reduceat(own[:, size], first) + header * count
        out.append((up, np.column_stack((own[first, 0], own[last, 0], count, total))))
    return out
