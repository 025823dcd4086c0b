"""Leads, notices and cases: what is remembered of what was found, what was received and what people decided."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.db.models.functions import Coalesce

from minewarden.desk.cases.asked import Asked as Asked
from minewarden.desk.cases.clocks import Clock
from minewarden.desk.cases.fixed import AppendOnly, WriteOnce, WriteOnceQuerySet
from minewarden.desk.cases.lifecycle import ENDED, State
from minewarden.desk.cases.rows import (
    Accountability as Accountability,
)
from minewarden.desk.cases.rows import (
    Backfill as Backfill,
)
from minewarden.desk.cases.rows import (
    Call as Call,
)
from minewarden.desk.cases.rows import (
    EarlierReceipt as EarlierReceipt,
)
from minewarden.desk.cases.rows import (
    Escalation as Escalation,
)
from minewarden.desk.cases.rows import (
    EvidenceFile as EvidenceFile,
)
from minewarden.desk.cases.rows import (
    Holiday as Holiday,
)
from minewarden.desk.cases.rows import (
    Objection as Objection,
)
from minewarden.desk.cases.rows import (
    Order as Order,
)
from minewarden.desk.cases.rows import (
    Outage as Outage,
)
from minewarden.desk.cases.rows import (
    Recurrence as Recurrence,
)
from minewarden.desk.cases.rows import (
    Referral as Referral,
)
from minewarden.desk.cases.rows import (
    Shift as Shift,
)
from minewarden.desk.cases.rows import (
    SiteFacts as SiteFacts,
)
from minewarden.desk.cases.rows import (
    Task as Task,
)
from minewarden.desk.cases.rows import (
    Tick as Tick,
)
from minewarden.vocab.words import DISPLAY_ZONE


def target(place: str | None, port: int | None) -> str:
    """A place with its port, as people write it."""
    if not place or not port:
        return place or ""
    return f"[{place}]:{port}" if ":" in place else f"{place}:{port}"


class EvidenceCopy(AppendOnly):
    """One finding as it came in, byte for byte as it was hashed. It outlives the logs that it was made from."""

    finding_id = models.CharField(max_length=64, db_index=True)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=255, blank=True)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.finding_id} {self.sha256[:12]}"


class Lead(models.Model):
    """线索: a finding that came in and waits for an officer. Nothing becomes a case by itself."""

    class Status(models.TextChoices):
        OPEN = "open"
        CASE = "case"
        DISMISSED = "dismissed"

    finding_id = models.CharField(max_length=64, unique=True)
    evidence = models.ForeignKey(EvidenceCopy, models.PROTECT, related_name="leads")
    keeper = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    unit_basis = models.JSONField(default=dict)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    sureness = models.CharField(max_length=16)
    certainty = models.CharField(max_length=16)
    host = models.GenericIPAddressField(unpack_ipv4=True)
    server = models.GenericIPAddressField(unpack_ipv4=True, null=True)
    server_name = models.CharField(max_length=253, blank=True)
    port = models.PositiveIntegerField(null=True)
    protocol = models.CharField(max_length=64, blank=True)
    coins = models.CharField(max_length=128, blank=True)
    grade = models.CharField(max_length=16, blank=True)
    shares = models.PositiveBigIntegerField(default=0)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    taken_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    dismissed_reason = models.CharField(max_length=32, blank=True)
    dismissed_note = models.TextField(blank=True)

    class Meta:
        ordering = ("-last_seen", "pk")
        indexes = (models.Index(fields=("status", "-last_seen")),)

    def __str__(self) -> str:
        return self.finding_id

    @property
    def target(self) -> str:
        """Where the host talked to, as people write it."""
        return target(self.server_name or self.server, self.port)


class Notice(models.Model):
    """通报: what somebody sent to a unit, in his own words."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    source = models.CharField(max_length=128)
    number = models.CharField(max_length=64, blank=True)
    text = models.TextField(blank=True)
    find_limit = models.DateTimeField(null=True, blank=True)
    report_limit = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-received_at", "pk")

    def __str__(self) -> str:
        return self.number or self.source


