"""Weighs a connection's numbers by fitted trees of decisions, each of which adds a little to a log-likelihood ratio.

The trees (`weights.json`) are a dated setting, made by bench/flow_only.py from invented programs; what is outside of
anything that a miner of theirs showed weighs nothing at all. They rank: what a finding says is what was counted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minewarden.detect.flow.shape import Grain

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAF = -1


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Nodes by number, the root first. `feature`: the place of a number among the fit's names, `LEAF` at an end; a
    number at or below `threshold` goes `left`. `nats`: what a leaf adds."""

    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    nats: Floats
    depth: int

    def of(self, columns: Floats) -> Floats:
        """What the tree adds to each row of shape (connections, names)."""
        at = np.zeros(len(columns), np.int64)
        rows = np.arange(len(columns))
        for _ in range(self.depth):
            feature = self.feature[at]
            lower = columns[rows, np.maximum(feature, 0)] <= self.threshold[at]
            at = np.where(feature == LEAF, at, np.where(lower, self.left[at], self.right[at]))
        found: Floats = self.nats[at]
        return found


@dataclass(frozen=True, slots=True)
class Fit:
    """All trees of one grain. bounds: the range of each number among miners. margin: nats taken off at the end, so that
    what is left at `STATED` met the false-alarm rate asked for in the fit."""

    names: tuple[str, ...]
    trees: tuple[Tree, ...]
    bounds: Mapping[str, tuple[float, float]]
    start: float
    margin: float

    def nats(self, numbers: Mapping[str, Floats]) -> Floats:
        """The weight of each connection; -inf where a number lies outside of what miners show."""
        columns = np.column_stack([numbers[name] for name in self.names])
        total: Floats = np.full(len(columns), self.start - self.margin)
        for tree in self.trees:
            total += tree.of(columns)
        for name, (low, high) in self.bounds.items():
            total = np.where((numbers[name] >= low) & (numbers[name] <= high), total, -np.inf)
        return total


@cache
def fitted() -> Mapping[Grain, Fit]:
    """The fits by grain."""
    told = json.loads((files("minewarden.detect.flow") / "weights.json").read_text(encoding="utf-8"))
    return {Grain(name): read(one) for name, one in told["grains"].items()}


def read(told: Mapping[str, Any]) -> Fit:
    """One fit from its JSON form."""
    trees = tuple(_tree(one) for one in told["trees"])
    bounds = {name: (float(low), float(high)) for name, (low, high) in told["bounds"].items()}
    return Fit(tuple(told["names"]), trees, bounds, float(told["start"]), float(told["margin"]))


def _tree(one: Mapping[str, Any]) -> Tree:
    feature, left, right = (np.array(one[name], np.int64) for name in ("feature", "left", "right"))
    depth, level = 0, [0]
    while level:
        level = [child for node in level if feature[node] != LEAF for child in (int(left[node]), int(right[node]))]
        depth += bool(level)
        if depth > len(feature):
            raise ValueError("the tree's nodes go in a circle")
    return Tree(feature, np.array(one["threshold"], float), left, right, np.array(one["nats"], float), depth)
