"""What the pages of notices show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from minewarden.desk.cases.clocks import Clock
from minewarden.desk.cases.lifecycle import HANDLED
from minewarden.desk.cases.lifecycle import State as CaseState
from minewarden.desk.cases.models import Case, Outage
from minewarden.desk.cases.queries import calendar, outages_at
from minewarden.desk.notices import access
from minewarden.desk.notices.export import Answered, answered
from minewarden.desk.notices.lifecycle import OPEN, State, Verb, possible
from minewarden.desk.notices.models import Assignment, Handing, Line, Received, Share
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.org.parameters import in_force

PER_PAGE = 50
HOPS = 200
"""Hand-overs that the page of a notice shows; a notice for a whole city has thousands."""
STALLED = timedelta(minutes=2)
"""Longer than any piece of the worker takes."""
OUTCOMES = ("found", "conflict", "unknown", "none")
VIEWS = ("open", "preview", "unreplied", "all")
TASKS = ("open", "unsigned", "ended")


@dataclass(frozen=True, slots=True)
class Register:
    """The documents of one's offices, and how many each view has."""

    page: Page[Received]
    view: str
    query: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tasks:
    """What was handed to one's units."""

    page: Page[Assignment]
    view: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """A document that is not confirmed: its lines with their proposals, and what each group amounts to."""

    received: Received
    page: Page[Line]
    outcome: str
    counts: Mapping[str, int]
    addresses: int
    names: int
    units: tuple[tuple[Unit, int], ...]
    resolvers: int
    likely: int
    joining: int
    same_file: Received | None

    @property
    def unattributed(self) -> int:
        """Lines that the ledger knows nothing of, or says two things of: it may be put right, and asked again."""
        return self.counts["unknown"] + self.counts["conflict"]

    @property
    def staying(self) -> int:
        """Lines that nobody is named for: they stay with the office."""
        return self.counts["all"] - sum(count for _, count in self.units)


@dataclass(frozen=True, slots=True)
class Hop:
    """One hand-over: to whom, when, how long it took, and where it stands.

    slow: "" | "target" | "alarm", by the hours of work and the hours that the office's parameters name (及时转发).
    """

    assignment: Assignment
    depth: int
    took: timedelta
    lines: int
    slow: str


@dataclass(frozen=True, slots=True)
class Document:
    """A confirmed notice: the sender's clock, the hops, each line with its answer."""

    received: Received
    clock: Clock
    used: timedelta
    hops: tuple[Hop, ...]
    rows: Page[Answered]
    undelivered: int
    unsigned: int
    returned: tuple[Answered, ...]
    returned_count: int
    units: int
    statistics: "Statistics"
    job: "Job | None"


@dataclass(frozen=True, slots=True)
class Job:
    """How far the worker is with a large notice. `stalled`: nothing moved for minutes, so that no worker may run."""

    done: int
    lines: int
    ended: bool
    stalled: bool
    error: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """通报条数, 涉及IP数, 事件数 and 单位数 of notices (practice: lines before any merge, cases after it).

    What was withdrawn is not counted. A case that was not its unit's is not that unit's case: the one that follows is.
    """

    lines: int
    addresses: int
    cases: int
    units: int


@dataclass(frozen=True, slots=True)
class Task:
    """One assignment as its unit sees it."""

    assignment: Assignment
    shares: tuple[Share, ...]
    page: Page[Share]
    ended: tuple[Share, ...]
    waiting: int
    find: Clock | None
    report: Clock | None
    verbs: frozenset[Verb]
    resolver: bool
    otherwise: tuple[Line, ...]
    took: timedelta
    outages: tuple[Outage, ...]
    returned: tuple[Share, ...]

    @property
    def to_handle(self) -> list[Case]:
        """The cases of its lines on which the unit has still to do something, the most urgent first."""
        cases = {share.case.pk: share.case for share in self.shares if share.case is not None}
        return sorted(
            (case for case in cases.values() if CaseState(case.state) in HANDLED), key=lambda one: (one.due48, one.pk)
        )


