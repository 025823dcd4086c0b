"""Block proposals: what is to be blocked, why, on what legal basis, until when, and who agreed."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from minewarden.desk.cases.models import Asked
from minewarden.enforce.guard import Override
from minewarden.vocab.blockrule import TERMINALS, Target
from minewarden.vocab.message import Message, message


class Standing(StrEnum):
    """Where a proposal stands at a moment."""

    PENDING = "pending"
    REFUSED = "refused"
    ACTIVE = "active"
    EXPIRED = "expired"
    LIFTED = "lifted"


class BlockQuerySet(models.QuerySet["Block"]):
    """Blocks by where they stand."""

    def standing(self, standing: Standing, now: datetime) -> "BlockQuerySet":
        """Those that stand so at `now`."""
        agreed = Q(outcome=Asked.Outcome.AGREED)
        lifted = Q(lifted_at__isnull=False)
        conditions = {
            Standing.PENDING: Q(outcome=Asked.Outcome.PENDING),
            Standing.REFUSED: Q(outcome=Asked.Outcome.REFUSED),
            Standing.ACTIVE: agreed & ~lifted & Q(expires_at__gt=now),
            Standing.EXPIRED: agreed & ~lifted & Q(expires_at__lte=now),
            Standing.LIFTED: agreed & lifted,
        }
        return self.filter(conditions[standing])


class Block(Asked):
    """One thing to be blocked. It always ends; it counts only when a second person has agreed."""

    objects = BlockQuerySet.as_manager()

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="blocks")
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="blocks")
    issue = models.ForeignKey("library.Issue", models.PROTECT, null=True, related_name="blocks")
    """The version of the library that it was taken from."""
    target = models.CharField(max_length=16, choices=[(t.value, t.value) for t in Target])
    value = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=0)
    basis = models.CharField(max_length=32)
    expires_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    lifted_reason = models.TextField(blank=True)
    override_reason = models.TextField(blank=True)
    """Why whoever asked takes it upon himself that the guard refuses it; the second person's reason is his note."""
    override_guard = models.JSONField(null=True)
    """What the guard said when it was asked: the identifier and the parameters of its sentence."""

    class Meta(Asked.Meta):
        ordering = ("-asked_at", "pk")
        indexes = (models.Index(fields=("outcome", "expires_at")),)
        constraints: ClassVar[Any] = (
            *Asked.Meta.constraints,
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="a_block_ends_after_it_was_asked"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False, outcome="agreed"),
                name="a_block_is_lifted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(override_reason="") | ~Q(outcome="agreed") | ~Q(decided_note=""),
                name="an_override_has_two_reasons",
            ),
        )

    def __str__(self) -> str:
        return self.shown

    @property
    def cites(self) -> str:
        """What it rests on: the case, or the version of the library."""
        if self.case is not None:
            return self.case.number
        return f"library {self.issue.label}" if self.issue is not None else ""

    @property
    def personal(self) -> bool:
        """Whether it names an account or a device, and not the pool's end."""
        return self.target in TERMINALS

    @property
    def guard_said(self) -> Message | None:
        """What the guard said when two people were asked to answer for it; None: it was not refused."""
        said = self.override_guard
        return message(said["id"], **said["params"]) if said else None

    def signed(self, second: tuple[str, str] | None = None) -> Override | None:
        """Who answers for it in spite of the guard, and why; None: nobody does. `second`: who is about to."""
        if not self.override_reason:
            return None
        if second is None and self.decided_by is not None and self.outcome == Asked.Outcome.AGREED:
            second = (self.decided_by.get_username(), self.decided_note)
        first = (self.asked_by.get_username(), self.override_reason)
        return Override((first, second) if second else (first,))

    @property
    def shown(self) -> str:
        """What is blocked, as people write it."""
        if not self.port:
            return self.value
        return f"[{self.value}]:{self.port}" if ":" in self.value else f"{self.value}:{self.port}"

    def standing(self, now: datetime) -> Standing:
        """Where it stands at `now`."""
        if self.outcome != Asked.Outcome.AGREED:
            return Standing.PENDING if self.outcome == Asked.Outcome.PENDING else Standing.REFUSED
        if self.lifted_at is not None:
            return Standing.LIFTED
        return Standing.ACTIVE if self.expires_at > now else Standing.EXPIRED


class Scope(models.TextChoices):
    """What a release is about: what everybody carries out, or who is taken off the network, which is the unit's own."""

    NETWORK = "network"
    TERMINALS = "terminals"


class BigChange(Asked):
    """A release so large that a second person looks at its size first. It counts for exactly these rules."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    scope = models.CharField(max_length=16, choices=Scope.choices)
    rules_sha256 = models.CharField(max_length=64)
    added = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()

    class Meta(Asked.Meta):
        ordering = ("-asked_at", "-pk")

    def __str__(self) -> str:
        return f"+{self.added} -{self.removed}"


class Release(models.Model):
    """What a unit put into force for itself and all below it, numbered: the rules that were approved at that moment.

    It is never changed. Files and the file of orders are made from it, so that who fetches them twice gets the same.
    """

    scope = models.CharField(max_length=16, choices=Scope.choices, default=Scope.NETWORK)
    overridden = models.JSONField(default=list)
    """What of it two people signed for in spite of the guard: what, why the guard refused it, who and why."""
    size = models.ForeignKey(BigChange, models.PROTECT, null=True, related_name="releases")
    """Who looked at its size, where it is large."""
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="block_releases")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    orders = models.BinaryField()
    """The file of orders (`minewarden/block-orders/1`), byte for byte."""
    rules = models.JSONField()
    rules_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar[Any] = (
            # Two people who release at once: one of them is refused.
            models.UniqueConstraint(fields=("unit", "scope", "number"), name="a_release_has_its_own_number"),
        )

    def __str__(self) -> str:
        return f"{self.unit.label} {self.at:%Y}-{self.number}"


class Receipt(models.Model):
    """What a unit says its device holds of a release. The latest of each device counts."""

    class State(models.TextChoices):
        CONFIRMED = "confirmed"
        DRIFTED = "drifted"
        DOWN = "down"
        OTHER = "other"
        """It holds what it was given, but that was not this release."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="receipts")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    device = models.CharField(max_length=80)
    state = models.CharField(max_length=16, choices=State.choices)
    by_hand = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    missing = models.PositiveIntegerField(default=0)
    extra = models.PositiveIntegerField(default=0)
    overridden = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("release", "unit")),)

    def __str__(self) -> str:
        return f"{self.unit.label} {self.device} {self.state}"
