"""What a gate finds at each unit: a check counts something and says whether it is enough, or that nobody counts it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from minewarden.desk.campaigns.lifecycle import OPEN_TASKS, FilingState
from minewarden.desk.campaigns.models import Campaign, Filing, Postponement, Task
from minewarden.desk.campaigns.template import Check, Phase
from minewarden.desk.cases.models import Case
from minewarden.desk.cases.queries import view_of_cases
from minewarden.desk.kit import figures
from minewarden.desk.org.models import Unit

_FEW = 500
"""Of so many units the database is told the numbers; of more the whole campaign is counted."""
_NONE = (0, 0, 0)
FILED = ("plan", "meeting", "activity", "rule", "duty-list")


@dataclass(frozen=True, slots=True)
class Result:
    """One check at one unit. ok: None where no one offers the figure; it is then neither passed nor failed."""

    check: str
    ok: bool | None
    count: int = 0
    of: int | None = None
    excused: int = 0

    def data(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class Place(NamedTuple):
    """A unit as far as lists of thousands need it."""

    pk: int
    name: str
    short_name: str
    kind: str
    path: str
    parent_id: int | None

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit before a gate."""

    unit: Place
    results: tuple[Result, ...]
    done: int
    total: int
    overdue: int
    postponed: datetime | None

    @property
    def failed(self) -> tuple[Result, ...]:
        """What is not enough."""
        return tuple(result for result in self.results if result.ok is False)


def units_of(campaign: Campaign, now: datetime, paths: Sequence[str] | None = None) -> list[Place]:
    """The units of a campaign that are not closed, departments aside; with paths named, those below them.

    Their beginning is not asked: a unit is often entered long after it was founded.
    """
    day = timezone.localdate(now)
    rows = campaign.unit.subtree().exclude(kind=Unit.Kind.DEPARTMENT)
    if paths is not None:
        within = Q(pk__in=())
        for path in paths:
            within |= Q(path__startswith=path)
        rows = rows.filter(within)
    open_ = rows.filter(Q(valid_to=None) | Q(valid_to__gte=day)).order_by("path")
    return [Place(*row) for row in open_.values_list(*Place._fields)]


def standings(campaign: Campaign, phase: Phase, units: Sequence[Place], now: datetime) -> list[Standing]:
    """Every unit before the gate of a phase, in a number of queries that does not depend on how many there are."""
    found = {check.code: _EVALUATE[check.code](campaign, phase, check, units, now) for check in phase.gate}
    tasks = _tasks(campaign, phase, units, now)
    later = _postponed(campaign, phase)
    return [
        Standing(
            unit=unit,
            results=tuple(found[check.code][unit.pk] for check in phase.gate),
            done=tasks.get(unit.pk, _NONE)[0],
            total=tasks.get(unit.pk, _NONE)[1],
            overdue=tasks.get(unit.pk, _NONE)[2],
            postponed=later.get(unit.pk),
        )
        for unit in units
    ]


def _tasks(
    campaign: Campaign, phase: Phase, units: Sequence[Place], now: datetime
) -> Mapping[int, tuple[int, int, int]]:
    """(done, all, over time) by unit, counted by the database: a city has tens of thousands of tasks."""
    rows = Task.objects.filter(campaign=campaign, phase=phase.code).exclude(state__in=("withdrawn", "moved")).order_by()
    if len(units) <= _FEW:
        rows = rows.filter(unit__in=[unit.pk for unit in units])
    counted = rows.values("unit").annotate(
        done=Count("pk", filter=Q(state="done")),
        every=Count("pk"),
        late=Count("pk", filter=Q(state__in=OPEN_TASKS, due_at__lte=now)),
    )
    return {
        unit: (done, every, late) for unit, done, every, late in counted.values_list("unit", "done", "every", "late")
    }


def _postponed(campaign: Campaign, phase: Phase) -> Mapping[int, datetime]:
    """Units that as a whole got more time in this phase."""
    rows = Postponement.objects.filter(campaign=campaign, phase=phase.code, task=None, outcome="agreed")
    return {row.unit_id: row.until for row in rows.order_by("decided_at", "pk")}


Evaluate = Callable[[Campaign, Phase, Check, Sequence[Place], datetime], Mapping[int, Result]]


def _cases(nature: Case.Nature) -> Evaluate:
    def evaluate(
        campaign: Campaign, phase: Phase, check: Check, units: Sequence[Place], now: datetime
    ) -> Mapping[int, Result]:
        mine = {unit.pk for unit in units}
        counts = Counter[int]()
        rows = Case.objects.filter(view_of_cases("open", now), nature=nature, unit__path__startswith=campaign.unit.path)
        for unit, path in rows.order_by().values_list("unit_id", "unit__path"):
            # What happens in a department is its school's.
            above = [unit, *reversed([int(number) for number in path.rstrip("/").split("/")[:-1]])]
            counts[next((one for one in above if one in mine), 0)] += 1
        return {unit.pk: Result(check.code, counts[unit.pk] <= check.most, counts[unit.pk]) for unit in units}

    return evaluate


def _filed(
    campaign: Campaign, phase: Phase, check: Check, units: Sequence[Place], now: datetime
) -> Mapping[int, Result]:
    """Whether it was filed for this campaign. What was handed up counts; a draft or what was sent back does not."""
    states = (FilingState.SUBMITTED, FilingState.ACCEPTED)
    rows = Filing.objects.filter(kind=check.code, campaign=campaign, state__in=[state.value for state in states])
    counts = Counter(rows.order_by().values_list("unit_id", flat=True))
    return {unit.pk: Result(check.code, counts[unit.pk] > 0, counts[unit.pk]) for unit in units}


def _figure(
    campaign: Campaign, phase: Phase, check: Check, units: Sequence[Place], now: datetime
) -> Mapping[int, Result]:
    found = figures.of_units(check.code, [unit.pk for unit in units], now)
    if found is None:
        return {unit.pk: Result(check.code, None) for unit in units}
    results = {}
    for unit in units:
        figure = found.get(unit.pk)
        share = figure.percent if figure else None
        enough = share is not None and share >= check.least
        # Nobody on the roll is not the same as everybody signed.
        results[unit.pk] = Result(
            check.code,
            enough,
            figure.count if figure else 0,
            figure.of if figure else 0,
            figure.excused if figure else 0,
        )
    return results


def _all_tasks(
    campaign: Campaign, phase: Phase, check: Check, units: Sequence[Place], now: datetime
) -> Mapping[int, Result]:
    counted = _tasks(campaign, phase, units, now)
    results = {}
    for unit in units:
        done, total, _ = counted.get(unit.pk, _NONE)
        results[unit.pk] = Result(check.code, 100 * done >= check.least * total, done, total)
    return results


_EVALUATE: Mapping[str, Evaluate] = {
    "active-cases": _cases(Case.Nature.ACTIVE),
    "passive-cases": _cases(Case.Nature.PASSIVE),
    "pledges": _figure,
    "tasks": _all_tasks,
    **dict.fromkeys(FILED, _filed),
}
