"""Every way in which rolls are written, by chance; and their counts, as they are kept and as they are counted."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from random import Random
from typing import Any

from minewarden.desk.org.models import Unit
from minewarden.desk.pledges.models import Signer, SignerCount, Text

_number = count()
_EXCUSED = (None, datetime(2026, 3, 1, tzinfo=UTC))


def write(chance: Random, units: Sequence[Unit]) -> None:
    """One writing of a roll, in one of the ways."""
    # Whose pledge is there is never deleted.
    rows = list(Signer.objects.filter(signatures=None).order_by("pk"))
    some = chance.sample(rows, min(len(rows), chance.randrange(4)))
    chosen = Signer.objects.filter(pk__in=[row.pk for row in some])
    way = chance.randrange(5)
    if way == 0:
        Signer(**facts(chance, units), number=f"T{next(_number)}", name="宁安").save()
    elif way == 1:
        made = [Signer(**facts(chance, units), number=f"T{next(_number)}", name="宁安") for _ in range(5)]
        Signer.objects.bulk_create(made)
    elif way == 2:
        for row in some:
            for name, value in facts(chance, units).items():
                setattr(row, name, value)
        Signer.objects.bulk_update(some, list(facts(chance, units)))
    elif way == 3:
        chosen.update(**facts(chance, units))
    else:
        chosen.delete()


def facts(chance: Random, units: Sequence[Unit]) -> dict[str, Any]:
    """What a row of a roll may hold, by chance."""
    excused = chance.choice(_EXCUSED)
    return {
        "unit": chance.choice(units), "category": chance.choice(("staff", "unit")),
        "text": chance.choice([None, *Text.objects.all()]), "again": chance.choice((True, False)),
        "due_from": date(2026, 3, chance.randrange(1, 3)), "excused_at": excused,
        "reason": "leave" if excused else chance.choice(("", "refused")),
        "reason_until": chance.choice((None, date(2026, 5, 1))),
        "left_on": chance.choice((None, None, date(2026, 4, 1))),
    }  # fmt: skip


def kept() -> Counter[tuple[Any, ...]]:
    """What the database keeps: how many stand alike, by all that makes them alike."""
    return Counter({
        (row.unit_id, row.category, row.text, row.again, row.due_from, row.reason, row.excused, row.reason_until): (
            row.people
        )
        for row in SignerCount.objects.all()
    })  # fmt: skip


def counted() -> Counter[tuple[Any, ...]]:
    """The same, counted one by one."""
    return Counter(
        (
            row.unit_id, row.category, row.text_id or 0, row.again, row.due_from, row.reason,
            row.excused_at is not None, row.reason_until or date.max,
        )
        for row in Signer.objects.filter(left_on=None)
    )  # fmt: skip
