"""What came in, line by line, and to whom each line was handed."""

from datetime import datetime
from typing import Any

from django.db import models

from minewarden.desk.cases.clocks import REPORT, Clock, all_done
from minewarden.desk.kit import sealed
from minewarden.desk.notices.lifecycle import OPEN, State

_PURPOSE = "notice-original"


class Original(models.Model):
    """A file as it came, byte for byte, sealed at rest. `sha256` is that of the bytes before sealing."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveIntegerField()
    sealed_content = models.BinaryField()
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]

    @staticmethod
    def sealing(content: bytes) -> bytes:
        """The bytes as they are kept."""
        return sealed.seal(content, _PURPOSE)

    @property
    def content(self) -> bytes:
        """The bytes as they came. Raises ConfigError where the key is gone."""
        return sealed.unseal(bytes(self.sealed_content), _PURPOSE)


class Received(models.Model):
    """通报: one document that an office received; before it is confirmed, a preview that nobody else sees."""

    class State(models.TextChoices):
        PREVIEW = "preview"
        CONFIRMED = "confirmed"
        DROPPED = "dropped"

    office = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=State.choices, default=State.PREVIEW)
    original = models.ForeignKey(Original, models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    form = models.CharField(max_length=16)
    verdict = models.CharField(max_length=16)
    pages = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=128, blank=True)
    number = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()
    find_limit = models.DateTimeField(null=True)
    report_limit = models.DateTimeField(null=True)
    tables = models.JSONField(default=list)
    preface = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    rejects = models.JSONField(default=list)
    notice = models.OneToOneField("cases.Notice", models.PROTECT, null=True, related_name="document")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(null=True)
    replied_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    reply_note = models.TextField(blank=True)

    class Meta:
        ordering = ("-received_at", "-pk")
        indexes = (models.Index(fields=("office", "state")),)

    def __str__(self) -> str:
        return self.number or self.source or self.name

    @property
    def quarantined(self) -> bool:
        """Whether the file is kept but handed to nobody, since something in it could act."""
        return self.verdict in ("refused", "neutralised")

    @property
    def by_hand(self) -> bool:
        """Whether people read it and type what it says."""
        return self.verdict in ("by-hand", "refused")

    @property
    def page_numbers(self) -> range:
        """The pages of a scan that are shown beside the entry by hand."""
        return range(1, min(self.pages, 30) + 1)

    @property
    def answer_due(self) -> datetime:
        """By when the sender wants its answer: by its own limit, or, where it names none, by the plan's 72 hours."""
        return self.report_limit or self.find_limit or self.received_at + REPORT

    @property
    def answer_clock(self) -> Clock:
        """The sender's own deadline, which runs on however often the notice changes hands down here."""
        return Clock(self.received_at, self.answer_due, self.answer_due, self.replied_at)


class Line(models.Model):
    """One address (or name) of one row, with what the ledger says of it and what people decided.

    outcome: found | conflict | unknown | none. `unit` is whom it will be handed to; without one it stays with the
    office. `merge` is a running case that it may belong to, `likeness` how sure that is: same | doubtful.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        WITHDRAWN = "withdrawn"

    received = models.ForeignKey(Received, models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    table = models.PositiveIntegerField(default=0)
    row = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    ip = models.GenericIPAddressField(unpack_ipv4=True, null=True)
    port = models.PositiveIntegerField(null=True)
    destination = models.GenericIPAddressField(unpack_ipv4=True, null=True)
    destination_port = models.PositiveIntegerField(null=True)
    domain = models.CharField(max_length=253, blank=True)
    protocol = models.CharField(max_length=64, blank=True)
    coin = models.CharField(max_length=64, blank=True)
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    written = models.CharField(max_length=200, blank=True)
    named = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    cells = models.JSONField(default=list)
    doubts = models.JSONField(default=list)
    twin = models.BooleanField(default=False)
    outcome = models.CharField(max_length=16, default="none")
    reason = models.JSONField(default=dict)
    range_text = models.CharField(max_length=80, blank=True)
    purpose = models.CharField(max_length=20, blank=True)
    proposed = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    unit_reason = models.TextField(blank=True)
    merge = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")
    likeness = models.CharField(max_length=16, blank=True)
    likeness_reason = models.JSONField(default=dict)
    join = models.BooleanField(default=False)

    class Meta:
        ordering = ("position",)
        indexes = (models.Index(fields=("received", "outcome")), models.Index(fields=("ip",)))
        constraints = (models.UniqueConstraint(fields=("received", "position"), name="a_line_has_its_place"),)

    def __str__(self) -> str:
        return f"{self.received_id}#{self.position}"

    @property
    def place(self) -> str:
        """What is notified about, as people write it."""
        return _with_port(self.ip, self.port) if self.ip else self._pool

    @property
    def target(self) -> str:
        """Whom it talked to."""
        return self._pool if self.ip else ""

    @property
    def _pool(self) -> str:
        return _with_port(self.domain or self.destination or "", self.destination_port)

    @property
    def otherwise(self) -> bool:
        """Whether the sender wrote one unit and the ledger names another for that time."""
        return self.named_id is not None and self.proposed_id is not None and self.named_id != self.proposed_id

    @property
    def resolver(self) -> bool:
        """Whether the address is a resolver's, which asks for others."""
        return self.purpose == "resolver"


