"""What the ledgers know of a unit, by name: shown where a template would ask for it, and never asked again.

A figure of the unit itself counts its departments too, and not the units below it, which answer for themselves.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from minewarden.desk.campaigns.lifecycle import OPEN_NEEDS
from minewarden.desk.campaigns.models import Need
from minewarden.desk.kit import figures
from minewarden.desk.kit.figures import Figure
from minewarden.desk.ledger.columns import ASSETS, DUTIES, LINES, LOGS, PROTECTIONS, RANGES, STAFF
from minewarden.desk.ledger.models import Asset, Duty, Line, LogSource, Protection, Staff, UnitRange
from minewarden.desk.org.models import Unit
from minewarden.desk.org.parameters import in_force
from minewarden.documents.sheet_cells import plain
from minewarden.vocab.message import Message, message
from minewarden.vocab.words import LANGUAGES, render

CONTACT_POSTS = ("first", "direct", "contact_a", "contact_b")


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that is known: where it is kept (a ledger's name in addresses, or a route) and how it is read."""

    book: str
    read: "Callable[[QuerySet[Unit], Unit, datetime], object]"
    route: str = "campaigns:needs"


def own(unit: Unit) -> QuerySet[Unit]:
    """The unit with its departments."""
    return Unit.objects.filter(Q(pk=unit.pk) | Q(path__startswith=unit.path, kind=Unit.Kind.DEPARTMENT))


def _devices(units: QuerySet[Unit], **wanted: object) -> int:
    return Asset.objects.filter(unit__in=units, **wanted).exclude(status=Asset.Status.GONE).count()


def _stale(units: QuerySet[Unit], unit: Unit, now: datetime) -> int:
    since = timezone.localdate(now) - timedelta(days=in_force(unit, now).number("signature_days"))
    return Protection.objects.filter(Q(signatures_on=None) | Q(signatures_on__lt=since), unit__in=units).count()


def _short(units: QuerySet[Unit], unit: Unit, now: datetime) -> int:
    least = in_force(unit, now).number("log_days")
    return LogSource.objects.filter(Q(keep_days__lt=least) | Q(keep_days=None), unit__in=units).count()


def _post(post: str) -> "Callable[[QuerySet[Unit], Unit, datetime], object]":
    def read(units: QuerySet[Unit], unit: Unit, now: datetime) -> object:
        held = Duty.objects.filter(unit__in=units, post=post)
        day = timezone.localdate(now)
        return "、".join(row.name for row in held if row.holds_on(day))

    return read


def _offered(key: str) -> "Callable[[QuerySet[Unit], Unit, datetime], object]":
    """What another app counts; a dash where no app does, and nought where it counts nothing for the unit."""

    def read(units: QuerySet[Unit], unit: Unit, now: datetime) -> object:
        found = figures.of_units(key, [unit.pk], now)
        if found is None:
            return "—"
        return found[unit.pk].count if unit.pk in found else 0

    return read


KNOWN: Mapping[str, Known] = {
    "ledger.assets": Known("assets", lambda units, unit, now: _devices(units)),
    "ledger.high_assets": Known("assets", lambda units, unit, now: _devices(units, performance="high")),
    "ledger.ownerless": Known("assets", lambda units, unit, now: _devices(units, person_name="")),
    "ledger.lines": Known("lines", lambda units, unit, now: Line.objects.filter(unit__in=units, ended_on=None).count()),
    "ledger.ranges": Known(
        "ranges", lambda units, unit, now: UnitRange.objects.filter(unit__in=units, valid_to=None).count()
    ),
    "ledger.protections": Known(
        "protections", lambda units, unit, now: Protection.objects.filter(unit__in=units).count()
    ),
    "ledger.stale": Known("protections", _stale),
    "ledger.log_sources": Known("logs", lambda units, unit, now: LogSource.objects.filter(unit__in=units).count()),
    "ledger.kept_short": Known("logs", _short),
    "ledger.staff": Known("staff", lambda units, unit, now: Staff.objects.filter(unit__in=units, left_on=None).count()),
    "ledger.first": Known("duties", _post("first")),
    "ledger.contact_a": Known("duties", _post("contact_a")),
    "ledger.contact_b": Known("duties", _post("contact_b")),
    "selfchecks.places": Known("", _offered("selfchecks.places"), "selfchecks:home"),
    "selfchecks.open": Known("", _offered("selfchecks.open"), "selfchecks:home"),
    "campaigns.needs": Known(
        "", lambda units, unit, now: Need.objects.filter(unit__in=units, state__in=OPEN_NEEDS).count()
    ),
}
"""By name, as templates write it."""


