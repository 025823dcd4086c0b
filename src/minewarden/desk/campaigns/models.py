"""Campaigns: versions of what is asked, the tasks of each unit, gates; what units file, need and are helped with."""

from functools import lru_cache
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from minewarden.desk.campaigns.lifecycle import FilingState, HelpState, NeedState, TaskState
from minewarden.desk.campaigns.questions import Question, of_data
from minewarden.desk.campaigns.template import Phase, Plan, TaskDef, read
from minewarden.desk.cases.fixed import AppendOnly
from minewarden.desk.kit.sealed_field import SealedField
from minewarden.desk.kit.words import said, word
from minewarden.desk.org.models import Person, Unit


def _choices(states: Any) -> list[tuple[str, str]]:
    return [(state.value, state.value) for state in states]


class Campaign(models.Model):
    """专项行动: what a bureau asks of itself and all below it. `opened` are the phases and periods that were begun."""

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        ENDED = "ended"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="campaigns")
    title = models.CharField(max_length=200)
    number = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    started_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    opened = models.JSONField(default=list)
    swept_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return self.title

    @property
    def version(self) -> "Version":
        """What holds now, read once."""
        if "_version" not in self.__dict__:
            self.__dict__["_version"] = self.versions.order_by("-number").first()
        found: Version = self.__dict__["_version"]
        return found

    @property
    def plan(self) -> Plan:
        """What is asked, with the days that the bureau set."""
        return self.version.plan


class Version(AppendOnly):
    """One version of what a campaign asks: the template byte for byte, the days, and what changed against the last."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    dates = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    changes = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=["campaign", "number"], name="campaign_version_once"),)

    def __str__(self) -> str:
        return f"v{self.number}"

    @property
    def plan(self) -> Plan:
        """The template of this version with its days."""
        return _plan(self.text).dated(self.dates)


@lru_cache(maxsize=64)
def _plan(text: str) -> Plan:
    plan, faults = read(text, "campaign")
    if plan is None:  # It was read before it was kept, so the program itself broke it.
        raise ValueError(faults)
    return plan


class Form(models.Model):
    """自定义填报: a small form that a bureau made for units below it."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SENT = "sent"
        ENDED = "ended"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="forms")
    title = models.CharField(max_length=200)
    why = models.CharField(max_length=500)
    minutes = models.PositiveIntegerField(default=3)
    kinds = models.JSONField(default=list)
    questions = models.JSONField(default=list)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    overlaps = models.JSONField(default=list)
    """The fields that a ledger holds already, as they were shown to whoever sent the form all the same."""
    overlap_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return self.title


class Filing(models.Model):
    """What a unit files: a plan of work, a meeting, an activity of education, a rule, material, a duty list.

    `content` holds the columns of its kind (`campaigns.columns`). A plan is reviewed by the superior.
    """

    class Kind(models.TextChoices):
        PLAN = "plan", word("desk_campaigns.kind_plan")
        MEETING = "meeting", word("desk_campaigns.kind_meeting")
        ACTIVITY = "activity", word("desk_campaigns.kind_activity")
        RULE = "rule", word("desk_campaigns.kind_rule")
        MATERIAL = "material", word("desk_campaigns.kind_material")
        DUTY_LIST = "duty-list", word("desk_campaigns.kind_duty_list")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="filings")
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="filings")
    title = models.CharField(max_length=200)
    day = models.DateField()
    content = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=_choices(FilingState), default=FilingState.DRAFT.value)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    on_behalf = models.BooleanField(default=False)
    submitted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-day", "-pk")
        indexes = (models.Index(fields=["kind", "unit", "state"]),)

    def __str__(self) -> str:
        return self.title


class Task(models.Model):
    """What one unit has to do: out of a campaign, a form, or a decision of a meeting or plan."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="tasks")
    form = models.ForeignKey(Form, models.PROTECT, null=True, related_name="tasks")
    filing = models.ForeignKey(Filing, models.PROTECT, null=True, related_name="tasks")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="campaign_tasks")
    code = models.CharField(max_length=40, blank=True)
    phase = models.CharField(max_length=40, blank=True)
    period = models.CharField(max_length=8, blank=True)
    title = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    original_due_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=_choices(TaskState), default=TaskState.OPEN.value)
    answer = models.JSONField(default=dict)
    answered_version = models.PositiveIntegerField(default=0)
    changed = models.JSONField(default=list)
    """What a later version changed of the task since the unit answered."""
    note = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    on_behalf = models.BooleanField(default=False)
    returned_note = models.CharField(max_length=500, blank=True)
    carried = models.BooleanField(default=False)
    """遗留: it was open when the gate of its phase closed."""
    moved_to = models.ForeignKey("self", models.PROTECT, null=True, related_name="moved_from")

    class Meta:
        ordering = ("due_at", "pk")
        indexes = (
            models.Index(fields=["unit", "state", "due_at"]),
            models.Index(fields=["campaign", "phase", "unit", "state"]),
        )
        constraints: ClassVar[Any] = (
            models.UniqueConstraint(
                fields=["campaign", "unit", "code", "period"], condition=Q(campaign__isnull=False), name="task_once"
            ),
            models.UniqueConstraint(
                fields=["form", "unit"], condition=Q(form__isnull=False), name="form_once_per_unit"
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | ~Q(state="done"), name="task_done_with_when"
            ),
        )

    def __str__(self) -> str:
        return self.heading

    @property
    def defined(self) -> TaskDef | None:
        """The task as the campaign asks it now; None where it came from elsewhere or is asked no more."""
        return self.campaign.plan.task(self.code) if self.campaign is not None and self.code else None

    @property
    def heading(self) -> str:
        """What is to be done, in a few words."""
        defined = self.defined
        if defined is not None:
            return said(defined.title)
        return self.title or (self.form.title if self.form else "")

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked."""
        defined = self.defined
        if defined is not None:
            return defined.questions
        return of_data(self.form.questions) if self.form is not None else ()

    @property
    def open(self) -> bool:
        """Whether it still has to be done."""
        return self.state in (TaskState.OPEN, TaskState.RETURNED)


