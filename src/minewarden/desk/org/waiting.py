"""What the apps put on the home page, asked of the database together: one statement for all of them.

Every app has a list or two of things that wait for somebody. Each alone is quick, twenty of them are not: so each is
described by the same columns, and the database is asked for their union.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateTimeField, F, Field, QuerySet, TextField, Value
from django.db.models.functions import Cast

from minewarden.desk.kit.waiting import Item
from minewarden.desk.org.models import Unit

_MOST = 2_000
"""Rows that are looked at for one page; the lists of the apps hold the rest."""


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
    """A list of one app: its rows in the columns of all, and what the page says of those that were found."""

    kind: str
    rows: "QuerySet[Any, Any]"
    items: Callable[[Sequence[Waits]], Iterable[Item]]


def part(
    kind: str,
    rows: "QuerySet[Any, Any]",
    items: Callable[[Sequence[Waits]], Iterable[Item]],
    *,
    by: str = "",
    text: str = "",
    more: str = "",
    at: str = "",
    since: str = "",
    number: str = "pk",
) -> Part:
    """A list of one app; the names are those of its fields, and what it has not is left out."""
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
    return Part(kind, rows.order_by().annotate(**columns).values_list(*columns), items)


def gather(parts: Iterable[Part]) -> Iterator[Item]:
    """What the page says of all of them."""
    known = list(parts)
    if not known:
        return
    first, *others = (one.rows for one in known)
    rows = first.union(*others, all=True) if others else first
    found: dict[str, list[Waits]] = {}
    for kind, number, unit_id, path, parent_id, name, short, by_id, text, more, at, since in rows[:_MOST]:
        unit = Unit(pk=unit_id, path=path, parent_id=parent_id, name=name, short_name=short)
        found.setdefault(kind, []).append(Waits(number, unit, by_id, text or "", more or "", at, since))
    for one in known:
        if one.kind in found:
            # In the order in which they came to wait, whatever order the database gave them in.
            yield from one.items(sorted(found[one.kind], key=lambda row: row.number))


def _column(name: str, field: "Field[Any, Any]") -> Any:
    return Cast(F(name) if name else Value(None), field)
