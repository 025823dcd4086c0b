"""What people do about reports, versions, allow lists and single indicators: each act is one transaction with its
record; what changes the library's own file is written last."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.cases.models import Asked, Case, Lead
from minewarden.desk.kit.words import say
from minewarden.desk.library.access import demand_office, may_relay, office
from minewarden.desk.library.bridge import (
    bundle_of,
    files_of,
    held_against,
    library,
    note_version,
    records_of,
    unknown_versions,
)
from minewarden.desk.library.export import Row
from minewarden.desk.library.lifecycle import State, Verb, step
from minewarden.desk.library.models import (
    DONE,
    Addressed,
    Handed,
    Issue,
    Publication,
    Receipt,
    Submission,
)
from minewarden.desk.notify.outbox import people_of, post, untold
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.intel.watchset import AllowEntry
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.indicator import Kind
from minewarden.vocab.message import message

LARGEST_LIST = 32 * 1024 * 1024
_NAMED = 50
"""So many missing or stale entries stand in a receipt by name."""
ADDRESSED_KINDS = (Unit.Kind.CITY, Unit.Kind.DISTRICT, Unit.Kind.ZONE, Unit.Kind.SCHOOL, Unit.Kind.KINDERGARTEN)


# --- Reporting up ----------------------------------------------------------------------------------------------------


@transaction.atomic
def submit(
    *, by: Person, now: datetime, unit: Unit, facts: Mapping[str, Any], case: Case | None = None,
    lead: Lead | None = None, proofs: Iterable[Mapping[str, str]] = (),
) -> Submission:  # fmt: skip
    """上报: say what was found and what shows it. Raises TransitionError where the same was reported and is open."""
    demand(by, Duty.HANDLE, unit)
    if not facts["domain"] and not facts["ip"]:
        raise _refused("nothing_named")
    if facts["found_at"] > now:
        raise _refused("not_in_time")
    same = Submission.objects.filter(unit=unit, domain=facts["domain"], ip=facts["ip"], port=facts["port"])
    if (twin := same.exclude(state__in=(State.DECIDED, State.WITHDRAWN)).first()) is not None:
        raise TransitionError(message("desk_library.refused_twin", number=twin.number))
    made = Submission(unit=unit, case=case, lead=lead, proofs=list(proofs), reported_at=now, reported_by=by, **facts)
    made.state = _first_state(unit).value
    made.save()
    record("library.submit", by=by, obj=made, after=_said(made))
    _tell_next(made, now)
    return made


@transaction.atomic
def relay(submission: Submission, *, by: Person, now: datetime, note: str = "") -> Submission:
    """转报: the unit above passes it on to the city."""
    held = hold(submission)
    if not may_relay(by, held):
        raise PermissionDenied
    held.state = step(State(held.state), Verb.RELAY).value
    held.relayed_at, held.relayed_by = now, by
    held.save(update_fields=["state", "relayed_at", "relayed_by"])
    record("library.relay", by=by, obj=held, after={"note": note})
    _tell_next(held, now)
    return held


@transaction.atomic
def send_back(submission: Submission, *, by: Person, now: datetime, reason: str) -> Submission:
    """退回补充: a unit above, or the city, asks for more."""
    held = hold(submission)
    if not may_relay(by, held):
        demand_office(by, Role.OFFICER, Role.APPROVER)
    _reasoned(reason)
    held.state = step(State(held.state), Verb.RETURN).value
    held.returned_note = reason.strip()
    held.save(update_fields=["state", "returned_note"])
    record("library.send_back", by=by, obj=held, after={"reason": reason})
    post(
        f"library.back.{held.pk}.{now.isoformat()}", unit=held.unit, to=people_of(held.unit, Role.OFFICER),
        word="desk_library.told_back", now=now, link=f"/library/reports/{held.pk}/", number=held.number,
    )  # fmt: skip
    return held


@transaction.atomic
def amend(submission: Submission, *, by: Person, now: datetime, facts: Mapping[str, Any]) -> Submission:
    """Put right what was sent back, and report it again."""
    held = hold(submission)
    demand(by, Duty.HANDLE, held.unit)
    step(State(held.state), Verb.AMEND)
    if not facts["domain"] and not facts["ip"]:
        raise _refused("nothing_named")
    if facts["found_at"] > now:
        raise _refused("not_in_time")
    before = _said(held)
    for name, value in facts.items():
        setattr(held, name, value)
    held.state, held.relayed_at, held.relayed_by = _first_state(held.unit).value, None, None
    held.save()
    record("library.amend", by=by, obj=held, before=before, after=_said(held))
    _tell_next(held, now)
    return held


@transaction.atomic
def withdraw(submission: Submission, *, by: Person, now: datetime, reason: str) -> Submission:
    """撤回: the unit takes its report back before the city reviewed it."""
    held = hold(submission)
    demand(by, Duty.HANDLE, held.unit)
    _reasoned(reason)
    held.state = step(State(held.state), Verb.WITHDRAW).value
    held.save(update_fields=["state"])
    record("library.withdraw", by=by, obj=held, after={"reason": reason, "at": now})
    return held


def hold(submission: Submission) -> Submission:
    """The report as the database has it now, held until the transaction ends."""
    rows = Submission.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "case")
    return rows.get(pk=submission.pk)


def _first_state(unit: Unit) -> State:
    """A unit right below the office, and the office itself, need nobody who passes it on."""
    here = office()
    return State.RELAYED if here is None or unit.pk == here.pk or unit.parent_id == here.pk else State.REPORTED


def _tell_next(submission: Submission, now: datetime) -> None:
    """Tell whoever has to do something next: the unit above, or the city."""
    here = office()
    waits_for = submission.unit.parent if submission.state == State.REPORTED else here
    if waits_for is None:
        return
    post(
        f"library.next.{submission.pk}.{submission.state}.{now.isoformat()}", unit=waits_for,
        to=people_of(waits_for, Role.OFFICER), word="desk_library.told_next", now=now,
        link=f"/library/reports/{submission.pk}/", number=submission.number,
    )  # fmt: skip


def _said(made: Submission) -> dict[str, Any]:
    return {
        "domain": made.domain, "ip": made.ip, "port": made.port, "coins": made.coins, "found_at": made.found_at,
        "method": made.method, "case": made.case_id, "proofs": made.proofs,
    }  # fmt: skip


# --- Publishing ------------------------------------------------------------------------------------------------------


@transaction.atomic
def propose_version(*, by: Person, now: datetime, least: float, note: str) -> Publication:
    """Propose what is fit now as the next version; another person lets it out."""
    demand_office(by, Role.OFFICER)
    _reasoned(note)
    if Publication.objects.filter(outcome=Asked.Outcome.PENDING).exists():
        raise _refused("pending_version")
    wanted = sorted(one.id for one in library().fit(now, least=least).chosen)
    if not wanted:
        raise TransitionError(message("library.nothing_to_publish", least=least))
    made = Publication.objects.create(least=least, wanted=wanted, reason=note.strip(), asked_by=by, asked_at=now)
    record("library.propose_version", by=by, obj=made, after={"count": len(wanted), "least": least, "note": note})
    here = office()
    if here is not None:
        post(
            f"library.version.{made.pk}", unit=here, to=people_of(here, Role.APPROVER),
            word="desk_library.told_version", now=now, link=f"/library/publish/{made.pk}/", count=len(wanted),
        )  # fmt: skip
    return made


@transaction.atomic
def publish(publication: Publication, *, by: Person, now: datetime, note: str = "") -> Issue:
    """发布: a second person lets a version out, which holds exactly what was looked at; it is handed to every unit
    right below the office. Raises UsageError where the library has changed since."""
    here = demand_office(by, Role.APPROVER)
    held = _pending(publication, by)
    _settle(held, Asked.Outcome.AGREED, by, now, note)
    adopt()
    who = f"{held.asked_by.name} → {by.name}"
    version = library().publish(by=who, note=held.reason, at=now, least=held.least, seen=held.wanted)
    made = note_version(version)
    held.issue = made
    held.save(update_fields=["issue"])
    accepted = {(one.type.value, one.value) for one in records_of(made)}
    for submission in Submission.objects.filter(state=State.DECIDED, issue=None).prefetch_related("accepted"):
        if any((row.type, row.value) in accepted for row in submission.accepted.all()):
            submission.issue = made
            submission.save(update_fields=["issue"])
    facts = {"label": made.label, "count": made.count, "sha256": made.sha256, "note": note}
    record("library.publish", by=by, obj=made, after=facts)
    _hand_down(made, here, _below(here), by=by, now=now)
    return made


@transaction.atomic
def refuse_version(publication: Publication, *, by: Person, now: datetime, note: str) -> Publication:
    """The second person does not let it out, and says why."""
    here = demand_office(by, Role.APPROVER)
    _reasoned(note)
    held = _pending(publication, by)
    _settle(held, Asked.Outcome.REFUSED, by, now, note)
    record("library.refuse_version", by=by, obj=held, after={"note": note})
    post(
        f"library.version.{held.pk}.refused", unit=here, to=[held.asked_by], word="desk_library.told_refused", now=now,
        link=f"/library/publish/{held.pk}/", count=len(held.wanted),
    )  # fmt: skip
    return held


def adopt() -> list[Issue]:
    """Take versions into the desk's list that were published by the command line; they are handed to nobody yet."""
    return [note_version(version) for version in unknown_versions()]


