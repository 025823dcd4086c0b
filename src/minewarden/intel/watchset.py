"""Matching names and addresses against indicators, with validity in time, role and allow lists."""

from collections.abc import Iterable

from minewarden.vocab.indicator import Indicator


class WatchSet:
    """A frozen set of indicators that answers what a name or an address is."""

    def __init__(self, indicators: Iterable[Indicator]) -> None:
        self.indicators = tuple(indicators)
