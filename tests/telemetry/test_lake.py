"""The lake: rows become visible whole or not at all, and a missing table is an empty one."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from minewarden.telemetry.lake import Lake, SourceRecord, Writer
from minewarden.telemetry.schema import TABLES

MANY = 130_000
"""More than one group of rows, so that a file is being written before the end."""


def rows(table: str, count: int, origin: int = 1, first_us: int = 1_000_000) -> pa.RecordBatch:
    """Rows with something in every column that must hold something."""
    filler = {pa.string(): "10.0.0.1", pa.int64(): 7, pa.int32(): 7, pa.bool_(): True, pa.binary(): b"x"}
    own = {
        "ts": pa.arange(first_us, first_us + count),
        "origin": pa.repeat(pa.scalar(origin, pa.int32()), count),
        "row": pa.arange(1, count + 1),
    }
    made = [
        own[column.name]
        if column.name in own
        else pa.nulls(count, column.type)
        if column.nullable
        else pa.repeat(pa.scalar(filler[column.type], column.type), count)
        for column in TABLES[table]
    ]
    return pa.RecordBatch.from_arrays(made, schema=TABLES[table])


def count(lake: Lake, table: str) -> int:
    with lake.connect() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def test_rows_come_back_and_the_source_is_remembered(lake: Lake) -> None:
    record = SourceRecord(lake.next_origin(), "日志/a.log", "zeek", sha256="ab", bytes=9, rejects=2, offset_s=0.5)
    with lake.writer(record) as writer:
        writer.write("dns", rows("dns", 10, first_us=5_000_000))
        writer.write("dns", rows("dns", 5, first_us=3_000_000))
        writer.write("conn", rows("conn", 1))
    assert lake.tables() == {"dns", "conn"}
    assert (count(lake, "dns"), count(lake, "conn")) == (15, 1)
    (remembered,) = Lake(lake.directory).sources()
    assert remembered == record
    assert (remembered.rows, remembered.first_us, remembered.last_us) == ({"dns": 15, "conn": 1}, 1_000_000, 5_000_009)
    assert lake.next_origin() == 2


def test_texts_that_hardly_repeat_are_written_as_they_are(lake: Lake) -> None:
    columns: dict[str, list[object]] = {
        column.name: [0 if pa.types.is_integer(column.type) else None] * 9 for column in TABLES["conn"]
    }
    columns |= {"src": [f"192.0.2.{n}" for n in range(9)], "dst": ["192.0.2.9", "192.0.2.8", "192.0.2.7"] * 3}
    columns |= {"proto": ["tcp"] * 9}
    with lake.writer(SourceRecord(1, "conn.log", "zeek")) as writer:
        writer.write("conn", pa.RecordBatch.from_pydict(columns, TABLES["conn"]))
    (path,) = (lake.directory / "conn").glob("*.parquet")
    group = pq.ParquetFile(path).metadata.row_group(0)
    kept_once = {group.column(n).path_in_schema: group.column(n).has_dictionary_page for n in range(group.num_columns)}
    assert (kept_once["src"], kept_once["dst"], kept_once["proto"]) == (False, True, True)
    with lake.connect() as connection:
        assert connection.execute("SELECT src FROM conn ORDER BY src").fetchall() == [
            (text,) for text in columns["src"]
        ]


def test_nothing_is_seen_before_the_end(lake: Lake) -> None:
    with lake.writer(SourceRecord(1, "a", "zeek")) as writer:
        writer.write("dns", rows("dns", MANY))
        # A second group is taken only when the first one, which has a thread of its own, is written.
        writer.write("dns", rows("dns", MANY))
        assert list((lake.directory / "dns").iterdir())
        assert lake.tables() == frozenset()
        assert count(lake, "dns") == 0
        assert lake.sources() == []
    assert count(lake, "dns") == 2 * MANY


def test_what_goes_wrong_beside_comes_out(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def many() -> None:
        with lake.writer(SourceRecord(1, "a", "zeek")) as writer:
            writer.write("dns", rows("dns", MANY))
            writer.write("dns", rows("dns", MANY))

    monkeypatch.setattr(Writer, "_write_group", full)
    with pytest.raises(OSError, match="No space"):
        many()
    assert lake.tables() == frozenset()
    assert lake.sources() == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_throws_all_of_it_away(lake: Lake, error: type[BaseException]) -> None:
    def half() -> None:
        with lake.writer(SourceRecord(1, "a", "zeek")) as writer:
            writer.write("dns", rows("dns", MANY))
            writer.write("conn", rows("conn", 1))
            raise error

    with pytest.raises(error):
        half()
    assert lake.tables() == frozenset()
    assert lake.sources() == []
    assert list(lake.directory.rglob("*.parquet")) == []


def test_a_killed_writer_leaves_nothing_that_counts(lake: Lake) -> None:
    program = """
        import os, signal, sys
        from pathlib import Path
        from minewarden.telemetry.lake import Lake, SourceRecord
        from tests.telemetry.test_lake import MANY, rows
        lake = Lake(Path(sys.argv[1]))
        with lake.writer(SourceRecord(lake.next_origin(), "a", "zeek")) as writer:
            writer.write("dns", rows("dns", MANY))
            os.kill(os.getpid(), signal.SIGKILL)
    """
    root = Path(__file__).parents[2]
    arguments = [sys.executable, "-c", textwrap.dedent(program), str(lake.directory)]
    ended = subprocess.run(arguments, cwd=root, capture_output=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert lake.tables() == frozenset()
    assert lake.sources() == []
    assert lake.next_origin() == 1
    with lake.writer(SourceRecord(1, "b", "zeek")) as writer:
        writer.write("dns", rows("dns", 3))
    assert count(lake, "dns") == 3


def test_rows_of_another_schema_are_refused(lake: Lake) -> None:
    with pytest.raises(ValueError, match="another schema"), lake.writer(SourceRecord(1, "a", "zeek")) as writer:
        writer.write("conn", rows("dns", 1))
    assert lake.tables() == frozenset()


def test_a_source_without_rows_is_remembered_and_makes_no_table(lake: Lake) -> None:
    with lake.writer(SourceRecord(1, "a", "zeek")) as writer:
        writer.write("dns", rows("dns", 0))
    assert lake.tables() == frozenset()
    assert [source.name for source in lake.sources()] == ["a"]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_nobody_filled_is_an_empty_view_of_the_same_columns(lake: Lake, table: str) -> None:
    with lake.connect() as connection:
        empty = connection.execute(f"SELECT * FROM {table}")
        assert [column[0] for column in empty.description] == TABLES[table].names
        assert empty.fetchall() == []
        kinds = connection.execute(f"DESCRIBE {table}").fetchall()
    with lake.writer(SourceRecord(1, "a", "zeek")) as writer:
        writer.write(table, rows(table, 1))
    with lake.connect() as connection:
        # A query that was written against the empty view means the same against the filled one.
        assert [kind[:2] for kind in connection.execute(f"DESCRIBE {table}").fetchall()] == [kind[:2] for kind in kinds]


def test_memory_is_bounded_and_what_does_not_fit_goes_to_the_lakes_own_folder(lake: Lake) -> None:
    with lake.connect("64MiB") as connection:
        ask = "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
        limit, folder = connection.execute(ask).fetchall()[0]
        assert limit == "64.0 MiB"
        assert Path(folder).is_relative_to(lake.directory)
        # About 200 MB of sorting in 64: it works because it spills.
        many = "SELECT x FROM (SELECT range::VARCHAR || repeat('x', 60) AS x FROM range(2000000)) ORDER BY x DESC"
        first = connection.execute(f"SELECT x FROM ({many}) LIMIT 1 OFFSET 1999999").fetchall()
        assert first == [("0" + "x" * 60,)]


def test_connections_together_share_a_database_and_nothing_that_one_of_them_keeps(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda *given, **named: made.append(1) or connect(*given, **named))
    with lake.writer(SourceRecord(1, "a", "zeek")) as writer:
        writer.write("dns", rows("dns", 2))
    with lake.together():
        assert made == []
        with lake.connect() as connection:
            connection.register("given", pa.table({"n": [1]}))
            connection.execute("CREATE TEMP TABLE kept AS SELECT * FROM given")
            assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
        for name in ("given", "kept"):
            with lake.connect() as connection, pytest.raises(duckdb.CatalogException, match=name):
                connection.execute(f"SELECT * FROM {name}")
        assert count(lake, "dns") == 2
        assert len(made) == 1
    # Behind it there is a database of one's own again, which sees what came since.
    with lake.writer(SourceRecord(2, "b", "zeek")) as writer:
        writer.write("dns", rows("dns", 3, origin=2))
    assert count(lake, "dns") == 5
    assert len(made) == 2


def test_nothing_is_fetched_from_the_network(lake: Lake) -> None:
    with lake.connect() as connection, pytest.raises(duckdb.Error, match="httpfs"):
        connection.execute("SELECT * FROM read_csv('http://192.0.2.1/x.csv')")


def test_a_quotation_mark_in_the_name_of_the_folder(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "l'au")
    with lake.writer(SourceRecord(1, "a", "zeek")) as writer:
        writer.write("dns", rows("dns", 2))
    assert count(lake, "dns") == 2
