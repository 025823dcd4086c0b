"""Measures the block-time test on real Bitcoin arrivals: false alarms over harmless timing processes, and power at the
times that detection.md names; writes bench/BLOCK_CLOCK.md.

    python bench/block_clock.py [--trials 10000] [--powers 100] [--arrivals FILE ...]

Arrivals are looked for beside the checkout (../shared/blocktimes) or under MINEWARDEN_SHARED; they are not part of
the project.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from minewarden.detect.clock.arrivals_file import read_arrivals
from minewarden.detect.clock.exposure import Exposure, awake
from minewarden.detect.clock.messages import push_flow
from minewarden.detect.clock.reference import BlockClock
from minewarden.detect.clock.tails import log_tail
from minewarden.detect.clock.test import GRID, LEAST_SILENCE_US, BlockResult, block_test
from minewarden.detect.detectors.block_clock import DEFAULT
from minewarden.detect.weigh import EXACT_P
from minewarden.telemetry.arrivals import BLOCK_INTERVALS_S

HERE = Path(__file__).resolve().parent
HOUR = 3600.0
Seconds = NDArray[np.float64]
Process = Callable[[np.random.Generator, float], Seconds]
LENGTHS_H = (0.5, 2.0, 8.0)


def timer(
    period: float, jitter: float = 0.0, *, anchored: bool = False, loss: float = 0.0, whole: bool = False
) -> Process:
    """A timer: exact or jittered, drifting with its jitter or anchored to the clock, losing some ticks."""

    def made(rng: np.random.Generator, length: float) -> Seconds:
        count = int(length / period) + 2
        if anchored:
            times = np.arange(count) * period + rng.normal(0, jitter, count)
        else:
            times = np.cumsum(np.maximum(0.1, period + rng.normal(0, jitter, count)))
        return times[rng.random(count) >= loss] + (0.0 if whole else rng.random() * period)

    return made


def poisson(mean: float) -> Process:
    """Messages at random."""
    return lambda rng, length: np.cumsum(rng.exponential(mean, int(length / mean * 1.5) + 30))


def heavy(mean: float, sigma: float) -> Process:
    """Gaps that vary wildly, as people make them."""
    return lambda rng, length: np.cumsum(rng.lognormal(np.log(mean) - sigma**2 / 2, sigma, int(length / mean * 3) + 30))


def bursts(every: float, size: float, within: float) -> Process:
    """Visits: many messages at once, then silence."""

    def made(rng: np.random.Generator, length: float) -> Seconds:
        starts = np.cumsum(rng.exponential(every, int(length / every * 2) + 10))
        many = 1 + rng.poisson(size, len(starts))
        return np.repeat(starts, many) + rng.exponential(within, int(many.sum()))

    return made


def both(*parts: Process) -> Process:
    """Several processes in one flow."""
    return lambda rng, length: np.concatenate([part(rng, length) for part in parts])


def reset_timer(period: float, mean: float) -> Process:
    """A refresh timer which some other thing than blocks resets at random: a miner of an unknown chain looks so."""
    return lambda rng, length: job_times(
        np.cumsum(rng.exponential(mean, int(length / mean * 2) + 10)), length, period, rng
    )


def switching(fast: float, slow: float, dwell: float) -> Process:
    """Busy and idle by turns."""

    def made(rng: np.random.Generator, length: float) -> Seconds:
        out, at = [], 0.0
        while at < length:
            stay = rng.exponential(dwell)
            mean = fast if rng.random() < 0.5 else slow
            out.append(at + np.sort(rng.random(rng.poisson(stay / mean))) * stay)
            at += stay
        return np.concatenate(out)

    return made


PROCESSES: dict[str, Process] = {
    "Poisson, mean 5 s": poisson(5),
    "Poisson, mean 20 s": poisson(20),
    "Poisson, mean 120 s": poisson(120),
    "exact 10 s timer on whole seconds": timer(10, whole=True),
    "exact 22 s keep-alive": timer(22),
    "exact 30 s timer on whole seconds": timer(30, whole=True),
    "exact 60 s beacon": timer(60),
    "exact 60 s beacon on whole seconds": timer(60, whole=True),
    "exact 300 s timer": timer(300),
    "30 s timer, 1 s jitter, drifting": timer(30, 1),
    "60 s beacon, 5 s jitter, anchored": timer(60, 5, anchored=True),
    "60 s beacon, 20 % lost": timer(60, 0.2, loss=0.2),
    "120 s poll, 10 s jitter": timer(120, 10),
    "600 s poll (Bitcoin's own interval)": timer(600, 2),
    "human, log-normal gaps, mean 30 s": heavy(30, 1.5),
    "human, log-normal gaps, mean 120 s": heavy(120, 2.0),
    "page visits: bursts every 3 min": bursts(180, 8, 2),
    "chat: bursts every 40 s": bursts(40, 3, 4),
    "busy and idle by turns": switching(3, 60, 900),
    "game: 20 s timer and random events": both(timer(20), poisson(45)),
    "push: 198-byte heartbeat and notices": both(timer(59, 0.5), bursts(400, 4, 3)),
    "timer reset by events of another chain": reset_timer(30, 120),
}


def job_times(blocks: Seconds, length: float, refresh: float, rng: np.random.Generator) -> Seconds:
    """A pool's jobs: at each block, and every `refresh` seconds after the last job."""
    blocks = blocks[(blocks > 0) & (blocks < length)]
    starts = np.concatenate(([0.0], np.sort(blocks)))
    ends = np.concatenate((starts[1:], [length]))
    many = np.maximum(1, np.ceil((ends - starts) / refresh)).astype(int)
    step = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return np.asarray(np.repeat(starts, many) + step * refresh + rng.uniform(0, 0.05, int(many.sum())))


