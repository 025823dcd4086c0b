"""What the unit switcher on every page needs."""

from typing import Any

from django.http import HttpRequest

from minewarden.desk.org.access import UNIT_IN_VIEW
from minewarden.desk.org.models import Person
from minewarden.desk.org.queries import switcher


def scope(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor: the units a person may switch between, where there is more than one."""
    person = getattr(request, "user", None)
    if not isinstance(person, Person):
        return {}
    return {"switcher_units": switcher(person), "switcher_now": request.session.get(UNIT_IN_VIEW)}
