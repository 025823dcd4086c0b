"""Measures the search for flows of one clock: what it finds among harmless flows, and how its cost grows; writes
bench/SAME_CLOCK.md.

    python bench/same_clock.py [--most 16000] [--rounds 20]
"""

import argparse
import platform
import resource
import time
from pathlib import Path

import numpy as np

from bench.block_clock import HOUR, PROCESSES, job_times
from minewarden.detect.clock.messages import PushFlow, push_flow
from minewarden.detect.clock.same_clock import SameClocks, same_clocks

HERE = Path(__file__).resolve().parent
LENGTH = 2 * HOUR
BEGIN_US = 1_795_000_000_000_000
CLUSTERS = {"BTC": (600.0, 4), "LTC": (150.0, 3), "XMR": (120.0, 8), "RVN": (60.0, 2)}
Named = list[tuple[str, PushFlow]]


def flow(seconds: np.ndarray, size: int) -> PushFlow:
    """Messages of one size within the time watched."""
    seconds = np.sort(seconds[(seconds >= 0) & (seconds < LENGTH)])
    return push_flow(BEGIN_US + (seconds * 1e6).astype(np.int64), np.full(len(seconds), size))


def miners(rng: np.random.Generator) -> Named:
    """Several flows of each of four chains: one pool per chain, whose jobs come 0.6 s after the block (sigma 0.6)."""
    out = []
    for coin, (interval, count) in CLUSTERS.items():
        blocks = np.sort(rng.random(rng.poisson(LENGTH / interval))) * LENGTH
        for number in range(count):
            late = blocks + rng.lognormal(np.log(0.6), 0.6, len(blocks))
            out.append((f"{coin}-{number}", flow(job_times(late, LENGTH, 30, rng), 380)))
    return out


def crowd(rng: np.random.Generator, count: int) -> Named:
    """Harmless flows of all kinds, all with messages of the miners' size: the hardest case for the index."""
    kinds = list(PROCESSES.items())
    picked = [kinds[number % len(kinds)] for number in range(count)]
    return [(f"{number}: {name}", flow(made(rng, LENGTH), 380)) for number, (name, made) in enumerate(picked)]


def judged(found: SameClocks) -> tuple[int, int]:
    """Miners found in a cluster of their own chain alone, and clusters that hold anything else."""
    right = wrong = 0
    for cluster in found.clusters:
        chains = {name.split("-")[0] for name in cluster.members}
        if len(chains) == 1 and chains <= CLUSTERS.keys():
            right += len(cluster.members)
        else:
            wrong += 1
    return right, wrong


def growth(most: int) -> list[str]:
    """One row per number of flows."""
    rows = []
    count = 1000
    while count <= most:
        rng = np.random.default_rng(count)
        flows = [*crowd(rng, count), *miners(rng)]
        begun = time.process_time()
        found = same_clocks(flows)
        cost = time.process_time() - begun
        right, wrong = judged(found)
        total = sum(number for _, number in CLUSTERS.values())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append(
            f"| {len(flows):,} | {found.flows:,} | {found.pairs:,} | {found.compared} | {right} of {total} | {wrong} | {cost:.1f} | "
            f"{1e3 * cost / len(flows):.2f} | {peak:.0f} |"
        )
        count *= 4
    return rows


def quiet(rounds: int) -> str:
    """Campuses without a miner."""
    flows = pairs = clusters = 0
    for number in range(rounds):
        found = same_clocks(crowd(np.random.default_rng(1000 + number), 440), alpha=0.05)
        flows, pairs, clusters = flows + found.flows, pairs + found.pairs, clusters + len(found.clusters)
    return (
        f"Without miners: {rounds} campuses of 440 harmless flows, {flows:,} comparable ones, {pairs:,} pairs: {clusters} clusters at a "
        f"corrected p < 0.05 (the working limit is 1e-4)."
    )


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=16_000)
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_args()
    text = "\n".join(
        [
            "# Flows of one clock, measured",
            "",
            f"Made by `python bench/same_clock.py --most {args.most} --rounds {args.rounds}`, Python {platform.python_version()}, "
            f"{platform.system()}. Two hours of invented flows: 22 kinds of harmless ones (those of bench/block_clock.py) and "
            + ", ".join(f"{number} miners of {coin}" for coin, (_, number) in CLUSTERS.items())
            + ". All messages have one size, so that nothing but time tells flows apart.",
            "",
            "| flows | comparable | pairs paid for | tested fully | miners in their chain's cluster | wrong clusters | CPU s | ms a flow | "
            "peak MiB (flows included) |",
            "|---|---|---|---|---|---|---|---|---|",
            *growth(args.most),
            "",
            quiet(args.rounds),
            "",
            "Not shown: harmless flows that really follow one signal (a message push, a price feed) make clusters by right; a cluster says "
            "nothing of mining until a member is confirmed otherwise.",
            "",
        ]
    )
    (HERE / "SAME_CLOCK.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
