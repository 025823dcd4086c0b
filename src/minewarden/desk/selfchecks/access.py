"""The only door to sheets, fixes, links and reports of hosts."""

from hashlib import sha256
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404

from minewarden.desk.cases.access import may as may_in_case
from minewarden.desk.cases.lifecycle import Duty as CaseDuty
from minewarden.desk.org.access import BUSINESS, holds, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.selfchecks.lifecycle import Duty
from minewarden.desk.selfchecks.models import CaseReport, Fix, FixFile, HostReport, Link, Reject, Sheet


def _within(rows: "QuerySet[Any]", person: Person, below: Unit | None, *roles: str) -> "QuerySet[Any]":
    found = rows.filter(unit__in=units_visible_to(person, *(roles or BUSINESS))).select_related("unit")
    return found.filter(unit__path__startswith=below.path) if below else found


def _one(rows: "QuerySet[Any]", number: int) -> Any:
    found = rows.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def sheets_for(person: Person, below: Unit | None = None) -> "QuerySet[Sheet]":
    """The sheets of the units a person sees."""
    return _within(Sheet.objects.all(), person, below).select_related("unit", "by", "link")


def sheet_for(person: Person, sheet_id: int) -> Sheet:
    """One of them, or one of another unit out of which the person has something to mend. Raises Http404 else."""
    mine = Fix.objects.filter(unit__in=units_visible_to(person, *BUSINESS)).order_by().values("answer__sheet")
    rows = Sheet.objects.filter(Q(pk__in=sheets_for(person).order_by().values("pk")) | Q(pk__in=mine))
    found: Sheet = _one(rows.select_related("unit", "by", "link"), sheet_id)
    return found


def fixes_for(person: Person, below: Unit | None = None) -> "QuerySet[Fix]":
    """What has to be mended in the units a person sees."""
    return _within(Fix.objects.all(), person, below).select_related("unit", "answer__sheet", "mended_by", "closed_by")


def fix_for(person: Person, fix_id: int) -> Fix:
    """One of them. Raises Http404 else."""
    found: Fix = _one(fixes_for(person), fix_id)
    return found


def file_for(person: Person, fix_id: int, file_id: int) -> FixFile:
    """A file that shows that it was mended. Raises Http404 else."""
    found: FixFile = _one(
        FixFile.objects.filter(step__fix=fix_for(person, fix_id)).select_related("step__fix"), file_id
    )
    return found


def reports_for(person: Person, below: Unit | None = None) -> "QuerySet[HostReport]":
    """Reports of hosts of the units a person sees."""
    return _within(HostReport.objects.all(), person, below).select_related("unit", "by", "link", "asset")


def report_for(person: Person, report_id: int) -> HostReport:
    """One of them. Raises Http404 else."""
    found: HostReport = _one(reports_for(person), report_id)
    return found


def rejects_for(person: Person, below: Unit | None = None) -> "QuerySet[Reject]":
    """What was handed in and was no report, for those who give the links out."""
    return _within(Reject.objects.all(), person, below, Role.OFFICER).select_related("unit", "by", "link")


def links_for(person: Person, below: Unit | None = None) -> "QuerySet[Link]":
    """The links of the units for which a person handles."""
    return _within(Link.objects.all(), person, below, Role.OFFICER).select_related("unit", "made_by", "revoked_by")


def link_for(person: Person, link_id: int) -> Link:
    """One of them. Raises Http404 else."""
    found: Link = _one(links_for(person), link_id)
    return found


def joined_for(person: Person, joined_id: int) -> CaseReport:
    """A report that was joined to a case, where the person sees both. Raises Http404 else."""
    seen = CaseReport.objects.filter(report__in=reports_for(person).order_by().values("pk"))
    found: CaseReport = _one(seen.select_related("case", "report"), joined_id)
    return found


def digest(token: str) -> str:
    """What of a token is kept. It is 256 random bits, so that a plain hash says nothing of it."""
    return sha256(token.encode()).hexdigest()


def link_of(token: str) -> Link | None:
    """The link of a token, whether it still works or not; None for one that nobody gave out."""
    return Link.objects.select_related("unit", "made_by").filter(digest=digest(token)).first() if token else None


def may(person: Person, duty: Duty, fix: Fix) -> bool:
    """Whether the person's posts charge him with that duty for a fix.

    Who looks again is any officer or approver over the unit who did not mend it: a small school has nobody else, and
    then its superior looks.
    """
    unit = fix.unit
    if duty is Duty.MEND:
        return holds(person, Role.OFFICER, unit=unit)
    if duty is Duty.ALLOW:
        return any(may_in_case(person, one, unit) for one in (CaseDuty.APPROVE, CaseDuty.SUPERVISE))
    return fix.mended_by_id != person.pk and holds(person, Role.OFFICER, Role.APPROVER, unit=unit)
