"""One page of a list, by `?page=` of the address; a number beyond the end shows the last."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
SIZE = 50


def page_of(rows: "QuerySet[Row, Any] | Sequence[Any]", request: HttpRequest, size: int = SIZE) -> Page[Any]:
    """The page that the address asks for."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def page_of_many(
    rows: "QuerySet[Row, Any]", request: HttpRequest, size: int = SIZE, *,
    by_unit: Sequence[tuple[int, int]] | None = None,
) -> Page[Any]:  # fmt: skip
    """The page that the address asks for, of a list of hundreds of thousands of wide rows; one query more.

    by_unit: the numbers of the units in the order of the list, each with how many of its rows stand in it, where that
    is known. Then none is counted, and a page is looked for among the rows of its own units: a page in the middle of a
    city would be walked to, over a hundred thousand rows.

    The numbers of its rows are found first, which an index alone can tell; else the database reads every row of the
    list to sort them, half a million devices for fifty lines. The rows are then read by number alone: what they are
    searched by is not asked again.
    """
    # What is equal in the order of the list is told apart by number, so that no row stands on two pages.
    order: Sequence[Any] = rows.query.order_by or rows.model._meta.ordering or ()
    ordered = rows.order_by(*order, "pk").values_list("pk", flat=True)
    pages: Paginator[Any] = Paginator(ordered, size)
    if by_unit is not None:
        pages.count = sum(n for _, n in by_unit)
    page: Page[Any] = pages.get_page(request.GET.get("page"))
    first, last = max(page.start_index() - 1, 0), page.end_index()
    if by_unit is not None:
        units, before = _standing(by_unit, first, last)
        numbers = list(ordered.filter(unit__in=units)[before : before + last - first])
    elif first <= (after := pages.count - last):
        numbers = list(page.object_list)
    else:
        # The last pages are as near as the first, seen from the end.
        numbers = list(ordered.reverse()[after : after + last - first])[::-1]
    whole = rows.model._default_manager.filter(pk__in=numbers)
    whole.query.select_related = rows.query.select_related
    found = {row.pk: row for row in whole}
    page.object_list = [found[number] for number in numbers if number in found]
    return page


def _standing(by_unit: Sequence[tuple[int, int]], first: int, last: int) -> tuple[list[int], int]:
    """Whose rows stand in a list from the place `first` on and before `last`, and how many of these units' rows stand
    before them."""
    units: list[int] = []
    begin = before = 0
    for unit, rows in by_unit:
        if begin < last and begin + rows > first:
            before = before if units else first - begin
            units.append(unit)
        begin += rows
    return units, before
