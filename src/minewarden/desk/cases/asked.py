"""What one person proposes and another decides: the columns and the rules that all such rows share."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q


class Asked(models.Model):
    """What one person proposes and another decides. The database itself refuses that both are the same."""

    class Outcome(models.TextChoices):
        PENDING = "pending"
        AGREED = "agreed"
        REFUSED = "refused"

    asked_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.TextField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.PENDING)
    decided_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_note = models.TextField(blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar[Any] = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="%(app_label)s_%(class)s_second_person",
            ),
            models.CheckConstraint(
                condition=Q(outcome="pending", decided_by__isnull=True, decided_at__isnull=True)
                | Q(outcome__in=("agreed", "refused"), decided_by__isnull=False, decided_at__isnull=False),
                name="%(app_label)s_%(class)s_decided_with_who_and_when",
            ),
        )
