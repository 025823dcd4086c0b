"""Tables are legible as opened and as printed, also in programs that do not measure rows themselves."""

import io
import re
import zipfile
from typing import Any

from minewarden.documents.leaves import Leaf, to_xlsx
from minewarden.documents.sheet import Column, Table
from minewarden.documents.sheet_write import errors, listing, template
from minewarden.vocab.message import message
from tests.documents.devices_table import TABLE

LONG = "本期每次分派：从本级收到到送达下级单位的时间，取中位数和最长者；手工登记的通报不计。"


def sheet(content: bytes, number: int = 1) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(f"xl/worksheets/sheet{number}.xml").decode()


def heights(content: bytes) -> dict[int, float]:
    rows = re.findall(r'<row r="(\d+)"[^>]*? ht="([\d.]+)"', sheet(content))
    return {int(line): float(height) for line, height in rows}


def widths(content: bytes) -> list[float]:
    found: list[float] = []
    for low, high, wide in re.findall(r'<col min="(\d+)" max="(\d+)" width="([\d.]+)"', sheet(content)):
        found += [float(wide)] * (int(high) - int(low) + 1)
    return found


def test_a_row_is_as_high_as_its_wrapped_text() -> None:
    content = to_xlsx([Leaf("统计", "云川市", ("指标", "口径"), (("分派时延", LONG), ("新增", "本期收到的事件数。")))])
    assert heights(content) == {3: 30.0}, "two lines of 48; the other row needs one"


def test_a_list_shows_every_line_of_what_was_entered() -> None:
    rows = [{"number": "1", "note": "关闭无人管理的服务器\n核对出口地址\n签订承诺书"}, {"number": "2", "note": "短"}]
    content = listing(TABLE, rows)
    assert heights(content) == {1: 32.25, 2: 45.0}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        styles = archive.read("xl/styles.xml").decode()
    assert re.search(r'<xf [^>]*quotePrefix="1"[^>]*><alignment [^>]*wrapText="1"', styles)


def test_columns_are_as_wide_as_an_address_of_a_network_card() -> None:
    rows = [{"number": "1", "mac": "02:12:09:00:00:14"}]
    narrow = [column.width for column in TABLE.columns][[column.key for column in TABLE.columns].index("mac")]
    assert narrow < 19
    at = [column.key for column in TABLE.columns].index("mac")
    assert widths(listing(TABLE, rows))[at] >= 19


def test_what_is_wrong_with_a_row_is_seen_whole() -> None:
    faults = [("mac", message("sheets.not_a_mac", text="zz")), ("", message("sheets.empty_file"))]
    assert heights(errors(TABLE, [({"number": "1", "mac": "zz"}, faults)]))[2] == 45.0, (
        "two reasons, the first of two lines"
    )


def test_a_ledger_of_many_columns_is_printed_on_as_many_pages_as_it_takes_to_read_it() -> None:
    def printed(columns: int) -> Any:
        made = tuple(Column(f"c{n}", message("sheets.example")) for n in range(columns))
        content = template(Table("wide", message("sheets.example"), made, ("c0",)))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            book = archive.read("xl/workbook.xml").decode()
        fit = re.search(r"<pageSetup [^>]*>", sheet(content))
        assert fit is not None
        wide = re.search(r'fitToWidth="(\d+)"', fit[0])
        return int(wide[1]) if wide else 1, "$A:$B" in book

    assert printed(12) == (1, False)
    assert printed(33) == (3, True), "and the first columns stand again on each, so that a row is known"


def test_headings_do_not_stand_over_nothing() -> None:
    assert "无" in "".join(_strings(to_xlsx([Leaf("超期", "", ("事件编号", "单位"), ())])))


def _strings(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return re.findall(r"<t[^>]*>([^<]*)</t>", archive.read("xl/sharedStrings.xml").decode())
