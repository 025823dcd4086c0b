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
                    name="AlertText",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="alert_texts", to="org.unit"
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        ("text", models.TextField()),
                        ("made_at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("retired_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "ordering": ("unit__path", "name"),
                    },
                ),
                migrations.CreateModel(
                    name="Alert",
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
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="alerts", to="org.unit"
                            ),
                        ),
                        ("title", models.CharField(max_length=80)),
                        ("text", models.TextField()),
                        ("ways", models.JSONField()),
                        (
                            "audience",
                            models.CharField(
                                choices=[("accounts", "accounts"), ("contacts", "contacts"), ("staff", "staff")],
                                max_length=16,
                            ),
                        ),
                        ("kinds", models.JSONField(default=list)),
                        ("per_minute", models.PositiveIntegerField()),
                        ("price", models.PositiveIntegerField()),
                        ("cap", models.PositiveIntegerField()),
                        ("planned_units", models.PositiveIntegerField()),
                        ("planned_sms", models.PositiveIntegerField()),
                        ("spent", models.PositiveIntegerField(default=0)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("stopped_at", models.DateTimeField(null=True)),
                        (
                            "stopped_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("stopped_why", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("-asked_at", "-pk"),
                        "abstract": False,
                        "indexes": [
                            models.Index(
                                fields=["outcome", "finished_at", "stopped_at"], name="alerts_aler_outcome_ac178b_idx"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="alerts_alert_second_person",
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
                                name="alerts_alert_decided_with_who_and_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertUnit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "alert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="units", to="alerts.alert"
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        ("told_at", models.DateTimeField(null=True)),
                        ("people", models.PositiveIntegerField(default=0)),
                        ("sms", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ("unit__path",),
                        "indexes": [models.Index(fields=["alert", "told_at"], name="alerts_aler_alert_i_383d4b_idx")],
                        "constraints": [
                            models.UniqueConstraint(fields=("alert", "unit"), name="a_unit_is_warned_once")
                        ],
                    },
                ),
            ],
        ),
    ]
