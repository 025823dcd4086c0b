"""审核: what the city makes of a report. What is accepted can be blocked, so a second person has to agree."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.kit.words import said
from minewarden.desk.library.access import demand_office
from minewarden.desk.library.bridge import library, put_accepted, stopped
from minewarden.desk.library.followup import tell_again
from minewarden.desk.library.lifecycle import State, Verb, step
from minewarden.desk.library.models import Accepted, Review, Submission
from minewarden.desk.notify.outbox import people_of, post
from minewarden.desk.org.models import Person, Role
from minewarden.intel.record import Type, canonical, identity
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.indicator import Role as Part
from minewarden.vocab.message import message

PARTS = ("name", "address")
TYPES = {"name": (Type.HOST, Type.DOMAIN), "address": (Type.IP_PORT, Type.IP)}
"""As what a part may be accepted. How wide it matches is said by the reviewer and never guessed."""


@transaction.atomic
def review(
    submission: Submission, *, by: Person, now: datetime, role: str, verdicts: Sequence[Mapping[str, Any]]
) -> Review:
    """Say of each part whether it is accepted, as what, and why. Where nothing is accepted the report is settled;
    else a second person is asked. Raises TransitionError, or ConfigError for a scope that would hold strangers."""
    here = demand_office(by, Role.OFFICER)
    held = _hold(submission)
    made = [_verdict(held, given, now) for given in verdicts]
    named = {verdict["part"] for verdict in made}
    if named != {part for part in PARTS if part_of(held, part)} or len(named) != len(made):
        raise _refused("each_part")
    accepts = any(verdict["accept"] for verdict in made)
    target = step(State(held.state), Verb.REVIEW if accepts else Verb.SETTLE)
    outcome = Review.Outcome.PENDING if accepts else Review.Outcome.ALONE
    done = Review.objects.create(submission=held, by=by, at=now, role=Part(role).value, verdicts=made, outcome=outcome)
    held.state = target.value
    if not accepts:
        held.decided_at = now
    held.save(update_fields=["state", "decided_at"])
    record("library.review", by=by, obj=held, after={"verdicts": made, "role": role, "outcome": outcome.value})
    if accepts:
        post(
            f"library.review.{done.pk}", unit=here, to=people_of(here, Role.APPROVER),
            word="desk_library.told_review", now=now, link=f"/library/reports/{held.pk}/", number=held.number,
        )  # fmt: skip
    else:
        _tell_unit(held, now)
    return done


@transaction.atomic
def agree(given: Review, *, by: Person, now: datetime, note: str = "") -> Review:
    """The second person agrees: what was accepted is in the library from now on, and in the next version."""
    held, submission = _pending(given, by)
    _settle(held, Review.Outcome.AGREED, by, now, note)
    for verdict in held.verdicts:
        if verdict["accept"]:
            Accepted.objects.create(
                submission=submission, review=held, type=verdict["type"], value=verdict["value"], role=held.role, at=now
            )
    submission.state, submission.decided_at = step(State(submission.state), Verb.AGREE).value, now
    submission.save(update_fields=["state", "decided_at"])
    record("library.agree", by=by, obj=submission, after={"review": held.pk, "note": note})
    _tell_unit(submission, now)
    put_accepted(by=f"{held.by.name} → {by.name}", why=submission.number, now=now)
    _restore(held, by, now)
    tell_again(held.verdicts, now)
    return held


@transaction.atomic
def refuse(given: Review, *, by: Person, now: datetime, note: str) -> Review:
    """The second person does not agree; the city reviews it again."""
    if not note.strip():
        raise _refused("reason_missing")
    held, submission = _pending(given, by)
    _settle(held, Review.Outcome.REFUSED, by, now, note)
    submission.state = step(State(submission.state), Verb.REFUSE).value
    submission.save(update_fields=["state"])
    record("library.refuse", by=by, obj=submission, after={"review": held.pk, "note": note})
    here = demand_office(by, Role.APPROVER)
    post(
        f"library.refused.{held.pk}", unit=here, to=people_of(here, Role.OFFICER), word="desk_library.told_next",
        now=now, link=f"/library/reports/{submission.pk}/", number=submission.number,
    )  # fmt: skip
    return held


def part_of(submission: Submission, part: str) -> str:
    """What was reported as a part; empty where nothing was."""
    if part == "name":
        return submission.domain
    return submission.address_part


def spelt(submission: Submission, part: str, kind: Type) -> str:
    """A part in the one spelling of a type. Raises ConfigError where it would hold strangers, ValueError where it is
    not of that type."""
    text = submission.ip if kind is Type.IP else part_of(submission, part)
    return canonical(kind, text or "")


def _verdict(submission: Submission, given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    part, accept, why = given["part"], bool(given["accept"]), str(given.get("why", "")).strip()
    if part not in PARTS or not part_of(submission, part):
        raise _refused("each_part")
    if not accept:
        if not why:
            raise _refused("reason_missing")
        return {"part": part, "accept": False, "type": "", "value": part_of(submission, part), "why": why}
    kind = Type(given["type"])
    try:
        value = spelt(submission, part, kind)
    except ValueError as error:
        raise TransitionError(message("desk_library.refused_spelling", value=part_of(submission, part))) from error
    if kind not in TYPES[part]:
        raise _refused("each_part")
    # Whoever accepts what an allow list, the ledger or the shared facts speak for says why; the second person reads it.
    if not why and (reason := stopped(kind, value, now)) is not None:
        raise TransitionError(message("desk_library.refused_stopped", value=value, reason=said(reason)))
    return {"part": part, "accept": True, "type": kind.value, "value": value, "why": why}


def _restore(held: Review, by: Person, now: datetime) -> None:
    """What was withdrawn before and is accepted now is in force again."""
    for verdict in held.verdicts:
        if not verdict["accept"]:
            continue
        key = str(identity(Type(verdict["type"]), verdict["value"]))
        known = library().get(key)
        if known is not None and known.revoked is not None:
            library().restore(key, by=by.name, why=held.submission.number, at=now)


def _hold(submission: Submission) -> Submission:
    rows = Submission.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "case")
    return rows.get(pk=submission.pk)


def _pending(given: Review, by: Person) -> tuple[Review, Submission]:
    demand_office(by, Role.APPROVER)
    submission = _hold(given.submission)
    held = (
        Review.objects.select_for_update(of=("self",), no_key=True).select_related("by", "submission").get(pk=given.pk)
    )
    if held.outcome != Review.Outcome.PENDING:
        raise _refused("decided_already")
    if held.by_id == by.pk:
        raise _refused("same_person")
    return held, submission


def _settle(held: Review, outcome: Review.Outcome, by: Person, now: datetime, note: str) -> None:
    held.outcome, held.second, held.second_at, held.second_note = outcome.value, by, now, note.strip()
    held.save(update_fields=["outcome", "second", "second_at", "second_note"])


def _tell_unit(submission: Submission, now: datetime) -> None:
    post(
        f"library.decided.{submission.pk}.{now.isoformat()}", unit=submission.unit,
        to=people_of(submission.unit, Role.OFFICER), word="desk_library.told_decided", now=now,
        link=f"/library/reports/{submission.pk}/", number=submission.number,
    )  # fmt: skip


def _refused(key: str) -> TransitionError:
    return TransitionError(message(f"desk_library.refused_{key}"))
