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
    """The same for many, by the number of the row; two queries for each `_AT_ONCE` of them."""
    found = {}
    for begin in range(0, len(signers), _AT_ONCE):
        some = signers[begin : begin + _AT_ONCE]
        same = _of_same_person({row.name for row in some if row.staff_id is not None})
        # Namesakes are many, and few of them are one person: only of those is the whole row read.
        staff = {number for row in some for number in same.get(row.staff_id or 0, ())}
        rows = Signer.objects.filter(staff__in=staff, left_on=None).select_related("unit", "signature", "text")
        by_staff = {row.staff_id: row for row in rows}
        for signer in some:
            mine = (by_staff[number] for number in same.get(signer.staff_id or 0, ()) if number in by_staff)
            others = [row for row in mine if row.unit_id != signer.unit_id and row.variant == signer.variant]
            found[signer.pk] = others[:MOST]
    return found


def _of_same_person(names: Collection[str]) -> Mapping[int, list[int]]:
    """Numbers of rows of staff, by each of them, where several are of one person; in the order of the tree."""
    rows = Staff.objects.filter(name__in=names, left_on=None).order_by("unit__path", "pk")
    by_person: dict[tuple[str, str], list[int]] = {}
    for number, name, phone in rows.values_list("pk", "name", "phone")[: 20 * MOST * len(names)]:
        if digits := "".join(c for c in phone if c.isdigit()):
            by_person.setdefault((name, digits), []).append(number)
    return {number: same[: MOST + 1] for same in by_person.values() if len(same) > 1 for number in same}


def to_sign(rows: Sequence[Signer], texts: InForce) -> tuple[Signer, ...]:
    """Those of them who have not signed what is in force."""
    return tuple(row for row in rows if not texts.holds(row))
