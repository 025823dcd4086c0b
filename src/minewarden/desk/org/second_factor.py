"""The second factor: a code of six digits that changes every thirty seconds (TOTP, RFC 6238), and recovery codes.

The secret lies sealed; a code is taken once, so that whoever looked over a shoulder gains nothing. The session says
whether it was given: an account with a second factor gets no further than its page without it.
"""

import base64
import hmac
import secrets
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

import segno
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django_otp.oath import hotp

from minewarden.desk.audit.record import record
from minewarden.desk.kit.words import say
from minewarden.desk.org.models import ADMINISTRATORS, Person, RecoveryCode, Role, SecondFactor

STEP = 30
"""Seconds that a code holds."""
DRIFT = 1
"""Steps by which a telephone's clock may be off, either way."""
CODES = 10
FAILURES = 5
LOCKED_FOR = 1800
"""Seconds for which no code is looked at after so many wrong ones."""
_SECRET_BYTES = 20
_PASSED, _NEEDED = "second_factor", "second_factor_needed"


def is_asked_of(person: Person) -> bool:
    """Whether this person must have one: administrators and approvers, where the installation asks for it."""
    return bool(settings.REQUIRE_2FA) and person.holds(*ADMINISTRATORS, Role.APPROVER)


def has(person: Person) -> bool:
    """Whether a second factor is set up and confirmed."""
    return SecondFactor.objects.filter(person=person).exclude(confirmed_at=None).exists()


def note_login(request: HttpRequest, person: Person) -> None:
    """Remember at login that the session needs it, so that no page has to ask the database."""
    request.session[_NEEDED], request.session[_PASSED] = has(person), False


def is_missing(request: HttpRequest, person: Person) -> bool:
    """Whether this session gets no further before it was given, or, where it must be, set up."""
    if request.session.get(_PASSED):
        return False
    return bool(request.session.get(_NEEDED)) or is_asked_of(person)


def note_passed(request: HttpRequest) -> None:
    """Remember that it was given, under a fresh session number."""
    request.session.cycle_key()
    request.session[_PASSED] = True


@transaction.atomic
def begin(person: Person, *, now: datetime) -> SecondFactor:
    """The secret that is to be taken into the telephone; one that was begun and not confirmed is shown again."""
    row, _ = SecondFactor.objects.get_or_create(
        person=person,
        defaults={"secret": base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode(), "made_at": now},
    )
    return row


@transaction.atomic
def confirm(person: Person, *, code: str, now: datetime) -> list[str]:
    """Set it up once a code proves that the telephone has it; the recovery codes, shown this once.

    Empty where the code is wrong.
    """
    row = SecondFactor.objects.select_for_update(no_key=True).get(person=person)
    if row.confirmed_at is not None or not _takes(row, code, now):
        return []
    row.confirmed_at = now
    row.save(update_fields=["confirmed_at"])
    record("person.second_factor", by=person, obj=person, after={"confirmed_at": now})
    return _fresh_codes(person)


@transaction.atomic
def check(person: Person, *, code: str, now: datetime) -> bool:
    """Whether a code of the telephone, or a recovery code that was not used yet, is right. Five wrong ones lock it."""
    row = SecondFactor.objects.select_for_update(no_key=True).get(person=person)
    if row.confirmed_at is None or is_locked(row, now):
        return False
    if _takes(row, code, now) or _recovers(person, code, now):
        SecondFactor.objects.filter(pk=row.pk).update(failures=0, failed_at=None)
        record("session.second_factor", by=person, obj=person)
        return True
    stale = row.failed_at is None or (now - row.failed_at).total_seconds() > LOCKED_FOR
    row.failures, row.failed_at = (1 if stale else row.failures + 1), now
    row.save(update_fields=["failures", "failed_at"])
    record("session.second_factor", by=person, obj=person, result="refused", after={"count": row.failures})
    return False


def is_locked(row: SecondFactor, now: datetime) -> bool:
    """Whether too many wrong codes were given a short while ago."""
    recent = row.failed_at is not None and (now - row.failed_at).total_seconds() <= LOCKED_FOR
    return recent and row.failures >= FAILURES


def picture(row: SecondFactor) -> str:
    """The QR code for the telephone as an image address that stays in the page."""
    issuer = say("desk_kit.product")
    name = quote(f"{issuer}:{row.person.username}")
    address = f"otpauth://totp/{name}?secret={row.secret}&issuer={quote(issuer)}&digits=6&period={STEP}"
    found: str = segno.make(address, error="m").svg_data_uri(scale=5, border=2)
    return found


def _takes(row: SecondFactor, code: str, now: datetime) -> bool:
    """Whether a code is that of a step near now which was not taken yet; it is taken then."""
    given, key = "".join(code.split()), base64.b32decode(row.secret)
    current = int(now.timestamp()) // STEP
    for step in range(current - DRIFT, current + DRIFT + 1):
        right = f"{hotp(key, step):06d}"
        if step > row.last_step and hmac.compare_digest(right.encode(), given.encode()):
            row.last_step = step
            row.save(update_fields=["last_step"])
            return True
    return False


def _recovers(person: Person, code: str, now: datetime) -> bool:
    used = RecoveryCode.objects.filter(person=person, used_at=None, digest=_digest(code)).update(used_at=now)
    return bool(used)


def _fresh_codes(person: Person) -> list[str]:
    codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(CODES)]
    RecoveryCode.objects.filter(person=person).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(person=person, digest=_digest(code)) for code in codes)
    return codes


def _digest(code: str) -> str:
    """Of forty-eight random bits, which nobody guesses within the failures that are allowed; keyed all the same."""
    return hmac.new(settings.SECRET_KEY.encode(), code.strip().lower().encode(), sha256).hexdigest()
