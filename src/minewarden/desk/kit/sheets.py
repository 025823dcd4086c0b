"""Lists as CSV that opens in WPS and Excel, and in which no cell can act as a formula."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from django.http import StreamingHttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: Any) -> str:
    """The value as text; one that a spreadsheet would take for a formula is given an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


class _Line:
    """A file for the csv writer that hands each line straight on."""

    def write(self, line: str) -> str:
        return line


def csv_lines(head: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    """The lines, with the mark in front by which spreadsheets know UTF-8."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([cell(name) for name in head])
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def csv_response(name: str, head: list[str], rows: Iterable[list[Any]]) -> StreamingHttpResponse:
    """The list as a download called `name`.csv; it is streamed, so its length does not matter."""
    answer = StreamingHttpResponse(csv_lines(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.csv"
    return answer
