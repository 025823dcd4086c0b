"""Counts of devices that the database keeps itself: by unit and by the day of the last check.

A city has half a million devices, too many to be read for each look at the statistics. Triggers see every way of
writing, what is written in bulk and by hand among them, and change the counts in the same transaction.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from minewarden.desk.ledger.models import Asset, AssetCount

REQUIRED_CELLS = ("number", "name", "category", "use", "place", "department", "person_name")
"""Cells of a device that the ledger asks for; beside them one that tells it on the network."""
NETWORK_CELLS = ("ip", "mac", "hostname", "domain")
_TABLE, _DEVICES = AssetCount._meta.db_table, Asset._meta.db_table
_THERE = f"status <> '{Asset.Status.GONE.value}'"
_DAY = f"'{AssetCount.NEVER.isoformat()}'"
_COUNTS = ("devices", "gaps", "lacking", "ownerless")
_READ = (*REQUIRED_CELLS, *NETWORK_CELLS, "unit_id", "checked_on", "status")


def _counted(row: str = "") -> tuple[str, ...]:
    """What one device adds to each of the counts, as SQL; `row` is the name of the row with a dot."""
    gaps = [f"CASE WHEN {row}{cell} = '' THEN 1 ELSE 0 END" for cell in REQUIRED_CELLS]
    unknown = " AND ".join(f"{row}{cell} = ''" for cell in NETWORK_CELLS)
    all_gaps = " + ".join([*gaps, f"CASE WHEN {unknown} THEN 1 ELSE 0 END"])
    ownerless = f"CASE WHEN {row}person_name = '' THEN 1 ELSE 0 END"
    return "1", all_gaps, f"CASE WHEN {all_gaps} > 0 THEN 1 ELSE 0 END", ownerless


def _sqlite() -> list[str]:
    """One row at a time. Each side of a change has a trigger of its own, for a device may be struck off by it."""
    parts = (
        ("inserted", "INSERT", "NEW", "+"), ("deleted", "DELETE", "OLD", "-"),
        ("changed_from", f"UPDATE OF {', '.join(_READ)}", "OLD", "-"),
        ("changed_to", f"UPDATE OF {', '.join(_READ)}", "NEW", "+"),
    )  # fmt: skip
    made = []
    for name, event, row, sign in parts:
        place = f"unit_id = {row}.unit_id AND checked_on = COALESCE({row}.checked_on, {_DAY})"
        told = zip(_COUNTS, _counted(f"{row}."), strict=True)
        moved = ", ".join(f"{count} = {count} {sign} ({what})" for count, what in told)
        acts = [f"UPDATE {_TABLE} SET {moved} WHERE {place}"]
        if sign == "+":
            nought = f"({row}.unit_id, COALESCE({row}.checked_on, {_DAY}), 0, 0, 0, 0)"
            acts.insert(
                0, f"INSERT OR IGNORE INTO {_TABLE} (unit_id, checked_on, {', '.join(_COUNTS)}) VALUES {nought}"
            )
        else:
            acts.append(f"DELETE FROM {_TABLE} WHERE {place} AND devices = 0")
        made += [
            f"DROP TRIGGER IF EXISTS {_TABLE}_{name}",
            f"CREATE TRIGGER {_TABLE}_{name} AFTER {event} ON {_DEVICES} WHEN {row}.{_THERE} "
            f"BEGIN {'; '.join(acts)}; END",
        ]
    return made


def _postgresql() -> list[str]:
    """One statement at a time: an import writes thousands of rows of a unit, whose count would change as often."""
    made = []
    for event, sides in {"INSERT": "+", "DELETE": "-", "UPDATE": "-+"}.items():
        named, rows = {"-": "OLD TABLE AS went", "+": "NEW TABLE AS came"}, {"-": "went", "+": "came"}
        name = f"{_TABLE}_{event.lower()}"
        changes = " UNION ALL ".join(_grouped(rows[side], side) for side in sides)
        sums = ", ".join(f"SUM({count})" for count in _COUNTS)
        moved = " OR ".join(f"SUM({count}) <> 0" for count in _COUNTS)
        added = ", ".join(f"{count} = {_TABLE}.{count} + EXCLUDED.{count}" for count in _COUNTS)
        acts = (
            # In one order, so that two imports wait for each other and neither for the other.
            f"INSERT INTO {_TABLE} (unit_id, checked_on, {', '.join(_COUNTS)}) SELECT unit_id, day, {sums} "
            f"FROM ({changes}) AS moved GROUP BY unit_id, day HAVING {moved} ORDER BY unit_id, day "
            f"ON CONFLICT (unit_id, checked_on) DO UPDATE SET {added}; "
        )
        if "-" in sides:
            acts += f"DELETE FROM {_TABLE} WHERE devices = 0 AND unit_id IN (SELECT unit_id FROM went); "
        made += [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {acts} RETURN NULL; END $$",
            f"DROP TRIGGER IF EXISTS {name} ON {_DEVICES}",
            f"CREATE TRIGGER {name} AFTER {event} ON {_DEVICES} REFERENCING {' '.join(named[side] for side in sides)} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]
    return made


def _grouped(rows: str, sign: str = "+") -> str:
    sums = ", ".join(f"{sign}SUM({what}) AS {count}" for count, what in zip(_COUNTS, _counted(), strict=True))
    day = f"COALESCE(checked_on, {_DAY})"
    return f"SELECT unit_id, {day} AS day, {sums} FROM {rows} WHERE {_THERE} GROUP BY unit_id, {day}"


def put_up(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers anew and count everything once."""
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        for statement in _sqlite() if connection.vendor == "sqlite" else _postgresql():
            cursor.execute(statement)
        cursor.execute(f"DELETE FROM {_TABLE}")
        columns = f"unit_id, checked_on, {', '.join(_COUNTS)}"
        cursor.execute(f"INSERT INTO {_TABLE} ({columns}) {_grouped(_DEVICES)}")


def after_migrate(*, using: str, plan: Sequence[Any] = (), **rest: object) -> None:
    """A migration that alters the table of devices makes it anew on SQLite, which loses its triggers."""
    connection = connections[using]
    if plan and _TABLE in connection.introspection.table_names():
        put_up(connection)
