"""Spreadsheets and separated text as grids."""

import pytest

from minewarden.intake.formats.sheet import decoded, separated, workbook
from minewarden.vocab.errors import InputError
from minewarden.vocab.message import Message
from tests.intake.made import SAMPLES, csv_text, xlsx


def test_a_workbook_keeps_its_rows_where_they_stand_and_its_merged_cells() -> None:
    data = xlsx([[], [], ["", "IP", "时间"], ["", "203.0.113.5"]], merges=[(2, 1, 2, 2, "源")])
    (grid,) = workbook("a.xlsx", data, [])
    assert (grid.name, grid.offset, grid.spans) == ("清单", 2, [(0, 0, 0, 1)])
    assert grid.rows[1][0] == "203.0.113.5"


def test_hidden_sheets_are_left_out_and_named() -> None:
    warnings: list[Message] = []
    (grid,) = workbook("a.xlsx", xlsx([["IP"]], hidden=[["203.0.113.5"], ["x"]]), warnings)
    assert grid.name == "清单"
    assert [dict(warning.params) for warning in warnings] == [{"sheet": "备用", "rows": 1}]


def test_the_old_form() -> None:
    (grid,) = workbook("a.xls", (SAMPLES / "notice.xls").read_bytes(), [])
    assert grid.rows[0][0] == "涉挖矿IP清单"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", xlsx([["IP"]])[:700]])
def test_a_broken_workbook(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        workbook("a.xlsx", data, [])
    assert caught.value.message.id == "intake.broken"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert decoded("a.csv", "单位,时间\r\n云川市第一中学,䶮".encode(encoding)) == "单位,时间\r\n云川市第一中学,䶮"


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"a\0b"])
def test_what_is_no_text(data: bytes) -> None:
    with pytest.raises(InputError):
        decoded("a.csv", data)


@pytest.mark.parametrize(
    ("text", "width"), [("a;b;c\n1;2;3", 3), ("a\tb\n1\t2", 2), ('a,"b\nc",d\n1,2,3', 3), ("a|b\n1|2", 2)]
)
def test_separators(text: str, width: int) -> None:
    grid = separated("a", text.encode())
    assert grid is not None
    assert {len(row) for row in grid.rows} == {width}


@pytest.mark.parametrize(
    "text", ["一句话，没有表格。\n另一句话。\n第三句。\n第四句。\n第五句。", "203.0.113.5\n203.0.113.6", "a,b"]
)
def test_prose_is_no_table(text: str) -> None:
    assert separated("a", text.encode()) is None


def test_the_mark_of_utf8_is_no_part_of_the_first_head() -> None:
    grid = separated("a", csv_text([["IP", "时间"], ["203.0.113.5", ""]]))
    assert grid is not None
    assert grid.rows[0] == ["IP", "时间"]
