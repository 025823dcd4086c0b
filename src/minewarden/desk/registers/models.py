"""Access of segments, protection of terminals, and the three official tables of genuine software."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Upper

from minewarden.desk.kit.words import word
from minewarden.desk.ledger.models import Entry
from minewarden.desk.org.models import Unit
from minewarden.vocab.net import canonical_ip, canonical_mac


class Admission(Entry):
    """入网认证: how terminals of a segment come onto the network, and whether it is known who they are."""

    class Method(models.TextChoices):
        DOT1X = "dot1x", word("register_columns.method_dot1x")
        PORTAL = "portal", word("register_columns.method_portal")
        PPPOE = "pppoe", word("register_columns.method_pppoe")
        BINDING = "binding", word("register_columns.method_binding")
        NONE = "none", word("register_columns.method_none")

    class Medium(models.TextChoices):
        WIRED = "wired", word("register_columns.medium_wired")
        WIRELESS = "wireless", word("register_columns.medium_wireless")
        BOTH = "both", word("register_columns.medium_both")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="admissions")
    area = models.CharField(max_length=120)
    medium = models.CharField(max_length=20, choices=Medium.choices)
    method = models.CharField(max_length=20, choices=Method.choices)
    real_name = models.BooleanField()
    system = models.CharField(max_length=120, blank=True)
    terminals = models.PositiveIntegerField(null=True, blank=True)
    log_days = models.PositiveIntegerField(null=True, blank=True)
    person_name = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "area")
        constraints = (models.UniqueConstraint(fields=["unit", "area"], name="an_area_stands_once_per_unit"),)

    def __str__(self) -> str:
        return self.area


class Terminal(Entry):
    """终端防护: what the anti-virus console says of a terminal. It is known by its host name within the unit."""

    class Result(models.TextChoices):
        NOTHING = "nothing", word("register_columns.threat_nothing")
        HANDLED = "handled", word("register_columns.threat_handled")
        OPEN = "open", word("register_columns.threat_open")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="terminals")
    hostname = models.CharField(max_length=120)
    ip = models.CharField(max_length=39, blank=True)
    mac = models.CharField(max_length=17, blank=True, db_index=True)
    person_name = models.CharField(max_length=60, blank=True)
    place = models.CharField(max_length=120, blank=True)
    antivirus = models.CharField(max_length=120, blank=True)
    version = models.CharField(max_length=60, blank=True)
    signatures_on = models.DateField(null=True, blank=True)
    scanned_on = models.DateField(null=True, blank=True)
    threat = models.CharField(max_length=20, choices=Result.choices, blank=True)
    admitted = models.BooleanField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "hostname")
        constraints = (models.UniqueConstraint(fields=["unit", "hostname"], name="a_terminal_stands_once_per_unit"),)
        indexes = (
            # All that the overview of gaps asks of a terminal, so that it reads no row.
            models.Index(fields=["unit", "antivirus", "threat", "scanned_on", "signatures_on"], name="terminal_lacks"),
            models.Index(Upper("hostname"), name="terminal_by_hostname"),
        )

    def __str__(self) -> str:
        return self.hostname

    def save(self, *args: object, **kwargs: object) -> None:
        """Save in canonical spelling."""
        self.clean()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def clean(self) -> None:
        """Bring address and MAC into their one spelling."""
        for field, canonical in (("ip", canonical_ip), ("mac", canonical_mac)):
            text = getattr(self, field)
            try:
                setattr(self, field, canonical(text) if text else "")
            except ValueError as error:
                raise ValidationError({field: word(f"desk_ledger.bad_{field}")}) from error


class SoftwareSummary(Entry):
    """软件使用情况汇总表 (每年): people and computers, and where their software comes from."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="software_summaries")
    year = models.PositiveIntegerField()
    staff = models.PositiveIntegerField()
    computers = models.PositiveIntegerField()
    os_bought = models.PositiveIntegerField(null=True, blank=True)
    os_preinstalled = models.PositiveIntegerField(null=True, blank=True)
    os_free = models.PositiveIntegerField(null=True, blank=True)
    office_bought = models.PositiveIntegerField(null=True, blank=True)
    office_preinstalled = models.PositiveIntegerField(null=True, blank=True)
    office_free = models.PositiveIntegerField(null=True, blank=True)
    av_bought = models.PositiveIntegerField(null=True, blank=True)
    av_preinstalled = models.PositiveIntegerField(null=True, blank=True)
    av_free = models.PositiveIntegerField(null=True, blank=True)
    person_name = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "-year")
        constraints = (models.UniqueConstraint(fields=["unit", "year"], name="a_summary_a_year_and_unit"),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.year}"


