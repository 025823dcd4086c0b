"""Warnings with who asked and who released them, the units in their scope, and texts that are used again."""

from typing import Any, ClassVar

from django.db import models

from minewarden.desk.alerts.codes import AUDIENCES
from minewarden.desk.cases.models import Asked
from minewarden.vocab.words import DISPLAY_ZONE


class AlertText(models.Model):
    """A text that a bureau uses again."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="alert_texts")
    name = models.CharField(max_length=60)
    text = models.TextField()
    made_at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("unit__path", "name")

    def __str__(self) -> str:
        return self.name


class Alert(Asked):
    """A warning. It goes out only when a second person has released it, unit by unit, at a pace, up to a cost (fen)."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="alerts")
    title = models.CharField(max_length=80)
    text = models.TextField()
    ways = models.JSONField()
    audience = models.CharField(max_length=16, choices=[(a, a) for a in AUDIENCES])
    kinds = models.JSONField(default=list)
    per_minute = models.PositiveIntegerField()
    price = models.PositiveIntegerField()
    cap = models.PositiveIntegerField()
    planned_units = models.PositiveIntegerField()
    planned_sms = models.PositiveIntegerField()
    spent = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    stopped_why = models.CharField(max_length=200, blank=True)

    class Meta(Asked.Meta):
        ordering = ("-asked_at", "-pk")
        indexes = (models.Index(fields=("outcome", "finished_at", "stopped_at")),)
        constraints: ClassVar[Any] = (*Asked.Meta.constraints,)

    def __str__(self) -> str:
        return self.title

    @property
    def code(self) -> str:
        """The number by which people name it."""
        return f"TX-{self.asked_at.astimezone(DISPLAY_ZONE):%Y}-{self.pk:05d}"

    @property
    def standing(self) -> str:
        """Where it stands."""
        if self.outcome != Asked.Outcome.AGREED:
            return "pending" if self.outcome == Asked.Outcome.PENDING else "refused"
        if self.stopped_at is not None:
            return "stopped"
        return "finished" if self.finished_at is not None else "running"


class AlertUnit(models.Model):
    """A unit in the scope of a warning, as it was when it was released; `told_at` once its messages are posted."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="units")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    told_at = models.DateTimeField(null=True)
    people = models.PositiveIntegerField(default=0)
    sms = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("unit__path",)
        constraints = (models.UniqueConstraint(fields=("alert", "unit"), name="a_unit_is_warned_once"),)
        indexes = (models.Index(fields=("alert", "told_at")),)

    def __str__(self) -> str:
        return f"{self.alert_id} {self.unit_id}"
