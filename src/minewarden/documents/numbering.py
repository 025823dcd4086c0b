"""The four levels of numbering of official documents: 一、 （一） 1. （1）."""

_DIGITS = "零一二三四五六七八九"


class Numbering:
    """Counts sections; a section of a higher level starts the lower ones anew."""

    def __init__(self) -> None:
        self._counts = [0, 0, 0, 0]

    def next(self, level: int) -> str:
        """The mark of the next section of this level (1 to 4). Raises ValueError for another level."""
        if not 1 <= level <= 4:
            raise ValueError(f"official documents have four levels, not a level {level}")
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (4 - level)
        number = self._counts[level - 1]
        return (f"{chinese_numeral(number)}、", f"（{chinese_numeral(number)}）", f"{number}.", f"（{number}）")[
            level - 1
        ]


def chinese_numeral(number: int) -> str:
    """1 to 9999 in Chinese: 一, 十, 十一, 二十, 一百零一, 一百一十, 二千零五. Raises ValueError outside."""
    if not 1 <= number <= 9999:
        raise ValueError(f"no section has the number {number}")
    said, gap = "", False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            said += ("零" if gap and said else "") + _DIGITS[digit] + name
        gap = not digit
    return said.removeprefix("一") if 10 <= number < 20 else said
