"""What somebody who leaves still has in hand, told by the apps above, which the ledger does not know."""

from collections.abc import Callable
from dataclasses import dataclass

from minewarden.desk.org.models import Unit


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of open work: what it is called, and its page."""

    title: str
    href: str


Finder = Callable[[Unit, str], list[Task]]
_finders: list[Finder] = []


def register(finder: Finder) -> Finder:
    """Have a finder asked: given the unit and the name of a person, it returns what that person has in hand."""
    if finder not in _finders:
        _finders.append(finder)
    return finder


def open_work(unit: Unit, name: str) -> list[Task]:
    """Everything that the person has in hand at the unit."""
    return [task for finder in _finders for task in finder(unit, name)]
