"""What a question finds as the database says it, for whoever reads tens of thousands of cells to count them."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet


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
