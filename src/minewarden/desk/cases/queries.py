"""What the pages of leads and cases show: lists with their filters, and everything about one case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.urls import reverse

from minewarden.desk.cases import access, evidence
from minewarden.desk.cases.clocks import SOON, Clock
from minewarden.desk.cases.followup import confirmed_in
from minewarden.desk.cases.lifecycle import BEFORE_LOCK, CHECKLIST, ENDED, State
from minewarden.desk.cases.models import (
    Accountability,
    Asked,
    Backfill,
    Call,
    CandidateCopy,
    Case,
    CaseNotice,
    Decision,
    EarlierReceipt,
    EvidenceCopy,
    EvidenceFile,
    Extension,
    Holiday,
    Lead,
    Measure,
    Objection,
    Order,
    Outage,
    Recurrence,
    Referral,
    Shift,
    SiteFacts,
    Step,
    Task,
    Tick,
)  # fmt: skip
from minewarden.desk.cases.workdays import Calendar, Day
from minewarden.desk.kit.words import say
from minewarden.desk.ledger.open_work import Task as OpenTask
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.org.parameters import in_force_for
from minewarden.vocab.words import DISPLAY_ZONE

PER_PAGE = 50
SURENESS = ("confirmed", "probable", "suspected")
CERTAINTIES = ("unique", "likely", "possible", "several", "none")
CASE_FILTERS = (
    "open",
    "urgent",
    "overdue",
    "unsigned",
    "not-ours",
    "returned",
    "undecided",
    "recurred",
    "review",
    "reported",
    "ended",
)
SETTLE = "settle"
"""Closed cases to be declared stable or recurred: all re-checks are done, or one of them found something."""


def in_hand(unit: Unit, name: str) -> list[OpenTask]:
    """The open cases of a unit that name a person as responsible: somebody else must take them over."""
    found = Case.objects.filter(unit__path__startswith=unit.path, responsible_name=name)
    found = found.exclude(state__in=[state.value for state in ENDED])
    return [OpenTask(case.number, reverse("cases:case", args=[case.pk])) for case in found]


@dataclass(frozen=True, slots=True)
class LeadList:
    """A page of leads, the filters in force, and how many leads each state has."""

    page: Page[Lead]
    status: str
    sureness: str
    certainty: str
    query: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LeadPage:
    """One lead."""

    lead: Lead
    reasons: tuple[evidence.Reason, ...]
    chains: tuple[evidence.Chain, ...]
    account: str
    basis: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of cases, the filters in force, and how many cases each view has.

    sooner: number of a case -> ("find" or "report", clock) of its notices that want it earlier than its own clock, for
    the view of what ends soon, where the case's own clock alone would not say why it stands there.
    """

    page: Page[Case]
    view: str
    origin: str
    query: str
    counts: Mapping[str, int]
    sooner: Mapping[int, Sequence[tuple[str, Clock]]]


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the history as the timeline draws it."""

    at: datetime
    title: str
    who: str
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything about one case."""

    case: Case
    find: Clock
    report: Clock
    reasons: tuple[evidence.Reason, ...]
    chains: tuple[evidence.Chain, ...]
    account: str
    revealed: bool
    chosen: bool
    decisions: tuple[Decision, ...]
    extensions: tuple[Extension, ...]
    measures: tuple[Measure, ...]
    notices: tuple[tuple[CaseNotice, Clock, Clock], ...]
    told: tuple[Told, ...]
    sent_back: Told | None
    newer: tuple[EvidenceCopy, ...]
    tasks: tuple[Task, ...]
    checklist: tuple[tuple[str, Tick | None], ...]
    site: SiteFacts | None
    calls: tuple[Call, ...]
    files: tuple[EvidenceFile, ...]
    order: Order | None
    objections: tuple[Objection, ...]
    accountability: tuple[Accountability, ...]
    restricted: bool
    referrals: tuple[Referral, ...]
    outages: tuple[Outage, ...]
    shifts: tuple[Shift, ...]
    backfills: tuple[Backfill, ...]
    earlier: tuple[EarlierReceipt, ...]
    recurrence: Recurrence | None
    others: bool
    days: tuple[tuple[str, Day], ...]
    unit: Unit

    @property
    def several(self) -> bool:
        """Whether more than one device fits."""
        return len(self.chains) > 1

    @property
    def content(self) -> Mapping[str, Any]:
        """The finding as the case keeps it; empty where the case came from a notice."""
        return self.case.evidence.content if self.case.evidence else {}


