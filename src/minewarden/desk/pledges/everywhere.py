"""The same person in the rolls of several units: a contractor's technician of nine schools signs once.

Two rows are of one person where both came out of staff rolls with the same name and the same telephone number, which
the database holds sealed. Without a number nobody is taken for somebody else: namesakes are many.
"""

from collections.abc import Sequence

from minewarden.desk.ledger.models import Staff
from minewarden.desk.pledges.models import Signer
from minewarden.desk.pledges.texts import InForce

MOST = 60
"""Other units of one person. Whoever has more is somebody's test data."""


def elsewhere(signer: Signer) -> list[Signer]:
    """The rows of the same person in the rolls of other units, in the order of the tree; one query."""
    if signer.staff_id is None:
        return []
    rows = Staff.objects.filter(name=signer.name, left_on=None, signer__left_on=None)
    rows = rows.select_related("signer__unit", "signer__signature", "signer__text").order_by("unit__path", "pk")
    namesakes = list(rows[: 20 * MOST])
    phone = next((_digits(row.phone) for row in namesakes if row.pk == signer.staff_id), "")
    if not phone:
        return []
    same = [row.signer for row in namesakes if row.pk != signer.staff_id and _digits(row.phone) == phone]
    return [row for row in same if row.unit_id != signer.unit_id and row.variant == signer.variant][:MOST]


def to_sign(rows: Sequence[Signer], texts: InForce) -> tuple[Signer, ...]:
    """Those of them who have not signed what is in force."""
    return tuple(row for row in rows if not texts.holds(row))


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c.isdigit())
