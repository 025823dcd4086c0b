"""Error pages in our look; they tell what to do next and nothing about the inside."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from minewarden import __version__
from minewarden.desk.kit import unsent
from minewarden.desk.kit.words import language, say


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is no such page, or it is not for this person; which of the two is not said."""
    return _page(request, 404)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(request, 403)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is missing or too old; what was typed into one of our own pages is shown again."""
    return unsent.from_too_old_a_page(request) or _page(request, 403, kind="forged")


def wrong_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(request, 400)


def broken(request: HttpRequest) -> HttpResponse:
    """500, with the request's number for whoever looks into the log."""
    return _page(request, 500, number=getattr(request, "request_id", ""))


def _page(request: HttpRequest, code: int, kind: str = "", number: str = "") -> HttpResponse:
    """Rendered without the database or the session, either of which may be what broke."""
    kind = kind or str(code)
    facts = {
        "code": code,
        "number": number,
        "heading": say(f"desk_kit.error_{kind}"),
        "advice": say(f"desk_kit.error_{kind}_text"),
        "language": language(),
        "large_text": request.COOKIES.get("mw-text") == "large",
        "version": __version__,
    }
    return HttpResponse(render_to_string("errors/error.html", facts), status=code)
