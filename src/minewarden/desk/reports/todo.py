"""我的待办: what waits for a person, most urgent first, and what is out of the ordinary in his scope."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    F,
    Prefetch,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models import Case as Case_
from django.db.models.functions import Cast
from django.urls import reverse

from minewarden.desk.alerts import todo as alerts_todo
from minewarden.desk.assessments.waiting import items as assessments
from minewarden.desk.blocks.access import blocks_for
from minewarden.desk.blocks.models import Standing
from minewarden.desk.campaigns import queries as campaigns
from minewarden.desk.cases import access
from minewarden.desk.cases.clocks import Clock
from minewarden.desk.cases.decisions import confirms
from minewarden.desk.cases.lifecycle import Duty, State
from minewarden.desk.cases.models import Backfill, Case, CaseNotice, Decision, Extension, Lead, Objection, Order, Task
from minewarden.desk.cases.orders_table import OrderState
from minewarden.desk.cases.queries import SETTLE, rechecked, view_of_cases
from minewarden.desk.kit.waiting import Item
from minewarden.desk.kit.words import say
from minewarden.desk.ledger.models import AssetCount
from minewarden.desk.ledger.queries import count_ownerless
from minewarden.desk.library import todo as library
from minewarden.desk.measures import todo as measures_todo
from minewarden.desk.notices import todo as notices
from minewarden.desk.notices.models import Share
from minewarden.desk.org.access import (
    BUSINESS,
    handed_up_to,
    perhaps_handing_up_to,
    staffed,
    units_visible_to,
    unstaffed,
    waits_above,
)
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.org.waiting import Part, gather
from minewarden.desk.pledges import queries as pledges
from minewarden.desk.reports import stamps
from minewarden.desk.selfchecks import todo as checks_todo

LIMIT = 400
"""Open cases looked at for one person's page; the lists behind the counts hold the rest."""
ASKED = 3 * LIMIT
"""Proposals, times asked for, orders and tasks looked at, each sort by what is due first; the rest follow as these are
done."""
SETTLED = 20
"""Closed cases shown that are to be declared stable or recurred: nothing presses, and there may be years of them."""
_SETTLED_READ = 3 * SETTLED
_HANDLE = {
    State.DELIVERED: "sign", State.SIGNED: "start", State.INVESTIGATING: "find", State.LOCKED: "handle",
    State.HANDLING: "report", State.UNLOCATABLE: "report", State.FALSE_ALARM: "report", State.RETURNED: "amend",
}  # fmt: skip
_SUPERVISE = {State.REPORTED: "receive", State.RECEIVED: "close", State.NOT_OURS: "redispatch"}


