"""Every way in which devices are written, by chance; and their counts, as they are kept and as they are counted."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

from django.db import connection

from minewarden.desk.ledger.models import Asset, AssetCount, AssetTotal
from minewarden.desk.org.models import Unit

_number = count()
_DAYS = (None, *(date(2026, 3, 1) + timedelta(days=n) for n in range(3)))
_CELLS: dict[str, tuple[str, ...]] = {
    "name": ("服务器", ""), "category": ("server", ""), "use": ("教学", ""), "place": ("305", ""),
    "department": ("信息中心", ""), "person_name": ("宁安", ""), "ip": ("10.12.0.5", "", ""),
    "mac": ("", "", "02:00:5e:10:00:07"),
    "hostname": ("jf-07", "", ""), "domain": ("", "", "jf.example.org"), "status": ("used", "gone"),
}  # fmt: skip
# Spelled here once more, and not asked of what is tried.
_REQUIRED = ("number", "name", "category", "use", "place", "department", "person_name")
_NETWORK = ("ip", "mac", "hostname", "domain")


def write(chance: Random, units: Sequence[Unit]) -> None:
    """One writing of devices, in one of the ways."""
    rows = list(Asset.objects.order_by("pk"))
    some = chance.sample(rows, min(len(rows), chance.randrange(4)))
    chosen = Asset.objects.filter(pk__in=[row.pk for row in some])
    way = chance.randrange(7)
    if way == 0:
        _made(chance, units).save()
    elif way == 1:
        Asset.objects.bulk_create([_made(chance, units) for _ in range(5)])
    elif way == 2:
        # One of them is there already, and stays as it is.
        twice = [Asset(number=row.number, unit=row.unit, status="gone") for row in some]
        more = _made(chance, units)
        Asset.objects.bulk_create([*twice, more], ignore_conflicts=True)
    elif way == 3:
        changed = [_filled(row, chance, units) for row in some]
        Asset.objects.bulk_update(changed, ["unit", "checked_on", *_CELLS])
    elif way == 4:
        # One column alone: a trigger that does not watch it tells nothing of the change.
        cell = chance.choice(("checked_on", "unit", *_CELLS))
        choices: Sequence[Any] = {"checked_on": _DAYS, "unit": units}.get(cell) or _CELLS[cell]
        chosen.update(**{cell: chance.choice(choices)})
    elif way == 5:
        chosen.delete()
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE ledger_asset SET note = %s, person_name = ''", [str(chance.random())])


def _made(chance: Random, units: Sequence[Unit]) -> Asset:
    return _filled(Asset(number=f"N{next(_number)}"), chance, units)


def _filled(row: Asset, chance: Random, units: Sequence[Unit]) -> Asset:
    row.unit, row.checked_on = chance.choice(units), chance.choice(_DAYS)
    for cell, choices in _CELLS.items():
        setattr(row, cell, chance.choice(choices))
    return row


def kept() -> dict[tuple[int, date | None], tuple[int, ...]]:
    """What the database keeps, by unit and day, and of all days: devices, gaps, how many have one, how many nobody
    answers for."""
    counts = ("devices", "gaps", "lacking", "ownerless")
    rows = AssetCount.objects.values_list("unit_id", "checked_on", *counts)
    found: dict[tuple[int, date | None], tuple[int, ...]] = {(unit, day): tuple(told) for unit, day, *told in rows}
    totals = AssetTotal.objects.values_list("unit_id", *counts)
    return found | {(unit, None): tuple(told) for unit, *told in totals}


def counted() -> dict[tuple[int, date | None], tuple[int, ...]]:
    """The same, counted device by device."""
    found: dict[tuple[int, date | None], Counter[int]] = {}
    for row in Asset.objects.exclude(status=Asset.Status.GONE):
        gaps = sum(not getattr(row, cell) for cell in _REQUIRED) + (not any(_network(row)))
        for day in (row.checked_on or AssetCount.NEVER, None):
            told = found.setdefault((row.unit_id, day), Counter())
            told.update({0: 1, 1: gaps, 2: bool(gaps), 3: not row.person_name})
    return {place: tuple(told[n] for n in range(4)) for place, told in found.items()}


def _network(row: Asset) -> list[Any]:
    return [getattr(row, cell) for cell in _NETWORK]
