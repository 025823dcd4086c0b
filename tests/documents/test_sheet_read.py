"""Files as they come: with titles above, columns moved, other encodings; and those that must be refused."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from minewarden.documents import sheet_read
from minewarden.documents.sheet_read import read_table
from minewarden.documents.sheet_write import template
from minewarden.vocab.errors import InputError
from tests.documents.devices_table import TABLE

LINES = "资产编号*,用途,MAC地址,手机号码,陌生列\nZC-1,办公,00-1F-E2-12-91-E3,13800001234,x\n,,,,\nZC-2,服务器,,,\n"
HERE = Path(__file__).parent


def book(rows, **options):
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, options)
    sheet = made.add_worksheet()
    for line, row in enumerate(rows):
        for at, value in enumerate(row):
            sheet.write(line, at, value)
    made.close()
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_the_encodings_of_wps_and_excel(encoding, delimiter):
    found = read_table(LINES.replace(",", delimiter).encode(encoding), "台账.csv", TABLE)
    assert [(row.line, row.texts["number"]) for row in found.rows] == [(2, "ZC-1"), (4, "ZC-2")]
    assert found.rows[0].texts["purpose"] == "办公"
    assert found.unknown == ("陌生列",)


@pytest.mark.parametrize("name", ["devices.xls", "devices.et"])
def test_the_old_form_of_excel_and_wps_is_read(name):
    found = read_table((HERE / "sheets" / "devices.xls").read_bytes(), name, TABLE)
    assert [row.texts["number"] for row in found.rows] == ["ZC-1", "ZC-2"]
    assert found.rows[0].texts["phone"] == "13800001234"


def test_a_title_above_and_columns_in_another_order_are_taken():
    found = read_table(book([["设备台账"], [], ["备注", "用途", "资产编号"], ["好", "办公", "ZC-1"]]), "a.xlsx", TABLE)
    assert dict(found.rows[0].texts) == {"note": "好", "purpose": "办公", "number": "ZC-1"}
    assert (found.rows[0].line, found.missing) == (4, ())


def test_a_required_column_that_is_missing_is_named():
    found = read_table("资产编号,备注\nZC-1,x\n".encode(), "a.csv", TABLE)
    assert [column.key for column in found.missing] == ["purpose"]


def test_numbers_and_dates_of_a_sheet_are_texts():
    content = book([["资产编号", "用途", "手机号码"], [7, "办公", 13800001234]])
    assert dict(read_table(content, "a.xlsx", TABLE).rows[0].texts)["phone"] == "13800001234"


def cells(*references):
    """A workbook whose only sheet has a value in each of the cells, written by hand."""
    written = book([["x"]])
    out = io.BytesIO()
    rows = "".join(f'<row><c r="{reference}"><v>1</v></c></row>' for reference in references)
    sheet = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )
    with zipfile.ZipFile(io.BytesIO(written)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            target.writestr(member, sheet if member == "xl/worksheets/sheet1.xml" else source.read(member))
    return out.getvalue()


def bomb():
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
        target.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(301):
            part.write(b" " * (1 << 20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"PK\x03\x04 not a zip", "not_a_spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not ole", "not_a_spreadsheet"),
        (b"\x00\x01\x02\xff\xfe", "not_a_spreadsheet"),
        (b"a,b\n1,2\n", "no_headings"),
        (template(TABLE).replace(b"PK", b"PX"), "not_a_spreadsheet"),
        (cells("A1", "XFD1048576"), "too_wide"),
        (bomb(), "unpacks_too_large"),
    ],
    ids=["empty", "broken-zip", "broken-ole", "binary", "other-table", "shredded", "far-corner", "bomb"],
)
def test_what_cannot_be_read_is_refused_with_a_reason(content, reason):
    with pytest.raises(InputError) as refused:
        read_table(content, "台账.xlsx", TABLE)
    assert refused.value.message.id == f"sheets.{reason}"
    assert refused.value.said("zh").startswith("台账.xlsx")


def test_the_template_of_another_table_is_refused():
    other = TABLE.__class__("people", TABLE.title, TABLE.columns, TABLE.key)
    with pytest.raises(InputError) as refused:
        read_table(template(other), "a.xlsx", TABLE)
    assert refused.value.message.id == "sheets.other_table"


def test_limits_are_held(monkeypatch):
    monkeypatch.setattr(sheet_read, "MOST_ROWS", 3)
    lines = "资产编号,用途\n" + "ZC,办公\n" * 4
    with pytest.raises(InputError) as refused:
        read_table(lines.encode(), "a.csv", TABLE)
    assert refused.value.message.id == "sheets.too_many_rows"
    monkeypatch.setattr(sheet_read, "MOST_BYTES", 10)
    with pytest.raises(InputError) as refused:
        read_table(lines.encode(), "a.csv", TABLE)
    assert refused.value.message.id == "sheets.too_large"