def number_of(pk: int, opened_at: datetime) -> str:
    """The number by which people name a case."""
    return f"WK-{opened_at.astimezone(DISPLAY_ZONE):%Y}-{pk:05d}"


class Case(WriteOnce):
    """事件: what happened on a device. Receipt and original due times are written once."""

    FIXED = frozenset(
        {
            "unit_id",
            "origin",
            "received_at",
            "original48",
            "original72",
            "evidence_id",
            "host",
            "first_seen",
            "last_seen",
        }
    )

    class Origin(models.TextChoices):
        SELF_FOUND = "self-found"
        NOTIFIED = "notified"

    class Nature(models.TextChoices):
        UNDECIDED = "undecided"
        ACTIVE = "active"
        PASSIVE = "passive"

    class Conclusion(models.TextChoices):
        NONE = ""
        TRUE = "true"
        FALSE_ALARM = "false-alarm"
        NOT_OURS = "not-ours"
        UNLOCATABLE = "unlocatable"

    objects = WriteOnceQuerySet.as_manager()

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="cases")
    # A case that came from a notice has neither: what the notice says stands in the columns below.
    lead = models.ForeignKey(Lead, models.PROTECT, null=True, related_name="cases")
    evidence = models.ForeignKey(EvidenceCopy, models.PROTECT, null=True, related_name="+")
    host = models.GenericIPAddressField(unpack_ipv4=True, null=True)
    host_port = models.PositiveIntegerField(null=True)
    server = models.GenericIPAddressField(unpack_ipv4=True, null=True)
    server_name = models.CharField(max_length=253, blank=True)
    port = models.PositiveIntegerField(null=True)
    protocol = models.CharField(max_length=64, blank=True)
    coins = models.CharField(max_length=128, blank=True)
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="following")
    origin = models.CharField(max_length=16, choices=Origin.choices)
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in State], default=State.DELIVERED.value)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    original48 = models.DateTimeField()
    original72 = models.DateTimeField()
    due48 = models.DateTimeField()
    due72 = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    reported_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # 补录: earlier than the desk was told, allowed by a second person; `concluded_at` stays what the desk saw.
    found_claimed_at = models.DateTimeField(null=True)
    # 补录 as well: the unit had learnt of it earlier than the desk delivered it; `received_at` stays what the desk saw.
    told_at = models.DateTimeField(null=True)
    told48 = models.DateTimeField(null=True)
    told72 = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    nature = models.CharField(max_length=16, choices=Nature.choices, default=Nature.UNDECIDED)
    conclusion = models.CharField(max_length=16, choices=Conclusion.choices, blank=True)
    device_name = models.CharField(max_length=128, blank=True)
    device_serial = models.CharField(max_length=64, blank=True)
    device_mac = models.CharField(max_length=17, blank=True)
    device_ip = models.CharField(max_length=45, blank=True)
    device_place = models.CharField(max_length=128, blank=True)
    responsible_name = models.CharField(max_length=64, blank=True)
    responsible_post = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("due72", "pk")
        indexes = (
            # With the times between which a case is in stock, for the course of a year.
            models.Index(fields=("unit", "state", "received_at", "closed_at"), name="case_in_stock"),
            models.Index(fields=("state", "due48")),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number by which people name the case."""
        return number_of(self.pk, self.opened_at)

    @property
    def source(self) -> str:
        """The address that the case is about, with its port where one was named; empty where only a name is known."""
        return target(self.host, self.host_port)

    @property
    def target(self) -> str:
        """Where the host talked to, as people write it."""
        return target(self.server_name or self.server, self.port)

    @property
    def ended(self) -> bool:
        """Whether nobody waits for anything any more."""
        return State(self.state) in ENDED

    @property
    def found_at(self) -> datetime | None:
        """When it was found out what it was: what was added later and allowed, else what the desk saw."""
        return self.found_claimed_at or self.concluded_at

    @property
    def receipt(self) -> datetime:
        """接到: the earliest receipt that is known, from which both clocks count."""
        return self.told_at or self.received_at

    def original(self, which: str) -> datetime:
        """The due time before anybody allowed more, by the receipt that counts: "find" or "report"."""
        return (self.told48 or self.original48) if which == "find" else (self.told72 or self.original72)

    @property
    def find_clock(self) -> Clock:
        """48 hours: ends when the device and the person are locked, or another conclusion is confirmed."""
        return Clock(self.receipt, self.original("find"), self.due48, self.found_at, self.stopped_at)

    @property
    def report_clock(self) -> Clock:
        """72 hours: ends when the approved report is handed up."""
        return Clock(self.receipt, self.original("report"), self.due72, self.reported_at, self.stopped_at)


class CaseNotice(AppendOnly):
    """A notice joined to a case: each keeps a clock and an answer of its own."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="joined")
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="joined")
    received_at = models.DateTimeField()
    due48 = models.DateTimeField()
    due72 = models.DateTimeField()
    joined_at = models.DateTimeField()
    joined_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "notice"), name="a_notice_joins_a_case_once"),)
        # The statistics ask for those of two weeks.
        # The page of what waits asks for those that end within hours.
        indexes = (
            models.Index(fields=["received_at"], name="joined_by_receipt"),
            models.Index(fields=["due48"], name="joined_by_find_limit"),
            models.Index(fields=["due72"], name="joined_by_report_limit"),
        )

    def __str__(self) -> str:
        return str(self.notice)

    @staticmethod
    def shorter(cases: Iterable[Case] | models.QuerySet[Case]) -> "models.QuerySet[CaseNotice]":
        """Those of some cases with a limit of their own that ends while the clock of the case runs on."""
        find = models.Q(due48__lt=models.F("case__due48"), case__concluded_at=None)
        report = models.Q(due72__lt=models.F("case__due72"), case__reported_at=None)
        rows = CaseNotice.objects.filter(find | report, case__in=cases).order_by("pk")
        return rows.select_related("case").prefetch_related("case__extensions", "case__shifts")

    @staticmethod
    def ending(which: str, now: datetime, until: datetime) -> "models.QuerySet[CaseNotice, int]":
        """Numbers of the cases of which a notice has a limit of its own, before that of the case, that ends between two
        moments; what drives the clock of the case is told by that one."""
        due, told, first = ("due48", "told48", "original48") if which == "find" else ("due72", "told72", "original72")
        earlier = models.Q(**{f"{due}__gt": now, f"{due}__lte": until, f"{due}__lt": models.F(f"case__{due}")})
        drives = models.Q(**{due: models.F(f"case__{first}")}) | models.Q(
            **{due: Coalesce(models.F(f"case__{told}"), models.F(f"case__{first}"))}
        )
        own = {"joined": models.OuterRef("pk"), "which": which, "until__gt": until}
        allowed = models.Exists(Extension.objects.filter(outcome=Asked.Outcome.AGREED, **own))
        moved = models.Exists(Shift.objects.filter(**own))
        rows = CaseNotice.objects.filter(earlier & ~drives).exclude(allowed).exclude(moved)
        return rows.order_by().values_list("case", flat=True)

    def original(self, which: str) -> datetime:
        """The due time that this notice came with: "find" or "report"."""
        return self.due48 if which == "find" else self.due72

    def due(self, which: str) -> datetime:
        """The due time in force: what was allowed for it, or for the case where this notice drives the case's clock."""
        original = self.original(which)
        allowed: list[datetime] = [row.until for row in self.extended(which)]
        allowed += [row.until for row in self.shifted(which)]
        return max([original, *allowed])

    def case_due(self, which: str) -> datetime:
        """The due time in force of the case itself."""
        return self.case.due48 if which == "find" else self.case.due72

    def drives(self, which: str) -> bool:
        """Whether the clock of the case is that of this notice, or was before an earlier receipt was entered."""
        first = self.case.original48 if which == "find" else self.case.original72
        return self.original(which) in (self.case.original(which), first)

    def extended(self, which: str) -> "list[Extension]":
        """The extensions that hold for this notice: its own, and those of the case while it drives the case's clock."""
        agreed = [row for row in self.case.extensions.all() if row.outcome == Asked.Outcome.AGREED]
        return [row for row in agreed if row.which == which and self._concerns(row.joined_id, row.asked_at, which)]

    def shifted(self, which: str) -> "list[Shift]":
        """The moves for an outage that hold for it, likewise."""
        rows = self.case.shifts.all()
        return [row for row in rows if row.which == which and self._concerns(row.joined_id, row.at, which)]

    def _concerns(self, joined: int | None, at: datetime, which: str) -> bool:
        # What was allowed for the case before this notice joined was allowed for other notices.
        late = self.joined_at > at and self.joined_at > self.case.opened_at
        return joined == self.pk or (joined is None and self.drives(which) and not late)

    def clock(self, which: str) -> Clock:
        """This notice's own clock; what was locked before it came took no time."""
        done = self.case.found_at if which == "find" else self.case.reported_at
        return Clock(self.received_at, self.original(which), self.due(which), done, self.case.stopped_at)


