"""清零看板: which units have open confirmed cases, as of a moment; who is cleared is counted and not ranked.

Source: the plan, 二: 被动型“挖矿”IP动态清零, 主动“挖矿”全面杜绝. What "cleared" means it leaves open: here, that
no confirmed case is open at the time of reading. Beside it stand who had no new case for thirty days, or as many as the
bureau says (`calm_days`), and who is over time.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from minewarden.desk.assessments.figures import Asked, Figures, Gathered, gather, listed
from minewarden.desk.assessments.indicators import Window
from minewarden.desk.assessments.scopes import heirs
from minewarden.desk.org.models import Unit
from minewarden.desk.org.parameters import in_force

_SCHOOLS = (Unit.Kind.SCHOOL, Unit.Kind.KINDERGARTEN)
_OPEN = ("open_passive", "open_active")
_KEYS = (*_OPEN, "open_undecided", "late", "new", "stock_end")
_EVER = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Uncleared:
    """A unit with open confirmed cases: how many of each nature, how many over time, since when the oldest is open."""

    unit: Unit
    passive: int
    active: int
    undecided: int
    late: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """A unit directly below, how many units count in it and how many of them are not cleared."""

    unit: Unit
    units: int
    open: int

    @property
    def cleared(self) -> int:
        """How many are."""
        return self.units - self.open


@dataclass(frozen=True, slots=True)
class Board:
    """The board as of a moment. `units` is whom it counts: schools and kindergartens, and offices with cases of their
    own. calm: those without a new case for `window` days. addresses: distinct ones of open passive cases."""

    unit: Unit
    as_of: datetime
    units: int
    open: tuple[Uncleared, ...]
    calm: int
    late: int
    figures: Figures
    parts: tuple[Part, ...]
    days_calm: int | None
    window: int
    addresses: int

    @property
    def cleared(self) -> int:
        """How many units are cleared."""
        return self.units - len(self.open)


def asked_for(unit: Unit, now: datetime) -> Asked:
    """What the board counts, for who gathers it together with other figures."""
    return Asked(_back(_window(unit, now), now), _KEYS)


def board(unit: Unit, now: datetime, found: Gathered | None = None) -> Board:
    """The board of a unit and all below it; `found` is what `asked_for` names, where it is counted already."""
    days = _window(unit, now)
    window = _back(days, now)
    who = found.heirs if found is not None else heirs(window.until)
    found = found or gather(unit, window, now=now, keys=_KEYS, who=who)
    there = unit.subtree().filter(Q(valid_to=None) | Q(valid_to__gte=window.day)).exclude(kind=Unit.Kind.DEPARTMENT)
    # Thousands of units: of each only what is counted and shown.
    places = {row.path: row for row in there.order_by("path").only("path", "kind", "name", "short_name")}
    own: dict[str, dict[str, int]] = {path: {} for path in places}
    for key in _KEYS:
        for path, number in found.own(key):
            if place := _place(path, places):
                own[place][key] = own[place].get(key, 0) + number
    counted = [path for path, row in places.items() if row.kind in _SCHOOLS or own[path].get("stock_end")]
    open_ = [path for path in counted if any(own[path].get(key) for key in _OPEN)]
    since: dict[str, datetime] = {}
    rows = listed("open_passive", unit, window, who=who).order_by("-received_at")
    for path, received in rows.values_list("unit__path", "received_at"):
        since[_place(who.path(path), places)] = received
    before = Window(now - _EVER, window.until)
    last = listed("new", unit, before, who=who).order_by("-received_at").values_list("received_at", flat=True).first()
    return Board(
        unit=unit,
        as_of=now,
        units=len(counted),
        open=tuple(_uncleared(places[path], own[path], since.get(path)) for path in open_),
        calm=sum(not own[path].get("new") for path in counted),
        late=sum(bool(own[path].get("late")) for path in counted),
        figures=found.of(unit),
        parts=_parts(unit, counted, open_),
        days_calm=(now - last).days if last else None,
        window=days,
        addresses=listed("open_passive", unit, window, who=who).exclude(host=None).values("host").distinct().count(),
    )


def _window(unit: Unit, now: datetime) -> int:
    return in_force(unit, now).number("calm_days")


def _back(days: int, now: datetime) -> Window:
    return Window(now - timedelta(days=days), now + timedelta(microseconds=1))


def _place(path: str, places: Mapping[str, Unit]) -> str:
    """The unit that answers for a path: a department's is the one above it; empty where it lies outside."""
    while path and path not in places:
        path = path[: path.rstrip("/").rfind("/") + 1]
    return path


def _parts(unit: Unit, counted: list[str], open_: list[str]) -> tuple[Part, ...]:
    level = len(unit.path.split("/"))
    units, waiting = (Counter("/".join(path.split("/")[:level]) + "/" for path in paths) for paths in (counted, open_))
    below = unit.children.exclude(kind=Unit.Kind.DEPARTMENT).order_by("path")
    return tuple(Part(row, units[row.path], waiting[row.path]) for row in below if units[row.path])


def _uncleared(unit: Unit, own: Mapping[str, int], since: datetime | None) -> Uncleared:
    passive, active, undecided, late = (own.get(key, 0) for key in (*_OPEN, "open_undecided", "late"))
    return Uncleared(unit, passive, active, undecided, late, since)
