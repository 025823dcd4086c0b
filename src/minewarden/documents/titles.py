"""Breaks a title into lines of balanced length, as GB/T 9704 wants: whole words and no lone tail."""

LINE = 20
"""Characters of size 2 (22 pt) that fit into the type area of 156 mm."""

_OPENING, _CLOSING = "（〔《“(", "）〕》”)"
_GOOD_AFTER = "的、，）〕》”"


def title_lines(title: str) -> list[str]:
    """The lines of a title; joined they are the title again."""
    lines = -(-width(title) // (2 * LINE))
    pieces: list[str] = []
    rest = title
    while lines > 1:
        cut = _cut(rest, width(rest) / lines)
        pieces.append(rest[:cut])
        rest = rest[cut:]
        lines -= 1
    return [*pieces, rest]


def width(text: str) -> int:
    """Width in half characters: a letter or digit takes one, a Chinese character two."""
    return sum(1 if char.isascii() else 2 for char in text)


def _cut(text: str, wanted: float) -> int:
    """Where to break: near the wanted width, rather after a particle or a bracket, never within brackets or words."""
    best, best_cost = len(text), float("inf")
    depth = done = 0
    for position, char in enumerate(text[:-1], 1):
        depth += (char in _OPENING) - (char in _CLOSING)
        done += 1 if char.isascii() else 2
        following = text[position]
        within_word = char.isascii() and following.isascii()
        if within_word or following in _CLOSING + "、，。" or char in _OPENING or done > 2 * LINE:
            continue
        cost = abs(done - wanted) + 8 * max(depth, 0) - (4 if char in _GOOD_AFTER else 0)
        if cost < best_cost:
            best, best_cost = position, cost
    return best
