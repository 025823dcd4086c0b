"""Cells as their sender sees them, and merged ones."""

from datetime import date, datetime, timedelta

import pytest

from minewarden.intake.grid import Grid, shown
from minewarden.intake.moments import Cell


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        *((None, ""), (3333.0, "3333"), (0.5, "0.5"), (True, "TRUE"), (" a\n", "a"), (date(2026, 3, 5), "2026-03-05")),
        *((datetime(2026, 3, 5), "2026-03-05"), (datetime(2026, 3, 5, 1, 2), "2026-03-05 01:02:00")),
        (timedelta(hours=1), "1:00:00"),
    ],
)
def test_a_cell_as_it_is_seen(cell: Cell, text: str) -> None:
    assert shown(cell) == text


def test_a_merged_cell_stands_in_each_of_its_places_and_a_wrong_one_harms_nothing() -> None:
    grid = Grid(
        "清单", [["一中", "a"], ["", "b"], ["c"]], spans=[(0, 0, 1, 0), (2, 0, 2, 1), (9, 9, 10, 10), (0, 1, 0, 99_999)]
    )
    grid.filled()
    assert [row[0] for row in grid.rows] == ["一中", "一中", "c"]
    assert grid.rows[2][1] == "c"
    assert len(grid.rows[0]) <= 300
