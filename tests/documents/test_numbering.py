"""The four levels of numbering."""

import pytest

from minewarden.documents.numbering import Numbering, chinese_numeral


def test_lower_levels_start_anew() -> None:
    numbering = Numbering()
    marks = [numbering.next(level) for level in (1, 2, 2, 3, 4, 4, 1, 2)]
    assert marks == ["一、", "（一）", "（二）", "1.", "（1）", "（2）", "二、", "（一）"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        *((1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九"), (100, "一百"), (101, "一百零一")),
        *((110, "一百一十"), (115, "一百一十五"), (1001, "一千零一"), (1010, "一千零一十"), (2300, "二千三百")),
    ],
)
def test_numerals(number: int, said: str) -> None:
    assert chinese_numeral(number) == said


@pytest.mark.parametrize("number", [0, 10_000])
def test_numerals_have_bounds(number: int) -> None:
    with pytest.raises(ValueError):
        chinese_numeral(number)


def test_there_is_no_fifth_level() -> None:
    with pytest.raises(ValueError):
        Numbering().next(5)
