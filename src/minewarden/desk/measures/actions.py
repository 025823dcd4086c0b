"""What people do about the nine measures. The program sends nothing by itself and decides nothing."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.cases import refusals
from minewarden.desk.cases.access import demand, may
from minewarden.desk.cases.history import held, remark
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked, Case
from minewarden.desk.kit import kept
from minewarden.desk.kit.words import word
from minewarden.desk.measures.codes import ANSWERS, KINDS, OFFICES, SIGNS, VERDICTS
from minewarden.desk.measures.lifecycle import State, Verb, step
from minewarden.desk.measures.models import EnergyFact, Entry, EntryFile, EntryStep, RegionalFigure, Review
from minewarden.desk.notify import outbox
from minewarden.desk.org.access import holds
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.energy.estimate import by_meter, by_power, hours_between
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message

MOST_FILES = 30
_FOLDER, _PURPOSE = "measures", "measure-file"


@transaction.atomic
def note(
    *, by: Person, now: datetime, unit: Unit, kind: str, subject: str, office: str, authority: str, basis: str,
    text: str, case: Case | None = None, year: int | None = None,
) -> Entry:  # fmt: skip
    """Begin a record: on what basis, which authority is asked for what. Nothing goes out yet."""
    known = KINDS[kind]
    # What is said about a person is written by those who may read it.
    demand(by, Duty.APPROVE if known.restricted else Duty.HANDLE, unit)
    if office not in OFFICES or not all(one.strip() for one in (subject, authority, basis, text)):
        raise refusals.reason_missing()
    if case is not None and not unit.contains(case.unit) and case.unit_id != unit.pk:
        raise TransitionError(message("desk_measures.refused_other_unit"))
    if known.yearly:
        year = year or timezone.localdate(now).year
        if Entry.objects.filter(unit=unit, kind=kind, year=year).exclude(state=State.DROPPED).exists():
            raise TransitionError(message("desk_measures.refused_same_year", year=year))
    entry = Entry.objects.create(
        unit=unit, kind=kind, case=case, year=year if known.yearly else None, restricted=known.restricted,
        subject=subject.strip(), office=office, authority=authority.strip(), basis=basis.strip(), text=text.strip(),
        made_at=now, made_by=by,
    )  # fmt: skip
    EntryStep.objects.create(entry=entry, at=now, by=by, verb="note", note="")
    record("measure.note", by=by, obj=entry, after=_told(entry, {"kind": kind, "authority": entry.authority}))
    outbox.post(
        f"measure.{entry.pk}", unit=unit, to=outbox.people_of(unit, Role.APPROVER, but=by),
        word="desk_measures.told_draft", now=now, link=f"/measures/{entry.pk}/", number=entry.code,
    )  # fmt: skip
    return entry


@transaction.atomic
def send(entry: Entry, *, by: Person, now: datetime, number: str, sent_on: date, answer_due: date | None) -> Entry:
    """A second person has the letter go out, with its number and day; the desk sends no letter itself."""
    today = timezone.localdate(now)
    if sent_on > today or (answer_due is not None and answer_due < sent_on):
        raise refusals.wrong_days()
    if not number.strip():
        raise refusals.reason_missing()
    if entry.made_by_id == by.pk:
        raise refusals.same_person()
    changes = {"number": number.strip(), "sent_on": sent_on, "sent_by": by, "answer_due": answer_due}
    return _move(entry, Verb.SEND, by, now, number.strip(), **changes)


@transaction.atomic
def answer(entry: Entry, *, by: Person, now: datetime, answered_on: date, text: str) -> Entry:
    """Write down what the authority answered."""
    if answered_on > timezone.localdate(now) or (entry.sent_on is not None and answered_on < entry.sent_on):
        raise refusals.wrong_days()
    return _move(entry, Verb.ANSWER, by, now, text, answered_on=answered_on, answer=_said(text))


@transaction.atomic
def decide(
    entry: Entry, *, by: Person, now: datetime, decided_on: date, text: str, number: str = "",
    valid_to: date | None = None,
) -> Entry:  # fmt: skip
    """Write down what the authority decided, when, and until when it holds; a yearly one ends with its year."""
    if decided_on > timezone.localdate(now) or (valid_to is not None and valid_to < decided_on):
        raise refusals.wrong_days()
    if entry.year is not None:
        valid_to = date(entry.year, 12, 31)
    changes = {"decision": _said(text), "decision_number": number.strip(), "decided_on": decided_on}
    return _move(entry, Verb.DECIDE, by, now, text, **changes, valid_to=valid_to)


@transaction.atomic
def contest(entry: Entry, *, by: Person, now: datetime, text: str) -> Entry:
    """异议: write down that somebody objects, and why; the decision stands until the authority changes it."""
    return _move(entry, Verb.OBJECT, by, now, _said(text))


@transaction.atomic
def close(entry: Entry, *, by: Person, now: datetime) -> Entry:
    """Nothing is open any more."""
    return _move(entry, Verb.CLOSE, by, now, "")


@transaction.atomic
def drop(entry: Entry, *, by: Person, now: datetime, text: str) -> Entry:
    """Give a record up that never went out, and say why."""
    return _move(entry, Verb.DROP, by, now, _said(text))


@transaction.atomic
def open_restricted(entry: Entry, *, by: Person, now: datetime, reason: str) -> None:
    """Note that somebody looked at a restricted record, and why."""
    demand(by, Duty.APPROVE, entry.unit)
    record("measure.open", by=by, obj=entry, after={"reason": _said(reason), "at": now})


@transaction.atomic
def add_file(entry: Entry, *, by: Person, now: datetime, name: str, content: bytes) -> EntryFile:
    """Keep a document: the letter, the answer, the decision."""
    _demand(entry, by, Duty.HANDLE)
    if not content or len(content) > kept.LARGEST or entry.files.count() >= MOST_FILES:
        raise refusals.file_refused()
    place = kept.keep(content, _FOLDER, _PURPOSE)
    row: EntryFile = EntryFile.objects.create(
        entry=entry, name=kept.plain_name(name), size=len(content), sha256=sha256(content).hexdigest(), place=place,
        at=now, by=by,
    )  # fmt: skip
    record("measure.file", by=by, obj=entry, after={"file": row.pk, "size": row.size, "sha256": row.sha256})
    return row


def read_file(row: EntryFile, *, by: Person, now: datetime) -> bytes:
    """A document as it was handed in; the download is recorded. Raises ConfigError where it cannot be opened."""
    content = kept.read(_FOLDER, _PURPOSE, row.place, row.sha256)
    record("measure.read", by=by, obj=row.entry, after={"file": row.pk, "sha256": row.sha256, "at": now})
    return content


@transaction.atomic
def hand_out(entry: Entry, *, by: Person, form: str) -> None:
    """Note that somebody took the letter out of the system."""
    record("measure.letter", by=by, obj=entry, after={"form": form})


@transaction.atomic
def review(
    *, by: Person, now: datetime, unit: Unit, name: str, number: str, partner: str, kilowatts: int | None,
    answers: Mapping[str, str], verdict: str, reason: str,
) -> Review:  # fmt: skip
    """Hold an own project against the signs of mining in disguise, and propose what should become of it."""
    demand(by, Duty.HANDLE, unit)
    if set(answers) != set(SIGNS) or not set(answers.values()) <= set(ANSWERS) or verdict not in VERDICTS:
        raise refusals.reason_missing()
    if not (name.strip() and reason.strip()):
        raise refusals.reason_missing()
    if verdict == "clear" and "unknown" in answers.values():
        raise TransitionError(message("desk_measures.refused_unknown"))
    made = Review.objects.create(
        unit=unit, name=name.strip(), number=number.strip(), partner=partner.strip(), kilowatts=kilowatts,
        answers=dict(answers), verdict=verdict, asked_by=by, asked_at=now, reason=reason.strip(),
    )  # fmt: skip
    record("measure.review", by=by, obj=made, after={"name": made.name, "verdict": verdict, "signs": made.signs})
    outbox.post(
        f"measure.review.{made.pk}", unit=unit, to=outbox.people_of(unit, Role.APPROVER, but=by),
        word="desk_measures.told_review", now=now, link=f"/measures/reviews/{made.pk}/", number=made.code,
    )  # fmt: skip
    return made


@transaction.atomic
def decide_review(row: Review, *, by: Person, now: datetime, allow: bool, note: str = "") -> Review:
    """The second person agrees to what was proposed, or does not and says why."""
    fresh = (
        Review.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "asked_by").get(pk=row.pk)
    )
    demand(by, Duty.APPROVE, fresh.unit)
    if fresh.outcome != Asked.Outcome.PENDING:
        raise refusals.already_decided()
    if fresh.asked_by_id == by.pk:
        raise refusals.same_person()
    if not allow and not note.strip():
        raise refusals.reason_missing()
    fresh.outcome = Asked.Outcome.AGREED if allow else Asked.Outcome.REFUSED
    fresh.decided_by, fresh.decided_at, fresh.decided_note = by, now, note.strip()
    fresh.save(update_fields=["outcome", "decided_by", "decided_at", "decided_note"])
    record("measure.review_decide", by=by, obj=fresh, after={"outcome": fresh.outcome, "note": note.strip()})
    outbox.post(
        f"measure.review.{fresh.pk}.decided", unit=fresh.unit, to=[fresh.asked_by],
        word="desk_measures.told_decided", now=now, link=f"/measures/reviews/{fresh.pk}/", number=fresh.code,
    )  # fmt: skip
    return fresh


@transaction.atomic
def note_energy(
    case: Case, *, by: Person, now: datetime, method: str, began_at: datetime, ended_at: datetime, basis: str,
    watts: Decimal | None = None, idle_watts: Decimal | None = None, hours: Decimal | None = None,
    meter_kwh: Decimal | None = None, meter_days: int | None = None, mining_days: int | None = None,
    meter_account: str = "",
) -> EnergyFact:  # fmt: skip
    """Say from what the energy of a case is estimated. Raises ValidationError for figures that cannot be."""
    case = held(case)
    demand(by, Duty.HANDLE, case.unit)
    if not basis.strip():
        raise refusals.reason_missing()
    if ended_at > now or ended_at <= began_at:
        raise refusals.wrong_span(now)
    idle = idle_watts or Decimal(0)
    try:
        if method == EnergyFact.Method.METER:
            by_meter(meter_kwh or Decimal(-1), meter_days or 0, mining_days or 0)
        else:
            span = hours_between(began_at, ended_at)
            by_power(watts or Decimal(0), hours if hours is not None else span, idle)
            if hours is not None and hours > span:
                raise ValueError("more hours than there were")
    except ValueError as error:
        raise ValidationError(word("desk_measures.refused_figures")) from error
    fact: EnergyFact = EnergyFact.objects.create(
        case=case, version=case.energy_facts.count() + 1, method=method, began_at=began_at, ended_at=ended_at,
        watts=watts, idle_watts=idle, hours=hours, meter_kwh=meter_kwh, meter_days=meter_days, mining_days=mining_days,
        meter_account=meter_account.strip(), basis=basis.strip(), at=now, by=by,
    )  # fmt: skip
    remark(case, "energy", by=by, now=now, note=fact.basis, facts={"version": fact.version, "method": method})
    return fact


@transaction.atomic
def add_figure(
    *, by: Person, now: datetime, what: str, region: str, value: Decimal, source: str, year: int | None = None,
    since: date | None = None, until: date | None = None,
) -> RegionalFigure:  # fmt: skip
    """Add a factor or a surcharge that was announced or decided; what was estimated is estimated anew from then on."""
    if not holds(by, Role.SYSTEM):
        raise PermissionDenied
    factor = what == RegionalFigure.What.FACTOR
    if not source.strip() or factor == (year is None) or value < 0 or (since and until and until < since):
        raise refusals.reason_missing()
    made: RegionalFigure = RegionalFigure.objects.create(
        what=what, region=region, year=year if factor else None, since=None if factor else since,
        until=None if factor else until, value=value, source=source.strip(), at=now, by=by,
    )  # fmt: skip
    record("measure.figure", by=by, obj=made, after={"what": what, "region": region, "value": str(value)})
    return made


def _said(text: str) -> str:
    if not text.strip():
        raise refusals.reason_missing()
    return text.strip()


def _demand(entry: Entry, by: Person, duty: Duty) -> None:
    """A restricted record is in the hands of approvers, whatever is to be done."""
    if not may(by, Duty.APPROVE if entry.restricted else duty, entry.unit):
        raise PermissionDenied


def _move(entry: Entry, verb: Verb, by: Person, now: datetime, note: str, **changes: Any) -> Entry:
    fresh = Entry.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=entry.pk)
    row = step(State(fresh.state), verb)
    _demand(fresh, by, row.duty)
    changes = {"state": row.target.value} | changes
    before = {"state": fresh.state}
    for key, value in changes.items():
        setattr(fresh, key, value)
    fresh.save(update_fields=sorted(changes))
    EntryStep.objects.create(entry=fresh, at=now, by=by, verb=verb.value, note=note.strip())
    facts = {key: value.pk if isinstance(value, Person) else value for key, value in changes.items()}
    record(_ACTS[verb], by=by, obj=fresh, before=before, after=_told(fresh, facts))
    return fresh


def _told(entry: Entry, facts: dict[str, Any]) -> dict[str, Any]:
    """What the log may say: of a restricted record only that something was done."""
    return {"state": entry.state, "restricted": True} if entry.restricted else facts


_ACTS: Mapping[Verb, str] = {
    Verb.SEND: "measure.send", Verb.ANSWER: "measure.answer", Verb.DECIDE: "measure.decide",
    Verb.OBJECT: "measure.object", Verb.CLOSE: "measure.close", Verb.DROP: "measure.drop",
}  # fmt: skip
