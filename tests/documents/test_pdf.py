"""The page is measured on the PDF itself: the grid, the margins, the faces, the page numbers, the rare names."""

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pymupdf
import pytest

from minewarden.documents import fonts
from minewarden.documents.official import Annex, Section
from minewarden.documents.pdf import chinese_date, to_pdf
from tests.documents.glyphs import boxes, printed
from tests.documents.sample import RARE_NAMES, report
from tests.documents.test_watermark import MARK
from tests.real.needs import missing

MM = 72 / 25.4
PITCH, CELL = 225 / 22 * MM, 156 / 28 * MM


@pytest.fixture(scope="module")
def pages() -> list[dict[str, Any]]:
    if fonts.missing_roles():
        missing(f"typefaces for {fonts.missing_roles()}")
    return [page.get_text("rawdict") for page in pymupdf.open(stream=to_pdf(report(2000)).pdf, filetype="pdf")]


def spans(page: dict[str, Any]) -> list[tuple[float, float, str, str, float]]:
    """x, baseline, text, face and size of every span."""
    return [
        (span["origin"][0], span["origin"][1], "".join(c["c"] for c in span["chars"]), span["font"], span["size"])
        for block in page["blocks"]
        for line in block.get("lines", [])
        for span in line["spans"]
    ]


def right_of(page: dict[str, Any], baseline: float) -> float:
    """Where the last character on a baseline ends."""
    lines = (line for block in page["blocks"] for line in block.get("lines", []))
    chars = (char for line in lines for span in line["spans"] for char in span["chars"])
    return max(char["bbox"][2] for char in chars if char["origin"][1] == baseline)


def full_lines(page: dict[str, Any]) -> dict[float, str]:
    """Baseline -> text, of the body's unbroken run."""
    lines: dict[float, str] = defaultdict(str)
    for _, y, text, _, _ in spans(page):
        if set(text) == {"国"}:
            lines[round(y, 1)] += text
    return dict(lines)


def test_a_full_page_has_22_lines_of_28_characters(pages: list[dict[str, Any]]) -> None:
    lines = full_lines(pages[1])
    assert len(lines) == 22
    assert {len(text) for text in lines.values()} == {28}


def test_the_line_pitch_is_that_of_the_grid(pages: list[dict[str, Any]]) -> None:
    baselines = sorted(full_lines(pages[1]))
    for above, below in pairwise(baselines):
        assert below - above == pytest.approx(PITCH, abs=0.15)


def test_the_type_area_lies_within_its_margins(pages: list[dict[str, Any]]) -> None:
    boxes = [
        char["bbox"]
        for block in pages[1]["blocks"]
        for line in block.get("lines", [])
        for span in line["spans"]
        for char in span["chars"]
        if char["c"] == "国"
    ]
    assert min(box[0] for box in boxes) / MM == pytest.approx(28, abs=0.2)
    assert max(box[2] for box in boxes) / MM == pytest.approx(210 - 26, abs=0.3)
    first, last = min(full_lines(pages[1])), max(full_lines(pages[1]))
    assert 37 < first / MM < 37 + 225 / 22
    assert 297 - 35 - 225 / 22 < last / MM < 297 - 35


@pytest.mark.parametrize(
    ("begins", "face"),
    [("一、基本情况", "Sans"), ("（一）时间线", "WenKai"), ("1.方法", "FandolFang"), ("（1）依据", "FandolFang")],
)
def test_each_level_has_its_face(pages: list[dict[str, Any]], begins: str, face: str) -> None:
    found = [font for page in pages for _, _, text, font, _ in spans(page) if text.startswith(begins)]
    assert found, f"no line begins with {begins}"
    assert all(face in font for font in found)