@dataclass(frozen=True, slots=True)
class Replies:
    """The notices that rest on one case, each with its own reply and deadline."""

    case: Case
    documents: tuple[tuple[Received, Clock], ...]
    addresses: int

    @property
    def open(self) -> tuple[Received, ...]:
        """Those whose sender has not been answered."""
        return tuple(received for received, _ in self.documents if received.replied_at is None)


def register(person: Person, given: Mapping[str, str], unit: Unit | None) -> Register:
    """The documents of one's offices by view and words."""
    rows = access.received_by(person)
    if unit is not None:
        rows = rows.filter(office__path__startswith=unit.path)
    views = {
        "open": Q(state=Received.State.CONFIRMED, replied_at=None) | Q(state=Received.State.PREVIEW),
        "preview": Q(state=Received.State.PREVIEW),
        "unreplied": Q(state=Received.State.CONFIRMED, replied_at=None),
        "all": Q(),
    }
    counts = rows.order_by().aggregate(**{name: Count("pk", filter=q) for name, q in views.items() if name != "all"})
    counts["all"] = rows.count()
    view, query = given.get("view") or "open", given.get("q", "").strip()
    rows = rows.filter(views.get(view, Q()))
    if query:
        words = Q(number__icontains=query) | Q(source__icontains=query) | Q(name__icontains=query)
        rows = rows.filter(words | Q(pk__in=Line.objects.filter(_searched(query)).values("received")))
    shown = rows.annotate(line_count=Count("lines")).order_by("-received_at", "-pk")
    return Register(_page(shown, given), view, query, counts)


def documents(person: Person, unit: Unit | None) -> QuerySet[Received]:
    """The confirmed documents of one's offices, for the register that goes out."""
    rows = access.received_by(person).filter(state=Received.State.CONFIRMED)
    return rows.filter(office__path__startswith=unit.path) if unit is not None else rows


def tasks(person: Person, given: Mapping[str, str], unit: Unit | None) -> Tasks:
    """What was handed to one's units, the most urgent first."""
    rows = access.assignments_for(person)
    if unit is not None:
        rows = rows.filter(unit__path__startswith=unit.path)
    running = Q(state__in=[State.PENDING, State.DELIVERED, State.SIGNED])
    views = {"open": running, "unsigned": Q(state__in=[State.PENDING, State.DELIVERED]), "ended": ~running}
    counts = rows.order_by().aggregate(**{name: Count("pk", filter=q) for name, q in views.items()})
    view = given.get("view") or "open"
    rows = rows.filter(views.get(view, running)).order_by("due48", "pk")
    return Tasks(_page(rows, given), view, counts)


def preview(received: Received, given: Mapping[str, str]) -> Preview:
    """What will be sent to whom, before anything is."""
    rows = received.lines.select_related("unit", "proposed", "named", "merge")
    found = {row["outcome"]: row["n"] for row in rows.order_by().values("outcome").annotate(n=Count("pk"))}
    counts = {outcome: found.get(outcome, 0) for outcome in OUTCOMES}
    counts["all"] = sum(counts.values())
    by_unit = {
        row["unit"]: row["n"] for row in rows.exclude(unit=None).order_by().values("unit").annotate(n=Count("pk"))
    }
    units = Unit.objects.filter(pk__in=by_unit)
    # Those that join go to whom their case is with; what stays with the office joins nothing.
    alike = rows.order_by().aggregate(
        likely=Count("pk", filter=~Q(likeness="")), joining=Count("pk", filter=Q(join=True) & ~Q(unit=None))
    )
    outcome = given.get("outcome", "")
    shown = rows.filter(outcome=outcome) if outcome in OUTCOMES else rows
    return Preview(
        received=received,
        page=_page(shown, given),
        outcome=outcome if outcome in OUTCOMES else "all",
        counts=counts,
        addresses=rows.exclude(ip=None).order_by().values("ip").distinct().count(),
        names=rows.filter(ip=None).count(),
        units=tuple((unit, by_unit[unit.pk]) for unit in units),
        resolvers=rows.filter(purpose="resolver").count(),
        likely=alike["likely"],
        joining=alike["joining"],
        same_file=_same_file(received),
    )


def _same_file(received: Received) -> Received | None:
    """What the office made of the very same file before, unless it put that away."""
    others = Received.objects.filter(original=received.original_id, office=received.office_id).exclude(pk=received.pk)
    kept = others.exclude(state=Received.State.DROPPED).select_related("entered_by")
    return kept.order_by("entered_at", "pk").first()


