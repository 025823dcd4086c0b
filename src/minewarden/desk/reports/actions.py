"""What people do to a report: save the draft, submit it frozen, approve it."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.cases import actions as case_actions
from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty, State, Verb, step
from minewarden.desk.cases.models import Case
from minewarden.desk.org.models import Person
from minewarden.desk.reports.export import SECTIONS, Head, text_of, written
from minewarden.desk.reports.models import Draft, Submitted


@transaction.atomic
def save_draft(case: Case, *, by: Person, now: datetime, sections: Mapping[str, str], head: Head) -> Draft:
    """Keep what people wrote. A section equal to what the case writes itself is not kept, so that it stays current."""
    demand(by, Duty.HANDLE, case.unit)
    step(State(case.state), Verb.SUBMIT_REPORT)
    own = written(case)
    kept = {n: sections[n].strip() for n in SECTIONS if n in sections and _lines(sections[n]) != _lines(own[n])}
    fields = {"addressee": head.addressee, "number": head.number, "signer": head.signer, "copies": head.copies}
    draft, _ = Draft.objects.update_or_create(
        case=case, defaults={"sections": kept, "saved_at": now, "saved_by": by, **fields}
    )
    record("report.save", by=by, obj=draft, after={"case": case.pk, "sections": sorted(kept), **fields})
    return draft


@transaction.atomic
def submit(case: Case, *, by: Person, now: datetime) -> Submitted:
    """Freeze the report as it reads now and hand it to the approver."""
    sections, head = text_of(case)
    version = case.reports.count() + 1
    content = {
        "sections": sections,
        "addressee": head.addressee, "number": head.number, "signer": head.signer, "copies": head.copies,
    }  # fmt: skip
    digest = sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    case_actions.submit_report(case, by=by, now=now, note=f"v{version} SHA-256 {digest}")
    frozen: Submitted = Submitted.objects.create(
        case=case, version=version, content=content, sha256=digest, submitted_at=now, submitted_by=by
    )
    return frozen


@transaction.atomic
def hand_out(case: Case, *, by: Person, form: str, version: int) -> None:
    """Note that somebody took the report out of the system."""
    if form not in ("docx", "pdf"):
        raise refusals.already_decided()
    record("report.export", by=by, obj=case, after={"form": form, "version": version})


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