def lead_list(person: Person, given: Mapping[str, str], unit: Unit | None) -> LeadList:
    """Leads by state, sureness, certainty of the trace, and words in host, server or name."""
    status = given.get("status") or Lead.Status.OPEN.value
    rows = access.leads_for(person)
    if unit is not None:
        rows = rows.filter(Q(unit__path__startswith=unit.path) | Q(unit=None, keeper__path__startswith=unit.path))
    counts = {row["status"]: row["n"] for row in rows.order_by().values("status").annotate(n=Count("pk"))}
    sureness, certainty, query = given.get("sureness", ""), given.get("certainty", ""), given.get("q", "").strip()
    if given.get("unit") == "none":
        rows = rows.filter(unit=None)
    rows = rows.filter(status=status) if status in Lead.Status.values else rows
    rows = rows.filter(sureness=sureness) if sureness in SURENESS else rows
    rows = rows.filter(certainty=certainty) if certainty in CERTAINTIES else rows
    if query:
        match = Q(host__startswith=query) | Q(server__startswith=query) | Q(server_name__icontains=query)
        rows = rows.filter(match | Q(unit__name__icontains=query))
    rows = rows.defer("evidence__content")
    return LeadList(_page(rows, given), status, sureness, certainty, query, counts)


def lead_page(lead: Lead) -> LeadPage:
    """All about a lead; accounts and people stay masked, since nobody has taken it up yet."""
    content = lead.evidence.content
    basis = lead.unit_basis
    units = say("desk_kit.list_comma").join(basis.get("units", []))
    return LeadPage(
        lead=lead,
        reasons=evidence.reasons(content),
        chains=evidence.chains(content, revealed=False),
        account=evidence.account(content, revealed=False),
        basis=say(f"desk_cases.{basis['key']}", address=basis.get("address", ""), units=units) if basis else "",
        cases=tuple(lead.cases.select_related("unit").order_by("pk")),
    )


def case_list(person: Person, given: Mapping[str, str], unit: Unit | None, now: datetime) -> CaseList:
    """Cases by view, origin, and words in unit, host or server."""
    rows = access.cases_for(person).defer("evidence__content", "lead__unit_basis")
    if unit is not None:
        rows = rows.filter(unit__path__startswith=unit.path)
    # What is to be settled is told by the tasks of thousands of closed cases: it is counted for who asks for it.
    named = (*CASE_FILTERS, SETTLE) if given.get("view") == SETTLE else CASE_FILTERS
    views = {view: view_of_cases(view, now) for view in named}
    counted = rows.order_by().aggregate(**{_safe(view): Count("pk", filter=q) for view, q in views.items()})
    view = given.get("view") or "open"
    rows = rows.filter(views[view]) if view in views else rows
    origin, query = given.get("origin", ""), given.get("q", "").strip()
    rows = rows.filter(origin=origin) if origin in Case.Origin.values else rows
    if query:
        number = int(query.rpartition("-")[2]) if query.rpartition("-")[2].isdecimal() else 0
        match = Q(unit__name__icontains=query) | Q(host__startswith=query) | Q(pk=number)
        rows = rows.filter(match | Q(server_name__icontains=query) | Q(server__startswith=query))
    counts = {view: counted[_safe(view)] for view in views}
    page = _page(rows, given)
    sooner: dict[int, list[tuple[str, Clock]]] = {}
    for row in CaseNotice.shorter(list(page)) if view == "urgent" else ():
        clocks = [(which, row.clock(which)) for which in ("find", "report")]
        earlier = [(which, clock) for which, clock in clocks if clock.running and clock.due < row.case_due(which)]
        sooner.setdefault(row.case_id, []).extend(earlier)
    return CaseList(page, view, origin, query, counts, sooner)