@dataclass(frozen=True)
class Power:
    """A miner: how late jobs come after a block (median, log-normal with sigma 0.6), and what is tested."""

    name: str
    lag_s: float
    answers: bool
    hours: tuple[float, ...]
    paper: str


POWERS = (
    Power("jobs, lag 0.6 s", 0.6, False, (1, 1.8, 2.5, 4), "0.23 @1 h, 0.90 @2 h, 1.00 @4 h"),
    Power("jobs, lag 5 s", 5.0, False, (2.5, 4, 4.5, 6, 8), "0.57 @4 h, 1.00 @8 h"),
    Power("jobs and answers to shares every 20 s, sizes known, lag 0.6 s", 0.6, True, (1.8, 2.5, 4), "-"),
)


def one(
    clock: BlockClock, begin_us: int, times: Seconds, length: float, sizes: NDArray[np.int64] | None
) -> BlockResult | None:
    """Test simulated messages that begin at an instant of the real clock."""
    order = np.argsort(times, kind="stable")
    order = order[(times[order] >= 0) & (times[order] <= length)]
    us = begin_us + (times[order] * 1e6).astype(np.int64)
    return block_test(push_flow(us, None if sizes is None else sizes[order]), clock)


def begins(clock: BlockClock, length: float, rng: np.random.Generator, *, whole: bool = False) -> int:
    """Somewhere in the record."""
    low, high = clock.arrivals_us[0], clock.arrivals_us[-1] - int(length * 1e6)
    at = int(rng.integers(low, high))
    return at // 1_000_000 * 1_000_000 if whole else at


