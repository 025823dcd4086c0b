"""The report of a case: a draft that people edit, and what was submitted, frozen with its hash."""

from django.db import models

from minewarden.desk.cases.fixed import AppendOnly


class Draft(models.Model):
    """What people wrote into the report. A section that nobody touched is written anew from the case each time."""

    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="draft")
    sections = models.JSONField(default=dict)
    number = models.CharField(max_length=64, blank=True)
    signer = models.CharField(max_length=64, blank=True)
    addressee = models.CharField(max_length=128, blank=True)
    copies = models.CharField(max_length=255, blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.case_id}"


class Submitted(AppendOnly):
    """A report as it was handed to the approver: it does not change when the case does."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="reports")
    version = models.PositiveIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey("org.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("case", "-version")
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="a_report_version_stands_once"),)

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"


class Stamped(AppendOnly):
    """盖章件: the scan of a report that was printed and stamped, and how it compares with what was generated.

    The scan itself is a file of the case. `report` is the version that the code in its foot names, None where no code
    could be read: then people compare, and the page says so.
    """

    file = models.OneToOneField("cases.EvidenceFile", models.PROTECT, related_name="stamped")
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="stamped")
    report = models.ForeignKey(Submitted, models.PROTECT, null=True, related_name="stamped")
    pages = models.PositiveIntegerField()
    pages_made = models.PositiveIntegerField()
    codes = models.JSONField(default=list)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.case_id} {self.file_id}"
