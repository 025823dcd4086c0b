"""Which walls a person may see, and which wall a link opens."""

from datetime import datetime
from hashlib import sha256

from django.db.models import QuerySet
from django.http import Http404

from minewarden.desk.org.access import BUSINESS, units_visible_to
from minewarden.desk.org.models import Person, Role, Unit
from minewarden.desk.screen.models import Wall


def walls_for(person: Person) -> "QuerySet[Wall]":
    """The walls of the units a person may see."""
    return Wall.objects.filter(unit__in=units_visible_to(person, *BUSINESS)).select_related("unit", "made_by")


def wall_for(person: Person, wall_id: int) -> Wall:
    """One of them. Raises Http404 else."""
    wall = walls_for(person).filter(pk=wall_id).first()
    if wall is None:
        raise Http404
    return wall


def units_of(person: Person) -> "QuerySet[Unit]":
    """The units for which a person may hang a wall: departments have none."""
    return units_visible_to(person, Role.APPROVER).exclude(kind=Unit.Kind.DEPARTMENT)


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


def wall_of(token: str, now: datetime) -> Wall | None:
    """The wall that a link opens; None where there is none, it was taken back, or its day is over."""
    wall = (
        Wall.objects.filter(digest=digest_of(token), revoked_at=None, expires_at__gt=now).select_related("unit").first()
    )
    return wall if wall is not None and wall.made_by.is_active else None