def document(received: Received, given: Mapping[str, str], now: datetime) -> Document:
    """Everything about a confirmed notice."""
    lines = _page(received.lines.order_by("position").values_list("pk", flat=True), given)
    lines.object_list = answered(received, list(lines.object_list))
    job = _job(received, now)
    waiting = _waiting_for_a_unit(received, job)
    every = received.assignments.order_by()
    running = every.filter(state__in=[state.value for state in OPEN])
    lines_of = Count("shares", filter=Q(shares__beside=False))
    assignments = received.assignments.select_related("unit", "parent").annotate(line_count=lines_of)
    shown = list(assignments.order_by("dispatched_at", "pk")[: HOPS + 1])
    if len(shown) > HOPS:
        # Of very many the exceptions are shown: who was not reached, then who has not signed.
        first = assignments.order_by(F("received_at").asc(nulls_first=True), F("signed_at").asc(nulls_first=True), "pk")
        shown = list(first[:HOPS])
    return Document(
        received=received,
        clock=received.answer_clock,
        used=received.answer_clock.used(now),
        hops=tuple(_hops(shown, received)),
        rows=lines,
        undelivered=running.filter(received_at=None).count(),
        unsigned=running.filter(signed_at=None).count(),
        returned=tuple(answered(received, list(waiting[:PER_PAGE]))),
        returned_count=waiting.count(),
        units=every.count(),
        statistics=statistics([received]),
        job=job,
    )


def _job(received: Received, now: datetime) -> Job | None:
    """What the worker does for a notice; None where nothing was left to it."""
    row = Handing.objects.filter(received=received).first()
    if row is None:
        return None
    ended = row.ended_at is not None
    stalled = not ended and row.error is None and now - row.touched_at > STALLED
    return Job(row.lines if ended else row.done, row.lines, ended, stalled, row.error)


def left_to_worker(received: Received) -> bool:
    """Whether there was more than a page can wait for."""
    return Handing.objects.filter(received=received).exists()


def _waiting_for_a_unit(received: Received, job: Job | None) -> "QuerySet[Line, int]":
    """Numbers of the lines that are with nobody: they never left the office, or came back."""
    shares = Share.objects.filter(line=OuterRef("pk"))
    # Of several machines behind the address the unit must have said of each that it is not its own.
    ours = shares.filter(ended="").exclude(case__conclusion=Case.Conclusion.NOT_OURS)
    lines = received.lines.exclude(state=Line.State.WITHDRAWN).annotate(
        last_ended=Subquery(shares.order_by("-pk").values("ended")[:1])
    )
    never = Q(last_ended=None)
    if job is not None and not job.ended:
        # The worker has not come to these yet.
        never &= Q(unit=None)
    came_back = Q(last_ended="") & ~Exists(ours)
    found = lines.filter(never | Q(last_ended="returned") | came_back)
    return found.order_by("position").values_list("pk", flat=True)


def _hops(assignments: list[Any], received: Received) -> list[Hop]:
    """The hand-overs as a tree, each with the time that whoever sent it needed. One whose parent is not shown stands
    by itself."""
    shown = {assignment.pk for assignment in assignments}
    limits, days = in_force(received.office, received.received_at), calendar()
    below: dict[int | None, list[Any]] = {}
    for assignment in assignments:
        below.setdefault(assignment.parent_id if assignment.parent_id in shown else None, []).append(assignment)
    hops: list[Hop] = []

    def walk(parent: int | None, depth: int) -> None:
        for assignment in below.get(parent, ()):
            since, until = _since(assignment, received), assignment.dispatched_at
            slow = ""
            if until - since > timedelta(hours=limits.number("relay_alarm_hours")):
                slow = "alarm"
            elif days.worked(since, until) > timedelta(hours=limits.number("relay_target_hours")):
                slow = "target"
            hops.append(Hop(assignment, depth, took(assignment, received), assignment.line_count, slow))
            walk(assignment.pk, depth + 1)

    walk(None, 0)
    return hops


def took(assignment: Assignment, received: Received) -> timedelta:
    """How long the one that handed it on had it."""
    return max(assignment.dispatched_at - _since(assignment, received), timedelta())


