"""Titles break into balanced lines and never within a bracketed number."""

from hypothesis import given
from hypothesis import strategies as st

from minewarden.documents.titles import LINE, title_lines, width


def test_a_short_title_stays_one_line() -> None:
    assert title_lines("佐证材料") == ["佐证材料"]


def test_a_number_in_brackets_is_not_torn() -> None:
    lines = title_lines("关于“挖矿”通报（云教网安通〔2026〕3号）排查处置情况的报告")
    assert len(lines) == 2
    assert not lines[0].endswith(("〔2026〕3", "〔2026", "〔"))
    assert max(map(width, lines)) <= 2 * LINE


@given(st.text(st.sampled_from("关于挖矿通报的、（）〔〕2026号abc报告"), min_size=1, max_size=90))
def test_nothing_is_lost(title: str) -> None:
    assert "".join(title_lines(title)) == title
