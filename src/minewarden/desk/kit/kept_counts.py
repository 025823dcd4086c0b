"""Counts that the database keeps itself, where a city has too many rows to be read for each look at the figures.

Triggers see every way of writing, what is written in bulk and by hand among them, and change the counts in the same
transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True)
class KeptCounts:
    """What is kept. `table` has a row for each sort of `rows` and a column for each count; the first of `counts` says
    how many rows there are. by, counts: column -> what it is of one row, as SQL; where: which rows count, as SQL. There
    a cell is written {row}cell. read: the cells that any of it reads."""

    table: str
    rows: str
    by: Mapping[str, str]
    counts: Mapping[str, str]
    where: str
    read: tuple[str, ...]

    def put_up(self, connection: BaseDatabaseWrapper) -> None:
        """Make the triggers anew and count everything once."""
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            for statement in self._sqlite() if connection.vendor == "sqlite" else self._postgresql():
                cursor.execute(statement)
            cursor.execute(f"DELETE FROM {self.table}")
            cursor.execute(f"INSERT INTO {self.table} ({self._columns}) {self._grouped(self.rows)}")

    def after_migrate(self, *, using: str, plan: Sequence[Any] = (), **rest: object) -> None:
        """A migration that alters the table of the rows makes it anew on SQLite, which loses its triggers."""
        connection = connections[using]
        if plan and self.table in connection.introspection.table_names():
            self.put_up(connection)

    @property
    def _columns(self) -> str:
        return ", ".join((*self.by, *self.counts))

    @property
    def _size(self) -> str:
        return next(iter(self.counts))

    def _sqlite(self) -> list[str]:
        """One row at a time. Each side of a change has a trigger of its own, for a row may cease to count by it."""
        parts = (
            ("inserted", "INSERT", "NEW", "+"), ("deleted", "DELETE", "OLD", "-"),
            ("changed_from", f"UPDATE OF {', '.join(self.read)}", "OLD", "-"),
            ("changed_to", f"UPDATE OF {', '.join(self.read)}", "NEW", "+"),
        )  # fmt: skip
        made = []
        for name, event, row, sign in parts:
            sort = [what.format(row=f"{row}.") for what in self.by.values()]
            place = " AND ".join(f"{column} = ({what})" for column, what in zip(self.by, sort, strict=True))
            told = {count: what.format(row=f"{row}.") for count, what in self.counts.items()}
            moved = ", ".join(f"{count} = {count} {sign} ({what})" for count, what in told.items())
            acts = [f"UPDATE {self.table} SET {moved} WHERE {place}"]
            if sign == "+":
                nought = ", ".join((*sort, *("0" for _ in self.counts)))
                acts.insert(0, f"INSERT OR IGNORE INTO {self.table} ({self._columns}) VALUES ({nought})")
            else:
                acts.append(f"DELETE FROM {self.table} WHERE {place} AND {self._size} = 0")
            made += [
                f"DROP TRIGGER IF EXISTS {self.table}_{name}",
                f"CREATE TRIGGER {self.table}_{name} AFTER {event} ON {self.rows} "
                f"WHEN {self.where.format(row=f'{row}.')} BEGIN {'; '.join(acts)}; END",
            ]
        return made

    def _postgresql(self) -> list[str]:
        """One statement at a time: an import writes thousands of rows of a unit, whose count would change as often."""
        made = []
        sort, first = ", ".join(self.by), next(iter(self.by))
        for event, sides in {"INSERT": "+", "DELETE": "-", "UPDATE": "-+"}.items():
            named, rows = {"-": "OLD TABLE AS went", "+": "NEW TABLE AS came"}, {"-": "went", "+": "came"}
            name = f"{self.table}_{event.lower()}"
            changes = " UNION ALL ".join(self._grouped(rows[side], side) for side in sides)
            sums = ", ".join(f"SUM({count})" for count in self.counts)
            moved = " OR ".join(f"SUM({count}) <> 0" for count in self.counts)
            added = ", ".join(f"{count} = {self.table}.{count} + EXCLUDED.{count}" for count in self.counts)
            acts = (
                # In one order, so that two imports wait for each other and neither for the other.
                f"INSERT INTO {self.table} ({self._columns}) SELECT {sort}, {sums} "
                f"FROM ({changes}) AS moved GROUP BY {sort} HAVING {moved} ORDER BY {sort} "
                f"ON CONFLICT ({sort}) DO UPDATE SET {added}; "
            )
            if "-" in sides:
                acts += f"DELETE FROM {self.table} WHERE {self._size} = 0 AND {first} IN (SELECT {first} FROM went); "
            made += [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {acts} RETURN NULL; END $$",
                f"DROP TRIGGER IF EXISTS {name} ON {self.rows}",
                f"CREATE TRIGGER {name} AFTER {event} ON {self.rows} "
                f"REFERENCING {' '.join(named[side] for side in sides)} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
            ]
        return made

    def _grouped(self, rows: str, sign: str = "+") -> str:
        sort = ", ".join(f"{what.format(row='')} AS {column}" for column, what in self.by.items())
        sums = ", ".join(f"{sign}SUM({what.format(row='')}) AS {count}" for count, what in self.counts.items())
        group = ", ".join(str(place) for place in range(1, len(self.by) + 1))
        return f"SELECT {sort}, {sums} FROM {rows} WHERE {self.where.format(row='')} GROUP BY {group}"
