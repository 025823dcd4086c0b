"""The arithmetic: watts and hours, or a meter and days, to kilowatt-hours, carbon dioxide and surcharge.

Exact until the end: Decimal, rounded half up to hundredths only where a figure is said. Every result is an estimate
(估算); nothing here is a bill.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from minewarden.energy.figures import Factor, Figures, Rate

_CENT = Decimal("0.01")
_KILO = Decimal(1000)
_SECONDS = Decimal(3600)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one rate makes of the energy of the days on which it holds."""

    rate: Rate
    kwh: Decimal
    yuan: Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate: kWh, kg CO2, yuan, each as it is said; and what they rest on."""

    kwh: Decimal
    kg: Decimal
    yuan: Decimal
    factor: Factor
    parts: tuple[Part, ...]


def rounded(value: Decimal) -> Decimal:
    """To hundredths, half up: as money is rounded."""
    return value.quantize(_CENT, ROUND_HALF_UP)


def hours_between(began: datetime, ended: datetime) -> Decimal:
    """Hours from one moment to another. Raises ValueError where the second is not later."""
    if ended <= began:
        raise ValueError("it ended before it began")
    span = ended - began
    return (Decimal(span.days * 86400 + span.seconds) + Decimal(span.microseconds) / 1_000_000) / _SECONDS


def by_power(watts: Decimal, hours: Decimal, idle: Decimal = Decimal(0)) -> Decimal:
    """kWh of a device that takes `watts` under mining and `idle` else. Exact. Raises ValueError for what cannot be."""
    if not watts > idle >= 0 or hours < 0:
        raise ValueError("more under mining than idle, and no less than nothing")
    return (watts - idle) * hours / _KILO


def by_meter(kwh: Decimal, days: int, mining_days: int) -> Decimal:
    """kWh of the mining days of a meter's period, pro rata. Exact. Raises ValueError for what cannot be."""
    if kwh < 0 or not 0 <= mining_days <= days or days <= 0:
        raise ValueError("mining days are some of the days of the period")
    return kwh * mining_days / days


def share(
    kwh: Decimal, began: datetime, ended: datetime, since: datetime | None = None, until: datetime | None = None
) -> Decimal:
    """The part of the energy of a span that falls into a period (`until` is its first moment that does not belong)."""
    first, last = max(began, since or began), min(ended, until or ended)
    if last <= first:
        return Decimal(0)
    return kwh * hours_between(first, last) / hours_between(began, ended)


def estimate(kwh: Decimal, first: date, last: date, region: str, figures: Figures) -> Estimate:
    """What so many kWh, used evenly from a first to a last day in a region, weigh and cost more.

    Where a rate changes in between, each part of the days takes its own. Raises LookupError without any figure.
    """
    if last < first:
        raise ValueError("the last day is before the first")
    factor = figures.factor(region, last)
    days: list[tuple[Rate, int]] = []
    day = first
    while day <= last:
        rate = figures.rate(region, day)
        if days and days[-1][0] == rate:
            days[-1] = (rate, days[-1][1] + 1)
        else:
            days.append((rate, 1))
        day += _DAY
    total = sum(count for _, count in days)
    parts = [(rate, kwh * count / total) for rate, count in days]
    yuan = sum((part * rate.yuan for rate, part in parts), Decimal(0))
    said = tuple(Part(rate, rounded(part), rounded(part * rate.yuan)) for rate, part in parts)
    return Estimate(rounded(kwh), rounded(kwh * factor.kg), rounded(yuan), factor, said)
