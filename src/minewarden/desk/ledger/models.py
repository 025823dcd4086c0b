"""The ledgers of units: lines, ranges, devices, duties, log sources, protection, staff; and what was imported."""

import ipaddress
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone

from minewarden.desk.kit.sealed_field import SealedField
from minewarden.desk.kit.words import word
from minewarden.desk.org.models import Person, Unit
from minewarden.vocab.net import Address, Network, canonical_ip, canonical_mac, is_inside


class Entry(models.Model):
    """An entry of a ledger: who wrote it last, whether for another unit (代填), and when it was last confirmed."""

    unit: models.ForeignKey[Unit, Unit]
    entered_by = models.ForeignKey(Person, models.PROTECT, null=True, editable=False, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    on_behalf = models.BooleanField(default=False, editable=False)
    checked_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class Line(Entry):
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
    ended_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "number")
        constraints = (models.UniqueConstraint(fields=["unit", "number"], name="line_number_once_per_unit"),)

    def __str__(self) -> str:
        return self.number

    @classmethod
    def keeping_unsaid(cls) -> models.Q:
        """Lines in use whose own exit hides many behind one address, and of whose log nobody says how long it is kept.

        Of a home line the carrier keeps the log, and of an exit that is shared the unit whose it is.
        """
        hidden = models.Q(nat__in=(cls.Nat.PAT, cls.Nat.CARRIER), own_egress=True, nat_log_days=None, ended_on=None)
        return hidden & ~models.Q(carrier=cls.Carrier.HOME)

    @property
    def keeps_unsaid(self) -> bool:
        """Whether it is one of those."""
        hides = self.nat in (self.Nat.PAT, self.Nat.CARRIER) and self.own_egress and self.carrier != self.Carrier.HOME
        return hides and self.nat_log_days is None and self.ended_on is None


