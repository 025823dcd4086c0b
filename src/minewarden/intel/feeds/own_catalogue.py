"""The shipped catalogue as a source like any other: reviewed, dated, and free to hand on."""

from datetime import datetime

from minewarden.intel import catalogue
from minewarden.intel.decay import CATALOGUE_FAMILY
from minewarden.intel.feeds.entry import Entry
from minewarden.intel.feeds.reading import Listing
from minewarden.intel.record import Type, Verified
from minewarden.intel.source import Source
from minewarden.vocab.indicator import Indicator

CATALOGUE = Source(name="catalogue", form="catalogue", licence="own", family=CATALOGUE_FAMILY, verified=Verified.REVIEW)


def listing(at: datetime) -> Listing:
    """The catalogue as it holds at an instant: of a value with several times the one that is valid, or the last."""
    chosen: dict[tuple[str, str], Indicator] = {}
    for one in catalogue.load():
        key = (one.kind.value, one.value)
        if key not in chosen or _better(one, chosen[key], at):
            chosen[key] = one
    entries = tuple(
        Entry(
            line=number,
            type=Type(one.kind.value),
            value=one.value,
            role=one.role,
            coins=one.coins,
            ports=one.ports,
            operator=one.operator,
            seen=one.reviewed,
            valid_until=one.valid_until,
            verified=Verified.REVIEW,
            said=one.source,
        )
        for number, one in enumerate(chosen.values(), 1)
        if one.valid_until is None or one.valid_until > at
    )
    return Listing(entries, (), catalogue.version(), 0)


def _better(one: Indicator, other: Indicator, at: datetime) -> bool:
    return (_valid(one, at), _end(one)) > (_valid(other, at), _end(other))


def _valid(one: Indicator, at: datetime) -> bool:
    return (one.valid_from is None or one.valid_from <= at) and (one.valid_until is None or at < one.valid_until)


def _end(one: Indicator) -> float:
    return float("inf") if one.valid_until is None else one.valid_until.timestamp()
