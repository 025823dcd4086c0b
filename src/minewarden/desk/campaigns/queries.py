"""What the pages of campaigns show."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page
from django.db.models import CharField, Count, Q, QuerySet, Sum, Value
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from minewarden.desk.campaigns import access
from minewarden.desk.campaigns.cascade import end_of
from minewarden.desk.campaigns.checks import Place, Standing, standings, units_of
from minewarden.desk.campaigns.columns import TABLES
from minewarden.desk.campaigns.duties import content_of
from minewarden.desk.campaigns.export import zh
from minewarden.desk.campaigns.known import KNOWN, Overlap, overlaps, values
from minewarden.desk.campaigns.lifecycle import (
    HELP,
    NEED,
    OPEN_HELP,
    OPEN_NEEDS,
    OPEN_TASKS,
    FilingState,
    HelpState,
    NeedState,
    NeedVerb,
    TaskState,
    verbs,
)
from minewarden.desk.campaigns.models import (
    Campaign,
    Filing,
    Form,
    Gate,
    Help,
    Need,
    Postponement,
    Task,
    Version,
    Visit,
)
from minewarden.desk.campaigns.questions import Question, given, of_data
from minewarden.desk.campaigns.quiz import materials
from minewarden.desk.campaigns.template import Phase
from minewarden.desk.cases.access import cases_for
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Case
from minewarden.desk.kit import figures
from minewarden.desk.kit.figures import Figure
from minewarden.desk.kit.once import once
from minewarden.desk.kit.paging import page_of, page_of_many
from minewarden.desk.kit.waiting import Item
from minewarden.desk.kit.words import language, local, said, say
from minewarden.desk.ledger.models import Duty as DutyRow
from minewarden.desk.ledger.models import Line, LogSource, Protection
from minewarden.desk.org.access import BUSINESS, handed_up_to, root_path, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.parameters import in_force_by_row
from minewarden.desk.org.waiting import Part, Waits, part
from minewarden.documents.sheet import Column, Kind, Table
from minewarden.documents.sheet_cells import shown
from minewarden.vocab.message import message

FILE_HERE = {"plan": "plan", "meeting": "meeting", "activity": "activity", "rule": "rule"}
"""Proofs that are filed on a page of their own."""
_NAMED = 50
"""Rows that a page lists of what it counts."""
_CARDS = 50
"""Tasks that a unit's page asks at once; each is a form."""
_LATEST = 12
"""Tasks of those done that its page names, the latest first."""
_MADE = 10
"""Duty lists of a unit that its page names, the latest first."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a ledger knows, shown instead of being asked; `href` leads to where it is put right."""

    label: str
    value: object
    href: str


@dataclass(frozen=True, slots=True)
class Card:
    """A task as a unit sees it: what a ledger knows, what it is shown done by, and where to go for that."""

    task: Task
    facts: tuple[Fact, ...]
    basis: tuple[str, ...]
    earlier: Mapping[str, Any]
    figure: Figure | None
    no_source: bool
    href: str
    asks: bool
    postponement: Postponement | None
    minutes: int
    proof: str = "answer"
    evidence: str = "none"


@dataclass(frozen=True, slots=True)
class Mine:
    """The one page of a unit: what is due, what is done, how long it takes."""

    unit: Unit
    due: tuple[Card, ...]
    due_count: int
    done: tuple[Task, ...]
    done_count: int
    minutes: int
    later: int
    from_merged: tuple[Task, ...]


def with_campaigns(tasks: Sequence[Task]) -> Sequence[Task]:
    """Let all tasks of a campaign share it with its version, which is then read once."""
    known: dict[int, Campaign] = once("campaigns of tasks", dict)
    for task in tasks:
        if task.campaign is not None:
            task.campaign = known.setdefault(task.campaign.pk, task.campaign)
    return tasks


def mine(person: Person, unit: Unit, now: datetime) -> Mine:
    """What a unit has to do, the most urgent first."""
    rows = access.tasks_for(person).filter(unit=unit)
    open_ = list(rows.filter(state__in=OPEN_TASKS).order_by("due_at", "pk"))
    finished = rows.filter(state=TaskState.DONE.value)
    done = with_campaigns(list(finished.order_by("-done_at")[:_LATEST]))
    merged = Task.objects.filter(moved_to__unit=unit).select_related("unit", "campaign").order_by("due_at", "pk")
    cards = tuple(card(task, now) for task in with_campaigns(open_[:_CARDS]))
    return Mine(
        unit=unit,
        due=cards,
        due_count=len(open_),
        done=tuple(done),
        done_count=finished.count() if len(done) == _LATEST else len(done),
        minutes=sum(c.minutes for c in cards),
        later=sum(task.due_at > now + timedelta(days=31) for task in open_),
        from_merged=tuple(with_campaigns(list(merged))),
    )