class Attachment(models.Model):
    """A file that was handed in with a task or a filing; it lies encrypted."""

    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="files")
    filing = models.ForeignKey(Filing, models.PROTECT, null=True, related_name="files")
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=32)
    taken_at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("taken_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(task__isnull=True, filing__isnull=False) | Q(task__isnull=False, filing__isnull=True),
                name="attachment_of_one_thing",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Postponement(models.Model):
    """延期: a task, or all tasks of a unit in a phase, get more time. Asked by the unit and decided by the superior, or
    given by the superior of himself."""

    class Outcome(models.TextChoices):
        PENDING = "pending"
        AGREED = "agreed"
        REFUSED = "refused"

    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="postponements")
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="postponements")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    phase = models.CharField(max_length=40, blank=True)
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.PENDING)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints: ClassVar[Any] = (
            models.UniqueConstraint(
                fields=["task"], condition=Q(outcome="pending", task__isnull=False), name="one_open_postponement"
            ),
            models.CheckConstraint(
                condition=Q(outcome="pending", decided_at__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="postponement_decided_with_who_and_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} → {self.until}"


class Gate(AppendOnly):
    """The frozen picture of a phase at its end: each unit with its checks and tasks. It is never changed."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="gates")
    phase = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    closes_at = models.DateTimeField()
    taken_at = models.DateTimeField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("-closes_at", "-pk")
        constraints = (models.UniqueConstraint(fields=["campaign", "phase"], name="gate_once_per_phase"),)

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.phase}"

    def title_of(self) -> Phase:
        """The phase as the version of that time had it."""
        return self.campaign.versions.get(number=self.version).plan.phase(self.phase)


class Need(models.Model):
    """需求: what a unit lacks and asked for. Money and purchase are followed, not decided, here."""

    class Kind(models.TextChoices):
        DEVICE = "device", word("desk_campaigns.need_device")
        SOFTWARE = "software", word("desk_campaigns.need_software")
        SKILL = "skill", word("desk_campaigns.need_skill")
        PEOPLE = "people", word("desk_campaigns.need_people")
        OTHER = "other", word("desk_campaigns.need_other")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="needs")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    gap = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    state = models.CharField(max_length=16, choices=_choices(NeedState), default=NeedState.ASKED.value)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    moved_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    moved_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-asked_at", "-pk")
        indexes = (models.Index(fields=["unit", "state"]),)

    def __str__(self) -> str:
        return self.title


class Member(models.Model):
    """A member of a bureau's emergency team (应急处置队伍): what he can do and how he is reached."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="team")
    name = models.CharField(max_length=60)
    employer = models.CharField(max_length=120, blank=True)
    skills = models.CharField(max_length=200)
    phone = SealedField(blank=True, default="")
    active = models.BooleanField(default=True)
    since = models.DateField()
    entered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-active", "name", "pk")

    def __str__(self) -> str:
        return self.name


class Help(models.Model):
    """求助: a unit asks for help; its superior sends somebody of the team within a day."""

    class Topic(models.TextChoices):
        TRACE = "trace", word("desk_campaigns.topic_trace")
        CLEAN = "clean", word("desk_campaigns.topic_clean")
        NETWORK = "network", word("desk_campaigns.topic_network")
        LEDGER = "ledger", word("desk_campaigns.topic_ledger")
        OTHER = "other", word("desk_campaigns.topic_other")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="help_requests")
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="help_requests")
    topic = models.CharField(max_length=16, choices=Topic.choices)
    text = models.TextField()
    state = models.CharField(max_length=16, choices=_choices(HelpState), default=HelpState.ASKED.value)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="help_requests")
    assigned_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    assigned_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-asked_at", "-pk")

    def __str__(self) -> str:
        return self.text[:40]


class Visit(AppendOnly):
    """上门支持记录: what was done for a unit, by whom, on site or from afar."""

    class Way(models.TextChoices):
        SITE = "site", word("desk_campaigns.way_site")
        REMOTE = "remote", word("desk_campaigns.way_remote")
        CALL = "call", word("desk_campaigns.way_call")

    help = models.ForeignKey(Help, models.PROTECT, related_name="visits")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    way = models.CharField(max_length=16, choices=Way.choices)
    at = models.DateTimeField()
    did = models.TextField()
    left = models.TextField(blank=True)
    entered_at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return self.did[:40]
