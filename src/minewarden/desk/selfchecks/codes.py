"""What is looked at in which kind of place: the lines of the checklists, in their order.

Each line asks for one thing that a person can see or ask on the spot. Its sentences stand in `words/check_items.toml`.
`days` is within how many days what is wrong there should be mended, unless people say otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

VERSION = "2026-1"
"""Written into each sheet; a new line or a changed sentence gets a new one."""


class Place(StrEnum):
    """A kind of place."""

    ROOM = "room"
    LAB = "lab"
    OFFICE = "office"
    DORMITORY = "dormitory"
    FAMILY = "family"
    POWER = "power"


class Result(StrEnum):
    """What was seen."""

    FINE = "fine"
    PROBLEM = "problem"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Item:
    """A line: in which kinds of places it is asked, and within how many days a problem should be mended."""

    code: str
    places: frozenset[Place]
    days: int = 15

    @property
    def word(self) -> str:
        """The identifier of its sentence."""
        return f"check_items.{self.code}"


_R, _L, _O, _D, _F, _P = Place
ITEMS: tuple[Item, ...] = (
    Item("unknown", frozenset({_R, _L, _O, _D, _F}), 3),
    Item("ownerless", frozenset({_R, _L}), 7),
    Item("idle", frozenset({_R, _L, _O}), 7),
    Item("donated", frozenset({_R, _L}), 15),
    Item("hosting", frozenset({_R, _L, _D, _F, _P}), 7),
    Item("load", frozenset({_R, _L, _O, _D, _F}), 3),
    Item("gpu", frozenset({_R, _L}), 7),
    Item("antivirus", frozenset({_R, _L, _O}), 15),
    Item("updates", frozenset({_R, _L, _O}), 30),
    Item("passwords", frozenset({_R, _L, _O}), 3),
    Item("genuine", frozenset({_L, _O, _D}), 15),
    Item("real_name", frozenset({_L, _O, _D, _F}), 15),
    Item("egress", frozenset({_R}), 15),
    Item("logs", frozenset({_R}), 15),
    Item("entry", frozenset({_R, _P}), 15),
    Item("private_power", frozenset({_R, _L, _D, _F, _P}), 1),
    Item("hidden", frozenset({_R, _D, _F, _P}), 1),
    Item("meter", frozenset({_R, _L, _D, _F, _P}), 7),
    Item("night", frozenset({_L, _D, _F, _P}), 7),
    Item("circuits", frozenset({_P}), 15),
    Item("noise", frozenset({_D, _F}), 3),
    Item("told", frozenset({_L, _O, _D, _F}), 15),
)
BY_CODE: Mapping[str, Item] = {item.code: item for item in ITEMS}


def items_of(place: str) -> tuple[Item, ...]:
    """The lines of a kind of place, in their order. Raises ValueError for a kind that there is none of."""
    kind = Place(place)
    return tuple(item for item in ITEMS if kind in item.places)
