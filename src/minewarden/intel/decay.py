"""How much an indicator is still worth: it halves every so many days, and sources that copy each other count once.

Half-lives and family weights are those of the project's field notes on intelligence (§4.1, §4.2); the weights are a
starting guess, to be fitted on live results.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from minewarden.vocab.indicator import Indicator, Kind, Role

CATALOGUE_FAMILY = "catalogue"
REVIEW_FAMILY = "city-review"
"""What a unit reported with evidence and two people of the city accepted: reviewed like the catalogue."""
UNDATED_FRESHNESS = 0.5
"""What an indicator without a day of review is worth: nobody can say how old it is."""

_REVIEWED_NAME = timedelta(days=365)
_LISTED_NAME = timedelta(days=120)
_ADDRESS_WITH_PORT = timedelta(days=60)
_BARE_ADDRESS = timedelta(days=7)
_MALWARE = timedelta(days=90)
_JS_MINER = timedelta(days=180)

FAMILY_WEIGHTS = {
    "local-handshake": 0.95,
    CATALOGUE_FAMILY: 0.85,
    REVIEW_FAMILY: 0.85,
    "probe": 0.8,
    "et": 0.7,
    "nocoin": 0.6,
    "maltrail": 0.55,
    "blp": 0.25,
    "community2018": 0.2,
    "anudeep": 0.1,
}
UNKNOWN_FAMILY_WEIGHT = 0.1

CAPS = {
    "ddns-root": 15,
    "shared-hosting": 15,
    "toplist-rank": 15,
    "cdn": 15,
    "p2p-seed": 40,
    "website": 40,
    "marketplace": 40,
}
"""The most that a score may reach where one of these flags is set."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One source's word for an indicator. `family` is what makes copies of one list one voice; freshness 0..1."""

    family: str
    freshness: float = 1.0


def half_life(indicator: Indicator) -> timedelta:
    """After how long the indicator is worth half as much."""
    if indicator.kind is Kind.IP_PORT:
        return _ADDRESS_WITH_PORT
    if indicator.kind in (Kind.IP, Kind.CIDR):
        return _BARE_ADDRESS
    if indicator.role is Role.MALWARE_C2:
        return _MALWARE
    if indicator.role is Role.JS_MINER:
        return _JS_MINER
    return _REVIEWED_NAME if indicator.source_family == CATALOGUE_FAMILY else _LISTED_NAME


def freshness(indicator: Indicator, at: datetime) -> float:
    """`2^(-t/h)` with t from the day of review to the activity at `at`; 1.0 for activity before the review."""
    if indicator.reviewed is None:
        return UNDATED_FRESHNESS
    age = max(at - indicator.reviewed, timedelta(0))
    return float(2.0 ** -(age / half_life(indicator)))


def score(indicator: Indicator, at: datetime) -> float:
    """Confidence (0 to 100) that is left at the time of the activity."""
    return indicator.confidence * freshness(indicator, at)


def corroborated(claims: Iterable[Claim], flags: Iterable[str] = ()) -> float:
    """Confidence (0 to 100) from several sources: noisy-or over families, each counted once at its freshest.

    Raises ValueError for a freshness outside 0..1 and KeyError for an unknown flag: a misspelt flag would lift a cap.
    """
    best: dict[str, float] = {}
    for claim in claims:
        if not 0.0 <= claim.freshness <= 1.0:
            raise ValueError(f"a freshness runs from 0 to 1, not {claim.freshness}")
        best[claim.family] = max(best.get(claim.family, 0.0), claim.freshness)
    doubt = 1.0
    for family in sorted(best):
        doubt *= 1.0 - FAMILY_WEIGHTS.get(family, UNKNOWN_FAMILY_WEIGHT) * best[family]
    return min([100.0 * (1.0 - doubt), *(float(CAPS[flag]) for flag in flags)])
