"""The .docx names the offices' own faces, keeps the grid, and draws no seal."""

import io
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest
from docx import Document
from docx.oxml.ns import qn

from minewarden.documents import docx
from minewarden.documents.docx import to_docx
from minewarden.documents.official import Annex, OfficialDocument, Section
from minewarden.documents.pdf import to_pdf
from tests.documents.sample import RARE_NAMES, report
from tests.documents.test_watermark import MARK
from tests.real.needs import need

MM = 72 / 25.4


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
    for code, said in (
        ("WK-2026-00001/letter", "WK-2026-00001 函"), ("WK-plan-7/draft", "WK-方案-7 草稿"), ("WK-plan-7", "WK-方案-7"),
        ("WK-meeting-12", "WK-会议-12"), ("WK-duty-list-6/47449330c620", "WK-责任清单-6/47449330c620"),
        ("YP-2026-W49-1/v1/642ec63eb8f6", "YP-2026-W49-1/v1/642ec63eb8f6"), ("F-12", "F-12"),
    ):  # fmt: skip
        assert replace(report(), code=code).code_said == said
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


def test_its_language_is_chinese_and_numbers_stand_close_to_their_words() -> None:
    """By the language a word processor knows which marks begin no line."""
    styles = xml("word/styles.xml")
    assert 'w:eastAsia="zh-CN"' in styles
    assert 'w:eastAsia="en-US"' not in styles
    normal = opened().styles["Normal"].element.pPr
    assert [normal.find(qn(f"w:{name}")).get(qn("w:val")) for name in ("autoSpaceDE", "autoSpaceDN")] == ["0", "0"]


@pytest.mark.parametrize("annexes", [(), (Annex("表", (Section("", (), (("甲", "乙"), ("丙", "丁"))),)),)])
def test_whatever_is_framed_or_hangs_stands_in_the_order_of_the_schema(annexes: tuple[Annex, ...]) -> None:
    document = Document(io.BytesIO(to_docx(replace(report(), annexes=annexes, letter=True))))
    section = document.sections[0]
    every = [document.element.body, *(one._element for one in (section.first_page_header, section.first_page_footer))]
    framed = [paragraph for part in every for paragraph in part.iter(qn("w:p")) if paragraph.pPr is not None]
    assert sum(paragraph.pPr.find(qn("w:framePr")) is not None for paragraph in framed) == 3
    for paragraph in framed:
        tags = [child.tag for child in paragraph.pPr]
        assert tags == sorted(tags, key=docx._ORDER.index)
    for table in document.tables:
        tags = [child.tag.partition("}")[2] for child in table._tbl.tblPr]
        order = ("tblStyle", "tblW", "jc", "tblLayout", "tblCellMar", "tblLook")
        assert tags == sorted(tags, key=order.index)


def test_the_first_of_two_columns_is_as_wide_as_its_words() -> None:
    form = Section("", (), (("项目", "内容"), ("责任部门", "信息中心")))
    (table,) = Document(io.BytesIO(to_docx(replace(report(), sections=(form,), annexes=())))).tables
    first, second = (cell.width.mm for cell in table.rows[0].cells)
    assert first == pytest.approx(20.5, abs=0.6)
    assert first + second == pytest.approx(156, abs=0.2)


class Office:
    """A word processor that shows files as pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pages(self, *documents: OfficialDocument) -> list[pymupdf.Document]:
        names = [f"paper{number}" for number, _ in enumerate(documents)]
        for name, document in zip(names, documents, strict=True):
            (self.folder / f"{name}.docx").write_bytes(to_docx(document))
        command = [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{self.folder}/profile",
            "--convert-to",
            "pdf",
        ]
        command += ["--outdir", str(self.folder), *(f"{name}.docx" for name in names)]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=180)
        made = [(self.folder / f"{name}.pdf").read_bytes() for name in names]
        return [pymupdf.open(stream=one, filetype="pdf") for one in made]


def test_a_table_stands_clear_of_the_words_above_it_and_its_cells_are_in_the_middle() -> None:
    form = Section("", ("如下。",), (("项目", "内容"), ("责任部门", "信息中心")))
    document = Document(io.BytesIO(to_docx(replace(report(), sections=(form,), annexes=()))))
    (above,) = (paragraph for paragraph in document.paragraphs if paragraph.text == "如下。")
    assert above.paragraph_format.space_after.pt == 6
    assert {cell.vertical_alignment.name for row in document.tables[0].rows for cell in row.cells} == {"CENTER"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    need("soffice")
    return Office(tmp_path_factory.mktemp("office"))


def baselines(page: pymupdf.Page) -> dict[float, str]:
    found: dict[float, str] = {}
    for block in page.get_text("dict")["blocks"]:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                place = round(span["origin"][1])
                found[place] = found.get(place, "") + span["text"]
    return found


def test_a_page_holds_22_lines_above_its_code(office: Office) -> None:
    (pages,) = office.pages(report(2000))
    full = pages[1]
    lines = [place for place, text in baselines(full).items() if set(text.strip()) == {"国"}]
    assert len(lines) == 22
    for page in pages:
        (code,) = page.get_image_info()
        assert code["bbox"][1] > (297 - 35) * MM > max(lines) - 3
        beside = next(word for word in page.get_text("words") if word[4].startswith("MW-2026"))
        assert beside[0] > code["bbox"][2], "the number stands beside its code"


def test_the_imprint_stands_at_the_foot_of_the_last_page_with_its_lines(office: Office) -> None:
    table = Section("", (), (("甲", "乙"), ("丙", "丁")))
    papers = [
        (replace(report(10), annexes=annexes, copies=copies), rules)
        for annexes in ((), (Annex("表", (table,)),))
        for copies, rules in (("云川市网信办", 3), ("", 2))
    ]
    for pages, (document, rules) in zip(office.pages(*(document for document, _ in papers)), papers, strict=True):
        last = pages[-1]
        printed = next(place for place, text in baselines(last).items() if "印发" in text)
        assert (297 - 35 - 11) * MM < printed < (297 - 35) * MM
        drawn = {round(one["rect"].y1) for one in last.get_drawings() if one["rect"].y0 > printed - 60}
        assert len(drawn) == rules, document.copies


def test_a_letter_has_its_lines_where_the_standard_wants_them(office: Office) -> None:
    letter = replace(report(10), letter=True, issuer_mark="云川市示例第一中学", signer="", annexes=(), copies="")
    ((first, *_),) = office.pages(replace(letter, printed_by=""))
    mark = next(place for place, text in baselines(first).items() if text == "云川市示例第一中学")
    assert 30 < mark / MM < 50
    red = [one["rect"] for one in first.get_drawings() if (one["fill"] or one["color"] or (0, 0, 0))[0] > 0.8]
    assert red
    assert {round(rect.width / MM) for rect in red} == {170}
    assert max(rect.y1 for rect in red) / MM == pytest.approx(297 - 20, abs=2)
    assert "— 1 —" not in first.get_text()


def test_name_and_date_take_the_last_rows_of_a_table_along(office: Office) -> None:
    papers = []
    for more in range(6, 15):
        table = Section("表", ("国" * 28 * more,), (("项", "内容"), *((f"第{n}项", "内容") for n in range(6))))
        papers.append(replace(report(10), closing="", annexes=(), copies="", printed_by="", sections=(table,)))
    alone = 0
    for pages in office.pages(*papers):
        signed = "".join(pages[-1].get_text().split())
        assert "2026年3月5日" in signed
        assert "第5项" in signed
        alone += "国" not in signed
    assert alone, "of the lengths tried, some end on a page of their own"
