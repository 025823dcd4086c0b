"""Error pages in our look; they tell what to do next and nothing about the inside."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is no such page, or it is not for this person; which of the two is not said."""
    return _page(request, 404)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(request, 403)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is missing or too old."""
    return _page(request, 403, kind="forged")


def wrong_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(request, 400)


def broken(request: HttpRequest) -> HttpResponse:
    """500: rendered without the database or the session, either of which may be what broke."""
    return render(None, "errors/broken.html", {"code": 500, "kind": "500"}, status=500)


def _page(request: HttpRequest, code: int, kind: str = "") -> HttpResponse:
    return render(request, "errors/error.html", {"code": code, "kind": kind or str(code)}, status=code)
