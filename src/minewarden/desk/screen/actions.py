"""Make a link for a wall, and take it back."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from minewarden.desk.audit.record import record
from minewarden.desk.cases.access import demand
from minewarden.desk.cases.lifecycle import Duty
from minewarden.desk.org.models import Person, Unit
from minewarden.desk.screen.access import digest_of
from minewarden.desk.screen.models import Wall
from minewarden.vocab.errors import TransitionError
from minewarden.vocab.message import message

LONGEST = timedelta(days=366)


@transaction.atomic
def make(
    unit: Unit,
    *,
    by: Person,
    now: datetime,
    name: str,
    expires_at: datetime,
    slogans: Sequence[str] = (),
    demo: bool = False,
) -> tuple[Wall, str]:
    """A wall and the token of its link, which is shown this once and kept by nobody. Raises TransitionError for an end
    in the past or more than a year away, and for phrases that are not four."""
    demand(by, Duty.APPROVE, unit)
    if not now < expires_at <= now + LONGEST:
        raise TransitionError(message("desk_screen.refused_end"))
    given = [text.strip() for text in slogans if text.strip()]
    if given and len(given) != 4:
        raise TransitionError(message("desk_screen.refused_slogans"))
    token = secrets.token_urlsafe(32)
    wall = Wall.objects.create(
        unit=unit, name=name.strip(), digest=digest_of(token), slogans=given, demo=demo, made_at=now, made_by=by,
        expires_at=expires_at,
    )  # fmt: skip
    record(
        "screen.make",
        by=by,
        obj=wall,
        after={"unit": unit.pk, "name": wall.name, "expires_at": expires_at, "demo": demo},
    )
    return wall, token


@transaction.atomic
def revoke(wall: Wall, *, by: Person, now: datetime) -> Wall:
    """Take a link back; a wall that shows it goes dark at its next refresh."""
    demand(by, Duty.APPROVE, wall.unit)
    held = Wall.objects.select_for_update(no_key=True, of=("self",)).get(pk=wall.pk)
    if held.revoked_at is not None:
        raise TransitionError(message("desk_screen.refused_revoked"))
    held.revoked_at, held.revoked_by = now, by
    held.save(update_fields=["revoked_at", "revoked_by"])
    record("screen.revoke", by=by, obj=held, after={"name": held.name})
    return held