class SoftwareDetail(Entry):
    """软件使用情况明细表 (每半年): a computer, who uses it, and what is installed on it from where."""

    class Source(models.TextChoices):
        BOUGHT = "bought", word("register_columns.source_bought")
        PREINSTALLED = "preinstalled", word("register_columns.source_preinstalled")
        FREE = "free", word("register_columns.source_free")
        NONE = "none", word("register_columns.source_none")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="software_details")
    computer = models.CharField(max_length=60)
    user_name = models.CharField(max_length=60)
    department = models.CharField(max_length=120, blank=True)
    mac = models.CharField(max_length=17, blank=True)
    os = models.CharField(max_length=120)
    os_source = models.CharField(max_length=20, choices=Source.choices)
    office = models.CharField(max_length=120, blank=True)
    office_source = models.CharField(max_length=20, choices=Source.choices, blank=True)
    av = models.CharField(max_length=120, blank=True)
    av_source = models.CharField(max_length=20, choices=Source.choices, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "computer")
        constraints = (models.UniqueConstraint(fields=["unit", "computer"], name="a_computer_stands_once_per_unit"),)

    def __str__(self) -> str:
        return self.computer


class SoftwareUpkeep(Entry):
    """软件安装维护情况明细表: a piece of software with its licence, how often it is installed, and its upkeep."""

    class Kind(models.TextChoices):
        OS = "os", word("register_columns.kind_os")
        OFFICE = "office", word("register_columns.kind_office")
        AV = "av", word("register_columns.kind_av")
        OTHER = "other", word("register_columns.kind_other")

    class Licence(models.TextChoices):
        COUNT = "count", word("register_columns.licence_count")
        SITE = "site", word("register_columns.licence_site")
        FREE = "free", word("register_columns.licence_free")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="software")
    number = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    version = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    source = models.CharField(max_length=20, choices=SoftwareDetail.Source.choices)
    licence = models.CharField(max_length=20, choices=Licence.choices)
    licence_number = models.CharField(max_length=120, blank=True)
    licensed = models.PositiveIntegerField(null=True, blank=True)
    bought_on = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    department = models.CharField(max_length=120, blank=True)
    person_name = models.CharField(max_length=60, blank=True)
    place = models.CharField(max_length=120, blank=True)
    installed = models.PositiveIntegerField(null=True, blank=True)
    removed = models.PositiveIntegerField(null=True, blank=True)
    upgraded_on = models.DateField(null=True, blank=True)
    upkeep = models.CharField(max_length=200, blank=True)
    stopped_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("unit__path", "number")
        constraints = (models.UniqueConstraint(fields=["unit", "number"], name="software_stands_once_per_unit"),)

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class LookedUpCount(models.Model):
    """How many devices of a unit no console knows (`no_antivirus`) and how many of its terminals no ledger does
    (`not_in_ledger`): the gaps for which each row is looked up among the rows of others.

    It holds for units none of whose rows changed since (`Changed`); `counts` writes both.
    """

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="+")
    no_antivirus = models.IntegerField()
    not_in_ledger = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.no_antivirus}, {self.not_in_ledger}"


class Changed(models.Model):
    """A unit whose devices or terminals, or whose place in the tree, changed since they were looked up. Triggers write
    it, a unit more than once only while it is counted: what somebody writes then must not be taken for counted."""

    # Not held by the database: whoever empties all tables row by row wakes the triggers after the units are gone.
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return str(self.unit_id)
