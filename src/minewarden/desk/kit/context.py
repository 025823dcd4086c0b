"""What every page knows without asking: who looks, the menu, the language, the present moment."""

from typing import Any, cast

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from minewarden import __version__
from minewarden.desk.kit.gate import Holder
from minewarden.desk.kit.menu import MENU
from minewarden.desk.kit.words import language


def page(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor."""
    person = getattr(request, "user", None)
    signed_in = person is not None and person.is_authenticated
    return {
        "person": person if signed_in else None,
        "menu": _menu(request, cast("Holder", person)) if signed_in else [],
        "language": language(),
        "large_text": request.COOKIES.get("mw-text") == "large",
        "now": timezone.now(),
        "version": __version__,
    }


def first_page(request: HttpRequest) -> str:
    """The address of the first entry of the person's menu; empty where there is none."""
    for group in _menu(request, cast("Holder", request.user)):
        for entry in group["entries"]:
            if entry["href"] != request.path:
                return str(entry["href"])
    return ""


def _menu(request: HttpRequest, person: Holder) -> list[dict[str, Any]]:
    groups = []
    # Of two entries of which one's address begins with the other's, the page belongs to the longer.
    inside = [href for group in MENU for entry in group.entries if _inside(request.path, href := _address(entry.url))]
    here = max(inside, key=len, default="")
    for group in MENU:
        entries = [
            {"label": entry.label, "href": href, "icon": entry.icon, "here": href == here}
            for entry in group.entries
            if (not entry.roles or person.holds(*entry.roles)) and (href := _address(entry.url))
        ]
        if entries:
            groups.append({"label": group.label, "entries": entries})
    return groups


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _inside(path: str, href: str) -> bool:
    return bool(href) and (path == href or (href != "/" and path.startswith(href)))
