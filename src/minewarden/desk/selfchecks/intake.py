"""Reports of hosts coming in, through the page or through the door of `minewarden selfcheck --send`.

What is a report is kept, matched to the device of that name, and counted; what is none is kept with the reason. A door
that is knocked at without a valid token, or too often, keeps a count and nothing of what was sent. The program states
nothing about anybody: a report shows one of five results, and a person says whether it belongs to a case.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.history import held, remark
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.kept import plain_name
from minewarden.desk.kit.sealed import seal, unseal
from minewarden.desk.ledger.models import Asset
from minewarden.desk.org.access import holds
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.selfchecks.access import link_of
from minewarden.desk.selfchecks.models import CaseReport, HostReport, Link, Refusal, Reject
from minewarden.selfcheck.reading import LARGEST, Report, read_report
from minewarden.vocab.errors import InputError, TransitionError
from minewarden.vocab.message import message

PER_HOUR = 120
"""Hand-ins through one link within an hour; a machine room of sixty hosts twice."""
KEPT = 64 * 1024
"""Bytes of a rejected file that are kept: enough to see what it was."""
_PURPOSE = "reject"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: a report (perhaps one that is here already), or why it is none."""

    name: str
    report: HostReport | None
    known: bool = False
    why: InputError | None = None


class Shut(Exception):
    """The door stays shut; `status` is HTTP's word for why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def open_door(token: str, size: int, now: datetime) -> Link:
    """The link by whose token somebody may hand a report of `size` bytes in. Raises Shut, which is counted."""
    link = link_of(token)
    if link is None or link.purpose != Link.Purpose.REPORTS:
        raise _shut(401, "token", None, now)
    if not link.works(now):
        raise _shut(401, "expired", link, now)
    if size > LARGEST:
        raise _shut(413, "size", link, now)
    since = now - timedelta(hours=1)
    lately = link.reports.filter(received_at__gt=since).count() + link.rejects.filter(at__gt=since).count()
    if lately >= PER_HOUR:
        raise _shut(429, "rate", link, now)
    return link


@transaction.atomic
def take(
    data: bytes, *, now: datetime, by: Person | None = None, link: Link | None = None, unit: Unit, name: str = ""
) -> Taken:
    """Keep one file: a report of the unit, or a rejected one with the reason."""
    if by is not None and not holds(by, Role.OFFICER, unit=unit):
        raise PermissionDenied
    if by is None and (link is None or link.unit_id != unit.pk):
        raise PermissionDenied
    name = plain_name(name) if name else ""
    digest = sha256(data).hexdigest()
    try:
        read = read_report(data, name or "report.json")
    except InputError as error:
        _reject(data, digest, error, by=by, link=link, unit=unit, name=name, now=now)
        return Taken(name, None, why=error)
    known = HostReport.objects.filter(unit=unit, sha256=digest).first()
    if known is not None:
        return Taken(name, known, known=True)
    try:
        with transaction.atomic():
            made = _kept(read, digest, len(data), by=by, link=link, unit=unit, name=name, now=now)
    except IntegrityError:
        return Taken(name, HostReport.objects.get(unit=unit, sha256=digest), known=True)
    facts = {"unit": unit.pk, "host": made.host, "result": made.result, "sha256": digest, "asset": made.asset_id}
    record("check.report", by=by, obj=made, after=facts | {"link": link.pk if link else None}, actor=_who(link))
    return Taken(name, made)


@transaction.atomic
def match(report: HostReport, *, by: Person, now: datetime, asset: Asset | None) -> HostReport:
    """Say which device of the ledger it was, or that it is none of them."""
    fresh = HostReport.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=report.pk)
    if not holds(by, Role.OFFICER, unit=fresh.unit):
        raise PermissionDenied
    if asset is not None and not fresh.unit.contains(asset.unit):
        raise TransitionError(message("desk_selfchecks.refused_other_unit"))
    before = {"asset": fresh.asset_id}
    fresh.asset, fresh.matched = asset, "by-hand"
    fresh.save(update_fields=["asset", "matched"])
    record("check.match", by=by, obj=fresh, before=before, after={"asset": asset.pk if asset else None, "at": now})
    found: HostReport = fresh
    return found


@transaction.atomic
def join(case: Case, report: HostReport, *, by: Person, now: datetime) -> CaseReport:
    """Say that a report belongs to a case: the host's side beside the network's."""
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if not (case.unit.contains(report.unit) or report.unit.contains(case.unit)):
        raise TransitionError(message("desk_selfchecks.refused_other_unit"))
    if CaseReport.objects.filter(case=case, report=report, parted_at=None).exists():
        raise TransitionError(message("desk_selfchecks.refused_joined"))
    made = CaseReport.objects.create(
        case=case, report=report, joined_at=now, joined_by=by,
        same_target=report.points_at(str(case.server or "")),
    )  # fmt: skip
    facts = {"report": report.pk, "host": report.host, "result": report.result, "sha256": report.sha256}
    remark(case, "join-host-report", by=by, now=now, note=f"{report.number} {report.host}", facts=facts)
    return made


@transaction.atomic
def part(joined: CaseReport, *, by: Person, now: datetime) -> CaseReport:
    """Take back that a report belongs to a case; that it once did stays written."""
    case = held(joined.case)
    demand(by, Duty.HANDLE, case.unit)
    fresh = CaseReport.objects.select_for_update(of=("self",), no_key=True).select_related("report").get(pk=joined.pk)
    if fresh.parted_at is None:
        fresh.parted_at, fresh.parted_by = now, by
        fresh.save(update_fields=["parted_at", "parted_by"])
        facts = {"report": fresh.report_id, "sha256": fresh.report.sha256}
        remark(case, "part-host-report", by=by, now=now, note=fresh.report.number, facts=facts)
    return fresh


def beginning(reject: Reject) -> bytes:
    """The beginning of a rejected file. Raises ConfigError where it cannot be opened."""
    return unseal(bytes(reject.beginning), _PURPOSE)


def device_of(unit: Unit, host: str) -> Asset | None:
    """The device of a unit (and below it) that has this host name; None where there is none, or more than one."""
    name = host.strip().partition(".")[0]
    if not name:
        return None
    named = Asset.objects.filter(unit__path__startswith=unit.path).exclude(status=Asset.Status.GONE)
    for wanted in ({"hostname__iexact": host.strip()}, {"hostname__iexact": name}, {"name__iexact": name}):
        found = list(named.filter(**wanted)[:2])
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _kept(
    read: Report, digest: str, size: int, *, by: Person | None, link: Link | None, unit: Unit, name: str, now: datetime
) -> HostReport:
    asset = device_of(unit, read.host)
    made: HostReport = HostReport.objects.create(
        unit=unit, content=dict(read.content), sha256=digest, name=name, size=size, host=read.host, system=read.system,
        mode=read.mode, result=read.result, findings=read.findings, gaps=read.gaps, at=read.at, received_at=now,
        by=by, link=link, asset=asset, matched="by-name" if asset else "",
    )  # fmt: skip
    return made


def _reject(data: bytes, digest: str, error: InputError, **given: Any) -> Reject:
    reason = {"zh": error.said("zh"), "en": error.said("en")}
    made: Reject = Reject.objects.create(
        size=len(data), sha256=digest, reason=reason, beginning=seal(data[:KEPT], _PURPOSE), at=given.pop("now"),
        **given,
    )  # fmt: skip
    facts = {"file": made.name, "size": made.size, "sha256": digest, "link": made.link_id}
    record("check.reject", by=made.by, obj=made, after=facts, actor=_who(made.link))
    return made


def _who(link: Link | None) -> str:
    return link.label if link else ""


def _shut(status: int, reason: str, link: Link | None, now: datetime) -> Shut:
    with transaction.atomic():
        row, _ = Refusal.objects.get_or_create(day=timezone.localdate(now), link=link, reason=reason)
        Refusal.objects.filter(pk=row.pk).update(count=F("count") + 1)
    return Shut(status, reason)