def rechecked(**how: Any) -> Exists:
    """Of a case, whether it has a re-check, of some sort."""
    return Exists(Task.objects.filter(case=OuterRef("pk"), kind__startswith="recheck", **how))


def view_of_cases(view: str, now: datetime) -> Q:
    """What a view of the list of cases holds."""
    if view == SETTLE:
        closed = Q(state__in=[State.CLOSED.value, State.WATCHING.value])
        return closed & Q(rechecked()) & (Q(rechecked(result="found")) | ~Q(rechecked(done_at=None)))
    ended = [state.value for state in ENDED]
    find = Q(concluded_at=None, stopped_at=None)
    report = Q(reported_at=None, stopped_at=None)
    if view == "urgent":
        soon = now + SOON
        # A sender may want his answer before the clocks of the case end, and the page of what waits counts by that.
        find_soon = Q(due48__gt=now, due48__lte=soon) | Q(pk__in=CaseNotice.ending("find", now, soon))
        report_soon = Q(due72__gt=now, due72__lte=soon) | Q(pk__in=CaseNotice.ending("report", now, soon))
        return (find & find_soon) | (report & report_soon)
    return {
        "open": ~Q(state__in=ended),
        "overdue": (find & Q(due48__lte=now)) | (report & Q(due72__lte=now)),
        "unsigned": Q(state=State.DELIVERED.value),
        # Asked of the few that are so; joined, each case would have to be told from its doubles.
        "not-ours": Q(~Exists(Case.objects.filter(previous=OuterRef("pk"))), state=State.NOT_OURS.value),
        "returned": Q(state=State.RETURNED.value),
        "undecided": Q(conclusion=Case.Conclusion.TRUE.value, nature=Case.Nature.UNDECIDED.value),
        "recurred": ~Q(state__in=ended) & Q(recurrence__isnull=False),
        "review": Q(state=State.REVIEW.value),
        "reported": Q(state__in=(State.REPORTED.value, State.RECEIVED.value)),
        "ended": Q(state__in=ended),
    }[view]


def case_page(case: Case, *, revealed: bool, restricted: bool = False) -> CasePage:
    """Everything about a case, in a number of queries that does not depend on how much there is."""
    # On the case itself, so that forms and other apps that ask for them find them read.
    prefetch_related_objects(
        [case],
        Prefetch("candidates", CandidateCopy.objects.select_related("chosen_by")),
        Prefetch("measures", Measure.objects.select_related("by")),
    )
    candidates = list(case.candidates.all())
    content = case.evidence.content if case.evidence else {}
    prefetch_related_objects([case], "shifts__by", "shifts__outage")
    prefetch_related_objects(
        [case], Prefetch("extensions", Extension.objects.select_related("asked_by", "decided_by", "joined__notice"))
    )
    joined = case.joined.select_related("notice").order_by("received_at", "pk")
    steps = list(case.steps.select_related("by", "by__unit"))
    # What never happened need not be asked for: the history names all that did.
    happened = {step.verb for step in steps}

    def rows(verbs: str, name: str, *with_: str) -> tuple[Any, ...]:
        if not happened & set(verbs.split()):
            return ()
        return tuple(getattr(case, name).select_related(*with_))

    return CasePage(
        case=case,
        find=case.find_clock,
        report=case.report_clock,
        reasons=evidence.reasons(content),
        chains=evidence.chains_of(candidates, revealed=revealed),
        account=evidence.account(content, revealed=revealed),
        revealed=revealed,
        chosen=len(candidates) <= 1 or any(candidate.chosen_at for candidate in candidates),
        decisions=tuple(case.decisions.select_related("asked_by", "decided_by")),
        extensions=tuple(case.extensions.all()),
        measures=tuple(case.measures.all()),
        notices=tuple((row, row.clock("find"), row.clock("report")) for row in joined),
        told=tuple(_told(step) for step in steps),
        sent_back=_sent_back(steps),
        newer=_newer(case),
        tasks=rows("close confirm-unlocatable", "tasks", "done_by"),
        checklist=_checklist(rows("tick", "ticks", "by")),
        site=case.site_facts.select_related("by").last() if "site-facts" in happened else None,
        calls=rows("call", "calls", "by"),
        files=rows("add-file", "files", "by"),
        order=_order(case) if "propose-order" in happened else None,
        objections=rows("objection-1", "objections", "entered_by", "contested", "answer"),
        accountability=rows("accountability", "accountability", "by"),
        restricted=restricted,
        referrals=rows("refer", "referrals", "by"),
        outages=outages_at(dues_of(case)),
        shifts=tuple(case.shifts.all()),
        backfills=rows("ask-backfill", "backfills", "asked_by", "decided_by"),
        earlier=rows("earlier-receipt", "earlier_receipts", "by", "notice"),
        recurrence=_recurrence(case) if "recurs" in happened else None,
        others=_open_at(case.unit).exclude(pk=case.pk).exists() if State(case.state) in BEFORE_LOCK else False,
        days=_days(case),
        unit=case.unit,
    )


