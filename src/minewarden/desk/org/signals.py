"""Logins, failures, locks and logouts reach the log, whichever way they come about."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from minewarden.desk.audit.record import record
from minewarden.desk.kit import masks
from minewarden.desk.org.models import Person
from minewarden.desk.org.sessions import begin


@receiver(user_logged_in)
def _entered(sender: Any, request: HttpRequest, user: Person, **rest: Any) -> None:
    begin(request, user)
    record("session.login", by=user, obj=user)


@receiver(user_logged_out)
def _left(sender: Any, request: HttpRequest | None, user: Person | None, **rest: Any) -> None:
    if user is not None:
        record("session.logout", by=user, obj=user)


@receiver(user_login_failed)
def _failed(sender: Any, credentials: dict[str, Any], **rest: Any) -> None:
    record("session.login", by=None, actor=_who(credentials.get("username")), result="refused")


@receiver(user_locked_out)
def _locked(sender: Any, username: str | None = None, **rest: Any) -> None:
    record("session.lock", by=None, actor=_who(username), result="refused")


def _who(username: object) -> str:
    """The login name that was tried. An unknown one is masked: people type their password into the wrong field."""
    name = str(username or "")[:150]
    return name if Person.objects.filter(username=name).exists() else masks.login(name)
