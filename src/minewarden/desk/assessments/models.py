"""The assessment of a unit for a week or month: what people write, and what was handed in, frozen with its hash."""

from typing import Any, ClassVar

from django.db import models

from minewarden.desk.assessments.periods import Period, parse
from minewarden.desk.cases.asked import Asked
from minewarden.desk.cases.fixed import AppendOnly, WriteOnce, WriteOnceQuerySet


class Assessment(models.Model):
    """周研判: of a unit for a period. `sections` is the draft; `correction` says why a frozen one is written anew."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="assessments")
    code = models.CharField(max_length=24)
    begin = models.DateField()
    sections = models.JSONField(default=dict)
    number = models.CharField(max_length=64, blank=True)
    signer = models.CharField(max_length=64, blank=True)
    addressee = models.CharField(max_length=128, blank=True)
    copies = models.CharField(max_length=255, blank=True)
    correction = models.TextField(blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-begin", "unit__path")
        constraints = (models.UniqueConstraint(fields=("unit", "code"), name="one_assessment_of_a_period"),)
        indexes = (models.Index(fields=("code", "unit")),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.code}"

    @property
    def period(self) -> Period:
        """What it is about."""
        return parse(self.code)


class Version(Asked, WriteOnce):
    """What was handed to the approver, and his answer. The figures and lists stand in `content` as they were then.

    cites: the version (or zero report) that this one corrects is named in `content` with its hash.
    """

    FIXED = frozenset({"assessment_id", "number", "as_of", "content", "sha256", "on_behalf", "cites_id"})

    objects = WriteOnceQuerySet.as_manager()

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    as_of = models.DateTimeField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    on_behalf = models.BooleanField(default=False)
    cites = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")

    class Meta(Asked.Meta):
        ordering = ("assessment", "-number")
        constraints: ClassVar[Any] = (
            *Asked.Meta.constraints,
            models.UniqueConstraint(fields=("assessment", "number"), name="an_assessment_version_stands_once"),
            models.UniqueConstraint(
                fields=("assessment",), condition=models.Q(outcome="pending"), name="one_version_waits_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id} v{self.number}"


class Zero(AppendOnly):
    """零报告: there was nothing, with the figures that say so. No second person is needed: nothing is judged."""

    assessment = models.OneToOneField(Assessment, models.PROTECT, related_name="zero")
    as_of = models.DateTimeField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    on_behalf = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.assessment_id} 0"


class Kept(AppendOnly):
    """An approved version as it was printed, byte for byte: the paper does not change when the program does."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="kept")
    form = models.CharField(max_length=8)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("version", "form")
        constraints = (models.UniqueConstraint(fields=("version", "form"), name="a_paper_is_kept_once"),)

    def __str__(self) -> str:
        return f"{self.version_id}.{self.form}"
