"""Weighs evidence: how much each family counts, what the families add up to, and which state that allows.

Weights are log-likelihood ratios in nats. They are added per family, each family capped: ten list hits are one reason
ten times, not ten reasons. Which family may do what, and why, is argued in docs/adr/0007-what-may-confirm.md.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from minewarden.config.settings import setting
from minewarden.vocab.finding import Evidence, Grade, State


@dataclass(frozen=True, slots=True)
class Fusion:
    """How reasons are added up: `[detect.fusion]`. `cap_...`: at most so many nats for all reasons of a family.

    The bounds keep what docs/adr/0007-what-may-confirm.md settles, whatever is given: a family that ranks is never
    probable alone (8 nats at most, against 8.5 of the highest base rate), and none of these numbers has a part in what
    confirms, which is a parsed protocol, or an exact test beside a second reason.
    """

    AS_OF: ClassVar[date] = date(2026, 11, 29)

    # Of mining among the (host, server) pairs of a campus (detection.md, §7: 0-50 miners a day, 1e5-1e6 long flows).
    base_rate: float = setting(1e-4, 1e-6, 2e-4)
    # Families that only rank, and add up to less, are no finding at all: harmless programs get so far.
    least_stated: float = setting(5.0, 4.5, 9)
    # A reviewed endpoint that the connection names is just probable alone; lists age, so it is not much more.
    cap_intel_flow: float = setting(11.0, 5, 14)
    # Whatever was looked up, nothing need have been reached.
    cap_intel_dns: float = setting(5.0, 0, 8)
    # A pool that was parsed sent its miner there: just probable alone, for what was said then is not seen.
    cap_handover: float = setting(11.0, 5, 14)
    # Another's rule, which is not ours to check: two of its alerts are just probable.
    cap_sensor: float = setting(10.0, 0, 14)
    # Below the base rate each: on three real encrypted miners (Jan 2026) and all harmless captures they separate well,
    # which is too small a sample for one of them to accuse somebody.
    cap_shape: float = setting(6.0, 0, 8)
    cap_behaviour: float = setting(6.0, 0, 8)
    # Counts and times of flow records: shape and behaviour seen from farther away. Published false-alarm rates of
    # 5e-4 at 98.9 % recall (XMR-Ray) are 7.6 nats; below the base rate, and never beside what sees the same closer up.
    cap_flow: float = setting(8.0, 0, 8)
    # One corrected p of 1e-8 is 18 nats against chance; what is left is a harmless follower of blocks (`lone_clock`).
    cap_block_clock: float = setting(15.0, 0, 15)
    # Carries a confirmed member's evidence to its cluster: just probable, by a test with safeguards, not an exact one.
    cap_same_clock: float = setting(10.0, 0, 10)
    # Inside hosts that keep to one inside port, which keeps to one server outside.
    cap_proxy: float = setting(6.0, 0, 8)
    # That server outside has evidence of its own, by a list or the protocol: below the base rate, for it is another's.
    cap_upstream: float = setting(7.5, 0, 8)
    # A family of a plugin that is not known here.
    cap_other: float = setting(6.0, 0, 8)
    # What speaks for a harmless server takes at most so much from those that rank.
    most_doubt: float = setting(6.0, 0, 8)
    # What following blocks counts without a second reason that points to mining: wallets and price feeds follow them
    # too. Their share of harmless connections is taken as 1 in 400 (e^-6) until it has been measured.
    lone_clock: float = setting(6.0, 0, 8)
    # The weakest test that is stated alone: one in ten days of chance at 1e5 long flows a day.
    lone_clock_p: float = setting(1e-6, 1e-15, 1e-5)

    @property
    def prior(self) -> float:
        """The base rate in nats: what a family's cap has to exceed for it to make a finding probable alone."""
        return math.log(self.base_rate / (1 - self.base_rate))

    def cap(self, family: str) -> float:
        """At most so many nats for all reasons of a family."""
        if family == "protocol":
            return SPOKEN
        return float(getattr(self, f"cap_{family.replace('-', '_')}" if family in FAMILIES else "cap_other"))