_ORDER_PEOPLE = ("ordered_by", "approved_by", "confirmed_by", "restore_asked_by", "restored_by")


@dataclass(frozen=True, slots=True)
class Honours:
    """A unit that has come to the threshold in a year, with the cases behind it."""

    unit: Unit
    cases: tuple[Case, ...]


def honoured(person: Person, year: int, now: datetime) -> list[int]:
    """Units with as many confirmed cases in a calendar year as their bureau names (three, unless it says otherwise).

    Their numbers, in the order of the tree: a list, no ranking. It goes nowhere by itself; the office of
    honours decides.
    """
    rows = access.cases_for(person).filter(confirmed_in(year)).order_by("unit__path")
    counted = rows.values_list("unit_id", "unit__path").annotate(n=Count("pk"))
    least = in_force_for("honours_cases", now)
    return [unit_id for unit_id, path, n in counted if n >= int(least(path))]


def honours_of(person: Person, year: int, units: Sequence[int]) -> list[Honours]:
    """Some of them, each with the cases behind it."""
    rows = access.cases_for(person).filter(confirmed_in(year), unit__in=units).order_by("unit__path", "locked_at")
    by_unit: dict[Unit, list[Case]] = {}
    for case in rows.defer("evidence__content"):
        by_unit.setdefault(case.unit, []).append(case)
    return [Honours(unit, tuple(found)) for unit, found in by_unit.items()]


def outages_seen() -> "QuerySet[Outage]":
    """All outages, each with how many cases had a clock that ended in it (`hit`), counted where a row is read."""
    rows: QuerySet[Outage] = Outage.objects.select_related("by").annotate(hit=Coalesce(Subquery(_hit), 0))
    return rows


def calendar() -> Calendar:
    """The table of days as it stands."""
    return Calendar({row.day: (row.works, row.name) for row in Holiday.objects.all()})


def year_of_days(year: int) -> tuple[Holiday, ...]:
    """The days of a year that are out of the ordinary."""
    return tuple(Holiday.objects.filter(day__year=year))


def holiday(day_id: int) -> Holiday:
    """One of them. Raises Http404 else."""
    return get_object_or_404(Holiday, pk=day_id)


_span = (OuterRef("began_at"), OuterRef("ended_at"))
_find = Q(due48__range=_span) & (Q(concluded_at=None) | Q(concluded_at__gte=OuterRef("began_at")))
_report = Q(due72__range=_span) & (Q(reported_at=None) | Q(reported_at__gte=OuterRef("began_at")))
_hit = Case.objects.filter(_find | _report).order_by().annotate(one=Value(1)).values("one").values(n=Count("pk"))
"""How many cases there are of which a clock came due in an outage, and was not met before it."""


