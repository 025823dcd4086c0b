"""Pledges as PDF: the text in full, the handwriting where it belongs, the code in the foot, thousands in one file."""

from dataclasses import replace
from datetime import date

import pymupdf
import pytest

from minewarden.documents.pledge import MOST, Paper, papers_pdf
from minewarden.documents.scans import page_count, read_scan

LINES = (
    "虚拟货币“挖矿”活动极易引发能源、网络、金融等领域安全风险。",
    "王㛃·阿卜杜拉（云川市第一中学），现郑重承诺如下：",
    "1.严格遵守国家有关要求，决不参与虚拟货币“挖矿”活动；",
)
CODE = "MWP1-17-3-0123456789"
PAPER = Paper(
    "坚决抵制虚拟货币“挖矿”活动承诺书", LINES, "承诺人", (("单位", "云川市第一中学"), ("编号", "T1")), code=CODE
)
INK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 500">'
    '<path d="M100 100L300 300L500 120" fill="none" stroke="#10233d" stroke-width="9"/></svg>'
)


def words(pdf: bytes) -> str:
    return "".join(page.get_text() for page in pymupdf.open(stream=pdf)).replace("\n", "").replace(" ", "")


def test_a_paper_says_the_whole_text_and_leaves_room_to_sign() -> None:
    pdf = papers_pdf([PAPER]).pdf
    text = words(pdf)
    assert all(line.replace(" ", "") in text for line in LINES)
    assert "承诺人：" in text
    assert "年月日" in text.replace("　", "")
    assert read_scan("纸.pdf", pdf).codes == (CODE,)
    assert page_count(pdf) == 1


def test_a_signed_pledge_has_its_day_without_zeros_and_its_evidence() -> None:
    text = words(papers_pdf([replace(PAPER, ink=INK, on=date(2026, 3, 5), notes=("凭证号17-abc",), code="")]).pdf)
    assert "2026年3月5日" in text
    assert "凭证号17-abc" in text
    (drawn,) = pymupdf.open(stream=papers_pdf([replace(PAPER, ink=INK, code="")]).pdf)[0].get_drawings()
    assert [round(255 * part) for part in drawn["color"]] == [0x10, 0x23, 0x3D], (
        "the pen's colour, and no line to write on"
    )


def test_a_units_paper_names_it_beside_room_for_a_seal() -> None:
    unit = replace(PAPER, role="承诺单位（加盖公章）", party="云川市第一中学", seal_space=True, facts=())
    assert "承诺单位（加盖公章）：云川市第一中学" in words(papers_pdf([unit]).pdf)


def test_text_is_never_markup() -> None:
    hostile = replace(PAPER, title="#pagebreak()", lines=('#read("/etc/passwd")', "$x$ *甲* _乙_"), code="")
    text = words(papers_pdf([hostile]).pdf)
    assert '#read("/etc/passwd")' in text
    assert "*甲*_乙_" in text


def test_many_papers_stand_in_their_order_however_many_are_set_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minewarden.documents.pledge._AT_ONCE", 3)
    pdf = papers_pdf([replace(PAPER, code=f"MWP1-{n}-1-0123456789") for n in range(8)]).pdf
    assert [page.codes for page in read_scan("纸.pdf", pdf).pages] == [(f"MWP1-{n}-1-0123456789",) for n in range(8)]


def test_none_and_too_many_are_refused() -> None:
    for count in (0, MOST + 1):
        with pytest.raises(ValueError, match="papers"):
            papers_pdf([PAPER] * count)