@pytest.mark.parametrize(
    ("begins", "face", "size"),
    [
        ("云川市示例第一中学文件", "SerifCJKsc-Bold", 37), ("关于", "SerifCJKsc-Bold", 22),
        ("云一中〔2026〕12号", "FandolFang", 16), ("签发人", "FandolFang", 16), ("张喆", "WenKai", 16),
        ("云川市教育局：", "FandolFang", 16), ("附件1", "Sans", 16), ("抄送", "FandolFang", 14), ("—1—", "Serif", 14),
    ],
)  # fmt: skip
def test_each_part_has_its_face_and_size(pages: list[dict[str, Any]], begins: str, face: str, size: float) -> None:
    every = (span for page in pages for span in spans(page))
    found = next(span for span in every if span[2].replace(" ", "").startswith(begins))
    assert face in found[3]
    assert found[4] == pytest.approx(size, abs=0.1)


def test_the_mark_is_red_and_nothing_else_is(pages: list[dict[str, Any]]) -> None:
    red = {
        "".join(c["c"] for c in span["chars"])
        for page in pages
        for block in page["blocks"]
        for line in block.get("lines", [])
        for span in line["spans"]
        if span["color"] not in (0, 0x5A5A5A)
    }
    assert red == {"云川市示例第一中学文件"}


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages(pages: list[dict[str, Any]]) -> None:
    for number, page in enumerate(pages, 1):
        x, y, _, _, size = next(span for span in spans(page) if span[2].replace(" ", "") == f"—{number}—")
        assert size == pytest.approx(14)
        assert (y / MM) > 297 - 35 + 4
        if number % 2:
            # One character of the body is left free at the edge of the type area.
            assert right_of(page, y) / MM == pytest.approx(210 - 26 - 156 / 28, abs=0.7)
        else:
            assert x / MM == pytest.approx(28 + 156 / 28, abs=0.5)


def test_rare_names_print(pages: list[dict[str, Any]]) -> None:
    text = "".join(span[2] for page in pages for span in spans(page))
    for name in RARE_NAMES:
        assert name.replace("·", "") in text.replace("·", "").replace("\n", ""), name


def test_every_character_of_the_page_has_a_shape() -> None:
    names = {char for name in RARE_NAMES for char in name}
    pdf = to_pdf(report(10)).pdf
    assert names - {"·"} <= set(printed(pdf))
    assert not boxes(pdf)


def test_title_and_number_keep_the_order_of_the_page(pages: list[dict[str, Any]]) -> None:
    places = {text: y for _, y, text, _, _ in spans(pages[0])}
    mark = places["云川市示例第一中学文件"]
    number = next(y for text, y in places.items() if "〔2026〕12号" in text)
    title = next(y for text, y in places.items() if text.startswith("关于"))
    assert mark < number < title
    # The mark's upper edge stands 35 mm below the top of the type area.
    assert mark / MM > 37 + 35


def test_the_same_document_gives_the_same_bytes() -> None:
    assert to_pdf(report(10)).pdf == to_pdf(report(10)).pdf


def test_text_is_never_read_as_markup() -> None:
    hostile = '#read("/etc/passwd") $x$ *b* \\ @a <l> // c'
    document = replace(report(10), closing=hostile)
    text = "".join(page.get_text() for page in pymupdf.open(stream=to_pdf(document).pdf, filetype="pdf"))
    assert "#read" in text.replace("\n", "")


def test_a_missing_face_is_said_and_the_page_still_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "installed", lambda: frozenset({"lxgw wenkai"}))
    rendered = to_pdf(report(10))
    assert rendered.pdf.startswith(b"%PDF")
    assert "仿宋" in str(rendered.warnings[0].params["fonts"])
    assert "fonts_missing" in (pymupdf.open(stream=rendered.pdf, filetype="pdf").metadata or {})["keywords"]


def test_dates_have_no_leading_zeros() -> None:
    assert chinese_date(report().on) == "2026年3月5日"


