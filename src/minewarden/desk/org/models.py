"""Units in a tree, people with an account, and posts: a person's role over a unit and all below it."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone

from minewarden.desk.kit.sealed_field import SealedField
from minewarden.desk.kit.words import say, word
from minewarden.desk.org import codes


def _school_code(value: str) -> None:
    if not codes.is_school_code(value):
        raise ValidationError(word("desk_org.bad_school_code"))


def _region_code(value: str) -> None:
    if not codes.is_region_code(value):
        raise ValidationError(word("desk_org.bad_region_code"))


def _credit_code(value: str) -> None:
    if not codes.is_credit_code(value):
        raise ValidationError(word("desk_org.bad_credit_code"))


class Role(models.TextChoices):
    """What a person may do over a unit's subtree. The three administrators hold no second role.

    A keeper (单位管理员) keeps the units, the people and the ledgers of a subtree, and grants nothing.
    """

    SYSTEM = "system", word("desk_org.role_system")
    SECURITY = "security", word("desk_org.role_security")
    AUDIT = "audit", word("desk_org.role_audit")
    OFFICER = "officer", word("desk_org.role_officer")
    APPROVER = "approver", word("desk_org.role_approver")
    LEADER = "leader", word("desk_org.role_leader")
    KEEPER = "keeper", word("desk_org.role_keeper")


ADMINISTRATORS: frozenset[str] = frozenset({Role.SYSTEM, Role.SECURITY, Role.AUDIT})


MAX_PASSWORD_AGE = timedelta(days=90)


class Unit(models.Model):
    """A bureau, a school, a department. `path` is the numbers from the root down to itself: "1/4/17/"."""

    class Kind(models.TextChoices):
        PROVINCE = "province", word("desk_org.kind_province")
        CITY = "city", word("desk_org.kind_city")
        DISTRICT = "district", word("desk_org.kind_district")
        ZONE = "zone", word("desk_org.kind_zone")
        SCHOOL = "school", word("desk_org.kind_school")
        KINDERGARTEN = "kindergarten", word("desk_org.kind_kindergarten")
        DEPARTMENT = "department", word("desk_org.kind_department")

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=255, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60, blank=True)
    aliases = models.JSONField(default=list, blank=True)
    # NULL and not empty: several units have none, and yet it is unique.
    school_code = models.CharField(max_length=12, null=True, blank=True, unique=True, validators=[_school_code])
    region_code = models.CharField(max_length=6, blank=True, validators=[_region_code])
    credit_code = models.CharField(max_length=18, null=True, blank=True, unique=True, validators=[_credit_code])
    valid_from = models.DateField(default=timezone.localdate)
    valid_to = models.DateField(null=True, blank=True)
    # The unit into which this one was merged: from `valid_to` on it answers for what was this one's.
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")

    class Meta:
        ordering = ("path",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="unit_ends_after_it_begins",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name

    @property
    def depth(self) -> int:
        """0 for a root."""
        return self.path.count("/") - 1

    def contains(self, other: "Unit") -> bool:
        """Whether the other unit is this one or stands below it."""
        return other.path.startswith(self.path)

    def subtree(self) -> "models.QuerySet[Unit]":
        """This unit and all below it."""
        return Unit.objects.filter(path__startswith=self.path)

    def ancestor_ids(self) -> list[int]:
        """Numbers of the units above, root first."""
        return [int(number) for number in self.path.rstrip("/").split("/")[:-1]]

    def name_on(self, day: date) -> str:
        """What the unit was called on a day."""
        former = self.former_names.filter(until__gte=day).order_by("until", "pk").first()
        return former.name if former else self.name

    def is_current(self, on: date) -> bool:
        """Whether the unit exists on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class FormerName(models.Model):
    """A name that a unit had until a day: papers of that time bear it."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60, blank=True)
    until = models.DateField()

    class Meta:
        ordering = ("-until", "-pk")

    def __str__(self) -> str:
        return self.name


class People(BaseUserManager["Person"]):
    """Accounts are made by `org.actions.create_person`; this finds them."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The account with that login name."""
        return self.get(username=username)


