"""Sheets of places with their answers, what has to be mended, links for handing in, reports of hosts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from minewarden.desk.cases.fixed import AppendOnly, WriteOnce, WriteOnceQuerySet
from minewarden.desk.kit.words import word
from minewarden.desk.selfchecks.codes import Result
from minewarden.desk.selfchecks.lifecycle import State
from minewarden.vocab.words import DISPLAY_ZONE


class Link(models.Model):
    """提交口令: by which somebody without an account hands in a report of a host, or fills in the sheet of one place.

    The token itself is nowhere but with whoever was given it; here lies its hash.
    """

    class Purpose(models.TextChoices):
        REPORTS = "reports", word("desk_selfchecks.purpose_reports")
        SHEET = "sheet", word("desk_selfchecks.purpose_sheet")

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="check_links")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=16, blank=True)
    place = models.CharField(max_length=120, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="a_link_ends_after_it_was_made"),
        )

    def __str__(self) -> str:
        return self.label

    def works(self, now: datetime) -> bool:
        """Whether it is taken at `now`."""
        return self.revoked_at is None and now < self.expires_at


class Sheet(AppendOnly):
    """自查表: what somebody saw in one place. It is never changed; looking again makes another."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="check_sheets")
    kind = models.CharField(max_length=16)
    place = models.CharField(max_length=120)
    inspector = models.CharField(max_length=60)
    done_at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    link = models.ForeignKey(Link, models.PROTECT, null=True, related_name="sheets")
    on_behalf = models.BooleanField(default=False)
    version = models.CharField(max_length=16)
    problems = models.PositiveSmallIntegerField()
    # The page that was filled in; sending it twice makes one sheet.
    page = models.CharField(max_length=36, unique=True)

    class Meta:
        ordering = ("-done_at", "-pk")
        indexes = (models.Index(fields=("unit", "kind", "-done_at")),)
        constraints = (
            models.CheckConstraint(
                condition=Q(by__isnull=False, link__isnull=True) | Q(by__isnull=True, link__isnull=False),
                name="a_sheet_is_from_a_person_or_a_link",
            ),
        )

    def __str__(self) -> str:
        return f"{self.place}"

    @property
    def number(self) -> str:
        """The number by which people name it."""
        return f"ZC-{self.done_at.astimezone(DISPLAY_ZONE):%Y}-{self.pk:05d}"


class Answer(AppendOnly):
    """One line of a sheet, with the sentence that was asked."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="answers")
    position = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=24)
    text = models.CharField(max_length=255)
    result = models.CharField(max_length=16, choices=[(r.value, r.value) for r in Result])
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("sheet", "item"), name="a_line_is_answered_once"),)

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.item}"


class Fix(models.Model):
    """整改: something that was wrong in a place, to be mended by a day, and looked at again by another person."""

    CLOSED: ClassVar[str] = State.CLOSED.value

    answer = models.OneToOneField(Answer, models.PROTECT, related_name="fix")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="fixes")
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in State], default=State.OPEN.value)
    measure = models.TextField(blank=True)
    responsible = models.CharField(max_length=60)
    opened_at = models.DateTimeField()
    due_on = models.DateField()
    original_due_on = models.DateField()
    mended_at = models.DateTimeField(null=True)
    mended_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("due_on", "pk")
        indexes = (models.Index(fields=("unit", "state", "due_on")), models.Index(fields=("state", "due_on")))
        constraints = (
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=F("mended_by")),
                name="another_person_looks_again",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="a_fix_is_closed_with_a_time",
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number by which people name it."""
        return f"ZG-{self.opened_at.astimezone(DISPLAY_ZONE):%Y}-{self.pk:05d}"

    def is_late(self, today: date) -> bool:
        """Whether it should have been mended before today."""
        return self.state == State.OPEN and self.due_on < today


class FixStep(AppendOnly):
    """One line of the history of a fix."""

    fix = models.ForeignKey(Fix, models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=16)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.fix_id} {self.verb}"


