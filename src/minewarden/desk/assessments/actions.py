"""What people do to an assessment: write it, hand it in frozen, approve it, report zero, correct what was frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction

from minewarden.desk.assessments import export
from minewarden.desk.assessments.figures import of_unit, window_of
from minewarden.desk.assessments.models import Assessment, Kept, Version, Zero
from minewarden.desk.assessments.owed import roll
from minewarden.desk.assessments.periods import Period
from minewarden.desk.audit.record import record
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import Param, message


@dataclass(frozen=True, slots=True)
class Head:
    """What stands around the sections. An empty number or signer leaves its place in the document out."""

    addressee: str = ""
    number: str = ""
    signer: str = ""
    copies: str = ""


@transaction.atomic
def save_draft(
    unit: Unit, period: Period, *, by: Person, now: datetime, sections: Mapping[str, str], head: Head
) -> Assessment:
    """Keep what people wrote. Raises TransitionError for a period that has not begun or a unit that was not there, and
    for what is handed in or frozen already."""
    assessment = _held(unit, period, by=by, now=now)
    _open_for_writing(assessment)
    assessment.sections = {name: sections.get(name, "").strip() for name in export.SECTIONS}
    assessment.addressee, assessment.copies = head.addressee, head.copies
    assessment.number, assessment.signer = head.number, head.signer
    assessment.saved_at, assessment.saved_by = now, by
    assessment.save()
    written = sorted(name for name, text in assessment.sections.items() if text)
    record(
        "assessment.save", by=by, obj=assessment, after={"unit": unit.pk, "period": period.code, "sections": written}
    )
    return assessment


def submit(unit: Unit, period: Period, *, by: Person, now: datetime) -> Version:
    """Freeze figures and words as they are now and hand them to the approver. Raises TransitionError where nobody has
    judged anything yet."""
    demand(by, Duty.HANDLE, unit)
    draft = Assessment.objects.filter(unit=unit, code=period.code).select_related("unit", "unit__parent").first()
    if draft is None or not str(draft.sections.get("judgement", "")).strip():
        raise _refusal("refused_no_judgement")
    _open_for_writing(draft)
    earlier = export.last_frozen(draft)
    # Counted before the transaction begins: a city takes seconds, and the desk has one writer at a time.
    content = export.content_of(draft, now=now, until=_cut(earlier, now))
    with transaction.atomic():
        assessment = _held(unit, period, by=by, now=now)
        _open_for_writing(assessment)
        if (assessment.sections, assessment.correction) != (draft.sections, draft.correction):
            raise _refusal("refused_changed_meanwhile")
        number = assessment.versions.count() + 1
        version: Version = Version.objects.create(
            assessment=assessment, number=number, content=content, sha256=export.digest(content),
            as_of=datetime.fromisoformat(content["as_of"]), asked_by=by, asked_at=now, reason=assessment.correction,
            on_behalf=not _own(by, unit), cites=earlier if isinstance(earlier, Version) else None,
        )  # fmt: skip
        facts = {"period": period.code, "version": number, "sha256": version.sha256, "on_behalf": version.on_behalf}
        record("assessment.submit", by=by, obj=assessment, after=facts)
        outbox.post(
            f"assessment.{version.pk}.approve", unit=unit, to=outbox.people_of(unit, Role.APPROVER),
            word="desk_assessments.tell_approve", now=now, link=f"/assessments/{unit.pk}/{period.code}/",
            period=export.named(period),
        )  # fmt: skip
    return version


def approve(version: Version, *, by: Person, now: datetime) -> Version:
    """批准: another person freezes it; the papers are kept as they are printed now.

    Raises TransitionError for who handed it in, and for whoever comes second where two approve at once.
    """
    demand(by, Duty.APPROVE, version.assessment.unit)
    _decidable(version, by)
    # Made before the transaction begins: they take a second, and the desk has one writer at a time.
    papers = export.papers(version, now)
    with transaction.atomic():
        held = _held_version(version, by)
        held.outcome, held.decided_by, held.decided_at = Asked.Outcome.AGREED, by, now
        held.save()
        if held.assessment.correction:
            held.assessment.correction = ""
            held.assessment.save(update_fields=["correction"])
        for form, content in papers.items():
            digest = sha256(content).hexdigest()
            Kept.objects.create(version=held, form=form, content=content, sha256=digest, made_at=now)
        facts = {"period": held.assessment.code, "version": held.number, "sha256": held.sha256}
        record("assessment.approve", by=by, obj=held.assessment, after=facts)
        unit, period = held.assessment.unit, held.assessment.period
        outbox.post(
            f"assessment.{held.pk}.approved", unit=unit, to=[held.asked_by], word="desk_assessments.tell_approved",
            now=now, link=f"/assessments/{unit.pk}/{period.code}/", period=export.named(period),
        )  # fmt: skip
    return held


@transaction.atomic
def send_back(version: Version, *, by: Person, now: datetime, reason: str) -> Version:
    """退回修改, with a reason; the draft is open again."""
    demand(by, Duty.APPROVE, version.assessment.unit)
    if not reason.strip():
        raise _refusal("refused_no_reason")
    held = _held_version(version, by)
    held.outcome, held.decided_by, held.decided_at = Asked.Outcome.REFUSED, by, now
    held.decided_note = reason.strip()
    held.save()
    unit = held.assessment.unit
    record("assessment.send-back", by=by, obj=held.assessment, after={"version": held.number, "reason": reason.strip()})
    outbox.post(
        f"assessment.{held.pk}.back", unit=unit, to=[held.asked_by], word="desk_assessments.tell_back", now=now,
        link=f"/assessments/{unit.pk}/{held.assessment.code}/", period=export.named(held.assessment.period),
    )  # fmt: skip
    return held


def report_zero(unit: Unit, period: Period, *, by: Person, now: datetime) -> Zero:
    """零报告. Raises TransitionError, with the numbers, where there is something to assess after all."""
    demand(by, Duty.HANDLE, unit)
    figures = of_unit(unit, window_of(period, now), now=now, keys=(*export.NOTHING_OF, "stock_start", "closed"))
    facts: dict[str, Param] = {key: figures.number(key) for key in export.NOTHING_OF}
    if any(facts.values()):
        raise TransitionError(message("desk_assessments.refused_not_zero", **facts))
    content = {
        "schema": "minewarden/assessment-zero/1", "unit": unit.name, "unit_id": unit.pk, "period": period.code,
        "as_of": now.isoformat(), "counts": {key: figures.number(key) for key in sorted(figures.counts)},
    }  # fmt: skip
    with transaction.atomic():
        assessment = _held(unit, period, by=by, now=now)
        if (
            assessment.versions.exclude(outcome="refused").exists()
            or Zero.objects.filter(assessment=assessment).exists()
        ):
            raise _refusal("refused_already")
        zero: Zero = Zero.objects.create(
            assessment=assessment, as_of=now, content=content, sha256=export.digest(content), at=now, by=by,
            on_behalf=not _own(by, unit),
        )  # fmt: skip
        record("assessment.zero", by=by, obj=assessment, after={"period": period.code, "on_behalf": zero.on_behalf})
    return zero


@transaction.atomic
def correct(unit: Unit, period: Period, *, by: Person, now: datetime, reason: str) -> Assessment:
    """更正: open what was frozen for a new version that names the old one. What was frozen stays."""
    if not reason.strip():
        raise _refusal("refused_no_reason")
    assessment = _held(unit, period, by=by, now=now)
    if assessment.versions.filter(outcome="pending").exists() or assessment.correction:
        raise _refusal("refused_already")
    last = export.last_frozen(assessment)
    if last is None:
        raise _refusal("refused_not_frozen")
    assessment.correction = reason.strip()
    if isinstance(last, Version):
        assessment.sections = dict(last.content["sections"])
    assessment.save()
    record("assessment.correct", by=by, obj=assessment, after={"period": period.code, "reason": assessment.correction})
    return assessment


@transaction.atomic
def urge(unit: Unit, period: Period, *, by: Person, now: datetime) -> int:
    """催报: remind those directly below that have not handed in, each once for a period; how many were told."""
    demand(by, Duty.HANDLE, unit)
    due = roll(unit, period, now)
    if now <= due.due:
        raise _refusal("refused_not_due")
    missing = [row.pk for row in due.missing() if row.parent_id == unit.pk]
    units = Unit.objects.filter(pk__in=missing).order_by("path")
    for row in units:
        outbox.post(
            f"assessment.{row.pk}.{period.code}.urge", unit=row, to=outbox.people_of(row, Role.OFFICER),
            word="desk_assessments.tell_urge", now=now, link=f"/assessments/{row.pk}/{period.code}/",
            period=export.named(period),
        )  # fmt: skip
    record("assessment.urge", by=by, obj=unit, after={"period": period.code, "units": len(units)})
    return len(units)


@transaction.atomic
def hand_out(obj: Any, *, by: Person, form: str, what: str) -> None:
    """Note that somebody took a paper or a table out of the system."""
    record("assessment.export", by=by, obj=obj, after={"form": form, "what": what})


@transaction.atomic
def hand_out_paper(obj: Any, *, by: Person, form: str, sort: str) -> None:
    """Note that somebody took a paper that is made of a notice, a case or a ledger."""
    record("assessment.paper", by=by, obj=obj, after={"form": form, "sort": sort})


def _held(unit: Unit, period: Period, *, by: Person, now: datetime) -> Assessment:
    """The assessment, made where there is none, and held until the transaction ends."""
    demand(by, Duty.HANDLE, unit)
    if not period.begun(now):
        raise _refusal("refused_future")
    # Its beginning is not asked: a unit is often entered long after it was founded.
    if unit.valid_to is not None and unit.valid_to < period.begin:
        raise _refusal("refused_unit_not_there")
    made, _ = Assessment.objects.get_or_create(
        unit=unit, code=period.code, defaults={"begin": period.begin, "saved_at": now, "saved_by": by}
    )
    return (
        Assessment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("unit", "unit__parent")
        .get(pk=made.pk)
    )


def _held_version(version: Version, by: Person) -> Version:
    held: Version = (
        Version.objects.select_for_update(no_key=True, of=("self",))
        .select_related("assessment", "assessment__unit", "asked_by")
        .get(pk=version.pk)
    )
    _decidable(held, by)
    return held


def _decidable(version: Version, by: Person) -> None:
    if version.outcome != Asked.Outcome.PENDING:
        raise _refusal("refused_decided")
    if version.asked_by_id == by.pk:
        raise _refusal("refused_same_person")


def _open_for_writing(assessment: Assessment) -> None:
    if assessment.versions.filter(outcome="pending").exists():
        raise _refusal("refused_waits")
    if not assessment.correction and export.last_frozen(assessment) is not None:
        raise _refusal("refused_frozen")


def _cut(earlier: Version | Zero | None, now: datetime) -> datetime | None:
    """A correction counts up to the cut-off of what it corrects, else two numbers would differ for two reasons."""
    return earlier.as_of + timedelta(microseconds=1) if earlier is not None else None


def _own(person: Person, unit: Unit) -> bool:
    """Whether the person holds a post at the unit itself; else somebody fills in for it (代填)."""
    return any(post.unit_id == unit.pk for post in person.active_posts())


def _refusal(key: str) -> TransitionError:
    return TransitionError(message(f"desk_assessments.{key}"))
