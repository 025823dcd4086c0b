"""Which figure counts: of the year, of the region, of the bureau; drafts are named and never used."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minewarden.energy.figures import COUNTRY, Factor, Figures, Rate, shipped


@pytest.mark.parametrize(
    ("region", "year", "kg", "of"),
    [
        ("41", 2021, "0.6369", 2021), ("41", 2022, "0.6058", 2022), ("41", 2023, "0.5897", 2023),
        ("41", 2026, "0.5897", 2023), ("41", 2019, "0.6369", 2021), ("37", 2026, "0.6410", 2022),
        ("62", 2026, "0.5306", 2023), ("00", 2022, "0.5366", 2022), ("", 2026, "0.5306", 2023),
    ],
)  # fmt: skip
def test_the_factor_of_the_year_or_the_latest_before_it(region, year, kg, of):
    found = shipped().factor(region, date(year, 7, 1))
    assert (found.kg, found.year) == (Decimal(kg), of)
    assert found.source


def test_what_a_bureau_adds_counts_before_what_is_shipped():
    own = Factor("41", 2023, Decimal("0.6"), "更正")
    newer = Factor("41", 2024, Decimal("0.55"), "2024年公告")
    figures = shipped().plus([own, newer], [Rate("419901", Decimal(1), "市", since=date(2026, 1, 1))])
    assert figures.factor("41", date(2023, 1, 1)) == own
    assert figures.factor("41", date(2026, 1, 1)) == newer
    assert figures.rate("419901", date(2026, 1, 1)).yuan == 1
    assert figures.rate("419901", date(2025, 12, 31)).yuan == Decimal("0.5")
    assert figures.rate("419902", date(2026, 1, 1)).yuan == Decimal("0.5")


def test_a_draft_is_named_and_not_used():
    assert shipped().rate("37", date(2026, 1, 1)).yuan == Decimal("0.5")
    draft = shipped().draft("370100")
    assert draft is not None
    assert "征求意见稿" in draft.source


def test_a_rate_ends_with_its_last_day():
    rate = Rate("61", Decimal(1), "", date(2022, 5, 1), date(2024, 4, 30))
    assert [rate.holds(date(*day)) for day in ((2022, 4, 30), (2022, 5, 1), (2024, 4, 30), (2024, 5, 1))] == [
        False, True, True, False,
    ]  # fmt: skip


def test_without_any_figure_nothing_is_guessed():
    for ask in (Figures((), ()).factor, Figures((), ()).rate):
        with pytest.raises(LookupError):
            ask("41", date(2026, 1, 1))


@given(st.text("0123456789", max_size=6), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_region_and_day_has_one(region, on):
    assert shipped().factor(region, on).region in {region[:2], COUNTRY}
    assert shipped().rate(region, on).holds(on)
