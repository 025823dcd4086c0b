"""The dated figures of regions: factors of carbon dioxide and surcharges, each with its source.

What stands in `figures.toml` is a beginning. A bureau adds what is announced later; what it adds goes before what is
shipped. A figure is never guessed: a region without one takes that of the country, and says so.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

COUNTRY = "00"
"""The region that stands for the whole country."""


@dataclass(frozen=True, slots=True)
class Factor:
    """What a kilowatt-hour of a year's power weighs: kg CO2. `region` is two digits of the division code."""

    region: str
    year: int
    kg: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Rate:
    """What a kilowatt-hour costs more: yuan. `since` and `until` are the first and last day, None: not named."""

    region: str
    yuan: Decimal
    source: str
    since: date | None = None
    until: date | None = None

    def holds(self, on: date) -> bool:
        """Whether it holds on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Figures:
    """Factors and rates; of two for the same place and time the first counts."""

    factors: tuple[Factor, ...]
    rates: tuple[Rate, ...]
    drafts: tuple[Rate, ...] = ()

    def plus(self, factors: Iterable[Factor], rates: Iterable[Rate]) -> "Figures":
        """With others in front, which count before those that are here."""
        return Figures((*factors, *self.factors), (*rates, *self.rates), self.drafts)

    def factor(self, region: str, on: date) -> Factor:
        """The factor of a region for power used on a day: of that year, else of the latest year before it, else the
        earliest there is. `region` may be a whole division code. Raises LookupError where there is none at all."""
        for place in (region[:2], COUNTRY):
            known = [factor for factor in self.factors if factor.region == place]
            before = [factor for factor in known if factor.year <= on.year]
            if before:
                # `max` keeps the first of equals, which is the one that was put in front.
                return max(before, key=lambda factor: factor.year)
            if known:
                return min(known, key=lambda factor: factor.year)
        raise LookupError(region)

    def rate(self, region: str, on: date) -> Rate:
        """The surcharge of a region on a day. A bureau's own code counts before its province, that before the country.

        Raises LookupError where there is none.
        """
        for place in (region, region[:4], region[:2], COUNTRY):
            for rate in self.rates:
                if rate.region == place and rate.holds(on):
                    return rate
        raise LookupError(region)

    def draft(self, region: str) -> Rate | None:
        """A surcharge that was only proposed for a region, to be named and not to be used."""
        return next((rate for rate in self.drafts if rate.region == region[:2]), None)


@cache
def shipped() -> Figures:
    """The figures that come with the program."""
    table = tomllib.loads(files("minewarden.energy").joinpath("figures.toml").read_text(encoding="utf-8"))
    factors = tuple(
        Factor(region, row["year"], Decimal(kg), row["source"])
        for row in table["factor"]
        for region, kg in row["kg"].items()
    )
    rates: dict[bool, list[Rate]] = {True: [], False: []}
    for row in table["rate"]:
        rates[row.get("draft", False)].append(Rate(row["region"], Decimal(row["yuan"]), row["source"]))
    return Figures(factors, tuple(rates[False]), tuple(rates[True]))