@transaction.atomic
def hand_down(issue: Issue, *, by: Person, now: datetime, unit: Unit) -> list[Addressed]:
    """转发: a unit that has a version hands it to every unit right below it. Units that have it keep what they said."""
    demand(by, Duty.HANDLE, unit)
    here = office()
    own = Addressed.objects.filter(issue=issue, unit=unit).first()
    if own is None and (here is None or unit.pk != here.pk):
        raise _refused("not_addressed")
    made = _hand_down(issue, unit, _below(unit), by=by, now=now)
    if not made:
        raise _refused("all_addressed")
    if own is not None:
        own.relayed_at = own.relayed_at or now
        own.save(update_fields=["relayed_at"])
    return made


def _below(unit: Unit) -> list[Unit]:
    return list(Unit.objects.filter(parent=unit, valid_to=None, kind__in=ADDRESSED_KINDS).order_by("path"))


def _hand_down(issue: Issue, sender: Unit, units: Iterable[Unit], *, by: Person, now: datetime) -> list[Addressed]:
    known = set(Addressed.objects.filter(issue=issue).values_list("unit_id", flat=True))
    fresh = [unit for unit in units if unit.pk not in known]
    made = Addressed.objects.bulk_create(
        Addressed(issue=issue, unit=unit, sender=sender, sent_at=now, sent_by=by) for unit in fresh
    )
    if not made:
        return []
    facts = {"issue": issue.label, "sender": sender.name, "units": [unit.pk for unit in fresh]}
    record("library.hand_down", by=by, obj=issue, after=facts)
    for unit in fresh:
        post(
            f"library.issue.{issue.pk}.{unit.pk}", unit=unit, to=_people_in(unit), word="desk_library.told_issue",
            now=now, link=f"/library/versions/{issue.pk}/", label=issue.label,
        )  # fmt: skip
    return made


