"""What people do to a report: save the draft, submit it frozen, approve it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.cases import actions as case_actions
from minewarden.desk.cases import files, refusals
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty, State, Verb, step
from minewarden.desk.cases.models import Case
from minewarden.desk.kit.turns import turn
from minewarden.desk.org.models import Person
from minewarden.desk.reports.export import REPORT_CODE, SECTIONS, Head, code_of, official, text_of, written, zh
from minewarden.desk.reports.models import Draft, Stamped, Submitted
from minewarden.documents.pdf import to_pdf
from minewarden.documents.scans import page_count, read_scan
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message


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


def attach_stamped(case: Case, *, by: Person, now: datetime, name: str, content: bytes) -> Stamped:
    """Keep the scan of a stamped report, matched by the code in its foot with the version that it was printed from.

    Raises InputError for what is no scan, TransitionError where nothing was submitted yet and where the code is that of
    another report: such a paper would answer for the wrong case.
    """
    demand(by, Duty.HANDLE, case.unit)
    latest = case.reports.order_by("-version").first()
    if latest is None:
        raise _refusal("refused_nothing_submitted")
    # Read before the transaction begins: a scan of many pages takes seconds, and the desk has one writer at a time.
    with turn():
        scan = read_scan(name, content)
    report = _named_by(case, scan.codes)
    made = page_count(to_pdf(official(case, report or latest)).pdf)
    with transaction.atomic():
        file = files.add_file(case, by=by, now=now, name=name, content=content, note=zh("stamped_note"))
        row: Stamped = Stamped.objects.create(
            file=file, case=case, report=report, pages=len(scan.pages), pages_made=made, codes=list(scan.codes)
        )
        facts = {"case": case.pk, "file": file.pk, "version": report.version if report else None, "pages": row.pages}
        record("report.stamped", by=by, obj=row, after=facts)
    return row


def _named_by(case: Case, codes: Sequence[str]) -> Submitted | None:
    """The version that the codes name, None where no code is a report's. Raises TransitionError for another's."""
    ours = {code_of(report): report for report in case.reports.select_related("case").order_by("version")}
    found = {ours[code] for code in codes if code in ours}
    if len(found) > 1 or (not found and any(REPORT_CODE.fullmatch(code) for code in codes)):
        raise _refusal("refused_other_report")
    return found.pop() if found else None


def _refusal(key: str) -> TransitionError:
    return TransitionError(message(f"desk_reports.{key}"))


@transaction.atomic
def hand_out(case: Case, *, by: Person, form: str, version: int) -> None:
    """Note that somebody took the report out of the system."""
    if form not in ("docx", "pdf"):
        raise refusals.already_decided()
    record("report.export", by=by, obj=case, after={"form": form, "version": version})


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
