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
