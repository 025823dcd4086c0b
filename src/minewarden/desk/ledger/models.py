"""Address ranges and devices of units, as tracing needs them."""

import ipaddress
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from minewarden.desk.kit.words import word
from minewarden.desk.org.models import Unit
from minewarden.vocab.net import canonical_ip, canonical_mac


class UnitRange(models.Model):
    """A range of addresses that was a unit's during a time. First and last stand as text that sorts like numbers."""

    class Purpose(models.TextChoices):
        EGRESS = "egress", word("desk_ledger.purpose_egress")
        SERVER = "server", word("desk_ledger.purpose_server")
        OFFICE = "office", word("desk_ledger.purpose_office")
        TEACHING = "teaching", word("desk_ledger.purpose_teaching")
        DORMITORY = "dormitory", word("desk_ledger.purpose_dormitory")
        WIRELESS = "wireless", word("desk_ledger.purpose_wireless")
        CAMERA = "camera", word("desk_ledger.purpose_camera")
        RESERVED = "reserved", word("desk_ledger.purpose_reserved")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="ranges")
    cidr = models.CharField(max_length=43)
    first = models.CharField(max_length=33, editable=False, db_index=True)
    last = models.CharField(max_length=33, editable=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("first", "last", "valid_from")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="range_ends_after_it_begins",
            ),
        )

    def __str__(self) -> str:
        return self.cidr

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with `first` and `last` in step with `cidr`."""
        self.clean()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Bring the range into its one spelling; host bits are an error, not something to be cut off silently."""
        try:
            network = ipaddress.ip_network(self.cidr.strip(), strict=True)
        except ValueError as error:
            raise ValidationError({"cidr": word("desk_ledger.bad_cidr")}) from error
        self.cidr = str(network)
        self.first = sort_key(network[0])
        self.last = sort_key(network[-1])

    @property
    def size(self) -> int:
        """How many addresses it spans; the narrower of two ranges is the more exact statement."""
        return ipaddress.ip_network(self.cidr).num_addresses


class Asset(models.Model):
    """A device in the ledger: what it is called, where it stands, who answers for it."""

    number = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assets")
    ip = models.CharField(max_length=39, blank=True, db_index=True)
    mac = models.CharField(max_length=17, blank=True, db_index=True)
    hostname = models.CharField(max_length=120, blank=True)
    place = models.CharField(max_length=120, blank=True)
    department = models.CharField(max_length=120, blank=True)
    person_name = models.CharField(max_length=60, blank=True)
    switch_port = models.CharField(max_length=80, blank=True)
    login = models.CharField(max_length=80, blank=True, db_index=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["unit", "number"], name="asset_number_once_per_unit"),)

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save in canonical spelling."""
        self.clean()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Bring address and MAC into their one spelling."""
        for field, canonical in (("ip", canonical_ip), ("mac", canonical_mac)):
            text = getattr(self, field)
            try:
                setattr(self, field, canonical(text) if text else "")
            except ValueError as error:
                raise ValidationError({field: word(f"desk_ledger.bad_{field}")}) from error


def sort_key(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """An address as fixed-width hexadecimal with its family in front, so that text compares as numbers do."""
    return f"{address.version}{int(address):032x}"
