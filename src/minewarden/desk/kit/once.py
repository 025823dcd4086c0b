"""What is asked once while a page is read, however many parts of it need it: posts, numbers in force, the office.

Only a request that changes nothing remembers; an act always sees what stands in the database.
"""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

Value = TypeVar("Value")
_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("minewarden_known", default=None)


def once(key: Hashable, ask: Callable[[], Value]) -> Value:
    """The answer to a question, remembered until the page is done; asked each time where no page is being read."""
    known = _known.get()
    if known is None:
        return ask()
    if key not in known:
        known[key] = ask()
    found: Value = known[key]
    return found


class AskOnce:
    """Middleware: remember for the length of a request that only reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _known.set({} if request.method in ("GET", "HEAD") else None)
        try:
            return self.get_response(request)
        finally:
            _known.reset(token)
