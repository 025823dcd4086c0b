"""One record of the log. It names people and objects by value, so that it stands when they are gone."""

from typing import Any, NoReturn

from django.db import models


class Frozen(Exception):
    """Somebody tried to change or remove a record of the log."""


class Records(models.QuerySet["Record"]):
    """Reads only; the database refuses the rest as well, by triggers."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise Frozen("records of the log are not changed")

    def delete(self) -> NoReturn:
        raise Frozen("records of the log are not removed")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Frozen("records of the log are not changed")


class Record(models.Model):
    """An act: `hash` covers every other field and the hash of the record before."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor = models.CharField(max_length=150)
    unit_id = models.BigIntegerField(null=True)
    unit = models.CharField(max_length=200, blank=True)
    unit_path = models.CharField(max_length=255, blank=True, db_index=True)
    ip = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    action = models.CharField(max_length=80, db_index=True)
    kind = models.CharField(max_length=80, blank=True)
    object_id = models.CharField(max_length=80, blank=True)
    result = models.CharField(max_length=20)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=32, blank=True)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = Records.as_manager()

    class Meta:
        ordering = ("-seq",)
        indexes = (models.Index(fields=["kind", "object_id"]),)

    def __str__(self) -> str:
        return f"#{self.seq} {self.action} {self.result}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new record; an existing one is refused."""
        if not self._state.adding:
            raise Frozen("records of the log are not changed")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Frozen("records of the log are not removed")