def values(unit: Unit, names: Sequence[str], now: datetime) -> dict[str, object]:
    """What is known of a unit under some names; names that nobody knows are left out."""
    units = own(unit)
    return {name: KNOWN[name].read(units, unit, now) for name in dict.fromkeys(names) if name in KNOWN}


def contacts(units: Sequence[int], now: datetime) -> Mapping[int, Figure]:
    """Of the four posts that every unit fills, how many are held: first and direct responsibility, contacts A and B."""
    held = defaultdict[int, set[str]](set)
    day = timezone.localdate(now)
    for row in Duty.objects.filter(unit__in=units, post__in=CONTACT_POSTS).order_by():
        if row.holds_on(day):
            held[row.unit_id].add(row.post)
    return {unit: Figure(len(held[unit]), len(CONTACT_POSTS)) for unit in units}


def owned(units: Sequence[int], now: datetime) -> Mapping[int, Figure]:
    """Of the devices in use, how many somebody answers for."""
    rows = Asset.objects.filter(unit__in=units).exclude(status=Asset.Status.GONE).order_by()
    counted = rows.values("unit").annotate(every=Count("pk"), mine=Count("pk", filter=~Q(person_name="")))
    return {unit: Figure(mine, every) for unit, every, mine in counted.values_list("unit", "every", "mine")}


_TABLES = (ASSETS, LINES, RANGES, DUTIES, PROTECTIONS, LOGS, STAFF)
_WORDLESS = frozenset({"note", "unit"})


@dataclass(frozen=True, slots=True)
class Overlap:
    """A field of a form that a ledger holds already."""

    field: str
    book: str
    table: Message
    column: Message


def overlaps(titles: Sequence[str]) -> list[Overlap]:
    """Which of some titles a ledger holds already, by its headings, their other spellings, and what is known."""
    found = []
    for title in titles:
        wanted = _bare(title)
        # The longest heading says most exactly what is meant: 责任人手机 is a telephone number and not a name.
        hits = [hit for hit in _headings() if _same(wanted, hit[0])]
        match = max(hits, key=lambda hit: (hit[0] == wanted, len(hit[0])), default=None)
        if match is not None:
            found.append(Overlap(title, match[1], match[2], match[3]))
    return found


def _same(wanted: str, heading: str) -> bool:
    """Equal, or one of them within the other where both say enough: 责任人手机 and 手机号 are the same thing."""
    if wanted == heading:
        return True
    shorter, longer = sorted((wanted, heading), key=len)
    return len(shorter) >= 3 and shorter in longer


def _bare(text: str) -> str:
    """A heading for comparing: without marks, and without the unit of measure in brackets."""
    return plain(re.sub(r"[（(\[].*?[)）\]]", "", text)) or plain(text)


def _headings() -> list[tuple[str, str, Message, Message]]:
    rows = []
    for table in _TABLES:
        for column in table.columns:
            if column.key in _WORDLESS:
                continue
            texts = {render(column.title, language) for language in LANGUAGES} | set(column.also)
            rows += [(_bare(text), table.code, table.title, column.title) for text in texts]
    for name, known in KNOWN.items():
        title = message(f"campaign_known.{name.replace('.', '_')}")
        for kept in (t for t in _TABLES if t.code == known.book):
            rows += [(_bare(render(title, language)), kept.code, kept.title, title) for language in LANGUAGES]
    return rows
