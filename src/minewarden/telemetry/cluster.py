"""The lake as a cluster sees it: the same questions, asked through Spark Connect (extra `cluster`).

The server may be Apache Spark or Sail; the Parquet files have to lie where it can read them. Only answers come here.
What the two dialects say differently is settled in `spark_sql`, once for all detectors.
"""

import socket
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from minewarden.telemetry import manifest
from minewarden.telemetry.engine import BATCH, Engine
from minewarden.telemetry.lake import Lake
from minewarden.telemetry.schema import TABLES
from minewarden.vocab.errors import ClusterError, ConfigError, UsageError
from minewarden.vocab.message import message
from minewarden.vocab.system import reason_of

_PORT = 15002
_PATIENCE_S = 15.0
_SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}


class ClusterLake(Lake):
    """A lake whose detectors' questions a cluster answers. Tracing still asks DuckDB here, about a few findings only.

    `url`: the address of the Spark Connect server, `sc://host:port`. `seen_as`: the lake's folder as the servers see
    it, where that is not its path here, for example `hdfs:///minewarden/lake` or `s3a://bucket/lake`.
    """

    def __init__(
        self, directory: Path, url: str, seen_as: str = "", selection: manifest.Selection = manifest.ALL
    ) -> None:
        """Raises UsageError for an address that is none, ConfigError where the extra is not installed."""
        super().__init__(directory, selection)
        if not _is_address(url):
            raise UsageError(message("cluster.bad_url", url=_address(url)[:200]))
        self.url, self.seen_as = url, seen_as.rstrip("/")
        self._counted: set[frozenset[str]] = set()
        _client()

    def selected(self, selection: manifest.Selection) -> "ClusterLake":
        """The same lake, seen only as far as the selection goes."""
        part = ClusterLake(self.directory, self.url, self.seen_as, selection)
        part._counted = self._counted
        return part

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """A session of its own at the cluster, closed at the end with all it kept."""
        with ExitStack() as stack:
            session = _session(self.url)
            stack.callback(_leave, session)
            engine = SparkEngine(session, stack, self._counted)
            with manifest.opened(self.directory) as book:
                dead = book.dead() if book is not None else []
                for name in TABLES:
                    files = self._files(name, book)
                    engine.read(name, files, [self._place(file) for file in files], self._condition(name, dead))
            yield engine

    def _place(self, file: str) -> str:
        path = Path(file).absolute()
        if not self.seen_as:
            return path.as_uri()
        return f"{self.seen_as}/{path.relative_to(self.directory.absolute()).as_posix()}"


class SparkEngine:
    """A session at a Spark Connect server."""

    def __init__(self, session: Any, stack: ExitStack, counted: set[frozenset[str]]) -> None:
        """`stack`: what is kept at the cluster is let go of when it unwinds. `counted`: files whose rows were counted
        there already; it grows."""
        self._session, self._stack, self._counted = session, stack, counted
        self._tables: dict[str, tuple[list[str], list[str], str]] = {}

    def read(self, name: str, files: list[str], places: list[str], condition: str) -> None:
        """Make Parquet files known as a table of the schema; the session reads them when they are asked for. `places`:
        the same files as the cluster sees them."""
        self._tables[name] = (files, places, condition)

    def give(self, name: str, rows: pa.Table) -> None:
        """Send a table of ours to the cluster."""
        with _told(), _quietly():
            from pyspark.sql.pandas.types import from_arrow_schema

            # An empty table says nothing of its columns by itself.
            self._session.createDataFrame(rows, from_arrow_schema(rows.schema)).createOrReplaceTempView(name)

    def keep(self, name: str, query: str) -> None:
        """Have the cluster keep the answer, in memory or on its disks, when it is first needed."""
        with _told(), _quietly():
            frame = self._frame(query).persist()
            self._stack.callback(_forget, frame)
            frame.createOrReplaceTempView(name)

    def ask(self, query: str, most: int = BATCH) -> Iterator[pa.RecordBatch]:
        """The answer as it arrives, in bounded memory here."""
        with _told():
            with _quietly():
                frame = self._frame(query)
            # The client's own way to a whole table, without holding it whole: a miner's records may be many.
            client, plan = self._session.client, frame._plan
            for part in client.to_table_as_iterator(plan.to_proto(client), plan.observations):
                if isinstance(part, pa.Table):
                    yield from part.to_batches(max_chunksize=most)

    def _frame(self, query: str) -> Any:
        text, named = spark_sql(query)
        for name in named & self._tables.keys():
            self._open(name)
        return self._session.sql(text)

    def _open(self, name: str) -> None:
        files, places, condition = self._tables.pop(name)
        if not files:
            self.give(name, TABLES[name].empty_table())
            return
        from pyspark.sql.pandas.types import from_arrow_schema

        frame = self._session.read.schema(from_arrow_schema(TABLES[name])).parquet(*places)
        self._count(name, frame, files, frozenset(places))
        if condition:
            frame = frame.where(spark_condition(condition))
        frame.createOrReplaceTempView(name)

    def _count(self, name: str, frame: Any, files: list[str], places: frozenset[str]) -> None:
        """A node that does not see the lake must not look like a network without miners: some servers read a missing
        file as an empty one. Counting touches the files' ends only."""
        if places in self._counted:
            return
        here, there = sum(pq.read_metadata(file).num_rows for file in files), frame.count()
        if here != there:
            raise ClusterError(message("cluster.other_rows", table=name, here=here, there=there))
        self._counted.add(places)