class UnitRange(Entry):
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
        indexes = (
            # Who has an exit: few of the ranges are one.
            models.Index(fields=["purpose", "unit"], name="range_by_purpose"),
            # All ranges in the order in which contradictions are looked for, without reading the rows.
            models.Index(fields=["first", "-last", "id", "unit", "line"], name="ranges_in_order"),
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


class Asset(Entry):
    """A device in the ledger: what it is, where it stands, who answers for it, how the network knows it.

    The holder of a public address is `public_endpoint`, the mapped address with its port. `performance` says whether it
    is a high-performance device; a GPU without a purpose stays TO_CHECK until people say what it is for.
    """

    class Category(models.TextChoices):
        SERVER = "server", word("ledger_columns.category_server")
        GPU = "gpu", word("ledger_columns.category_gpu")
        CLUSTER = "cluster", word("ledger_columns.category_cluster")
        STORAGE = "storage", word("ledger_columns.category_storage")
        NETWORK = "network", word("ledger_columns.category_network")
        SECURITY = "security", word("ledger_columns.category_security")
        OFFICE = "office", word("ledger_columns.category_office")
        TEACHING = "teaching", word("ledger_columns.category_teaching")
        SCREEN = "screen", word("ledger_columns.category_screen")
        THING = "thing", word("ledger_columns.category_thing")
        VIRTUAL = "virtual", word("ledger_columns.category_virtual")
        CLOUD = "cloud", word("ledger_columns.category_cloud")

    class Performance(models.TextChoices):
        HIGH = "high", word("ledger_columns.performance_high")
        ORDINARY = "ordinary", word("ledger_columns.performance_ordinary")
        TO_CHECK = "to_check", word("ledger_columns.performance_to_check")

    class Use(models.TextChoices):
        RESEARCH = "research", word("ledger_columns.use_research")
        TEACHING = "teaching", word("ledger_columns.use_teaching")
        TRAINING = "training", word("ledger_columns.use_training")
        MANAGEMENT = "management", word("ledger_columns.use_management")
        CONTEST = "contest", word("ledger_columns.use_contest")
        HOSTING = "hosting", word("ledger_columns.use_hosting")

    class Source(models.TextChoices):
        BOUGHT = "bought", word("ledger_columns.source_bought")
        DONATED = "donated", word("ledger_columns.source_donated")
        JOINT = "joint", word("ledger_columns.source_joint")
        RENTED = "rented", word("ledger_columns.source_rented")
        HOSTED = "hosted", word("ledger_columns.source_hosted")

    class Operation(models.TextChoices):
        OWN = "own", word("ledger_columns.operation_own")
        CONTRACTOR = "contractor", word("ledger_columns.operation_contractor")
        NOBODY = "nobody", word("ledger_columns.operation_nobody")

    class Status(models.TextChoices):
        USED = "used", word("ledger_columns.status_used")
        IDLE = "idle", word("ledger_columns.status_idle")
        SCRAP = "scrap", word("ledger_columns.status_scrap")
        GONE = "gone", word("ledger_columns.status_gone")

    number = models.CharField(max_length=60, db_index=True)
    name = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assets")
    category = models.CharField(max_length=20, choices=Category.choices, blank=True)
    performance = models.CharField(max_length=20, choices=Performance.choices, blank=True)
    cpu = models.CharField(max_length=120, blank=True)
    gpu = models.CharField(max_length=120, blank=True)
    memory = models.CharField(max_length=60, blank=True)
    use = models.CharField(max_length=20, choices=Use.choices, blank=True)
    source = models.CharField(max_length=20, choices=Source.choices, blank=True)
    place = models.CharField(max_length=120, blank=True)
    department = models.CharField(max_length=120, blank=True)
    person_name = models.CharField(max_length=60, blank=True, db_index=True)
    person_number = models.CharField(max_length=40, blank=True)
    person_phone = SealedField(blank=True, default="")
    operation = models.CharField(max_length=20, choices=Operation.choices, blank=True)
    contractor = models.CharField(max_length=120, blank=True)
    ip = models.CharField(max_length=39, blank=True, db_index=True)
    public_endpoint = models.CharField(max_length=60, blank=True)
    mac = models.CharField(max_length=17, blank=True, db_index=True)
    hostname = models.CharField(max_length=120, blank=True, db_index=True)
    domain = models.CharField(max_length=120, blank=True)
    switch_port = models.CharField(max_length=80, blank=True)
    login = models.CharField(max_length=80, blank=True, db_index=True)
    system = models.CharField(max_length=120, blank=True)
    online = models.BooleanField(null=True, blank=True)
    real_name = models.BooleanField(null=True, blank=True)
    antivirus = models.CharField(max_length=120, blank=True)
    scanned_on = models.DateField(null=True, blank=True)
    graded = models.CharField(max_length=40, blank=True)
    double_not = models.BooleanField(null=True, blank=True)
    power = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.USED)
    in_use_from = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["unit", "number"], name="asset_number_once_per_unit"),)
        indexes = (
            # With all that is asked of them, so that they are counted without reading the rows.
            models.Index(
                fields=["unit", "person_name", "status"], condition=models.Q(person_name=""), name="nobodys_asset"
            ),
            models.Index(
                fields=["unit", "performance"], condition=models.Q(performance="to_check"), name="asset_being_checked"
            ),
            # Of most devices nobody knows the power; whether of any is asked where energy is estimated.
            models.Index(fields=["power"], condition=models.Q(power__gt=0), name="rated_asset"),
            models.Index(fields=["checked_on", "unit"], name="asset_checked"),
            # A list in its order, and whether each was checked, without reading the rows.
            models.Index(fields=["unit", "number", "checked_on"], name="asset_listed"),
            # Consoles write names of hosts in either case.
            models.Index(Upper("hostname"), name="asset_by_hostname"),
            models.Index(Upper("number"), name="asset_by_number"),
            models.Index(
                fields=["antivirus", "unit", "category", "status", "mac", "hostname"], name="asset_by_antivirus"
            ),
        )

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


