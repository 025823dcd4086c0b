"""How long a session lasts: idle limits, twelve hours at most, one session for an administrator."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit import unsent
from minewarden.desk.org import second_factor
from minewarden.desk.org.models import Person

_BEGAN = "began"
_MARK = "mark"
_SEEN = "seen"
_RENEWED_EVERY_S = 60
"""A session that was used is written this often: to write it for each page would make every look a writing one, for
which SQLite has one lock. It ends as much sooner at most."""


def begin(request: HttpRequest, person: Person) -> None:
    """Note at login when the session began, and make it the only one of an administrator."""
    minutes = settings.IDLE_MINUTES_ADMINISTRATOR if person.is_administrator else settings.IDLE_MINUTES
    request.session.set_expiry(minutes * 60)
    request.session[_BEGAN] = timezone.now().timestamp()
    person.session_mark = uuid4().hex
    person.save(update_fields=["session_mark"])
    request.session[_MARK] = person.session_mark
    second_factor.note_login(request, person)


class SessionLimits:
    """Middleware: end sessions that are too old or replaced, and send who must change the password to do so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        if not isinstance(person, Person):
            return self.get_response(request)
        if reason := _over(request, person):
            record("session.end", by=person, obj=person, after={"reason": reason})
            logout(request)
            return unsent.through_sign_in(request) or redirect(f"{reverse('org:login')}?ended={reason}")
        if (now := timezone.now().timestamp()) - request.session.get(_SEEN, 0) >= _RENEWED_EVERY_S:
            request.session[_SEEN] = now
        free = {reverse(f"org:{name}") for name in ("password", "second_factor", "logout", "language", "text_size")}
        if second_factor.is_missing(request, person) and request.path not in free - {reverse("org:password")}:
            return redirect("org:second_factor")
        if person.password_is_due(timezone.now()) and request.path not in free:
            return redirect("org:password")
        response = self.get_response(request)
        unsent.was_sent(request, response)
        return response


def _over(request: HttpRequest, person: Person) -> str:
    began = request.session.get(_BEGAN)
    if began is None:
        return ""
    if timezone.now().timestamp() - began > timedelta(hours=settings.SESSION_HOURS).total_seconds():
        return "old"
    if person.is_administrator and request.session.get(_MARK) != person.session_mark:
        return "elsewhere"
    return ""


def locked_out(request: HttpRequest, original_response: HttpResponse | None = None, *args: Any) -> HttpResponse:
    """The answer to a login while the account is locked."""
    return render(request, "org/locked.html", {"minutes": 30, "failures": settings.AXES_FAILURE_LIMIT}, status=429)
