"""Holds what detectors said against what people found: drift with exact intervals, and thresholds within bounds.

What is compared: the share of findings that came out true with the share that their stated probabilities promised; and
the number of findings among the (host, server) pairs of a day with the base rate that weights are set against.
Intervals are exact, of 95 %: Clopper and Pearson's for shares, Garwood's for counts. What is proposed is only from
which weight on a detector that ranks states anything; what may confirm (docs/adr/0007-what-may-confirm.md) no outcome
can change.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from minewarden.detect.fuse import stated
from minewarden.detect.labels import Label, Outcome, Reason
from minewarden.detect.weigh import DEFAULT, RANKING, Fusion, weigh
from minewarden.vocab.finding import Evidence, Grade, State
from minewarden.vocab.message import message

MISS = 0.05
"""What an interval may miss, both ends together."""
LEAST_LABELS = 20
"""Labels of one detector below which nothing is proposed, and no drift is said."""
LEAST_FALSE = 5
"""False alarms among them below which nothing is made stricter: a habit, not an accident."""
STEP, MOST_MOVE = 0.25, 1.0
"""Nats: the grid of what is tried, and how far one calibration may move."""
RELAXED_FALSE = 0.1
"""A detector is made more lenient where even the upper end of its share of false alarms lies below this."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SILENT = message("labels.silent")


@dataclass(frozen=True, slots=True)
class Interval:
    """An exact interval of 95 %."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies within."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Drift:
    """One detector or family against its labels. `promised`: mean of the stated probabilities, None where none was.

    verdict: few | as-said | worse | better.
    """

    name: str
    true: int
    false: int
    share: Interval
    promised: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Rate:
    """Findings of one detector among (host, server) pairs, each counted once a day. verdict: fewer | as-said | more."""

    name: str
    findings: int
    pairs: int
    rate: Interval
    base: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which weight on a detector states anything, with the bounds of the setting."""

    detector: str
    value: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another threshold and what it would have done to the labels. kind: stricter | lenient."""

    detector: str
    old: float
    new: float
    kind: str
    spared: int
    false: int
    true: int


def drifts(labels: Sequence[Label]) -> tuple[list[Drift], list[Drift]]:
    """By detector and by family, in the order of their names; doubts and reasons without weight do not count."""
    by_detector: dict[str, dict[str, Label]] = defaultdict(dict)
    by_family: dict[str, dict[str, Label]] = defaultdict(dict)
    for label in labels:
        for reason in label.reasons:
            if reason.weight > 0:
                by_detector[reason.detector][label.id] = label
                by_family[reason.family][label.id] = label
    return (
        [_drift(name, list(held.values())) for name, held in sorted(by_detector.items())],
        [_drift(name, list(held.values())) for name, held in sorted(by_family.items())],
    )


def rates(findings: Mapping[str, int], pairs: int, own: Fusion = DEFAULT) -> list[Rate]:
    """The rate of findings of each detector. `pairs`: (host, server) pairs, each once a day; ValueError for none."""
    if pairs < 1:
        raise ValueError("no pairs")
    return [_rate(name, count, pairs, own.base_rate) for name, count in sorted(findings.items())]


def proposals(labels: Sequence[Label], thresholds: Iterable[Threshold], own: Fusion = DEFAULT) -> Iterator[Proposal]:
    """What to change, at most one for each detector: stricter where that spares false alarms and no true finding is
    lost or said less strongly, more lenient where hardly anything was a false alarm."""
    for threshold in thresholds:
        spoke = [label for label in labels if any(_of(reason, threshold.detector) for reason in label.reasons)]
        if len(spoke) < LEAST_LABELS:
            continue
        true = [label for label in spoke if label.outcome is Outcome.TRUE]
        false = [label for label in spoke if label.outcome is Outcome.FALSE_ALARM]
        found = _stricter(threshold, true, false, own) or _lenient(threshold, true, false)
        if found is not None:
            yield found


def said_of(reasons: Iterable[Reason], own: Fusion = DEFAULT) -> tuple[bool, State]:
    """Whether such reasons are stated, and as what; by the rules of fusion, without a parsed protocol or a test."""
    items = [Evidence(r.detector, r.family, Grade.BEHAVED, r.weight, _SILENT, _EPOCH, _EPOCH) for r in reasons]
    return stated(items, own), weigh(items, own).state


def share(hits: int, count: int) -> Interval:
    """Clopper and Pearson's interval of a share."""
    low = 0.0 if hits == 0 else _solved(lambda p: 1 - _binomial(hits - 1, count, p), MISS / 2, 0.0, 1.0)
    high = 1.0 if hits == count else _solved(lambda p: 1 - _binomial(hits, count, p), 1 - MISS / 2, 0.0, 1.0)
    return Interval(low, high)


