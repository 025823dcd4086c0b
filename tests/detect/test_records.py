"""Connections come out whole and in order, however the rows lie in the lake."""

from pathlib import Path
from random import Random

import pytest

from minewarden.detect import records
from minewarden.detect.records import shown
from minewarden.intel.watchset import WatchSet
from tests.detect.lake_rows import context_of
from tests.detect.shapes import Said, rows_of

EVERYTHING = "SELECT DISTINCT src, dst, dst_port FROM record"


def lake(folder: Path, connections: int) -> object:
    rows = []
    for number in range(connections):
        said: list[Said] = [(n, "CS"[n % 2], 100 + n) for n in range(3 + number % 4)]
        rows += rows_of(said, client=(f"10.1.0.{number % 7}", 50_000 + number), stream=100 * number + 1)
    Random(3).shuffle(rows)
    return context_of(folder, WatchSet([]), record=rows)


@pytest.mark.parametrize("batch", [1, 2, 5, 65_536])
def test_batches_cut_no_connection(tmp_path: Path, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_BATCH", batch)
    context = lake(tmp_path, 40)
    with context.lake.engine() as engine:  # type: ignore[attr-defined]
        found = list(shown(engine, EVERYTHING))
    assert sorted(one.stream for one in found) == [100 * n + 1 for n in range(40)]
    for one in found:
        assert one.length.tolist() == [100 + n for n in range(3 + one.stream // 100 % 4)]
        assert one.up.tolist() == [n % 2 == 0 for n in range(len(one.ts))]
        assert (one.host_port, one.host) == (50_000 + one.stream // 100, f"10.1.0.{one.stream // 100 % 7}")
    assert [one.host for one in found] == sorted(one.host for one in found)


def test_only_what_is_chosen_is_read(tmp_path: Path) -> None:
    context = lake(tmp_path, 20)
    with context.lake.engine() as engine:  # type: ignore[attr-defined]
        found = list(shown(engine, f"{EVERYTHING} WHERE src = '10.1.0.3'", "number < 1"))
    assert {one.host for one in found} == {"10.1.0.3"}
    assert all(len(one.ts) == 2 for one in found)
