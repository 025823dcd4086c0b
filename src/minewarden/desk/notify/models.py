"""Outlets, messages, the copies that people read in the desk, and deliveries: one line for each way to each person."""

import json
from typing import Any

from django.db import models

from minewarden.desk.kit import sealed
from minewarden.desk.kit.sealed_field import SealedField
from minewarden.plugins import CHANNELS
from minewarden.vocab.errors import ConfigError


class Outlet(models.Model):
    """通知渠道: a channel with its settings. A robot tells its own unit; mail and SMS reach all below the unit."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="outlets")
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=64)
    sealed_settings = models.BinaryField()
    urgent_only = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("unit__path", "kind", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def settings(self) -> dict[str, str]:
        """What was filled in, opened. Raises ConfigError where the key is gone."""
        found: dict[str, str] = json.loads(sealed.unseal(bytes(self.sealed_settings), "outlet"))
        return found

    @settings.setter
    def settings(self, given: dict[str, str]) -> None:
        self.sealed_settings = sealed.seal(json.dumps(given).encode(), "outlet")

    @property
    def robot(self) -> tuple[str, str] | None:
        """A group's robot by its kind and address: several units may use the same one, and its pace is one. None for a
        channel that reaches people one by one, or where the key of the settings is gone."""
        try:
            address = "" if self.channel.personal else self.settings.get("url", "").strip()
        except ConfigError:
            return None
        return (self.kind, address) if address else None

    @property
    def channel(self) -> Any:
        """The class of its channel."""
        return CHANNELS.load(self.kind)


class Message(models.Model):
    """One thing to be told. Its key says what it is about, so that it is told once however often it is posted."""

    key = models.CharField(max_length=128, unique=True)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    word = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    text = models.TextField()
    link = models.CharField(max_length=255, blank=True)
    urgent = models.BooleanField()
    posted_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("-posted_at", "-pk")

    def __str__(self) -> str:
        return self.key


class Copy(models.Model):
    """站内消息: the message in somebody's own list."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="copies")
    person = models.ForeignKey("org.Person", models.PROTECT, related_name="copies")
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("message", "person"), name="a_person_has_one_copy"),)
        indexes = (models.Index(fields=("person", "read_at")),)

    def __str__(self) -> str:
        return f"{self.message_id} -> {self.person_id}"


class Delivery(models.Model):
    """A message on its way through one outlet. `person` is empty for a group, and for whoever the roster names.

    Who is on duty need not have an account: `called` and `called_phone` say who it is, as the ledger had it.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        UNSURE = "unsure"

    key = models.CharField(max_length=160, unique=True)
    message = models.ForeignKey(Message, models.PROTECT, related_name="deliveries")
    outlet = models.ForeignKey(Outlet, models.PROTECT, related_name="deliveries")
    person = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    called = models.CharField(max_length=60, blank=True)
    called_phone = SealedField(blank=True, default="")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    held = models.BooleanField(default=False)
    bundle = models.CharField(max_length=160, blank=True)
    not_before = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=128, blank=True)
    leased_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=255, blank=True)
    error = models.JSONField(null=True)

    class Meta:
        ordering = ("pk",)
        indexes = (
            models.Index(fields=("state", "not_before")),
            models.Index(fields=("outlet", "started_at")),
        )

    def __str__(self) -> str:
        return self.key


class Reach(models.Model):
    """Where else a person can be told: the mail address he gave himself. The telephone number stands in the account."""

    person = models.OneToOneField("org.Person", models.PROTECT, related_name="reach")
    mail = models.EmailField(blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id}"
