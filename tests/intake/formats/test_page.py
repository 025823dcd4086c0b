"""Tables of HTML that go by the name of .xls."""

import pytest

from minewarden.intake.formats.page import is_page, tables
from minewarden.intake.notice import read
from tests.intake.made import BOUNDS, csv_text

PAGE = """<html><head><meta charset="gb2312"><script>alert(1)</script></head><body><table border="1">
<tr><td rowspan="2">序号</td><td colspan="2">源</td><td rowspan="2">归属单位</td></tr><tr><td>IP</td><td>端口</td></tr>
<tr><td>1</td><td>203.0.113.5<br></td><td>40213</td><td rowspan="2">市一中</td></tr>
<tr><td>2</td><td>203.0.113.6</td><td>1</td></tr></table></body></html>"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_merged_cells_become_columns_and_rows(encoding: str) -> None:
    data = PAGE.encode(encoding)
    assert is_page(data)
    notice = read("清单.xls", data, **BOUNDS)
    assert (notice.form, notice.addresses) == ("html", ("203.0.113.5", "203.0.113.6"))
    assert notice.tables[0].columns == ("序号", "源/IP", "源/端口", "归属单位")
    assert [(line.port, line.unit) for line in notice.lines] == [(40213, "市一中"), (1, "市一中")]


def test_what_claims_enormous_cells_takes_no_memory() -> None:
    (grid,) = tables("a", b'<table><tr><td rowspan="999999999" colspan="999999999">IP</td></tr></table>')
    assert len(grid.rows) == 1
    assert len(grid.rows[0]) <= 300


@pytest.mark.parametrize("data", [b"<html><p>203.0.113.5</p></html>", csv_text([["IP", "<table>"]]), b"", b"{}"])
def test_what_is_no_page_with_a_table(data: bytes) -> None:
    assert not is_page(data)
