"""How a case comes to be, whether of a lead or of a notice: its facts, its receipt, its clocks, its notices."""

from dataclasses import asdict, dataclass
from datetime import datetime

from minewarden.desk.audit.record import record
from minewarden.desk.cases import refusals
from minewarden.desk.cases.clocks import Due, due_times
from minewarden.desk.cases.models import CandidateCopy, Case, CaseNotice, Lead, Notice, Step
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role, Unit


@dataclass(frozen=True, slots=True)
class Limits:
    """Shorter limits that a notice sets itself."""

    find: datetime | None = None
    report: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of the machine that a case is about; whoever knows less leaves it out.

    host, host_port: its address and source port as observed from outside. server, server_name, port: whom it talked to.
    first_seen, last_seen: when, in UTC.
    """

    host: str | None = None
    host_port: int | None = None
    server: str | None = None
    server_name: str = ""
    port: int | None = None
    protocol: str = ""
    coins: str = ""
    first_seen: datetime | None = None
    last_seen: datetime | None = None


def facts_of(known: Lead | Case) -> Facts:
    """The facts of a lead, or those that a case was opened with."""
    return Facts(
        host=known.host,
        host_port=known.host_port if isinstance(known, Case) else None,
        server=known.server,
        server_name=known.server_name,
        port=known.port,
        protocol=known.protocol,
        coins=known.coins,
        first_seen=known.first_seen,
        last_seen=known.last_seen,
    )


def new_case(
    facts: Facts,
    *,
    unit: Unit,
    by: Person,
    now: datetime,
    lead: Lead | None = None,
    notice: Notice | None = None,
    received_at: datetime | None = None,
    previous: Case | None = None,
    origin: str = "",
) -> Case:
    """Write the case with both clocks. The receipt is `received_at`; else the unit's own notice's; else this moment.

    Raises TransitionError for a receipt in the future.
    """
    own = notice.received_at if notice is not None and notice.unit_id == unit.pk else now
    received = received_at or own
    if received > now:
        raise refusals.in_future(now)
    due = due_of(received, limits_of(notice, received) if notice is not None else Limits())
    first = Case.Origin.SELF_FOUND if notice is None else Case.Origin.NOTIFIED
    case: Case = Case.objects.create(
        unit=unit, lead=lead, evidence=lead.evidence if lead is not None else None, previous=previous,
        origin=origin or first, opened_at=now, opened_by=by, received_at=received, original48=due.find,
        original72=due.report, due48=due.find, due72=due.report, **asdict(facts),
    )  # fmt: skip
    CandidateCopy.objects.bulk_create(_candidates(case))
    return case


def due_of(received: datetime, limits: Limits) -> Due:
    """Both due times. Raises TransitionError, in words, for a limit that cannot be."""
    try:
        return due_times(received, find_limit=limits.find, report_limit=limits.report)
    except ValueError:
        raise refusals.limit_before_receipt(received) from None


def limits_of(notice: Notice, received: datetime) -> Limits:
    """The notice's own limits, but for those that were over before this unit received anything: nobody is late from
    the start because others took long."""
    limits = (notice.find_limit, notice.report_limit)
    find, report = (limit if limit is not None and limit > received else None for limit in limits)
    return Limits(find, report)


def remember_opening(case: Case, *, by: Person, now: datetime, note: str) -> None:
    """The first line of the history, and the record of the log."""
    Step.objects.create(case=case, at=now, by=by, verb="open", target=case.state, note=note)
    facts = {"unit": case.unit_id, "lead": case.lead_id, "origin": case.origin, "received_at": case.received_at}
    facts |= {"due48": case.due48, "due72": case.due72, "evidence": case.evidence.sha256 if case.evidence else None}
    record("case.open", by=by, obj=case, after=facts | ({"note": note} if note else {}))


def tell_opening(case: Case, *, now: datetime) -> None:
    """Tell the unit that a case waits to be signed for; whoever hands notices out tells of them himself."""
    outbox.post(
        f"case.{case.pk}.open", unit=case.unit, to=outbox.people_of(case.unit, Role.OFFICER),
        word="desk_cases.tell_open", now=now, urgent=True, link=f"/cases/{case.pk}/", number=case.number,
        due=case.due48,
    )  # fmt: skip


def join(case: Case, notice: Notice, *, by: Person, now: datetime, received_at: datetime | None = None) -> CaseNotice:
    """Write that a notice belongs to a case, with a clock of its own from its own receipt."""
    received = received_at or (notice.received_at if notice.unit_id == case.unit_id else now)
    if received > now:
        raise refusals.in_future(now)
    due = due_of(received, limits_of(notice, received))
    joined: CaseNotice = CaseNotice.objects.create(
        case=case, notice=notice, received_at=received, due48=due.find, due72=due.report, joined_at=now, joined_by=by
    )
    return joined


def _candidates(case: Case) -> list[CandidateCopy]:
    fields = ("certainty", "internal_ip", "mac", "login", "switch_port", "asset", "person")
    content = case.evidence.content if case.evidence else {}
    return [
        CandidateCopy(
            case=case, position=position, hops=given.get("hops", []), **{f: str(given.get(f) or "") for f in fields}
        )
        for position, given in enumerate(content.get("trace", []), start=1)
    ]
