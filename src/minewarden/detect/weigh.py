"""Weighs evidence: how much each family counts, what the families add up to, and which state that allows.

Weights are log-likelihood ratios in nats. They are added per family, each family capped: ten list hits are one reason
ten times, not ten reasons. Which family may do what, and why, is argued in docs/adr/0007-what-may-confirm.md.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from minewarden.vocab.finding import Evidence, Grade, State

BASE_RATE = 1e-4
"""Of mining among the (host, server) pairs of a campus (detection.md, §7: 0-50 miners a day, 1e5-1e6 long flows)."""
PRIOR = math.log(BASE_RATE / (1 - BASE_RATE))
"""-9.2 nats: what a family's cap has to exceed for it to make a finding probable alone."""


@dataclass(frozen=True, slots=True)
class Family:
    """Reasons that are not independent of each other: at most `cap` nats together.

    ranks: they see neither content nor a name, so that alone they have to weigh something to be stated at all, and what
    speaks for a harmless server lowers them.
    """

    cap: float
    ranks: bool = False


FAMILIES: Mapping[str, Family] = {
    # The grammar of a mining protocol does not occur by chance; the cap only keeps numbers sane.
    "protocol": Family(40.0),
    # A reviewed endpoint that the connection names is just probable alone; lists age, so it is not much more.
    "intel-flow": Family(11.0),
    # Whatever was looked up, nothing need have been reached.
    "intel-dns": Family(5.0),
    # Another's rule, which is not ours to check: two of its alerts are just probable.
    "sensor": Family(10.0),
    # Below the base rate each: on three real encrypted miners (Jan 2026) and all harmless captures they separate well,
    # which is too small a sample for one of them to accuse somebody.
    "shape": Family(6.0, ranks=True),
    "behaviour": Family(6.0, ranks=True),
    # Counts and times of flow records: shape and behaviour seen from farther away. Published false-alarm rates of
    # 5e-4 at 98.9 % recall (XMR-Ray) are 7.6 nats; below the base rate, and never beside what sees the same closer up.
    "flow": Family(8.0, ranks=True),
    # One corrected p of 1e-8 is 18 nats against chance; what is left is a harmless follower of blocks (`LONE_CLOCK`).
    "block-clock": Family(15.0, ranks=True),
    # Carries a confirmed member's evidence to its cluster: just probable, by a test with safeguards, not an exact one.
    "same-clock": Family(10.0, ranks=True),
    # Inside hosts that keep to one inside port, which keeps to one server outside.
    "proxy": Family(6.0, ranks=True),
    # That server outside has evidence of its own, by a list or the protocol: below the base rate, for it is another's.
    "upstream": Family(7.5),
}
OTHER = Family(6.0)
"""A family of a plugin that is not known here."""

DOUBTS = frozenset({"visitors", "confounder"})
"""What speaks for a harmless server, with weights below zero: its visitors (`visitors`), or what this very connection
shows (`confounder`). It lowers the families that rank, never what was parsed, listed or alerted."""
MOST_DOUBT = 6.0

EXACT_FAMILY = "block-clock"
EXACT_P = 1e-8
"""About four chance confirmations a year at a million flows tested a day (detection.md, §0); and a second reason is
asked for beside it."""
LONE_CLOCK = 6.0
"""What following blocks counts without a second reason that points to mining: wallets and price feeds follow them too.
Their share of harmless connections is taken as 1 in 400 (e^-6) until it has been measured."""
LONE_CLOCK_P = 1e-6
"""The weakest test that is stated alone: one in ten days of chance at 1e5 long flows a day."""

COMPANIONS: Mapping[str, float] = {"intel-flow": 5.0, "shape": 5.5, "behaviour": 4.0}
"""From which weight on a second reason tells mining from a harmless follower of blocks. intel-flow: a listed port of an
address, or more. shape: a login's length beside a hello without a name and jobs of one size; what a wallet lacks.
behaviour: the timer that blocks reset, or shares handed in; subscribers to blocks alone have neither."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """families: nats that count, by family, in the order of strength. doubt: nats taken away from those that rank (at
    most what they have). ground: what the state rests on (protocol | exact | sum | look-up | weak)."""

    families: Mapping[str, float]
    doubt: float
    log_odds: float
    state: State
    ground: str

    @property
    def probability(self) -> float:
        """Of mining, were the weights true. They are set by hand: it is a scale to compare by, kept within 0.999."""
        return min(0.999, 1 / (1 + math.exp(-self.log_odds)))


def weigh(evidence: Iterable[Evidence]) -> Weighed:
    """Weigh the evidence of one finding. The order does not matter."""
    items = tuple(evidence)
    sums = _sums(items)
    doubted = any(item.family in DOUBTS for item in items)
    companion = any(sums.get(family, 0.0) >= least for family, least in COMPANIONS.items())
    families = {family: min(nats, family_of(family).cap) for family, nats in sums.items() if family not in DOUBTS}
    if EXACT_FAMILY in families and (doubted or not companion):
        families[EXACT_FAMILY] = min(families[EXACT_FAMILY], LONE_CLOCK)
    if "flow" in families:
        closer = math.fsum(families.get(family, 0.0) for family in ("shape", "behaviour"))
        families["flow"] = max(0.0, families["flow"] - closer)
    ranking = math.fsum(nats for family, nats in families.items() if family_of(family).ranks)
    taken = min(max(0.0, ranking), MOST_DOUBT, -math.fsum(sums.get(family, 0.0) for family in DOUBTS))
    log_odds = PRIOR + math.fsum(families.values()) - taken
    state, ground = _state(items, log_odds, exact=companion and not doubted)
    strongest = dict(sorted(families.items(), key=lambda pair: (-pair[1], pair[0])))
    return Weighed(strongest, taken, log_odds, state, ground)


def log_odds(evidence: Iterable[Evidence]) -> float:
    """Prior plus what the families add up to, in nats."""
    return weigh(evidence).log_odds


def state_of(evidence: Iterable[Evidence]) -> State:
    """The state that the evidence allows."""
    return weigh(evidence).state


def family_of(name: str) -> Family:
    """What is settled about a family."""
    return FAMILIES.get(name, OTHER)


def _state(items: tuple[Evidence, ...], odds: float, *, exact: bool) -> tuple[State, str]:
    if any(item.family == "protocol" and item.grade >= Grade.HANDSHAKE for item in items):
        return State.CONFIRMED, "protocol"
    if exact and any(passes(item, EXACT_P) for item in items):
        return State.CONFIRMED, "exact"
    if all(item.grade is Grade.LOOKED_UP for item in items if item.family not in DOUBTS):
        return State.SUSPECTED, "look-up"
    return (State.PROBABLE, "sum") if odds > 0 else (State.SUSPECTED, "weak")


def passes(item: Evidence, p_value: float) -> bool:
    """Whether it is an exact test's, passed at `p_value`. Only the family whose null is exact may claim one."""
    return item.family == EXACT_FAMILY and item.p_value is not None and 0 <= item.p_value <= p_value


def _sums(items: Iterable[Evidence]) -> dict[str, float]:
    weights: dict[str, list[float]] = defaultdict(list)
    for item in items:
        # A doubt never speaks for mining, whatever its weight says.
        weights[item.family].append(min(0.0, item.weight) if item.family in DOUBTS else item.weight)
    return {family: math.fsum(each) for family, each in sorted(weights.items())}
