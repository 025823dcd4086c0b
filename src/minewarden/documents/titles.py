"""Breaks a title into lines of balanced length, as GB/T 9704 wants: whole words and no lone tail."""

from functools import cache
from itertools import pairwise

LINE = 20
"""Characters of size 2 (22 pt) that fit into the type area of 156 mm."""

_OPENING, _CLOSING = "（〔《“(", "）〕》”)"
_GOOD_AFTER = "的、，）〕》”"
_IMPOSSIBLE = float("inf")
_A_LINE_MORE = 20
"""What a further line costs: less than a torn bracket, more than lines of uneven length."""


def title_lines(title: str) -> list[str]:
    """The lines of a title; joined they are the title again. As few lines as fit, as even as its words allow; one line
    more where fewer would tear what stands in brackets."""
    fewest = max(1, -(-_measured(title) // (2 * LINE)))
    cost, cuts = min((_broken(title, fewest + more, _A_LINE_MORE * more) for more in range(2)), key=lambda one: one[0])
    if cost == _IMPOSSIBLE:
        # An unbreakable run longer than a line: the page breaks it where it must.
        return [title]
    return [title[start:end] for start, end in zip((0, *cuts), (*cuts, len(title)), strict=True)]


def width(text: str) -> int:
    """Width in half characters: a letter or digit takes one, a Chinese character two."""
    return sum(1 if char.isascii() else 2 for char in text)


def _measured(text: str) -> int:
    """Width of a line as word processors set it, with a quarter of a character between Chinese and other letters."""
    seams = sum(a.isalnum() and b.isalnum() and a.isascii() != b.isascii() for a, b in pairwise(text))
    return width(text) + (seams + 1) // 2


def _broken(title: str, lines: int, price_of_lines: int) -> tuple[float, tuple[int, ...]]:
    """The cheapest places to break into so many lines, and what they cost together with the lines."""
    even = _measured(title) / lines

    @cache
    def best(start: int, left: int) -> tuple[float, tuple[int, ...]]:
        if left == 1:
            rest = _measured(title[start:])
            return (_uneven(rest, even), ()) if 0 < rest <= 2 * LINE else (_IMPOSSIBLE, ())
        found: tuple[float, tuple[int, ...]] = (_IMPOSSIBLE, ())
        for end in range(start + 1, len(title)):
            taken = _measured(title[start:end])
            if taken > 2 * LINE:
                break
            price = _price(title, end) + _uneven(taken, even)
            if price < found[0]:
                cost, cuts = best(end, left - 1)
                if price + cost < found[0]:
                    found = (price + cost, (end, *cuts))
        return found

    cost, cuts = best(0, lines)
    return cost + price_of_lines, cuts


def _uneven(taken: int, even: float) -> float:
    return (taken - even) ** 2 / 4


def _price(title: str, end: int) -> float:
    """What it costs to break before `end`: much within brackets or words, less after a particle or a bracket."""
    before, after = title[end - 1], title[end]
    if (before.isascii() and after.isascii()) or after in _CLOSING + "、，。" or before in _OPENING:
        return _IMPOSSIBLE
    head = title[:end]
    depth = sum(head.count(mark) for mark in _OPENING) - sum(head.count(mark) for mark in _CLOSING)
    # A number belongs to what counts it: 〔2026〕3号 is one word.
    numbered = 30 if before.isascii() or after.isascii() else 0
    return 40 * max(depth, 0) + numbered - (8 if before in _GOOD_AFTER else 0) + 8
