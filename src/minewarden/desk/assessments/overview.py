"""What the pages of the statistics show: the figures of a unit, the list behind each, and how each is defined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from minewarden.desk.assessments import export, said
from minewarden.desk.assessments.figures import Value, listed, values_of, window_of
from minewarden.desk.assessments.indicators import BY_KEY, GROUPS, INDICATORS, TALLIES, Indicator, Window
from minewarden.desk.assessments.periods import Period, month_of, week_of
from minewarden.desk.assessments.scopes import heirs
from minewarden.desk.kit.words import chinese, say
from minewarden.desk.org.access import BUSINESS, holds
from minewarden.desk.org.models import Person, Unit
from minewarden.vocab.words import DISPLAY_ZONE


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of a unit for a period, with those of the units below it."""

    unit: Unit
    above: Unit | None
    period: Period
    name: str
    as_of: datetime
    groups: tuple[tuple[str, tuple[said.Line, ...]], ...]
    heads: tuple[Indicator, ...]
    rows: tuple[tuple[Unit, tuple[str, ...]], ...]
    weeks: tuple[tuple[str, str], ...]


def statistics(person: Person, unit: Unit, period: Period, now: datetime) -> Statistics:
    """All indicators of a unit, and the main ones of those below, in the order of the tree."""
    windows = (window_of(period, now), Window(period.previous.start, period.previous.end))
    around = list(Unit.objects.filter(Q(parent=unit) | Q(pk=unit.parent_id)).order_by("path"))
    below = [row for row in around if row.parent_id == unit.pk]
    over = next((row for row in around if row.pk == unit.parent_id), None)
    found, before = export.counted(unit, windows, now=now, children=below)
    shown = said.lines(found.of(unit), before.of(unit), say)
    heads = tuple(BY_KEY[key] for key in export.PARTS)
    children = [row for row in below if row.kind != Unit.Kind.DEPARTMENT]
    rows = tuple(
        (row, tuple(said.text(head, found.of(row, export.PARTS_OF), say) for head in heads)) for row in children
    )
    return Statistics(
        unit=unit,
        above=over if over is not None and holds(person, *BUSINESS, unit=over) else None,
        period=period,
        name=export.named(period, say),
        as_of=found.window.moment,
        groups=tuple((group, tuple(li for li in shown if li.indicator.group == group)) for group in GROUPS),
        heads=heads,
        rows=rows,
        weeks=tuple((one.code, export.named(one, say)) for one in _recent(now)),
    )


def _recent(now: datetime) -> list[Period]:
    day = now.astimezone(DISPLAY_ZONE).date()
    weeks, months = [week_of(day)], [month_of(day)]
    while len(weeks) < 12:
        weeks.append(weeks[-1].previous)
    while len(months) < 6:
        months.append(months[-1].previous)
    return [*weeks, *months]


@dataclass(frozen=True, slots=True)
class Behind:
    """The list behind a figure: rows, or values that count once. `count` is the figure itself."""

    key: str
    title: str
    formula: str
    unit: Unit
    period: Period
    name: str
    count: int
    sort: str
    rows: "QuerySet[Any, Any] | None"
    values: tuple[Value, ...]


_ROWS_OF: Mapping[str, str] = {
    "case": "case", "concluded": "case", "line": "line", "by_hand": "joined", "sent": "assignment",
    "assignment": "assignment", "asset": "asset", "exit": "exit",
    "submission": "submission",
}  # fmt: skip
_WITH: Mapping[str, tuple[str, ...]] = {
    "case": ("unit",), "line": ("received", "unit"), "joined": ("case__unit", "notice"),
    "assignment": ("unit", "sender", "received"), "asset": ("unit",), "exit": ("unit",),
    "submission": ("unit",),
}  # fmt: skip


def behind(key: str, unit: Unit, period: Period, now: datetime) -> Behind | None:
    """The list behind a tally; None where there is no such tally, or where only the present could have told."""
    tally = TALLIES.get(key)
    window = window_of(period, now)
    if tally is None or (tally.live and window.until <= now):
        return None
    who = heirs(window.until)
    sort = _ROWS_OF[tally.base]
    values = tuple(values_of(key, unit, window, who=who)) if tally.value else ()
    # A row of a notice is no word that could stand in a list: all that it names is listed, with the row.
    by_rows = not tally.value or key == "notice_lines"
    rows = listed(key, unit, window, who=who).select_related(*_WITH[sort]) if by_rows else None
    count = len(values) if tally.value or rows is None else rows.count()
    indicator = next((i for i in INDICATORS if key in (i.part, i.behind)), None) or next(
        (i for i in INDICATORS if key == i.whole), None
    )
    about = indicator.key if indicator is not None else ""
    own = bool(about) and BY_KEY[about].part == key
    return Behind(
        key=key,
        title=say(f"desk_indicators.name_{about}") if own else say(f"desk_assessments.tally_{key}"),
        formula=say(f"desk_indicators.formula_{about}") if about else "",
        unit=unit,
        period=period,
        name=export.named(period, say),
        count=count,
        sort=sort if by_rows else "unit" if tally.value == "unit_id" else "value",
        rows=rows,
        values=_unit_names(values) if tally.value == "unit_id" else values,
    )


def _unit_names(values: Sequence[Value]) -> tuple[Value, ...]:
    names = dict(Unit.objects.filter(pk__in=[value.text for value in values]).values_list("pk", "name"))
    return tuple(Value(names[int(value.text)], value.rows) for value in values)


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator with its formula and its basis in words."""

    group: str
    name: str
    formula: str
    basis: tuple[str, ...]


def definitions() -> tuple[Definition, ...]:
    """The table of all indicators, one definition each."""
    return tuple(
        Definition(
            group=say(f"desk_indicators.group_{i.group}"),
            name=chinese(f"desk_indicators.name_{i.key}"),
            formula=say(f"desk_indicators.formula_{i.key}"),
            basis=tuple(say(f"desk_indicators.basis_{basis}") for basis in i.basis),
        )
        for i in INDICATORS
    )