class Person(AbstractBaseUser):
    """A person with an account. One name field: Chinese names are not split."""

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    phone = SealedField(blank=True, default="", validators=[MaxLengthValidator(20)])
    language = models.CharField(max_length=2, blank=True, choices=[("zh", "中文"), ("en", "English")])
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="people")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    session_mark = models.CharField(max_length=32, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[People] = People()

    class Meta:
        ordering = ("username",)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and forget what was remembered of the posts."""
        self.__dict__.pop("_active_posts", None)
        super().save(*args, **kwargs)

    def password_is_due(self, now: datetime) -> bool:
        """Whether the password must be changed before anything else: a first one, or one that is too old."""
        since = self.password_changed_at
        return self.must_change_password or (since is not None and now - since > MAX_PASSWORD_AGE)

    def active_posts(self) -> "list[Post]":
        """The posts held now, read once per request."""
        if "_active_posts" not in self.__dict__:
            held = list(self.posts.filter(revoked_at=None).select_related("unit"))
            self.__dict__["_active_posts"] = held
            # Most people have their post at their own unit, which then need not be asked for.
            own = next((post.unit for post in held if post.unit_id == self.unit_id), None)
            if own is not None and not Person.unit.is_cached(self):
                self.unit = own
        posts: list[Post] = self.__dict__["_active_posts"]
        return posts

    def holds(self, *roles: str) -> bool:
        """Whether the person holds one of the roles over any unit."""
        return self.is_active and any(post.role in roles for post in self.active_posts())

    def scope_paths(self, *roles: str) -> list[str]:
        """Paths of the units over which the person holds one of the roles (none named: any role), outermost only."""
        held = (
            sorted({p.unit.path for p in self.active_posts() if not roles or p.role in roles}) if self.is_active else []
        )
        return [path for path in held if not any(path != other and path.startswith(other) for other in held)]

    def audit_unit(self) -> tuple[int, str, str]:
        """What the log notes of the person's unit."""
        return self.unit.pk, self.unit.name, self.unit.path

    @property
    def is_administrator(self) -> bool:
        """Whether the person is one of the three administrators."""
        return self.holds(*ADMINISTRATORS)

    def duties(self) -> str:
        """The roles in words, as shown beside the name."""
        labels = dict.fromkeys(str(Role(post.role).label) for post in self.active_posts())
        return say("desk_kit.list_comma").join(labels)


class OldPassword(models.Model):
    """The hash of a password that a person had; one of the last five is not taken again."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="old_passwords")
    password = models.CharField(max_length=128)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.person_id}"


class Post(models.Model):
    """A role over a unit's subtree. It is revoked, never deleted: who answered then must stay readable."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=20, choices=Role.choices)
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("unit__path", "role", "person_id")
        constraints = (
            models.UniqueConstraint(
                fields=["person", "unit", "role"], condition=models.Q(revoked_at=None), name="one_active_post_of_a_kind"
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(revoked_at=None, role__in=["audit", "security", "system"]),
                name="one_administrator_role_per_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} @ {self.unit_id}"


class Parameter(models.Model):
    """参数: a number that a bureau set from a day on, for itself and all below it. A row is never changed: a later one
    takes its place."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="parameters")
    key = models.CharField(max_length=40)
    value = models.CharField(max_length=60)
    since = models.DateField()
    reason = models.CharField(max_length=200)
    entered_at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-since", "-pk")
        indexes = (models.Index(fields=("unit", "since")),)

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


class SecondFactor(models.Model):
    """双因素认证: the sealed secret of a person's telephone. Of steps up to `last_step` no code is taken any more."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="second_factor")
    secret = SealedField()
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id}"


class RecoveryCode(models.Model):
    """A code that stands in once for a telephone that was lost; kept as a keyed hash."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "digest"], name="recovery_code_once"),)

    def __str__(self) -> str:
        return f"{self.person_id}"