def card(task: Task, now: datetime) -> Card:
    """One task with all that is known beside it."""
    defined = task.defined
    asked = [question for question in task.questions if question.known]
    known = values(task.unit, [question.known for question in asked], now)
    facts = tuple(Fact(said(q.title), known[q.known], _ledger(q.known)) for q in asked if q.known in known)
    proof = defined.proof if defined is not None else "answer"
    figure, no_source = None, False
    if defined is not None and proof == "figure":
        found = figures.of_units(defined.figure, [task.unit_id], now)
        no_source = found is None
        figure = found.get(task.unit_id) if found is not None else None
    pending = task.postponements.filter(outcome="pending").first() if task.pk else None
    return Card(
        task=task,
        facts=facts,
        basis=_basis(task),
        earlier=_earlier(task),
        figure=figure,
        no_source=no_source,
        href=_where(task, proof, defined.figure if defined else ""),
        asks=proof == "answer" or (proof == "figure" and (no_source or figure is None or figure.percent is None)),
        postponement=pending,
        minutes=defined.minutes if defined is not None else (task.form.minutes if task.form else 3),
        proof=proof,
        evidence=defined.evidence if defined is not None else "none",
    )


def _basis(task: Task) -> tuple[str, ...]:
    defined = task.defined
    if defined is None or task.campaign is None:
        return (task.form.why,) if task.form is not None else ()
    plan = task.campaign.plan
    return tuple(said(plan.basis[code]) for code in defined.basis if code in plan.basis)


def _earlier(task: Task) -> Mapping[str, Any]:
    """What the unit answered the last time that the same was asked: 同上期, ready to be changed."""
    if not task.period:
        return {}
    rows = Task.objects.filter(campaign=task.campaign, unit=task.unit, code=task.code, state=TaskState.DONE.value)
    last = rows.filter(period__lt=task.period).order_by("-period").first()
    asked = {q.key for q in task.questions if not q.known}
    return {key: value for key, value in last.answer.items() if key in asked} if last else {}


def _ledger(name: str) -> str:
    known = KNOWN[name]
    return reverse("ledger:listing", args=[known.book]) if known.book else _address(known.route)


_KEPT_AT = {"pledges": "pledges:home", "selfchecks.mended": "selfchecks:home"}
"""Where another app keeps what a figure counts."""


def _address(route: str) -> str:
    """The address of a page that may belong to an app of the same floor; empty where there is none."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def _where(task: Task, proof: str, figure: str) -> str:
    if proof == "duty-list":
        return reverse("campaigns:duty_list")
    if proof in FILE_HERE:
        query = f"?campaign={task.campaign_id}&unit={task.unit_id}"
        return reverse("campaigns:file", args=[proof]) + query
    if figure == "ledger.contacts":
        return reverse("ledger:listing", args=["duties"])
    return _address(_KEPT_AT[figure]) if figure in _KEPT_AT else ""


@dataclass(frozen=True, slots=True)
class Tile:
    """How many units fail a check, and the list behind it. `unknown`: nobody offers the figure."""

    check: str
    count: int
    unknown: bool
    query: str


@dataclass(frozen=True, slots=True)
class Board:
    """A phase as the superior sees it: exceptions first."""

    campaigns: tuple[Campaign, ...]
    campaign: Campaign
    phase: Phase
    closes_at: datetime | None
    tiles: tuple[Tile, ...]
    page: Page[Standing]
    show: str
    units: int
    ready: int
    overdue: int
    carried: int
    asked: tuple[Postponement, ...]
    asked_count: int
    gate: Gate | None
    query: str


def board(person: Person, request: HttpRequest, below: Unit | None, now: datetime) -> Board | None:
    """The board of a campaign's phase; None where the person sees no campaign that runs."""
    running = tuple(access.campaigns_for(person).filter(state=Campaign.State.RUNNING))
    wanted = request.GET.get("campaign", "")
    campaign = next((c for c in running if str(c.pk) == wanted), running[0] if running else None)
    if campaign is None:
        return None
    phase = _phase(campaign, request.GET.get("phase", ""), now)
    seen = _seen(person, campaign, below, now)
    rows = standings(campaign, phase, seen, now)
    # A unit with more time is looked at after the others, and said to be so.
    rows.sort(key=lambda row: (row.postponed is not None, -len(row.failed), -row.overdue, row.unit.path))
    show = request.GET.get("show", "")
    base = f"campaign={campaign.pk}&phase={phase.code}"
    tiles = tuple(_tile(check.code, rows, base) for check in phase.gate)
    ids = [unit.pk for unit in seen]
    tasks = (
        Task.objects.filter(campaign=campaign, unit__in=ids)
        if len(ids) < 900
        else Task.objects.filter(campaign=campaign, unit__path__startswith=(below or campaign.unit).path)
    )
    asked = Postponement.objects.filter(
        campaign=campaign, outcome="pending", unit__in=units_visible_to(person, *BUSINESS)
    )
    return Board(
        campaigns=running,
        campaign=campaign,
        phase=phase,
        closes_at=end_of(phase.ends) if phase.ends else None,
        tiles=tiles,
        page=page_of(_shown(rows, show), request),
        show=show,
        units=len(rows),
        ready=sum(not row.failed and not row.overdue for row in rows),
        overdue=sum(row.overdue > 0 for row in rows),
        carried=tasks.filter(carried=True, state__in=OPEN_TASKS).count(),
        asked=tuple(asked.select_related("unit", "task__campaign", "asked_by").order_by("asked_at", "pk")[:_NAMED]),
        asked_count=asked.count(),
        gate=campaign.gates.filter(phase=phase.code).defer("content").first(),
        query=base,
    )


def _phase(campaign: Campaign, code: str, now: datetime) -> Phase:
    plan = campaign.plan
    found = next((p for p in plan.phases if p.code == code), None) or plan.on(timezone.localdate(now))
    return found or plan.phases[0]


