import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

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
                    name="Entry",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="measures", to="org.unit"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("project", "project"),
                                    ("credit", "credit"),
                                    ("power", "power"),
                                    ("supply", "supply"),
                                    ("surcharge", "surcharge"),
                                    ("finance", "finance"),
                                    ("privileges", "privileges"),
                                    ("saving", "saving"),
                                    ("rectify", "rectify"),
                                    ("accountability", "accountability"),
                                    ("honours", "honours"),
                                    ("monitor", "monitor"),
                                    ("carrier", "carrier"),
                                    ("referral", "referral"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="measure_entries",
                                to="cases.case",
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("restricted", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("sent", "sent"),
                                    ("answered", "answered"),
                                    ("decided", "decided"),
                                    ("closed", "closed"),
                                    ("dropped", "dropped"),
                                ],
                                default="draft",
                                max_length=16,
                            ),
                        ),
                        ("subject", models.CharField(max_length=200)),
                        ("office", models.CharField(max_length=20)),
                        ("authority", models.CharField(max_length=120)),
                        ("basis", models.CharField(max_length=300)),
                        ("text", models.TextField()),
                        ("number", models.CharField(blank=True, max_length=64)),
                        ("made_at", models.DateTimeField()),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("sent_on", models.DateField(null=True)),
                        (
                            "sent_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("answer_due", models.DateField(null=True)),
                        ("answered_on", models.DateField(null=True)),
                        ("answer", models.TextField(blank=True)),
                        ("decision", models.TextField(blank=True)),
                        ("decision_number", models.CharField(blank=True, max_length=64)),
                        ("decided_on", models.DateField(null=True)),
                        ("valid_to", models.DateField(null=True)),
                    ],
                    options={
                        "ordering": ("-made_at", "-pk"),
                        "indexes": [
                            models.Index(fields=["unit", "kind", "state"], name="measures_en_unit_id_ba87eb_idx"),
                            models.Index(fields=["state", "answer_due"], name="measures_en_state_c4ec5a_idx"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sent_by__isnull", True),
                                    models.Q(("sent_by", models.F("made_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="a_letter_is_sent_by_a_second_person",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("year__isnull", False), models.Q(("state", "dropped"), _negated=True)
                                ),
                                fields=("unit", "kind", "year"),
                                name="a_yearly_measure_stands_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EntryStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="measures.entry"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
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
                    name="EntryFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="files", to="measures.entry"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("size", models.PositiveBigIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("place", models.CharField(max_length=64, unique=True)),
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
                    name="Review",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="project_reviews",
                                to="org.unit",
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("number", models.CharField(blank=True, max_length=64)),
                        ("partner", models.CharField(blank=True, max_length=200)),
                        ("kilowatts", models.PositiveIntegerField(null=True)),
                        ("answers", models.JSONField()),
                        (
                            "verdict",
                            models.CharField(
                                choices=[("clear", "clear"), ("amend", "amend"), ("stop", "stop")], max_length=16
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-asked_at", "-pk"),
                        "abstract": False,
                        "indexes": [models.Index(fields=["unit", "outcome"], name="measures_re_unit_id_257589_idx")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="measures_review_second_person",
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
                                name="measures_review_decided_with_who_and_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EnergyFact",
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
                                related_name="energy_facts",
                                to="cases.case",
                            ),
                        ),
                        ("version", models.PositiveIntegerField()),
                        ("method", models.CharField(choices=[("device", "Device"), ("meter", "Meter")], max_length=16)),
                        ("began_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField()),
                        ("watts", models.DecimalField(decimal_places=2, max_digits=9, null=True)),
                        ("idle_watts", models.DecimalField(decimal_places=2, default=0, max_digits=9)),
                        ("hours", models.DecimalField(decimal_places=2, max_digits=9, null=True)),
                        ("meter_kwh", models.DecimalField(decimal_places=3, max_digits=12, null=True)),
                        ("meter_days", models.PositiveIntegerField(null=True)),
                        ("mining_days", models.PositiveIntegerField(null=True)),
                        ("meter_account", models.CharField(blank=True, max_length=40)),
                        ("basis", models.CharField(max_length=300)),
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
                        "ordering": ("case", "-version"),
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "version"), name="energy_of_a_version_stands_once"),
                            models.CheckConstraint(
                                condition=models.Q(("ended_at__gt", models.F("began_at"))),
                                name="energy_ends_after_it_began",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RegionalFigure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("what", models.CharField(choices=[("factor", "Factor"), ("rate", "Rate")], max_length=16)),
                        ("region", models.CharField(max_length=6)),
                        ("year", models.PositiveSmallIntegerField(null=True)),
                        ("since", models.DateField(null=True)),
                        ("until", models.DateField(null=True)),
                        ("value", models.DecimalField(decimal_places=4, max_digits=9)),
                        ("source", models.CharField(max_length=200)),
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
                        "ordering": ("-at", "-pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("what", "factor"), ("year__isnull", False)),
                                    models.Q(("what", "rate"), ("year__isnull", True)),
                                    _connector="OR",
                                ),
                                name="a_factor_is_of_a_year",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("value__gte", 0)), name="a_figure_is_not_negative"
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
