"""What somebody typed into a form that could not be taken, since the session had ended or the page was older than the
sign-in: it goes along through the sign-in, signed and with the browser, and is shown again to be sent.

Only what came from a page of ours is kept: the check against forged forms was passed, or the browser names our own
origin. Nothing is written for whoever is not signed in.
"""

import re
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

FIELD = "unsent"
"""The field of the sign-in by which it comes back, and its name in the session."""
_SALT = "minewarden.unsent"
_MOST = 256 * 1024
_SHORT = 4
"""Below so many letters in each field there is nothing that anybody would miss."""
_HOURS = 12
_AT = re.compile(r"\A(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", re.ASCII)
_CHOSEN = re.compile(r"\d{1,7}", re.ASCII)
"""The number of what stands in a list; telephones are longer."""
_TAKEN = (200, 302, 422)
"""The answers of a page that took the form or shows it again with what was typed."""


def of(request: HttpRequest) -> dict[str, Any] | None:
    """What a form sent; None where nothing was typed, a secret was, or files that cannot be kept."""
    if request.method != "POST" or request.FILES:
        return None
    fields = [
        [name, text]
        for name, texts in request.POST.lists()
        for text in texts
        if name not in ("csrfmiddlewaretoken", FIELD)
    ]
    size = sum(len(name) + len(text) for name, text in fields)
    typed = any(len(text.strip()) >= _SHORT for name, text in fields if name != "next")
    if not typed or size > _MOST or any("password" in name or name == "code" for name, _ in fields):
        return None
    return {"path": request.get_full_path(), "fields": fields}


def through_sign_in(request: HttpRequest) -> HttpResponse | None:
    """A page that leads to the sign-in with what was typed; None where there is nothing to take along."""
    found = of(request)
    if found is None:
        return None
    sealed = signing.dumps(found, salt=_SALT, compress=True)
    return render(request, "unsent_sign_in.html", {"sealed": sealed, "path": found["path"], "field": FIELD})


def hold(request: HttpRequest, found: dict[str, Any]) -> None:
    """Keep it with the session until it was sent or put away."""
    request.session[FIELD] = found


def come_back(request: HttpRequest) -> bool:
    """Take what came along through the sign-in into the session; whether anything did."""
    try:
        found = signing.loads(request.POST.get(FIELD, ""), salt=_SALT, max_age=_HOURS * 3600)
    except signing.BadSignature:
        return False
    hold(request, found)
    return True


def in_hand(request: HttpRequest) -> dict[str, Any] | None:
    """What waits to be sent."""
    found: dict[str, Any] | None = request.session.get(FIELD)
    return found


def texts(found: dict[str, Any]) -> list[str]:
    """What somebody would know again: what was typed, and times as they are read; of what was chosen from lists only
    numbers are known here, which go along unseen."""
    typed = [text for name, text in found["fields"] if name != "next" and len(text.strip()) >= _SHORT]
    return [_AT.sub(r"\1 \2", text) for text in typed if not _CHOSEN.fullmatch(text)]


def put_away(request: HttpRequest) -> None:
    """Forget it."""
    request.session.pop(FIELD, None)


def was_sent(request: HttpRequest, response: HttpResponse) -> None:
    """Forget it once its form was taken, or is shown again with what was typed."""
    found = in_hand(request) if request.method == "POST" else None
    if not found or found["path"] != request.get_full_path() or response.status_code not in _TAKEN:
        return
    # Just kept, and not taken at all: the form's own token was too old.
    if response.headers.get("Location") != reverse("org:unsent"):
        put_away(request)


def from_too_old_a_page(request: HttpRequest) -> HttpResponse | None:
    """A form of our own page whose token is older than the sign-in: asked once more, by whoever is signed in now."""
    own = f"{request.scheme}://{request.get_host()}"
    if request.headers.get("Origin") not in (own, *settings.CSRF_TRUSTED_ORIGINS):
        return None
    if not request.user.is_authenticated:
        return through_sign_in(request)
    found = of(request)
    if found is None:
        return None
    hold(request, found)
    return redirect("org:unsent")