class Handing(models.Model):
    """分派作业: what the worker still has to hand out of a large notice. `lines` is how many there were at first."""

    received = models.OneToOneField(Received, models.PROTECT, related_name="handing")
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    lines = models.PositiveIntegerField()
    begun_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    error = models.JSONField(null=True)

    class Meta:
        indexes = (models.Index(fields=("received",), condition=models.Q(ended_at=None), name="handing_under_way"),)

    def __str__(self) -> str:
        return str(self.received)

    def waiting(self) -> "models.QuerySet[Line]":
        """Lines that have a unit and were not handed to it."""
        return Line.objects.filter(received=self.received_id, state=Line.State.WAITING).exclude(unit=None)

    def without_case(self) -> "models.QuerySet[Share]":
        """Lines that their unit has received and that no case answers yet."""
        rows = Share.objects.filter(assignment__received=self.received_id, case=None, ended="")
        return rows.exclude(assignment__received_at=None)

    @property
    def done(self) -> int:
        """How many of the lines are with their unit, and in a case where it has received them."""
        return max(0, self.lines - self.waiting().count() - self.without_case().count())


class Assignment(models.Model):
    """分派: a notice handed to a unit. T_recv is `received_at`, written once: by the account, a channel, a call, or the
    signing. Where the unit had learnt of it earlier (补录), `told_at` counts and `received_at` stays beside it.

    kind: dispatch | relay | redispatch. `parent` is the assignment that it follows from.
    """

    received = models.ForeignKey(Received, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="assignments")
    sender = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in State])
    dispatched_at = models.DateTimeField()
    dispatched_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    received_at = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=16, blank=True)
    receipt_note = models.CharField(max_length=200, blank=True)
    told_at = models.DateTimeField(null=True)
    told48 = models.DateTimeField(null=True)
    told72 = models.DateTimeField(null=True)
    told_note = models.CharField(max_length=200, blank=True)
    told_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    told_entered_at = models.DateTimeField(null=True)
    due48 = models.DateTimeField(null=True)
    due72 = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    stopped_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("dispatched_at", "pk")
        indexes = (models.Index(fields=("unit", "state")),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(received_at__isnull=True, due48__isnull=True, due72__isnull=True)
                | models.Q(received_at__isnull=False, due48__isnull=False, due72__isnull=False),
                name="an_assignment_received_has_its_due_times",
            ),
        )

    def __str__(self) -> str:
        return f"{self.received} → {self.unit.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; the receipt and the due times that follow from it can be written once only."""
        if self.pk is not None:
            before = Assignment.objects.filter(pk=self.pk).values_list("received_at", "due48", "due72").first()
            if before is not None and before[0] is not None and before != (self.received_at, self.due48, self.due72):
                raise TypeError("the receipt of an assignment is written once")
        super().save(*args, **kwargs)

    @property
    def receipt_at(self) -> datetime | None:
        """接到: the earliest receipt that is known, from which the clocks count."""
        return self.told_at or self.received_at

    @property
    def running(self) -> bool:
        """Whether the unit still has something to do for it."""
        return State(self.state) in OPEN

    @property
    def find_clock(self) -> Clock | None:
        """48 hours of this unit for this notice, up to the last of its cases that was concluded."""
        return self._clock("find", self.told48 or self.due48)

    @property
    def report_clock(self) -> Clock | None:
        """72 hours."""
        return self._clock("report", self.told72 or self.due72)

    @property
    def live(self) -> list["Share"]:
        """The lines that the unit answers for, with each case that answers one."""
        return [share for share in self.shares.all() if not share.ended]

    @property
    def lines(self) -> list["Share"]:
        """Its lines, each once, those that ended as well."""
        return [share for share in self.shares.all() if not share.beside]

    def _clock(self, which: str, due: datetime | None) -> Clock | None:
        if self.receipt_at is None or due is None:
            return None
        cases = [share.case for share in self.live if share.case]
        rows = [row for case in cases for row in case.joined.all() if row.notice_id == self.received.notice_id]
        own = [row.clock(which) for row in rows]
        # Time that was allowed, or given back after an outage, holds here where the case that decides has it.
        running = [clock for clock in own if clock.done is None]
        decides = min(running or own, key=lambda clock: clock.remaining(clock.received), default=None)
        until = decides.due if decides is not None and decides.extended else due
        done = all_done(case.found_at if which == "find" else case.reported_at for case in cases)
        return Clock(self.receipt_at, due, until, done, self.stopped_at)


class Share(models.Model):
    """A line in an assignment, and the case that answers it. ended: "" | returned | relayed | withdrawn.

    beside: another machine behind the address of the line, which a case of its own answers for.
    """

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="shares")
    line = models.ForeignKey(Line, models.PROTECT, related_name="shares")
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="shares")
    previous = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")
    beside = models.BooleanField(default=False)
    ended = models.CharField(max_length=16, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_note = models.TextField(blank=True)

    class Meta:
        ordering = ("line__position", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("assignment", "line"),
                condition=models.Q(beside=False),
                name="a_line_stands_once_in_an_assignment",
            ),
            models.UniqueConstraint(
                fields=("line",),
                condition=models.Q(ended="", beside=False),
                name="a_line_is_with_one_unit_at_a_time",
            ),
            models.UniqueConstraint(
                fields=("assignment", "line", "case"),
                condition=models.Q(beside=True),
                name="a_case_answers_a_line_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.assignment_id}/{self.line_id}"


def _with_port(place: str, port: int | None) -> str:
    if not port or not place:
        return place
    return f"[{place}]:{port}" if ":" in place else f"{place}:{port}"
