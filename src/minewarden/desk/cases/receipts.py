"""补录 of a receipt: a unit learnt of a case earlier than the desk delivered it, and the earliest receipt counts."""

from datetime import datetime

from minewarden.desk.cases.clocks import Due, counted_from
from minewarden.desk.cases.history import remark
from minewarden.desk.cases.lifecycle import ENDED, State
from minewarden.desk.cases.models import Case, EarlierReceipt, Notice
from minewarden.desk.org.models import Person


def count_from(
    case: Case,
    at: datetime,
    *,
    by: Person,
    now: datetime,
    way: str,
    reason: str,
    notice: Notice | None = None,
    due: Due | None = None,
) -> EarlierReceipt | None:
    """Let both clocks count from `at`, where that is earlier than what counted until now; None where it is not.

    `case` is held by the caller. What the desk saw stays beside it and is never written over. `way`: notice | call.
    `due`: shorter limits that came with what was received. Time that somebody allowed stays allowed; where a clock has
    ended, it is judged by the earlier receipt as well. Nothing moves once nobody waits for the case any more.
    """
    if at >= case.receipt or State(case.state) in ENDED:
        return None
    was, before = case.receipt, {"due48": case.due48, "due72": case.due72}
    by_receipt = Due(case.original("find"), case.original("report"))
    original, in_force = counted_from(at, by_receipt, Due(case.due48, case.due72), due)
    case.told_at, case.told48, case.told72 = at, original.find, original.report
    case.due48, case.due72 = in_force.find, in_force.report
    case.save(update_fields=["told_at", "told48", "told72", "due48", "due72"])
    row: EarlierReceipt = EarlierReceipt.objects.create(
        case=case, notice=notice, way=way, at=at, was=was, reason=reason, entered_at=now, by=by
    )
    facts = {"at": at, "was": was, "way": way, "dues_were": before, "due48": case.due48, "due72": case.due72}
    remark(case, "earlier-receipt", by=by, now=now, note=reason, facts=facts)
    return row
