"""The engine in this process: what is given and kept is found by name, and an answer comes in batches in its order."""

from pathlib import Path

import pyarrow as pa
import pytest

from minewarden.telemetry.engine import tuples
from minewarden.telemetry.lake import Lake


def test_a_table_is_given_a_query_kept_and_the_answer_comes_in_order(tmp_path: Path) -> None:
    with Lake(tmp_path).engine() as engine:
        engine.give("number", pa.table({"n": list(range(10))}))
        engine.keep("even", "SELECT n FROM number WHERE n % 2 = 0")
        assert [n for (n,) in tuples(engine.ask("SELECT n FROM even ORDER BY n DESC"))] == [8, 6, 4, 2, 0]


def test_a_name_given_again_means_the_new_table_and_what_was_kept_stays(tmp_path: Path) -> None:
    with Lake(tmp_path).engine() as engine:
        for rows in ([1], [2, 3]):
            engine.give("number", pa.table({"n": rows}))
            if rows == [1]:
                engine.keep("kept", "SELECT n FROM number")
        assert list(tuples(engine.ask("SELECT count(*), (SELECT max(n) FROM kept) FROM number"))) == [(2, 1)]


@pytest.mark.parametrize("most", [1, 3, 100])
def test_a_batch_is_no_larger_than_asked(tmp_path: Path, most: int) -> None:
    with Lake(tmp_path).engine() as engine:
        engine.give("number", pa.table({"n": list(range(7))}))
        sizes = [batch.num_rows for batch in engine.ask("SELECT n FROM number ORDER BY n", most)]
    assert sum(sizes) == 7
    assert max(sizes) <= most


def test_every_table_of_the_schema_is_there_though_nothing_was_read(tmp_path: Path) -> None:
    with Lake(tmp_path).engine() as engine:
        assert list(tuples(engine.ask("SELECT count(*) FROM record SEMI JOIN conn USING (src)"))) == [(0,)]
