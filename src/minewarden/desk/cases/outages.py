"""When the desk was away, what was added later, and days out of the ordinary. None of them moves a clock by itself."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from minewarden.desk.audit.record import record
from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.history import held, of_case, remark
from minewarden.desk.cases.lifecycle import Aside, Duty, State, aside
from minewarden.desk.cases.models import Asked, Backfill, Case, CaseNotice, Holiday, Outage, Shift
from minewarden.desk.org.models import Person, Role
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


@transaction.atomic
def enter_outage(*, by: Person, now: datetime, began_at: datetime, ended_at: datetime, note: str) -> Outage:
    """Write down when the desk could not be used. Only a system administrator does; the auditor sees it in the log."""
    _system(by)
    if not began_at < ended_at <= now:
        raise refusals.wrong_span(now)
    if not note.strip():
        raise refusals.reason_missing()
    row: Outage = Outage.objects.create(began_at=began_at, ended_at=ended_at, note=note.strip(), entered_at=now, by=by)
    record("outage.enter", by=by, obj=row, after={"began_at": began_at, "ended_at": ended_at, "note": note.strip()})
    return row


@transaction.atomic
def shift(
    case: Case,
    outage: Outage,
    *,
    by: Person,
    now: datetime,
    which: str,
    reason: str,
    joined: CaseNotice | None = None,
) -> Shift:
    """Give a clock back what it lost: the new due time lies as far behind the end of the outage as the old one lay
    behind its beginning. Only for a clock that came due while the desk was away, once, by the superior. `joined`: the
    clock of one notice of the case and not that of the case."""
    case = held(case)
    demand(by, Duty.SUPERVISE, case.unit)
    aside(State(case.state), Aside.EXTEND)
    if not reason.strip():
        raise refusals.reason_missing()
    field = "due48" if which == "find" else "due72"
    mine = of_case(case, joined)
    was: datetime = mine.due(which) if mine is not None else getattr(case, field)
    if not hit(was, outage) or Shift.objects.filter(case=case, outage=outage, which=which, joined=mine).exists():
        raise refusals.already_decided()
    until = outage.ended_at + (was - max(outage.began_at, mine.received_at if mine is not None else case.receipt))
    if mine is None:
        setattr(case, field, until)
        case.save(update_fields=[field])
    row: Shift = Shift.objects.create(
        case=case, joined=mine, outage=outage, which=which, was=was, until=until, reason=reason, at=now, by=by
    )
    facts = {"which": which, "was": was, "until": until} | ({"notice": mine.notice_id} if mine is not None else {})
    remark(case, "shift", by=by, now=now, note=reason, facts=facts)
    return row


def hit(due: datetime, outage: Outage) -> bool:
    """Whether a due time fell into an outage."""
    return outage.began_at <= due <= outage.ended_at


def in_outage() -> Exists:
    """Of a case, whether any of its due times fell into an outage, as they stand or as they stood before anybody
    allowed more."""
    fell = Q()
    for hours in ("48", "72"):
        before = Coalesce(OuterRef(f"told{hours}"), OuterRef(f"original{hours}"))
        for due in (OuterRef(f"due{hours}"), before):
            fell |= Q(began_at__lte=due, ended_at__gte=due)
    return Exists(Outage.objects.filter(fell))


@transaction.atomic
def ask_backfill(case: Case, *, by: Person, now: datetime, claimed_at: datetime, reason: str) -> Backfill:
    """补录: say that the device was found earlier than the desk was told, and why it was not told then."""
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if not reason.strip():
        raise refusals.reason_missing()
    if case.concluded_at is None:
        raise refusals.already_decided()
    if claimed_at >= case.concluded_at:
        raise refusals.not_earlier(case.concluded_at)
    if case.backfills.filter(outcome=Asked.Outcome.PENDING).exists() or case.found_claimed_at is not None:
        raise refusals.already_asked()
    row: Backfill = Backfill.objects.create(
        case=case, claimed_at=claimed_at, recorded_at=case.concluded_at, reason=reason, asked_by=by, asked_at=now
    )
    facts = {"claimed_at": claimed_at, "recorded_at": case.concluded_at}
    remark(case, "ask-backfill", by=by, now=now, note=reason, facts=facts)
    return row


@transaction.atomic
def decide_backfill(row: Backfill, *, by: Person, now: datetime, allow: bool, note: str = "") -> Backfill:
    """The superior lets the earlier time count, or does not. What the desk saw stays beside it in any case."""
    case = held(row.case)
    fresh = Backfill.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    demand(by, Duty.SUPERVISE, case.unit)
    if fresh.outcome != Asked.Outcome.PENDING:
        raise refusals.already_decided()
    if fresh.asked_by_id == by.pk:
        raise refusals.same_person()
    if not allow and not note.strip():
        raise refusals.reason_missing()
    outcome = Asked.Outcome.AGREED if allow else Asked.Outcome.REFUSED
    fields: dict[str, Any] = {"outcome": outcome, "decided_by": by, "decided_at": now, "decided_note": note}
    for name, value in fields.items():
        setattr(fresh, name, value)
    fresh.save(update_fields=sorted(fields))
    if allow:
        case.found_claimed_at = fresh.claimed_at
        case.save(update_fields=["found_claimed_at"])
    verb = "allow-backfill" if allow else "refuse-backfill"
    facts = {"claimed_at": fresh.claimed_at, "recorded_at": fresh.recorded_at}
    remark(case, verb, by=by, now=now, note=note, facts=facts)
    return fresh


@transaction.atomic
def set_day(*, by: Person, now: datetime, day: date, works: bool, name: str) -> Holiday:
    """Say that a day is a holiday, or a weekend day that is worked."""
    _system(by)
    defaults = {"works": works, "name": name.strip(), "changed_at": now, "by": by}
    row, _ = Holiday.objects.update_or_create(day=day, defaults=defaults)
    record("holiday.set", by=by, obj=row, after={"day": day, "works": works, "name": name.strip()})
    return row


@transaction.atomic
def remove_day(row: Holiday, *, by: Person, now: datetime) -> None:
    """Take a day out of the table again."""
    _system(by)
    record("holiday.remove", by=by, obj=row, before={"day": row.day, "works": row.works, "name": row.name})
    row.delete()


@transaction.atomic
def fill_year(*, by: Person, now: datetime, year: int) -> int:
    """Fill a year in from the library chinesecalendar, where it is installed and knows it; what people wrote stays.

    The number of days. Raises TransitionError where it cannot.
    """
    _system(by)
    try:
        from chinese_calendar.constants import holidays, workdays
    except ImportError:
        raise TransitionError(message("desk_cases.no_calendar")) from None
    known = {day: (False, _zh(name)) for day, name in holidays.items() if day.year == year}
    known |= {day: (True, _zh(name)) for day, name in workdays.items() if day.year == year}
    if not known:
        raise TransitionError(message("desk_cases.year_unknown", year=year))
    there = set(Holiday.objects.filter(day__year=year).values_list("day", flat=True))
    fresh = [
        Holiday(day=day, works=works, name=name, changed_at=now, by=by)
        for day, (works, name) in sorted(known.items())
        if day not in there
    ]
    Holiday.objects.bulk_create(fresh)
    record("holiday.fill", by=by, after={"year": year, "days": len(fresh)})
    return len(fresh)


def _zh(name: str) -> str:
    """The Chinese name of a festival of the library."""
    from chinese_calendar.constants import Holiday as Festival

    return next((one.chinese for one in Festival if one.value == name), name)


def _system(by: Person) -> None:
    if not by.holds(Role.SYSTEM):
        raise PermissionDenied
