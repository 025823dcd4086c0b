"""Workbooks: what is in them, as another library reads it, and as the importer does."""

import io
import re
import zipfile

from minewarden.documents.sheet import Column, Table
from minewarden.documents.sheet_read import read_table
from minewarden.documents.sheet_write import MOST_OFFERED, errors, form_of, listing, template
from minewarden.vocab.message import message
from tests.documents.devices_table import TABLE

HOSTILE = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1")


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}


def test_a_template_has_frozen_red_starred_headings_drop_downs_and_a_hidden_mark() -> None:
    made = parts(template(TABLE, options={"note": ["甲", "乙"]}))
    sheet = made["xl/worksheets/sheet1.xml"]
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert sheet.count('type="list"') == 3
    strings = made["xl/sharedStrings.xml"]
    assert "资产编号" in strings
    assert re.search(r'<color rgb="FFC8102E"/>.*?</rPr><t>\*</t>', strings)
    assert made["xl/workbook.xml"].count('state="veryHidden"') == 2
    assert TABLE.mark in strings
    assert "填写说明" in made["xl/workbook.xml"]


def test_the_example_of_a_template_is_not_read() -> None:
    assert read_table(template(TABLE), "a.xlsx", TABLE).rows == []


def test_what_is_listed_can_be_taken_in_again() -> None:
    rows = [{"number": "007", "purpose": "office", "phone": "13800001234", "used": True, "size": 3, "note": "备注"}]
    for language in ("zh", "en"):
        back = read_table(listing(TABLE, rows, language), "a.xlsx", TABLE)  # type: ignore[arg-type]
        assert back.rows[0].line == 2
        given = dict(back.rows[0].texts)
        assert (given["number"], given["phone"], given["note"], given["size"]) == ("007", "13800001234", "备注", "3")
        assert (back.unknown, back.missing) == ((), ())


def test_no_cell_is_a_formula_and_texts_keep_their_quote() -> None:
    content = listing(TABLE, [{"number": text, "note": text} for text in HOSTILE])
    made = parts(content)
    assert "<f>" not in made["xl/worksheets/sheet1.xml"]
    assert 'quotePrefix="1"' in made["xl/styles.xml"]
    assert [row.texts["number"] for row in read_table(content, "a.xlsx", TABLE).rows] == [t.strip() for t in HOSTILE]


def test_errors_keep_the_rows_and_say_why_in_a_red_column() -> None:
    texts = {"number": "ZC-1", "mac": "zz", "phone": "1380000123"}
    faults = [("mac", message("sheets.not_a_mac", text="zz")), ("", message("sheets.empty_file"))]
    content = errors(TABLE, [(texts, faults)])
    strings = parts(content)["xl/sharedStrings.xml"]
    assert "错误原因" in strings
    assert "1. MAC 地址：“zz”不是有效的 MAC 地址" in strings
    back = read_table(content, "a.xlsx", TABLE)
    assert dict(back.rows[0].texts) == texts
    assert back.unknown == ()


def test_forms_are_said_in_words() -> None:
    assert form_of(TABLE.column("purpose")) == "选填其一：服务器 / 办公"
    assert form_of(TABLE.column("number"), "en") == "text, at most 20 characters"


def test_more_names_than_a_drop_down_lists_are_typed_and_the_workbook_says_so() -> None:
    names = [f"第{at}小学" for at in range(1, MOST_OFFERED + 2)]
    whole = parts(template(TABLE, options={"note": names[:-1]}))
    assert whole["xl/worksheets/sheet1.xml"].count('type="list"') == 3
    assert names[MOST_OFFERED - 1] in whole["xl/sharedStrings.xml"]
    assert "超过下拉列表" not in "".join(whole.values())
    long = parts(template(TABLE, options={"note": names}))
    assert long["xl/worksheets/sheet1.xml"].count('type="list"') == 2, "a part of the names is no list"
    assert "第1小学" not in long["xl/sharedStrings.xml"]
    said = "共 3001 个，超过下拉列表能列出的 3000 个"
    assert said in long["xl/worksheets/sheet1.xml"], "beside the cell"
    assert said in long["xl/sharedStrings.xml"], "in the instructions"


def test_the_instructions_are_one_page_wide_with_their_head_on_each_and_rows_as_high_as_their_texts() -> None:
    long = message("sheets.export_use")
    columns = [Column(f"c{n}", message("sheets.example"), help=long, example="示例") for n in range(40)]
    made = parts(template(Table("wide", message("sheets.errors"), tuple(columns), ("c0",))))
    page = made["xl/worksheets/sheet2.xml"]
    assert re.search(r'<pageSetup [^>]*fitToHeight="0" orientation="landscape"', page)
    assert 'fitToPage="1"' in page
    assert "fitToWidth" not in page, "one page, which is what Excel takes where nothing is said"
    assert "填写说明!$2:$2" in made["xl/workbook.xml"]
    wide = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', page)]
    assert len(wide) == 5
    assert sum(wide) < 230, "what a page holds and people can read"
