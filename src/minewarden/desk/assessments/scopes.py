"""Whose rows count for whom: a unit counts what is its own and below it, also of units that were merged into it.

A unit that was merged counts for its successor for the whole of any period that ends after the merger, from its start:
so stock, new and closed agree within each period, and a row counts for one unit only, however the tree is cut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from minewarden.desk.kit.once import once
from minewarden.desk.ledger.registry import heir
from minewarden.desk.org.access import root_of, tree
from minewarden.desk.org.models import Unit

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Heirs:
    """Which parts of the tree count elsewhere: path of a merged unit -> path of its heir.

    top: the path of the unit above all others, whose every row is; empty where there are several such.
    """

    moved: Mapping[str, str]
    top: str = ""

    def path(self, path: str) -> str:
        """The path of the unit for which a unit counts."""
        # Of several merged units above one another the lowest speaks.
        found = max((merged for merged in self.moved if path.startswith(merged)), key=len, default="")
        return self.moved[found] if found else path

    def below(self, unit: Unit, path: str = "unit__path") -> Q:
        """The rows that count for a unit; `path` leads from a row to the path of its unit."""
        if unit.path == self.top:
            return Q()
        lookup = f"{path}__startswith"
        condition, cut = Q(**{lookup: unit.path}), False
        for merged, target in sorted(self.moved.items(), key=lambda pair: len(pair[0])):
            if target.startswith(unit.path):
                # What stands below the unit is in already, unless something above it was cut out.
                if cut or not merged.startswith(unit.path):
                    condition |= Q(**{lookup: merged})
            elif merged.startswith(unit.path) or unit.path.startswith(merged):
                condition, cut = condition & ~Q(**{lookup: merged}), True
        return condition


def heirs(until: datetime) -> Heirs:
    """The mergers that hold at the end of what is counted."""
    return heirs_at([until])[0]


def heirs_at(ends: Sequence[datetime]) -> list[Heirs]:
    """The mergers that hold at each of several ends."""
    last = timezone.localdate(max(ends) - _INSTANT)
    units = tree()
    merged = Unit.objects.filter(valid_to__lt=last, successor__isnull=False).select_related("successor")
    there_are = any(successor is not None for _, _, successor in units)
    gone = once(("merged before", last), lambda: list(merged)) if there_are else []
    held: dict[tuple[tuple[str, str], ...], Heirs] = {}
    top = root_of(units)
    found = [_held(gone, until - _INSTANT, top) for until in ends]
    return [held.setdefault(tuple(one.moved.items()), one) for one in found]


def _held(gone: Sequence[Unit], moment: datetime, top: str) -> Heirs:
    day = timezone.localdate(moment)
    over = [unit for unit in gone if unit.valid_to is not None and unit.valid_to < day]
    return Heirs({unit.path: to.path for unit in over if (to := heir(unit, moment)) is not None}, top)