def _seen(person: Person, campaign: Campaign, below: Unit | None, now: datetime) -> list[Place]:
    paths = [below.path] if below is not None else person.scope_paths(*BUSINESS)
    return units_of(campaign, now, paths)


def _tile(check: str, rows: Sequence[Standing], base: str) -> Tile:
    results = [result for row in rows for result in row.results if result.check == check]
    failed = sum(result.ok is False for result in results)
    return Tile(check, failed, any(result.ok is None for result in results), f"{base}&show={check}")


def _shown(rows: Sequence[Standing], show: str) -> list[Standing]:
    if show == "all":
        return list(rows)
    if show == "overdue":
        return [row for row in rows if row.overdue]
    if show == "postponed":
        return [row for row in rows if row.postponed]
    if show:
        return [row for row in rows if any(result.check == show for result in row.failed)]
    return [row for row in rows if row.failed or row.overdue]


@dataclass(frozen=True, slots=True)
class TaskList:
    """A list of tasks with the filter in force."""

    page: Page[Task]
    show: str
    query: str
    counts: Mapping[str, int]


def task_list(person: Person, request: HttpRequest, below: Unit | None, now: datetime) -> TaskList:
    """The tasks of the units a person sees: what is over time first."""
    rows = access.tasks_for(person, below)
    for name in ("campaign", "form", "unit", "filing"):
        if (given := request.GET.get(name, "")).isdecimal():
            rows = rows.filter(**{f"{name}_id": int(given)})
    for name in ("phase", "code"):
        if given := request.GET.get(name, ""):
            rows = rows.filter(**{name: given})
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(Q(unit__name__contains=text) | Q(unit__short_name__contains=text))
    views = {
        "overdue": Q(state__in=OPEN_TASKS, due_at__lte=now),
        "carried": Q(state__in=OPEN_TASKS, carried=True),
        "open": Q(state__in=OPEN_TASKS),
        "returned": Q(state=TaskState.RETURNED.value),
        "done": Q(state=TaskState.DONE.value),
        "all": Q(),
    }
    counted = rows.order_by().aggregate(
        **{name: Count("pk", filter=view) for name, view in views.items() if name != "all"}
    )
    show = request.GET.get("show", "open")
    show = show if show in views else "open"
    page = page_of_many(rows.filter(views[show]).order_by("due_at", "pk"), request)
    with_campaigns(list(page.object_list))
    return TaskList(page, show, request.GET.get("q", ""), {name: counted.get(name, -1) for name in views})


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One task: what is asked, what was answered, its files, and who gave it more time."""

    card: Card
    answers: tuple[tuple[str, str], ...]
    files: tuple[Any, ...]
    postponements: tuple[Postponement, ...]
    merged: tuple[Task, ...]
    handles: bool
    supervises: bool


def task_page(person: Person, task: Task, now: datetime) -> TaskPage:
    """Everything about one task."""
    return TaskPage(
        card=card(task, now),
        answers=tuple(answers(task)),
        files=tuple(task.files.select_related("by")),
        postponements=tuple(task.postponements.select_related("asked_by", "decided_by")),
        merged=tuple(task.moved_from.select_related("unit", "campaign")),
        handles=access.handles(person, task.unit),
        supervises=access.supervises(person, task.unit),
    )


def answers(task: Task) -> Iterator[tuple[str, str]]:
    """Questions with what was answered, also to questions that are no longer asked."""
    left = dict(task.answer)
    for question in task.questions:
        if question.key in left:
            yield said(question.title), shown(question.column, left.pop(question.key), language())
    for key, value in left.items():
        yield say("desk_campaigns.no_longer_asked", key=key), str(value)


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """One campaign: its phases and tasks, its versions with what changed, its gates."""

    campaign: Campaign
    version: Version
    versions: tuple[Version, ...]
    gates: Mapping[str, Gate]
    phase: Phase | None
    counts: Mapping[str, tuple[int, int]]
    may_start: bool
    may_change: bool


def campaign_page(person: Person, campaign: Campaign, now: datetime) -> CampaignPage:
    """Everything about one campaign."""
    whole = any(campaign.unit.path.startswith(path) for path in person.scope_paths(*BUSINESS))
    rows = Task.objects.all() if whole else access.tasks_for(person)
    rows = rows.filter(campaign=campaign).exclude(state__in=("withdrawn", "moved")).order_by()
    finished = Count("pk", filter=Q(state=TaskState.DONE.value))
    counted = rows.values("code").annotate(every=Count("pk"), done=finished).values_list("code", "every", "done")
    draft = campaign.state == Campaign.State.DRAFT
    approves = access.may(person, Duty.APPROVE, campaign.unit)
    return CampaignPage(
        campaign=campaign,
        version=campaign.version,
        versions=tuple(campaign.versions.select_related("by")),
        gates={gate.phase: gate for gate in campaign.gates.defer("content")},
        phase=campaign.plan.on(timezone.localdate(now)) if not draft else None,
        counts={code: (done, every) for code, every, done in counted},
        may_start=draft and approves,
        may_change=(access.handles(person, campaign.unit) if draft else approves) and campaign.state != "ended",
    )


@dataclass(frozen=True, slots=True)
class GatePage:
    """A frozen gate, narrowed to what the person may see."""

    gate: Gate
    phase: Phase
    rows: Page[Mapping[str, Any]]
    units: int
    failed: Mapping[str, int]
    unknown: frozenset[str]
    open: int
    intact: bool


def gate_page(person: Person, gate: Gate, request: HttpRequest, intact: bool) -> GatePage:
    """The units of a frozen gate that a person may see, as they were then."""
    rows = gate_rows(person, gate)
    failed = Counter(result["check"] for row in rows for result in row["results"] if result["ok"] is False)
    ids = {row["unit"] for row in rows}
    return GatePage(
        gate=gate,
        phase=gate.title_of(),
        rows=page_of(sorted(rows, key=lambda row: -sum(r["ok"] is False for r in row["results"])), request),
        units=len(rows),
        failed=failed,
        unknown=frozenset(r["check"] for row in rows for r in row["results"] if r["ok"] is None),
        open=sum(task["unit"] in ids for task in gate.content["open"]),
        intact=intact,
    )


def gate_rows(person: Person, gate: Gate) -> list[Mapping[str, Any]]:
    """The frozen rows of the units below a person's posts."""
    paths = person.scope_paths(*BUSINESS)
    return [row for row in gate.content["units"] if any(row["path"].startswith(path) for path in paths)]


