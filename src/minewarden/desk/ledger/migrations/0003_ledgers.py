"""All the ledgers, and what was imported."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import minewarden.desk.kit.sealed_field


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_lines"),
        ("org", "0005_keeper_and_sealed_phone"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="asset",
            name="antivirus",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="asset",
            name="category",
            field=models.CharField(
                blank=True,
                choices=[
                    ("server", "服务器"),
                    ("gpu", "GPU工作站"),
                    ("cluster", "高性能集群节点"),
                    ("storage", "存储"),
                    ("network", "网络设备"),
                    ("security", "安全设备"),
                    ("office", "办公终端"),
                    ("teaching", "教学终端"),
                    ("screen", "大屏"),
                    ("thing", "物联网"),
                    ("virtual", "虚拟机"),
                    ("cloud", "云主机"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="asset",
            name="checked_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="asset",
            name="contractor",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="asset",
            name="cpu",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="asset",
            name="domain",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="asset",
            name="double_not",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="asset",
            name="entered_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name="asset",
            name="entered_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="asset",
            name="gpu",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="asset",
            name="graded",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="asset",
            name="in_use_from",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="asset",
            name="memory",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="asset",
            name="note",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="asset",
            name="on_behalf",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="asset",
            name="online",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="asset",
            name="operation",
            field=models.CharField(
                blank=True, choices=[("own", "自维"), ("contractor", "外包"), ("nobody", "无人维护")], max_length=20
            ),
        ),
        migrations.AddField(
            model_name="asset",
            name="performance",
            field=models.CharField(
                blank=True, choices=[("high", "是"), ("ordinary", "否"), ("to_check", "待核")], max_length=20
            ),
        ),
        migrations.AddField(
            model_name="asset",
            name="person_number",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="asset",
            name="person_phone",
            field=minewarden.desk.kit.sealed_field.SealedField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="asset",
            name="power",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="asset",
            name="public_endpoint",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="asset",
            name="real_name",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="asset",
            name="scanned_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="asset",
            name="source",
            field=models.CharField(
                blank=True,
                choices=[
                    ("bought", "自购"),
                    ("donated", "捐建"),
                    ("joint", "校企共建"),
                    ("rented", "租用"),
                    ("hosted", "托管"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="asset",
            name="status",
            field=models.CharField(
                choices=[("used", "在用"), ("idle", "闲置关机"), ("scrap", "待报废"), ("gone", "已下线")],
                default="used",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="asset",
            name="system",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="asset",
            name="use",
            field=models.CharField(
                blank=True,
                choices=[
                    ("research", "科研"),
                    ("teaching", "教学"),
                    ("training", "实训"),
                    ("management", "管理"),
                    ("contest", "赛事考试"),
                    ("hosting", "托管"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="checked_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="line",
            name="ended_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="line",
            name="entered_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name="line",
            name="entered_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="on_behalf",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="unitrange",
            name="checked_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="unitrange",
            name="entered_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name="unitrange",
            name="entered_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="unitrange",
            name="on_behalf",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AlterField(
            model_name="asset",
            name="number",
            field=models.CharField(db_index=True, max_length=60),
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("book", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("original", models.BinaryField()),
                ("rows", models.BinaryField()),
                ("counts", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待确认"), ("done", "已导入"), ("dropped", "已放弃")],
                        default="waiting",
                        max_length=20,
                    ),
                ),
                ("settled_at", models.DateTimeField(null=True)),
                ("correct_only", models.BooleanField(default=False)),
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
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"),
                ),
            ],
            options={
                "ordering": ("-at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("on_behalf", models.BooleanField(default=False, editable=False)),
                ("checked_on", models.DateField(blank=True, null=True)),
                (
                    "post",
                    models.CharField(
                        choices=[
                            ("first", "第一责任人"),
                            ("direct", "直接责任人"),
                            ("head", "部门负责人"),
                            ("security", "安全管理员"),
                            ("contact_a", "联络员A"),
                            ("contact_b", "联络员B"),
                            ("assets", "资产责任人"),
                            ("on_duty", "值班"),
                        ],
                        max_length=20,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("number", models.CharField(blank=True, max_length=40)),
                ("title", models.CharField(blank=True, max_length=60)),
                ("phone", minewarden.desk.kit.sealed_field.SealedField(blank=True, default="")),
                ("duty", models.CharField(blank=True, max_length=200)),
                ("since", models.DateField(blank=True, null=True)),
                ("until", models.DateField(blank=True, null=True)),
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
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="duties", to="org.unit"
                    ),
                ),
            ],
            options={
                "ordering": ("unit__path", "post", "name"),
                "constraints": [models.UniqueConstraint(fields=("unit", "post", "name"), name="duty_once_per_person")],
            },
        ),
        migrations.CreateModel(
            name="LogSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("on_behalf", models.BooleanField(default=False, editable=False)),
                ("checked_on", models.DateField(blank=True, null=True)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("nat", "NAT"),
                            ("dhcp", "DHCP"),
                            ("login", "认证"),
                            ("dns", "DNS"),
                            ("firewall", "防火墙"),
                            ("switch", "交换机"),
                        ],
                        max_length=20,
                    ),
                ),
                ("device", models.CharField(max_length=120)),
                ("time_source", models.CharField(blank=True, max_length=120)),
                ("offset", models.IntegerField(blank=True, null=True)),
                ("measured_on", models.DateField(blank=True, null=True)),
                ("zone", models.CharField(blank=True, max_length=40)),
                ("keep_days", models.PositiveIntegerField(blank=True, null=True)),
                ("sample", models.CharField(blank=True, max_length=500)),
                ("note", models.CharField(blank=True, max_length=200)),
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
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="log_sources", to="org.unit"
                    ),
                ),
            ],
            options={
                "ordering": ("unit__path", "type", "device"),
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "type", "device"), name="log_source_once_per_device")
                ],
            },
        ),
        migrations.CreateModel(
            name="Protection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("on_behalf", models.BooleanField(default=False, editable=False)),
                ("checked_on", models.DateField(blank=True, null=True)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("firewall", "防火墙"),
                            ("ips", "IPS"),
                            ("behaviour", "上网行为"),
                            ("dns", "DNS防护"),
                            ("edr", "EDR"),
                            ("awareness", "态势感知"),
                            ("logs", "日志审计"),
                        ],
                        max_length=20,
                    ),
                ),
                ("model", models.CharField(max_length=120)),
                ("place", models.CharField(max_length=120)),
                ("signatures_on", models.DateField(blank=True, null=True)),
                ("licence_to", models.DateField(blank=True, null=True)),
                ("log_days", models.PositiveIntegerField(blank=True, null=True)),
                ("person_name", models.CharField(blank=True, max_length=60)),
                ("note", models.CharField(blank=True, max_length=200)),
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
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="protections", to="org.unit"
                    ),
                ),
            ],
            options={
                "ordering": ("unit__path", "type", "model"),
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "type", "model", "place"), name="protection_once_per_place")
                ],
            },
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("on_behalf", models.BooleanField(default=False, editable=False)),
                ("checked_on", models.DateField(blank=True, null=True)),
                ("day", models.DateField()),
                (
                    "span",
                    models.CharField(
                        choices=[("whole", "全天"), ("day", "白班"), ("night", "夜班")], default="whole", max_length=20
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("number", models.CharField(blank=True, max_length=40)),
                ("phone", minewarden.desk.kit.sealed_field.SealedField(blank=True, default="")),
                ("leader", models.CharField(blank=True, max_length=60)),
                ("note", models.CharField(blank=True, max_length=200)),
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
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shifts", to="org.unit"
                    ),
                ),
            ],
            options={
                "ordering": ("day", "unit__path", "span"),
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "day", "span", "name"), name="shift_once_per_person")
                ],
            },
        ),
        migrations.CreateModel(
            name="Sighting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ip", models.CharField(blank=True, max_length=39)),
                ("mac", models.CharField(blank=True, max_length=17)),
                ("hostname", models.CharField(blank=True, max_length=120)),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField()),
                ("source", models.CharField(blank=True, max_length=200)),
                (
                    "unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="sightings", to="org.unit"
                    ),
                ),
            ],
            options={
                "ordering": ("-last_seen", "pk"),
                "constraints": [models.UniqueConstraint(fields=("unit", "mac", "ip"), name="sighting_once_per_device")],
            },
        ),
        migrations.CreateModel(
            name="Staff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entered_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("on_behalf", models.BooleanField(default=False, editable=False)),
                ("checked_on", models.DateField(blank=True, null=True)),
                ("number", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=60)),
                ("department", models.CharField(blank=True, max_length=120)),
                ("title", models.CharField(blank=True, max_length=60)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("teacher", "教师"),
                            ("administration", "行政"),
                            ("worker", "工勤"),
                            ("operator", "信息资产运维人员"),
                            ("contractor", "外包驻场"),
                        ],
                        default="teacher",
                        max_length=20,
                    ),
                ),
                ("phone", minewarden.desk.kit.sealed_field.SealedField(blank=True, default="")),
                ("joined_on", models.DateField(blank=True, null=True)),
                ("left_on", models.DateField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "account",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="staff", to="org.unit"),
                ),
            ],
            options={
                "ordering": ("unit__path", "number"),
                "constraints": [models.UniqueConstraint(fields=("unit", "number"), name="staff_number_once_per_unit")],
            },
        ),
    ]
