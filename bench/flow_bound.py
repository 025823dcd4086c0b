"""What one flow record of a connection can hold at best: how many miners any judge of it could find at 0.05 % false
alarms; writes that section of bench/FLOW_ONLY.md.

    python -m bench.flow_bound [--each 1200] [--hours 4]

The likelihood ratio is the best judge there is (Neyman and Pearson). It is estimated here without any model, by counting
in boxes: the space of a record's numbers is halved again and again at medians, along directions drawn at random, until
so many records are left in a box, thirty times over. Counted on the very records that are judged it says too much; counted
on other programs' records, too little. What a record holds lies between, and the two meet as records grow in number.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.flow_world import HARMLESS, HOUR, MINING, Events, harmless, mining

HERE = Path(__file__).resolve().parent
PAGE = HERE / "FLOW_ONLY.md"
HEADING = "## What one record can hold at best"
FALSE_ALARMS, TREES = 0.0005, 30
LEAVES = (1600, 800, 400, 200, 100, 50, 25)
FIRST_FIT, FIRST_TEST = 100_000, 200_000
"""Numbers of programs that nothing else uses: neither the fit nor the test of bench/flow_only.py."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Records:
    """One record of each connection: numbers of shape (connections, 4), whether it mines, its kind."""

    numbers: Floats
    mines: NDArray[np.bool_]
    kind: NDArray[np.str_]