def dues_of(case: Case) -> frozenset[datetime]:
    """The due times of a case, as they stand and as they stood before anybody allowed more."""
    return frozenset((case.due48, case.due72, *(case.original(which) for which in ("find", "report"))))


def outages_at(dues: Iterable[datetime]) -> tuple[Outage, ...]:
    """系统故障期间: the outages that a due time fell into."""
    condition = Q()
    for due in dues:
        condition |= Q(began_at__lte=due, ended_at__gte=due)
    return tuple(Outage.objects.filter(condition)) if condition else ()


def _order(case: Case) -> Order | None:
    return Order.objects.filter(case=case).select_related(*_ORDER_PEOPLE).first()


def _recurrence(case: Case) -> Recurrence | None:
    found: Recurrence | None = Recurrence.objects.filter(case=case).select_related("earlier").first()
    return found


def _checklist(ticks: tuple[Tick, ...]) -> tuple[tuple[str, Tick | None], ...]:
    last = {row.item: row for row in ticks}
    return tuple((item, row if (row := last.get(item)) and row.done else None) for item in CHECKLIST)


def _days(case: Case) -> tuple[tuple[str, Day], ...]:
    """What sort of days the running clocks end on."""
    clocks = (("find", case.find_clock), ("report", case.report_clock))
    running = [(which, clock.due.astimezone(DISPLAY_ZONE).date()) for which, clock in clocks if clock.running]
    known = calendar() if running else Calendar({})
    return tuple((which, known.day(on)) for which, on in running)


def _open_at(unit: Unit) -> "QuerySet[Case]":
    return Case.objects.filter(unit=unit).exclude(state__in=[state.value for state in ENDED])


def _newer(case: Case) -> tuple[EvidenceCopy, ...]:
    """Evidence of the same finding that came in after the case was opened."""
    if case.evidence is None:
        return ()
    same = EvidenceCopy.objects.filter(finding_id=case.evidence.finding_id, pk__gt=case.evidence.pk)
    return tuple(same.defer("content").order_by("pk"))


def pending(rows: "tuple[Decision, ...] | tuple[Extension, ...]") -> "list[Decision | Extension]":
    """What still waits for a second person."""
    return [row for row in rows if row.outcome == Asked.Outcome.PENDING]


_TONES = {"lock": "green", "approve-report": "green", "close": "green", "return": "amber", "send-back-report": "amber"}
_TONES |= {"escalate-due": "red", "escalate-after": "red", "escalate-urgent": "amber", "recurs": "red"}
_TONES |= {
    "open-restricted": "amber",
    "read-file": "amber",
    "return-not-ours": "amber",
    "withdraw": "amber",
    "declare-recurred": "red",
    "unmask": "amber",
}


_BACK = ("return", "send-back-report")


def sent_back(case: Case) -> Told | None:
    """Why the report came back, as long as it has not been handed in again; None where it has not come back."""
    return _sent_back(case.steps.select_related("by", "by__unit"))


def _sent_back(steps: Iterable[Step]) -> Told | None:
    last = None
    for step in steps:
        last = step if step.verb in _BACK else None if step.verb == "submit-report" else last
    return _told(last) if last is not None else None


def _told(step: Step) -> Told:
    who = f"{step.by.name} · {step.by.unit.label}" if step.by else say("desk_cases.the_program")
    title = say(f"desk_cases.step_{step.verb.replace('-', '_')}")
    return Told(step.at, title, who, step.note, _TONES.get(step.verb, ""))


def _page(rows: QuerySet[Any], given: Mapping[str, str]) -> Page[Any]:
    return Paginator(rows, PER_PAGE).get_page(given.get("page"))


def _safe(view: str) -> str:
    return f"n_{view.replace('-', '_')}"
