"""Verbs over units, people and posts. Each checks who may, changes, and writes the log, all in one transaction."""

import re
from datetime import date

from axes.utils import reset
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit.words import word
from minewarden.desk.org.access import holds
from minewarden.desk.org.models import ADMINISTRATORS, Person, Post, Role, Unit
from minewarden.vocab.errors import MinewardenError
from minewarden.vocab.message import message

_LAST = 5
_LOGIN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}", re.ASCII)


class Refused(MinewardenError):
    """The act is not allowed; the message says why."""


@transaction.atomic
def create_unit(
    *,
    by: Person | None,
    kind: str,
    name: str,
    parent: Unit | None = None,
    short_name: str = "",
    school_code: str = "",
    region_code: str = "",
    credit_code: str = "",
    aliases: list[str] | None = None,
    valid_from: date | None = None,
) -> Unit:
    """Add a unit below another; only the program itself (`by=None`) makes a root. Raises Refused, ValidationError."""
    _may(by, Role.SYSTEM, parent)
    unit = Unit(
        parent=parent,
        kind=kind,
        name=name.strip(),
        short_name=short_name.strip(),
        school_code=school_code or None,
        region_code=region_code or (parent.region_code if parent else ""),
        credit_code=credit_code or None,
        aliases=aliases or [],
        valid_from=valid_from or timezone.localdate(),
    )
    unit.full_clean(exclude=["path"])
    # The path holds the unit's own number, which only the insertion tells; until then it is a name nobody else has.
    unit.path = f"new-{timezone.now().timestamp()}"
    unit.save()
    unit.path = f"{parent.path if parent else ''}{unit.pk}/"
    unit.save(update_fields=["path"])
    record("unit.create", by=by, obj=unit, after=_unit_facts(unit))
    return unit


@transaction.atomic
def create_person(
    *, by: Person | None, unit: Unit, username: str, name: str, password: str, phone: str = "", must_change: bool = True
) -> Person:
    """Open an account in a unit. Raises Refused, ValidationError (also for a weak password)."""
    _may(by, Role.SYSTEM, unit)
    if not _LOGIN_NAME.fullmatch(username):
        raise ValidationError({"username": word("desk_org.bad_username")})
    person = Person(
        username=username, name=name.strip(), phone=phone.strip(), unit=unit, must_change_password=must_change
    )
    person.set_unusable_password()
    person.full_clean()
    validate_password(password, person)
    person.set_password(password)
    person.password_changed_at = timezone.now()
    person.save()
    record("person.create", by=by, obj=person, after={"username": username, "name": person.name, "unit": unit.name})
    return person


@transaction.atomic
def set_active(person: Person, *, by: Person, active: bool) -> Person:
    """Close or reopen an account; its posts and its past remain. Raises Refused."""
    _may(by, Role.SYSTEM, person.unit)
    if person.pk == by.pk:
        raise Refused(message("desk_org.not_yourself"))
    before = {"is_active": person.is_active}
    person.is_active = active
    person.save(update_fields=["is_active"])
    record("person.open" if active else "person.close", by=by, obj=person, before=before, after={"is_active": active})
    return person


@transaction.atomic
def reset_password(person: Person, *, by: Person, password: str) -> Person:
    """Give a person a new first password, to be changed at the next login. Raises Refused, ValidationError."""
    _may(by, Role.SYSTEM, person.unit)
    if person.pk == by.pk:
        raise Refused(message("desk_org.not_yourself"))
    return _set_password(person, password, by=by, action="person.reset_password", must_change=True)


@transaction.atomic
def unlock(person: Person, *, by: Person) -> None:
    """Lift the lock that failed logins put on an account, before its time is over. Raises Refused."""
    _may(by, Role.SECURITY, person.unit)
    reset(username=person.username)
    record("person.unlock", by=by, obj=person)


