"""The first tables."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("org", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Asset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=120)),
                ("ip", models.CharField(blank=True, db_index=True, max_length=39)),
                ("mac", models.CharField(blank=True, db_index=True, max_length=17)),
                ("hostname", models.CharField(blank=True, max_length=120)),
                ("place", models.CharField(blank=True, max_length=120)),
                ("department", models.CharField(blank=True, max_length=120)),
                ("person_name", models.CharField(blank=True, max_length=60)),
                ("switch_port", models.CharField(blank=True, max_length=80)),
                ("login", models.CharField(blank=True, db_index=True, max_length=80)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assets", to="org.unit"
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
                "constraints": [models.UniqueConstraint(fields=("unit", "number"), name="asset_number_once_per_unit")],
            },
        ),
        migrations.CreateModel(
            name="UnitRange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cidr", models.CharField(max_length=43)),
                ("first", models.CharField(db_index=True, editable=False, max_length=33)),
                ("last", models.CharField(editable=False, max_length=33)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("egress", "出口地址池"),
                            ("server", "服务器"),
                            ("office", "办公"),
                            ("teaching", "教学"),
                            ("dormitory", "宿舍"),
                            ("wireless", "无线"),
                            ("camera", "监控"),
                            ("reserved", "预留"),
                        ],
                        max_length=20,
                    ),
                ),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ranges", to="org.unit"
                    ),
                ),
            ],
            options={
                "ordering": ("first", "last", "valid_from"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="range_ends_after_it_begins",
                    )
                ],
            },
        ),
    ]
