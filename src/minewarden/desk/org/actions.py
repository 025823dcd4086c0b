"""Verbs over units, people and posts. Each checks who may, changes, and writes the log, all in one transaction."""

import re
from datetime import date, datetime, timedelta
from typing import Any

from axes.utils import reset
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from minewarden.desk.audit.record import record
from minewarden.desk.kit.words import say, word
from minewarden.desk.org.access import holds
from minewarden.desk.org.models import ADMINISTRATORS, Parameter, Person, Post, RecoveryCode, Role, SecondFactor, Unit
from minewarden.desk.org.parameters import SETTINGS, in_force
from minewarden.vocab.errors import MinewardenError
from minewarden.vocab.message import message

KEEPERS = (Role.SYSTEM, Role.KEEPER)
_LAST = 5
_BUREAUS = (Unit.Kind.PROVINCE, Unit.Kind.CITY, Unit.Kind.DISTRICT, Unit.Kind.ZONE)
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
    _may(by, KEEPERS, parent)
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
def change_unit(unit: Unit, *, by: Person | None, parent: Unit | None = None, **facts: Any) -> Unit:
    """Change what a unit is called, its codes, or where it stands. Raises Refused, ValidationError.

    facts: kind, name, short_name, aliases, school_code, region_code, credit_code, valid_from. A former name is kept
    with the last day on which it held, and still finds the unit. By a keeper or system administrator of the unit
    above; moving needs the duty over both places.
    """
    _may(by, KEEPERS, unit.parent or unit)
    before = _unit_facts(unit)
    if facts.get("name", unit.name) != unit.name:
        unit.former_names.create(
            name=unit.name, short_name=unit.short_name, until=timezone.localdate() - timedelta(days=1)
        )
    for key, value in facts.items():
        setattr(unit, key, value or None if key in {"school_code", "credit_code"} else value)
    unit.full_clean(exclude=["path"])
    unit.save()
    if parent is not None and parent.pk != unit.parent_id:
        _move(unit, parent, by)
    record("unit.change", by=by, obj=unit, before=before, after=_unit_facts(unit))
    return unit


@transaction.atomic
def close_unit(unit: Unit, *, by: Person | None, until: date, successor: Unit | None = None) -> Unit:
    """Say that a unit exists until a day, and which unit it was merged into; it stays readable. Raises Refused.

    From the next day on what is attributed to its addresses is its successor's. Units below it must be closed or moved
    first, so that nobody is left behind.
    """
    _may(by, KEEPERS, unit.parent or unit)
    if successor is not None and (unit.contains(successor) or _leads_to(successor, unit)):
        raise Refused(message("desk_org.successor_below"))
    if unit.valid_to is not None:
        raise Refused(message("desk_org.closed_already"))
    if unit.children.filter(valid_to=None).exists():
        raise Refused(message("desk_org.has_units_below"))
    unit.valid_to, unit.successor = until, successor
    unit.full_clean(exclude=["path"])
    unit.save(update_fields=["valid_to", "successor"])
    after = {"valid_to": until, "successor": successor.name if successor else None}
    record("unit.close", by=by, obj=unit, after=after)
    return unit


@transaction.atomic
def create_person(
    *, by: Person | None, unit: Unit, username: str, name: str, password: str, phone: str = "", must_change: bool = True
) -> Person:
    """Open an account in a unit. Raises Refused, ValidationError (also for a weak password)."""
    _may(by, KEEPERS, unit)
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
    _may(by, Role.SYSTEM if person.is_administrator else KEEPERS, person.unit)
    if person.pk == by.pk:
        raise Refused(message("desk_org.not_yourself"))
    before = {"is_active": person.is_active}
    person.is_active = active
    person.save(update_fields=["is_active"])
    record("person.open" if active else "person.close", by=by, obj=person, before=before, after={"is_active": active})
    return person


@transaction.atomic
def close_leaver(person: Person, *, by: Person | None) -> Person:
    """Close the account of somebody who leaves, at once: sessions end, posts are revoked, the past remains.

    The three administrators are not closed in this way: they are replaced first, by `set_active`. Raises Refused.
    """
    if person.is_administrator:
        raise Refused(message("desk_org.administrator_leaves"))
    if by is not None and person.pk == by.pk:
        raise Refused(message("desk_org.not_yourself"))
    now = timezone.now()
    held = person.posts.filter(revoked_at=None).select_related("unit")
    posts = "、".join(f"{post.get_role_display()}@{post.unit.name}" for post in held)
    person.posts.filter(revoked_at=None).update(revoked_at=now, revoked_by=by)
    person.is_active = False
    person.save(update_fields=["is_active"])
    record("person.close", by=by, obj=person, before={"is_active": True, "posts": posts}, after={"is_active": False})
    return person


@transaction.atomic
def reset_password(person: Person, *, by: Person, password: str) -> Person:
    """Give a person a new first password, to be changed at the next login. Raises Refused, ValidationError."""
    _may(by, Role.SYSTEM, person.unit)
    if person.pk == by.pk:
        raise Refused(message("desk_org.not_yourself"))
    return _set_password(person, password, by=by, action="person.reset_password", must_change=True)