def gate_table(gate: Gate) -> Table:
    """A frozen gate as a table for Excel."""
    checks = [check.code for check in gate.title_of().gate]
    columns = (
        Column("unit", message("ledger_columns.col_unit"), width=30),
        *(Column(code, message(f"desk_campaigns.check_{code.replace('-', '_')}"), width=16) for code in checks),
        Column("done", message("desk_campaigns.col_done"), Kind.NUMBER),
        Column("total", message("desk_campaigns.col_total"), Kind.NUMBER),
        Column("postponed", message("desk_campaigns.col_postponed"), width=20),
    )
    return Table("gate", message("desk_campaigns.gate_title"), columns, key=("unit",))


def gate_sheet(person: Person, gate: Gate) -> Iterator[dict[str, Any]]:
    """The rows of that table."""
    for row in gate_rows(person, gate):
        results = {result["check"]: result_words(result) for result in row["results"]}
        yield {
            "unit": row["name"],
            **results,
            "done": row["done"],
            "total": row["total"],
            "postponed": row["postponed"],
        }


def result_words(result: Mapping[str, Any]) -> str:
    """What a check found, in a few words."""
    if result["ok"] is None:
        return say("desk_campaigns.no_source")
    if result["of"] == 0:
        # Of nobody there is no share; and a roll that is empty is not a roll that signed.
        return "—" if result["ok"] else say("desk_campaigns.no_roll")
    if result["of"] is not None:
        text = f"{result['count']}/{result['of']}"
        return text + (say("desk_campaigns.excused", count=result["excused"]) if result["excused"] else "")
    if result["check"] in ("active-cases", "passive-cases"):
        return str(result["count"])
    return say("desk_campaigns.filed_yes" if result["ok"] else "desk_campaigns.filed_no")


# What other apps and the home page ask.


def waiting(person: Person, below: Unit | None, now: datetime) -> Iterable[Item]:
    """Lines for 我的待办: what is due soon at a person's own unit."""
    if person.holds(Role.OFFICER):
        yield from _own_tasks(person, below, now)


def _own_tasks(person: Person, below: Unit | None, now: datetime) -> Iterator[Item]:
    own = [post.unit_id for post in person.active_posts() if post.role == Role.OFFICER]
    rows = access.tasks_for(person, below).filter(
        unit__in=own, state__in=OPEN_TASKS, due_at__lte=now + timedelta(days=31)
    )
    found = with_campaigns(list(rows.order_by("due_at", "pk")))
    groups: dict[tuple[int, str], list[Task]] = {}
    for task in found:
        name = task.campaign.title if task.campaign is not None else task.heading
        groups.setdefault((task.unit_id, name), []).append(task)
    for (_, name), tasks in groups.items():
        first = tasks[0]
        detail = say("desk_campaigns.todo_tasks", count=len(tasks), first=first.heading)
        yield Item(
            name, f"{first.unit.label} · {detail}", reverse("campaigns:mine") + f"?unit={first.unit_id}", first.due_at
        )


def parts(person: Person, below: Unit | None, now: datetime) -> Iterator[Part]:
    """What waits for a person's answer as a superior, and a list of duties for that of the unit's own approver."""
    if not person.holds(Role.OFFICER, Role.APPROVER):
        return
    mine = handed_up_to(person)
    asked = Postponement.objects.filter(mine, outcome="pending").exclude(asked_by=person)
    whole = reverse("campaigns:board")
    yield part("postponement", asked.exclude(task=None), _postponed, whole=whole, number="task_id")
    filed = Filing.objects.filter(mine, state=FilingState.SUBMITTED.value).exclude(submitted_by=person)
    yield part("filing", filed, _filed, whole=reverse("campaigns:filings_home"), text="title")
    if person.holds(Role.APPROVER):
        lists = Filing.objects.filter(unit__in=units_visible_to(person, Role.APPROVER), unit=person.unit_id)
        drafts = lists.filter(kind=Filing.Kind.DUTY_LIST, state=FilingState.DRAFT.value).exclude(made_by=person)
        whole = f"{reverse('campaigns:filings', args=[Filing.Kind.DUTY_LIST.value])}?show={FilingState.DRAFT.value}"
        yield part("duty-list", drafts, _duty_lists, whole=whole, text="title")
    helped, whole = Help.objects.filter(mine, state=HelpState.ASKED.value), reverse("campaigns:helps")
    yield part("help", helped, _helped, whole=whole, text="text", at="due_at", since="asked_at")


