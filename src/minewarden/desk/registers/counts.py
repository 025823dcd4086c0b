"""Counts of what is looked up: devices that no console knows, terminals that no ledger does; a city has half a million.

A row is looked up among those of its own unit and of the units below, so that a change tells on the unit it happens at
and on those above. Triggers note the unit, whoever writes; its counts are then made anew at each look, until the
worker keeps them.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, QuerySet

from minewarden.desk.ledger.models import Asset
from minewarden.desk.org.models import Unit
from minewarden.desk.registers.books import no_antivirus, not_in_ledger
from minewarden.desk.registers.models import Changed, LookedUpCount, Terminal

AT_ONCE = 50
"""How many units are counted in one transaction: on SQLite who writes waits for some of a city, not for all of it."""
PAUSE = 0.05
"""Seconds between two of these: who waits on SQLite looks again now and then, and is to find it free."""
KEPT = ("no_antivirus", "not_in_ledger")
"""The gaps whose counts are kept; each is a column of `LookedUpCount`."""
_CHANGED = Changed._meta.db_table
_COUNTING_LOCK = 0x6D77_7265


@dataclass(frozen=True, slots=True)
class _Watched:
    """Rows whose changes count. cells: what of a row is looked at; units: the columns that say which units it tells on;
    events: what may happen to it that counts."""

    table: str
    cells: tuple[str, ...]
    units: tuple[str, ...] = ("unit_id",)
    events: tuple[str, ...] = ("INSERT", "DELETE", "UPDATE")

    def name(self, event: str) -> str:
        """What its trigger is called."""
        return f"{_CHANGED}_{self.table}_{event.lower()}"

    def row(self, side: str) -> str:
        """All that is looked at of one side of a change."""
        return ", ".join(f"{side}.{cell}" for cell in self.cells)


_WATCHED = (
    _Watched(Asset._meta.db_table, ("unit_id", "number", "mac", "hostname", "antivirus", "category", "status")),
    _Watched(Terminal._meta.db_table, ("unit_id", "mac", "hostname", "antivirus")),
    # The unit above is told of a unit that leaves it: what was there is no longer below.
    _Watched(Unit._meta.db_table, ("path", "parent_id"), ("id", "parent_id"), ("UPDATE",)),
)


def by_unit(units: QuerySet[Unit]) -> dict[str, dict[int, int]]:
    """Of the gaps that are kept: by unit, how many of its rows have it."""
    # First what changed: what the worker keeps between the two questions is counted here once more, and never missed.
    changed = _changed()
    found: dict[str, dict[int, int]] = {key: {} for key in KEPT}
    for unit, *counts in LookedUpCount.objects.filter(unit__in=units).values_list("unit_id", *KEPT):
        for key, count in zip(KEPT, counts, strict=True):
            if count and unit not in changed:
                found[key][unit] = count
    if changed:
        for key, counted in _looked_up(units.filter(pk__in=changed)).items():
            found[key].update(counted)
    return found


def look(now: datetime) -> int:
    """Count anew what changed, and keep it; how many units."""
    return _go_through(PAUSE) if Changed.objects.exists() else 0


def _go_through(pause: float = 0) -> int:
    # Those above are noted themselves, and a unit is counted before them: for as long as it is not, neither are they.
    depths = dict(Unit.objects.filter(pk__in=(above := _changed())).values_list("pk", "path"))
    noted = set(Changed.objects.values_list("unit", flat=True))
    Changed.objects.bulk_create(Changed(unit_id=unit) for unit in sorted(above - noted))
    waiting = sorted(noted | above, key=lambda unit: (-depths.get(unit, "").count("/"), unit))
    done = 0
    for at in range(0, len(waiting), AT_ONCE):
        time.sleep(pause if at else 0)
        done += _keep(waiting[at : at + AT_ONCE])
    return done


@transaction.atomic
def _keep(units: Sequence[int]) -> int:
    if connection.vendor == "postgresql":
        # Whoever comes while another counts waits for that, and so never writes older counts over newer ones.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_COUNTING_LOCK])
    # Who is just writing holds the note of its unit (see the triggers): that is counted when it is over.
    notes = Changed.objects.filter(unit__in=units).select_for_update(skip_locked=True)
    seen = dict(notes.values_list("pk", "unit_id"))
    there = Unit.objects.filter(pk__in=set(seen.values())).order_by("pk")
    counted = _looked_up(there)
    LookedUpCount.objects.bulk_create(
        (
            LookedUpCount(unit_id=unit, **{key: counted[key].get(unit, 0) for key in KEPT})
            for unit in there.values_list("pk", flat=True)
        ),
        batch_size=200, update_conflicts=True, unique_fields=["unit"], update_fields=KEPT,
    )  # fmt: skip
    Changed.objects.filter(pk__in=seen).delete()
    return len(seen)


def _changed() -> set[int]:
    """The units that changed, and those above them."""
    paths = Unit.objects.filter(pk__in=Changed.objects.values("unit")).order_by().values_list("path", flat=True)
    return {int(number) for path in paths for number in path.split("/") if number}


def _looked_up(units: QuerySet[Unit]) -> dict[str, dict[int, int]]:
    rows: Mapping[str, QuerySet[Any]] = {
        "no_antivirus": no_antivirus(Asset.objects.filter(unit__in=units)),
        "not_in_ledger": not_in_ledger(Terminal.objects.filter(unit__in=units)),
    }
    return {
        key: dict(rows[key].order_by().values("unit_id").annotate(n=Count("pk")).values_list("unit_id", "n"))
        for key in KEPT
    }


def after_migrate(*, using: str, plan: Sequence[Any] = (), **rest: object) -> None:
    """A migration that alters a table makes it anew on SQLite, which loses its triggers."""
    there = connections[using].introspection.table_names()
    if plan and _CHANGED in there and LookedUpCount._meta.db_table in there:
        put_up(connections[using])


def put_up(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers anew and look everything up once."""
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        for watched in _WATCHED:
            for statement in _sqlite(watched) if connection.vendor == "sqlite" else _postgresql(watched):
                cursor.execute(statement)
        LookedUpCount.objects.using(connection.alias).all().delete()
        Changed.objects.using(connection.alias).all().delete()
        tables = (Asset._meta.db_table, Terminal._meta.db_table)
        cursor.execute(
            f"INSERT INTO {_CHANGED} (unit_id) " + " UNION ".join(f"SELECT unit_id FROM {table}" for table in tables)
        )
        _go_through()