def count_interval(count: int) -> Interval:
    """Garwood's interval of a Poisson mean."""
    most = count + 10 * math.sqrt(count + 1) + 10
    low = 0.0 if count == 0 else _solved(lambda mean: 1 - _poisson(count - 1, mean), MISS / 2, 0.0, most)
    return Interval(low, _solved(lambda mean: 1 - _poisson(count, mean), 1 - MISS / 2, 0.0, most))


def _drift(name: str, labels: Sequence[Label]) -> Drift:
    true = sum(label.outcome is Outcome.TRUE for label in labels)
    interval = share(true, len(labels))
    stated = [label.probability for label in labels if label.probability is not None]
    promised = math.fsum(stated) / len(stated) if len(stated) == len(labels) else None
    if len(labels) < LEAST_LABELS or promised is None:
        verdict = "few"
    elif interval.holds(promised):
        verdict = "as-said"
    else:
        verdict = "worse" if promised > interval.high else "better"
    return Drift(name, true, len(labels) - true, interval, promised, verdict)


def _rate(name: str, count: int, pairs: int, base: float) -> Rate:
    ends = count_interval(count)
    interval = Interval(ends.low / pairs, ends.high / pairs)
    verdict = "more" if interval.low > base else "fewer" if interval.high < base else "as-said"
    return Rate(name, count, pairs, interval, base, verdict)


def _of(reason: Reason, detector: str) -> bool:
    return reason.detector == detector and reason.weight > 0 and reason.family in RANKING


def _weaker(label: Label, threshold: Threshold, new: float, own: Fusion) -> bool:
    """Whether the label's finding would not be stated, or less strongly, if this detector stated less."""
    kept = [reason for reason in label.reasons if not _of(reason, threshold.detector) or reason.weight >= new]
    (before, was), (after, becomes) = said_of(label.reasons, own), said_of(kept, own)
    return (before and not after) or becomes.rank < was.rank


def _stricter(threshold: Threshold, true: Sequence[Label], false: Sequence[Label], own: Fusion) -> Proposal | None:
    """The least threshold that spares the most false alarms."""
    best: Proposal | None = None
    if len(false) < LEAST_FALSE:
        return None
    for new in _grid(threshold, own.least_stated):
        if any(_weaker(label, threshold, new, own) for label in true):
            break
        spared = sum(_weaker(label, threshold, new, own) for label in false)
        if spared > (best.spared if best else 0):
            best = Proposal(threshold.detector, threshold.value, new, "stricter", spared, len(false), len(true))
    return best


def _lenient(threshold: Threshold, true: Sequence[Label], false: Sequence[Label]) -> Proposal | None:
    """One step down; what it would add no label can tell."""
    new = round(threshold.value - STEP, 6)
    if share(len(false), len(false) + len(true)).high > RELAXED_FALSE or new < threshold.least:
        return None
    return Proposal(threshold.detector, threshold.value, new, "lenient", 0, len(false), len(true))


def _grid(threshold: Threshold, least_stated: float) -> Iterator[float]:
    """Stricter thresholds. Alone, a detector that ranks is stated from `least_stated` on, so that its own threshold
    bites above that only: the move is counted from there."""
    most = min(threshold.most, max(threshold.value, least_stated) + MOST_MOVE)
    for step in range(1, math.ceil((most - threshold.value) / STEP) + 1):
        if (value := round(threshold.value + step * STEP, 6)) <= most:
            yield value


def _binomial(hits: int, count: int, p: float) -> float:
    """The chance of at most so many hits."""
    if p <= 0 or hits >= count:
        return 1.0
    if p >= 1:
        return 0.0
    few = np.arange(hits + 1)
    logs = _factorials(count)
    odds = logs[count] - logs[few] - logs[count - few] + few * math.log(p) + (count - few) * math.log1p(-p)
    return min(1.0, math.fsum(np.exp(odds)))


def _poisson(count: int, mean: float) -> float:
    """The chance of at most so many."""
    if mean <= 0:
        return 1.0
    few = np.arange(count + 1)
    return min(1.0, math.fsum(np.exp(few * math.log(mean) - mean - _factorials(count)[few])))


@lru_cache(maxsize=4)
def _factorials(most: int) -> NDArray[np.float64]:
    """Logarithms of 0! to most!."""
    return np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, most + 1)))))


def _solved(rising: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where a function that rises reaches a value, by halving."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2
