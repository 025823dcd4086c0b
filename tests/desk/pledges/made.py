"""Pledges for tests: strokes of a name, a signature from a telephone."""

import json
from datetime import datetime

from django.utils import timezone

from minewarden.desk.ledger.models import Staff
from minewarden.desk.org.models import Unit
from minewarden.desk.pledges.ink import Ink, read
from minewarden.desk.pledges.models import Signature, Signer
from minewarden.desk.pledges.signing import Wish, sign
from minewarden.desk.pledges.texts import in_force


def canvas(shift: int = 0) -> str:
    """A name as a browser sends it."""
    strokes = [[100 + shift, 100, 300, 120, 320, 300], [150, 200, 420, 210], [500, 90, 520, 380, 640, 330, 700, 350]]
    return json.dumps(strokes)


def strokes(shift: int = 0) -> Ink:
    """The same, read."""
    return read(canvas(shift))


def signed(signer: Signer, now: datetime, *, shift: int = 0, guardian: str = "", relation: str = "") -> Signature:
    """Somebody signs on a telephone."""
    texts = in_force(timezone.localdate(now))
    made, _ = sign(
        Wish(signer.pk, texts.text_for(signer), texts, strokes(shift), now, guardian, relation, "203.0.113.9", "phone")
    )
    signer.refresh_from_db()
    return made


def technician(unit: Unit, number: str, phone: str = "13800000007", name: str = "孙玥") -> Staff:
    """A contractor's technician in the roll of a unit."""
    facts = {"kind": "contractor", "department": "外包运维"}
    made: Staff = Staff.objects.create(unit=unit, number=number, name=name, phone=phone, **facts)
    return made