def _people_in(unit: Unit) -> list[Person]:
    """The officers of the unit itself: those above learn of it on their own page, once and not for each school."""
    return [person for person in people_of(unit, Role.OFFICER) if person.unit_id == unit.pk]


@transaction.atomic
def fetch(issue: Issue, *, by: Person, now: datetime, form: str, unit: Unit | None) -> Mapping[str, bytes]:
    """A version in a form (`bundle`: the signed file). That it was fetched is noted for the person's unit."""
    here = office()
    producer = here.name if here is not None else "minewarden"
    if form == "bundle":
        files: Mapping[str, bytes] = {f"minewarden-{issue.label}.bundle": bundle_of(issue, producer)}
    else:
        files = files_of(issue, form, unit, now, producer)
    row = Addressed.objects.select_for_update(of=("self",), no_key=True).filter(issue=issue, unit=unit).first()
    if row is not None:
        row.forms = sorted({*row.forms, form})
        row.fetched_at, row.fetched_by = row.fetched_at or now, row.fetched_by or by
        if row.state == Addressed.State.SENT:
            row.state = Addressed.State.FETCHED
        row.save(update_fields=["forms", "fetched_at", "fetched_by", "state"])
    facts = {"form": form, "files": sorted(files), "unit": unit.pk if unit else None}
    record("library.fetch", by=by, obj=issue, after=facts)
    return files


@transaction.atomic
def answer(
    addressed: Addressed, *, by: Person, now: datetime, state: str, device: str = "", note: str = "",
    content: bytes | None = None,
) -> Receipt:  # fmt: skip
    """回执: the unit says that its device holds the version, that a unit above blocks for it, or that it cannot.

    With `content`, the list that the device gives out, it is held against the version, and what it lacks or should hold
    no more is a drift, whatever the unit says.
    """
    row = _held_row(addressed)
    demand(by, Duty.HANDLE, row.unit)
    if state not in (*DONE, Addressed.State.UNABLE):
        raise _refused("no_such_answer")
    if state == Addressed.State.CONFIRMED and not device.strip():
        raise _refused("device_missing")
    if state == Addressed.State.UNABLE and not note.strip():
        raise _refused("reason_missing")
    facts: dict[str, Any] = {}
    if content is not None:
        found = held_against(content, row.issue)
        facts = {"held": found.held, "missing": found.missing[:_NAMED], "stale": found.stale[:_NAMED]}
        facts["sha256"] = found.sha256
        if found.missing or found.stale:
            state = Addressed.State.DRIFTED
            note = note or say("desk_library.drift", missing=len(found.missing), stale=len(found.stale))
    made = Receipt.objects.create(
        addressed=row, at=now, by=by, state=state, device=device.strip()[:80], note=note.strip(), **facts
    )
    row.state, row.answered_at = state, now
    row.save(update_fields=["state", "answered_at"])
    record("library.answer", by=by, obj=row, after={"issue": row.issue.label, "state": state, "device": device})
    return made