def _postponed(rows: Sequence[Waits]) -> Iterator[Item]:
    units = {row.number: row.unit for row in rows}
    tasks = Task.objects.filter(pk__in=units).order_by("pk").select_related("campaign", "form")
    for task in with_campaigns(list(tasks)):
        detail = f"{units[task.pk].label} · {task.heading}"
        yield Item(say("desk_campaigns.todo_postponement"), detail, reverse("campaigns:task", args=[task.pk]))


def _filed(rows: Sequence[Waits]) -> Iterator[Item]:
    for row in rows:
        href = reverse("campaigns:filing", args=[row.number])
        yield Item(say("desk_campaigns.todo_filing"), f"{row.unit.label} · {row.text}", href)


def _duty_lists(rows: Sequence[Waits]) -> Iterator[Item]:
    for row in rows:
        yield Item(say("desk_campaigns.todo_duty_list"), row.text, reverse("campaigns:filing", args=[row.number]))


def _helped(rows: Sequence[Waits]) -> Iterator[Item]:
    for row in rows:
        href = reverse("campaigns:help", args=[row.number])
        detail = f"{row.unit.label} · {row.text[:40]}"
        yield Item(say("desk_campaigns.todo_help"), detail, href, row.at, row.since)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a weekly assessment says of measures and their progress, for some units and a span of time."""

    tasks_done: int
    tasks_open: int
    tasks_overdue: int
    tasks_carried: int
    plans: int
    meetings: int
    activities: int
    rules: int
    duty_lists: int
    needs_open: int
    help_asked: int
    help_open: int
    visits: int


def progress(unit: Unit, since: datetime, until: datetime) -> Progress | None:
    """Figures of campaigns for a unit and all below it: what was done in a span of time, and what is open at its end.
    None where no campaign ever asked anything of them.

    What was filed counts from the day it was handed up.
    """
    # Of the unit above all others every row counts: none need be looked at for its unit.
    everybody = unit.path == root_path()
    below = Q() if everybody else Q(unit__path__startswith=unit.path)
    tasks, filings, helped = Task.objects.filter(below), Filing.objects.filter(below), Help.objects.filter(below)
    open_ = tasks.filter(state__in=OPEN_TASKS, made_at__lt=until)
    filed = filings.filter(submitted_at__gte=since, submitted_at__lt=until)
    filed = filed.exclude(state__in=(FilingState.DRAFT.value, FilingState.RETURNED.value))
    needs = Need.objects.filter(below, state__in=OPEN_NEEDS, asked_at__lt=until)
    visits = Visit.objects.filter(at__gte=since, at__lt=until)
    visits = visits if everybody else visits.filter(help__unit__path__startswith=unit.path)
    # Rows of five tables that are only counted, in one question.
    counts = Counter[str](dict(
        filed.order_by().values("kind").annotate(n=Count("pk")).values_list("kind", "n").union(
            _counted("tasks", tasks),
            _counted("filings", filings),
            _counted("done", tasks.filter(state=TaskState.DONE.value, done_at__gte=since, done_at__lt=until)),
            _counted("open", open_),
            _counted("overdue", open_.filter(due_at__lt=until)),
            _counted("carried", open_.filter(carried=True)),
            _counted("needs", needs),
            _counted("help asked", helped.filter(asked_at__gte=since, asked_at__lt=until)),
            _counted("help open", helped.filter(state__in=OPEN_HELP, asked_at__lt=until)),
            _counted("visits", visits),
            all=True,
        )
    ))  # fmt: skip
    if not counts["tasks"] and not counts["filings"]:
        return None
    return Progress(
        tasks_done=counts["done"],
        tasks_open=counts["open"],
        tasks_overdue=counts["overdue"],
        tasks_carried=counts["carried"],
        plans=counts["plan"],
        meetings=counts["meeting"],
        activities=counts["activity"],
        rules=counts["rule"],
        duty_lists=counts["duty-list"],
        needs_open=counts["needs"],
        help_asked=counts["help asked"],
        help_open=counts["help open"],
        visits=counts["visits"],
    )


def _counted(name: str, rows: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
    named = rows.order_by().annotate(what=Value(name, output_field=CharField())).values("what")
    counted: QuerySet[Any, Any] = named.annotate(n=Count("pk")).values_list("what", "n")
    return counted


# What units file.


@dataclass(frozen=True, slots=True)
class FilingList:
    """A page of filings of one kind."""

    kind: str
    page: Page[Filing]
    counts: Mapping[str, int]
    show: str
    query: str
    missing: tuple[Unit, ...]
    missing_count: int
    shipped: tuple[tuple[str, str], ...]


def filing_list(person: Person, kind: str, request: HttpRequest, below: Unit | None) -> FilingList:
    """What was filed of a kind; of plans and meetings also which units have filed none for the running campaign."""
    rows = access.filings_for(person, kind, below)
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(Q(title__contains=text) | Q(unit__name__contains=text) | Q(unit__short_name__contains=text))
    counts = Counter(rows.order_by().values_list("state", flat=True))
    show, missing = request.GET.get("show", ""), _without(person, kind, below)
    page = page_of(rows.filter(state=show) if show in {state.value for state in FilingState} else rows, request)
    return FilingList(
        kind=kind,
        page=page,
        counts={state.value: counts[state.value] for state in FilingState if counts[state.value]},
        show=show,
        query=text,
        missing=tuple(missing[:_NAMED]),
        missing_count=missing.count(),
        shipped=tuple(materials()) if kind == Filing.Kind.MATERIAL else (),
    )


def _without(person: Person, kind: str, below: Unit | None) -> QuerySet[Unit]:
    """Units below a person that have not filed for the campaign that runs."""
    if kind not in ("plan", "meeting"):
        return Unit.objects.none()
    campaign = access.campaigns_for(person).filter(state=Campaign.State.RUNNING).first()
    if campaign is None:
        return Unit.objects.none()
    units = units_visible_to(person, *BUSINESS).filter(path__startswith=(below or campaign.unit).path, valid_to=None)
    states = (FilingState.SUBMITTED.value, FilingState.ACCEPTED.value)
    have = Filing.objects.filter(kind=kind, campaign=campaign, state__in=states).values("unit")
    return units.exclude(kind=Unit.Kind.DEPARTMENT).exclude(pk__in=have).order_by("path")


def filing_rows(person: Person, kind: str, below: Unit | None) -> Iterator[dict[str, Any]]:
    """Filings as rows of a workbook."""
    for row in access.filings_for(person, kind, below).order_by("unit__path", "-day"):
        state = say(f"desk_campaigns.filing_{row.state}")
        yield {**row.content, "unit": row.unit.name, "title": row.title, "day": row.day, "state": state}


@dataclass(frozen=True, slots=True)
class FilingPage:
    """One filing."""

    filing: Filing
    rows: tuple[tuple[str, str], ...]
    files: tuple[Any, ...]
    tasks: tuple[Task, ...]
    handles: bool
    reviews: bool
    signs: bool
    paper: bool
    lines: bool


def filing_page(person: Person, filing: Filing) -> FilingPage:
    """Everything about one filing, with what the person may do about it."""
    columns = TABLES[filing.kind].columns if filing.kind in TABLES else ()
    rows = [
        (said(column.title), shown(column, filing.content[column.key], language()))
        for column in columns
        if filing.content.get(column.key)
    ]
    handles = access.handles(person, filing.unit)
    submitted = filing.state == FilingState.SUBMITTED
    return FilingPage(
        filing=filing,
        rows=tuple(rows),
        files=tuple(filing.files.select_related("by")),
        tasks=tuple(filing.tasks.select_related("unit").order_by("due_at")),
        handles=handles,
        reviews=submitted and filing.submitted_by_id != person.pk and access.supervises(person, filing.unit),
        signs=filing.kind == Filing.Kind.DUTY_LIST
        and filing.state == FilingState.DRAFT
        and filing.made_by_id != person.pk
        and access.may(person, Duty.APPROVE, filing.unit),
        paper=filing.kind in ("plan", "meeting", "duty-list"),
        lines=filing.kind in ("plan", "meeting"),
    )


@dataclass(frozen=True, slots=True)
class DutyPage:
    """责任清单 as it would be made now, and the lists that were made."""

    unit: Unit
    content: Mapping[str, Any]
    made: tuple[Filing, ...]
    more: int
    """Older ones, which stand in the list of all."""
    handles: bool


def duty_page(person: Person, unit: Unit, now: datetime) -> DutyPage:
    """The duty list of a unit."""
    made = access.filings_for(person, Filing.Kind.DUTY_LIST).filter(unit=unit)
    shown = tuple(made[:_MADE])
    more = made.count() - _MADE if len(shown) == _MADE else 0
    return DutyPage(unit, content_of(unit, now), shown, more, access.handles(person, unit))


def running_for(unit: Unit) -> Campaign | None:
    """The campaign that runs for a unit: of the nearest bureau above it."""
    above = [*unit.ancestor_ids(), unit.pk]
    rows = Campaign.objects.filter(state=Campaign.State.RUNNING, unit__in=above).select_related("unit")
    return max(rows, key=lambda row: (row.unit.depth, row.pk), default=None)


def campaign_named(person: Person, number: str) -> Campaign | None:
    """A running campaign by its number, or the one that runs for the person's own unit."""
    if number.isdecimal():
        return access.campaigns_for(person).filter(pk=int(number), state=Campaign.State.RUNNING).first()
    return running_for(person.unit)


