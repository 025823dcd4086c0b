import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("org", "0007_second_factor"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Assessment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="assessments", to="org.unit"
                            ),
                        ),
                        ("code", models.CharField(max_length=24)),
                        ("begin", models.DateField()),
                        ("sections", models.JSONField(default=dict)),
                        ("number", models.CharField(blank=True, max_length=64)),
                        ("signer", models.CharField(blank=True, max_length=64)),
                        ("addressee", models.CharField(blank=True, max_length=128)),
                        ("copies", models.CharField(blank=True, max_length=255)),
                        ("correction", models.TextField(blank=True)),
                        ("saved_at", models.DateTimeField()),
                        (
                            "saved_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-begin", "unit__path"),
                        "indexes": [models.Index(fields=["code", "unit"], name="assessments_code_d55c60_idx")],
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "code"), name="one_assessment_of_a_period")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Version",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("reason", models.TextField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("pending", "Pending"), ("agreed", "Agreed"), ("refused", "Refused")],
                                default="pending",
                                max_length=16,
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("decided_note", models.TextField(blank=True)),
                        (
                            "assessment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="assessments.assessment",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("as_of", models.DateTimeField()),
                        ("content", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("on_behalf", models.BooleanField(default=False)),
                        (
                            "cites",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrections",
                                to="assessments.version",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("assessment", "-number"),
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="assessments_version_second_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True),
                                        ("decided_by__isnull", True),
                                        ("outcome", "pending"),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("outcome__in", ("agreed", "refused")),
                                    ),
                                    _connector="OR",
                                ),
                                name="assessments_version_decided_with_who_and_when",
                            ),
                            models.UniqueConstraint(
                                fields=("assessment", "number"), name="an_assessment_version_stands_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("outcome", "pending")),
                                fields=("assessment",),
                                name="one_version_waits_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Zero",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "assessment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="zero",
                                to="assessments.assessment",
                            ),
                        ),
                        ("as_of", models.DateTimeField()),
                        ("content", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("on_behalf", models.BooleanField(default=False)),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-at",),
                    },
                ),
                migrations.CreateModel(
                    name="Kept",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="kept",
                                to="assessments.version",
                            ),
                        ),
                        ("form", models.CharField(max_length=8)),
                        ("content", models.BinaryField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ("version", "form"),
                        "constraints": [
                            models.UniqueConstraint(fields=("version", "form"), name="a_paper_is_kept_once")
                        ],
                    },
                ),
            ],
        ),
    ]
