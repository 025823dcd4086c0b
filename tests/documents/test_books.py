"""Workbooks that are written leave nothing behind in memory."""

import gc
from collections.abc import Iterator

import pytest
from xlsxwriter.worksheet import Worksheet

from minewarden.documents.leaves import Leaf, to_xlsx


@pytest.fixture
def no_search_for_circles() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def cells() -> int:
    """Cells of all sheets that are in memory."""
    return sum(
        len(row) for it in gc.get_objects() if isinstance(it, Worksheet) for row in vars(it).get("table", {}).values()
    )


def test_its_cells_are_gone_without_a_search_for_circles(no_search_for_circles: None) -> None:
    assert to_xlsx([Leaf("台账", "说明", ("单位", "设备"), tuple(("一中", f"主机{n}") for n in range(200)))])
    assert cells() == 0
