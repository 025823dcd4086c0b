"""The registers as books of the ledger: rules between cells, and lists by what they lack."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf, Upper

from minewarden.desk.ledger.books import Book, Draft, Narrow, World
from minewarden.desk.ledger.models import Asset
from minewarden.desk.org.models import Unit
from minewarden.desk.org.parameters import InForce
from minewarden.desk.registers import columns
from minewarden.desk.registers.models import Admission, SoftwareDetail, SoftwareSummary, SoftwareUpkeep, Terminal
from minewarden.vocab.message import message

GROUP = "registers"
_HALF_A_YEAR = timedelta(days=184)
# What people sit at or work on: here anti-virus is asked for.
_WORKED_ON = (
    Asset.Category.OFFICE, Asset.Category.TEACHING, Asset.Category.SERVER, Asset.Category.GPU, Asset.Category.VIRTUAL,
)  # fmt: skip
_AUTHORITIES = (Unit.Kind.DEPARTMENT, Unit.Kind.PROVINCE)
_UNIT = {"unit": "mine"}


def _any(drafts: Sequence[Draft], world: World) -> None:
    """No rule between cells."""


def _admissions(drafts: Sequence[Draft], world: World) -> None:
    for draft in drafts:
        if draft.values.get("method") == Admission.Method.NONE and draft.values.get("real_name"):
            draft.fault("real_name", message("desk_registers.rule_real_name"))


def _terminals(drafts: Sequence[Draft], world: World) -> None:
    for draft in drafts:
        for key in ("scanned_on", "signatures_on"):
            day = draft.values.get(key)
            if isinstance(day, date) and day > world.today:
                draft.fault(key, message("desk_registers.rule_future"))


def _summaries(drafts: Sequence[Draft], world: World) -> None:
    for draft in drafts:
        year, computers = draft.values.get("year"), draft.values.get("computers")
        if isinstance(year, int) and not 2000 <= year <= world.today.year + 1:
            draft.fault("year", message("desk_registers.rule_year"))
        systems = sum(draft.values.get(f"os_{key}") or 0 for key in ("bought", "preinstalled", "free"))
        if isinstance(computers, int) and 0 < systems < computers:
            draft.cautions.append(message("desk_registers.rule_systems", systems=systems, computers=computers))


def _upkeep(drafts: Sequence[Draft], world: World) -> None:
    for draft in drafts:
        counted = draft.values.get("licence") == SoftwareUpkeep.Licence.COUNT
        licensed, installed = draft.values.get("licensed"), draft.values.get("installed")
        if counted and licensed is None and getattr(draft.existing, "licensed", None) is None:
            draft.fault("licensed", message("desk_registers.rule_licensed"))
        elif counted and isinstance(licensed, int) and isinstance(installed, int) and installed > licensed:
            draft.cautions.append(message("desk_registers.rule_over", installed=installed, licensed=licensed))


BOOKS: tuple[Book, ...] = (
    Book(
        columns.ADMISSIONS, Admission, _UNIT, _admissions, group=GROUP,
        listed=("area", "unit", "medium", "method", "real_name", "terminals", "checked_on"),
        searched=("area", "system"),
    ),
    Book(
        columns.TERMINALS, Terminal, _UNIT, _terminals, group=GROUP,
        listed=("hostname", "unit", "ip", "antivirus", "signatures_on", "scanned_on", "threat"),
        searched=("hostname", "ip", "mac", "antivirus"),
    ),
    Book(
        columns.SUMMARY, SoftwareSummary, _UNIT, _summaries, group=GROUP,
        listed=("unit", "year", "staff", "computers", "os_bought", "office_bought", "av_bought"),
        searched=("person_name",),
    ),
    Book(
        columns.DETAIL, SoftwareDetail, _UNIT, _any, group=GROUP,
        listed=("computer", "unit", "user_name", "os", "os_source", "office", "office_source"),
        searched=("computer", "user_name", "os", "office"),
    ),
    Book(
        columns.UPKEEP, SoftwareUpkeep, _UNIT, _upkeep, group=GROUP,
        listed=("number", "name", "unit", "kind", "licensed", "installed", "valid_to"), searched=("number", "name"),
    ),
)  # fmt: skip


# Lists by what they lack. Each takes the rows, the day and the numbers in force.


def _schools_without(rows: QuerySet[Any], day: date, there: QuerySet[Any]) -> QuerySet[Any]:
    # A path is the numbers of the units down to its own, so that whoever is named in one has an entry at or below it.
    paths = there.order_by().values_list("unit__path", flat=True).distinct()
    having = {int(number) for path in paths for number in path.split("/") if number}
    rows = rows.filter(Q(valid_to=None) | Q(valid_to__gte=day)).exclude(kind__in=_AUTHORITIES)
    return rows.exclude(pk__in=having)


def _named_like(there: QuerySet[Any], **same: Any) -> Exists:
    """Whether rows at or below the unit of the outer row are the same in a column; what is blank is like nothing.

    One column each: a database looks one up in an index, and reads everything for "this or that".
    """
    found = {column: NullIf(named, Value("")) for column, named in same.items()}
    return Exists(there.filter(**found, unit__path__startswith=OuterRef("unit__path")))


def no_antivirus(rows: QuerySet[Asset]) -> QuerySet[Asset]:
    """Devices that people work on, for which neither the ledger nor a console names an anti-virus program."""
    wanted = rows.filter(antivirus="", category__in=_WORKED_ON).exclude(status=Asset.Status.GONE)
    told = Terminal.objects.exclude(antivirus="")
    if not told.exists():
        return wanted
    named = told.alias(known_as=Upper("hostname"))
    return wanted.exclude(_named_like(told, mac=OuterRef("mac"))).exclude(
        _named_like(named, known_as=Upper(OuterRef("hostname")))
    )


def not_in_ledger(rows: QuerySet[Terminal]) -> QuerySet[Terminal]:
    """Terminals that the ledger has neither under their MAC nor under their name, be it as number or as name there."""
    named = Asset.objects.alias(known_as=Upper("hostname"), numbered=Upper("number"))
    rows = rows.exclude(_named_like(Asset.objects.all(), mac=OuterRef("mac")))
    rows = rows.exclude(_named_like(named, known_as=Upper(OuterRef("hostname"))))
    return rows.exclude(_named_like(named, numbered=Upper(OuterRef("hostname"))))


def _mismatch(rows: QuerySet[Any], day: date, set_: InForce) -> QuerySet[Any]:
    """Summaries of this year that count other computers than the detailed table of the unit has."""
    listed = SoftwareDetail.objects.filter(unit=OuterRef("unit")).order_by().values("unit").annotate(n=Count("pk"))
    counted = rows.filter(year=day.year).annotate(listed=Coalesce(Subquery(listed.values("n")), 0))
    wrong: QuerySet[Any] = counted.exclude(computers=F("listed"))
    return wrong


def _days(set_: InForce, key: str) -> timedelta:
    return timedelta(days=set_.number(key))


# What is told by the row alone, so that one reading of a table counts several.
PLAIN: Mapping[str, Callable[[date, InForce], Q]] = {
    "not_real_name": lambda day, set_: Q(real_name=False) | Q(method=Admission.Method.NONE),
    "bare": lambda day, set_: Q(antivirus=""),
    "scan_old": lambda day, set_: (
        ~Q(antivirus="") & (Q(scanned_on=None) | Q(scanned_on__lt=day - _days(set_, "scan_days")))
    ),
    "signatures_old": lambda day, set_: (
        ~Q(antivirus="") & (Q(signatures_on=None) | Q(signatures_on__lt=day - _days(set_, "signature_days")))
    ),
    "threat_open": lambda day, set_: Q(threat=Terminal.Result.OPEN),
    "unlicensed": lambda day, set_: Q(os_source="none") | Q(office_source="none") | Q(av_source="none"),
    "detail_old": lambda day, set_: Q(checked_on=None) | Q(checked_on__lt=day - _HALF_A_YEAR),
    "over_installed": lambda day, set_: Q(
        licence=SoftwareUpkeep.Licence.COUNT, stopped_on=None, installed__gt=F("licensed")
    ),
    "licence_over": lambda day, set_: Q(valid_to__lt=day, stopped_on=None),
    "licence_ends": lambda day, set_: Q(
        valid_to__gte=day, valid_to__lte=day + _days(set_, "ends_within_days"), stopped_on=None
    ),
}


def _of_plain(told: Callable[[date, InForce], Q]) -> Narrow:
    return lambda rows, day, set_: rows.filter(told(day, set_))


NARROWINGS: Mapping[str, Narrow] = {
    **{key: _of_plain(told) for key, told in PLAIN.items()},
    "no_admission": lambda rows, day, set_: _schools_without(rows, day, Admission.objects.all()),
    "no_antivirus": lambda rows, day, set_: no_antivirus(rows),
    "not_in_ledger": lambda rows, day, set_: not_in_ledger(rows),
    "no_summary": lambda rows, day, set_: _schools_without(rows, day, SoftwareSummary.objects.filter(year=day.year)),
    "mismatch": _mismatch,
}
GAPS: tuple[tuple[str, str, str], ...] = (
    ("threat_open", "red", "terminals"), ("unlicensed", "red", "software-detail"),
    ("over_installed", "red", "software-upkeep"), ("licence_over", "red", "software-upkeep"),
    ("not_real_name", "amber", "admissions"), ("no_antivirus", "amber", "assets"), ("bare", "amber", "terminals"),
    ("scan_old", "amber", "terminals"), ("signatures_old", "amber", "terminals"),
    ("not_in_ledger", "amber", "terminals"), ("mismatch", "amber", "software-summary"),
    ("licence_ends", "amber", "software-upkeep"), ("detail_old", "grey", "software-detail"),
    ("no_admission", "grey", "units"), ("no_summary", "grey", "units"),
)  # fmt: skip
"""What is lacking, the worst first: the narrowing, its colour, and the book whose rows it narrows."""
