"""What the pages about self-checks show, and the figures that others ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, F, Max, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.cases.models import Case
from minewarden.desk.kit.figures import Figure
from minewarden.desk.kit.paging import page_of
from minewarden.desk.kit.words import said, say
from minewarden.desk.ledger.models import Asset, LogSource
from minewarden.desk.ledger.open_work import Task
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.parameters import in_force
from minewarden.desk.selfchecks import access
from minewarden.desk.selfchecks.codes import Place
from minewarden.desk.selfchecks.lifecycle import State, Verb, possible
from minewarden.desk.selfchecks.models import (
    Answer,
    CaseReport,
    Fix,
    FixStep,
    HostReport,
    Link,
    Refusal,
    Reject,
    Sheet,
    target_of,
)
from minewarden.selfcheck.host.report import RESULTS
from minewarden.selfcheck.reading import meaning

FIX_VIEWS = ("open", "late", "mended", "closed")
SUGGESTED = 5
_LISTED = 12
_SCHOOLS = (Unit.Kind.SCHOOL, Unit.Kind.KINDERGARTEN)
_YEAR = timedelta(days=365)


def logs_by_ledger(unit: Unit, now: datetime) -> str:
    """What the ledger lacks of a unit's logs, for the line of the sheet that asks for them; empty where nothing."""
    least = in_force(unit, now).number("log_days")
    short, unsaid = Count("pk", filter=Q(keep_days__lt=least)), Count("pk", filter=Q(keep_days=None))
    found = LogSource.objects.filter(unit=unit).aggregate(count=Count("pk"), short=short, unsaid=unsaid)
    if not found["count"]:
        return say("desk_selfchecks.ledger_no_logs")
    return say("desk_selfchecks.ledger_logs", **found, days=least) if found["short"] or found["unsaid"] else ""


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of place: how many places were looked at within a year, when last, and what is not mended there."""

    kind: str
    places: int
    last: datetime | None
    open: int
    late: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What was looked at and what is not mended; `missing` are schools of which no sheet is a year old or younger."""

    kinds: tuple[KindRow, ...]
    counts: Mapping[str, int]
    missing: tuple[Unit, ...]
    missing_count: int
    recent: Page[Sheet]