class AssetCount(models.Model):
    """How many devices of a unit were checked last on a day, how many cells they lack, how many lack one, and how many
    have nobody who answers for them; those that are gone aside.

    The database keeps it by triggers (`kept`), whoever writes devices: nothing else writes here.
    """

    NEVER: ClassVar[date] = date.min
    """The day of those that were never checked."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    checked_on = models.DateField()
    devices = models.IntegerField()
    gaps = models.IntegerField()
    lacking = models.IntegerField()
    ownerless = models.IntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "checked_on"], name="assets_counted_once_a_day"),)
        # All of it, so that the counts are summed up without reading the rows.
        indexes = (
            models.Index(
                fields=["unit", "checked_on", "devices", "gaps", "lacking", "ownerless"], name="assets_counted"
            ),
            # Of a whole city only the days since which a device is checked in time.
            models.Index(fields=["checked_on", "devices"], name="assets_checked_since"),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} {self.checked_on}: {self.devices}"


class AssetTotal(models.Model):
    """The same of all devices of a unit, whenever they were checked. The database keeps it likewise."""

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="+")
    devices = models.IntegerField()
    gaps = models.IntegerField()
    lacking = models.IntegerField()
    ownerless = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.devices}"


class Duty(Entry):
    """Who answers for what at a unit (责任清单): first and direct responsibility, heads, contacts A and B."""

    class Post(models.TextChoices):
        FIRST = "first", word("ledger_columns.post_first")
        DIRECT = "direct", word("ledger_columns.post_direct")
        HEAD = "head", word("ledger_columns.post_head")
        SECURITY = "security", word("ledger_columns.post_security")
        CONTACT_A = "contact_a", word("ledger_columns.post_contact_a")
        CONTACT_B = "contact_b", word("ledger_columns.post_contact_b")
        ASSETS = "assets", word("ledger_columns.post_assets")
        ON_DUTY = "on_duty", word("ledger_columns.post_on_duty")

    CONTACTS: ClassVar[tuple[str, ...]] = ("contact_a", "contact_b")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="duties")
    post = models.CharField(max_length=20, choices=Post.choices)
    name = models.CharField(max_length=60)
    number = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=60, blank=True)
    phone = SealedField(blank=True, default="")
    duty = models.CharField(max_length=200, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("unit__path", "post", "name")
        constraints = (models.UniqueConstraint(fields=["unit", "post", "name"], name="duty_once_per_person"),)

    def __str__(self) -> str:
        return f"{self.get_post_display()} {self.name}"

    def holds_on(self, day: date) -> bool:
        """Whether the duty is held on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or self.until >= day)


class Shift(Entry):
    """Who is on duty at a unit on a day (值班表)."""

    class Span(models.TextChoices):
        WHOLE = "whole", word("ledger_columns.span_whole")
        DAY = "day", word("ledger_columns.span_day")
        NIGHT = "night", word("ledger_columns.span_night")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="shifts")
    day = models.DateField()
    span = models.CharField(max_length=20, choices=Span.choices, default=Span.WHOLE)
    name = models.CharField(max_length=60)
    number = models.CharField(max_length=40, blank=True)
    phone = SealedField(blank=True, default="")
    leader = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("day", "unit__path", "span")
        constraints = (models.UniqueConstraint(fields=["unit", "day", "span", "name"], name="shift_once_per_person"),)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class Protection(Entry):
    """A protection device or service (防护能力). Signatures older than thirty days protect against little."""

    class Type(models.TextChoices):
        FIREWALL = "firewall", word("ledger_columns.protection_firewall")
        IPS = "ips", word("ledger_columns.protection_ips")
        BEHAVIOUR = "behaviour", word("ledger_columns.protection_behaviour")
        DNS = "dns", word("ledger_columns.protection_dns")
        EDR = "edr", word("ledger_columns.protection_edr")
        AWARENESS = "awareness", word("ledger_columns.protection_awareness")
        LOGS = "logs", word("ledger_columns.protection_logs")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="protections")
    type = models.CharField(max_length=20, choices=Type.choices)
    model = models.CharField(max_length=120)
    place = models.CharField(max_length=120)
    signatures_on = models.DateField(null=True, blank=True)
    licence_to = models.DateField(null=True, blank=True)
    log_days = models.PositiveIntegerField(null=True, blank=True)
    person_name = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "type", "model")
        constraints = (
            models.UniqueConstraint(fields=["unit", "type", "model", "place"], name="protection_once_per_place"),
        )

    def __str__(self) -> str:
        return self.model


