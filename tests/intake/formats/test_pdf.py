"""Tables and text of PDF."""

import pytest

from minewarden.intake.formats.pdf import document
from minewarden.vocab.errors import InputError
from tests.intake.made import HEAD, pdf, scan


def test_a_table_that_runs_on_over_pages_is_one() -> None:
    rows = [HEAD, *((str(n), f"203.0.113.{n}", "3333", "", "", "") for n in range(1, 30))]
    (grid,), lines, acts, pages = document("a.pdf", pdf(rows, ["通报"]))
    assert [row[0] for row in grid.rows] == ["序号", *map(str, range(1, 30))]
    assert (lines, acts, pages) == (["通报"], False, 2)


def test_an_address_that_a_narrow_column_broke_is_whole_again() -> None:
    (grid,), *_ = document(
        "a.pdf", pdf([HEAD, ("1", "203.0.\n113.5", "", "pool.example\n.net", "2026-03-\n12 21:14", "一中")])
    )
    assert grid.rows[1][1:5] == ["203.0.113.5", "", "pool.example.net", "2026-03-12 21:14"]


def test_a_script_is_seen_even_in_compressed_objects() -> None:
    data = pdf([HEAD], script=True)
    assert b"/JavaScript" not in data
    assert document("a.pdf", data)[2]


def test_a_scan_has_neither_table_nor_text() -> None:
    assert document("a.pdf", scan()) == ([], [], False, 1)


@pytest.mark.parametrize(
    ("data", "reason"), [(pdf([HEAD], password="secret"), "intake.password"), (b"%PDF-1.7", "intake.broken")]
)
def test_what_cannot_be_opened(data: bytes, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        document("a.pdf", data)
    assert caught.value.message.id == reason