SPOKEN = 40.0
"""The grammar of a mining protocol does not occur by chance; the cap only keeps numbers sane."""
FAMILIES = (
    *("protocol", "intel-flow", "intel-dns", "handover", "sensor"),
    *("shape", "behaviour", "flow", "block-clock", "same-clock", "proxy", "upstream"),
)
"""Reasons of one family are not independent of each other. Those of a plugin may have others."""
RANKING = frozenset({"shape", "behaviour", "flow", "block-clock", "same-clock", "proxy"})
"""Families that see neither content nor a name, so that alone they have to weigh something to be stated at all, and
what speaks for a harmless server lowers them."""
DEFAULT = Fusion()
PRIOR = DEFAULT.prior
"""-9.2 nats."""

DOUBTS = frozenset({"visitors", "confounder", "follower"})
"""What speaks for a harmless server, with weights below zero: its visitors (`visitors`), or what this very connection
shows (`confounder`). It lowers the families that rank, never what was parsed, listed or alerted. Where a follower of
blocks cannot be told from a miner yet (`follower`), it lowers only what such a follower shows as well (`ECHOES`)."""

ECHOES = frozenset({"shape", "behaviour", "flow", "same-clock"})
"""Who is told of blocks over TLS has messages of one size and a pace by that alone."""

EXACT_FAMILY = "block-clock"
EXACT_P = 1e-8
"""About four chance confirmations a year at a million flows tested a day (detection.md, §0); and a second reason is
asked for beside it."""

COMPANIONS: Mapping[str, float] = {"intel-flow": 5.0, "shape": 5.5, "behaviour": 4.0}
"""From which weight on a second reason tells mining from a harmless follower of blocks. intel-flow: a listed port of an
address, or more. shape: a login's length beside a hello without a name and jobs of one size; what a wallet lacks.
behaviour: the timer that blocks reset, or shares handed in; subscribers to blocks alone have neither."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """families: nats that count, by family, in the order of strength. doubt: nats taken away from those that rank (at
    most what they have). ground: what the state rests on (protocol | exact | sum | look-up | weak). base_rate: what the
    reasons were weighed against."""

    families: Mapping[str, float]
    doubt: float
    log_odds: float
    state: State
    ground: str
    base_rate: float

    @property
    def probability(self) -> float:
        """Of mining, were the weights true. They are set by hand: it is a scale to compare by, kept within 0.999."""
        return min(0.999, 1 / (1 + math.exp(-self.log_odds)))


def weigh(evidence: Iterable[Evidence], own: Fusion = DEFAULT) -> Weighed:
    """Weigh the evidence of one finding. The order does not matter."""
    items = tuple(evidence)
    sums = _sums(items)
    doubted = any(item.family in DOUBTS for item in items)
    companion = any(sums.get(family, 0.0) >= least for family, least in COMPANIONS.items())
    families = {family: min(nats, own.cap(family)) for family, nats in sums.items() if family not in DOUBTS}
    if EXACT_FAMILY in families and (doubted or not companion):
        families[EXACT_FAMILY] = min(families[EXACT_FAMILY], own.lone_clock)
    if "flow" in families:
        closer = math.fsum(families.get(family, 0.0) for family in ("shape", "behaviour"))
        families["flow"] = max(0.0, families["flow"] - closer)
    if EXACT_FAMILY in families and "same-clock" in families:
        # Two that follow one chain keep one clock: whichever says more of it counts, not both.
        families["same-clock"] = max(0.0, families["same-clock"] - max(0.0, families[EXACT_FAMILY]))
    ranking = math.fsum(nats for family, nats in families.items() if family in RANKING)
    echoes = math.fsum(nats for family, nats in families.items() if family in ECHOES)
    of_all = -math.fsum(sums.get(family, 0.0) for family in DOUBTS - {"follower"})
    of_echoes = min(max(0.0, echoes), -sums.get("follower", 0.0))
    taken = min(max(0.0, ranking), own.most_doubt, of_all + of_echoes)
    log_odds = own.prior + math.fsum(families.values()) - taken
    state, ground = _state(items, log_odds, exact=companion and not doubted)
    strongest = dict(sorted(families.items(), key=lambda pair: (-pair[1], pair[0])))
    return Weighed(strongest, taken, log_odds, state, ground, own.base_rate)


def log_odds(evidence: Iterable[Evidence]) -> float:
    """Prior plus what the families add up to, in nats."""
    return weigh(evidence).log_odds


def state_of(evidence: Iterable[Evidence]) -> State:
    """The state that the evidence allows."""
    return weigh(evidence).state


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
