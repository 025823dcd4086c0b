import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("cases", "0001_initial"),
        ("cases", "0002_no_cause"),
        ("cases", "0003_case_without_a_lead"),
        ("cases", "0004_beside_the_case"),
        ("cases", "0005_notices_own_time"),
        ("cases", "0006_earlier_receipts"),
    ]

    initial = True

    dependencies = [
        ("org", "0002_separation"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Outage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("began_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField()),
                        ("note", models.TextField()),
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
                        "ordering": ("-began_at",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ended_at__gt", models.F("began_at"))),
                                name="an_outage_ends_after_it_began",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Holiday",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField(unique=True)),
                        ("works", models.BooleanField()),
                        ("name", models.CharField(max_length=32)),
                        ("changed_at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("day",),
                    },
                ),
                migrations.CreateModel(
                    name="EvidenceCopy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("finding_id", models.CharField(db_index=True, max_length=64)),
                        ("content", models.JSONField()),
                        ("sha256", models.CharField(max_length=64, unique=True)),
                        ("source", models.CharField(blank=True, max_length=255)),
                        ("taken_at", models.DateTimeField()),
                        (
                            "taken_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Lead",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("finding_id", models.CharField(max_length=64, unique=True)),
                        (
                            "evidence",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="leads",
                                to="cases.evidencecopy",
                            ),
                        ),
                        (
                            "keeper",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        ("unit_basis", models.JSONField(default=dict)),
                        (
                            "status",
                            models.CharField(
                                choices=[("open", "Open"), ("case", "Case"), ("dismissed", "Dismissed")],
                                default="open",
                                max_length=16,
                            ),
                        ),
                        ("sureness", models.CharField(max_length=16)),
                        ("certainty", models.CharField(max_length=16)),
                        ("host", models.GenericIPAddressField(unpack_ipv4=True)),
                        ("server", models.GenericIPAddressField(null=True, unpack_ipv4=True)),
                        ("server_name", models.CharField(blank=True, max_length=253)),
                        ("port", models.PositiveIntegerField(null=True)),
                        ("protocol", models.CharField(blank=True, max_length=64)),
                        ("coins", models.CharField(blank=True, max_length=128)),
                        ("grade", models.CharField(blank=True, max_length=16)),
                        ("shares", models.PositiveBigIntegerField(default=0)),
                        ("first_seen", models.DateTimeField()),
                        ("last_seen", models.DateTimeField()),
                        ("taken_at", models.DateTimeField()),
                        ("dismissed_at", models.DateTimeField(null=True)),
                        (
                            "dismissed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("dismissed_reason", models.CharField(blank=True, max_length=32)),
                        ("dismissed_note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("-last_seen", "pk"),
                        "indexes": [models.Index(fields=["status", "-last_seen"], name="cases_lead_status_591f07_idx")],
                    },
                ),
                migrations.CreateModel(
                    name="Notice",
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
                        ("received_at", models.DateTimeField()),
                        ("source", models.CharField(max_length=128)),
                        ("number", models.CharField(blank=True, max_length=64)),
                        ("text", models.TextField(blank=True)),
                        ("find_limit", models.DateTimeField(blank=True, null=True)),
                        ("report_limit", models.DateTimeField(blank=True, null=True)),
                        ("entered_at", models.DateTimeField()),
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
                        "ordering": ("-received_at", "pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Case",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="org.unit"
                            ),
                        ),
                        (
                            "lead",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="cases.lead",
                            ),
                        ),
                        (
                            "evidence",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.evidencecopy",
                            ),
                        ),
                        ("host", models.GenericIPAddressField(null=True, unpack_ipv4=True)),
                        ("host_port", models.PositiveIntegerField(null=True)),
                        ("server", models.GenericIPAddressField(null=True, unpack_ipv4=True)),
                        ("server_name", models.CharField(blank=True, max_length=253)),
                        ("port", models.PositiveIntegerField(null=True)),
                        ("protocol", models.CharField(blank=True, max_length=64)),
                        ("coins", models.CharField(blank=True, max_length=128)),
                        ("first_seen", models.DateTimeField(null=True)),
                        ("last_seen", models.DateTimeField(null=True)),
                        (
                            "previous",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="following",
                                to="cases.case",
                            ),
                        ),
                        (
                            "origin",
                            models.CharField(
                                choices=[("self-found", "Self Found"), ("notified", "Notified")], max_length=16
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("delivered", "delivered"),
                                    ("signed", "signed"),
                                    ("investigating", "investigating"),
                                    ("locked", "locked"),
                                    ("unlocatable", "unlocatable"),
                                    ("false-alarm", "false-alarm"),
                                    ("not-ours", "not-ours"),
                                    ("handling", "handling"),
                                    ("review", "review"),
                                    ("reported", "reported"),
                                    ("received", "received"),
                                    ("returned", "returned"),
                                    ("closed", "closed"),
                                    ("watching", "watching"),
                                    ("stable", "stable"),
                                    ("recurred", "recurred"),
                                    ("withdrawn", "withdrawn"),
                                    ("merged", "merged"),
                                ],
                                default="delivered",
                                max_length=16,
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("received_at", models.DateTimeField()),
                        ("original48", models.DateTimeField()),
                        ("original72", models.DateTimeField()),
                        ("due48", models.DateTimeField()),
                        ("due72", models.DateTimeField()),
                        ("signed_at", models.DateTimeField(null=True)),
                        ("concluded_at", models.DateTimeField(null=True)),
                        ("locked_at", models.DateTimeField(null=True)),
                        ("submitted_at", models.DateTimeField(null=True)),
                        (
                            "submitted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reported_at", models.DateTimeField(null=True)),
                        ("stopped_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("found_claimed_at", models.DateTimeField(null=True)),
                        ("told_at", models.DateTimeField(null=True)),
                        ("told48", models.DateTimeField(null=True)),
                        ("told72", models.DateTimeField(null=True)),
                        (
                            "merged_into",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merged",
                                to="cases.case",
                            ),
                        ),
                        (
                            "nature",
                            models.CharField(
                                choices=[("undecided", "Undecided"), ("active", "Active"), ("passive", "Passive")],
                                default="undecided",
                                max_length=16,
                            ),
                        ),
                        (
                            "conclusion",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "None"),
                                    ("true", "True"),
                                    ("false-alarm", "False Alarm"),
                                    ("not-ours", "Not Ours"),
                                    ("unlocatable", "Unlocatable"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("device_name", models.CharField(blank=True, max_length=128)),
                        ("device_serial", models.CharField(blank=True, max_length=64)),
                        ("device_mac", models.CharField(blank=True, max_length=17)),
                        ("device_ip", models.CharField(blank=True, max_length=45)),
                        ("device_place", models.CharField(blank=True, max_length=128)),
                        ("responsible_name", models.CharField(blank=True, max_length=64)),
                        ("responsible_post", models.CharField(blank=True, max_length=64)),
                    ],
                    options={
                        "ordering": ("due72", "pk"),
                        "indexes": [
                            models.Index(fields=["unit", "state"], name="cases_case_unit_id_b836bd_idx"),
                            models.Index(fields=["state", "due48"], name="cases_case_state_d782bf_idx"),
                        ],
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
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="cases.case"
                            ),
                        ),
                        ("kind", models.CharField(max_length=16)),
                        ("due_at", models.DateTimeField()),
                        ("made_at", models.DateTimeField()),
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
                        ("result", models.CharField(blank=True, max_length=16)),
                        ("note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("due_at", "pk"),
                        "indexes": [models.Index(fields=["done_at", "due_at"], name="cases_task_done_at_881299_idx")],
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "kind"), name="a_case_has_a_task_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Tick",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="ticks", to="cases.case"
                            ),
                        ),
                        ("item", models.CharField(max_length=16)),
                        ("done", models.BooleanField()),
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
                        "ordering": ("pk",),
                    },
                ),
                migrations.CreateModel(
                    name="Call",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="calls", to="cases.case"
                            ),
                        ),
                        ("called_at", models.DateTimeField()),
                        ("spoke_to", models.CharField(max_length=64)),
                        ("note", models.TextField(blank=True)),
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
                        "ordering": ("called_at", "pk"),
                    },
                ),
                migrations.CreateModel(
                    name="EarlierReceipt",
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
                                related_name="earlier_receipts",
                                to="cases.case",
                            ),
                        ),
                        (
                            "notice",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.notice",
                            ),
                        ),
                        ("way", models.CharField(choices=[("notice", "Notice"), ("call", "Call")], max_length=16)),
                        ("at", models.DateTimeField()),
                        ("was", models.DateTimeField()),
                        ("reason", models.TextField(blank=True)),
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
                        "ordering": ("pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("at__lt", models.F("was"))),
                                name="what_counts_now_was_received_earlier",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EvidenceFile",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="files", to="cases.case"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("note", models.CharField(blank=True, max_length=200)),
                        ("size", models.PositiveBigIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("place", models.CharField(max_length=64, unique=True)),
                        ("restricted", models.BooleanField(default=False)),
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
                        "ordering": ("pk",),
                    },
                ),
                migrations.CreateModel(
                    name="Escalation",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="escalations", to="cases.case"
                            ),
                        ),
                        ("which", models.CharField(max_length=16)),
                        ("stage", models.CharField(max_length=16)),
                        ("due_at", models.DateTimeField()),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ("pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("case", "which", "stage", "due_at"), name="a_stage_is_told_of_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Recurrence",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="recurrence", to="cases.case"
                            ),
                        ),
                        (
                            "earlier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="recurrences", to="cases.case"
                            ),
                        ),
                        ("days", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Order",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="order", to="cases.case"
                            ),
                        ),
                        ("state", models.CharField(max_length=16)),
                        ("proposed_at", models.DateTimeField()),
                        ("ordered_at", models.DateTimeField(null=True)),
                        (
                            "ordered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reason", models.TextField(blank=True)),
                        ("review_at", models.DateTimeField(null=True)),
                        ("approved_at", models.DateTimeField(null=True)),
                        (
                            "approved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("executed_at", models.DateTimeField(null=True)),
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
                        ("restore_asked_at", models.DateTimeField(null=True)),
                        (
                            "restore_asked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("restore_reason", models.TextField(blank=True)),
                        ("restored_at", models.DateTimeField(null=True)),
                        (
                            "restored_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approved_by__isnull", True),
                                    models.Q(("approved_by", models.F("ordered_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="an_order_is_approved_by_a_second_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("restored_by__isnull", True),
                                    models.Q(("restored_by", models.F("restore_asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_restoration_is_approved_by_a_second_person",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Accountability",
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
                                related_name="accountability",
                                to="cases.case",
                            ),
                        ),
                        ("version", models.PositiveIntegerField()),
                        ("person", models.CharField(max_length=64)),
                        ("kind", models.CharField(max_length=16)),
                        ("office", models.CharField(max_length=128)),
                        ("decided_on", models.DateField()),
                        ("text", models.TextField()),
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
                        "ordering": ("-version",),
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "version"), name="a_version_stands_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Referral",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="referrals", to="cases.case"
                            ),
                        ),
                        ("office", models.CharField(max_length=16)),
                        ("name", models.CharField(max_length=128)),
                        ("number", models.CharField(blank=True, max_length=64)),
                        ("reason", models.TextField()),
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
                        "ordering": ("pk",),
                    },
                ),
                migrations.CreateModel(
                    name="Backfill",
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
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="backfills", to="cases.case"
                            ),
                        ),
                        ("claimed_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ("pk",),
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="cases_backfill_second_person",
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
                                name="cases_backfill_decided_with_who_and_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("claimed_at__lt", models.F("recorded_at"))),
                                name="what_is_added_was_earlier",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseNotice",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="joined", to="cases.case"
                            ),
                        ),
                        (
                            "notice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="joined", to="cases.notice"
                            ),
                        ),
                        ("received_at", models.DateTimeField()),
                        ("due48", models.DateTimeField()),
                        ("due72", models.DateTimeField()),
                        ("joined_at", models.DateTimeField()),
                        (
                            "joined_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "notice"), name="a_notice_joins_a_case_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Shift",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="shifts", to="cases.case"
                            ),
                        ),
                        (
                            "joined",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shifts",
                                to="cases.casenotice",
                            ),
                        ),
                        (
                            "outage",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="shifts", to="cases.outage"
                            ),
                        ),
                        ("which", models.CharField(max_length=16)),
                        ("was", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        ("reason", models.TextField()),
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
                        "ordering": ("pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("joined", None)),
                                fields=("case", "outage", "which"),
                                name="a_clock_is_moved_once_for_an_outage",
                            ),
                            models.UniqueConstraint(
                                fields=("joined", "outage", "which"), name="a_notices_clock_is_moved_once_for_an_outage"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CandidateCopy",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="candidates", to="cases.case"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("certainty", models.CharField(max_length=16)),
                        ("internal_ip", models.CharField(blank=True, max_length=45)),
                        ("mac", models.CharField(blank=True, max_length=17)),
                        ("login", models.CharField(blank=True, max_length=128)),
                        ("switch_port", models.CharField(blank=True, max_length=128)),
                        ("asset", models.CharField(blank=True, max_length=128)),
                        ("person", models.CharField(blank=True, max_length=64)),
                        ("hops", models.JSONField(default=list)),
                        ("chosen_at", models.DateTimeField(null=True)),
                        (
                            "chosen_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("chosen_reason", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("case", "position"),
                    },
                ),
                migrations.CreateModel(
                    name="Step",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="cases.case"
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
                        ("verb", models.CharField(max_length=32)),
                        ("source", models.CharField(blank=True, max_length=16)),
                        ("target", models.CharField(blank=True, max_length=16)),
                        ("note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("at", "pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Measure",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="measures", to="cases.case"
                            ),
                        ),
                        ("kind", models.CharField(max_length=16)),
                        ("done_at", models.DateTimeField()),
                        ("note", models.TextField(blank=True)),
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
                        "ordering": ("done_at", "pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Decision",
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
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="cases.case"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("nature", "Nature"),
                                    ("false-alarm", "False Alarm"),
                                    ("unlocatable", "Unlocatable"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("value", models.CharField(max_length=32)),
                    ],
                    options={
                        "ordering": ("asked_at", "pk"),
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="cases_decision_second_person",
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
                                name="cases_decision_decided_with_who_and_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Objection",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="objections", to="cases.case"
                            ),
                        ),
                        ("level", models.PositiveSmallIntegerField()),
                        (
                            "contested",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.decision"
                            ),
                        ),
                        ("raised_by", models.CharField(max_length=64)),
                        ("raised_at", models.DateTimeField()),
                        ("grounds", models.TextField()),
                        ("entered_at", models.DateTimeField()),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "answer",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="cases.decision",
                            ),
                        ),
                        ("answered_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "ordering": ("pk",),
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "level"), name="one_objection_of_a_level")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Extension",
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
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="extensions", to="cases.case"
                            ),
                        ),
                        (
                            "joined",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="extensions",
                                to="cases.casenotice",
                            ),
                        ),
                        ("which", models.CharField(choices=[("find", "Find"), ("report", "Report")], max_length=16)),
                        ("until", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ("asked_at", "pk"),
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="cases_extension_second_person",
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
                                name="cases_extension_decided_with_who_and_when",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
