"""What answers the detectors' questions: DuckDB in this process, or a cluster (`telemetry.cluster`).

A detector's SQL is written once, in the part of DuckDB's dialect that can be said to Spark as well (docs/adr/
0012-one-sql-two-engines.md), and what it makes of the answers is the same Python on either.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

BATCH = 100_000


class Engine(Protocol):
    """Answers questions about the lake's tables, each known by its name in the schema.

    Queries are SQL of this program: nothing from outside may stand in them. An answer has to be read to its end, or
    dropped, before the engine is asked again.
    """

    def give(self, name: str, rows: pa.Table) -> None:
        """Make a table of ours known to the questions that follow; a name given again means the new one from now."""
        ...

    def keep(self, name: str, query: str) -> None:
        """Make the answer to a query known as a table to the questions that follow."""
        ...

    def ask(self, query: str, most: int = BATCH) -> Iterator[pa.RecordBatch]:
        """The answer in batches of `most` rows at most, in the order that the query asks for."""
        ...


class LocalEngine:
    """DuckDB in this process, over a connection in which the lake's tables are views."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection") -> None:
        self._connection = connection

    def give(self, name: str, rows: pa.Table) -> None:
        """Make a table known."""
        self._connection.register(name, rows)

    def keep(self, name: str, query: str) -> None:
        """Work the answer out and hold it as a table, which spills where it is large."""
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def ask(self, query: str, most: int = BATCH) -> Iterator[pa.RecordBatch]:
        """The answer, batch by batch, in bounded memory."""
        yield from self._connection.sql(query).to_arrow_reader(most)


def tuples(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[object, ...]]:
    """The rows of an answer, one after another, in the order of its columns."""
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
