"""What a question finds as the database says it, for whoever reads tens of thousands of cells to count them."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, F, Func, QuerySet


def answers(rows: "QuerySet[Any, Any]") -> list[tuple[Any, ...]]:
    """The answer to a question for values. Of numbers and texts nothing is to be made, and to ask that of each of a
    hundred thousand cells takes as long as to count them."""
    with connection.cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def instant(cell: "datetime | str") -> datetime:
    """A time as the database says it: SQLite tells one that is stored without its zone, which is UTC, and one that it
    computes as text."""
    at = datetime.fromisoformat(cell) if isinstance(cell, str) else cell
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


class Took(Func):
    """Whole seconds from one column to another, the nearest; below nought where they stand the other way round.

    Thousands of schools sign at thousands of different times: to make times of the texts that SQLite keeps, two for
    each, takes longer than to count them.
    """

    output_field = BigIntegerField()

    def __init__(self, begun: str, ended: str) -> None:
        super().__init__(F(ended), F(begun))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """As days between two Julian days, which SQLite knows to the thousandth of a second."""
        return self._of(compiler, "CAST(ROUND((julianday({}) - julianday({})) * 86400) AS INTEGER)")

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """As the seconds of an interval."""
        return self._of(compiler, "CAST(ROUND(EXTRACT(EPOCH FROM ({} - {}))) AS bigint)")

    def _of(self, compiler: Any, form: str) -> Any:
        ended, begun = map(compiler.compile, self.get_source_expressions())
        return form.format(ended[0], begun[0]), (*ended[1], *begun[1])