def test_name_and_date_never_stand_alone_on_a_page() -> None:
    first = set()
    for lines in (1, 4, 7):
        body = (Section("基本情况", ("国" * (28 * lines - 2),)), Section("下一步措施", ("按时办结。", "继续排查。")))
        document = replace(report(), annexes=(), closing="特此报告。", sections=body)
        text = pymupdf.open(stream=to_pdf(document).pdf, filetype="pdf")[-1].get_text()
        assert "特此报告。" in text, f"{lines} lines: the end of the text goes with name and date"
        first.add(text.strip().splitlines()[0])
    assert "继续排查。" in first, "of the lengths tried, one leaves room for all but the end"


@pytest.mark.parametrize("closing", ["特此报告。", ""])
def test_nor_with_a_list_of_annexes_over_them(closing: str) -> None:
    annexes = (Annex("排查处置反馈表", (Section("", ("表",)),)), Annex("佐证材料", (Section("", ("图",)),)))
    alone = 0
    for lines in range(1, 9):
        body = (Section("基本情况", ("国" * (28 * lines - 2),)), Section("下一步措施", ("按时办结。", "继续排查。")))
        document = replace(report(), annexes=annexes, closing=closing, sections=body)
        pages = [page.get_text() for page in pymupdf.open(stream=to_pdf(document).pdf, filetype="pdf")]
        (signed,) = (text for text in pages if "2026年3月5日" in text.replace(" ", ""))
        assert (closing or "继续排查。") in signed, f"{lines} lines"
        alone += "国" not in signed
    assert alone, "of the lengths tried, some end on a page of their own"


def test_who_takes_a_paper_out_stands_across_every_page_below_its_text_and_beside_the_code() -> None:
    opened = pymupdf.open(stream=to_pdf(report(2000), watermark=MARK).pdf, filetype="pdf")
    plain = pymupdf.open(stream=to_pdf(report(2000)).pdf, filetype="pdf")
    assert len(opened) == len(plain) > 2, "the mark takes no place"
    for marked, page in zip(opened, plain, strict=True):
        lines = [place for place in marked.search_for(MARK.account) if place.x1 > 0]
        assert len(lines) == 10
        assert not page.search_for(MARK.account)
        faint = {span["seqno"]: min(span["color"]) > 0.8 for span in marked.get_texttrace()}
        order = [faint[number] for number in sorted(faint)]
        assert order == sorted(order, reverse=True), "what is faint is drawn first, so that the text lies above it"
        codes = [pymupdf.Rect(drawing["rect"]) for drawing in marked.get_drawings() if drawing["rect"].y0 > 262 * MM]
        assert codes
        assert not [one for one in codes for line in lines if one.intersects(line)]


def test_an_address_of_hardware_may_end_a_line_and_is_copied_whole() -> None:
    """Else the few words before it are torn apart over the whole line, to fill it."""
    told = "涉及设备1台：机房7号机（JF-07），10.12.9.14，02:12:09:00:00:14，位于主校区-实验楼-302机房。"
    made = replace(report(10), sections=(Section("基本情况", (told,)),))
    page = pymupdf.open(stream=to_pdf(made).pdf, filetype="pdf")[0]
    lines = [line for block in page.get_text("dict")["blocks"] for line in block.get("lines", ())]
    (torn,) = (line for line in lines if "".join(span["text"] for span in line["spans"]).startswith("涉及设备"))
    written = "".join(span["text"] for span in torn["spans"])
    assert "02:12:" in written
    assert "02:12:09:00:00:14" in page.get_text().replace("\n", "")


def test_a_page_is_full_also_where_a_paragraph_begins_on_its_last_line() -> None:
    told = tuple("本单位接到通报后立即组织排查，" * 5 + "完毕。" for _ in range(30))
    made = replace(report(10), sections=(Section("", told),), annexes=())
    for page in pymupdf.open(stream=to_pdf(made).pdf, filetype="pdf").pages(1, 3):
        spoken = [line for block in page.get_text("dict")["blocks"] for line in block.get("lines", ())]
        bodies = {round(line["bbox"][1]) for line in spoken for span in line["spans"] if 15.5 < span["size"] < 16.5}
        assert len(bodies) == 22


