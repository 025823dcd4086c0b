"""The same person in the rolls of several units: a contractor's technician of nine schools signs once.

Two rows are of one person where both came out of staff rolls with the same name and the same telephone number, which
the database holds sealed. Without a number nobody is taken for somebody else: namesakes are many.
"""

from collections.abc import Collection, Mapping, Sequence

from minewarden.desk.ledger.models import Staff
from minewarden.desk.pledges.models import Signer
from minewarden.desk.pledges.texts import InForce

MOST = 60
"""Other units of one person. Whoever has more is somebody's test data."""
_AT_ONCE = 500


def elsewhere(signer: Signer) -> list[Signer]:
    """The rows of the same person in the rolls of other units, in the order of the tree; one query."""
    return together([signer])[signer.pk]


def together(signers: Sequence[Signer]) -> Mapping[int, list[Signer]]:
    """The same for many, by the number of the row; one query for each `_AT_ONCE` of them."""
    found = {}
    for begin in range(0, len(signers), _AT_ONCE):
        some = signers[begin : begin + _AT_ONCE]
        same = _by_person({row.name for row in some if row.staff_id is not None})
        mine = {staff.pk: rows for rows in same.values() for staff in rows}
        for signer in some:
            rows = [staff.signer for staff in mine.get(signer.staff_id or 0, ())]
            others = [row for row in rows if row.unit_id != signer.unit_id and row.variant == signer.variant]
            found[signer.pk] = others[:MOST]
    return found


def _by_person(names: Collection[str]) -> Mapping[tuple[str, str], list[Staff]]:
    rows = Staff.objects.filter(name__in=names, left_on=None, signer__left_on=None)
    rows = rows.select_related("signer__unit", "signer__signature", "signer__text").order_by("unit__path", "pk")
    found: dict[tuple[str, str], list[Staff]] = {}
    for staff in rows[: 20 * MOST * len(names)]:
        if who := _who(staff):
            found.setdefault(who, []).append(staff)
    return found


def _who(staff: Staff) -> tuple[str, str] | None:
    digits = "".join(c for c in staff.phone if c.isdigit())
    return (staff.name, digits) if digits else None


def to_sign(rows: Sequence[Signer], texts: InForce) -> tuple[Signer, ...]:
    """Those of them who have not signed what is in force."""
    return tuple(row for row in rows if not texts.holds(row))
