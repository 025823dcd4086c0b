"""Every way in which what is looked up changes, by chance; and its counts, as the desk tells them and row by row."""

from collections import Counter
from itertools import count
from random import Random
from typing import Any

from django.utils import timezone

from minewarden.desk.ledger.models import Asset
from minewarden.desk.org import actions
from minewarden.desk.org.models import Unit
from minewarden.desk.registers import counts
from minewarden.desk.registers.models import Terminal

_number = count()
_MACS = ("", "00:1f:e2:12:91:e3", "00:1f:e2:12:91:e4", "00:1f:e2:12:91:e5")
_NAMES = ("jx-1", "JX-1", "jx-2", "jx%", "n1", "N2", "n3")
_CELLS: dict[str, dict[str, tuple[str, ...]]] = {
    "Asset": {
        "mac": _MACS, "hostname": ("", *_NAMES), "antivirus": ("", "", "示例"), "status": ("used", "used", "gone"),
        "category": ("office", "office", "network"),
    },
    "Terminal": {"mac": _MACS, "hostname": _NAMES, "antivirus": ("", "示例")},
}  # fmt: skip


def write(chance: Random, units: list[Unit], districts: list[Unit]) -> None:
    """One change: rows made, changed, moved to another unit or deleted, a school hung under another district; or what
    changed is counted and kept."""
    model = chance.choice((Asset, Terminal))
    rows: Any = model._default_manager.order_by("pk")
    some = chance.sample(list(rows), min(rows.count(), 2))
    way = chance.randrange(7)
    if way < 2:
        rows.bulk_create([_made(model, chance, units) for _ in range(3)], ignore_conflicts=True)
    elif way == 2:
        cells = ("mac", "antivirus") if model is Terminal else (*_CELLS["Asset"], "number")
        cell = chance.choice(cells)
        value = chance.choice(_NAMES if cell == "number" else _CELLS[model.__name__][cell])
        for row in some:
            # A number, which names of hosts are compared with, is one of its unit's.
            if cell != "number" or not rows.filter(unit=row.unit_id, number=value).exists():
                rows.filter(pk=row.pk).update(**{cell: value})
    elif way == 3:
        for row in some:
            row.unit = chance.choice(units)
            own = {"number": row.number} if model is Asset else {"hostname": row.hostname}
            if not rows.filter(unit=row.unit, **own).exists():
                row.save()
    elif way == 4:
        rows.filter(pk__in=[row.pk for row in some]).delete()
    elif way == 5:
        actions.change_unit(Unit.objects.get(pk=units[-1].pk), by=None, parent=chance.choice(districts))
    else:
        counts.look(timezone.now())


def _made(model: type[Asset] | type[Terminal], chance: Random, units: list[Unit]) -> Asset | Terminal:
    cells = {cell: chance.choice(told) for cell, told in _CELLS[model.__name__].items()}
    if model is Asset:
        cells |= {"number": f"N{next(_number)}", "name": "机"}
    return model(unit=chance.choice(units), **cells)


def told() -> dict[str, dict[int, int]]:
    """What the desk tells of all units."""
    return counts.by_unit(Unit.objects.all())


def counted() -> dict[str, dict[int, int]]:
    """The same, each row held against each."""
    devices, terminals = list(Asset.objects.select_related("unit")), list(Terminal.objects.select_related("unit"))
    bare = [
        device.unit_id
        for device in devices
        if device.antivirus == "" and device.category == "office" and device.status != "gone"
        if not any(
            _same(device.mac, terminal.mac) or _same(device.hostname, terminal.hostname)
            for terminal in terminals
            if terminal.antivirus and device.unit.contains(terminal.unit)
        )
    ]
    unknown = [
        terminal.unit_id
        for terminal in terminals
        if not any(
            _same(terminal.mac, device.mac)
            or _same(terminal.hostname, device.hostname)
            or _same(terminal.hostname, device.number)
            for device in devices
            if terminal.unit.contains(device.unit)
        )
    ]
    return {"no_antivirus": dict(Counter(bare)), "not_in_ledger": dict(Counter(unknown))}


def _same(one: str, other: str) -> bool:
    return one != "" and one.upper() == other.upper()
