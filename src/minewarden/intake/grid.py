"""A sheet or a table as rows of cells, whatever kind of file it came from."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from minewarden.intake.moments import Cell

Span = tuple[int, int, int, int]
"""A merged cell: first row, first column, last row, last column, from 0."""


@dataclass(slots=True)
class Grid:
    """`rows[r][c]` is a cell; `offset` rows of the sheet lie above the first of them. `spans` count within `rows`."""

    name: str
    rows: list[list[Cell]]
    offset: int = 0
    spans: list[Span] = field(default_factory=list)
    hidden: bool = False

    def filled(self) -> None:
        """Give every cell of a merged one its value, so that a unit's name over three rows stands in each."""
        for first_row, first_column, last_row, last_column in self.spans:
            if not (0 <= first_row < len(self.rows) and first_column < len(self.rows[first_row])):
                continue
            value = self.rows[first_row][first_column]
            for row in self.rows[first_row : last_row + 1]:
                row.extend([""] * (min(last_column, first_column + 255) + 1 - len(row)))
                for column in range(first_column, min(last_column, first_column + 255) + 1):
                    row[column] = value


def shown(cell: Cell) -> str:
    """A cell as its sender sees it: whole numbers without a fraction, times as written in tables."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell).strip()
