import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [("reports", "0001_initial"), ("reports", "0002_stamped")]

    initial = True

    dependencies = [
        ("cases", "0004_beside_the_case"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Draft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="draft", to="cases.case"
                            ),
                        ),
                        ("sections", models.JSONField(default=dict)),
                        ("number", models.CharField(blank=True, max_length=64)),
                        ("signer", models.CharField(blank=True, max_length=64)),
                        ("addressee", models.CharField(blank=True, max_length=128)),
                        ("copies", models.CharField(blank=True, max_length=255)),
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
                ),
                migrations.CreateModel(
                    name="Submitted",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="reports", to="cases.case"
                            ),
                        ),
                        ("version", models.PositiveIntegerField()),
                        ("content", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("submitted_at", models.DateTimeField()),
                        (
                            "submitted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("case", "-version"),
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "version"), name="a_report_version_stands_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Stamped",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "file",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stamped",
                                to="cases.evidencefile",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="stamped", to="cases.case"
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stamped",
                                to="reports.submitted",
                            ),
                        ),
                        ("pages", models.PositiveIntegerField()),
                        ("pages_made", models.PositiveIntegerField()),
                        ("codes", models.JSONField(default=list)),
                    ],
                    options={
                        "ordering": ("-pk",),
                    },
                ),
            ],
        ),
    ]
