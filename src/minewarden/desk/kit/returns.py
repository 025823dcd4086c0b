"""Where a small form leads back to, and where somebody came from: only to our own pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest, otherwise: str = "home") -> HttpResponseRedirect:
    """Redirect to the form's `next` where it is a page of ours, else to the named route."""
    target = request.POST.get("next", "")
    return redirect(target if _ours(request, target) else resolve_url(otherwise))


def came_from(request: HttpRequest) -> str:
    """The page of ours that a form was sent from; empty where the browser does not tell."""
    page = request.META.get("HTTP_REFERER", "")
    return page if _ours(request, page) else ""


def _ours(request: HttpRequest, address: str) -> bool:
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=settings.HTTPS)
