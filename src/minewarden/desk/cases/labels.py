"""What people decided about findings, written to a file by a person's order: outcomes leave the desk in no other way.

A case that was concluded says whether its finding was true; a lead that was put aside as a known harmless thing says
that it was not. Only what an approver answers for goes along, and of it nothing by which a person or a device is known.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from minewarden.desk.audit.record import record
from minewarden.desk.cases.models import Case, Lead
from minewarden.desk.org.access import units_visible_to
from minewarden.desk.org.models import Person, Role
from minewarden.detect.labels import Label, Outcome, label_of, write_labels

OUTCOMES = {Case.Conclusion.TRUE: Outcome.TRUE, Case.Conclusion.FALSE_ALARM: Outcome.FALSE_ALARM}
HARMLESS = ("security-product", "resolver", "research", "shared-address")
"""Reasons for putting a lead aside that say what it really was; the others say nothing of it."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many outcomes were written, and the digest of the file."""

    true: int
    false: int
    sha256: str


@transaction.atomic
def export_labels(path: Path, *, by: Person, now: datetime) -> Exported:
    """Write the outcomes of the units that the person approves for into a new file, and say so in the log.

    Raises PermissionDenied where he approves for nobody, FileExistsError and OSError.
    """
    labels = list(_labels(by, now))
    write_labels(labels, path)
    try:
        true = sum(label.outcome is Outcome.TRUE for label in labels)
        done = Exported(true, len(labels) - true, hashlib.sha256(path.read_bytes()).hexdigest())
        after = {"file": path.name, "true": done.true, "false": done.false, "sha256": done.sha256}
        record("label.export", by=by, after=after)
    except BaseException:
        # What is not in the log must not lie on the disk.
        path.unlink(missing_ok=True)
        raise
    return done


def _labels(by: Person, now: datetime) -> Iterator[Label]:
    """One for each finding, in the order of their ids; a case decides before a lead."""
    units = units_visible_to(by, Role.APPROVER)
    if not units.exists():
        raise PermissionDenied
    held: dict[str, Label] = {}
    aside = Lead.objects.filter(Q(keeper__in=units) | Q(unit__in=units), status=Lead.Status.DISMISSED)
    for lead in aside.filter(dismissed_reason__in=HARMLESS).select_related("evidence"):
        held[lead.finding_id] = label_of(lead.evidence.content, Outcome.FALSE_ALARM, lead.dismissed_at or now)
    cases = Case.objects.filter(unit__in=units, evidence__isnull=False, conclusion__in=list(OUTCOMES))
    ended = Coalesce(F("concluded_at"), F("closed_at"), F("opened_at"))
    for case in cases.annotate(decided_at=ended).order_by("decided_at", "pk").select_related("evidence"):
        evidence = case.evidence
        if evidence is not None:
            outcome = OUTCOMES[Case.Conclusion(case.conclusion)]
            held[evidence.finding_id] = label_of(evidence.content, outcome, case.decided_at)
    yield from (held[finding_id] for finding_id in sorted(held))
