"""What is counted, each thing defined once: the rows that count, and what is made of the counts.

A `Tally` is a set of rows for a window of time; its number and the list behind it are the same question. An `Indicator`
is a line of the statistics: a tally, one as a part of another, or how long something took. Its name, its formula as a
sentence and its basis stand in words/desk_indicators.toml.

Withdrawn cases, those merged into others and those of other units are no cases of anybody: they count nowhere but among
the conclusions, where 非本单位 is one of four. A case belongs to the time of its receipt, also where it was entered
later, and leaves the stock when it is closed.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Case as Choose
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Lower, NullIf
from django.utils import timezone

from minewarden.desk.cases.lifecycle import State
from minewarden.desk.cases.models import Case, CaseNotice, Recurrence
from minewarden.desk.ledger.kept import NETWORK_CELLS, REQUIRED_CELLS
from minewarden.desk.ledger.models import Asset, AssetCount, AssetTotal, LogSource
from minewarden.desk.ledger.models import Line as NetLine
from minewarden.desk.library.lifecycle import State as Reported
from minewarden.desk.library.models import Handed, Submission
from minewarden.desk.notices.models import Assignment, Line, Received
from minewarden.vocab.net import is_inside

RECURS_WITHIN = timedelta(days=90)
"""So long after its case was closed a device that mines again counts as one that came back."""


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when is counted: `start` counts, `until` no more."""

    start: datetime
    until: datetime

    @property
    def moment(self) -> datetime:
        """The last instant that counts."""
        return self.until - timedelta(microseconds=1)

    @property
    def day(self) -> date:
        """The day of Beijing on which it ends."""
        return timezone.localdate(self.moment)


@dataclass(frozen=True, slots=True)
class Base:
    """Rows that tallies are taken from. `owner` is the number of a row's unit, `path` that unit's path.

    near: what no tally of some windows can count without, where that spares most of a table; further: what values that
    count once need beside that. only: which rows of the
    table; bases of one table are asked together. kept: how many of the table there are stands elsewhere; `KEPT` says
    where.
    """

    table: Callable[[], "QuerySet[Any, Any]"]
    owner: str = "unit_id"
    path: str = "unit__path"
    near: "Callable[[Sequence[Window]], Q] | None" = None
    further: "Callable[[Sequence[Window]], Q]" = lambda ws: Q()
    only: Q = field(default_factory=Q)
    kept: bool = False

    def rows(self) -> "QuerySet[Any, Any]":
        """The rows themselves."""
        return self.table().filter(self.only)