class FixFile(AppendOnly):
    """A picture or a paper that shows that it was mended. Nobody has to hand one in. It lies encrypted."""

    step = models.ForeignKey(FixStep, models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


class HostReport(WriteOnce):
    """主机自查报告: what a host showed of itself, as it was handed in. Only which device it was may be said later.

    What it showed is deleted when its time is over (`retention`): `content` is empty then, and the rest stays.
    """

    FIXED = frozenset({"unit_id", "content", "sha256", "host", "result", "at", "received_at", "by_id", "link_id"})
    objects = WriteOnceQuerySet.as_manager()

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="host_reports")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)
    size = models.PositiveIntegerField()
    host = models.CharField(max_length=120, db_index=True)
    system = models.CharField(max_length=120)
    mode = models.CharField(max_length=16)
    result = models.CharField(max_length=20)
    findings = models.PositiveIntegerField()
    gaps = models.PositiveIntegerField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    link = models.ForeignKey(Link, models.PROTECT, null=True, related_name="reports")
    asset = models.ForeignKey("ledger.Asset", models.SET_NULL, null=True, related_name="host_reports")
    # by-name: the only device of the unit with that host name; by-hand: a person said so.
    matched = models.CharField(max_length=16, blank=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-received_at", "-pk")
        indexes = (models.Index(fields=("unit", "-received_at")), models.Index(fields=("link", "received_at")))
        constraints = (models.UniqueConstraint(fields=("unit", "sha256"), name="a_report_is_kept_once_per_unit"),)

    def __str__(self) -> str:
        return f"{self.host} {self.result}"

    @property
    def number(self) -> str:
        """The number by which people name it."""
        return f"ZJ-{self.received_at.astimezone(DISPLAY_ZONE):%Y}-{self.pk:05d}"

    def points_at(self, server: str) -> int:
        """How many of its findings are connections to an address."""
        return sum(bool(server) and target_of(finding) == server for finding in self.shown_findings)

    @property
    def shown_findings(self) -> Sequence[Mapping[str, Any]]:
        """Its findings; none where they were deleted."""
        found: Sequence[Mapping[str, Any]] = self.content.get("findings", ())
        return found

    @property
    def shown_gaps(self) -> Sequence[Mapping[str, Any]]:
        """What it could not look at; nothing where that was deleted."""
        found: Sequence[Mapping[str, Any]] = self.content.get("coverage", {}).get("gaps", ())
        return found


def target_of(finding: Mapping[str, Any]) -> str:
    """The address to which a finding is a connection; empty where it is something else."""
    subject = str(finding["subject"])
    return subject.removeprefix("socket:").rpartition(":")[0].strip("[]") if subject.startswith("socket:") else ""


class Reject(AppendOnly):
    """What was handed in and was no report: kept with the reason, its beginning sealed, so that somebody can help."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    link = models.ForeignKey(Link, models.PROTECT, null=True, related_name="rejects")
    by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    name = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    reason = models.JSONField()
    beginning = models.BinaryField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("link", "at")),)

    def __str__(self) -> str:
        return f"{self.name} {self.size}"


class Refusal(models.Model):
    """How often the door was shut on a day, and why. Nothing of what was sent is kept, lest somebody fill the disk."""

    day = models.DateField()
    link = models.ForeignKey(Link, models.PROTECT, null=True, related_name="refusals")
    reason = models.CharField(max_length=16)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-day", "reason")
        constraints = (
            models.UniqueConstraint(fields=("day", "link", "reason"), name="refusals_of_a_link_and_day"),
            models.UniqueConstraint(
                fields=("day", "reason"), condition=Q(link__isnull=True), name="refusals_of_nobody_and_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.reason} {self.count}"


class CaseReport(models.Model):
    """That a report of a host belongs to a case: the host's side beside what the network saw. A person says so."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="host_reports")
    report = models.ForeignKey(HostReport, models.PROTECT, related_name="joined")
    # How many of its findings are connections to the very server that the network saw; kept when the details go.
    same_target = models.PositiveIntegerField(default=0)
    joined_at = models.DateTimeField()
    joined_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    parted_at = models.DateTimeField(null=True)
    parted_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("joined_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("case", "report"), condition=Q(parted_at__isnull=True), name="a_report_joins_a_case_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.report_id}"
