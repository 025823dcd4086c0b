"""What the pages of leads and cases show: lists with their filters, and everything about one case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from minewarden.desk.cases import access, evidence
from minewarden.desk.cases.clocks import Clock
from minewarden.desk.cases.lifecycle import ENDED, State
from minewarden.desk.cases.models import Asked, Case, CaseNotice, Decision, EvidenceCopy, Extension, Lead, Measure, Step
from minewarden.desk.kit.words import say
from minewarden.desk.ledger.open_work import Task
from minewarden.desk.org.models import Person, Unit

PER_PAGE = 50
SURENESS = ("confirmed", "probable", "suspected")
CERTAINTIES = ("unique", "likely", "possible", "several", "none")
CASE_FILTERS = ("open", "urgent", "overdue", "unsigned", "not-ours", "undecided", "review", "reported", "ended")
RECHECK_DAYS = (7, 30, 90)


def in_hand(unit: Unit, name: str) -> list[Task]:
    """The open cases of a unit that name a person as responsible: somebody else must take them over."""
    found = Case.objects.filter(unit__path__startswith=unit.path, responsible_name=name)
    found = found.exclude(state__in=[state.value for state in ENDED])
    return [Task(case.number, reverse("cases:case", args=[case.pk])) for case in found]


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
    """A page of cases, the filters in force, and how many cases each view has."""

    page: Page[Case]
    view: str
    origin: str
    query: str
    counts: Mapping[str, int]


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
    notices: tuple[tuple[CaseNotice, Clock], ...]
    told: tuple[Told, ...]
    newer: tuple[EvidenceCopy, ...]
    rechecks: tuple[datetime, ...]
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
    views = {view: view_of_cases(view, now) for view in CASE_FILTERS}
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
    return CaseList(_page(rows, given), view, origin, query, counts)


def view_of_cases(view: str, now: datetime) -> Q:
    """What a view of the list of cases holds."""
    ended = [state.value for state in ENDED]
    find = Q(concluded_at=None, stopped_at=None)
    report = Q(reported_at=None, stopped_at=None)
    soon = now + timedelta(hours=12)
    return {
        "open": ~Q(state__in=ended),
        "urgent": (find & Q(due48__gt=now, due48__lte=soon)) | (report & Q(due72__gt=now, due72__lte=soon)),
        "overdue": (find & Q(due48__lte=now)) | (report & Q(due72__lte=now)),
        "unsigned": Q(state=State.DELIVERED.value),
        "not-ours": Q(state=State.NOT_OURS.value, following=None),
        "undecided": Q(conclusion=Case.Conclusion.TRUE.value, nature=Case.Nature.UNDECIDED.value),
        "review": Q(state=State.REVIEW.value),
        "reported": Q(state__in=(State.REPORTED.value, State.RECEIVED.value)),
        "ended": Q(state__in=ended),
    }[view]


def case_page(case: Case, *, revealed: bool) -> CasePage:
    """Everything about a case, in a number of queries that does not depend on how much there is."""
    candidates = list(case.candidates.select_related("chosen_by"))
    content = case.evidence.content if case.evidence else {}
    joined = case.joined.select_related("notice").order_by("received_at", "pk")
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
        extensions=tuple(case.extensions.select_related("asked_by", "decided_by")),
        measures=tuple(case.measures.select_related("by")),
        notices=tuple((row, row.find_clock(case.concluded_at)) for row in joined),
        told=tuple(_told(step) for step in case.steps.select_related("by", "by__unit")),
        newer=_newer(case),
        rechecks=tuple(case.closed_at + timedelta(days=days) for days in RECHECK_DAYS) if case.closed_at else (),
        unit=case.unit,
    )


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
_TONES |= {"return-not-ours": "amber", "withdraw": "amber", "declare-recurred": "red", "unmask": "amber"}


def _told(step: Step) -> Told:
    who = f"{step.by.name} · {step.by.unit.label}" if step.by else say("desk_cases.the_program")
    title = say(f"desk_cases.step_{step.verb.replace('-', '_')}")
    return Told(step.at, title, who, step.note, _TONES.get(step.verb, ""))


def _page(rows: QuerySet[Any], given: Mapping[str, str]) -> Page[Any]:
    return Paginator(rows, PER_PAGE).get_page(given.get("page"))


def _safe(view: str) -> str:
    return f"n_{view.replace('-', '_')}"