@transaction.atomic
def change_password(person: Person, *, password: str) -> Person:
    """Change one's own password. Raises ValidationError."""
    recent = [person.password, *person.old_passwords.values_list("password", flat=True)[: _LAST - 1]]
    if any(check_password(password, old) for old in recent):
        raise ValidationError(word("desk_org.password_same", count=_LAST))
    return _set_password(person, password, by=person, action="person.change_password", must_change=False)


@transaction.atomic
def choose_language(person: Person, *, language: str) -> Person:
    """Remember a person's language: zh or en."""
    before = {"language": person.language}
    person.language = language
    person.save(update_fields=["language"])
    record("person.language", by=person, obj=person, before=before, after={"language": language})
    return person


@transaction.atomic
def grant_post(person: Person, *, role: str, unit: Unit, by: Person | None) -> Post:
    """Give a person a role over a unit's subtree.

    By a security administrator of that unit; the program itself may, for the first accounts. The three administrators
    are three people: no other role beside, no second one, not the same phone. Raises Refused.
    """
    _may(by, Role.SECURITY, unit)
    if by is not None and by.pk == person.pk:
        raise Refused(message("desk_org.not_yourself"))
    # Everybody who grants to this person waits here, so that two grants cannot pass the check side by side.
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    _check_separation(person, role)
    if person.posts.filter(role=role, unit=unit, revoked_at=None).exists():
        raise Refused(message("desk_org.already_holds"))
    post = Post.objects.create(person=person, unit=unit, role=role, granted_by=by)
    record("post.grant", by=by, obj=post, after=_post_facts(post))
    return post


@transaction.atomic
def revoke_post(post: Post, *, by: Person) -> Post:
    """End a post; the row stays. Raises Refused."""
    _may(by, Role.SECURITY, post.unit)
    if post.person_id == by.pk:
        raise Refused(message("desk_org.not_yourself"))
    if post.revoked_at is not None:
        raise Refused(message("desk_org.already_revoked"))
    post.revoked_at = timezone.now()
    post.revoked_by = by
    post.save(update_fields=["revoked_at", "revoked_by"])
    record("post.revoke", by=by, obj=post, before=_post_facts(post))
    return post


def _may(by: Person | None, role: Role, unit: Unit | None) -> None:
    """Refuse an account that does not hold the role over the unit. The program and its operator (None) may."""
    if by is None:
        return
    if unit is None or not holds(by, role, unit=unit):
        raise Refused(message("desk_org.not_allowed"))


def _check_separation(person: Person, role: str) -> None:
    held = set(person.posts.filter(revoked_at=None).values_list("role", flat=True))
    if role in ADMINISTRATORS and held - {role}:
        raise Refused(message("desk_org.administrator_alone"))
    if role not in ADMINISTRATORS and held & ADMINISTRATORS:
        raise Refused(message("desk_org.administrator_alone"))
    if role in ADMINISTRATORS and person.phone:
        twins = Post.objects.filter(revoked_at=None, role__in=ADMINISTRATORS - {role}, person__phone=person.phone)
        if twins.exclude(person=person).exists():
            raise Refused(message("desk_org.same_phone"))


def _set_password(person: Person, password: str, *, by: Person, action: str, must_change: bool) -> Person:
    validate_password(password, person)
    person.old_passwords.create(password=person.password)
    person.set_password(password)
    person.password_changed_at = timezone.now()
    person.must_change_password = must_change
    person.save(update_fields=["password", "password_changed_at", "must_change_password"])
    record(action, by=by, obj=person)
    return person


def _unit_facts(unit: Unit) -> dict[str, object]:
    return {
        "name": unit.name,
        "kind": unit.kind,
        "parent": unit.parent.name if unit.parent else "",
        "school_code": unit.school_code or "",
    }


def _post_facts(post: Post) -> dict[str, object]:
    """Names and not numbers: the log must be readable when the rows are gone."""
    return {"person": post.person.name, "username": post.person.username, "role": post.role, "unit": post.unit.name}