def harmless(clocks: Sequence[BlockClock], trials: int) -> tuple[list[str], float]:
    """Rows of the table, and processor seconds per test."""
    rng = np.random.default_rng(20261124)
    names = list(PROCESSES)
    found: dict[str, list[float]] = {name: [] for name in names}
    factors: list[float] = []
    begun = time.process_time()
    for trial in range(trials):
        name = names[trial % len(names)]
        length = LENGTHS_H[trial // len(names) % len(LENGTHS_H)] * HOUR
        clock = clocks[trial % 2]
        begin = begins(clock, length, rng, whole="whole" in name)
        result = one(clock, begin, PROCESSES[name](rng, length), length, None)
        found[name].append(result.p_corrected if result else 1.0)
        factors.append(result.log_likelihood if result else 0.0)
    cost = (time.process_time() - begun) / trials
    rows = [row(name, np.array(found[name])) for name in names]
    everything = np.concatenate([np.array(found[name]) for name in names])
    rows.append(row("**all**", everything))
    rows.append("")
    rows.append(
        f"Largest log-likelihood of all {trials:,} harmless trials: {max(factors):.1f} nats; "
        f"share above ln 1000 = 6.9 nats: {np.mean(np.array(factors) > np.log(1000)):.5f} (at most 0.001 by Markov's inequality)."
    )
    return rows, cost


def row(name: str, p: NDArray[np.float64]) -> str:
    """One process."""
    shares = " | ".join(f"{(p < x).mean():.4f}" for x in (0.05, 0.01, 0.001))
    return f"| {name} | {len(p):,} | {shares} | {p.min():.1e} |"


def powers(clocks: Sequence[BlockClock], trials: int) -> list[str]:
    """Rows of the table of power."""
    rng = np.random.default_rng(7)
    rows = []
    for power in POWERS:
        for hours in power.hours:
            p = np.array([miner(clocks[trial % 2], power, hours * HOUR, rng) for trial in range(trials)])
            shares = " | ".join(f"{(p < x).mean():.2f}" for x in (1e-4, 1e-8))
            rows.append(f"| {power.name} | {hours:g} h | {trials} | {shares} | {np.median(p):.0e} | {power.paper} |")
    return rows


def miner(clock: BlockClock, power: Power, length: float, rng: np.random.Generator) -> float:
    """The corrected p-value of a simulated miner on the real chain."""
    while True:
        begin = begins(clock, length, rng)
        if not any(gap.from_us < begin + length * 1e6 and gap.until_us > begin for gap in clock.gaps):
            break
    near = clock.arrivals_us[np.searchsorted(clock.arrivals_us, begin) :][: int(length / 60)]
    blocks = (near - begin) / 1e6
    jobs = job_times(blocks + rng.lognormal(np.log(power.lag_s), 0.6, len(blocks)), length, 30, rng)
    answers = np.cumsum(rng.exponential(20, int(length / 10))) if power.answers else np.zeros(0)
    sizes = np.concatenate((rng.integers(378, 381, len(jobs)), np.full(len(answers), 62)))
    result = one(clock, begin, np.concatenate((jobs, answers)), length, sizes)
    return result.p_corrected if result else 1.0


ROUNDS = (200, 10_000, 100_000)
"""Flows tested in one round: these benches' own size, a small campus, a large one. All of them count as tests."""
ROUND_H = 4.0
LIMITS = (1e-2, 1e-3, 1e-4, 1e-5)
CHAINS = ("BTC", "LTC", "XMR", "ZEC", "RVN", "ETC")
LAGS_S = (0.6, 5.0)
STEP_INTERVALS = (*range(8, 17), *range(18, 25, 2), 27, 30, 34, 38, 44, 50, 60, 80, 100, 140, 200, 300)
"""Times watched, in mean intervals of the chain."""


def rounds(clocks: Sequence[BlockClock], flows: int, count: int) -> list[str]:
    """Rows on harmless rounds: `count` played rounds of so many flows, each at one place of the real record, so that all
    its flows meet the same blocks; and a round of ten times as many from the exact null alone."""
    rng = np.random.default_rng(20261130)
    limits = (DEFAULT.most_p, EXACT_P)
    found, exact, larger = [], [], []
    begun = time.process_time()
    for number in range(count):
        clock = clocks[number % 2]
        begin = begins(clock, ROUND_H * HOUR, rng, whole=True)
        found.append(np.array([quiet(clock, begin, at, rng) for at in range(flows)]))
        exact.append([chance(clock, begin, flows, limit, rng) for limit in limits])
        larger.append([chance(clock, begin, 10 * flows, limit, rng) for limit in limits])
    cost = time.process_time() - begun
    p = np.concatenate(found)
    shares = " | ".join(f"{(p <= limit).mean():.1e}" for limit in LIMITS)
    stated, sure = ((p * flows <= limit).sum() for limit in limits)
    (few, fewer), (more, most) = np.mean(exact, axis=0), np.mean(larger, axis=0)
    return [
        f"| {count} played rounds of {flows:,} | {shares} | {p.min():.1e} | {stated} | {few:.1e} | {sure} | {fewer:.1e} |",
        f"| a round of {10 * flows:,}, from the null |{' - |' * (len(LIMITS) + 2)} {more:.1e} | - | {most:.1e} |",
        "",
        f"{1000 * cost / (flows * count):.1f} ms of processor time a flow and chain.",
    ]


def quiet(clock: BlockClock, begin: int, at: int, rng: np.random.Generator) -> float:
    """A harmless flow's p-value, corrected for its own tests but not for the flows beside it."""
    process = list(PROCESSES.values())[at % len(PROCESSES)]
    result = one(clock, begin, process(rng, ROUND_H * HOUR), ROUND_H * HOUR, None)
    return result.p_corrected if result else 1.0


def chance(
    clock: BlockClock, begin: int, flows: int, limit: float, rng: np.random.Generator, drawn: int = 440
) -> float:
    """How many of a round's harmless flows are stated by chance, from the exact null: of each flow the windows' shares
    of its own time, of the round the number of blocks; each cell's chance to reach the limit, added up over cells (which
    is too much, as cells agree), times flows."""
    blocks = int(((clock.arrivals_us > begin) & (clock.arrivals_us < begin + ROUND_H * HOUR * 1e6)).sum())
    total = 0.0
    for at in range(drawn):
        times = np.sort(list(PROCESSES.values())[at % len(PROCESSES)](rng, ROUND_H * HOUR))
        times = times[(times >= 0) & (times <= ROUND_H * HOUR)]
        flow = push_flow((times * 1e6).astype(np.int64))
        for group in flow.classes:
            shown = Exposure(
                group.times_us, awake(group.times_us, max(LEAST_SILENCE_US, int(8 * clock.interval_s * 1e6)))
            )
            for p0 in shown.covered(GRID.widths_us):
                tails = np.exp(log_tail(np.arange(blocks + 1), blocks, p0))
                reached = tails[tails * GRID.cells * flows <= limit]
                total += len(GRID.lags_s) * (float(reached.max()) if len(reached) else 0.0)
    return total / drawn * flows


def waits(clocks: Sequence[BlockClock], trials: int) -> list[str]:
    """Rows of how long a miner is watched until it is stated, and until the test is passed that may confirm, in 95 of
    100 trials, by the number of flows in the round."""
    rng = np.random.default_rng(11)
    rows = []
    for coin in CHAINS:
        for lag in LAGS_S:
            left = {(flows, limit): "" for limit in (DEFAULT.most_p, EXACT_P) for flows in ROUNDS}
            for intervals in STEP_INTERVALS:
                length = intervals * BLOCK_INTERVALS_S[coin]
                p = np.array([follower(clocks, coin, lag, length, trial, rng) for trial in range(trials)])
                for (flows, limit), known in left.items():
                    if not known and (p * flows <= limit).mean() >= 0.95:
                        left[flows, limit] = f"{length / HOUR:.1f} h" if length >= HOUR else f"{length / 60:.0f} min"
                if all(left.values()):
                    break
            rows.append(f"| {coin} | {lag:g} s | " + " | ".join(known or "longer" for known in left.values()) + " |")
    return rows


def follower(
    clocks: Sequence[BlockClock], coin: str, lag_s: float, length: float, trial: int, rng: np.random.Generator
) -> float:
    """The p-value, not corrected for other flows, of a miner's jobs: on Bitcoin's real arrivals, or on drawn ones."""
    if coin == "BTC":
        clock = clocks[trial % 2]
        begin = whole_stretch(clock, length, rng)
        blocks = (
            clock.arrivals_us[(clock.arrivals_us > begin) & (clock.arrivals_us < begin + length * 1e6)] - begin
        ) / 1e6
    else:
        begin, interval = 1_795_000_000_000_000, BLOCK_INTERVALS_S[coin]
        drawn = np.sort(rng.uniform(-20 * interval, length + 20 * interval, rng.poisson(length / interval + 40)))
        clock = BlockClock(coin, begin + (drawn * 1e6).astype(np.int64), "drawn", "node")
        blocks = drawn[(drawn > 0) & (drawn < length)]
    jobs = job_times(blocks + rng.lognormal(np.log(lag_s), 0.6, len(blocks)), length, 30, rng)
    result = one(clock, begin, jobs, length, rng.integers(378, 381, len(jobs)))
    return result.p_corrected if result else 1.0


def whole_stretch(clock: BlockClock, length: float, rng: np.random.Generator) -> int:
    """A place of the record without a hole in it."""
    while True:
        begin = begins(clock, length, rng)
        if not any(gap.from_us < begin + length * 1e6 and gap.until_us > begin for gap in clock.gaps):
            return begin


def campus(clocks: Sequence[BlockClock], args: argparse.Namespace) -> list[str]:
    """The section on rounds of many flows."""
    made = f"Made by `python bench/block_clock.py --only-campus --flows {args.flows} --rounds {args.rounds} --waits {args.waits}`."
    head = [*ROUND_HEAD[:3], made, "", *ROUND_HEAD[3:]]
    return [*head, *rounds(clocks, args.flows, args.rounds), *WAIT_HEAD, *waits(clocks, args.waits), "", ROUND_NOTES]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--powers", type=int, default=100)
    parser.add_argument("--flows", type=int, default=10_000, help="of a played round")
    parser.add_argument("--waits", type=int, default=200, help="trials for each time that a campus's miner is watched")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only-campus", action="store_true", help="make the section on a campus anew, leave the rest")
    parser.add_argument("--arrivals", type=Path, nargs=2)
    args = parser.parse_args()
    shared = Path(os.environ.get("MINEWARDEN_SHARED", HERE.parents[1] / "shared")) / "blocktimes"
    paths = args.arrivals or [shared / "btc-node-a.csv.gz", shared / "btc-node-b.csv.gz"]
    clocks = [read_arrivals(path, "BTC", kind="node") for path in paths]
    page = HERE / "BLOCK_CLOCK.md"
    if args.only_campus:
        before, _, after = page.read_text(encoding="utf-8").partition(notes()[0])
        made = [before.partition(ROUND_HEAD[1])[0].rstrip(), *campus(clocks, args), "", notes()[0]]
        page.write_text("\n".join(made) + after, encoding="utf-8")
        return
    rows, cost = harmless(clocks, args.trials)
    begun = time.process_time()
    power_rows = powers(clocks, args.powers)
    text = "\n".join(
        [*heading(clocks, args, cost), *rows, *power_heading(), *power_rows, *campus(clocks, args), "", *notes(), ""]
    )
    page.write_text(text, encoding="utf-8")
    print(text)
    print(f"power: {time.process_time() - begun:.1f} CPU s")


def heading(clocks: Sequence[BlockClock], args: argparse.Namespace, cost: float) -> list[str]:
    """What was measured, on what."""
    blocks = " and ".join(
        f"{len(clock.arrivals_us):,} ({clock.source}, {len(clock.gaps)} gaps left out)" for clock in clocks
    )
    return [
        "# The block-time test, measured",
        "",
        f"Made by `python bench/block_clock.py --trials {args.trials} --powers {args.powers}` on real Bitcoin arrivals: {blocks}. "
        f"Whole grid of 25 lags and widths, corrected for every test made. {1000 * cost:.1f} ms of processor time per trial "
        f"(simulation of the flow included), Python {platform.python_version()}, {platform.system()}.",
        "",
        "## Harmless processes: share of trials with a corrected p below",
        "",
        "Flows of 0.5, 2 and 8 h by turns, at random places of the record. Flows on whole seconds are the hard case: the arrivals were "
        "recorded in whole seconds too.",
        "",
        "| process | trials | 0.05 | 0.01 | 0.001 | smallest |",
        "|---|---|---|---|---|---|",
    ]


def power_heading() -> list[str]:
    """The second table's head."""
    return [
        "",
        "## Miners: share of trials with a corrected p below",
        "",
        "A pool's job at each real block after a log-normal delay (sigma 0.6) and every 30 s after the last job.",
        "",
        "| miner | watched | trials | 1e-4 | 1e-8 | median p | detection.md §6 (p < 1e-8) |",
        "|---|---|---|---|---|---|---|",
    ]


ROUND_HEAD = (
    "",
    "## A campus: 10,000 and 100,000 flows in one round",
    "",
    f"The product counts every flow of a round as a test. Harmless rounds of the 22 processes above, {ROUND_H:g} h each, all flows of a round "
    "against the same stretch of real arrivals: share of flows with a p (corrected for the flow's own 25 tests only) at or below; the "
    f"smallest; and how many are stated when all flows count (p <= {DEFAULT.most_p:g}), or would pass the test that may confirm "
    f"(p <= {EXACT_P:g}). Expected: the same from the exact null, per round, cells added up, which is an upper bound.",
    "",
    f"| harmless | {' | '.join(f'{limit:g}' for limit in LIMITS)} | smallest | stated | expected a round | passed | expected a round |",
    "|---|---|---|---|---|---|---|---|---|---|",
)
WAIT_HEAD = (
    "",
    "How long a miner is watched until 95 of 100 pass, jobs alone, a renewal every 30 s; Bitcoin on its real arrivals, the other chains on "
    "drawn ones; one chain tested. Left: stated at all. Right: the test that may confirm, for which a second reason is needed besides "
    "(docs/adr/0007-what-may-confirm.md).",
    "",
    f"| chain | lag | {' | '.join(f'stated, {flows:,} flows' for flows in ROUNDS)} | {' | '.join(f'confirms, {flows:,} flows' for flows in ROUNDS)} |",
    "|---|---|---|---|---|---|---|---|",
)
ROUND_NOTES = (
    "Ten times as many flows cost ln 10 = 2.3 nats, whatever the chain, and each further block brings 1 to 2.6 of them (detection.md §6): "
    "one to two blocks more. As many chains tested beside each other cost the same: eight chains 2.1 nats."
)


def notes() -> list[str]:
    """What the figures do not say."""
    return [
        "What this does not measure: harmless traffic that follows blocks (wallets, price feeds, explorers, nodes) is significant "
        "here by right, and is told apart by other evidence; a tunnel shared with other traffic lowers power as far as p0 grows; "
        "chains of a second or less cannot be tested.",
    ]


if __name__ == "__main__":
    main()
