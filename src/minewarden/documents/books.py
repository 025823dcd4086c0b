"""Ends workbooks of XlsxWriter."""

from typing import Any


def written(book: Any) -> None:
    """Write a workbook, and let go of its cells.

    A workbook and its sheets know each other, so that all cells of one stay in memory until the interpreter looks for
    such circles: a ledger of a city is some hundred megabytes, which slow down whatever is answered until then.
    """
    book.close()
    for sheet in book.worksheets():
        vars(sheet).clear()