def _since(assignment: Assignment, received: Received) -> datetime:
    """When the one that handed it on had got it: by its own receipt, or when it came back."""
    parent = assignment.parent
    if parent is None:
        return received.received_at
    if assignment.kind == "relay":
        return parent.received_at or parent.dispatched_at
    return parent.stopped_at or parent.dispatched_at


def statistics(received: list[Received] | QuerySet[Received]) -> Statistics:
    """The counts of some documents."""
    lines = Line.objects.filter(received__in=received).exclude(state=Line.State.WITHDRAWN)
    cases = (
        Case.objects.filter(shares__line__in=lines)
        .exclude(conclusion=Case.Conclusion.NOT_OURS)
        .exclude(state="withdrawn")
        .distinct()
    )
    rows = lines.order_by().values("received", "table", "row").distinct()
    return Statistics(
        lines=rows.count(),
        addresses=lines.exclude(ip=None).order_by().values("ip").distinct().count(),
        cases=cases.count(),
        units=cases.order_by().values("unit").distinct().count(),
    )


def task(assignment: Assignment, given: Mapping[str, str] | None = None) -> Task:
    """One assignment as its unit sees it: its own lines only."""
    shares = tuple(assignment.shares.all())
    live = tuple(share for share in shares if not share.ended)
    clocks = find, report = assignment.find_clock, assignment.report_clock
    return Task(
        assignment=assignment,
        shares=live,
        page=Paginator(live, PER_PAGE).get_page((given or {}).get("page")),
        waiting=sum(share.case is None for share in live) if assignment.received_at else 0,
        ended=tuple(share for share in assignment.lines if share.ended),
        find=find,
        report=report,
        verbs=possible(State(assignment.state)),
        resolver=any(share.line.resolver for share in live),
        otherwise=tuple(share.line for share in live if share.line.otherwise and not share.beside),
        took=took(assignment, assignment.received),
        returned=tuple(_returned_to(assignment)),
        outages=outages_at({due for one in clocks if one and not one.stopped for due in (one.original, one.due)}),
    )


def _returned_to(assignment: Assignment) -> "QuerySet[Share]":
    """What the unit had relayed and got back, and nobody has since."""
    shares = Share.objects.filter(assignment__sender=assignment.unit_id, assignment__received=assignment.received_id)
    later = Share.objects.filter(line=OuterRef("line"), pk__gt=OuterRef("pk"), beside=False)
    came = shares.filter(ended="returned", beside=False).exclude(line__state=Line.State.WITHDRAWN)
    return came.filter(~Exists(later)).select_related("line", "assignment__unit").order_by("line__position")


def sent_by(line: Line, person: Person) -> tuple[Unit, Assignment | None]:
    """Who hands a line out that came back: the unit that had relayed it, with its own assignment, where the person does
    not see the document of the office; else the office."""
    last = line.shares.select_related("assignment__sender").order_by("-pk").first()
    if last is None or access.received_by(person).filter(pk=line.received_id).exists():
        return line.received.office, None
    sender = last.assignment.sender
    return sender, Assignment.objects.filter(received=line.received_id, unit=sender).order_by("pk").last()


def relays(task: Task) -> bool:
    """Whether an assignment can be relayed, and there is a unit to relay it to."""
    unit = task.assignment.unit
    return Verb.RELAY in task.verbs and unit.subtree().exclude(pk=unit.pk).exists()


def replies(case: Case) -> Replies:
    """The notices of a case with their replies."""
    rows = (
        Received.objects.filter(notice__joined__case=case).select_related("office").order_by("received_at").distinct()
    )
    known = [(row, row.answer_clock) for row in rows]
    addresses = Line.objects.filter(shares__case=case).exclude(ip=None).order_by().values("ip").distinct().count()
    return Replies(case, tuple(known), addresses)


def _searched(query: str) -> Q:
    return Q(ip__startswith=query) | Q(domain__icontains=query) | Q(unit__name__icontains=query)


def _page(rows: "QuerySet[Any]", given: Mapping[str, str]) -> "Page[Any]":
    return Paginator(rows, PER_PAGE).get_page(given.get("page"))
