"""The first unit and the three administrators of a fresh installation, made by whoever runs the machine."""

from django.core.exceptions import ValidationError
from django.db import transaction

from minewarden.desk.kit.words import word
from minewarden.desk.org import actions
from minewarden.desk.org.models import Person, Unit


def root() -> Unit | None:
    """The unit above all others, or None before the first administrator."""
    return Unit.objects.filter(parent=None).order_by("pk").first()


@transaction.atomic
def administrator(
    *, role: str, username: str, name: str, password: str, phone: str = "", unit_name: str = "", kind: str = "city"
) -> Person:
    """Make one of the three administrators over the whole tree; `unit_name` names the root where there is none yet.

    Who is there already under that login name is refused. Raises Refused, ValidationError.
    """
    top = root()
    if top is None:
        if not unit_name:
            raise ValidationError(word("desk_org.root_needs_name"))
        top = actions.create_unit(by=None, kind=kind, name=unit_name)
    person = actions.create_person(
        by=None, unit=top, username=username, name=name, password=password, phone=phone, must_change=False
    )
    actions.grant_post(person, role=role, unit=top, by=None)
    return person