class CandidateCopy(models.Model):
    """One possible answer of the trace, with its hops. A person may confirm one; nothing is ever chosen silently."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="candidates")
    position = models.PositiveIntegerField()
    certainty = models.CharField(max_length=16)
    internal_ip = models.CharField(max_length=45, blank=True)
    mac = models.CharField(max_length=17, blank=True)
    login = models.CharField(max_length=128, blank=True)
    switch_port = models.CharField(max_length=128, blank=True)
    asset = models.CharField(max_length=128, blank=True)
    person = models.CharField(max_length=64, blank=True)
    hops = models.JSONField(default=list)
    chosen_at = models.DateTimeField(null=True)
    chosen_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    chosen_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("case", "position")

    def __str__(self) -> str:
        return f"{self.case_id}#{self.position}"


class Step(AppendOnly):
    """One line of a case's history."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=32)
    source = models.CharField(max_length=16, blank=True)
    target = models.CharField(max_length=16, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.case_id} {self.verb}"


class Measure(AppendOnly):
    """What was done on the device or the network, and when."""

    KINDS = ("isolate", "clean", "reinstall", "passwords", "block", "disconnect", "nat-log", "watch", "other")
    GENERAL = frozenset({"block", "nat-log", "other"})
    """Those that may have stood before anything was seen: they are not about the device."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="measures")
    kind = models.CharField(max_length=16)
    done_at = models.DateTimeField()
    note = models.TextField(blank=True)
    entered_at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("done_at", "pk")

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Decision(Asked):
    """A judgement by people: the nature, a false alarm, or that the device cannot be located."""

    class Kind(models.TextChoices):
        NATURE = "nature"
        FALSE_ALARM = "false-alarm"
        UNLOCATABLE = "unlocatable"

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    value = models.CharField(max_length=32)

    class Meta(Asked.Meta):
        ordering = ("asked_at", "pk")

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.value}"


class Extension(Asked):
    """延期: more time for one clock, allowed by the superior; the original due time stays."""

    class Which(models.TextChoices):
        FIND = "find"
        REPORT = "report"

    case = models.ForeignKey(Case, models.PROTECT, related_name="extensions")
    # Empty: the clock of the case. Else that of one notice of it, which keeps a limit of its own.
    joined = models.ForeignKey(CaseNotice, models.PROTECT, null=True, blank=True, related_name="extensions")
    which = models.CharField(max_length=16, choices=Which.choices)
    until = models.DateTimeField()

    class Meta(Asked.Meta):
        ordering = ("asked_at", "pk")

    def __str__(self) -> str:
        return f"{self.case_id} {self.which}"
