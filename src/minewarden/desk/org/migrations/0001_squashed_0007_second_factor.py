import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import minewarden.desk.kit.sealed_field
import minewarden.desk.org.models
from minewarden.desk.kit.tables import CreateModels
from minewarden.desk.org.migrations._separation import down, up


class Migration(migrations.Migration):
    replaces = [
        ("org", "0001_initial"),
        ("org", "0002_separation"),
        ("org", "0003_old_passwords"),
        ("org", "0004_successor"),
        ("org", "0005_keeper_and_sealed_phone"),
        ("org", "0006_parameters"),
        ("org", "0007_second_factor"),
    ]

    initial = True

    dependencies = []

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Unit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="org.unit",
                            ),
                        ),
                        ("path", models.CharField(editable=False, max_length=255, unique=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("province", "省级监测中心"),
                                    ("city", "市教育局"),
                                    ("district", "区县教育主管部门"),
                                    ("zone", "开发区教育主管部门"),
                                    ("school", "学校"),
                                    ("kindergarten", "幼儿园"),
                                    ("department", "部门"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("short_name", models.CharField(blank=True, max_length=60)),
                        ("aliases", models.JSONField(blank=True, default=list)),
                        (
                            "school_code",
                            models.CharField(
                                blank=True,
                                max_length=12,
                                null=True,
                                unique=True,
                                validators=[minewarden.desk.org.models._school_code],
                            ),
                        ),
                        (
                            "region_code",
                            models.CharField(
                                blank=True, max_length=6, validators=[minewarden.desk.org.models._region_code]
                            ),
                        ),
                        (
                            "credit_code",
                            models.CharField(
                                blank=True,
                                max_length=18,
                                null=True,
                                unique=True,
                                validators=[minewarden.desk.org.models._credit_code],
                            ),
                        ),
                        ("valid_from", models.DateField(default=django.utils.timezone.localdate)),
                        ("valid_to", models.DateField(blank=True, null=True)),
                        (
                            "successor",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="predecessors",
                                to="org.unit",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("path",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to__isnull", True),
                                    ("valid_to__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="unit_ends_after_it_begins",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FormerName",
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
                                on_delete=django.db.models.deletion.CASCADE, related_name="former_names", to="org.unit"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("short_name", models.CharField(blank=True, max_length=60)),
                        ("until", models.DateField()),
                    ],
                    options={
                        "ordering": ("-until", "-pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Person",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        ("username", models.CharField(max_length=60, unique=True)),
                        ("name", models.CharField(max_length=60)),
                        (
                            "phone",
                            minewarden.desk.kit.sealed_field.SealedField(
                                blank=True, default="", validators=[django.core.validators.MaxLengthValidator(20)]
                            ),
                        ),
                        (
                            "language",
                            models.CharField(blank=True, choices=[("zh", "中文"), ("en", "English")], max_length=2),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="people", to="org.unit"
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        ("must_change_password", models.BooleanField(default=True)),
                        ("password_changed_at", models.DateTimeField(blank=True, null=True)),
                        ("session_mark", models.CharField(blank=True, editable=False, max_length=32)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ],
                    options={
                        "ordering": ("username",),
                    },
                ),
                migrations.CreateModel(
                    name="OldPassword",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="old_passwords",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("password", models.CharField(max_length=128)),
                    ],
                    options={
                        "ordering": ("-pk",),
                    },
                ),
                migrations.CreateModel(
                    name="Post",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="posts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="org.unit"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("system", "系统管理员"),
                                    ("security", "安全管理员"),
                                    ("audit", "审计管理员"),
                                    ("officer", "处置人员"),
                                    ("approver", "审批人"),
                                    ("leader", "分管领导"),
                                    ("keeper", "单位管理员"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("granted_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "granted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
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
                        "ordering": ("unit__path", "role", "person_id"),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("revoked_at", None)),
                                fields=("person", "unit", "role"),
                                name="one_active_post_of_a_kind",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("revoked_at", None), ("role__in", ["audit", "security", "system"])),
                                fields=("person",),
                                name="one_administrator_role_per_person",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Parameter",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="parameters", to="org.unit"
                            ),
                        ),
                        ("key", models.CharField(max_length=40)),
                        ("value", models.CharField(max_length=60)),
                        ("since", models.DateField()),
                        ("reason", models.CharField(max_length=200)),
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
                        "ordering": ("-since", "-pk"),
                        "indexes": [models.Index(fields=["unit", "since"], name="org_paramet_unit_id_0ed8a8_idx")],
                    },
                ),
                migrations.CreateModel(
                    name="SecondFactor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="second_factor",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("secret", minewarden.desk.kit.sealed_field.SealedField()),
                        ("made_at", models.DateTimeField()),
                        ("confirmed_at", models.DateTimeField(null=True)),
                        ("last_step", models.BigIntegerField(default=0)),
                        ("failures", models.PositiveIntegerField(default=0)),
                        ("failed_at", models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="RecoveryCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="recovery_codes",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("digest", models.CharField(max_length=64)),
                        ("used_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("person", "digest"), name="recovery_code_once")
                        ],
                    },
                ),
            ],
        ),
        migrations.RunPython(up, down),
    ]
