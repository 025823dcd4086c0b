import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [("notices", "0001_initial"), ("notices", "0002_pages"), ("notices", "0003_handing")]

    initial = True

    dependencies = [
        ("cases", "0003_case_without_a_lead"),
        ("org", "0004_successor"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Original",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64, unique=True)),
                        ("size", models.PositiveIntegerField()),
                        ("sealed_content", models.BinaryField()),
                        ("taken_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Received",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "office",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("preview", "Preview"), ("confirmed", "Confirmed"), ("dropped", "Dropped")],
                                default="preview",
                                max_length=16,
                            ),
                        ),
                        (
                            "original",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="notices.original"
                            ),
                        ),
                        ("name", models.CharField(max_length=255)),
                        ("form", models.CharField(max_length=16)),
                        ("verdict", models.CharField(max_length=16)),
                        ("pages", models.PositiveIntegerField(default=1)),
                        ("source", models.CharField(blank=True, max_length=128)),
                        ("number", models.CharField(blank=True, max_length=64)),
                        ("received_at", models.DateTimeField()),
                        ("find_limit", models.DateTimeField(null=True)),
                        ("report_limit", models.DateTimeField(null=True)),
                        ("tables", models.JSONField(default=list)),
                        ("preface", models.JSONField(default=list)),
                        ("warnings", models.JSONField(default=list)),
                        ("rejects", models.JSONField(default=list)),
                        (
                            "notice",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="document",
                                to="cases.notice",
                            ),
                        ),
                        ("entered_at", models.DateTimeField()),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(null=True)),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("replied_at", models.DateTimeField(null=True)),
                        (
                            "replied_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reply_note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("-received_at", "-pk"),
                        "indexes": [models.Index(fields=["office", "state"], name="notices_rec_office__35480d_idx")],
                    },
                ),
                migrations.CreateModel(
                    name="Line",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "received",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="notices.received"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("table", models.PositiveIntegerField(default=0)),
                        ("row", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "Waiting"), ("sent", "Sent"), ("withdrawn", "Withdrawn")],
                                default="waiting",
                                max_length=16,
                            ),
                        ),
                        ("ip", models.GenericIPAddressField(null=True, unpack_ipv4=True)),
                        ("port", models.PositiveIntegerField(null=True)),
                        ("destination", models.GenericIPAddressField(null=True, unpack_ipv4=True)),
                        ("destination_port", models.PositiveIntegerField(null=True)),
                        ("domain", models.CharField(blank=True, max_length=253)),
                        ("protocol", models.CharField(blank=True, max_length=64)),
                        ("coin", models.CharField(blank=True, max_length=64)),
                        ("first_seen", models.DateTimeField(null=True)),
                        ("last_seen", models.DateTimeField(null=True)),
                        ("written", models.CharField(blank=True, max_length=200)),
                        (
                            "named",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        ("cells", models.JSONField(default=list)),
                        ("doubts", models.JSONField(default=list)),
                        ("twin", models.BooleanField(default=False)),
                        ("outcome", models.CharField(default="none", max_length=16)),
                        ("reason", models.JSONField(default=dict)),
                        ("range_text", models.CharField(blank=True, max_length=80)),
                        ("purpose", models.CharField(blank=True, max_length=20)),
                        (
                            "proposed",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        ("unit_reason", models.TextField(blank=True)),
                        (
                            "merge",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.case",
                            ),
                        ),
                        ("likeness", models.CharField(blank=True, max_length=16)),
                        ("likeness_reason", models.JSONField(default=dict)),
                        ("join", models.BooleanField(default=False)),
                    ],
                    options={
                        "ordering": ("position",),
                        "indexes": [
                            models.Index(fields=["received", "outcome"], name="notices_lin_receive_b6f9a8_idx"),
                            models.Index(fields=["ip"], name="notices_lin_ip_7c9420_idx"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("received", "position"), name="a_line_has_its_place")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Handing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "received",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="handing",
                                to="notices.received",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("lines", models.PositiveIntegerField()),
                        ("begun_at", models.DateTimeField()),
                        ("touched_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("error", models.JSONField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ended_at", None)), fields=["received"], name="handing_under_way"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Assignment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "received",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to="notices.received",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="org.unit"
                            ),
                        ),
                        (
                            "sender",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="notices.assignment",
                            ),
                        ),
                        ("kind", models.CharField(max_length=16)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "pending"),
                                    ("delivered", "delivered"),
                                    ("signed", "signed"),
                                    ("returned", "returned"),
                                    ("relayed", "relayed"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("dispatched_at", models.DateTimeField()),
                        (
                            "dispatched_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("received_at", models.DateTimeField(null=True)),
                        ("receipt", models.CharField(blank=True, max_length=16)),
                        ("receipt_note", models.CharField(blank=True, max_length=200)),
                        ("told_at", models.DateTimeField(null=True)),
                        ("told48", models.DateTimeField(null=True)),
                        ("told72", models.DateTimeField(null=True)),
                        ("told_note", models.CharField(blank=True, max_length=200)),
                        (
                            "told_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("told_entered_at", models.DateTimeField(null=True)),
                        ("due48", models.DateTimeField(null=True)),
                        ("due72", models.DateTimeField(null=True)),
                        ("signed_at", models.DateTimeField(null=True)),
                        (
                            "signed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("stopped_at", models.DateTimeField(null=True)),
                        ("note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("dispatched_at", "pk"),
                        "indexes": [models.Index(fields=["unit", "state"], name="notices_ass_unit_id_120b11_idx")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("due48__isnull", True), ("due72__isnull", True), ("received_at__isnull", True)
                                    ),
                                    models.Q(
                                        ("due48__isnull", False),
                                        ("due72__isnull", False),
                                        ("received_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="an_assignment_received_has_its_due_times",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Share",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "assignment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shares",
                                to="notices.assignment",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="notices.line"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shares",
                                to="cases.case",
                            ),
                        ),
                        (
                            "previous",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.case",
                            ),
                        ),
                        ("ended", models.CharField(blank=True, max_length=16)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("ended_note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("line__position", "pk"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("assignment", "line"), name="a_line_stands_once_in_an_assignment"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended", "")),
                                fields=("line",),
                                name="a_line_is_with_one_unit_at_a_time",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
