"""What people do: fill in a sheet, mend, look again, give more time; give out links."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit import kept
from minewarden.desk.kit.words import chinese
from minewarden.desk.notify import outbox
from minewarden.desk.org.access import holds
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.selfchecks.access import digest, may
from minewarden.desk.selfchecks.codes import VERSION, Item, Place, Result, items_of
from minewarden.desk.selfchecks.lifecycle import State, Verb, step
from minewarden.desk.selfchecks.models import Answer, Fix, FixFile, FixStep, Link, Sheet
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message

LONGEST = timedelta(days=366)
"""How far ahead a day for mending, or the end of a link, may lie."""
MOST_FILES = 5
"""Files handed in with one mending."""
_FOLDER, _PURPOSE = "fixes", "fix-file"
_BUREAUS = (Unit.Kind.PROVINCE, Unit.Kind.CITY, Unit.Kind.DISTRICT, Unit.Kind.ZONE)


@dataclass(frozen=True, slots=True)
class Seen:
    """The answer to one line. For a problem: what is wrong, how it is to be mended, by whom and by when."""

    result: str
    note: str = ""
    measure: str = ""
    responsible: str = ""
    due_on: date | None = None


@transaction.atomic
def hand_in_sheet(
    *, by: Person | None, now: datetime, unit: Unit, kind: str, place: str, inspector: str,
    seen: Mapping[str, Seen], page: str, link: Link | None = None,
) -> Sheet:  # fmt: skip
    """Keep what somebody saw in a place; each problem becomes something to be mended.

    page: a number of the page that was filled in, so that sending it twice makes one sheet. by None: through a link.
    Raises TransitionError for lines that were not answered, a problem without words, a day in the past.
    """
    _may_hand_in(by, unit, link, kind, place, now)
    found: Sheet | None = Sheet.objects.filter(page=page, unit=unit).first()
    if found is not None:
        return found
    items, today = items_of(kind), timezone.localdate(now)
    lacking = [item for item in items if item.code not in seen]
    if lacking or not (place.strip() and inspector.strip()):
        raise TransitionError(message("desk_selfchecks.refused_lacking", count=len(lacking)))
    for item in items:
        _tried(seen[item.code], today)
    problems = [item for item in items if seen[item.code].result == Result.PROBLEM]
    try:
        with transaction.atomic():
            sheet = Sheet.objects.create(
                unit=unit, kind=kind, place=place.strip(), inspector=inspector.strip(), done_at=now, by=by, link=link,
                on_behalf=by is not None and by.unit_id != unit.pk and by.unit.kind in _BUREAUS, version=VERSION,
                problems=len(problems), page=page,
            )  # fmt: skip
    except IntegrityError:
        # The same page came twice at the same time.
        same: Sheet = Sheet.objects.get(page=page, unit=unit)
        return same
    for position, item in enumerate(items):
        answer = _answered(sheet, position, item, seen[item.code])
        if item in problems:
            _open_fix(answer, item, seen[item.code], sheet, now)
    facts = {"unit": unit.pk, "kind": kind, "place": sheet.place, "problems": len(problems)}
    record("check.sheet", by=by, obj=sheet, after=facts | {"link": link.pk if link else None}, actor=sheet.inspector)
    # Whoever filled it in with an account knows; through a link nobody of the unit does.
    if problems and by is None:
        outbox.post(
            f"check.sheet.{sheet.pk}", unit=unit, to=outbox.people_of(unit, Role.OFFICER),
            word="desk_selfchecks.tell_found", now=now, link=f"/selfchecks/sheets/{sheet.pk}/", count=len(problems),
        )  # fmt: skip
    return sheet


@transaction.atomic
def mend(fix: Fix, *, by: Person, now: datetime, note: str, files: Sequence[tuple[str, bytes]] = ()) -> Fix:
    """Say that it was mended, and how; another person looks again.

    files: (name, content) of pictures or papers that show it, where somebody wants to add some; none is asked for.
    Raises TransitionError for an empty file, one that is too large, or too many.
    """
    if len(files) > MOST_FILES or any(not content or len(content) > kept.LARGEST for _, content in files):
        raise TransitionError(message("desk_selfchecks.refused_file", most=MOST_FILES))
    fresh = _move(fix, Verb.MEND, by, now, note, mended_at=now, mended_by=by)
    if step := fresh.steps.filter(verb=Verb.MEND.value).last():
        for name, content in files:
            _add_file(step, by, name, content)
    return fresh


@transaction.atomic
def read_file(row: FixFile, *, by: Person, now: datetime) -> bytes:
    """A file as it was handed in; the download is recorded. Raises ConfigError where it cannot be opened."""
    content = kept.read(_FOLDER, _PURPOSE, row.place, row.sha256)
    record("check.read", by=by, obj=row.step.fix, after={"file": row.pk, "sha256": row.sha256, "at": now})
    return content


@transaction.atomic
def accept(fix: Fix, *, by: Person, now: datetime, note: str = "") -> Fix:
    """Looked again: it is mended."""
    return _move(fix, Verb.ACCEPT, by, now, note, needs_note=False, closed_at=now, closed_by=by)


@transaction.atomic
def send_back(fix: Fix, *, by: Person, now: datetime, note: str) -> Fix:
    """Looked again: it is not mended, and why."""
    return _move(fix, Verb.RETURN, by, now, note, mended_at=None, mended_by=None)


@transaction.atomic
def postpone(fix: Fix, *, by: Person, now: datetime, note: str, due_on: date) -> Fix:
    """Give more time, with a reason; the first day stays written."""
    if not max(fix.due_on, timezone.localdate(now)) < due_on <= timezone.localdate(now) + LONGEST:
        raise TransitionError(message("desk_selfchecks.refused_day"))
    return _move(fix, Verb.POSTPONE, by, now, note, due_on=due_on)


@transaction.atomic
def make_link(
    *, by: Person, now: datetime, unit: Unit, purpose: str, label: str, days: int, kind: str = "", place: str = ""
) -> tuple[Link, str]:
    """Give a link out: the link and its token, which is told this once and kept nowhere."""
    if not holds(by, Role.OFFICER, unit=unit):
        raise PermissionDenied
    if purpose == Link.Purpose.SHEET:
        items_of(kind)
        if not place.strip():
            raise TransitionError(message("desk_selfchecks.refused_lacking", count=0))
    if not label.strip() or not 0 < days <= LONGEST.days:
        raise TransitionError(message("desk_selfchecks.refused_day"))
    token = f"mw-{secrets.token_urlsafe(32)}"
    sheet = purpose == Link.Purpose.SHEET
    link = Link.objects.create(
        unit=unit, purpose=Link.Purpose(purpose), label=label.strip(), kind=Place(kind).value if sheet else "",
        place=place.strip() if sheet else "", digest=digest(token), made_at=now, made_by=by,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    facts = {"unit": unit.pk, "purpose": purpose, "label": link.label, "expires_at": link.expires_at}
    record("check.link", by=by, obj=link, after=facts)
    return link, token


@transaction.atomic
def revoke_link(link: Link, *, by: Person, now: datetime) -> Link:
    """Let a link end at once."""
    fresh = Link.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=link.pk)
    if not holds(by, Role.OFFICER, unit=fresh.unit):
        raise PermissionDenied
    if fresh.revoked_at is None:
        fresh.revoked_at, fresh.revoked_by = now, by
        fresh.save(update_fields=["revoked_at", "revoked_by"])
        record("check.revoke", by=by, obj=fresh, after={"label": fresh.label})
    return fresh


def _may_hand_in(by: Person | None, unit: Unit, link: Link | None, kind: str, place: str, now: datetime) -> None:
    if by is not None:
        if not holds(by, Role.OFFICER, unit=unit):
            raise PermissionDenied
        return
    given = (unit.pk, kind, place)
    if link is None or not link.works(now) or (link.unit_id, link.kind, link.place) != given:
        raise PermissionDenied


def _tried(seen: Seen, today: date) -> None:
    Result(seen.result)
    if seen.result != Result.PROBLEM:
        return
    if not seen.note.strip():
        raise TransitionError(message("desk_selfchecks.refused_no_words"))
    if seen.due_on is not None and not today <= seen.due_on <= today + LONGEST:
        raise TransitionError(message("desk_selfchecks.refused_day"))


def _answered(sheet: Sheet, position: int, item: Item, seen: Seen) -> Answer:
    note = seen.note.strip() if seen.result == Result.PROBLEM else ""
    made: Answer = Answer.objects.create(
        sheet=sheet, position=position, item=item.code, text=chinese(item.word), result=seen.result,
        note=note,
    )  # fmt: skip
    return made


def _add_file(step: FixStep, by: Person, name: str, content: bytes) -> None:
    row: FixFile = FixFile.objects.create(
        step=step, name=kept.plain_name(name), size=len(content), sha256=sha256(content).hexdigest(),
        place=kept.keep(content, _FOLDER, _PURPOSE),
    )  # fmt: skip
    record("check.file", by=by, obj=step.fix, after={"file": row.pk, "size": row.size, "sha256": row.sha256})


def _open_fix(answer: Answer, item: Item, seen: Seen, sheet: Sheet, now: datetime) -> Fix:
    due_on = seen.due_on or timezone.localdate(now) + timedelta(days=item.days)
    fix = Fix.objects.create(
        answer=answer, unit=sheet.unit, measure=seen.measure.strip(), opened_at=now, due_on=due_on,
        original_due_on=due_on, responsible=seen.responsible.strip() or sheet.inspector,
    )  # fmt: skip
    FixStep.objects.create(fix=fix, at=now, by=sheet.by, verb="open", note=answer.note)
    return fix


def _move(
    fix: Fix, verb: Verb, by: Person, now: datetime, note: str, *, needs_note: bool = True, **changes: object
) -> Fix:
    fresh = Fix.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=fix.pk)
    row = step(State(fresh.state), verb)
    if not may(by, row.duty, fresh):
        if verb in (Verb.ACCEPT, Verb.RETURN) and fresh.mended_by_id == by.pk:
            raise TransitionError(message("desk_selfchecks.refused_same_person"))
        raise PermissionDenied
    if needs_note and not note.strip():
        raise TransitionError(message("desk_selfchecks.refused_no_words"))
    changes = {"state": row.target.value} | changes
    before = {key: _plain(getattr(fresh, key)) for key in changes}
    for key, value in changes.items():
        setattr(fresh, key, value)
    fresh.save(update_fields=sorted(changes))
    taken = FixStep.objects.create(fix=fresh, at=now, by=by, verb=verb.value, note=note.strip())
    after = {key: _plain(value) for key, value in changes.items()} | {"note": note.strip()}
    record(_ACTS[verb], by=by, obj=fresh, before=before, after=after)
    if verb in _TOLD:
        # Who looks again is another person, of the unit or of the one above it.
        looks = verb is Verb.MEND
        roles = (Role.OFFICER, Role.APPROVER) if looks else (Role.OFFICER,)
        outbox.post(
            f"fix.{fresh.pk}.{verb.value}.{taken.pk}", unit=fresh.unit,
            to=outbox.people_of(fresh.unit, *roles, but=by if looks else None), word=_TOLD[verb], now=now,
            link=f"/selfchecks/fixes/{fresh.pk}/", number=fresh.number,
        )  # fmt: skip
    return fresh


_ACTS: Mapping[Verb, str] = {
    Verb.MEND: "check.mend", Verb.ACCEPT: "check.accept", Verb.RETURN: "check.return", Verb.POSTPONE: "check.postpone",
}  # fmt: skip
_TOLD: Mapping[Verb, str] = {
    Verb.MEND: "desk_selfchecks.tell_mended", Verb.RETURN: "desk_selfchecks.tell_returned",
}  # fmt: skip


def _plain(value: object) -> object:
    return value.pk if isinstance(value, Person) else value


def defaults(items: Sequence[Item], now: datetime) -> dict[str, date]:
    """By when what is wrong with each line should be mended, unless people say otherwise."""
    today = timezone.localdate(now)
    return {item.code: today + timedelta(days=item.days) for item in items}