def body_of(told: tuple[str, ...]) -> pymupdf.Document:
    made = replace(report(10), sections=(Section("排查过程", told),), annexes=())
    return pymupdf.open(stream=to_pdf(made).pdf, filetype="pdf")


@pytest.mark.parametrize("known", ["02:12:09:00:00:14", "pool.supportxmr.com:3333", "pool.supportxmr.com"])
def test_no_line_begins_with_the_mark_behind_an_address(known: str) -> None:
    told = (
        f"锁定设备：机房7号机（JF-07），10.12.9.14，{known}，位于主校区-实验楼-302机房。自接到之时起，用时4小时12分。"
    )
    pages = body_of(tuple("国" * more + told for more in range(28)))
    chars = [
        char
        for page in pages
        for block in page.get_text("rawdict")["blocks"]
        for line in block.get("lines", ())
        for span in line["spans"]
        for char in span["chars"]
    ]
    assert {char["c"] for char in chars if char["bbox"][0] < 28.5 * MM} >= {"国"}
    assert not [char for char in chars if char["c"] in "，。：" and char["bbox"][0] < 28.5 * MM]


LONG_NAME = "very-long-file-name_of_the_firewall_export_2026-11-30T12-18-00+0800.csv"


def test_a_long_name_of_a_file_stays_in_its_cell_and_is_copied_whole() -> None:
    table = (("文件", "提交时间", "校验码"), (LONG_NAME, "2026年12月1日4时07分", "f" * 64))
    made = replace(report(10), sections=(Section("佐证材料", (), table),), annexes=())
    page = pymupdf.open(stream=to_pdf(made).pdf, filetype="pdf")[0]
    words = page.get_text("words")
    third = 156 / 3 * MM
    parts = [word for word in words if word[0] < 28 * MM + third and word[4].strip("，。") in LONG_NAME and word[4]]
    assert len([word for word in parts if word[4][0] in "vnfe2"]) > 1
    assert max(word[2] for word in parts) < 28 * MM + third
    assert max(word[2] for word in words if set(word[4]) == {"f"}) < (210 - 26) * MM
    assert LONG_NAME in printed(to_pdf(made).pdf)


def test_no_row_of_a_table_is_torn_unless_no_page_holds_it() -> None:
    rows = tuple((f"第{n}项", "口径说明" * 14) for n in range(30))
    pages = pymupdf.open(stream=to_pdf(replace(report(10), sections=(Section("表", (), (("项", "口径"), *rows)),))).pdf)
    for page in pages:
        text = page.get_text().replace("\n", "")
        assert text.count("口径说明") == 14 * sum(f"第{n}项" in text for n in range(30))
    endless = (("项", "口径"), ("第0项", "国" * 2400))
    pages = pymupdf.open(stream=to_pdf(replace(report(10), sections=(Section("表", (), endless),))).pdf)
    assert sum(page.get_text().count("国") for page in pages) == 2400


def test_an_annex_that_is_a_form_stays_on_one_page() -> None:
    rows = (("项目", "内容"), *((f"第{n}项", "内容") for n in range(24)))
    for dense, wanted in ((True, 1), (False, 2)):
        form = Annex("排查处置反馈表", (Section("", (), rows),), dense=dense)
        pages = pymupdf.open(stream=to_pdf(replace(report(10), annexes=(form,))).pdf, filetype="pdf")
        assert sum("项目" in page.get_text() for page in pages) == wanted


def test_a_letter_without_its_mark_has_no_lines_of_the_mark() -> None:
    for mark in ("云川市示例第一中学", ""):
        letter = replace(report(10), letter=True, issuer_mark=mark, signer="", annexes=())
        page = pymupdf.open(stream=to_pdf(letter).pdf, filetype="pdf")[0]
        red = [one for one in page.get_drawings() if one["color"] and one["color"][0] > 0.8 and one["color"][1] < 0.2]
        assert len(red) == (4 if mark else 0)
        assert ("— 1 —" in page.get_text()) == (not mark)