AHEAD = timedelta(days=7)
_ORDER_WAITS = {
    OrderState.PROPOSED.value: ("order", Duty.HANDLE),
    OrderState.ORDERED.value: ("order_approve", Duty.APPROVE),
    OrderState.APPROVED.value: ("order_execute", Duty.HANDLE),
    OrderState.ASKED_BACK.value: ("order_restore", Duty.APPROVE),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits. `due` is the clock that presses, None where none does.

    assignment: the notice by which `cases` cases came; one signature on its page is enough for all of them.
    """

    what: str
    case: Case
    due: Clock | None
    assignment: int = 0
    cases: int = 1


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A count with the list behind it."""

    key: str
    count: int
    query: str
    tone: str
    # Counted so far and no further: a city may have tens of thousands.
    most: int = 0

    @property
    def figure(self) -> str:
        """The count, or that it is more than what was counted."""
        return f"{self.most}+" if self.most and self.count > self.most else str(self.count)


@dataclass(frozen=True, slots=True)
class Todo:
    """The home page."""

    waiting: tuple[Waiting, ...]
    leads: int
    blocks: int
    exceptions: tuple[Exceptional, ...]
    rest: bool
    """Whether there are open cases beyond those that were looked at."""
    items: tuple[Item, ...] = ()
    handles: bool = False
    """Whether this person may enter a notice, with which everything begins."""

    @property
    def count(self) -> int:
        """The number at the head of the list: its lines, of which leads, blocks and the rest are one each."""
        return len(self.waiting) + len(self.items) + bool(self.blocks) + bool(self.leads) + self.rest


def _lacking(person: Person, unit: Unit | None, now: datetime) -> Iterable[Item]:
    """Devices of the schools whose ledgers a person keeps that lack a required cell; a bureau sees its statistics."""
    keeps = [post.unit for post in person.active_posts() if post.role in (Role.OFFICER, Role.KEEPER)]
    for mine in {one.pk: one for one in keeps if one.kind in (Unit.Kind.SCHOOL, Unit.Kind.KINDERGARTEN)}.values():
        if unit is None or unit.contains(mine):
            counts = AssetCount.objects.filter(unit__path__startswith=mine.path)
            if count := counts.aggregate(lacking=Sum("lacking"))["lacking"]:
                told = say("desk_reports.lacking_devices", unit=mine.label, count=count)
                href = f"{reverse('assessments:behind', args=['assets_lacking'])}?unit={mine.pk}"
                yield Item(say("desk_reports.todo_lacking"), told, href)


Offer = Callable[[Person, Unit | None, datetime], Iterable[Item]]
OFFERS: tuple[Offer, ...] = (
    campaigns.waiting,
    library.waiting,
    notices.waiting,
    assessments,
    pledges.waiting,
    stamps.waiting,
    _lacking,
)
"""What else waits for a person; an app adds its own."""
PARTS: tuple[Callable[[Person, Unit | None, datetime], Iterable[Part]], ...] = (
    campaigns.parts,
    checks_todo.parts,
    measures_todo.parts,
    alerts_todo.parts,
    pledges.parts,
)
"""The same, of what can be asked for together."""


def todo(person: Person, unit: Unit | None, now: datetime) -> Todo:
    """What waits for this person."""
    cases = _whole(access.cases_for(person))
    leads = access.leads_for(person).filter(status=Lead.Status.OPEN)
    if unit is not None:
        cases = cases.filter(unit__path__startswith=unit.path)
        leads = leads.filter(Q(unit__path__startswith=unit.path) | Q(unit=None))
    still = view_of_cases("open", now) | view_of_cases("not-ours", now)
    open_cases = list(cases.filter(still).order_by("due48", "pk")[: LIMIT + 1])
    rest = len(open_cases) > LIMIT
    del open_cases[LIMIT:]
    posts, unsigned = _Posts(person), notices.unsigned(person, unit)
    asked, more_asked = _of_asked(posts, unit, open_cases, now)
    waiting = [*_signed_at_once(list(_of_cases(posts, open_cases)), unsigned), *asked]
    waiting.sort(key=lambda item: (item.due is None, item.due.due if item.due else now, item.case.pk))
    counted = leads.order_by().aggregate(all=Count("pk"), ownerless=Count("pk", filter=Q(unit=None)))
    return Todo(
        waiting=tuple(waiting),
        rest=rest,
        handles=person.holds(Role.OFFICER),
        leads=counted["all"] if person.holds(Role.OFFICER) else 0,
        blocks=_blocks(person, unit, now),
        exceptions=(
            *_exceptions(cases, now),
            Exceptional("ownerless", counted["ownerless"], "cases:leads?unit=none", "amber"),
            Exceptional("nobodys", count_ownerless(person, unit, LIMIT + 1), "ledger:ownerless", "amber", LIMIT),
        ),
        items=tuple(
            sorted(
                [*notices.to_sign(unsigned), *_of_offers(person, unit, now), *more_asked],
                key=lambda item: (item.due is None, item.due or now),
            )
        ),
    )


def _of_offers(person: Person, unit: Unit | None, now: datetime) -> Iterable[Item]:
    for offer in OFFERS:
        yield from offer(person, unit, now)
    yield from gather(one for parts in PARTS for one in parts(person, unit, now))


def _blocks(person: Person, unit: Unit | None, now: datetime) -> int:
    """How many blocks wait for this person as the second one."""
    if not person.holds(Role.APPROVER):
        return 0
    pending = blocks_for(person, unit).standing(Standing.PENDING, now).exclude(asked_by=person)
    return pending.filter(unit__in=units_visible_to(person, Role.APPROVER)).count()


def _of_cases(posts: "_Posts", cases: Sequence[Case]) -> Iterable[Waiting]:
    person = posts.person
    shorter: dict[int, list[CaseNotice]] = {}
    for row in CaseNotice.shorter(cases):
        shorter.setdefault(row.case_id, []).append(row)
    for case in cases:
        state = State(case.state)
        own = case.find_clock if case.find_clock.running else case.report_clock
        # A sender may want his answer before the device has to be found.
        others = [row.clock(which) for row in shorter.get(case.pk, ()) for which in ("find", "report")]
        clock = min([own, *(one for one in others if one.running)], key=lambda one: one.due)
        pressing = clock if clock.running else None
        if state in _HANDLE and posts.are_mine(case.unit, Role.OFFICER):
            yield Waiting(_still_open(case, state), case, pressing)
        elif state is State.REVIEW and case.submitted_by_id != person.pk and posts.are_mine(case.unit, Role.APPROVER):
            yield Waiting("approve", case, pressing)
        elif state in _SUPERVISE and waits_above(person, case.unit):
            yield Waiting(_SUPERVISE[state], case, pressing)


def _still_open(case: Case, state: State) -> str:
    """What the unit has still to do: of measures and nature only that which is missing."""
    judged = case.nature != Case.Nature.UNDECIDED or case.conclusion != Case.Conclusion.TRUE
    if state is State.LOCKED and judged:
        return "measures"
    return "judge" if state is State.HANDLING and not judged else _HANDLE[state]


def _signed_at_once(waiting: Sequence[Waiting], shares: Iterable[Share]) -> Iterable[Waiting]:
    """The same, but cases that came by one notice and wait for one signature are one line, that of the earliest due."""
    asked = {item.case.pk for item in waiting if item.what == "sign"}
    came_by = {share.case_id: share.assignment_id for share in shares if share.case_id in asked}
    count = Counter(came_by.values())
    seen: set[int] = set()
    for item in waiting:
        number = came_by.get(item.case.pk, 0) if item.what == "sign" else 0
        if count[number] < 2:
            yield item
        elif number not in seen:
            seen.add(number)
            yield replace(item, assignment=number, cases=count[number])


@dataclass(frozen=True, slots=True)
class _Asked:
    """A row of what hangs on cases: a proposal, a time asked for, a task, an order."""

    kind: str
    number: int
    case_id: int
    by_id: int | None
    what: str
    begun: datetime
    due: datetime


def _whole(cases: "QuerySet[Case]") -> "QuerySet[Case]":
    """With all that a line of the page tells of a case."""
    return cases.select_related("unit", "lead", "evidence", "unit__parent").defer("evidence__content")


def _of_asked(
    posts: "_Posts", unit: Unit | None, open_cases: list[Case], now: datetime
) -> tuple[list[Waiting], list[Item]]:
    """What hangs on cases and waits for somebody, read by one statement; then the cases that are not at hand yet. With
    it the line that says so where there is more than is looked at."""
    known = {case.pk: case for case in open_cases}
    # By their units: of these there are fewer than of the cases themselves.
    units = units_visible_to(posts.person, *BUSINESS)
    units = units if unit is None else units.filter(path__startswith=unit.path)
    read = [_Asked(*row) for row in _asked(posts.person, units, known, now)]
    rows = read[:ASKED]
    missing = {row.case_id for row in rows} - set(known)
    if missing:
        # Of visible units they are already: asked for that again, SQLite looks for each of them in each unit of a city.
        known |= {case.pk: case for case in _whole(Case.objects.filter(pk__in=missing))}
    natures = [row for row in rows if row.kind == "decision" and row.what == Decision.Kind.NATURE]
    contested = Prefetch("objections", Objection.objects.select_related("contested"))
    prefetch_related_objects([known[row.case_id] for row in natures], contested)
    found = [(row.kind, one) for row in rows if (one := _waiting(posts, row, known[row.case_id])) is not None]
    settle = [one for kind, one in found if kind == "settle"]
    more = []
    if len(settle) > SETTLED or sum(row.kind == "settle" for row in rows) > _SETTLED_READ:
        more.append(_more("settle", f"?view={SETTLE}"))
    if len(read) > ASKED:
        more.append(_more("asked"))
    return [*(one for kind, one in found if kind != "settle"), *settle[:SETTLED]], more


def _more(what: str, query: str = "") -> Item:
    told = (say(f"desk_reports.todo_more_{what}"), say(f"desk_reports.todo_more_{what}_lead"))
    return Item(*told, reverse("cases:cases") + query)


def _asked(person: Person, units: "QuerySet[Unit]", known: Mapping[int, Case], now: datetime) -> Iterable[Any]:
    pending = Q(case__in=known, outcome="pending") & ~Q(asked_by=person)
    within = Q(case__unit__in=units)
    parts = [
        _columns("decision", Decision.objects.filter(pending), "asked_by_id", "kind", "asked_at", "asked_at"),
        _columns("extension", Extension.objects.filter(pending), "asked_by_id", "which", "asked_at", "until"),
    ]
    claims = Backfill.objects.filter(within, handed_up_to(person, "case__unit"), outcome="pending").exclude(
        asked_by=person
    )
    parts.append(_columns("claim", claims, "asked_by_id", "", "asked_at", "claimed_at"))
    # Of units that have people of their own, orders wait for those; a city need not read them.
    held = [post.unit_id for post in person.active_posts()]
    theirs = Q(case__unit__in=held) | unstaffed(Role.OFFICER, "case__unit") | unstaffed(Role.APPROVER, "case__unit")
    orders = Order.objects.filter(within, theirs, state__in=_ORDER_WAITS)
    parts.append(_columns("order", orders, _ORDER_BY, "state", "proposed_at", "proposed_at"))
    if person.holds(Role.OFFICER):
        # A re-check that found something, or the last of them: nobody else would learn that it is for him to say so.
        settled = _to_settle(person, units, now)
        parts.append(_columns("settle", settled, "", "settle", "closed_at", "closed_at", case="pk"))
    own = [post.unit_id for post in person.active_posts() if post.role == Role.OFFICER]
    if own:
        # Others' tasks are not read: a city has thousands that are due within a week.
        mine = Q(case__unit__in=own) | unstaffed(Role.OFFICER, "case__unit")
        tasks = Task.objects.filter(within, mine, done_at=None, due_at__lte=now + AHEAD)
        parts.append(_columns("task", tasks, "", "kind", "made_at", "due_at"))
    first, *others = parts
    rows: Iterable[Any] = first.union(*others, all=True).order_by("w_kind", "w_due")[: ASKED + 1]
    return rows


def _to_settle(person: Person, units: "QuerySet[Unit]", now: datetime) -> "QuerySet[Case]":
    """Closed cases to be declared stable or recurred, those closed first: somewhat more than are shown, of which a few
    may be for somebody else."""
    # Of a bureau's thousands of closed cases, which its districts settle, none is looked at.
    mine = Case.objects.filter(unit__in=perhaps_handing_up_to(person)).filter(unit__in=units)
    first = mine.filter(view_of_cases(SETTLE, now)).order_by("closed_at", "pk").values("pk")[: _SETTLED_READ + 1]
    said: QuerySet[Case] = Case.objects.filter(pk__in=first).annotate(
        settle=Case_(When(rechecked(result="found"), then=Value("found")), default=Value("stable"))
    )
    return said


_ORDER_BY = Case_(
    When(state=OrderState.ORDERED.value, then=F("ordered_by_id")),
    When(state=OrderState.ASKED_BACK.value, then=F("restore_asked_by_id")),
    default=Cast(Value(None), BigIntegerField()),
    output_field=BigIntegerField(),
)
"""Who has no part in the next step of an order."""


def _columns(kind: str, rows: "QuerySet[Any]", by: Any, what: str, begun: str, due: str, case: str = "case_id") -> Any:
    columns = {
        "w_kind": Value(kind, CharField()),
        "w_number": F("pk"),
        "w_case": F(case),
        "w_by": F(by) if isinstance(by, str) and by else by or Cast(Value(None), BigIntegerField()),
        "w_what": Cast(F(what) if what else Value(""), CharField(max_length=40)),
        "w_begun": F(begun),
        "w_due": F(due),
    }
    return rows.order_by().annotate(**columns).values_list(*columns)


def _waiting(posts: "_Posts", row: _Asked, case: Case) -> Waiting | None:
    """What a row means to this person; None where it is for somebody else."""
    person, found = posts.person, case.find_clock
    if row.kind == "decision":
        decision = Decision(pk=row.number, case=case, asked_by_id=row.by_id or 0, kind=row.what)
        clock = found if found.running else case.report_clock
        what = f"confirm_{row.what.replace('-', '_')}"
        return Waiting(what, case, clock if clock.running else None) if confirms(decision, person) else None
    if row.kind in ("extension", "claim"):
        if not waits_above(person, case.unit):
            return None
        clock = found if row.what == Extension.Which.FIND else case.report_clock
        return Waiting("extension", case, clock) if row.kind == "extension" else Waiting("backfill", case, None)
    if row.kind == "settle":
        return Waiting(f"settle_{row.what}", case, None) if waits_above(person, case.unit) else None
    if row.kind == "task":
        mine = posts.are_mine(case.unit, Role.OFFICER)
        return Waiting(f"task_{row.what.replace('-', '_')}", case, Clock(row.begun, row.due, row.due)) if mine else None
    what, duty = _ORDER_WAITS[row.what]
    role = Role.OFFICER if duty is Duty.HANDLE else Role.APPROVER
    return Waiting(what, case, None) if row.by_id != person.pk and posts.are_mine(case.unit, role) else None


def _exceptions(cases: "QuerySet[Case]", now: datetime) -> tuple[Exceptional, ...]:
    views = {
        "overdue": "red",
        "returned": "amber",
        "urgent": "amber",
        "unsigned": "amber",
        "not-ours": "blue",
        "undecided": "blue",
        "recurred": "amber",
    }
    counted = cases.order_by().aggregate(
        **{view.replace("-", "_"): Count("pk", filter=view_of_cases(view, now)) for view in views}
    )
    return tuple(
        Exceptional(view, counted[view.replace("-", "_")], f"cases:cases?view={view}", tone)
        for view, tone in views.items()
    )


class _Posts:
    """Whether work on a unit is a person's own: his post is on that unit, or the unit has nobody of its own."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.staffed = staffed()
        self.own = {(post.unit_id, post.role) for post in person.active_posts()}

    def are_mine(self, unit: Unit, role: str) -> bool:
        if (unit.pk, role) in self.own:
            return True
        if (unit.pk, role) in self.staffed:
            return False
        nearest = next((u for u in reversed(unit.ancestor_ids()) if (u, role) in self.staffed), None)
        return nearest is not None and (nearest, role) in self.own