def _there(values: Iterable[Any]) -> Iterable[Any]:
    return filter(None, values)


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows of a base for a window. With `value`, equal values count once, those of them that `keep` keeps.

    live: the rows are as they are now and were not kept for earlier times, so only the present can be asked.
    """

    base: str
    where: Callable[[Window], Q]
    value: str = ""
    keep: Callable[[Iterable[Any]], Iterable[Any]] = _there
    live: bool = False


class Form(StrEnum):
    """What is made of the tallies."""

    COUNT = "count"
    RATE = "rate"
    SPAN = "span"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Indicator:
    """A line of the statistics. `part` is what is counted; `whole` what a rate is of. `basis` names clauses.

    behind: the tally whose list explains the line, where it is not that of `part`.
    """

    key: str
    group: str
    form: Form
    part: str
    whole: str = ""
    basis: tuple[str, ...] = ()
    behind: str = ""

    @property
    def list(self) -> str:
        """The tally whose list stands behind it."""
        return self.behind or self.part


_NOBODYS = (State.WITHDRAWN.value, State.MERGED.value)
_NOT_COUNTED = (*_NOBODYS, State.NOT_OURS.value)
_TRUE = Q(conclusion=Case.Conclusion.TRUE)


def _cases() -> "QuerySet[Case, Any]":
    found: QuerySet[Case, Any] = Case.objects.exclude(state__in=_NOBODYS).annotate(
        found=Coalesce("found_claimed_at", "concluded_at"), device=_device(),
        settled=Coalesce("found_claimed_at", "concluded_at", "stopped_at"),
    )  # fmt: skip
    return found


def _device() -> Any:
    """What tells one device from another: its MAC, else its serial number, else address and name at its unit."""
    named = Choose(
        When(~Q(device_ip="") | ~Q(device_name=""), then=Concat(
            "device_ip", Value(" "), "device_name", Value(" @"), Cast("unit_id", CharField()), output_field=CharField(),
        )),
        default=Value(""), output_field=CharField(),
    )  # fmt: skip
    return Coalesce(NullIf(Lower("device_mac"), Value("")), NullIf(Lower("device_serial"), Value("")), named)


_ROWS_OF_A_TABLE, _ROWS = (1 << 24) + 0x9E37, (1 << 32) + 0x9E3779B1
"""More rows than a table of a notice has, and more than all its tables have: a row is told by one number. No powers of
two: the first rows of all notices would end alike, and be looked for in one place of a set."""


def _lines() -> "QuerySet[Line, Any]":
    return (
        Line.objects.filter(received__state="confirmed")
        .exclude(state=Line.State.WITHDRAWN)
        .annotate(
            owner=Coalesce("unit_id", "received__office_id"),
            owner_path=Coalesce("unit__path", "received__office__path"),
            at_row=F("received") * _ROWS + F("table") * _ROWS_OF_A_TABLE + F("row"),
        )
    )


def _by_hand() -> "QuerySet[CaseNotice, Any]":
    found: QuerySet[CaseNotice, Any] = CaseNotice.objects.exclude(notice__in=_in_documents()).exclude(
        case__state__in=_NOT_COUNTED
    )
    return found


def _in_documents() -> "QuerySet[Received, Any]":
    # Of some hundred documents are twenty thousand notices of cases: each is looked for among those.
    found: QuerySet[Received, Any] = Received.objects.exclude(notice=None).values("notice")
    return found


def _hops() -> "QuerySet[Assignment, Any]":
    return Assignment.objects.annotate(came=Coalesce("parent__received_at", "received__received_at"))


def _exits() -> "QuerySet[NetLine, Any]":
    logs = LogSource.objects.filter(unit=OuterRef("unit"), keep_days__gt=0)
    return NetLine.objects.filter(own_egress=True, ended_on=None).annotate(logged=Exists(logs))


def _submissions() -> "QuerySet[Submission, Any]":
    handed = Handed.objects.filter(submissions=OuterRef("pk")).order_by("at").values("at")[:1]
    return Submission.objects.exclude(state=Reported.WITHDRAWN.value).annotate(handed_at=Subquery(handed))


def _assets() -> "QuerySet[Asset, Any]":
    return Asset.objects.exclude(status=Asset.Status.GONE)


def _near(ws: Sequence[Window]) -> Q:
    """Cases that were open in the windows, came or were decided in them, or fell due in them."""
    first, year = min(w.start for w in ws), min(_begun_this_year(w) for w in ws)
    found = Q(closed_at=None) | Q(received_at__gte=first) | Q(closed_at__gte=first)
    found |= Q(due48__gte=first) | Q(due72__gte=first) | Q(locked_at__gte=first) | Q(settled__gte=first)
    found |= _came_again(at__gte=first)
    return found | Q(locked_at__gte=year, nature=Case.Nature.ACTIVE)


def _clean_before(ws: Sequence[Window]) -> Q:
    """Cases that ended so lately that their devices may come back."""
    return _TRUE & Q(closed_at__gte=min(w.until for w in ws) - RECURS_WITHIN)


def _hopped(ws: Sequence[Window]) -> Q:
    first = min(w.start for w in ws)
    return Q(dispatched_at__gte=first) | Q(signed_at__gte=first)


def _told_of(ws: Sequence[Window]) -> Q:
    first = min(w.start for w in ws)
    return Q(reported_at__gte=first) | Q(relayed_at__gte=first) | Q(handed_at__gte=first)


BASES: Mapping[str, Base] = {
    "case": Base(_cases, near=_near, further=_clean_before, only=~Q(state=State.NOT_OURS.value)),
    "concluded": Base(_cases, near=_near, further=_clean_before, only=~Q(conclusion="")),
    "line": Base(_lines, "owner", "owner_path", lambda ws: Q(received__received_at__gte=min(w.start for w in ws))),
    "by_hand": Base(
        _by_hand, "case__unit_id", "case__unit__path", lambda ws: Q(received_at__gte=min(w.start for w in ws))
    ),
    "sent": Base(_hops, "sender_id", "sender__path", near=_hopped),
    "assignment": Base(_hops, near=_hopped),
    "exit": Base(_exits),
    "submission": Base(_submissions, near=_told_of),
    "asset": Base(_assets, kept=True),
}
_LACKING = Q(**dict.fromkeys(NETWORK_CELLS, ""))
for _cell in REQUIRED_CELLS:
    _LACKING |= Q(**{_cell: ""})


def _within(field: str) -> Callable[[Window], Q]:
    return lambda w: Q(**{f"{field}__gte": w.start, f"{field}__lt": w.until})


def _new(w: Window) -> Q:
    return Q(received_at__gte=w.start, received_at__lt=w.until)


def _in_stock_before(instant: datetime) -> Q:
    return Q(received_at__lt=instant) & (Q(closed_at=None) | Q(closed_at__gte=instant))


def _came(instant: datetime) -> tuple[Q, ...]:
    return (Q(received_at__lt=instant),)


def _went(instant: datetime) -> tuple[Q, ...]:
    return Q(received_at__lt=instant), Q(closed_at__lt=instant)


def _closed(w: Window) -> Q:
    """Closed in the window; what was both received and closed in it counts too, whatever the order of its times."""
    return Q(received_at__lt=w.until, closed_at__lt=w.until) & (Q(closed_at__gte=w.start) | Q(received_at__gte=w.start))


def _found_late(w: Window) -> Q:
    return Q(due48__lt=w.until) & (Q(found=None) | Q(found__gte=w.until))


def _reported_late(w: Window) -> Q:
    return Q(due72__lt=w.until) & (Q(reported_at=None) | Q(reported_at__gte=w.until))


def _late(w: Window) -> Q:
    return _in_stock_before(w.until) & (_found_late(w) | _reported_late(w))


def _concluded_as(conclusion: str) -> Callable[[Window], Q]:
    return lambda w: _within("settled")(w) & Q(conclusion=conclusion)


def _confirmed_as(nature: str) -> Callable[[Window], Q]:
    return lambda w: _within("locked_at")(w) & _TRUE & Q(nature=nature)


def _open_as(nature: str) -> Callable[[Window], Q]:
    return lambda w: _in_stock_before(w.until) & _TRUE & Q(nature=nature)


def _came_again(**when: datetime) -> Q:
    # Few cases come back: named by their numbers, they are not looked up for each of all cases.
    return Q(pk__in=Recurrence.objects.filter(**when).values("case"))


def _came_clean(w: Window) -> Q:
    return _TRUE & Q(closed_at__gte=w.until - RECURS_WITHIN, closed_at__lt=w.until)


def _came_back(w: Window) -> Q:
    return _came_clean(w) & Q(pk__in=Recurrence.objects.filter(at__lt=w.until).values("earlier"))


def _unchecked(days: int) -> Callable[[Window], Q]:
    return lambda w: Q(checked_on=None) | Q(checked_on__lt=w.day - timedelta(days=days))


def _checked_of_kept(days: int) -> Callable[[Window], Q]:
    return lambda w: Q(checked_on__gte=w.day - timedelta(days=days))


def _begun_this_year(w: Window) -> datetime:
    return timezone.make_aware(datetime(w.day.year, 1, 1), timezone.get_default_timezone())  # noqa: DTZ001  # Beijing's


def _public(ips: Iterable[str]) -> Iterator[str]:
    """Those of some addresses that say something by themselves."""
    # Of thousands of lines in a year nearly every address is another one, but not its first half, which decides: no
    # block of version 4 that is inside has more than sixteen bits.
    inside = dict[str, bool]()
    for ip in filter(None, ips):
        half = ip if ":" in ip else ip.rsplit(".", 2)[0]
        if half not in inside:
            inside[half] = is_inside(ipaddress.ip_address(ip))
        if not inside[half]:
            yield ip


TALLIES: Mapping[str, Tally] = {
    # A cell may name several addresses, which are lines of their own here: the sender counts his rows.
    "notice_lines": Tally("line", _within("received__received_at"), "at_row"),
    "notices_by_hand": Tally("by_hand", _within("received_at")),
    "ips": Tally("line", lambda w: _within("received__received_at")(w) & ~Q(ip=None), "ip", _public),
    "stock_start": Tally("case", lambda w: _in_stock_before(w.start)),
    "new": Tally("case", _new),
    "closed": Tally("case", _closed),
    "stock_end": Tally("case", lambda w: _in_stock_before(w.until)),
    "hosts": Tally("case", _new, "device"),
    "units": Tally("case", _new, "unit_id"),
    "self_found": Tally("case", lambda w: _new(w) & Q(origin=Case.Origin.SELF_FOUND)),
    "notified": Tally("case", lambda w: _new(w) & Q(origin=Case.Origin.NOTIFIED)),
    "find_due": Tally("case", _within("due48")),
    "find_kept": Tally("case", lambda w: _within("due48")(w) & Q(found__lte=F("due48"))),
    "find_extended": Tally(
        "case", lambda w: _within("due48")(w) & Q(found__lte=F("due48"), found__gt=Coalesce("told48", "original48"))
    ),
    "report_due": Tally("case", _within("due72")),
    "report_kept": Tally("case", lambda w: _within("due72")(w) & Q(reported_at__lte=F("due72"))),
    "report_extended": Tally(
        "case",
        lambda w: (
            _within("due72")(w) & Q(reported_at__lte=F("due72"), reported_at__gt=Coalesce("told72", "original72"))
        ),
    ),
    "late": Tally("case", _late),
    "concluded": Tally("concluded", _within("settled")),
    "true": Tally("concluded", _concluded_as(Case.Conclusion.TRUE)),
    "false_alarm": Tally("concluded", _concluded_as(Case.Conclusion.FALSE_ALARM)),
    "not_ours": Tally("concluded", _concluded_as(Case.Conclusion.NOT_OURS)),
    "unlocatable": Tally("concluded", _concluded_as(Case.Conclusion.UNLOCATABLE)),
    "active": Tally("case", _confirmed_as(Case.Nature.ACTIVE)),
    "passive": Tally("case", _confirmed_as(Case.Nature.PASSIVE)),
    "undecided": Tally("case", _confirmed_as(Case.Nature.UNDECIDED)),
    "active_year": Tally(
        "case",
        lambda w: _TRUE & Q(nature=Case.Nature.ACTIVE, locked_at__gte=_begun_this_year(w), locked_at__lt=w.until),
    ),
    "open_passive": Tally("case", _open_as(Case.Nature.PASSIVE), live=True),
    "open_active": Tally("case", _open_as(Case.Nature.ACTIVE), live=True),
    "open_undecided": Tally("case", _open_as(Case.Nature.UNDECIDED), live=True),
    "recurred": Tally("case", lambda w: _came_again(at__gte=w.start, at__lt=w.until)),
    "clean_devices": Tally("case", _came_clean, "device"),
    "recurred_devices": Tally("case", _came_back, "device"),
    "dispatched": Tally("sent", lambda w: _within("dispatched_at")(w) & Q(kind="dispatch")),
    "relayed": Tally("sent", lambda w: _within("dispatched_at")(w) & Q(kind="relay")),
    "signed": Tally("assignment", lambda w: _within("signed_at")(w) & Q(received_at__lte=F("signed_at"))),
    "reported_up": Tally("submission", _within("reported_at")),
    "passed_up": Tally("submission", _within("relayed_at")),
    "handed_up": Tally("submission", _within("handed_at")),
    "assets": Tally("asset", lambda w: Q(), live=True),
    "assets_lacking": Tally("asset", lambda w: _LACKING, live=True),
    "ownerless": Tally("asset", lambda w: Q(person_name=""), live=True),
    "unchecked_30": Tally("asset", _unchecked(30), live=True),
    "unchecked_90": Tally("asset", _unchecked(90), live=True),
    "exits": Tally("exit", lambda w: Q(), "unit_id", live=True),
    "exits_logged": Tally("exit", lambda w: Q(logged=True), "unit_id", live=True),
}
STEPS: Mapping[str, tuple[tuple[int, Callable[[Window], tuple[Q, ...]]], ...]] = {
    "new": ((1, lambda w: _came(w.until)), (-1, lambda w: _came(w.start))),
    "closed": ((1, lambda w: _went(w.until)), (-1, lambda w: _went(w.start))),
    "stock_start": ((1, lambda w: _came(w.start)), (-1, lambda w: _went(w.start))),
    "stock_end": ((1, lambda w: _came(w.until)), (-1, lambda w: _went(w.until))),
}
"""Tallies as the rows that meet some conditions at an instant less those that meet some at another: windows that follow
on each other share them. Rows that none of the windows is near to stand on both sides alike."""
EITHER: Mapping[str, tuple[tuple[int, Callable[[Window], tuple[Q, ...]]], ...]] = {
    "late": (
        (1, lambda w: (_in_stock_before(w.until), _found_late(w))),
        (1, lambda w: (_in_stock_before(w.until), _reported_late(w))),
        (-1, lambda w: (_in_stock_before(w.until), _found_late(w), _reported_late(w))),
    )
}
"""Tallies of rows that meet one of two conditions as those that meet either less those that meet both: each asks of one
column at a time, as other tallies do."""
SPANS: Mapping[str, tuple[str, str]] = {
    "dispatched": ("came", "dispatched_at"),
    "relayed": ("came", "dispatched_at"),
    "signed": ("received_at", "signed_at"),
    "reported_up": ("found_at", "reported_at"),
    "passed_up": ("reported_at", "relayed_at"),
    "handed_up": ("reported_at", "handed_at"),
}
"""From which column to which the time of a tally runs."""


@dataclass(frozen=True, slots=True)
class KeptCount:
    """A count that the database keeps of some rows: in which table, in which column, of which of its rows, and how
    often it counts."""

    table: type[models.Model]
    column: str
    where: Callable[[Window], Q] = lambda w: Q()
    weight: int = 1


_DEVICES = KeptCount(AssetTotal, "devices")
_CELLS = KeptCount(AssetTotal, "devices", weight=len(REQUIRED_CELLS) + 1)
KEPT: Mapping[str, tuple[KeptCount, ...]] = {
    "assets": (_DEVICES,),
    "assets_lacking": (KeptCount(AssetTotal, "lacking"),),
    "ownerless": (KeptCount(AssetTotal, "ownerless"),),
    # Most days are longer ago than those of the last weeks, which alone are asked for.
    "unchecked_30": (_DEVICES, KeptCount(AssetCount, "devices", _checked_of_kept(30), -1)),
    "unchecked_90": (_DEVICES, KeptCount(AssetCount, "devices", _checked_of_kept(90), -1)),
    "cells": (_CELLS,),
    "cells_filled": (_CELLS, KeptCount(AssetTotal, "gaps", weight=-1)),
}
"""Counts of devices, of which there are hundreds of thousands, as sums of what the database keeps of them."""
ELSEWHERE = ("cells", "cells_filled", "releases_asked", "releases_held")
"""Counts that are no rows of a base; `figures` says how they come about."""

_RATE, _COUNT, _SPAN = Form.RATE, Form.COUNT, Form.SPAN
INDICATORS: tuple[Indicator, ...] = (
    Indicator("notice_lines", "notices", _COUNT, "notice_lines", basis=("notices",)),
    Indicator("notices_by_hand", "notices", _COUNT, "notices_by_hand", basis=("notices",)),
    Indicator("ips", "notices", _COUNT, "ips", basis=("notices",)),
    Indicator("dispatch_time", "notices", _SPAN, "dispatched", basis=("relay",)),
    Indicator("relay_time", "notices", _SPAN, "relayed", basis=("relay",)),
    Indicator("sign_time", "notices", _SPAN, "signed", basis=("relay",)),
    Indicator("report_up_time", "intelligence", _SPAN, "reported_up", basis=("reporting",)),
    Indicator("pass_up_time", "intelligence", _SPAN, "passed_up", basis=("reporting",)),
    Indicator("hand_up_time", "intelligence", _SPAN, "handed_up", basis=("reporting",)),
    Indicator("stock_start", "cases", _COUNT, "stock_start", basis=("weekly",)),
    Indicator("new", "cases", _COUNT, "new", basis=("weekly", "no_increase")),
    Indicator("closed", "cases", _COUNT, "closed", basis=("weekly", "less_stock")),
    Indicator("stock_end", "cases", _COUNT, "stock_end", basis=("weekly", "less_stock")),
    Indicator("hosts", "cases", _COUNT, "hosts", basis=("weekly",)),
    Indicator("units", "cases", _COUNT, "units", basis=("weekly",)),
    Indicator("self_found", "cases", _RATE, "self_found", "new", basis=("monitor",)),
    Indicator("notified", "cases", _RATE, "notified", "new", basis=("notices",)),
    Indicator("find_on_time", "clocks", _RATE, "find_kept", "find_due", basis=("clocks",)),
    Indicator("find_extended", "clocks", _COUNT, "find_extended", basis=("clocks",)),
    Indicator("report_on_time", "clocks", _RATE, "report_kept", "report_due", basis=("clocks",)),
    Indicator("report_extended", "clocks", _COUNT, "report_extended", basis=("clocks",)),
    Indicator("late", "clocks", _COUNT, "late", basis=("clocks",)),
    Indicator("true", "conclusions", _RATE, "true", "concluded", basis=("classify",)),
    Indicator("false_alarm", "conclusions", _RATE, "false_alarm", "concluded", basis=("classify",)),
    Indicator("not_ours", "conclusions", _RATE, "not_ours", "concluded", basis=("classify",)),
    Indicator("unlocatable", "conclusions", _RATE, "unlocatable", "concluded", basis=("classify",)),
    Indicator("active", "natures", _COUNT, "active", basis=("no_active", "classify")),
    Indicator("passive", "natures", _COUNT, "passive", basis=("clear_zero", "classify")),
    Indicator("undecided", "natures", _COUNT, "undecided", basis=("classify",)),
    Indicator("active_year", "natures", _COUNT, "active_year", basis=("no_active",)),
    Indicator("recurred", "natures", _COUNT, "recurred", basis=("lasting",)),
    Indicator("recurrence", "natures", _RATE, "recurred_devices", "clean_devices", basis=("lasting",)),
    Indicator("ledger_cells", "ledgers", _RATE, "cells_filled", "cells", basis=("ledger",), behind="assets_lacking"),
    Indicator("ownerless", "ledgers", _COUNT, "ownerless", basis=("ledger", "duty")),
    Indicator("unchecked_30", "ledgers", _COUNT, "unchecked_30", basis=("ledger",)),
    Indicator("unchecked_90", "ledgers", _COUNT, "unchecked_90", basis=("ledger",)),
    Indicator("monitored", "ledgers", _RATE, "exits_logged", "exits", basis=("monitor", "logs")),
    Indicator("releases_held", "ledgers", _RATE, "releases_held", "releases_asked", basis=("block",)),
    Indicator("pledged", "people", _RATE, "pledged", "pledges_due", basis=("pledge",)),
    Indicator("pledges_excused", "people", _COUNT, "pledges_excused", basis=("pledge",)),
    Indicator("energy", "energy", Form.SUM, "energy_wh", basis=("energy",)),
    Indicator("carbon", "energy", Form.SUM, "carbon_g", basis=("energy",)),
)
BY_KEY: Mapping[str, Indicator] = {indicator.key: indicator for indicator in INDICATORS}
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(indicator.group for indicator in INDICATORS))


def tally(key: str) -> tuple[Base, Tally]:
    """A tally with the base that it is taken from. Raises KeyError for what is no tally."""
    found = TALLIES[key]
    return BASES[found.base], found


def rows_of(key: str, window: Window) -> "QuerySet[Any, Any]":
    """The rows of a tally in a window, of all units."""
    base, found = tally(key)
    return base.rows().filter(found.where(window))


def models_of(key: str) -> type[models.Model]:
    """The sort of rows of a tally."""
    base, _ = tally(key)
    return base.rows().model
