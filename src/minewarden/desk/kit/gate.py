"""The gate before every view: signed in, and holding a role that the page is for."""

from collections.abc import Callable
from functools import wraps
from typing import Protocol, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase

from minewarden.desk.kit import unsent

View = Callable[..., HttpResponseBase]


class Holder(Protocol):
    """What the gate asks of an account."""

    def holds(self, *roles: str) -> bool: ...


def requires(*roles: str) -> Callable[[View], View]:
    """Let in who holds one of the roles (none named: whoever is signed in).

    A visitor is sent to the login page; a stranger gets 404, since a refusal would tell that there is something.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not request.user.is_authenticated:
                # Who typed for an hour has lost the session and must not lose what was typed.
                return unsent.through_sign_in(request) or redirect_to_login(request.get_full_path())
            if roles and not cast("Holder", request.user).holds(*roles):
                raise Http404
            return view(request, *args, **kwargs)

        guarded.required_roles = frozenset(roles)  # type: ignore[attr-defined]  # read by the test of all routes
        return guarded

    return wrap