@dataclass(frozen=True, slots=True)
class SheetPage:
    """A sheet with its lines, each with what has to be mended."""

    sheet: Sheet
    rows: tuple[tuple[Answer, Fix | None], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a fix's history as the timeline draws it; files: name and address of each."""

    at: datetime
    title: str
    who: str
    text: str
    tone: str
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FixList:
    """A page of what has to be mended, and how many there are of each view."""

    page: Page[Fix]
    view: str
    counts: Mapping[str, int]
    today: date


@dataclass(frozen=True, slots=True)
class FixPage:
    """All about one thing to be mended; `verbs` are what this person may do now."""

    fix: Fix
    told: tuple[Told, ...]
    verbs: tuple[Verb, ...]
    late: bool
    own: bool


@dataclass(frozen=True, slots=True)
class ReportList:
    """A page of reports, how many there are of each result, and what the door turned away."""

    page: Page[HostReport]
    result: str
    counts: Mapping[str, int]
    rejects: int
    refused: int


@dataclass(frozen=True, slots=True)
class Sign:
    """A finding of a report as the page shows it."""

    title: str
    severity: str
    family: str
    subject: str
    facts: tuple[tuple[str, str], ...]
    harmless: str
    next: str
    weak: bool
    same_target: bool


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A report: its signs, what it could not look at, and the cases it was joined to."""

    report: HostReport
    meaning: str
    signs: tuple[Sign, ...]
    gaps: tuple[tuple[str, str, int], ...]
    joined: tuple[CaseReport, ...]


@dataclass(frozen=True, slots=True)
class HostSide:
    """The host's side of a case: reports that were joined, with what they say, and those that may belong to it."""

    joined: tuple[tuple[CaseReport, str, int], ...]
    suggested: tuple[HostReport, ...]


def overview(request: HttpRequest, person: Person, below: Unit | None, now: datetime) -> Overview:
    """The first page of self-checks."""
    sheets, fixes, today = access.sheets_for(person, below), access.fixes_for(person, below), timezone.localdate(now)
    lately = sheets.filter(done_at__gt=now - _YEAR)
    looked = lately.order_by().values("kind").annotate(last=Max("done_at"), n=Count("place", distinct=True))
    seen = {row["kind"]: (row["n"], row["last"]) for row in looked}
    unmended = fixes.exclude(state=State.CLOSED).order_by().values("answer__sheet__kind")
    counted = unmended.annotate(n=Count("pk"), late=Count("pk", filter=_late(today)))
    left = {row["answer__sheet__kind"]: (row["n"], row["late"]) for row in counted}
    kinds = tuple(KindRow(kind.value, *seen.get(kind, (0, None)), *left.get(kind, (0, 0))) for kind in Place)
    missing = _units(person, below).filter(kind__in=_SCHOOLS).exclude(pk__in=lately.order_by().values("unit"))
    missing = missing.filter(Q(valid_to=None) | Q(valid_to__gte=today))
    return Overview(
        kinds, _fix_counts(fixes, today), tuple(missing[:_LISTED]), missing.count(), page_of(sheets, request)
    )


def sheet_page(sheet: Sheet) -> SheetPage:
    """One sheet."""
    answers = list(sheet.answers.all())
    fixes = {fix.answer_id: fix for fix in Fix.objects.filter(answer__sheet=sheet)}
    return SheetPage(sheet, tuple((answer, fixes.get(answer.pk)) for answer in answers))


def fix_list(request: HttpRequest, person: Person, below: Unit | None, now: datetime) -> FixList:
    """What has to be mended, by view; what is late stands first in each."""
    rows, today = access.fixes_for(person, below), timezone.localdate(now)
    view = request.GET.get("view", "open")
    view = view if view in FIX_VIEWS else "open"
    found = rows.filter(_view(view, today))
    return FixList(page_of(found, request), view, _fix_counts(rows, today), today)


def fix_page(fix: Fix, person: Person, now: datetime) -> FixPage:
    """One thing to be mended."""
    steps = fix.steps.select_related("by", "by__unit").prefetch_related("files")
    verbs = tuple(row.verb for row in possible(State(fix.state)) if access.may(person, row.duty, fix))
    own = fix.state == State.MENDED and fix.mended_by_id == person.pk
    return FixPage(fix, tuple(_told(step) for step in steps), verbs, fix.is_late(timezone.localdate(now)), own)


def report_list(request: HttpRequest, person: Person, below: Unit | None, now: datetime) -> ReportList:
    """Reports of hosts, by result."""
    rows = access.reports_for(person, below).defer("content")
    counted = {row["result"]: row["n"] for row in rows.order_by().values("result").annotate(n=Count("pk"))}
    result, search = request.GET.get("result", ""), request.GET.get("q", "").strip()
    if result in RESULTS:
        rows = rows.filter(result=result)
    if search:
        rows = rows.filter(Q(host__icontains=search) | Q(unit__name__icontains=search) | Q(asset__number=search))
    links = access.links_for(person, below).order_by().values("pk")
    since = timezone.localdate(now) - _YEAR
    refused = Refusal.objects.filter(link__in=links, day__gt=since).values_list("count", flat=True)
    return ReportList(
        page_of(rows, request),
        result,
        {one: counted.get(one, 0) for one in RESULTS},
        access.rejects_for(person, below).count(),
        sum(refused),
    )


def results() -> list[tuple[str, str]]:
    """The five results with what each means; none of them is "clean"."""
    return [(result, said(meaning(result))) for result in RESULTS]


def report_page(report: HostReport) -> ReportPage:
    """One report."""
    joined = tuple(report.joined.filter(parted_at=None).select_related("case", "case__unit"))
    targets = {str(row.case.server) for row in joined if row.case.server}
    signs = tuple(_sign(finding, targets) for finding in report.shown_findings)
    gaps = tuple((gap["check"], said(gap["text"]), int(gap["count"])) for gap in report.shown_gaps)
    return ReportPage(report, said(meaning(report.result)), signs, gaps, joined)


def host_side(case: Case) -> HostSide:
    """The host's side of a case."""
    rows = CaseReport.objects.filter(case=case, parted_at=None).select_related("report", "report__unit", "joined_by")
    rows = rows.defer("report__content")
    joined = tuple((row, said(meaning(row.report.result)), row.same_target) for row in rows)
    return HostSide(joined, _suggested(case, [row.report_id for row in rows]))


def assets_like(report: HostReport, search: str) -> QuerySet[Asset]:
    """Devices of the unit that a report may be of."""
    found = Asset.objects.filter(unit__path__startswith=report.unit.path).exclude(status=Asset.Status.GONE)
    text = search.strip()
    named = Q(number__icontains=text) | Q(name__icontains=text) | Q(hostname__icontains=text) | Q(ip=text)
    return found.filter(named).select_related("unit")[:20]


def rejects(request: HttpRequest, person: Person, below: Unit | None) -> Page[Reject]:
    """What was handed in and was no report."""
    return page_of(access.rejects_for(person, below).defer("beginning"), request)


def links(request: HttpRequest, person: Person, below: Unit | None) -> Page[Link]:
    """The links that were given out, with how often each was used and turned away."""
    counted = access.links_for(person, below).annotate(
        n_reports=Count("reports", distinct=True),
        n_sheets=Count("sheets", distinct=True),
        n_rejects=Count("rejects", distinct=True),
    )
    return page_of(counted.order_by("-made_at", "-pk"), request)


def in_hand(unit: Unit, name: str) -> list[Task]:
    """What somebody who leaves still has to mend."""
    rows = Fix.objects.filter(unit=unit, responsible=name).exclude(state=State.CLOSED)
    return [Task(fix.number, reverse("selfchecks:fix", args=[fix.pk])) for fix in rows]


def mended_of_due(units: Sequence[int], now: datetime) -> Mapping[int, Figure]:
    """By unit: of what was to be mended by now, how much is; units that had nothing to mend have no figure."""
    due = Fix.objects.filter(unit__in=units, due_on__lte=timezone.localdate(now), opened_at__lte=now)
    done = Count("pk", filter=Q(closed_at__lte=now))
    rows = due.order_by().values("unit").annotate(n=Count("pk"), done=done)
    return {row["unit"]: Figure(row["done"], row["n"]) for row in rows}


def places_looked_at(units: Sequence[int], now: datetime) -> Mapping[int, Figure]:
    """By unit: in how many places somebody looked within a year; units where nobody did have no figure."""
    rows = Sheet.objects.filter(unit__in=units, done_at__gt=now - _YEAR, done_at__lte=now).order_by()
    counted = rows.values("unit").annotate(n=Count("place", distinct=True))
    return {row["unit"]: Figure(row["n"]) for row in counted}


def still_open(units: Sequence[int], now: datetime) -> Mapping[int, Figure]:
    """By unit: what was found and is not closed yet; units with nothing open have no figure."""
    rows = Fix.objects.filter(unit__in=units, opened_at__lte=now).exclude(state=State.CLOSED).order_by()
    return {row["unit"]: Figure(row["n"]) for row in rows.values("unit").annotate(n=Count("pk"))}


def problems_found(units: Sequence[int], since: datetime, until: datetime) -> Mapping[int, tuple[int, int, int]]:
    """By unit, of a period: sheets handed in, problems found, problems closed."""
    sheets = Sheet.objects.filter(unit__in=units, done_at__gte=since, done_at__lt=until).order_by()
    found: dict[int, list[int]] = {}
    for row in sheets.values("unit").annotate(n=Count("pk")):
        found.setdefault(row["unit"], [0, 0, 0])[0] = row["n"]
    for at, field in ((1, "opened_at"), (2, "closed_at")):
        span = {f"{field}__gte": since, f"{field}__lt": until}
        for row in Fix.objects.filter(unit__in=units, **span).order_by().values("unit").annotate(n=Count("pk")):
            found.setdefault(row["unit"], [0, 0, 0])[at] = row["n"]
    return {unit: (row[0], row[1], row[2]) for unit, row in found.items()}


def hosts_seen(units: Sequence[int], since: datetime, until: datetime) -> Mapping[int, Mapping[str, int]]:
    """By unit, of a period: how many reports of hosts came in with each of the five results."""
    rows = HostReport.objects.filter(unit__in=units, received_at__gte=since, received_at__lt=until).order_by()
    found: dict[int, dict[str, int]] = {}
    for row in rows.values("unit", "result").annotate(n=Count("pk")):
        found.setdefault(row["unit"], dict.fromkeys(RESULTS, 0))[row["result"]] = row["n"]
    return found


def _units(person: Person, below: Unit | None) -> QuerySet[Unit]:
    units = units_visible_to(person, Role.OFFICER, Role.APPROVER, Role.LEADER)
    return units.filter(path__startswith=below.path) if below else units


def _late(today: date) -> Q:
    return Q(state=State.OPEN, due_on__lt=today)


def _view(view: str, today: date) -> Q:
    if view == "late":
        return _late(today)
    return Q(state=view)


def _fix_counts(rows: QuerySet[Fix], today: date) -> dict[str, int]:
    counted = rows.order_by().aggregate(**{view: Count("pk", filter=_view(view, today)) for view in FIX_VIEWS})
    return {view: int(counted[view]) for view in FIX_VIEWS}


_TONES = {"open": "amber", "mend": "", "accept": "green", "return": "red", "postpone": "amber", "move": "amber"}


def _told(step: FixStep) -> Told:
    nobody = "" if step.verb == "move" else say("desk_selfchecks.by_link")
    who = f"{step.by.name} · {step.by.unit.label}" if step.by else nobody
    files = tuple((f.name, reverse("selfchecks:fix-file", args=[step.fix_id, f.pk])) for f in step.files.all())
    return Told(step.at, say(f"desk_selfchecks.step_{step.verb}"), who, step.note, _TONES[step.verb], files)


def _sign(finding: Mapping[str, Any], targets: set[str]) -> Sign:
    facts = tuple((str(key), _flat(value)) for key, value in finding["evidence"].items() if value not in ("", [], {}))
    address = target_of(finding)
    return Sign(
        said(finding["title"]), finding["severity"], finding["family"], str(finding["subject"]), facts,
        said(finding["harmless"]),
        said(finding["next"]), bool(finding["weak"]), bool(address) and address in targets,
    )  # fmt: skip


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return say("desk_kit.list_comma").join(str(one) for one in value[:20])
    return str(value)[:500]


def _suggested(case: Case, joined: Sequence[int]) -> tuple[HostReport, ...]:
    """Reports of the device that the case is about, by what the ledger knows of it; the newest first."""
    candidates = list(case.candidates.all())
    addresses = {case.device_ip, str(case.host or ""), *(one.internal_ip for one in candidates)} - {""}
    macs = {case.device_mac, *(one.mac for one in candidates)} - {""}
    names = {case.device_name, *(one.asset for one in candidates)} - {""}
    known = Q(ip__in=addresses) | Q(mac__in=macs) | Q(number__in=names) | Q(name__in=names)
    assets = Asset.objects.filter(known, unit__path__startswith=case.unit.path).order_by().values("pk")
    hosts = Q(pk__in=())
    for name in names:
        hosts |= Q(host__iexact=name)
    rows = HostReport.objects.filter(Q(asset__in=assets) | hosts, unit__path__startswith=case.unit.path)
    rows = rows.exclude(pk__in=joined).defer("content").select_related("unit", "asset")
    return tuple(rows.order_by(F("received_at").desc())[:SUGGESTED])
