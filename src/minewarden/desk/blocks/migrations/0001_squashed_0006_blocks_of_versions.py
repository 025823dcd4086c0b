import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("blocks", "0001_initial"),
        ("blocks", "0002_initial"),
        ("blocks", "0003_releases_and_receipts"),
        ("blocks", "0004_terminals"),
        ("blocks", "0005_overrides_and_terminals"),
        ("blocks", "0006_blocks_of_versions"),
    ]

    initial = True

    dependencies = [
        ("cases", "0006_earlier_receipts"),
        ("library", "0001_initial"),
        ("org", "0007_second_factor"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Block",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="blocks", to="org.unit"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blocks",
                                to="cases.case",
                            ),
                        ),
                        (
                            "issue",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blocks",
                                to="library.issue",
                            ),
                        ),
                        (
                            "target",
                            models.CharField(
                                choices=[
                                    ("name", "name"),
                                    ("subtree", "subtree"),
                                    ("ip", "ip"),
                                    ("cidr", "cidr"),
                                    ("ip-port", "ip-port"),
                                    ("station", "station"),
                                    ("account", "account"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("value", models.CharField(max_length=253)),
                        ("port", models.PositiveIntegerField(default=0)),
                        ("basis", models.CharField(max_length=32)),
                        ("expires_at", models.DateTimeField()),
                        ("lifted_at", models.DateTimeField(null=True)),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("lifted_reason", models.TextField(blank=True)),
                        ("override_reason", models.TextField(blank=True)),
                        ("override_guard", models.JSONField(null=True)),
                    ],
                    options={
                        "ordering": ("-asked_at", "pk"),
                        "abstract": False,
                        "indexes": [
                            models.Index(fields=["outcome", "expires_at"], name="blocks_bloc_outcome_d03707_idx")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="blocks_block_second_person",
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
                                name="blocks_block_decided_with_who_and_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("asked_at"))),
                                name="a_block_ends_after_it_was_asked",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("lifted_at__isnull", True), ("lifted_by__isnull", True)),
                                    models.Q(
                                        ("lifted_at__isnull", False),
                                        ("lifted_by__isnull", False),
                                        ("outcome", "agreed"),
                                    ),
                                    _connector="OR",
                                ),
                                name="a_block_is_lifted_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("override_reason", ""),
                                    models.Q(("outcome", "agreed"), _negated=True),
                                    models.Q(("decided_note", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="an_override_has_two_reasons",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BigChange",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        (
                            "scope",
                            models.CharField(
                                choices=[("network", "Network"), ("terminals", "Terminals")], max_length=16
                            ),
                        ),
                        ("rules_sha256", models.CharField(max_length=64)),
                        ("added", models.PositiveIntegerField()),
                        ("removed", models.PositiveIntegerField()),
                    ],
                    options={
                        "ordering": ("-asked_at", "-pk"),
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="blocks_bigchange_second_person",
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
                                name="blocks_bigchange_decided_with_who_and_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Release",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "scope",
                            models.CharField(
                                choices=[("network", "Network"), ("terminals", "Terminals")],
                                default="network",
                                max_length=16,
                            ),
                        ),
                        ("overridden", models.JSONField(default=list)),
                        (
                            "size",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="releases",
                                to="blocks.bigchange",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="block_releases",
                                to="org.unit",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("orders", models.BinaryField()),
                        ("rules", models.JSONField()),
                        ("rules_sha256", models.CharField(max_length=64)),
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("unit", "scope", "number"), name="a_release_has_its_own_number"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "release",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="blocks.release",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        ("device", models.CharField(max_length=80)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("confirmed", "Confirmed"),
                                    ("drifted", "Drifted"),
                                    ("down", "Down"),
                                    ("other", "Other"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("by_hand", models.BooleanField()),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        ("missing", models.PositiveIntegerField(default=0)),
                        ("extra", models.PositiveIntegerField(default=0)),
                        ("overridden", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                        "indexes": [models.Index(fields=["release", "unit"], name="blocks_rece_release_3110f1_idx")],
                    },
                ),
            ],
        ),
    ]
