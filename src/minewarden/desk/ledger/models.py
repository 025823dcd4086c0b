"""Address ranges and devices of units, as tracing needs them."""

import ipaddress
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from minewarden.desk.kit.words import word
from minewarden.desk.org.models import Unit
from minewarden.vocab.net import Address, Network, canonical_ip, canonical_mac, is_inside


class Line(models.Model):
    """A line to the internet: whose, by which carrier, and what its exit does to addresses.

    `key` is what tells it from others at a shared exit: a VLAN, a tunnel, an interface. `upstream` is the unit whose
    exit it uses; without one the line has an exit of its own.
    """

    class Carrier(models.TextChoices):
        TELECOM = "telecom", word("desk_ledger.carrier_telecom")
        UNICOM = "unicom", word("desk_ledger.carrier_unicom")
        MOBILE = "mobile", word("desk_ledger.carrier_mobile")
        BROADCAST = "broadcast", word("desk_ledger.carrier_broadcast")
        CERNET = "cernet", word("desk_ledger.carrier_cernet")
        EDUCATION = "education", word("desk_ledger.carrier_education")
        GOVERNMENT = "government", word("desk_ledger.carrier_government")
        HOME = "home", word("desk_ledger.carrier_home")

    class Nature(models.TextChoices):
        LEASED = "leased", word("desk_ledger.nature_leased")
        SHARED = "shared", word("desk_ledger.nature_shared")
        METROPOLITAN = "metropolitan", word("desk_ledger.nature_metropolitan")

    class Nat(models.TextChoices):
        NONE = "none", word("desk_ledger.nat_none")
        STATIC = "static", word("desk_ledger.nat_static")
        PAT = "pat", word("desk_ledger.nat_pat")
        CARRIER = "carrier", word("desk_ledger.nat_carrier")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="lines")
    number = models.CharField(max_length=60)
    campus = models.CharField(max_length=60, blank=True)
    carrier = models.CharField(max_length=20, choices=Carrier.choices)
    nature = models.CharField(max_length=20, choices=Nature.choices, blank=True)
    bandwidth = models.PositiveIntegerField(null=True, blank=True)
    own_egress = models.BooleanField(default=True)
    upstream = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="downstream_lines")
    key = models.CharField(max_length=80, blank=True, db_index=True)
    contract = models.CharField(max_length=80, blank=True)
    contract_from = models.DateField(null=True, blank=True)
    contract_to = models.DateField(null=True, blank=True)
    device = models.CharField(max_length=120, blank=True)
    nat = models.CharField(max_length=20, choices=Nat.choices, blank=True)
    nat_log_days = models.PositiveIntegerField(null=True, blank=True)
    login_system = models.CharField(max_length=120, blank=True)
    behaviour = models.CharField(max_length=120, blank=True)
    meter = models.CharField(max_length=40, blank=True)
    person_name = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "number")
        constraints = (models.UniqueConstraint(fields=["unit", "number"], name="line_number_once_per_unit"),)

    def __str__(self) -> str:
        return self.number


class UnitRange(models.Model):
    """A range of addresses that was a unit's during a time. First and last stand as text that sorts like numbers.

    `cidr` is a network, or `first-last` where the range is none. `line` is the exit behind which a private range lies;
    `allocated_by` the unit out of whose range this one was given.
    """

    class Purpose(models.TextChoices):
        EGRESS = "egress", word("desk_ledger.purpose_egress")
        SERVER = "server", word("desk_ledger.purpose_server")
        OFFICE = "office", word("desk_ledger.purpose_office")
        TEACHING = "teaching", word("desk_ledger.purpose_teaching")
        DORMITORY = "dormitory", word("desk_ledger.purpose_dormitory")
        WIRELESS = "wireless", word("desk_ledger.purpose_wireless")
        CAMERA = "camera", word("desk_ledger.purpose_camera")
        FAMILY = "family", word("desk_ledger.purpose_family")
        RESOLVER = "resolver", word("desk_ledger.purpose_resolver")
        RESERVED = "reserved", word("desk_ledger.purpose_reserved")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="ranges")
    cidr = models.CharField(max_length=80)
    first = models.CharField(max_length=33, editable=False, db_index=True)
    last = models.CharField(max_length=33, editable=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="ranges")
    allocated_by = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    dhcp = models.BooleanField(null=True, blank=True)
    log_source = models.CharField(max_length=120, blank=True)
    person_name = models.CharField(max_length=60, blank=True)
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
            first, last = span_of(self.cidr)
        except ValueError as error:
            raise ValidationError({"cidr": word("desk_ledger.bad_cidr")}) from error
        networks = list(ipaddress.summarize_address_range(first, last))
        self.cidr = str(networks[0]) if len(networks) == 1 else f"{first}-{last}"
        self.first, self.last = sort_key(first), sort_key(last)

    @property
    def networks(self) -> list[Network]:
        """The networks that make it up; one, where it is written as one."""
        return list(ipaddress.summarize_address_range(*span_of(self.cidr)))

    @property
    def size(self) -> int:
        """How many addresses it spans; the narrower of two ranges is the more exact statement."""
        return int(self.last[1:], 16) - int(self.first[1:], 16) + 1

    @property
    def is_inside(self) -> bool:
        """Whether these are addresses that many networks use at once."""
        return all(is_inside(network) for network in self.networks)


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


def span_of(text: str) -> tuple[Address, Address]:
    """First and last address of `203.0.113.0/28`, `203.0.113.1-203.0.113.9` or one address. Raises ValueError."""
    begin, dash, end = text.strip().partition("-")
    if not dash:
        network = ipaddress.ip_network(begin, strict=True)
        return network[0], network[-1]
    first, last = ipaddress.ip_address(canonical_ip(begin)), ipaddress.ip_address(canonical_ip(end))
    if first.version != last.version or int(first) > int(last):
        raise ValueError(f"not a range: {text!r}")
    return first, last


def sort_key(address: Address) -> str:
    """An address as fixed-width hexadecimal with its family in front, so that text compares as numbers do."""
    return f"{address.version}{int(address):032x}"
