"""What every page knows of one's messages."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from minewarden.desk.notify.queries import unread as count
from minewarden.desk.org.models import Person


def unread(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor; counted only where a page shows it."""
    person = getattr(request, "user", None)
    return {"unread": SimpleLazyObject(lambda: count(person)) if isinstance(person, Person) else 0}
