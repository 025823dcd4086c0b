import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0005_notices_own_time"),
        ("ledger", "0006_search"),
        ("org", "0007_second_factor"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Link",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="check_links", to="org.unit"
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[("reports", "主机提交自查报告"), ("sheet", "一处地点的自查表")], max_length=16
                            ),
                        ),
                        ("label", models.CharField(max_length=80)),
                        ("kind", models.CharField(blank=True, max_length=16)),
                        ("place", models.CharField(blank=True, max_length=120)),
                        ("digest", models.CharField(max_length=64, unique=True)),
                        ("made_at", models.DateTimeField()),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("expires_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(null=True)),
                        (
                            "revoked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-made_at", "-pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("made_at"))),
                                name="a_link_ends_after_it_was_made",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Sheet",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="check_sheets", to="org.unit"
                            ),
                        ),
                        ("kind", models.CharField(max_length=16)),
                        ("place", models.CharField(max_length=120)),
                        ("inspector", models.CharField(max_length=60)),
                        ("done_at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "link",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sheets",
                                to="selfchecks.link",
                            ),
                        ),
                        ("on_behalf", models.BooleanField(default=False)),
                        ("version", models.CharField(max_length=16)),
                        ("problems", models.PositiveSmallIntegerField()),
                        ("page", models.CharField(max_length=36, unique=True)),
                    ],
                    options={
                        "ordering": ("-done_at", "-pk"),
                        "indexes": [
                            models.Index(fields=["unit", "kind", "-done_at"], name="selfchecks__unit_id_92c8ad_idx")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("by__isnull", False), ("link__isnull", True)),
                                    models.Q(("by__isnull", True), ("link__isnull", False)),
                                    _connector="OR",
                                ),
                                name="a_sheet_is_from_a_person_or_a_link",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Answer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "sheet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="selfchecks.sheet",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("item", models.CharField(max_length=24)),
                        ("text", models.CharField(max_length=255)),
                        (
                            "result",
                            models.CharField(
                                choices=[("fine", "fine"), ("problem", "problem"), ("none", "none")], max_length=16
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("position",),
                        "constraints": [
                            models.UniqueConstraint(fields=("sheet", "item"), name="a_line_is_answered_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Fix",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "answer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="fix", to="selfchecks.answer"
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="fixes", to="org.unit"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "open"), ("mended", "mended"), ("closed", "closed")],
                                default="open",
                                max_length=16,
                            ),
                        ),
                        ("measure", models.TextField(blank=True)),
                        ("responsible", models.CharField(max_length=60)),
                        ("opened_at", models.DateTimeField()),
                        ("due_on", models.DateField()),
                        ("original_due_on", models.DateField()),
                        ("mended_at", models.DateTimeField(null=True)),
                        (
                            "mended_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "closed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("due_on", "pk"),
                        "indexes": [
                            models.Index(fields=["unit", "state", "due_on"], name="selfchecks__unit_id_9ea06e_idx"),
                            models.Index(fields=["state", "due_on"], name="selfchecks__state_48fa93_idx"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_by__isnull", True),
                                    models.Q(("closed_by", models.F("mended_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="another_person_looks_again",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                                    models.Q(models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", True)),
                                    _connector="OR",
                                ),
                                name="a_fix_is_closed_with_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FixStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "fix",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="selfchecks.fix"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("verb", models.CharField(max_length=16)),
                        ("note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("at", "pk"),
                    },
                ),
                migrations.CreateModel(
                    name="HostReport",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="host_reports", to="org.unit"
                            ),
                        ),
                        ("content", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("name", models.CharField(blank=True, max_length=200)),
                        ("size", models.PositiveIntegerField()),
                        ("host", models.CharField(db_index=True, max_length=120)),
                        ("system", models.CharField(max_length=120)),
                        ("mode", models.CharField(max_length=16)),
                        ("result", models.CharField(max_length=20)),
                        ("findings", models.PositiveIntegerField()),
                        ("gaps", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        ("received_at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "link",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="selfchecks.link",
                            ),
                        ),
                        (
                            "asset",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="host_reports",
                                to="ledger.asset",
                            ),
                        ),
                        ("matched", models.CharField(blank=True, max_length=16)),
                    ],
                    options={
                        "ordering": ("-received_at", "-pk"),
                        "indexes": [
                            models.Index(fields=["unit", "-received_at"], name="selfchecks__unit_id_56e557_idx"),
                            models.Index(fields=["link", "received_at"], name="selfchecks__link_id_f03db3_idx"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "sha256"), name="a_report_is_kept_once_per_unit")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reject",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        (
                            "link",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rejects",
                                to="selfchecks.link",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("name", models.CharField(blank=True, max_length=200)),
                        ("size", models.PositiveBigIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("reason", models.JSONField()),
                        ("beginning", models.BinaryField()),
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                        "indexes": [models.Index(fields=["link", "at"], name="selfchecks__link_id_2aeab3_idx")],
                    },
                ),
                migrations.CreateModel(
                    name="Refusal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        (
                            "link",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refusals",
                                to="selfchecks.link",
                            ),
                        ),
                        ("reason", models.CharField(max_length=16)),
                        ("count", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ("-day", "reason"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("day", "link", "reason"), name="refusals_of_a_link_and_day"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("link__isnull", True)),
                                fields=("day", "reason"),
                                name="refusals_of_nobody_and_day",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseReport",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="host_reports",
                                to="cases.case",
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="joined",
                                to="selfchecks.hostreport",
                            ),
                        ),
                        ("joined_at", models.DateTimeField()),
                        (
                            "joined_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("parted_at", models.DateTimeField(null=True)),
                        (
                            "parted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("joined_at", "pk"),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("parted_at__isnull", True)),
                                fields=("case", "report"),
                                name="a_report_joins_a_case_once",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