@lru_cache(maxsize=256)
def spark_sql(query: str) -> tuple[str, frozenset[str]]:
    """A detector's query in Spark's dialect, and the names of the tables that it reads. Raises sqlglot's errors."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(query, dialect="duckdb")
    if any(join.method.upper() == "ASOF" for join in tree.find_all(exp.Join)):
        # It would become an ordinary join without a word.
        raise sqlglot.errors.UnsupportedError("ASOF JOIN does not exist in Spark")
    named = frozenset(table.name for table in tree.find_all(exp.Table))
    text = tree.transform(_translated).sql(dialect="spark", identify=True, unsupported_level=sqlglot.ErrorLevel.RAISE)
    return text, named


def spark_condition(condition: str) -> str:
    """The condition of a lake's view (with or without `WHERE`) in Spark's dialect."""
    import sqlglot

    text = condition.strip().removeprefix("WHERE").strip()
    return sqlglot.parse_one(text, dialect="duckdb").sql(dialect="spark", identify=True)


def _translated(node: Any) -> Any:
    """DuckDB's `min(x, n)`, the n least values in order, does not exist in Spark; its quantiles have another name,
    and so has a hash of 64 bits (whose values differ: nothing may depend on them)."""
    from sqlglot import exp

    if isinstance(node, exp.Anonymous) and node.name.lower() == "hash":
        return exp.Anonymous(this="XXHASH64", expressions=node.expressions)

    if isinstance(node, exp.PercentileCont):
        return exp.Anonymous(this="PERCENTILE", expressions=[node.this, node.expression])

    if isinstance(node, exp.Filter) and (most := _several(node.this)):
        return _least(exp.Filter(this=exp.func("collect_list", node.this.this), expression=node.expression), most)
    if (most := _several(node)) and not isinstance(node.parent, exp.Filter):
        return _least(exp.func("collect_list", node.this), most)
    return node


def _several(node: Any) -> Any:
    """How many least values are asked for, where it is more than the least."""
    from sqlglot import exp

    # Releases of sqlglot differ in where they put the second argument.
    return (node.args.get("count") or next(iter(node.expressions), None)) if isinstance(node, exp.Min) else None


def _least(collected: Any, most: Any) -> Any:
    from sqlglot import exp

    return exp.func("slice", exp.func("sort_array", collected), exp.Literal.number(1), most)


def _client() -> Any:
    """The client's session class. Raises ConfigError where it is not installed."""
    try:
        with _quietly():
            import sqlglot  # noqa: F401 - asked for here, so that its absence is told before anything is read
            from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise ConfigError(message("cluster.not_installed", missing=str(error)[:200])) from error
    return SparkSession


def _session(url: str) -> Any:
    """A new session. Raises ClusterError where nobody answers."""
    kind = _client()
    from pyspark.errors import PySparkException

    parts = urlsplit(url)
    try:
        # The client would go on trying for minutes where nobody listens.
        socket.create_connection((parts.hostname or "", parts.port or _PORT), timeout=_PATIENCE_S).close()
    except OSError as error:
        reason = reason_of(error)
        raise ClusterError(message("cluster.unreachable", url=_address(url), reason=reason)) from error
    try:
        with _quietly():
            session = kind.builder.remote(url).create()
            for name, value in _SETTINGS.items():
                session.conf.set(name, value)
    except PySparkException as error:
        raise ClusterError(message("cluster.unreachable", url=_address(url), reason=_reason(error))) from error
    return session


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "sc" and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _address(url: str) -> str:
    """The address without what follows it: a token may stand there."""
    return url.partition("/;")[0]


@contextmanager
def _told() -> Iterator[None]:
    """What the cluster could not do is said in our words."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise ClusterError(message("cluster.failed", reason=_reason(error))) from error


def _reason(error: Exception) -> str:
    """The first line of what the server said; the plans and stacks behind it help nobody here."""
    return str(error).strip().partition("\n")[0][:300]


def _leave(session: Any) -> None:
    # A server that went away has nothing left to close; what it took from us is told by the question that failed.
    with suppress(Exception):
        session.stop()


def _forget(frame: Any) -> None:
    with suppress(Exception):
        frame.unpersist()


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the client's warning about pandas, which is not used here: tables travel as Arrow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield
