"""Whose eyes a page or a file with personal data is for: the mark of whoever is signed in, at this moment."""

from typing import Protocol, cast

from django.http import HttpRequest
from django.utils import timezone

from minewarden.documents.watermark import Watermark


class Named(Protocol):
    """What the mark asks of an account."""

    name: str
    username: str


def watermark_of(request: HttpRequest) -> Watermark:
    """The mark of the person who asks. It is made anew for each answer and never kept with what others may fetch."""
    person = cast("Named", request.user)
    return Watermark(person.name, person.username, timezone.now())
