"""What the apps put on the home page, asked of the database together: one statement for all of them.

Every app has a list or two of things that wait for somebody. Each alone is quick, twenty of them are not: so each is
described by the same columns, and the database is asked for their union.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateTimeField, F, Field, QuerySet, TextField, Value
from django.db.models.functions import Cast

from minewarden.desk.kit.waiting import Item, more
from minewarden.desk.kit.words import say
from minewarden.desk.org.models import Unit

SHOWN = 50
"""Lines of one list that the page names; the line behind them says how many more there are, and leads to the list."""
_MOST = 2_000
"""Rows that are looked at for one page; the lists of the apps hold the rest."""
ALL = _MOST
"""For a list whose rows become few lines by themselves."""


class Waits(NamedTuple):
    """One thing that waits: its number, the unit it belongs to, who asked for it, two texts and two times; the latter
    where the part names such a field."""

    number: int
    unit: Unit
    by_id: int | None
    text: str
    more: str
    at: datetime | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A list of one app: its rows in the columns of all, and what the page says of those that were found. `whole` is
    the address of the list itself, `mine` tells which of its rows are this person's."""

    kind: str
    rows: "QuerySet[Any, Any]"
    items: Callable[[Sequence[Waits]], Iterable[Item]]
    whole: str
    mine: Callable[[Waits], bool]
    shown: int


def part(
    kind: str,
    rows: "QuerySet[Any, Any]",
    items: Callable[[Sequence[Waits]], Iterable[Item]],
    *,
    whole: str,
    mine: Callable[[Waits], bool] = lambda row: True,
    shown: int = SHOWN,
    by: str = "",
    text: str = "",
    more: str = "",
    at: str = "",
    since: str = "",
    number: str = "pk",
) -> Part:
    """A list of one app; the names are those of its fields, and what it has not is left out. shown: how many of its
    rows are named at most."""
    columns = {
        "w_kind": Value(kind, CharField()),
        "w_number": Cast(F(number), BigIntegerField()),
        "w_unit": F("unit_id"),
        "w_path": F("unit__path"),
        "w_parent": F("unit__parent_id"),
        "w_name": F("unit__name"),
        "w_short": F("unit__short_name"),
        "w_by": _column(by, BigIntegerField()),
        "w_text": _column(text, TextField()),
        "w_more": _column(more, TextField()),
        "w_at": F(at) if at else _column("", DateTimeField()),
        "w_since": F(since) if since else _column("", DateTimeField()),
    }
    return Part(kind, rows.order_by().annotate(**columns).values_list(*columns), items, whole, mine, shown)


def gather(parts: Iterable[Part]) -> Iterator[Item]:
    """What the page says of all of them."""
    known = list(parts)
    found, cut = _read(known)
    for one in known:
        # In the order in which they came to wait, whatever order the database gave them in.
        waiting = sorted(filter(one.mine, found.get(one.kind, ())), key=lambda row: row.number)
        named = list(one.items(waiting[: one.shown]))
        yield from named
        if named and len(waiting) > one.shown:
            yield more(named[-1], one.whole, len(waiting) - one.shown)
    for one in cut:
        # Of such a list nobody knows how many rows are this person's: it leads on.
        yield Item(say("desk_org.waiting_many"), say("desk_org.waiting_many_detail", most=_MOST), one.whole)


def _read(parts: Sequence[Part]) -> tuple[dict[str, list[Waits]], list[Part]]:
    """The rows of all lists by one question; and the lists of which not all rows are there. Where together they have
    more than are looked at, the longest is set aside and the others are asked for again, so that the plans of thousands
    of schools hide nobody's call for help."""
    found: dict[str, list[Waits]] = {}
    left, cut = list(parts), list[Part]()
    while left:
        first, *others = (one.rows for one in left)
        read = list((first.union(*others, all=True) if others else first)[: _MOST + 1])
        counted = Counter(kind for kind, *_ in read)
        longest = max(reversed(left), key=lambda one: counted[one.kind]) if len(read) > _MOST else None
        for kind, number, unit_id, path, parent_id, name, short, by_id, text, further, at, since in read:
            if longest is None or kind == longest.kind:
                unit = Unit(pk=unit_id, path=path, parent_id=parent_id, name=name, short_name=short)
                found.setdefault(kind, []).append(Waits(number, unit, by_id, text or "", further or "", at, since))
        if longest is None:
            break
        left.remove(longest)
        # The lists come one after the other: the one that was being read is the one that was cut.
        cut += [longest] if read[-1][0] == longest.kind else []
    return found, cut


def _column(name: str, field: "Field[Any, Any]") -> Any:
    return Cast(F(name) if name else Value(None), field)
