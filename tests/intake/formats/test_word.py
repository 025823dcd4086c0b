"""Tables and paragraphs of Word documents."""

import io

import docx
import pytest
from docx.oxml import parse_xml

from minewarden.intake.formats.word import document
from minewarden.intake.notice import read
from minewarden.vocab.errors import InputError
from tests.intake.made import BOUNDS, word

ROWS = [
    ["序号", "源", "源", "归属单位"],
    ["序号", "IP", "端口", "归属单位"],
    ["1", "203.0.113.5、\n203.0.113.6", "40213", "一中"],
    ["2", "203.0.113.7", "1", ""],
]
SPANS = [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 1, 3), (2, 3, 3, 3)]


def test_merged_cells_down_and_across() -> None:
    (grid,), paragraphs = document("a.docx", word(ROWS, ["通报", " "], spans=SPANS))
    assert sorted(grid.spans) == sorted(SPANS)
    assert paragraphs == ["通报"]
    assert [len(row) for row in grid.rows] == [4] * 4


def test_a_table_with_a_head_of_two_lines_and_a_merged_unit() -> None:
    notice = read("a.docx", word(ROWS, spans=SPANS), **BOUNDS)
    assert notice.tables[0].columns == ("序号", "源/IP", "源/端口", "归属单位")
    assert [line.unit for line in notice.lines] == ["一中", "一中"]
    assert notice.addresses == ("203.0.113.5", "203.0.113.6", "203.0.113.7")


def test_what_somebody_inserted_or_linked_is_read_and_what_he_struck_out_is_not() -> None:
    made = docx.Document()
    table = made.add_table(2, 1)
    table.cell(0, 0).text = "IP"
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for part in (
        f"<w:hyperlink {space}><w:r><w:t>203.0.113.5</w:t></w:r></w:hyperlink>",
        f"<w:r {space}><w:br/><w:t>203.0.</w:t><w:noBreakHyphen/><w:tab/></w:r>",
        f"<w:ins {space}><w:r><w:t>203.0.113.6</w:t></w:r></w:ins>",
        f"<w:del {space}><w:r><w:delText>203.0.113.9</w:delText></w:r></w:del>",
    ):
        table.cell(1, 0).paragraphs[0]._p.append(parse_xml(part))
    out = io.BytesIO()
    made.save(out)
    (grid,), _ = document("a.docx", out.getvalue())
    assert grid.rows[1] == ["203.0.113.5\n203.0.-\t203.0.113.6"]


@pytest.mark.parametrize("data", [b"", b"PK", word(ROWS)[:3_000]])
def test_a_broken_document(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        document("a.docx", data)
    assert caught.value.message.id == "intake.broken"