def not_running(person: Person) -> list[Campaign]:
    """Drafts and campaigns that are over: a few a year."""
    return list(access.campaigns_for(person).exclude(state=Campaign.State.RUNNING))


def last_campaign(person: Person) -> Campaign:
    """The campaign that a person set up last."""
    return Campaign.objects.filter(made_by=person).latest("pk")


def last_filing(person: Person, kind: str) -> Filing:
    """What a person filed last of a kind."""
    return Filing.objects.filter(made_by=person, kind=kind).latest("pk")


def last_form(person: Person) -> Form:
    """The form that a person made last."""
    return Form.objects.filter(made_by=person).latest("pk")


# Means and help.


@dataclass(frozen=True, slots=True)
class UnitGap:
    """A capability that a unit lacks, as its ledgers show it."""

    unit: Unit
    code: str
    count: int
    href: str
    asked: bool


@dataclass(frozen=True, slots=True)
class NeedList:
    """What is lacking, and what was asked for."""

    gaps: Page[UnitGap]
    kinds: Mapping[str, int]
    gap: str
    needs: Page[Need]
    show: str
    amount: Any
    acts: Mapping[int, tuple[str, ...]]


def need_list(person: Person, request: HttpRequest, below: Unit | None, now: datetime) -> NeedList:
    """短板: units without protection, with stale signatures, without logs; and the needs that were entered."""
    units = units_visible_to(person, *BUSINESS).filter(valid_to=None).exclude(kind=Unit.Kind.DEPARTMENT)
    if below is not None:
        units = units.filter(path__startswith=below.path)
    found, asked = _lacking(units, now)
    kinds = Counter(code for _, code, _ in found)
    wanted = request.GET.get("gap", "")
    shown = page_of([gap for gap in found if not wanted or gap[1] == wanted], request, 30)
    shown.object_list = _gaps_of(list(shown.object_list), asked)
    rows = access.needs_for(person, below)
    show = request.GET.get("show", "open")
    if show == "open":
        rows = rows.filter(state__in=OPEN_NEEDS)
    page = page_of(rows, request, 30)
    return NeedList(
        gaps=shown,
        kinds=dict(kinds),
        gap=wanted,
        needs=page,
        show=show,
        amount=rows.aggregate(sum=Sum("amount"))["sum"],
        acts={need.pk: tuple(_need_acts(person, need)) for need in page.object_list},
    )