@transaction.atomic
def urge(issue: Issue, *, by: Person, now: datetime, units: Iterable[Unit]) -> int:
    """催办: ask units that have not answered, once a day of Beijing at most. How many were asked now. By an officer of
    each or of a unit above it."""
    asked = list(units)
    for unit in asked:
        demand(by, Duty.HANDLE, unit)
    waiting = Addressed.objects.filter(issue=issue, unit__in=asked).exclude(state__in=DONE)
    day = f"{timezone.localdate(now):%Y%m%d}"
    wanted = {row.unit: f"library.urge.{issue.pk}.{row.unit_id}.{day}" for row in waiting.select_related("unit")}
    fresh = untold(wanted)
    for unit, key in fresh.items():
        post(
            key, unit=unit, to=_people_in(unit), word="desk_library.told_urge", now=now,
            link=f"/library/versions/{issue.pk}/", label=issue.label,
        )  # fmt: skip
    record("library.urge", by=by, obj=issue, after={"units": len(fresh)})
    return len(fresh)


def _held_row(addressed: Addressed) -> Addressed:
    rows = Addressed.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "issue")
    return rows.get(pk=addressed.pk)


def _pending(publication: Publication, by: Person) -> Publication:
    rows = Publication.objects.select_for_update(of=("self",), no_key=True).select_related("asked_by")
    held = rows.get(pk=publication.pk)
    if held.outcome != Asked.Outcome.PENDING:
        raise _refused("decided_already")
    if held.asked_by_id == by.pk:
        raise _refused("same_person")
    return held


def _settle(held: Publication, outcome: Asked.Outcome, by: Person, now: datetime, note: str) -> None:
    held.outcome, held.decided_by, held.decided_at, held.decided_note = outcome.value, by, now, note.strip()
    held.save(update_fields=["outcome", "decided_by", "decided_at", "decided_note"])


# --- Allow lists and single indicators -------------------------------------------------------------------------------


@transaction.atomic
def excuse(*, by: Person, now: datetime, kind: str, value: str, owner: str, until: datetime, reason: str) -> AllowEntry:
    """白名单: nothing that this entry covers is taken in or published until its day, since its owner gave a reason."""
    demand_office(by, Role.OFFICER)
    _reasoned(reason)
    if not owner.strip() or until <= now:
        raise _refused("owner_and_day")
    entry = AllowEntry(value, Kind(kind), owner.strip(), until, reason.strip())
    facts = {"kind": kind, "value": value, "owner": owner, "until": until, "reason": reason}
    record("library.excuse", by=by, after=facts)
    library().excuse([entry], now)
    return entry


@transaction.atomic
def excuse_no_more(*, by: Person, now: datetime, kind: str, value: str, reason: str) -> None:
    """Take an entry off the allow list before its day."""
    demand_office(by, Role.OFFICER)
    _reasoned(reason)
    record("library.excuse_no_more", by=by, after={"kind": kind, "value": value, "reason": reason})
    library().excuse_no_more(Kind(kind), value, now)


@transaction.atomic
def revoke(key: str, *, by: Person, now: datetime, reason: str) -> None:
    """撤销: an indicator is withdrawn; the next version goes out without it."""
    demand_office(by, Role.OFFICER)
    _reasoned(reason)
    record("library.revoke", by=by, after={"indicator": key, "reason": reason})
    library().revoke(key, by=by.name, why=reason.strip(), at=now)


@transaction.atomic
def restore(key: str, *, by: Person, now: datetime, reason: str) -> None:
    """A withdrawal is taken back; whether it is blocked again is for the next version, which two people let out."""
    demand_office(by, Role.OFFICER)
    _reasoned(reason)
    record("library.restore", by=by, after={"indicator": key, "reason": reason})
    library().restore(key, by=by.name, why=reason.strip(), at=now)


# --- To the province -------------------------------------------------------------------------------------------------


@transaction.atomic
def hand_up(
    *, by: Person, now: datetime, addressee: str, note: str, submissions: Iterable[Submission], rows: Iterable[Row]
) -> Handed:
    """报送: note that form T10 with these rows went to the province; what was reported is not reported again."""
    demand_office(by, Role.OFFICER, Role.APPROVER)
    kept = [list(row) for row in rows]
    if not kept:
        raise _refused("nothing_to_hand_up")
    last = Handed.objects.order_by("-number").first()
    digest = hashlib.sha256(json.dumps(kept, ensure_ascii=False).encode()).hexdigest()
    made = Handed.objects.create(
        number=last.number + 1 if last else 1, at=now, by=by, addressee=addressee.strip(), note=note.strip(),
        rows=kept, sha256=digest,
    )  # fmt: skip
    made.submissions.set(list(submissions))
    record("library.hand_up", by=by, obj=made, after={"rows": len(kept), "sha256": digest, "addressee": addressee})
    return made


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise _refused("reason_missing")


def _refused(key: str) -> TransitionError:
    return TransitionError(message(f"desk_library.refused_{key}"))
