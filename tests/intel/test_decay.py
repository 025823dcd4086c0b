"""What is left of an indicator with time, and what several sources are worth together."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.intel.decay import CATALOGUE_FAMILY, Claim, corroborated, freshness, half_life, score
from minewarden.vocab.indicator import Indicator, Kind, Role

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def made(kind: Kind, role: Role = Role.POOL_ENDPOINT, family: str = "", reviewed: datetime | None = NOW) -> Indicator:
    return Indicator(kind, "v", role, "op", confidence=80, source_family=family, reviewed=reviewed)


@pytest.mark.parametrize(
    ("indicator", "days"),
    [
        (made(Kind.HOST, family=CATALOGUE_FAMILY), 365),
        (made(Kind.DOMAIN, family="maltrail"), 120),
        (made(Kind.IP_PORT, family=CATALOGUE_FAMILY), 60),
        (made(Kind.IP), 7),
        (made(Kind.CIDR), 7),
        (made(Kind.HOST, Role.MALWARE_C2), 90),
        (made(Kind.DOMAIN, Role.JS_MINER, CATALOGUE_FAMILY), 180),
    ],
)
def test_it_halves_after_the_days_of_its_kind(indicator: Indicator, days: int) -> None:
    assert half_life(indicator) == timedelta(days=days)
    assert score(indicator, NOW + timedelta(days=days)) == pytest.approx(40)
    assert score(indicator, NOW + timedelta(days=2 * days)) == pytest.approx(20)


def test_activity_before_the_review_is_worth_all_and_no_review_half() -> None:
    assert freshness(made(Kind.HOST), NOW - timedelta(days=900)) == 1
    assert freshness(made(Kind.HOST, reviewed=None), NOW) == 0.5


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_it_never_grows_with_time(one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    indicator = made(Kind.HOST)
    assert 0 < score(indicator, NOW + timedelta(days=later)) <= score(indicator, NOW + timedelta(days=earlier)) <= 80


def test_copies_of_one_list_are_one_voice() -> None:
    assert corroborated([Claim("maltrail")] * 5) == pytest.approx(55)
    assert corroborated([Claim("maltrail", 0.2), Claim("maltrail", 1.0)]) == pytest.approx(55)
    assert corroborated([Claim("catalogue"), Claim("et")]) == pytest.approx(100 * (1 - 0.15 * 0.3))
    assert corroborated([]) == 0


def test_flags_cap_what_many_lists_say() -> None:
    loud = [Claim("catalogue"), Claim("probe"), Claim("et")]
    assert corroborated(loud, ["cdn"]) == 15
    assert corroborated(loud, ["website"]) == 40
    with pytest.raises(KeyError):
        corroborated(loud, ["cnd"])
    with pytest.raises(ValueError):
        corroborated([Claim("et", 1.5)])


@given(st.lists(st.builds(Claim, st.sampled_from(["et", "probe", "unheard-of"]), st.floats(0, 1)), max_size=6))
def test_another_voice_never_lowers_it(claims: list[Claim]) -> None:
    assert 0 <= corroborated(claims) <= corroborated([*claims, Claim("nocoin")]) <= 100
