"""升级督办: tell in time that a clock comes to its end: 12 hours before, 2 hours before, at the end, a day after.

A notice that joined later with a shorter limit of its own is told of as well, beside the clock of the case.

Each stage of a due time is told of once, whatever happens to the worker or to the machine's clock in between: a row
with a unique key is written in the same transaction as the message. After a pause only the latest stage is told of.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q

from minewarden.desk.audit.record import record
from minewarden.desk.cases.clocks import SOON, URGENT, Clock
from minewarden.desk.cases.lifecycle import ENDED
from minewarden.desk.cases.models import Case, CaseNotice, Escalation, Step
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role

AFTER = timedelta(hours=24)
STAGES = {"soon": -SOON, "urgent": -URGENT, "due": timedelta(0), "after": AFTER}
"""Stage -> when it is reached, counted from the due time."""


def look(now: datetime) -> int:
    """Tell of every stage that was reached and not told of yet; the number of messages."""
    soon = now + SOON
    open_ = Case.objects.filter(stopped_at=None).exclude(state__in=[state.value for state in ENDED])
    still = open_.filter(Q(concluded_at=None, due48__lte=soon) | Q(reported_at=None, due72__lte=soon))
    told = 0
    for case in still.prefetch_related("escalations").order_by("pk"):
        told += _tell_of(case, None, now)
    shorter = CaseNotice.shorter(open_).filter(Q(due48__lte=soon) | Q(due72__lte=soon))
    for row in shorter.prefetch_related("case__escalations"):
        told += _tell_of(row.case, row, now)
    return told


def _tell_of(case: Case, notice: CaseNotice | None, now: datetime) -> int:
    known = {(row.which, row.stage, row.due_at) for row in case.escalations.all()}
    told = 0
    for which in ("find", "report"):
        clock = _clock(case, notice, which)
        fresh = [stage for stage in reached(clock, now) if (which, stage, clock.due) not in known]
        if fresh:
            told += _tell(case, notice, which, fresh, now)
    return told


def _clock(case: Case, notice: CaseNotice | None, which: str) -> Clock:
    """The clock of the case, or of a notice of it where that ends earlier."""
    own = case.find_clock if which == "find" else case.report_clock
    if notice is None:
        return own
    notice.case = case
    return min(own, notice.clock(which), key=lambda clock: clock.due)


def reached(clock: Clock, now: datetime) -> list[str]:
    """The stages that a running clock has reached, the latest last."""
    return [stage for stage, after in STAGES.items() if clock.running and now >= clock.due + after]


@transaction.atomic
def _tell(case: Case, notice: CaseNotice | None, which: str, stages: list[str], now: datetime) -> int:
    held = Case.objects.select_for_update(of=("self",), no_key=True)
    fresh = held.select_related("unit", "unit__parent").get(pk=case.pk)
    clock = _clock(fresh, notice, which)
    stages = [stage for stage in stages if stage in reached(clock, now)]
    made = [
        Escalation.objects.get_or_create(case=fresh, which=which, stage=stage, due_at=clock.due, defaults={"at": now})[
            1
        ]
        for stage in stages
    ]
    if not any(made):
        return 0
    stage = stages[-1]
    Step.objects.create(case=fresh, at=now, by=None, verb=f"escalate-{stage}", note="")
    record(f"case.escalate-{stage}", by=None, obj=fresh, after={"which": which, "due": clock.due})
    tell = outbox.press if stage in ("due", "after") else partial(outbox.post, urgent=True)
    tell(
        f"clock.{fresh.pk}.{which}.{stage}.{clock.due.isoformat()}",
        unit=fresh.unit, to=_whom(fresh, stage), word=f"desk_cases.tell_{which}_{stage}", now=now,
        link=f"/cases/{fresh.pk}/", number=fresh.number, due=clock.due,
    )  # fmt: skip
    return 1


def _whom(case: Case, stage: str) -> Iterator[Person]:
    """The unit's own people; from the last two hours on its leader too; from the end on the superior."""
    yield from outbox.people_of(case.unit, Role.OFFICER)
    if stage != "soon":
        yield from outbox.people_of(case.unit, Role.APPROVER)
    if stage in ("due", "after"):
        yield from outbox.people_above(case.unit, Role.OFFICER)
    if stage == "after":
        yield from outbox.people_above(case.unit, Role.APPROVER, Role.LEADER)
