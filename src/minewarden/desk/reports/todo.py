"""我的待办: what waits for a person, most urgent first, and what is out of the ordinary in his scope."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet, prefetch_related_objects

from minewarden.desk.alerts import todo as alerts_todo
from minewarden.desk.assessments.waiting import items as assessments
from minewarden.desk.blocks.access import blocks_for, may_decide
from minewarden.desk.blocks.models import Standing
from minewarden.desk.campaigns import queries as campaigns
from minewarden.desk.cases import access
from minewarden.desk.cases.clocks import Clock
from minewarden.desk.cases.decisions import confirms
from minewarden.desk.cases.lifecycle import Duty, State
from minewarden.desk.cases.models import Backfill, Case, Decision, Extension, Lead, Objection, Order, Task
from minewarden.desk.cases.orders_table import OrderState
from minewarden.desk.cases.queries import view_of_cases
from minewarden.desk.kit.waiting import Item
from minewarden.desk.library import todo as library
from minewarden.desk.measures import todo as measures_todo
from minewarden.desk.notices import todo as notices
from minewarden.desk.org.models import Person, Post, Role, Unit
from minewarden.desk.pledges import queries as pledges
from minewarden.desk.selfchecks import todo as checks_todo

LIMIT = 400
"""Open cases looked at for one person's page; the lists behind the counts hold the rest."""
_HANDLE = {
    State.DELIVERED: "sign", State.SIGNED: "start", State.INVESTIGATING: "find", State.LOCKED: "handle",
    State.HANDLING: "report", State.UNLOCATABLE: "report", State.FALSE_ALARM: "report", State.RETURNED: "amend",
}  # fmt: skip
_SUPERVISE = {State.REPORTED: "receive", State.RECEIVED: "close", State.NOT_OURS: "redispatch"}