@transaction.atomic
def reveal_phone(person: Person, *, by: Person, reason: str) -> str:
    """The whole telephone number of a person, for a reason that the log keeps. Raises Refused, ValidationError."""
    _may(by, (*KEEPERS, Role.SECURITY), person.unit)
    if not reason.strip():
        raise ValidationError({"reason": word("desk_org.reason_needed")})
    record("person.reveal", by=by, obj=person, after={"reason": reason.strip()})
    return person.phone


@transaction.atomic
def unlock(person: Person, *, by: Person) -> None:
    """Lift the lock that failed logins put on an account, before its time is over. Raises Refused."""
    _may(by, Role.SECURITY, person.unit)
    reset(username=person.username)
    record("person.unlock", by=by, obj=person)


@transaction.atomic
def drop_second_factor(person: Person, *, by: Person) -> None:
    """Take a lost telephone's second factor off, so that the person sets up another. Raises Refused.

    By a security administrator, who has convinced himself of who asks.
    """
    _may(by, Role.SECURITY, person.unit)
    if person.pk == by.pk:
        raise Refused(message("desk_org.not_yourself"))
    removed, _ = SecondFactor.objects.filter(person=person).delete()
    if not removed:
        raise Refused(message("desk_org.no_second_factor"))
    RecoveryCode.objects.filter(person=person).delete()
    person.session_mark = ""
    person.save(update_fields=["session_mark"])
    record("person.drop_second_factor", by=by, obj=person)


@transaction.atomic
def change_password(person: Person, *, password: str) -> Person:
    """Change one's own password. Raises ValidationError."""
    recent = [person.password, *person.old_passwords.values_list("password", flat=True)[: _LAST - 1]]
    if any(check_password(password, old) for old in recent):
        raise ValidationError(word("desk_org.password_same", count=_LAST))
    return _set_password(person, password, by=person, action="person.change_password", must_change=False)


@transaction.atomic
def set_parameter(
    *, by: Person, now: datetime, unit: Unit, key: str, value: str, since: date, reason: str
) -> Parameter:
    """Set a number for a bureau and all below it, from a day on. Raises Refused, ValidationError (outside the bounds,
    in the past, without a reason). By the system administrator of the bureau."""
    _may(by, Role.SYSTEM, unit)
    setting = SETTINGS[key]
    if unit.kind not in _BUREAUS:
        raise Refused(message("desk_org.parameter_of_a_bureau"))
    try:
        canonical = setting.canonical(value)
    except ValueError:
        bounds = {"least": setting.least, "most": setting.most}
        raise ValidationError({"value": say(f"desk_org.parameter_bad_{setting.kind}", **bounds)}) from None
    if since < timezone.localdate(now):
        raise ValidationError({"since": word("desk_org.parameter_past")})
    if not reason.strip():
        raise ValidationError({"reason": word("desk_org.reason_needed")})
    before = in_force(unit, now).values[key]
    row: Parameter = Parameter.objects.create(
        unit=unit, key=key, value=canonical, since=since, reason=reason.strip(), entered_at=now, by=by
    )
    facts = {"parameter": key, "unit": unit.name, "value": canonical, "since": since, "note": row.reason}
    record("parameter.set", by=by, obj=row, before={"value": before}, after=facts)
    return row


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


def _may(by: Person | None, roles: Role | tuple[Role, ...], unit: Unit | None) -> None:
    """Refuse an account that holds none of the roles over the unit. The program and its operator (None) may."""
    if by is None:
        return
    if unit is None or not holds(by, *((roles,) if isinstance(roles, Role) else roles), unit=unit):
        raise Refused(message("desk_org.not_allowed"))


def _move(unit: Unit, parent: Unit, by: Person | None) -> None:
    """Hang a unit with all below it under another; every path below begins anew."""
    _may(by, KEEPERS, parent)
    if unit.contains(parent):
        raise Refused(message("desk_org.below_itself"))
    old = unit.path
    unit.parent, unit.path = parent, f"{parent.path}{unit.pk}/"
    unit.save(update_fields=["parent", "path"])
    for below in Unit.objects.filter(path__startswith=old).exclude(pk=unit.pk):
        below.path = unit.path + below.path[len(old) :]
        below.save(update_fields=["path"])


def _leads_to(unit: Unit, other: Unit) -> bool:
    """Whether following successors from a unit ends up at another."""
    seen = set[int]()
    while unit.successor is not None and unit.pk not in seen:
        if unit.successor == other:
            return True
        seen.add(unit.pk)
        unit = unit.successor
    return False


def _check_separation(person: Person, role: str) -> None:
    held = set(person.posts.filter(revoked_at=None).values_list("role", flat=True))
    if role in ADMINISTRATORS and held - {role}:
        raise Refused(message("desk_org.administrator_alone"))
    if role not in ADMINISTRATORS and held & ADMINISTRATORS:
        raise Refused(message("desk_org.administrator_alone"))
    if role in ADMINISTRATORS and person.phone:
        others = Post.objects.filter(revoked_at=None, role__in=ADMINISTRATORS - {role}).exclude(person=person)
        if any(post.person.phone == person.phone for post in others.select_related("person")):
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
