"""What the page of the log shows."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Max, Q, QuerySet

from minewarden.desk.audit.models import Record
from minewarden.desk.kit.words import local, say
from minewarden.vocab.words import DISPLAY_ZONE, table

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
"""As a record keeps an instant."""


@dataclass(frozen=True, slots=True)
class Change:
    """A fact before and after an act."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Row:
    """A record with its act in words."""

    record: Record
    act: str
    kind: str
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows the log."""

    search: str = ""
    action: str = ""
    result: str = ""
    since: date | None = None
    until: date | None = None


def records(scopes: list[str], wanted: Wanted) -> QuerySet[Record]:
    """The records of the units below the scopes. Acts without a unit (failed logins, the operator) go to the root."""
    within = reduce(or_, (Q(unit_path__startswith=path) for path in scopes), Q(pk__in=[]))
    if any(path.count("/") == 1 for path in scopes):
        within |= Q(unit_path="")
    found = Record.objects.filter(within)
    if wanted.search:
        text = wanted.search
        found = found.filter(
            Q(actor__icontains=text) | Q(unit__icontains=text) | Q(ip=text) | Q(object_id=text) | Q(request_id=text)
        )
    if wanted.action:
        found = found.filter(action__startswith=wanted.action)
    if wanted.result:
        found = found.filter(result=wanted.result)
    if wanted.since:
        found = found.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        found = found.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    return found


def rows(found: Iterable[Record]) -> list[Row]:
    """Records as the page shows them."""
    return [Row(entry, action_words(entry.action), kind_words(entry.kind), changes(entry)) for entry in found]


def changes(record: Record) -> list[Change]:
    """The facts of a record, each before and after."""
    before, after = record.before or {}, record.after or {}
    return [
        Change(_words("fact", name), _value_words(before.get(name)), _value_words(after.get(name)))
        for name in dict.fromkeys([*before, *after])
    ]


def action_words(action: str) -> str:
    """An act in words, where the table has some; else its code."""
    key = action.replace(".", "_")
    return say(f"desk_acts.{key}") if key in table("desk_acts") else action


def kind_words(kind: str) -> str:
    """A kind of object in words, where the table has some; else its code."""
    return _words("object", kind)


def kinds_of_action() -> list[tuple[str, str]]:
    """The first parts of actions, for the filter."""
    keys = [key for key in table("desk_acts") if key.startswith("kind_")]
    return [(key.removeprefix("kind_") + ".", say(f"desk_acts.{key}")) for key in keys]


def _value_words(value: Any) -> Any:
    """True and false, roles and the like in words, an instant in the time of the office, several things one after the
    other; everything else as it is."""
    if isinstance(value, bool):
        return say("desk_kit.yes" if value else "desk_kit.no")
    if isinstance(value, list):
        return "、".join(str(_value_words(one) or "—") for one in value)
    if isinstance(value, dict):
        return "；".join(f"{_words('value', name)}：{_value_words(of)}" for name, of in value.items())
    if not isinstance(value, str):
        return value
    if _INSTANT.fullmatch(value):
        return local(datetime.fromisoformat(value), "seconds")
    return _words("value", value)


def _words(group: str, code: str) -> str:
    key = f"{group}_{code.replace('.', '_')}"
    if group == "fact" and key not in table("desk_acts") and f"col_{code}" in table("ledger_columns"):
        return say(f"ledger_columns.col_{code}")
    return say(f"desk_acts.{key}") if key in table("desk_acts") else code


def count(found: QuerySet[Record]) -> int:
    """How many records there are."""
    return found.count()


def last_seq() -> int:
    """The number of the newest record; 0 for an empty log."""
    return Record.objects.aggregate(last=Max("seq"))["last"] or 0


def as_text(facts: Any) -> str:
    """Facts in one line, for an export."""
    return "" if facts is None else json.dumps(facts, ensure_ascii=False, sort_keys=True)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, DISPLAY_ZONE)
