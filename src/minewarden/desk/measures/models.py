"""Records of the nine measures with their history and files, reviews of own projects, facts of energy, figures."""

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from minewarden.desk.cases.fixed import AppendOnly
from minewarden.desk.cases.models import Asked
from minewarden.desk.measures.codes import KINDS, SIGNS, VERDICTS
from minewarden.desk.measures.lifecycle import State
from minewarden.vocab.words import DISPLAY_ZONE


class Entry(models.Model):
    """A record of one of the nine measures: on what basis who was asked for what, what came of it, and when.

    subject: whom or what it is about, as far as others may read. A restricted record exists for approvers only.
    """

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="measures")
    kind = models.CharField(max_length=20, choices=[(code, code) for code in KINDS])
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, blank=True, related_name="measure_entries")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    restricted = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in State], default=State.DRAFT.value)
    subject = models.CharField(max_length=200)
    office = models.CharField(max_length=20)
    authority = models.CharField(max_length=120)
    basis = models.CharField(max_length=300)
    text = models.TextField()
    number = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    sent_on = models.DateField(null=True)
    sent_by = models.ForeignKey("org.Person", models.PROTECT, null=True, related_name="+")
    answer_due = models.DateField(null=True)
    answered_on = models.DateField(null=True)
    answer = models.TextField(blank=True)
    decision = models.TextField(blank=True)
    decision_number = models.CharField(max_length=64, blank=True)
    decided_on = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        indexes = (models.Index(fields=("unit", "kind", "state")), models.Index(fields=("state", "answer_due")))
        constraints = (
            models.CheckConstraint(
                condition=Q(sent_by__isnull=True) | ~Q(sent_by=F("made_by")), name="a_letter_is_sent_by_a_second_person"
            ),
            models.UniqueConstraint(
                fields=("unit", "kind", "year"),
                condition=Q(year__isnull=False) & ~Q(state="dropped"),
                name="a_yearly_measure_stands_once",
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """The number by which people name it."""
        return f"CS-{self.made_at.astimezone(DISPLAY_ZONE):%Y}-{self.pk:05d}"

    @property
    def measure(self) -> int:
        """Which of the nine it belongs to."""
        return KINDS[self.kind].measure

    def is_late(self, today: date) -> bool:
        """Whether an answer is overdue."""
        return self.state == State.SENT and self.answer_due is not None and self.answer_due < today


class EntryStep(AppendOnly):
    """One line of a record's history."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    verb = models.CharField(max_length=16)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.entry_id} {self.verb}"


class EntryFile(AppendOnly):
    """A document of a record: the letter as it went out, the answer, the decision. It lies encrypted."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


class Review(Asked):
    """项目审核: an own project is held against what mining in disguise looks like; a second person decides."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="project_reviews")
    name = models.CharField(max_length=200)
    number = models.CharField(max_length=64, blank=True)
    partner = models.CharField(max_length=200, blank=True)
    kilowatts = models.PositiveIntegerField(null=True)
    answers = models.JSONField()
    verdict = models.CharField(max_length=16, choices=[(v, v) for v in VERDICTS])

    class Meta(Asked.Meta):
        ordering = ("-asked_at", "-pk")
        indexes = (models.Index(fields=("unit", "outcome")),)
        constraints: ClassVar[Any] = (*Asked.Meta.constraints,)

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """The number by which people name it."""
        return f"XM-{self.asked_at.astimezone(DISPLAY_ZONE):%Y}-{self.pk:05d}"

    @property
    def signs(self) -> list[str]:
        """What speaks for mining in disguise."""
        return [sign for sign, answer in self.answers.items() if answer == "yes"]

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Each sign with its answer, in the order in which it was asked."""
        return [(sign, str(self.answers.get(sign, "unknown"))) for sign in SIGNS]


class EnergyFact(AppendOnly):
    """What the energy of a case is estimated from; a correction is a new version. By a device, or by a meter."""

    class Method(models.TextChoices):
        DEVICE = "device"
        METER = "meter"

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="energy_facts")
    version = models.PositiveIntegerField()
    method = models.CharField(max_length=16, choices=Method.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    watts = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    idle_watts = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    hours = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    meter_kwh = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    meter_days = models.PositiveIntegerField(null=True)
    mining_days = models.PositiveIntegerField(null=True)
    meter_account = models.CharField(max_length=40, blank=True)
    basis = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("case", "-version")
        constraints = (
            models.UniqueConstraint(fields=("case", "version"), name="energy_of_a_version_stands_once"),
            models.CheckConstraint(condition=Q(ended_at__gt=F("began_at")), name="energy_ends_after_it_began"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"


class RegionalFigure(AppendOnly):
    """A factor or a surcharge that was announced after the program was made, or that a bureau decided. Dated."""

    class What(models.TextChoices):
        FACTOR = "factor"
        RATE = "rate"

    what = models.CharField(max_length=16, choices=What.choices)
    region = models.CharField(max_length=6)
    year = models.PositiveSmallIntegerField(null=True)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    value = models.DecimalField(max_digits=9, decimal_places=4)
    source = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(what="factor", year__isnull=False) | Q(what="rate", year__isnull=True),
                name="a_factor_is_of_a_year",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="a_figure_is_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.what} {self.region} {self.value}"
