import django.db.models.deletion
import django.utils.timezone
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
                    name="Admission",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("entered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("on_behalf", models.BooleanField(default=False, editable=False)),
                        ("checked_on", models.DateField(blank=True, null=True)),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="admissions", to="org.unit"
                            ),
                        ),
                        ("area", models.CharField(max_length=120)),
                        (
                            "medium",
                            models.CharField(
                                choices=[("wired", "有线"), ("wireless", "无线"), ("both", "有线和无线")], max_length=20
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("dot1x", "802.1X"),
                                    ("portal", "Portal 网页认证"),
                                    ("pppoe", "PPPoE 拨号"),
                                    ("binding", "IP/MAC 绑定"),
                                    ("none", "无认证"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("real_name", models.BooleanField()),
                        ("system", models.CharField(blank=True, max_length=120)),
                        ("terminals", models.PositiveIntegerField(blank=True, null=True)),
                        ("log_days", models.PositiveIntegerField(blank=True, null=True)),
                        ("person_name", models.CharField(blank=True, max_length=60)),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("unit__path", "area"),
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "area"), name="an_area_stands_once_per_unit")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Terminal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("entered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("on_behalf", models.BooleanField(default=False, editable=False)),
                        ("checked_on", models.DateField(blank=True, null=True)),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="terminals", to="org.unit"
                            ),
                        ),
                        ("hostname", models.CharField(max_length=120)),
                        ("ip", models.CharField(blank=True, max_length=39)),
                        ("mac", models.CharField(blank=True, db_index=True, max_length=17)),
                        ("person_name", models.CharField(blank=True, max_length=60)),
                        ("place", models.CharField(blank=True, max_length=120)),
                        ("antivirus", models.CharField(blank=True, max_length=120)),
                        ("version", models.CharField(blank=True, max_length=60)),
                        ("signatures_on", models.DateField(blank=True, null=True)),
                        ("scanned_on", models.DateField(blank=True, null=True)),
                        (
                            "threat",
                            models.CharField(
                                blank=True,
                                choices=[("nothing", "未发现"), ("handled", "已处理"), ("open", "未处理")],
                                max_length=20,
                            ),
                        ),
                        ("admitted", models.BooleanField(blank=True, null=True)),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("unit__path", "hostname"),
                        "indexes": [models.Index(fields=["unit", "scanned_on"], name="registers_t_unit_id_e57a20_idx")],
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "hostname"), name="a_terminal_stands_once_per_unit")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SoftwareSummary",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("entered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("on_behalf", models.BooleanField(default=False, editable=False)),
                        ("checked_on", models.DateField(blank=True, null=True)),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="software_summaries",
                                to="org.unit",
                            ),
                        ),
                        ("year", models.PositiveIntegerField()),
                        ("staff", models.PositiveIntegerField()),
                        ("computers", models.PositiveIntegerField()),
                        ("os_bought", models.PositiveIntegerField(blank=True, null=True)),
                        ("os_preinstalled", models.PositiveIntegerField(blank=True, null=True)),
                        ("os_free", models.PositiveIntegerField(blank=True, null=True)),
                        ("office_bought", models.PositiveIntegerField(blank=True, null=True)),
                        ("office_preinstalled", models.PositiveIntegerField(blank=True, null=True)),
                        ("office_free", models.PositiveIntegerField(blank=True, null=True)),
                        ("av_bought", models.PositiveIntegerField(blank=True, null=True)),
                        ("av_preinstalled", models.PositiveIntegerField(blank=True, null=True)),
                        ("av_free", models.PositiveIntegerField(blank=True, null=True)),
                        ("person_name", models.CharField(blank=True, max_length=60)),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("unit__path", "-year"),
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "year"), name="a_summary_a_year_and_unit")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SoftwareDetail",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("entered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("on_behalf", models.BooleanField(default=False, editable=False)),
                        ("checked_on", models.DateField(blank=True, null=True)),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="software_details",
                                to="org.unit",
                            ),
                        ),
                        ("computer", models.CharField(max_length=60)),
                        ("user_name", models.CharField(max_length=60)),
                        ("department", models.CharField(blank=True, max_length=120)),
                        ("mac", models.CharField(blank=True, max_length=17)),
                        ("os", models.CharField(max_length=120)),
                        (
                            "os_source",
                            models.CharField(
                                choices=[
                                    ("bought", "购买"),
                                    ("preinstalled", "预装"),
                                    ("free", "免费或开源"),
                                    ("none", "无授权或说不清"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("office", models.CharField(blank=True, max_length=120)),
                        (
                            "office_source",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("bought", "购买"),
                                    ("preinstalled", "预装"),
                                    ("free", "免费或开源"),
                                    ("none", "无授权或说不清"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("av", models.CharField(blank=True, max_length=120)),
                        (
                            "av_source",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("bought", "购买"),
                                    ("preinstalled", "预装"),
                                    ("free", "免费或开源"),
                                    ("none", "无授权或说不清"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("unit__path", "computer"),
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "computer"), name="a_computer_stands_once_per_unit")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SoftwareUpkeep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("entered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("on_behalf", models.BooleanField(default=False, editable=False)),
                        ("checked_on", models.DateField(blank=True, null=True)),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="software", to="org.unit"
                            ),
                        ),
                        ("number", models.CharField(max_length=60)),
                        ("name", models.CharField(max_length=120)),
                        ("version", models.CharField(blank=True, max_length=60)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("os", "操作系统"),
                                    ("office", "办公软件"),
                                    ("av", "杀毒软件"),
                                    ("other", "其他"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("bought", "购买"),
                                    ("preinstalled", "预装"),
                                    ("free", "免费或开源"),
                                    ("none", "无授权或说不清"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "licence",
                            models.CharField(
                                choices=[("count", "按数量"), ("site", "场地授权"), ("free", "免费")], max_length=20
                            ),
                        ),
                        ("licence_number", models.CharField(blank=True, max_length=120)),
                        ("licensed", models.PositiveIntegerField(blank=True, null=True)),
                        ("bought_on", models.DateField(blank=True, null=True)),
                        ("valid_to", models.DateField(blank=True, null=True)),
                        ("department", models.CharField(blank=True, max_length=120)),
                        ("person_name", models.CharField(blank=True, max_length=60)),
                        ("place", models.CharField(blank=True, max_length=120)),
                        ("installed", models.PositiveIntegerField(blank=True, null=True)),
                        ("removed", models.PositiveIntegerField(blank=True, null=True)),
                        ("upgraded_on", models.DateField(blank=True, null=True)),
                        ("upkeep", models.CharField(blank=True, max_length=200)),
                        ("stopped_on", models.DateField(blank=True, null=True)),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("unit__path", "number"),
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "number"), name="software_stands_once_per_unit")
                        ],
                    },
                ),
            ],
        ),
    ]
