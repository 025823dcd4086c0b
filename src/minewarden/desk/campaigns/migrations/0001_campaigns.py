import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import minewarden.desk.kit.sealed_field
from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0006_earlier_receipts"),
        ("org", "0007_second_factor"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Campaign",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="campaigns", to="org.unit"
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("number", models.CharField(blank=True, max_length=60)),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("running", "Running"), ("ended", "Ended")],
                                default="draft",
                                max_length=16,
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        (
                            "started_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("started_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("opened", models.JSONField(default=list)),
                        ("swept_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "ordering": ("-made_at", "-pk"),
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
                            "campaign",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="campaigns.campaign",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("text", models.TextField()),
                        ("dates", models.JSONField(default=dict)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("changes", models.JSONField(default=list)),
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
                        "ordering": ("-number",),
                        "constraints": [
                            models.UniqueConstraint(fields=("campaign", "number"), name="campaign_version_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Form",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="forms", to="org.unit"
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("why", models.CharField(max_length=500)),
                        ("minutes", models.PositiveIntegerField(default=3)),
                        ("kinds", models.JSONField(default=list)),
                        ("questions", models.JSONField(default=list)),
                        ("due_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("sent", "Sent"), ("ended", "Ended")],
                                default="draft",
                                max_length=16,
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("overlaps", models.JSONField(default=list)),
                        ("overlap_reason", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "ordering": ("-made_at", "-pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Filing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("plan", "工作方案"),
                                    ("meeting", "会议记录"),
                                    ("activity", "宣传教育"),
                                    ("rule", "制度"),
                                    ("material", "资料"),
                                    ("duty-list", "责任清单"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="filings", to="org.unit"
                            ),
                        ),
                        (
                            "campaign",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="filings",
                                to="campaigns.campaign",
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("day", models.DateField()),
                        ("content", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("submitted", "submitted"),
                                    ("returned", "returned"),
                                    ("accepted", "accepted"),
                                    ("ended", "ended"),
                                ],
                                default="draft",
                                max_length=16,
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("on_behalf", models.BooleanField(default=False)),
                        (
                            "submitted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("submitted_at", models.DateTimeField(null=True)),
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
                        ("note", models.TextField(blank=True)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                    ],
                    options={
                        "ordering": ("-day", "-pk"),
                        "indexes": [models.Index(fields=["kind", "unit", "state"], name="campaigns_f_kind_372268_idx")],
                    },
                ),
                migrations.CreateModel(
                    name="Task",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "campaign",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tasks",
                                to="campaigns.campaign",
                            ),
                        ),
                        (
                            "form",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tasks",
                                to="campaigns.form",
                            ),
                        ),
                        (
                            "filing",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tasks",
                                to="campaigns.filing",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="campaign_tasks",
                                to="org.unit",
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=40)),
                        ("phase", models.CharField(blank=True, max_length=40)),
                        ("period", models.CharField(blank=True, max_length=8)),
                        ("title", models.CharField(blank=True, max_length=200)),
                        ("made_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("original_due_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("done", "done"),
                                    ("returned", "returned"),
                                    ("withdrawn", "withdrawn"),
                                    ("moved", "moved"),
                                ],
                                default="open",
                                max_length=16,
                            ),
                        ),
                        ("answer", models.JSONField(default=dict)),
                        ("answered_version", models.PositiveIntegerField(default=0)),
                        ("changed", models.JSONField(default=list)),
                        ("note", models.TextField(blank=True)),
                        ("done_at", models.DateTimeField(null=True)),
                        (
                            "done_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("on_behalf", models.BooleanField(default=False)),
                        ("returned_note", models.CharField(blank=True, max_length=500)),
                        ("carried", models.BooleanField(default=False)),
                        (
                            "moved_to",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moved_from",
                                to="campaigns.task",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("due_at", "pk"),
                        "indexes": [
                            models.Index(fields=["unit", "state", "due_at"], name="campaigns_t_unit_id_5a09b8_idx"),
                            models.Index(
                                fields=["campaign", "phase", "unit", "state"], name="campaigns_t_campaig_460f71_idx"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("campaign__isnull", False)),
                                fields=("campaign", "unit", "code", "period"),
                                name="task_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("form__isnull", False)),
                                fields=("form", "unit"),
                                name="form_once_per_unit",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("done_at__isnull", False), ("state", "done")),
                                    models.Q(("state", "done"), _negated=True),
                                    _connector="OR",
                                ),
                                name="task_done_with_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "task",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="campaigns.task",
                            ),
                        ),
                        (
                            "filing",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="campaigns.filing",
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("size", models.PositiveIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("place", models.CharField(max_length=32)),
                        ("taken_at", models.DateTimeField()),
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
                        "ordering": ("taken_at", "pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("filing__isnull", False), ("task__isnull", True)),
                                    models.Q(("filing__isnull", True), ("task__isnull", False)),
                                    _connector="OR",
                                ),
                                name="attachment_of_one_thing",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Postponement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "campaign",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postponements",
                                to="campaigns.campaign",
                            ),
                        ),
                        (
                            "task",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postponements",
                                to="campaigns.task",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        ("phase", models.CharField(blank=True, max_length=40)),
                        ("until", models.DateTimeField()),
                        ("reason", models.CharField(max_length=500)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
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
                        ("decided_note", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "ordering": ("-asked_at", "-pk"),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("outcome", "pending"), ("task__isnull", False)),
                                fields=("task",),
                                name="one_open_postponement",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at__isnull", True), ("outcome", "pending")),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="postponement_decided_with_who_and_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Gate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "campaign",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="gates",
                                to="campaigns.campaign",
                            ),
                        ),
                        ("phase", models.CharField(max_length=40)),
                        ("version", models.PositiveIntegerField()),
                        ("closes_at", models.DateTimeField()),
                        ("taken_at", models.DateTimeField()),
                        ("content", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                    ],
                    options={
                        "ordering": ("-closes_at", "-pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("campaign", "phase"), name="gate_once_per_phase")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Need",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="needs", to="org.unit"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("device", "设备"),
                                    ("software", "软件"),
                                    ("skill", "技术支持"),
                                    ("people", "人员"),
                                    ("other", "其他"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("gap", models.CharField(blank=True, max_length=40)),
                        ("title", models.CharField(max_length=200)),
                        ("reason", models.CharField(max_length=500)),
                        ("amount", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "asked"),
                                    ("funded", "funded"),
                                    ("bought", "bought"),
                                    ("installed", "installed"),
                                    ("refused", "refused"),
                                ],
                                default="asked",
                                max_length=16,
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
                        (
                            "moved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("moved_at", models.DateTimeField(null=True)),
                        ("note", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "ordering": ("-asked_at", "-pk"),
                        "indexes": [models.Index(fields=["unit", "state"], name="campaigns_n_unit_id_75c6cf_idx")],
                    },
                ),
                migrations.CreateModel(
                    name="Member",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="team", to="org.unit"
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        ("employer", models.CharField(blank=True, max_length=120)),
                        ("skills", models.CharField(max_length=200)),
                        ("phone", minewarden.desk.kit.sealed_field.SealedField(blank=True, default="")),
                        ("active", models.BooleanField(default=True)),
                        ("since", models.DateField()),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-active", "name", "pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Help",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="help_requests", to="org.unit"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="help_requests",
                                to="cases.case",
                            ),
                        ),
                        (
                            "topic",
                            models.CharField(
                                choices=[
                                    ("trace", "溯源排查"),
                                    ("clean", "清除处置"),
                                    ("network", "网络与日志配置"),
                                    ("ledger", "台账填报"),
                                    ("other", "其他"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("text", models.TextField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "asked"),
                                    ("assigned", "assigned"),
                                    ("visited", "visited"),
                                    ("closed", "closed"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                default="asked",
                                max_length=16,
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
                        ("due_at", models.DateTimeField()),
                        (
                            "member",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="help_requests",
                                to="campaigns.member",
                            ),
                        ),
                        (
                            "assigned_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("assigned_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("closed_note", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "ordering": ("-asked_at", "-pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Visit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "help",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="visits", to="campaigns.help"
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.member"
                            ),
                        ),
                        (
                            "way",
                            models.CharField(
                                choices=[("site", "上门"), ("remote", "远程"), ("call", "电话")], max_length=16
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("did", models.TextField()),
                        ("left", models.TextField(blank=True)),
                        ("entered_at", models.DateTimeField()),
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
                        "ordering": ("at", "pk"),
                    },
                ),
            ],
        ),
    ]
