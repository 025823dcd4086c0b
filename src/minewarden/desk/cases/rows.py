"""Rows beside the case itself: tasks, calls, files, orders, objections, outages, what was added later, holidays."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from minewarden.desk.cases.asked import Asked
from minewarden.desk.cases.fixed import AppendOnly


class Task(models.Model):
    """Something to be done for a case by a day: a re-check, or what makes up for a device that could not be located."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=16)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    result = models.CharField(max_length=16, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("due_at", "pk")
        constraints = (models.UniqueConstraint(fields=("case", "kind"), name="a_case_has_a_task_once"),)
        indexes = (models.Index(fields=("done_at", "due_at")),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"

    @property
    def opens_at(self) -> datetime:
        """From when on it can be said to be done: what consists in letting time pass from the morning of its day,
        anything else at once."""
        if not self.kind.startswith(("recheck", "watch")):
            return self.made_at
        return timezone.localtime(self.due_at).replace(hour=0, minute=0, second=0, microsecond=0)


class Tick(AppendOnly):
    """A line of the first-hour checklist, ticked or unticked; the last row of a line counts."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="ticks")
    item = models.CharField(max_length=16)
    done = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.case_id} {self.item}"


class SiteFacts(AppendOnly):
    """现场情况: what the address serves, and the three facts that decide how to search; the last row counts."""

    class Address(models.TextChoices):
        EXIT = "exit"
        ONE = "one"
        RESOLVER = "resolver"
        UNKNOWN = "unknown"

    class Answer(models.TextChoices):
        YES = "yes"
        NO = "no"
        UNKNOWN = "unknown"

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="site_facts")
    address = models.CharField(max_length=16, choices=Address.choices)
    machines = models.PositiveIntegerField(null=True)
    router_logs = models.CharField(max_length=16, choices=Answer.choices)
    dhcp_list = models.CharField(max_length=16, choices=Answer.choices)
    switched_on = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.case_id} {self.address}"


class Call(AppendOnly):
    """电话记录: that somebody was told by telephone, when, and who wrote it down."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="calls")
    called_at = models.DateTimeField()
    spoke_to = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    entered_at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("called_at", "pk")

    def __str__(self) -> str:
        return f"{self.case_id} {self.called_at}"


class EarlierReceipt(AppendOnly):
    """补录: the unit had learnt of it before the desk delivered it. `was` is the receipt that counted until then."""

    class Way(models.TextChoices):
        NOTICE = "notice"
        CALL = "call"

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="earlier_receipts")
    notice = models.ForeignKey("cases.Notice", models.PROTECT, null=True, related_name="+")
    way = models.CharField(max_length=16, choices=Way.choices)
    at = models.DateTimeField()
    was = models.DateTimeField()
    reason = models.TextField(blank=True)
    entered_at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(condition=Q(at__lt=F("was")), name="what_counts_now_was_received_earlier"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.at}"


class EvidenceFile(AppendOnly):
    """佐证材料: a file that people handed in. It lies encrypted; its hash is that of the content as it came."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    note = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=64, unique=True)
    restricted = models.BooleanField(default=False)
    taken_at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


class Escalation(AppendOnly):
    """升级督办: that a clock came near its end, or passed it, and who was told. Once for each due time."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="escalations")
    which = models.CharField(max_length=16)
    stage = models.CharField(max_length=16)
    due_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("case", "which", "stage", "due_at"), name="a_stage_is_told_of_once"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.which} {self.stage}"


class Recurrence(AppendOnly):
    """复发: the same device was confirmed before, within the days that count, after it had been declared clean."""

    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="recurrence")
    earlier = models.ForeignKey("cases.Case", models.PROTECT, related_name="recurrences")
    days = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.earlier_id} -> {self.case_id}"


class Order(models.Model):
    """断网通知单: proposed by the rule, ordered by one person, approved by another, carried out by the network team.

    The program cuts nothing off; it keeps who decided what, and asks in time whether the order is still needed.
    """

    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="order")
    state = models.CharField(max_length=16)
    proposed_at = models.DateTimeField()
    ordered_at = models.DateTimeField(null=True)
    ordered_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    review_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    executed_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    restore_asked_at = models.DateTimeField(null=True)
    restore_asked_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    restore_reason = models.TextField(blank=True)
    restored_at = models.DateTimeField(null=True)
    restored_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("ordered_by")),
                name="an_order_is_approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(restored_by__isnull=True) | ~Q(restored_by=F("restore_asked_by")),
                name="a_restoration_is_approved_by_a_second_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"


class Objection(models.Model):
    """异议、申诉: somebody contests the nature. Level 1 goes to another reviewer, level 2 to the superior."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="objections")
    level = models.PositiveSmallIntegerField()
    contested = models.ForeignKey("cases.Decision", models.PROTECT, related_name="+")
    raised_by = models.CharField(max_length=64)
    raised_at = models.DateTimeField()
    grounds = models.TextField()
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    answer = models.OneToOneField("cases.Decision", models.PROTECT, null=True, related_name="answers")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("case", "level"), name="one_objection_of_a_level"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.level}"


class Accountability(AppendOnly):
    """责任认定与处理 (限定): what the competent office decided about a person. A correction is a new version."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="accountability")
    version = models.PositiveIntegerField()
    person = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    office = models.CharField(max_length=128)
    decided_on = models.DateField()
    text = models.TextField()
    entered_at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-version",)
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="a_version_stands_once"),)

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"


class Referral(AppendOnly):
    """移送: the case was handed to the police, the discipline body, a carrier; our own part goes on."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="referrals")
    office = models.CharField(max_length=16)
    name = models.CharField(max_length=128)
    number = models.CharField(max_length=64, blank=True)
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.case_id} {self.office}"


class Outage(AppendOnly):
    """系统故障: when the desk was not there. It marks the clocks that ended meanwhile and moves none by itself."""

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    note = models.TextField()
    entered_at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-began_at",)
        constraints = (
            models.CheckConstraint(condition=Q(ended_at__gt=F("began_at")), name="an_outage_ends_after_it_began"),
        )

    def __str__(self) -> str:
        return f"{self.began_at} - {self.ended_at}"


class Shift(AppendOnly):
    """A clock that was moved for an outage, by the rule, by a person."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="shifts")
    joined = models.ForeignKey("cases.CaseNotice", models.PROTECT, null=True, blank=True, related_name="shifts")
    outage = models.ForeignKey(Outage, models.PROTECT, related_name="shifts")
    which = models.CharField(max_length=16)
    was = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("case", "outage", "which"),
                condition=models.Q(joined=None),
                name="a_clock_is_moved_once_for_an_outage",
            ),
            models.UniqueConstraint(
                fields=("joined", "outage", "which"), name="a_notices_clock_is_moved_once_for_an_outage"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.which}"


class Backfill(Asked):
    """补录: that something was done earlier than the desk was told. Both times stay; a second person lets it count."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="backfills")
    claimed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta(Asked.Meta):
        ordering = ("pk",)
        constraints: ClassVar[Any] = (
            *Asked.Meta.constraints,
            models.CheckConstraint(condition=Q(claimed_at__lt=F("recorded_at")), name="what_is_added_was_earlier"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.claimed_at}"


class Holiday(models.Model):
    """A day that is not what its weekday says: a holiday, or a Saturday that is worked (调休)."""

    day = models.DateField(unique=True)
    works = models.BooleanField()
    name = models.CharField(max_length=32)
    changed_at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
