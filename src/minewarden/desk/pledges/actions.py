"""What people of a unit do about pledges: codes, reasons, texts, reminders."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit import masks
from minewarden.desk.kit.words import word
from minewarden.desk.notify import outbox
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.pledges.access import may_excuse, may_keep, may_publish, may_remind
from minewarden.desk.pledges.chain import text_digest
from minewarden.desk.pledges.codes import hash_of, new_salt, token_of
from minewarden.desk.pledges.evidence import strokes_of
from minewarden.desk.pledges.ink import Ink as Strokes
from minewarden.desk.pledges.models import Link, Signature, Signer, Text
from minewarden.desk.pledges.signing import Refused
from minewarden.desk.pledges.texts import NEEDED, PLACES, places


@transaction.atomic
def links(
    signers: Sequence[Signer] | None, *, unit: Unit, groups: Iterable[str] | None, until: datetime, by: Person,
    now: datetime, ask_number: bool = True,
) -> list[Link]:  # fmt: skip
    """Codes that are good until a time: one for each person named, or for each group, or (groups None) for all.

    A code that is still good is the same again with another end, so that what hangs on a wall goes on working.
    Raises Refused, PermissionDenied.
    """
    _keeps(by, unit)
    if until <= now:
        raise Refused.of("refused_past")
    if signers is not None:
        wanted: list[dict[str, Any]] = [{"signer": one, "group": one.group} for one in signers]
    elif groups is None:
        wanted = [{"whole": True}]
    else:
        wanted = [{"group": group} for group in groups]
    good = Link.objects.filter(unit=unit, revoked_at=None, expires_at__gt=now)
    known = {(one.signer_id, one.group, one.whole): one for one in good.select_related("unit", "signer")}
    made: list[Link] = []
    for scope in wanted:
        whose = scope["signer"].pk if "signer" in scope else None
        link = known.get((whose, scope.get("group", ""), scope.get("whole", False)))
        if link is None:
            salt = new_salt()
            link = Link(token_hash=hash_of(token_of(salt)), salt=salt, unit=unit, made_at=now, made_by=by, **scope)
        link.expires_at, link.ask_number = until, ask_number
        made.append(link)
    Link.objects.bulk_create([link for link in made if link.pk is None], batch_size=500)
    Link.objects.bulk_update([link for link in made if link.pk], ["expires_at", "ask_number"], batch_size=500)
    kind = "each" if signers is not None else "whole" if groups is None else "group"
    record("pledge.link", by=by, obj=unit, after={"codes": kind, "count": len(made), "until": until})
    return made


@transaction.atomic
def revoke(link: Link, *, by: Person, now: datetime) -> Link:
    """A code was lost or put where it does not belong: nobody signs by it any more. Raises Refused."""
    _keeps(by, link.unit)
    fresh = Link.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=link.pk)
    if fresh.revoked_at is not None:
        raise Refused.of("refused_revoked")
    fresh.revoked_at = now
    fresh.save(update_fields=["revoked_at"])
    record("pledge.revoke", by=by, obj=fresh, after={"group": fresh.group, "unit": fresh.unit.name})
    return fresh


@transaction.atomic
def note_reason(
    signers: Sequence[Signer], *, by: Person, now: datetime, reason: str, note: str = "", until: date | None = None
) -> list[Signer]:
    """Say why people have not signed. It counts as an excuse when an approver agrees. Raises Refused."""
    rows = _held(signers, by, may_keep)
    if until is not None and until < timezone.localdate(now):
        raise Refused.of("refused_past")
    if reason not in Signer.Reason.values or (reason == Signer.Reason.OTHER and not note.strip()):
        raise Refused.of("refused_no_reason")
    if any(row.signature_id is not None and not row.again for row in rows):
        raise Refused.of("refused_has_signed")
    facts = {"reason": reason, "reason_note": note.strip(), "reason_until": until, "reason_at": now, "reason_by": by}
    written = _written(rows, facts | {"excused_at": None, "excused_by": None}, "pledge.reason", by, reason, note)
    if reason not in Signer.NO_EXCUSE:
        day = timezone.localdate(now)
        # Once a day and unit: reasons are entered person by person, a whole staff room in a morning.
        for unit in {row.unit_id: row.unit for row in written}.values():
            outbox.post(
                f"pledges.{unit.pk}.excuse.{day}", unit=unit, to=outbox.people_of(unit, Role.APPROVER, but=by),
                word="desk_pledges.tell_excuse", now=now, link=f"/pledges/units/{unit.pk}/people/?state=asked",
            )  # fmt: skip
    return written


@transaction.atomic
def excuse(signers: Sequence[Signer], *, by: Person, now: datetime) -> list[Signer]:
    """A second person agrees that somebody need not sign for now. A refusal is no excuse. Raises Refused."""
    rows = _held(signers, by, may_excuse)
    if any(not row.reason or row.excused_at is not None for row in rows):
        raise Refused.of("refused_nothing_to_excuse")
    if any(row.reason in Signer.NO_EXCUSE for row in rows):
        raise Refused.of("refused_no_excuse")
    if any(row.reason_by_id == by.pk for row in rows):
        raise Refused.of("refused_same_person")
    return _written(rows, {"excused_at": now, "excused_by": by}, "pledge.excuse", by, rows[0].reason, "")


@transaction.atomic
def clear_reason(signers: Sequence[Signer], *, by: Person, now: datetime) -> list[Signer]:
    """The reason is over: the pledge is due again. Raises Refused."""
    rows = _held(signers, by, may_keep)
    facts: dict[str, Any] = {
        "reason": "",
        "reason_note": "",
        "reason_until": None,
        "reason_at": None,
        "reason_by": None,
    }
    return _written(rows, facts | {"excused_at": None, "excused_by": None}, "pledge.clear_reason", by, "", "")


@transaction.atomic
def publish(
    *, by: Person, now: datetime, variant: str, title: str, body: str, effective_from: date, resign: bool, note: str
) -> Text:
    """Publish another version of a text for the whole city. What was signed stays as it was signed.

    resign: whoever signed an earlier version is asked to sign this one. Raises PermissionDenied, ValidationError.
    """
    if not may_publish(by):
        raise PermissionDenied
    body = "\n".join(line.strip() for line in body.splitlines() if line.strip())
    text = Text(
        variant=variant, title=title.strip(), body=body, effective_from=effective_from, resign=resign, note=note
    )
    text.published_at, text.published_by, text.number, text.sha256 = now, by, 1, text_digest(text)
    _right(text, now)
    before = Text.objects.filter(variant=variant).aggregate(last=Max("number"))["last"] or 0
    text.number = before + 1
    if Text.objects.filter(variant=variant, number=before, sha256=text.sha256, resign=resign).exists():
        raise ValidationError({"body": word("desk_pledges.text_same")})
    if Text.objects.filter(variant=variant, effective_from__gt=effective_from).exists():
        raise ValidationError({"effective_from": word("desk_pledges.text_before_another")})
    text.save()
    facts = {
        "variant": variant,
        "number": text.number,
        "sha256": text.sha256,
        "since": effective_from,
        "resign": resign,
    }
    record("pledge.publish", by=by, obj=text, after=facts)
    return text


def _right(text: Text, now: datetime) -> None:
    """Every fault of a text at once."""
    faults: dict[str, Any] = {}
    named = places(text.body)
    if unknown := sorted(named - set(PLACES)):
        faults["body"] = word("desk_pledges.text_unknown_place", places="、".join(f"{{{name}}}" for name in unknown))
    elif lacking := sorted(NEEDED.get(text.variant, frozenset()) - named):
        faults["body"] = word("desk_pledges.text_lacks_place", places="、".join(f"{{{name}}}" for name in lacking))
    if text.effective_from < timezone.localdate(now):
        faults["effective_from"] = word("desk_pledges.refused_past")
    if not text.title:
        faults["title"] = word("sheets.required")
    if faults:
        raise ValidationError(faults)


@transaction.atomic
def reveal(signature: Signature, *, by: Person, reason: str) -> Strokes:
    """The handwriting of a signature, for a reason that the log keeps. Raises Refused, ValidationError, ConfigError."""
    if not (may_keep(by, signature.unit) or may_excuse(by, signature.unit)):
        raise PermissionDenied
    if not reason.strip():
        raise ValidationError({"reason": word("desk_org.reason_needed")})
    record("pledge.reveal", by=by, obj=signature, after={"seq": signature.seq, "reason": reason.strip()})
    return strokes_of(signature)


def _keeps(by: Person, unit: Unit) -> None:
    if not may_keep(by, unit):
        raise PermissionDenied


def _held(signers: Sequence[Signer], by: Person, may: Any) -> list[Signer]:
    if not signers:
        raise Refused.of("refused_nobody_chosen")
    held = Signer.objects.select_for_update(of=("self",), no_key=True).select_related("unit").order_by("pk")
    rows = list(held.filter(pk__in=[row.pk for row in signers]))
    if not all(may(by, row.unit) for row in rows):
        raise PermissionDenied
    return rows


def _written(
    rows: list[Signer], facts: dict[str, Any], action: str, by: Person, reason: str, note: str
) -> list[Signer]:
    for row in rows:
        for key, value in facts.items():
            setattr(row, key, value)
    Signer.objects.bulk_update(rows, sorted(facts), batch_size=200)
    who = "、".join(f"{masks.name(row.name)} {row.number}" for row in rows)
    after = {"count": len(rows), "who": who, "reason": reason, "note": note.strip(), "group": rows[0].group}
    record(action, by=by, obj=rows[0].unit, after=after)
    return rows


@transaction.atomic
def remind(unit: Unit, *, by: Person, now: datetime, missing: int) -> None:
    """催办 by a superior: ask for what is missing. Raises Refused, TransitionError (asked often enough today)."""
    if not may_remind(by, unit):
        raise PermissionDenied
    if missing <= 0:
        raise Refused.of("refused_nothing_missing")
    outbox.remind(
        f"pledges.{unit.pk}", unit=unit, to=outbox.people_of(unit, Role.OFFICER, Role.KEEPER),
        word="desk_pledges.tell_missing", now=now, link=f"/pledges/units/{unit.pk}/", missing=missing,
    )  # fmt: skip
    record("pledge.remind", by=by, obj=unit, after={"missing": missing})