class LogSource(Entry):
    """A source of logs: how far its clock is from true time, in which zone it writes, and how long it keeps.

    `offset` is seconds by which its clock is fast (negative: slow); None: nobody measured it, and a trace through it
    stays ambiguous.
    """

    class Type(models.TextChoices):
        NAT = "nat", word("ledger_columns.log_nat")
        DHCP = "dhcp", word("ledger_columns.log_dhcp")
        LOGIN = "login", word("ledger_columns.log_login")
        DNS = "dns", word("ledger_columns.log_dns")
        FIREWALL = "firewall", word("ledger_columns.log_firewall")
        SWITCH = "switch", word("ledger_columns.log_switch")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="log_sources")
    type = models.CharField(max_length=20, choices=Type.choices)
    device = models.CharField(max_length=120)
    time_source = models.CharField(max_length=120, blank=True)
    offset = models.IntegerField(null=True, blank=True)
    measured_on = models.DateField(null=True, blank=True)
    zone = models.CharField(max_length=40, blank=True)
    keep_days = models.PositiveIntegerField(null=True, blank=True)
    sample = models.CharField(max_length=500, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "type", "device")
        constraints = (models.UniqueConstraint(fields=["unit", "type", "device"], name="log_source_once_per_device"),)

    def __str__(self) -> str:
        return self.device


class Staff(Entry):
    """A member of the staff or of a contractor's crew. Whoever leaves stays in the roll: what was signed stands."""

    class Kind(models.TextChoices):
        TEACHER = "teacher", word("ledger_columns.staff_teacher")
        ADMINISTRATION = "administration", word("ledger_columns.staff_administration")
        WORKER = "worker", word("ledger_columns.staff_worker")
        OPERATOR = "operator", word("ledger_columns.staff_operator")
        CONTRACTOR = "contractor", word("ledger_columns.staff_contractor")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="staff")
    number = models.CharField(max_length=40, db_index=True)
    name = models.CharField(max_length=60, db_index=True)
    department = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.TEACHER)
    phone = SealedField(blank=True, default="")
    joined_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    account = models.OneToOneField(Person, models.PROTECT, null=True, blank=True, editable=False, related_name="staff")
    phone_deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "number")
        constraints = (models.UniqueConstraint(fields=["unit", "number"], name="staff_number_once_per_unit"),)
        indexes = (models.Index(fields=["left_on"], condition=models.Q(left_on__isnull=False), name="staff_who_left"),)

    def __str__(self) -> str:
        return self.name


class Sighting(models.Model):
    """A device that telemetry saw at a unit, whether the ledger names it or not."""

    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="sightings")
    ip = models.CharField(max_length=39, blank=True)
    mac = models.CharField(max_length=17, blank=True)
    hostname = models.CharField(max_length=120, blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-last_seen", "pk")
        constraints = (models.UniqueConstraint(fields=["unit", "mac", "ip"], name="sighting_once_per_device"),)

    def __str__(self) -> str:
        return self.mac or self.ip


class Import(models.Model):
    """A file that somebody handed in for a ledger: the original sealed with its hash, and what became of each row.

    `rows` is the plan as sealed, compressed JSON; it is kept after the import, so that no rejected row is lost.
    """

    class State(models.TextChoices):
        WAITING = "waiting", word("desk_ledger.import_waiting")
        DONE = "done", word("desk_ledger.import_done")
        DROPPED = "dropped", word("desk_ledger.import_dropped")

    book = models.CharField(max_length=20)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    original = models.BinaryField()
    rows = models.BinaryField()
    counts = models.JSONField(default=dict)
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    settled_at = models.DateTimeField(null=True)
    correct_only = models.BooleanField(default=False)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return self.name


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
