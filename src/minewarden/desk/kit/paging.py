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
    rows: "QuerySet[Row, Any]", request: HttpRequest, size: int = SIZE, *, count: int | None = None
) -> Page[Any]:
    """The page that the address asks for, of a list of hundreds of thousands of wide rows; one query more.

    count: how many rows there are, where that is known, which spares counting them.

    The numbers of its rows are found first, which an index alone can tell; else the database reads every row of the
    list to sort them, half a million devices for fifty lines. The rows are then read by number alone: what they are
    searched by is not asked again.
    """
    # What is equal in the order of the list is told apart by number, so that no row stands on two pages.
    order: Sequence[Any] = rows.query.order_by or rows.model._meta.ordering or ()
    ordered = rows.order_by(*order, "pk").values_list("pk", flat=True)
    pages: Paginator[Any] = Paginator(ordered, size)
    if count is not None:
        pages.count = count
    page: Page[Any] = pages.get_page(request.GET.get("page"))
    before, after = max(page.start_index() - 1, 0), page.paginator.count - page.end_index()
    # The last pages are as near as the first, seen from the end.
    there = after + page.end_index() - before
    numbers = list(page.object_list) if before <= after else list(ordered.reverse()[after:there])[::-1]
    whole = rows.model._default_manager.filter(pk__in=numbers)
    whole.query.select_related = rows.query.select_related
    found = {row.pk: row for row in whole}
    page.object_list = [found[number] for number in numbers if number in found]
    return page