def _sqlite(watched: _Watched) -> Iterator[str]:
    """One row at a time; a unit that is noted already is not noted again, for nobody else writes meanwhile."""
    sides = {"INSERT": ("NEW",), "DELETE": ("OLD",), "UPDATE": ("OLD", "NEW")}
    for event in watched.events:
        units = [f"{side}.{unit}" for side in sides[event] for unit in watched.units]
        acts = " ".join(
            f"INSERT INTO {_CHANGED} (unit_id) SELECT {unit} "
            f"WHERE {unit} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {_CHANGED} WHERE unit_id = {unit});"
            for unit in units
        )
        # An update that leaves all as it is, such as a form saved again, is no change.
        when = f"WHEN ({watched.row('OLD')}) IS NOT ({watched.row('NEW')})" if event == "UPDATE" else ""
        yield f"DROP TRIGGER IF EXISTS {watched.name(event)}"
        yield f"CREATE TRIGGER {watched.name(event)} AFTER {event} ON {watched.table} {when} BEGIN {acts} END"


def _postgresql(watched: _Watched) -> Iterator[str]:
    """One statement at a time: an import writes thousands of rows of a unit.

    A unit that is noted already is not noted again, so that there are never many more notes than units, be there a
    worker or not. Whoever relies on a note holds it until all that he writes can be seen, beside others who do, and the
    worker passes it by for so long; a note that the worker holds is none. So nobody waits here for anybody.
    """
    sides = {"INSERT": {"came": "NEW"}, "DELETE": {"went": "OLD"}, "UPDATE": {"went": "OLD", "came": "NEW"}}
    for event in watched.events:
        name = watched.name(event)
        rows = " FROM went JOIN came USING (id)" if event == "UPDATE" else f" FROM {next(iter(sides[event]))}"
        when = f" WHERE ({watched.row('went')}) IS DISTINCT FROM ({watched.row('came')})" if event == "UPDATE" else ""
        units = " UNION ".join(
            f"SELECT {side}.{unit} AS unit{rows}{when}" for side in sides[event] for unit in watched.units
        )
        referred = " ".join(f"{old_or_new} TABLE AS {side}" for side, old_or_new in sides[event].items())
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO {_CHANGED} (unit_id) SELECT unit FROM ({units}) AS told WHERE unit IS NOT NULL "
            f"AND NOT EXISTS (SELECT 1 FROM {_CHANGED} AS noted WHERE noted.unit_id = told.unit "
            "FOR KEY SHARE OF noted SKIP LOCKED); RETURN NULL; END $$"
        )
        yield f"DROP TRIGGER IF EXISTS {name} ON {watched.table}"
        yield (
            f"CREATE TRIGGER {name} AFTER {event} ON {watched.table} REFERENCING {referred} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
