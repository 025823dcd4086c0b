"""Titles break into balanced lines and never within a bracketed number."""

from hypothesis import given
from hypothesis import strategies as st

from minewarden.documents.titles import LINE, title_lines, width


def test_a_short_title_stays_one_line() -> None:
    assert title_lines("佐证材料") == ["佐证材料"]


def test_a_number_in_brackets_is_not_torn() -> None:
    told = ["关于“挖矿”通报", "（云教网安通〔2026〕3号）", "排查处置情况的报告"]
    assert title_lines("".join(told)) == told, "half a character too long for two lines, and whole on three"


def test_what_tears_nothing_on_two_lines_stays_on_two() -> None:
    assert len(title_lines("关于云川市教育系统虚拟货币“挖矿”活动专项整治工作进展情况的报告")) == 2


def test_the_space_between_chinese_and_other_letters_is_counted() -> None:
    """20 characters fill a line; with two such spaces the last one would stand alone on the next."""
    title = "云川市教育局关于报送“矿池”域名和IP的函"
    assert width(title) == 2 * LINE
    assert title_lines(title) == ["云川市教育局关于报送", "“矿池”域名和IP的函"]


@given(st.text(st.sampled_from("关于挖矿通报的、（）〔〕2026号abc报告"), min_size=1, max_size=90))
def test_nothing_is_lost(title: str) -> None:
    assert "".join(title_lines(title)) == title


@given(st.text(st.sampled_from("关于挖矿通报的、（）〔〕2026号报告排查处置情况"), min_size=1, max_size=75))
def test_no_line_is_too_long_unless_it_cannot_be_broken(title: str) -> None:
    lines = title_lines(title)
    assert len(lines) == 1 or max(map(width, lines)) <= 2 * LINE


def test_no_lone_character_is_left_on_a_line() -> None:
    for number in ("云教网安通〔2026〕3号", "云川市网络安全和信息化委员会办公室通报〔2026〕第118号", "WK-2026-00001"):
        lines = title_lines(f"关于“挖矿”通报（{number}）排查处置情况的报告")
        assert min(map(width, lines)) >= 12, lines
        assert all("〔2026〕" in line or "2026" not in line for line in lines if "WK" not in line), lines