def _need_acts(person: Person, need: Need) -> Iterator[str]:
    superior, own = access.supervises(person, need.unit), access.handles(person, need.unit)
    for verb in verbs(NEED, NeedState(need.state)):
        if superior or (own and verb not in (NeedVerb.FUND, NeedVerb.REFUSE)):
            yield verb.value


GAPS = ("no_protection", "stale", "no_logs", "kept_short", "no_contact")
"""What the ledgers can show to be lacking. Kindergartens with a home line are not asked for devices of their own."""


def gaps(units: "QuerySet[Unit]", now: datetime) -> Iterator[UnitGap]:
    """What units lack, in a number of queries that does not depend on how many there are."""
    yield from _gaps_of(*_lacking(units, now))


Lack = tuple[int, str, int]
"""The number of a unit, what it lacks, how often."""
_BOOKS = {"no_protection": "protections", "stale": "protections", "no_logs": "logs", "kept_short": "logs"}


def _gaps_of(lacks: Sequence[Lack], asked: Container[tuple[int, str]]) -> list[UnitGap]:
    units = Unit.objects.in_bulk({unit_id for unit_id, _, _ in lacks})
    hrefs = {code: reverse("ledger:listing", args=[_BOOKS.get(code, "duties")]) for code in GAPS}
    return [
        UnitGap(units[unit_id], code, count, hrefs[code], (unit_id, code) in asked) for unit_id, code, count in lacks
    ]


def _lacking(units: "QuerySet[Unit]", now: datetime) -> tuple[list[Lack], Container[tuple[int, str]]]:
    """What units lack, in the order of the tree, and for what of it means were asked already."""
    day = timezone.localdate(now)
    limits = in_force_by_row(now, {"signature_days": lambda days: day - timedelta(days=int(days)), "log_days": int})
    old = Q(signatures_on=None) | Q(signatures_on__lt=limits["signature_days"])
    own_exit = set(
        Line.objects.filter(own_egress=True, ended_on=None).exclude(carrier="home").values_list("unit", flat=True)
    )
    protection, stale = _counts(Protection.objects.all(), old)
    short = Q(keep_days__lt=limits["log_days"]) | Q(keep_days=None)
    logs, kept_short = _counts(LogSource.objects.all(), short)
    contacts = DutyRow.objects.filter(Q(until=None) | Q(until__gte=day), post__in=DutyRow.CONTACTS)
    reachable = set(contacts.order_by().values_list("unit", flat=True))
    asked = set(Need.objects.filter(state__in=OPEN_NEEDS).values_list("unit_id", "gap"))
    found: list[Lack] = []
    for number in units.order_by("path").values_list("pk", flat=True):
        lacks = (
            ("no_protection", int(number in own_exit and not protection[number])),
            ("stale", stale[number]),
            ("no_logs", int(number in own_exit and not logs[number])),
            ("kept_short", kept_short[number]),
            ("no_contact", int(number not in reachable)),
        )
        found += [(number, code, count) for code, count in lacks if count]
    return found, asked


def _counts(rows: "QuerySet[Any]", lacking: Q) -> tuple[Counter[int], Counter[int]]:
    """By unit: how many rows there are, and how many of them lack something; in one query."""
    counted = list(rows.order_by().values_list("unit").annotate(Count("pk"), lacking=Count("pk", filter=lacking)))
    return Counter({unit: n for unit, n, _ in counted}), Counter({unit: n for unit, _, n in counted})


@dataclass(frozen=True, slots=True)
class HelpList:
    """Requests for help."""

    page: Page[Help]
    show: str
    counts: Mapping[str, int]