def drawn(first: int, each: int, hours: float) -> Records:
    """`each` programs of every harmless kind, and a third as many miners, watched whole for `hours`: one record each."""
    numbers, mines, kinds = [], [], []
    miners = max(40, each * len(HARMLESS) // (3 * len(MINING)))
    plan = [(False, kind, each) for kind in sorted(HARMLESS)] + [(True, kind, miners) for kind in MINING]
    for is_miner, kind, count in plan:
        make = mining if is_miner else harmless
        for program in range(first, first + count):
            events, _ = make(kind, program, program, hours * HOUR)
            if (told := record(events)) is not None:
                numbers.append(told)
                mines.append(is_miner)
                kinds.append(kind)
    return Records(np.array(numbers), np.array(mines), np.array(kinds))


def record(events: Events) -> Floats | None:
    """All that a record tells, as four numbers from which packets and payload bytes of both sides can be had again;
    duration, begin, end and port are the same for all. None where too little was sent to judge."""
    up, up_bytes, down, down_bytes = events[:, 1:].sum(0)
    if min(up, down) < 8:
        return None
    told: Floats = np.log([down, (down_bytes + 1) / down, up / down, (up_bytes + 1) / up])
    return told


def even(values: Floats, by: Floats) -> Floats:
    """Each number as the share of miners that have less: all the room goes to where miners are. What lies beyond all of
    them stays beyond."""
    out = np.empty_like(values)
    for column in range(values.shape[1]):
        known = np.sort(by[:, column])
        out[:, column] = np.interp(values[:, column], known, np.linspace(0, 1, len(known)))
        low, high = values[:, column] < known[0], values[:, column] > known[-1]
        out[low, column], out[high, column] = -1.0, 2.0
    return out


def boxes(numbers: Floats, weight: Floats, leaf: int, rng: np.random.Generator) -> "Boxes":
    """Halve at weighted medians along random directions until a box weighs `leaf` or less."""
    directions: list[Floats] = []
    cuts: list[float] = []
    children: list[list[int]] = []
    homes: list[bool] = []
    waiting = [(np.arange(len(numbers)), -1, 0)]
    while waiting:
        inside, parent, side = waiting.pop()
        own = len(directions)
        if parent >= 0:
            children[parent][side] = own
        direction: Floats
        if rng.random() < 0.5:
            direction = rng.normal(size=(numbers.shape[1],))
        else:
            direction = np.eye(numbers.shape[1])[int(rng.integers(numbers.shape[1]))]
        along = numbers[inside] @ direction
        order = np.argsort(along, kind="stable")
        total = np.cumsum(weight[inside][order])
        cut = float(along[order[min(int(np.searchsorted(total, total[-1] / 2)), len(order) - 1)]])
        lower = along <= cut
        split = total[-1] > leaf and lower.any() and not lower.all()
        directions.append(direction)
        cuts.append(cut)
        children.append([-1, -1])
        homes.append(not split)
        if split:
            waiting += [(inside[lower], own, 0), (inside[~lower], own, 1)]
    return Boxes(np.array(directions), np.array(cuts), np.array(children), np.array(homes))


@dataclass(frozen=True, slots=True)
class Boxes:
    """A tree of cuts: directions (nodes, 4), where along them, the two nodes below (-1: none), and which are boxes."""

    directions: Floats
    cuts: Floats
    children: NDArray[np.int64]
    homes: NDArray[np.bool_]

    def of(self, numbers: Floats) -> NDArray[np.int64]:
        """The box of each record."""
        at = np.zeros(len(numbers), np.int64)
        while not self.homes[at].all():
            going = np.flatnonzero(~self.homes[at])
            node = at[going]
            along = np.einsum("ij,ij->i", numbers[going], self.directions[node])
            at[going] = self.children[node, (along > self.cuts[node]).astype(np.int64)]
        return at


def ratios(fit: Records, test: Records, leaf: int) -> tuple[Floats, Floats]:
    """The likelihood ratio of each record of `test`: counted on `fit`, and counted on `test` itself."""
    rng = np.random.default_rng(leaf)
    by = fit.numbers[fit.mines]
    known, asked = even(fit.numbers, by), even(test.numbers, by)
    sides = [(known, fit.mines, np.zeros((2, len(asked)))), (asked, test.mines, np.zeros((2, len(asked))))]
    for _ in range(TREES):
        for numbers, mines, sums in sides:
            # Both sorts weigh alike, so that boxes are small where either is.
            weight = np.where(mines, (~mines).sum() / mines.sum(), 1.0)
            cut = boxes(numbers, weight, leaf, rng)
            home, place = cut.of(numbers), cut.of(asked)
            for row, which in enumerate((mines, ~mines)):
                counts = np.bincount(home[which], minlength=len(cut.homes)) / which.sum()
                sums[row] += counts[place]
    first, second = (sums[0] / np.maximum(sums[1], 1e-12) for _, _, sums in sides)
    return first, second


def found(ratio: Floats, mines: NDArray[np.bool_]) -> float:
    """The share of miners above the limit that lets the allowed share of harmless ones through, the limit chosen on the
    very records: no better one exists."""
    harmless_ones = np.sort(ratio[~mines])[::-1]
    limit = harmless_ones[int(FALSE_ALARMS * len(harmless_ones))]
    return float((ratio[mines] > limit).mean())


def alike(ratio: Floats, test: Records) -> str:
    """Which harmless kinds stand above the limit at which half of the miners would be found, most first."""
    limit = np.median(ratio[test.mines])
    kinds, counts = np.unique(test.kind[~test.mines & (ratio >= limit)], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    share = counts.sum() / (~test.mines).sum()
    names = ", ".join(str(kinds[at]) for at in order[:8])
    return (
        f"{100 * share:.1f} % of the harmless connections, of {len(kinds)} of the {len(HARMLESS)} kinds (most: {names})"
    )


def section(each: int, hours: float) -> Iterator[str]:
    """The lines of the section."""
    fit, test = drawn(FIRST_FIT, each, hours), drawn(FIRST_TEST, each, hours)
    yield HEADING
    yield ""
    yield INTRODUCTION.format(each=each, hours=hours, harmless=int((~test.mines).sum()), miners=int(test.mines.sum()))
    yield "| records in a box | boxes counted on other programs: too little | counted on the judged records themselves: too much |"
    yield "|---|---|---|"
    best = (0.0, "")
    for leaf in LEAVES:
        honest, own = ratios(fit, test, leaf)
        low = found(honest, test.mines)
        best = max(best, (low, alike(honest, test)))
        yield f"| {leaf:,} | {low:.1%} | {found(own, test.mines):.1%} |"
    yield ""
    yield f"To find half of the miners by one record would state {best[1]}."
    yield ""
    yield AFTERWARDS.format(best=best[0])


INTRODUCTION = """\
Made by `python -m bench.flow_bound --each {each} --hours {hours:g}`: {harmless:,} harmless connections and {miners:,} miners
of other programs than any table above, one record of {hours:g} h each. A record tells packets and payload bytes of both sides
(here without the error of a guessed header), its begin, end and port. The last three are the same for all here: an invented port
or hour of the day would measure the inventor. The best judge of four numbers is their likelihood ratio, estimated by counting
in boxes (the program says how), with the limit chosen on the judged records themselves; recall at 0.05 % false alarms:
"""


AFTERWARDS = """\
So no judge of one record a connection comes near 98.9 % of these miners among these harmless programs, and the product says so
where such records come in. Boxes of other programs find {best:.1%} at best."""


def put(text: str, heading: str, made: str) -> str:
    """A page with the section of that heading made anew, at its place or at the end."""
    before, found, after = text.partition(heading)
    _, more, rest = after.partition("\n## ")
    following = f"\n\n## {rest.rstrip()}" if found and more else ""
    return f"{before.rstrip()}\n\n{made.rstrip()}{following}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=1200)
    parser.add_argument("--hours", type=float, default=4.0)
    args = parser.parse_args()
    made = "\n".join(section(args.each, args.hours))
    PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), HEADING, made), encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
