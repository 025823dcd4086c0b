"""What units reported, what people decided about it, what was published, and who carries it out.

The indicators themselves lie in the library's own file (`intel.library`), which the command line shares; here is what
people of the desk did with it.
"""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from minewarden.desk.cases.models import Asked, target
from minewarden.desk.kit.sealed_field import SealedField
from minewarden.desk.library.lifecycle import OPEN, State
from minewarden.intel.record import Tlp, Type
from minewarden.intel.source import FORMS
from minewarden.vocab.indicator import Role
from minewarden.vocab.words import DISPLAY_ZONE

_ROLES = [(role.value, role.value) for role in Role]


class Submission(models.Model):
    """矿池域名/IP 上报: one pool that a unit found, with what shows it. A row of form T10."""

    class Method(models.TextChoices):
        DETECTED = "detected"
        TRACED = "traced"
        NOTICE = "notice"
        HOST = "host"
        OTHER = "other"

    class Sureness(models.TextChoices):
        CONFIRMED = "confirmed"
        LIKELY = "likely"
        SUSPECTED = "suspected"

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="submissions")
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="submissions")
    lead = models.ForeignKey("cases.Lead", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in State])
    domain = models.CharField(max_length=253, blank=True)
    ip = models.GenericIPAddressField(unpack_ipv4=True, null=True)
    port = models.PositiveIntegerField(null=True)
    protocol = models.CharField(max_length=64, blank=True)
    coins = models.CharField(max_length=128, blank=True)
    found_at = models.DateTimeField()
    method = models.CharField(max_length=16, choices=Method.choices)
    sureness = models.CharField(max_length=16, choices=Sureness.choices)
    evidence = models.TextField()
    proofs = models.JSONField(default=list)
    """Name and SHA-256 of each file or finding that shows it; the things themselves stay with the unit."""
    note = models.TextField(blank=True)
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    relayed_at = models.DateTimeField(null=True)
    relayed_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    returned_note = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    issue = models.ForeignKey("library.Issue", models.PROTECT, null=True, related_name="submissions")
    """The first version that holds something of it."""

    class Meta:
        ordering = ("-reported_at", "-pk")
        indexes = (models.Index(fields=("unit", "state")), models.Index(fields=("state", "reported_at")))
        constraints = (
            models.CheckConstraint(
                condition=~Q(domain="") | Q(ip__isnull=False), name="a_report_names_a_domain_or_an_address"
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number by which people name it."""
        return f"QB-{self.reported_at.astimezone(DISPLAY_ZONE):%Y}-{self.pk:05d}"

    @property
    def name_part(self) -> str:
        """The name as it was found, with its port."""
        return target(self.domain, self.port)

    @property
    def address_part(self) -> str:
        """The address as it was found, with its port."""
        return target(self.ip, self.port)

    @property
    def shown(self) -> str:
        """What was found, in a line."""
        return " / ".join(part for part in (self.name_part, self.address_part) if part)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return State(self.state) in OPEN


class Review(models.Model):
    """审核: what one person of the city makes of each part of a report; a second person where a part is accepted.

    verdicts: a list of {part: name | address, accept, type, value, why}.
    """

    class Outcome(models.TextChoices):
        PENDING = "pending"
        AGREED = "agreed"
        REFUSED = "refused"
        ALONE = "alone"
        """Nothing was accepted, so nobody else was asked."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="reviews")
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    role = models.CharField(max_length=20, choices=_ROLES)
    verdicts = models.JSONField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    second = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    second_at = models.DateTimeField(null=True)
    second_note = models.TextField(blank=True)

    class Meta:
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(second__isnull=True) | ~Q(second=F("by")), name="review_second_person"),
            models.CheckConstraint(
                condition=Q(outcome__in=("agreed", "refused"), second__isnull=False, second_at__isnull=False)
                | Q(outcome__in=("pending", "alone"), second__isnull=True, second_at__isnull=True),
                name="review_decided_with_who_and_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.submission_id} {self.outcome}"

    @property
    def accepts(self) -> bool:
        """Whether any part is accepted."""
        return any(verdict["accept"] for verdict in self.verdicts)


class Accepted(models.Model):
    """What two people accepted of a report: an indicator of the library, until somebody withdraws it there."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="accepted")
    review = models.ForeignKey(Review, models.PROTECT, related_name="accepted")
    type = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Type])
    value = models.CharField(max_length=253)
    role = models.CharField(max_length=20, choices=_ROLES)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")
        indexes = (models.Index(fields=("type", "value")),)

    def __str__(self) -> str:
        return self.value


class Publication(Asked):
    """发布: a version that one person of the city proposes and another lets out. `wanted` are the identities looked at,
    which must be the same ones then."""

    least = models.FloatField()
    wanted = models.JSONField()
    issue = models.OneToOneField("library.Issue", models.PROTECT, null=True, related_name="publication")

    class Meta(Asked.Meta):
        ordering = ("-asked_at", "-pk")

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d}"


class Issue(models.Model):
    """A version of the library as the desk knows it. What it holds lies in the library's file, under the number."""

    number = models.PositiveIntegerField(unique=True)
    label = models.CharField(max_length=32)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    count = models.PositiveIntegerField()

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return self.label


class Addressed(models.Model):
    """A unit to which a version was handed, by whom, and how it stands to it. A unit stands once with each version."""

    class State(models.TextChoices):
        SENT = "sent"
        FETCHED = "fetched"
        CONFIRMED = "confirmed"
        COVERED = "covered"
        UNABLE = "unable"
        DRIFTED = "drifted"

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="addressed")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    sender = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=State.choices, default=State.SENT)
    fetched_at = models.DateTimeField(null=True)
    fetched_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    forms = models.JSONField(default=list)
    answered_at = models.DateTimeField(null=True)
    relayed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("unit__path",)
        indexes = (models.Index(fields=("issue", "state")),)
        constraints = (models.UniqueConstraint(fields=("issue", "unit"), name="a_unit_stands_once_with_a_version"),)

    def __str__(self) -> str:
        return f"{self.issue_id} → {self.unit_id}"