def help_list(person: Person, request: HttpRequest, below: Unit | None) -> HelpList:
    """The requests of the units a person sees; those nobody was sent for first."""
    rows = access.help_requests_for(person, below)
    counted = Counter(rows.order_by().values_list("state", flat=True))
    show = request.GET.get("show", "open")
    if show == "open":
        rows = rows.filter(state__in=OPEN_HELP)
    counts = {"open": sum(counted[state] for state in OPEN_HELP), "all": sum(counted.values())}
    return HelpList(page_of(rows.order_by("member_id", "due_at", "pk"), request), show, counts)


def case_named(person: Person, number: str) -> Case | None:
    """A case about which help is asked; None where there is none that the person may see."""
    return cases_for(person).filter(pk=int(number)).first() if number.isdecimal() else None


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One request with its visits and what the person may do."""

    help: Help
    visits: tuple[Visit, ...]
    handles: bool
    supervises: bool
    acts: frozenset[str]


def help_page(person: Person, row: Help) -> HelpPage:
    """Everything about one request."""
    own, superior = access.handles(person, row.unit), access.supervises(person, row.unit)
    allowed = {verb.value for verb in verbs(HELP, HelpState(row.state))}
    mine = ({"assign", "visit"} if superior else set()) | ({"visit", "close", "withdraw"} if own else set())
    return HelpPage(row, tuple(row.visits.select_related("member", "by")), own, superior, frozenset(allowed & mine))


# The forms of a bureau's own.


def form_list(person: Person, request: HttpRequest) -> Page[Any]:
    """The forms of a person's units with how many have answered."""
    rows = access.forms_for(person).annotate(
        every=Count("tasks", filter=~Q(tasks__state__in=("moved",))), done=Count("tasks", filter=Q(tasks__state="done"))
    )
    page = page_of(rows.order_by("-made_at", "-pk"), request)
    page.object_list = [(row, row.done, row.every) for row in page.object_list]
    return page


@dataclass(frozen=True, slots=True)
class FormPage:
    """One form, the fields that a ledger holds already, and its answers."""

    form: Form
    questions: tuple[Question, ...]
    overlaps: tuple[Overlap, ...]
    page: Page[Any]
    done: int
    every: int
    asked: int
    may_send: bool
    may_end: bool


def form_page(person: Person, form: Form, request: HttpRequest) -> FormPage:
    """Everything about one form."""
    questions = of_data(form.questions)
    rows = _answers_of(person, form)
    states = Counter(rows.order_by().values_list("state", flat=True))
    handles = access.handles(person, form.unit)
    page = page_of(rows.order_by("done_at", "unit__path"), request)
    page.object_list = [
        (task, [shown(q.column, task.answer.get(q.key), language()) for q in questions]) for task in page.object_list
    ]
    below = form.unit.subtree().exclude(pk=form.unit_id).filter(kind__in=form.kinds, valid_to=None)
    return FormPage(
        form=form,
        questions=questions,
        overlaps=tuple(overlaps([q.title["zh"] for q in questions])) if form.state == Form.State.DRAFT else (),
        page=page,
        done=states[TaskState.DONE.value],
        every=sum(states.values()) - states[TaskState.MOVED.value],
        asked=below.count(),
        may_send=handles and form.state == Form.State.DRAFT,
        may_end=handles and form.state == Form.State.SENT,
    )


def _answers_of(person: Person, form: Form) -> "QuerySet[Task]":
    return access.tasks_for(person).filter(form=form)


def form_table(form: Form) -> Table:
    """The answers to a form as a table: the unit, each field, when and by whom."""
    columns = (
        Column("unit", message("ledger_columns.col_unit"), width=30),
        *(question.column for question in of_data(form.questions)),
        Column("at", message("desk_campaigns.col_at"), width=17),
        Column("by", message("desk_campaigns.col_by"), width=12),
    )
    return Table(f"form{form.pk}", given({"zh": form.title}), columns, key=("unit",))


def form_rows(person: Person, form: Form) -> Iterator[dict[str, Any]]:
    """The rows of that table: every unit that was asked, whether it has answered or not."""
    columns = {question.key: question.column for question in of_data(form.questions)}
    for task in _answers_of(person, form).exclude(state="moved").order_by("unit__path"):
        values = {key: _cell(columns[key], value) for key, value in task.answer.items() if key in columns}
        at = local(task.done_at, "stamp") if task.done_at and task.state == TaskState.DONE else ""
        yield {"unit": task.unit.name, **values, "at": at, "by": task.done_by.name if at and task.done_by else ""}


def _cell(column: Column, value: Any) -> Any:
    return date.fromisoformat(value) if column.kind is Kind.DATE and isinstance(value, str) else value


def progress_words(unit: Unit, since: datetime, until: datetime) -> str:
    """措施进展 of a unit and all below it, in the Chinese sentences that a draft begins with; or nothing."""
    at = progress(unit, since, until)
    if at is None:
        return ""
    lines = (
        zh(
            "progress_filed", meetings=at.meetings, activities=at.activities, plans=at.plans,
            duty_lists=at.duty_lists, rules=at.rules,
        ),
        zh(
            "progress_tasks", done=at.tasks_done, open=at.tasks_open, overdue=at.tasks_overdue,
            carried=at.tasks_carried,
        ),
        zh(
            "progress_help", asked=at.help_asked, visits=at.visits, open=at.help_open, needs=at.needs_open,
        ),
    )  # fmt: skip
    return "\n".join(lines)
