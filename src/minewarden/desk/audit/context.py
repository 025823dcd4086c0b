"""Where an act comes from: address, browser and number of the request that is being answered."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True, slots=True)
class Origin:
    """What the log keeps of a request; empty for the command line."""

    ip: str = ""
    agent: str = ""
    request_id: str = ""


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("minewarden_origin", default=_NOWHERE)


def origin() -> Origin:
    """Where the present act comes from."""
    return _origin.get()


def client_ip(request: HttpRequest) -> str:
    """The browser's address. X-Forwarded-For is believed only as far as our own proxies wrote it."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    hops = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if settings.PROXIES and len(hops) >= settings.PROXIES:
        address = hops[-settings.PROXIES]
    try:
        return str(ip_address(address))
    except ValueError:
        return ""


class RequestContext:
    """Middleware: remember the origin while the request is answered, and tell its number to the browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        here = Origin(client_ip(request), request.META.get("HTTP_USER_AGENT", "")[:300], uuid4().hex)
        token = _origin.set(here)
        request.request_id = here.request_id  # type: ignore[attr-defined]  # shown on the page for a failure
        try:
            response = self.get_response(request)
        finally:
            _origin.reset(token)
        response.headers["X-Request-ID"] = here.request_id
        return response
