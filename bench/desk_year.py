"""What gathers around the cases and the ledgers of an invented city in a year: sources of logs, protection, rosters, powers
of devices, recurrences, extensions, calls, files, objections, orders, outages, plans that were handed in.

    from bench.desk_year import gather
    gather(now)        # after bench.desk_city has made the city

A city without these is quicker than a real one: pages that ask for them find nothing to do.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any


def gather(now: datetime) -> None:
    """Write it all, the same for the same city and `now`."""
    _at_schools(now)
    _around_cases(now)


def _bulk(rows: Iterable[Any]) -> None:
    of_model: dict[Any, list[Any]] = {}
    for row in rows:
        of_model.setdefault(type(row), []).append(row)
    for model, several in of_model.items():
        model._base_manager.bulk_create(several, batch_size=1_000)


def _at_schools(now: datetime) -> None:
    """Three sources of logs and two kinds of protection each, two weeks of rosters, and three things that were filed."""
    from django.db.models import F

    from minewarden.desk.campaigns.models import Filing
    from minewarden.desk.ledger.models import Asset, LogSource, Protection, Shift
    from minewarden.desk.org.models import Person, Unit

    def day(after: int) -> Any:
        return (now + timedelta(days=after)).date()

    officer, schools = Person.objects.order_by("pk")[0], Unit.objects.filter(kind__in=("school", "kindergarten"))

    def rows() -> Iterator[Any]:
        for n, unit in enumerate(schools.order_by("pk")):
            for k, type_ in enumerate(("nat", "dhcp", "login")):
                yield LogSource(
                    unit=unit, type=type_, device=f"{type_}-1", offset=(None, 0, 3)[(n + k) % 3], zone="+08:00",
                    keep_days=(30, 184, 200, None)[(n + k) % 4], entered_at=now,
                )  # fmt: skip
            for k, type_ in enumerate(("firewall", "behaviour")):
                yield Protection(
                    unit=unit, type=type_, model="X1", place="机房", signatures_on=day(-(n * 7 + k) % 90 - 90),
                    licence_to=day((n * 11 + k) % 350 - 50), log_days=(30, 184, None)[n % 3], entered_at=now,
                )  # fmt: skip
            for after in range(-7, 8):
                yield Shift(unit=unit, day=day(after), name="王伟", entered_at=now)
            for k, kind in enumerate(("plan", "meeting", "activity")):
                state = "submitted" if (n + k) % 5 == 0 else "accepted"
                yield Filing(
                    kind=kind, unit=unit, title="整治工作", day=day(-(n % 200)), content={"measures": "排查"}, state=state,
                    made_by=officer, made_at=now, submitted_by=officer, submitted_at=now - timedelta(days=n % 200),
                )  # fmt: skip

    _bulk(rows())
    # A tenth of the devices, and so of those that were found at cases.
    Asset.objects.annotate(tenth=F("pk") % 10).filter(tenth=7).update(power=350)


def _around_cases(now: datetime) -> None:
    """Of every so many cases one came back, was given more time, called about, contested, cut off or told of late."""
    from minewarden.desk.cases.models import (
        Backfill,
        Call,
        Case,
        Decision,
        EarlierReceipt,
        Escalation,
        EvidenceFile,
        Extension,
        Objection,
        Order,
        Outage,
        Recurrence,
    )
    from minewarden.desk.measures.models import EnergyFact
    from minewarden.desk.org.models import Person

    one, other = Person.objects.order_by("pk")[:2]
    cases = list(Case.objects.order_by("pk").only("pk", "received_at", "closed_at", "due48", "due72"))
    natures = dict(Decision.objects.filter(kind="nature", outcome="agreed").values_list("case_id", "pk"))
    closed = [case for case in cases if case.closed_at is not None]

    def decided(n: int, of: int) -> dict[str, Any]:
        waits = n % of == 0
        told = {"asked_by": one, "asked_at": now, "reason": "现场核实", "outcome": "pending" if waits else "agreed"}
        return told | ({} if waits else {"decided_by": other, "decided_at": now})

    def rows() -> Iterator[Any]:
        for later, earlier in zip(closed[::25], closed[1::25], strict=False):
            at = later.received_at + timedelta(hours=20)
            yield Recurrence(case=later, earlier=earlier, days=12, at=at)
        for n, case in enumerate(cases):
            at = case.received_at
            if n % 2 == 0:
                for which, due in (("find", case.due48), ("report", case.due72)):
                    yield Escalation(case=case, which=which, stage="due-12", due_at=due, at=due - timedelta(hours=12))
                for k in range(2):
                    place = f"year-{case.pk}-{k}"
                    yield EvidenceFile(
                        case=case, name="进程.png", size=3, sha256="0" * 64, place=place, taken_at=at, by=one
                    )
            if n % 4 == 0:
                yield Call(case=case, called_at=at, spoke_to="王伟", entered_at=at, by=one)
            if n % 20 == 0:
                until = case.due48 + timedelta(hours=24)
                yield Extension(case=case, which="find", until=until, **decided(n // 20, 10))
            if n % 30 == 0:
                earlier_at = at - timedelta(hours=3)
                yield EarlierReceipt(case=case, way="call", at=earlier_at, was=at, entered_at=now, by=one)
            if n % 100 == 0:
                claimed = now - timedelta(hours=4)
                yield Backfill(case=case, claimed_at=claimed, recorded_at=now, **decided(n // 100, 3))
            if n % 50 == 7:
                yield EnergyFact(
                    case=case, version=1, method="meter", began_at=at, ended_at=at + timedelta(days=20), meter_kwh=420,
                    meter_days=30, mining_days=20, basis="电表读数", at=now, by=one,
                )  # fmt: skip
            if n % 40 == 0:
                state = ("proposed", "ordered", "executed", "restored")[n // 40 % 4]
                yield Order(case=case, state=state, proposed_at=at, ordered_at=at, ordered_by=one, review_at=now)
            if n % 30 == 1 and case.pk in natures:
                yield Objection(
                    case=case, level=1, contested_id=natures[case.pk], raised_by="王伟", raised_at=at, grounds="不知情",
                    entered_at=at, entered_by=one, answered_at=now if n % 60 == 1 else None,
                )  # fmt: skip
        for month in range(1, 13):
            at = now - timedelta(days=30 * month)
            yield Outage(began_at=at, ended_at=at + timedelta(hours=2), note="停电检修", entered_at=at, by=one)

    _bulk(rows())
