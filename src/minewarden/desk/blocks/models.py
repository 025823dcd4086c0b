"""Block proposals: what is to be blocked, why, on what legal basis, until when, and who agreed."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from minewarden.desk.cases.models import Asked
from minewarden.vocab.blockrule import Target


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
    target = models.CharField(max_length=16, choices=[(t.value, t.value) for t in Target])
    value = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=0)
    basis = models.CharField(max_length=32)
    expires_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    lifted_reason = models.TextField(blank=True)

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
        )

    def __str__(self) -> str:
        return self.shown

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


class Release(models.Model):
    """What a unit put into force for itself and all below it, numbered: the rules that were approved at that moment.

    It is never changed. Files and the file of orders are made from it, so that who fetches them twice gets the same.
    """

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
            models.UniqueConstraint(fields=("unit", "number"), name="a_release_has_its_own_number"),
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

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("release", "unit")),)

    def __str__(self) -> str:
        return f"{self.unit.label} {self.device} {self.state}"
