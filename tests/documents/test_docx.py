"""The .docx names the offices' own faces, keeps the grid, and draws no seal."""

import io
import zipfile
from dataclasses import replace

import pymupdf
from docx import Document
from docx.oxml.ns import qn

from minewarden.documents import docx
from minewarden.documents.docx import to_docx
from minewarden.documents.pdf import to_pdf
from tests.documents.sample import RARE_NAMES, report
from tests.documents.test_watermark import MARK


def opened():  # type: ignore[no-untyped-def]
    return Document(io.BytesIO(to_docx(report())))


def xml(part: str) -> str:
    with zipfile.ZipFile(io.BytesIO(to_docx(report()))) as package:
        return package.read(part).decode()


def test_the_page_is_that_of_the_standard() -> None:
    section = opened().sections[0]
    assert (section.page_width.twips, section.page_height.twips) == (11906, 16838)
    assert (section.top_margin.twips, section.bottom_margin.twips) == (2098, 1984)
    assert (section.left_margin.twips, section.right_margin.twips) == (1588, 1474)
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:linePitch")) == "579"


def test_text_and_rare_names_are_there() -> None:
    document = opened()
    text = "\n".join(p.text for p in document.paragraphs)
    text += "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    for name in RARE_NAMES:
        assert name in text
    assert "一、基本情况" in text
    assert "（一）时间线" in text
    assert "五、处置措施" not in text
    assert "三、处置措施" in text


def test_faces_are_those_of_the_offices() -> None:
    body = xml("word/document.xml")
    for face in ("仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312"):
        assert f'w:eastAsia="{face}"' in body, face


def test_page_numbers_differ_on_odd_and_even_pages() -> None:
    assert "evenAndOddHeaders" in xml("word/settings.xml")
    document = opened()
    section = document.sections[0]
    assert section.footer.paragraphs[0].text.endswith(" —")
    assert section.even_page_footer.paragraphs[0].text.startswith("— ")


def test_the_only_pictures_are_the_codes_in_the_feet() -> None:
    assert "pic:pic" not in xml("word/document.xml")


def test_paragraph_properties_stand_in_the_order_of_the_schema() -> None:
    for paragraph in opened().paragraphs:
        properties = paragraph._p.pPr
        tags = [child.tag for child in properties] if properties is not None else []
        assert tags == sorted(tags, key=docx._ORDER.index)


def test_who_takes_a_paper_out_hangs_in_the_head_of_every_kind_of_page() -> None:
    for letter, heads in ((False, 2), (True, 3)):
        document = replace(report(), letter=letter)
        with zipfile.ZipFile(io.BytesIO(to_docx(document, watermark=MARK))) as package:
            texts = [package.read(name).decode() for name in package.namelist() if "header" in name]
        assert sum(f'string="{MARK.line}"' in text for text in texts) == heads
        with zipfile.ZipFile(io.BytesIO(to_docx(document))) as package:
            assert not [name for name in package.namelist() if MARK.account.encode() in package.read(name)]


def test_a_name_with_quotes_and_brackets_stays_a_text() -> None:
    hostile = replace(MARK, name='韩"<琳>&')
    word = Document(io.BytesIO(to_docx(report(), watermark=hostile)))
    path = word.sections[0].header._element.find(".//{urn:schemas-microsoft-com:vml}textpath[@string]")
    assert path.get("string") == hostile.line


def test_the_head_of_a_table_stands_again_on_the_next_page_and_no_row_is_torn() -> None:
    rows = [row for table in opened().tables for row in table._tbl.tr_lst]
    heads = [table._tbl.tr_lst[0] for table in opened().tables]
    assert rows
    assert all(row.trPr.find(qn("w:cantSplit")) is not None for row in rows)
    assert all(row.trPr.find(qn("w:tblHeader")) is not None for row in heads)
    assert sum("<w:tblHeader" in row.xml for row in rows) == len(heads)


def test_a_page_is_full_also_where_a_paragraph_begins_on_its_last_line() -> None:
    assert opened().styles["Normal"].paragraph_format.widow_control is False


def test_what_stands_beside_the_code_is_chinese_while_the_code_stays_what_it_was() -> None:
    draft = replace(report(), code="WK-2026-00001/draft")
    assert draft.code_said == "WK-2026-00001 草稿"
    foot = Document(io.BytesIO(to_docx(draft))).sections[0].footer.paragraphs[0].text
    assert "WK-2026-00001 草稿" in foot
    assert "WK-2026-00001 草稿" in pymupdf.open(stream=to_pdf(draft).pdf)[0].get_text()
    assert replace(report(), code="WK-2026-00001/v1/482e4e764aba").code_said == "WK-2026-00001/v1/482e4e764aba"


def test_the_lines_of_a_title_stand_as_close_as_those_of_the_text() -> None:
    document = opened()
    titles = [p for p in document.paragraphs if p.runs and p.runs[0].font.size == docx.TITLE]
    assert len(titles) >= 4, "of the report and of its annexes"
    for paragraph in titles:
        snap = paragraph._p.pPr.find(qn("w:snapToGrid"))
        assert snap is not None, "else LibreOffice gives each two lines of the grid"
        assert snap.get(qn("w:val")) == "0"
        assert paragraph.paragraph_format.line_spacing.pt == docx.LINE_PITCH / 20


def test_the_last_words_go_with_name_and_date_over_a_list_of_annexes() -> None:
    paragraphs = opened().paragraphs
    first = next(place for place, one in enumerate(paragraphs) if one.text.startswith("附件："))
    last_words = next(one for one in reversed(paragraphs[:first]) if one.text)
    assert last_words.paragraph_format.keep_with_next
