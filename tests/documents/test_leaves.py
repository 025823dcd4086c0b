"""A workbook of plain tables: what was a text stays one, also where it looks like a formula, and sheets have names."""

import io

import pytest
from python_calamine import CalamineWorkbook

from minewarden.documents.leaves import Leaf, to_xlsx
from tests.documents.test_watermark import MARK, margins


def read(content: bytes) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(content))


def test_texts_stay_texts_and_numbers_numbers() -> None:
    rows = (("新增", 3, "=1+1"), ("0012", None, "http://example.net"))
    book = read(to_xlsx([Leaf("统计指标", "云川市", ("指标", "本期", "口径"), rows)]))
    assert book.sheet_names == ["统计指标"]
    assert book.get_sheet_by_index(0).to_python() == [
        ["云川市", "", ""], ["指标", "本期", "口径"], ["新增", 3.0, "=1+1"], ["0012", "", "http://example.net"],
    ]  # fmt: skip


def test_sheets_of_one_name_are_told_apart_and_forbidden_characters_go() -> None:
    book = read(to_xlsx([Leaf("A/B:" + "长" * 40, "", ("x",), ()), Leaf("a/b:" + "长" * 40, "", ("x",), ())]))
    first, second = book.sheet_names
    assert first.lower() != second.lower()
    assert max(map(len, book.sheet_names)) <= 31


def test_a_workbook_needs_a_sheet() -> None:
    with pytest.raises(ValueError):
        to_xlsx([])


def test_who_takes_a_workbook_out_stands_on_its_last_sheet_and_in_every_margin() -> None:
    leaves = [Leaf("案件", "云川市", ("编号",), (("1",),)), Leaf("通报", "云川市", ("编号",), ())]
    plain, marked = to_xlsx(leaves), to_xlsx(leaves, watermark=MARK)
    assert [len(margins(content)) for content in (plain, marked)] == [0, 3]
    assert all(MARK.line in head for head, _ in margins(marked))
    assert read(marked).sheet_names == ["案件", "通报", "导出说明"]
    assert read(to_xlsx([Leaf("导出说明", "", ("x",), ())], watermark=MARK)).sheet_names == ["导出说明 2", "导出说明"]
    assert [read(content).get_sheet_by_index(0).to_python() for content in (plain, marked)] == [
        [["云川市"], ["编号"], ["1"]]
    ] * 2
