"""Makes tables of XlsxWriter legible as they are opened and as they are printed: columns as wide as what is in them,
rows as high as their wrapped texts, and no more columns beside one another on a page than can be read.

Excel measures rows itself when it opens a file; LibreOffice and the viewers of telephones trust the file, and show of a
wrapped text without a height what one line holds.
"""

from collections.abc import Sequence
from typing import Any

from minewarden.documents.titles import width

_LINE, _MOST_HIGH = 15.0, 409.0
"""Points of a line of 11 pt, and the highest row that Excel knows."""
_MARGIN = 2
_LEGIBLE = 230
"""Characters beside one another on A4 across at six tenths of their size: smaller ones nobody reads."""
_LEADING = 2
"""Columns that stand again on each page, so that a row is known by them: of a ledger its number and its unit."""


class Fit:
    """What has been written on a sheet, told cell by cell; then the columns and the rows can be set."""

    def __init__(self, least: Sequence[int], most: int = 40) -> None:
        """least: the width of each column where nothing needs more; most: where texts wrap."""
        self._wide = list(least)
        self._most = most
        self._tall: dict[int, list[tuple[int, str]]] = {}

    def see(self, line: int, at: int, text: str, most: int = 0) -> None:
        """A cell that was written. most: what it may widen its column to, where that is less than for other cells."""
        limit = most or self._most
        # Most cells are short, and no letter is wider than two: those need not be measured letter by letter.
        if "\n" not in text and 2 * len(text) + _MARGIN <= min(self._wide[at], limit):
            return
        wide = max((width(part) for part in text.split("\n")), default=0) + _MARGIN
        self._wide[at] = max(self._wide[at], min(wide, limit))
        if wide > limit or "\n" in text:
            self._tall.setdefault(line, []).append((at, text))

    def height(self, line: int) -> float | None:
        """How high a row must be, in points; None where one line will do."""
        lines = max((_lines(text, self._wide[at] - 1) for at, text in self._tall.get(line, ())), default=1)
        return None if lines < 2 else min(_MOST_HIGH, lines * _LINE)

    def columns(self, sheet: Any, formats: Sequence[Any] | None = None) -> None:
        """Set the widths of the columns, with a format for cells that are empty yet."""
        for at, wide in enumerate(self._wide):
            sheet.set_column(at, at, wide, formats[at] if formats else None)

    def rows(self, sheet: Any, least: float = 0) -> None:
        """Set the heights of the rows that need more than one line, and more than `least`."""
        for line in self._tall:
            height = self.height(line)
            if height is not None and height > least:
                sheet.set_row(line, height)

    def on_paper(self, sheet: Any) -> None:
        """A4 across. As many pages beside one another as it takes to read them, each with the leading columns."""
        sheet.set_landscape()
        sheet.set_paper(9)
        leading, whole = sum(self._wide[:_LEADING]), sum(self._wide)
        pages = 1 if whole <= _LEGIBLE else -(-(whole - leading) // max(_LEGIBLE - leading, 1))
        sheet.fit_to_pages(pages, 0)
        if pages > 1:
            sheet.repeat_columns(0, _LEADING - 1)


def _lines(text: str, wide: int) -> int:
    return sum(max(1, -(-width(part) // max(wide, 1))) for part in text.split("\n"))
