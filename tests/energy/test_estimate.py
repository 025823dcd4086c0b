"""The arithmetic to the cent, and what it never does: lose energy between periods, or round twice."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.energy.estimate import by_meter, by_power, estimate, hours_between, rounded, share
from minewarden.energy.figures import Rate, shipped

DAY = date(2026, 3, 13)
BEGAN = datetime(2026, 3, 8, 12, tzinfo=UTC)
FIVE_DAYS = by_power(Decimal(350), Decimal(24 * 5))


def test_the_energy_of_five_days():
    assert rounded(FIVE_DAYS) == Decimal("42.00")


@pytest.mark.parametrize(
    ("region", "on", "kg"),
    [("41", DAY, "24.77"), ("419901", DAY, "24.77"), ("41", date(2022, 6, 1), "25.44"), ("23", DAY, "22.29")],
)
def test_its_carbon(region, on, kg):
    assert estimate(FIVE_DAYS, on, on, region, shipped()).kg == Decimal(kg)


@pytest.mark.parametrize(("region", "yuan"), [("41", "21.00"), ("51", "84.00"), ("15", "42.00"), ("37", "21.00")])
def test_its_surcharge(region, yuan):
    assert estimate(FIVE_DAYS, DAY, DAY, region, shipped()).yuan == Decimal(yuan)


def test_a_meter_pro_rata():
    kwh = by_meter(Decimal(1200), 30, 12)
    assert rounded(kwh) == Decimal("480.00")
    assert estimate(kwh, DAY, DAY, "41", shipped()).yuan == Decimal("240.00")


def test_a_rate_that_changes_in_between_is_split_by_days():
    own = [Rate("41", Decimal(2), "本级决定", since=date(2026, 3, 12))]
    made = estimate(Decimal(50), date(2026, 3, 9), date(2026, 3, 13), "419901", shipped().plus([], own))
    assert [(part.rate.yuan, part.kwh, part.yuan) for part in made.parts] == [
        (Decimal("0.5"), Decimal("30.00"), Decimal("15.00")),
        (Decimal(2), Decimal("20.00"), Decimal("40.00")),
    ]
    assert made.yuan == Decimal("55.00")


def test_half_a_cent_goes_up():
    assert rounded(Decimal("0.005")) == Decimal("0.01")
    assert rounded(Decimal("2.675")) == Decimal("2.68")


@pytest.mark.parametrize(
    "call",
    [
        lambda: by_power(Decimal(100), Decimal(1), Decimal(100)),
        lambda: by_power(Decimal(100), Decimal(-1)),
        lambda: by_power(Decimal(100), Decimal(1), Decimal(-1)),
        lambda: by_meter(Decimal(1), 30, 31),
        lambda: by_meter(Decimal(-1), 30, 3),
        lambda: by_meter(Decimal(1), 0, 0),
        lambda: hours_between(BEGAN, BEGAN),
        lambda: estimate(Decimal(1), DAY, DAY - timedelta(days=1), "41", shipped()),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ValueError):
        call()


@given(
    st.decimals(0, 100_000, places=3),
    st.integers(1, 60 * 24 * 90),
    st.lists(st.integers(0, 60 * 24 * 90), min_size=1, max_size=5),
)
def test_no_energy_is_lost_or_made_between_periods(kwh, minutes, cuts):
    ended = BEGAN + timedelta(minutes=minutes)
    edges = [None, *sorted({BEGAN + timedelta(minutes=cut) for cut in cuts}), None]
    parts = [share(kwh, BEGAN, ended, since, until) for since, until in pairwise(edges)]
    assert abs(sum(parts, Decimal(0)) - kwh) <= Decimal("0.000001")
    assert all(part >= 0 for part in parts)
