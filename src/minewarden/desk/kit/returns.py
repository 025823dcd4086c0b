"""Where a small form leads back to: only to our own pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest, otherwise: str = "home") -> HttpResponseRedirect:
    """Redirect to the form's `next` where it is a page of ours, else to the named route."""
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=settings.HTTPS)
    return redirect(target if ours else resolve_url(otherwise))