AHEAD = timedelta(days=7)
_ORDER_WAITS = {
    OrderState.PROPOSED.value: ("order", Duty.HANDLE, ""),
    OrderState.ORDERED.value: ("order_approve", Duty.APPROVE, "ordered_by_id"),
    OrderState.APPROVED.value: ("order_execute", Duty.HANDLE, ""),
    OrderState.ASKED_BACK.value: ("order_restore", Duty.APPROVE, "restore_asked_by_id"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits. `due` is the clock that presses, None where none does."""

    what: str
    case: Case
    due: Clock | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A count with the list behind it."""

    key: str
    count: int
    query: str
    tone: str


@dataclass(frozen=True, slots=True)
class Todo:
    """The home page."""

    waiting: tuple[Waiting, ...]
    leads: int
    blocks: int
    exceptions: tuple[Exceptional, ...]
    items: tuple[Item, ...] = ()

    @property
    def count(self) -> int:
        """The number at the head of the list."""
        return len(self.waiting) + len(self.items)


Offer = Callable[[Person, Unit | None, datetime], Iterable[Item]]
OFFERS: tuple[Offer, ...] = (
    campaigns.waiting,
    library.waiting,
    notices.waiting,
    assessments,
    checks_todo.offers,
    measures_todo.offers,
    alerts_todo.offers,
    pledges.waiting,
)
"""What else waits for a person; an app adds its own."""


def todo(person: Person, unit: Unit | None, now: datetime) -> Todo:
    """What waits for this person."""
    cases = access.cases_for(person).select_related("unit", "lead", "unit__parent").defer("evidence__content")
    leads = access.leads_for(person).filter(status=Lead.Status.OPEN)
    blocks = blocks_for(person, unit)
    if unit is not None:
        cases = cases.filter(unit__path__startswith=unit.path)
        leads = leads.filter(Q(unit__path__startswith=unit.path) | Q(unit=None))
    still = view_of_cases("open", now) | view_of_cases("not-ours", now)
    open_cases = list(cases.filter(still).distinct().order_by("due48", "pk")[:LIMIT])
    waiting = [*_of_cases(person, open_cases), *_of_decisions(person, open_cases)]
    waiting += [*_of_tasks(person, cases, now), *_of_orders(person, cases)]
    waiting.sort(key=lambda item: (item.due is None, item.due.due if item.due else now, item.case.pk))
    officer = person.holds(Role.OFFICER)
    return Todo(
        waiting=tuple(waiting),
        leads=leads.count() if officer else 0,
        blocks=sum(may_decide(person, block) for block in blocks.standing(Standing.PENDING, now)[:LIMIT]),
        exceptions=_exceptions(cases, leads, now),
        items=tuple(sorted(_of_offers(person, unit, now), key=lambda item: (item.due is None, item.due or now))),
    )


def _of_offers(person: Person, unit: Unit | None, now: datetime) -> Iterable[Item]:
    for offer in OFFERS:
        yield from offer(person, unit, now)


def _of_cases(person: Person, cases: Iterable[Case]) -> Iterable[Waiting]:
    posts = _Posts(person)
    for case in cases:
        state = State(case.state)
        clock = case.find_clock if case.find_clock.running else case.report_clock
        pressing = clock if clock.running else None
        if state in _HANDLE and posts.are_mine(case.unit, Role.OFFICER):
            yield Waiting(_HANDLE[state], case, pressing)
        elif state is State.REVIEW and case.submitted_by_id != person.pk and posts.are_mine(case.unit, Role.APPROVER):
            yield Waiting("approve", case, pressing)
        elif state in _SUPERVISE and access.may(person, Duty.SUPERVISE, case.unit):
            yield Waiting(_SUPERVISE[state], case, pressing)


def _of_decisions(person: Person, cases: list[Case]) -> Iterable[Waiting]:
    by_number = {case.pk: case for case in cases}
    pending = Q(case__in=by_number, outcome="pending") & ~Q(asked_by=person)
    decisions = list(Decision.objects.filter(pending))
    contested = Prefetch("objections", Objection.objects.select_related("contested"))
    prefetch_related_objects([by_number[d.case_id] for d in decisions if d.kind == Decision.Kind.NATURE], contested)
    for decision in decisions:
        case = by_number[decision.case_id]
        decision.case = case
        if confirms(decision, person):
            clock = case.find_clock if case.find_clock.running else case.report_clock
            yield Waiting(f"confirm_{decision.kind.replace('-', '_')}", case, clock if clock.running else None)
    for extension in Extension.objects.filter(pending):
        case = by_number[extension.case_id]
        if access.may(person, Duty.SUPERVISE, case.unit):
            clock = case.find_clock if extension.which == Extension.Which.FIND else case.report_clock
            yield Waiting("extension", case, clock)


def _exceptions(cases: "QuerySet[Case]", leads: "QuerySet[Lead]", now: datetime) -> tuple[Exceptional, ...]:
    views = {
        "overdue": "red",
        "returned": "amber",
        "urgent": "amber",
        "unsigned": "amber",
        "not-ours": "blue",
        "undecided": "blue",
    }
    counted = cases.order_by().aggregate(
        **{view.replace("-", "_"): Count("pk", filter=view_of_cases(view, now), distinct=True) for view in views}
    )
    ownerless = leads.filter(unit=None).count()
    found = [
        Exceptional(view, counted[view.replace("-", "_")], f"cases:cases?view={view}", tone)
        for view, tone in views.items()
    ]
    return (*found, Exceptional("ownerless", ownerless, "cases:leads?unit=none", "amber"))


def _of_tasks(person: Person, cases: "QuerySet[Case]", now: datetime) -> Iterable[Waiting]:
    """Re-checks and what makes up for a device not found, from a week before they are due."""
    posts = _Posts(person)
    rows = Task.objects.filter(case__in=cases, done_at=None, due_at__lte=now + AHEAD)
    for task in rows.select_related("case", "case__unit").order_by("due_at")[:LIMIT]:
        if posts.are_mine(task.case.unit, Role.OFFICER):
            yield Waiting(
                f"task_{task.kind.replace('-', '_')}", task.case, Clock(task.made_at, task.due_at, task.due_at)
            )


def _of_orders(person: Person, cases: "QuerySet[Case]") -> Iterable[Waiting]:
    """Orders to disconnect that wait for the next person, and times that somebody asked to add."""
    posts = _Posts(person)
    roles = {Duty.HANDLE: Role.OFFICER, Duty.APPROVE: Role.APPROVER}
    rows = Order.objects.filter(case__in=cases, state__in=_ORDER_WAITS).select_related("case", "case__unit")
    for order in rows[:LIMIT]:
        what, duty, but = _ORDER_WAITS[order.state]
        if posts.are_mine(order.case.unit, roles[duty]) and (not but or getattr(order, but) != person.pk):
            yield Waiting(what, order.case, None)
    for claim in Backfill.objects.filter(case__in=cases, outcome="pending").select_related("case", "case__unit")[
        :LIMIT
    ]:
        if claim.asked_by_id != person.pk and access.may(person, Duty.SUPERVISE, claim.case.unit):
            yield Waiting("backfill", claim.case, None)


class _Posts:
    """Whether work on a unit is a person's own: his post is on that unit, or the unit has nobody of its own."""

    def __init__(self, person: Person) -> None:
        self.person = person
        rows = Post.objects.filter(revoked_at=None, role__in=(Role.OFFICER, Role.APPROVER), person__is_active=True)
        self.staffed = set(rows.values_list("unit_id", "role"))
        self.own = {(post.unit_id, post.role) for post in person.active_posts()}

    def are_mine(self, unit: Unit, role: str) -> bool:
        if (unit.pk, role) in self.own:
            return True
        if (unit.pk, role) in self.staffed:
            return False
        nearest = next((u for u in reversed(unit.ancestor_ids()) if (u, role) in self.staffed), None)
        return nearest is not None and (nearest, role) in self.own
