"""Who is told when a case changes hands between people: whoever has to decide, and whoever waits for the answer.

The clocks tell of themselves (`escalation`); without these messages a proposal would lie with the second person, and a
report that came back with the unit, until somebody happened to open the home page.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from minewarden.desk.cases.clocks import SOON
from minewarden.desk.cases.models import Case, Step
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role, Unit


class Whom(StrEnum):
    """Whose turn it is: the unit's own people, its approver, either of them, or the office above it."""

    UNIT = "unit"
    APPROVER = "approver"
    EITHER = "either"
    SUPERIOR = "superior"


TOLD: Mapping[str, tuple[Whom, str]] = {
    **dict.fromkeys(("propose-nature", "propose-false-alarm"), (Whom.APPROVER, "to_decide")),
    **dict.fromkeys(("order-order", "order-ask-back"), (Whom.APPROVER, "to_decide")),
    **dict.fromkeys(("propose-unlocatable", "ask-extension", "ask-backfill"), (Whom.SUPERIOR, "to_decide")),
    **dict.fromkeys(("agree-nature", "confirm-false-alarm", "confirm-unlocatable"), (Whom.UNIT, "decided")),
    **dict.fromkeys(("refuse-nature", "refuse-false-alarm", "refuse-unlocatable"), (Whom.UNIT, "decided")),
    **dict.fromkeys(("allow-extension", "refuse-extension"), (Whom.UNIT, "decided")),
    **dict.fromkeys(("allow-backfill", "refuse-backfill"), (Whom.UNIT, "decided")),
    # The unit's people order or its approver declines; nobody did anything, the program noted that it came back.
    "propose-order": (Whom.EITHER, "order_proposed"),
    **dict.fromkeys(("order-approve", "order-decline", "order-keep", "order-restore"), (Whom.UNIT, "order")),
    **dict.fromkeys(("objection-1", "objection-2"), (Whom.UNIT, "objection")),
    "submit-report": (Whom.APPROVER, "report"),
    "approve-report": (Whom.SUPERIOR, "report_came"),
    **dict.fromkeys(("send-back-report", "return"), (Whom.UNIT, "report_back")),
    "return-not-ours": (Whom.SUPERIOR, "not_ours"),
    "withdraw": (Whom.UNIT, "withdrawn"),
}
"""Act -> who is told of it, and by which sentence. What only goes on (signed, begun, received, closed) is nobody's
turn: it stands on the page."""


def tell(case: Case, step: Step, *, by: Person | None, now: datetime) -> None:
    """Tell of a step, within its transaction; nothing where it is nobody's turn. Who took it is not told himself, and
    where he alone could answer it is for the unit above. `by` None: the program itself noted it.

    It waits through the night unless a clock of the case runs out within twelve hours.
    """
    if step.verb not in TOLD:
        return
    whom, word = TOLD[step.verb]
    running = [clock for clock in (case.find_clock, case.report_clock) if clock.running]
    urgent = any(clock.remaining(now) <= SOON for clock in running)
    for unit, people in _people(case, whom, by, contested=step.verb == "propose-nature"):
        outbox.post(
            f"case.{case.pk}.{step.verb}.{step.pk}.{unit.pk}", unit=unit, to=[one for one in people if one != by],
            word=f"desk_cases.tell_{word}", now=now, urgent=urgent, link=f"/cases/{case.pk}/", number=case.number,
        )  # fmt: skip


def _people(case: Case, whom: Whom, by: Person | None, *, contested: bool) -> Iterator[tuple[Unit, list[Person]]]:
    """Unit by unit, so that the group of each hears of its own only."""
    unit = case.unit
    if whom is Whom.SUPERIOR and unit.parent is not None:
        yield unit.parent, outbox.people_of(unit.parent, Role.OFFICER, but=by)
        return
    if whom is Whom.APPROVER:
        yield unit, outbox.people_of(unit, Role.APPROVER, but=by)
    else:
        officers = outbox.people_of(unit, Role.OFFICER)
        yield unit, officers + (outbox.people_of(unit, Role.APPROVER) if whom is Whom.EITHER else [])
    # Whoever had a part in what is contested decides no more; then it is for the office above.
    if contested and unit.parent is not None and case.objections.filter(answer=None).exists():
        yield unit.parent, outbox.people_of(unit.parent, Role.OFFICER)