DONE = (Addressed.State.CONFIRMED, Addressed.State.COVERED)


class Receipt(models.Model):
    """回执: what a unit says of a version, or what was found when the list of its device was held against it."""

    addressed = models.ForeignKey(Addressed, models.PROTECT, related_name="receipts")
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=Addressed.State.choices)
    device = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)
    held = models.PositiveIntegerField(null=True)
    """How many of the version the device's own list holds; empty where somebody only said so."""
    missing = models.JSONField(default=list)
    stale = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.addressed_id} {self.state}"


class Feed(models.Model):
    """A list that the city takes in: from its own server on a schedule, from a folder, or as a file that somebody
    brings. The token of a server is sealed."""

    name = models.SlugField(max_length=64, unique=True)
    form = models.CharField(max_length=16, choices=[(form, form) for form in FORMS if form != "catalogue"])
    family = models.CharField(max_length=64, blank=True)
    licence = models.CharField(max_length=32)
    role = models.CharField(max_length=20, choices=_ROLES, default=Role.POOL_ENDPOINT.value)
    scope = models.CharField(max_length=8, choices=[("host", "host"), ("domain", "domain")], default="host")
    tlp = models.CharField(max_length=16, choices=[(mark.value, mark.value) for mark in Tlp], default=Tlp.GREEN.value)
    url = models.URLField(max_length=500, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    token = SealedField(blank=True, default="")
    hours = models.PositiveIntegerField(default=24)
    enabled = models.BooleanField(default=True)
    tried_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, blank=True)
    problem = models.JSONField(default=dict)
    """Why the last try brought nothing, in both languages."""
    read_sha256 = models.CharField(max_length=64, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def due_at(self, now: datetime) -> bool:
        """Whether it is time to ask its server again."""
        if not self.enabled or not self.url:
            return False
        return self.tried_at is None or (now - self.tried_at).total_seconds() >= self.hours * 3600


class Trusted(models.Model):
    """A public key whose bundles this desk takes. Who trusts it compared the fingerprint by telephone."""

    name = models.CharField(max_length=120)
    pem = models.TextField()
    fingerprint = models.CharField(max_length=48, unique=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class Feedback(models.Model):
    """What a concluded case says of the library: seen in mining that was confirmed, or harmless.

    `hits` are {id, type, value} of what it said it of; empty where the library held nothing of it then. `counts`:
    whether it moves the score.
    """

    class Kind(models.TextChoices):
        SEEN = "seen"
        HARMLESS = "harmless"

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    reason = models.CharField(max_length=32, blank=True)
    hits = models.JSONField(default=list)
    counts = models.BooleanField()
    at = models.DateTimeField()
    said_at = models.DateTimeField(null=True)
    """The instant under which the library keeps the word."""
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    decided_note = models.TextField(blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = (models.UniqueConstraint(fields=("case", "kind"), name="a_case_says_a_thing_once"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Handed(models.Model):
    """报送: a form T10 that went to the province, with the rows as they stood."""

    number = models.PositiveIntegerField(unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    addressee = models.CharField(max_length=120)
    note = models.TextField(blank=True)
    rows = models.JSONField()
    sha256 = models.CharField(max_length=64)
    submissions = models.ManyToManyField(Submission, related_name="handed")

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.at:%Y}-{self.number}"
