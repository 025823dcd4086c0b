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
