import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import minewarden.desk.kit.sealed_field
from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("ledger", "0001_initial"),
        ("ledger", "0002_lines"),
        ("ledger", "0003_ledgers"),
        ("ledger", "0004_indexes"),
        ("ledger", "0005_phone_deleted"),
        ("ledger", "0006_search"),
        ("ledger", "0007_staff_search"),
    ]

    initial = True

    dependencies = [
        ("org", "0007_second_factor"),
    ]

    operations = [
        CreateModels(
            operations=[
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="org.unit"
                            ),
                        ),
                        ("number", models.CharField(max_length=60)),
                        ("campus", models.CharField(blank=True, max_length=60)),
                        (
                            "carrier",
                            models.CharField(
                                choices=[
                                    ("telecom", "电信"),
                                    ("unicom", "联通"),
                                    ("mobile", "移动"),
                                    ("broadcast", "广电"),
                                    ("cernet", "教育网CERNET"),
                                    ("education", "教育城域网"),
                                    ("government", "政务网"),
                                    ("home", "家庭宽带"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "nature",
                            models.CharField(
                                blank=True,
                                choices=[("leased", "专线"), ("shared", "共享宽带"), ("metropolitan", "城域网汇聚")],
                                max_length=20,
                            ),
                        ),
                        ("bandwidth", models.PositiveIntegerField(blank=True, null=True)),
                        ("own_egress", models.BooleanField(default=True)),
                        (
                            "upstream",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="downstream_lines",
                                to="org.unit",
                            ),
                        ),
                        ("key", models.CharField(blank=True, db_index=True, max_length=80)),
                        ("contract", models.CharField(blank=True, max_length=80)),
                        ("contract_from", models.DateField(blank=True, null=True)),
                        ("contract_to", models.DateField(blank=True, null=True)),
                        ("device", models.CharField(blank=True, max_length=120)),
                        (
                            "nat",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("none", "无"),
                                    ("static", "静态1:1"),
                                    ("pat", "PAT"),
                                    ("carrier", "运营商CGNAT"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("nat_log_days", models.PositiveIntegerField(blank=True, null=True)),
                        ("login_system", models.CharField(blank=True, max_length=120)),
                        ("behaviour", models.CharField(blank=True, max_length=120)),
                        ("meter", models.CharField(blank=True, max_length=40)),
                        ("person_name", models.CharField(blank=True, max_length=60)),
                        ("ended_on", models.DateField(blank=True, null=True)),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("unit__path", "number"),
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "number"), name="line_number_once_per_unit")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnitRange",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="ranges", to="org.unit"
                            ),
                        ),
                        ("cidr", models.CharField(max_length=80)),
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
                                    ("family", "家属区"),
                                    ("resolver", "域名解析"),
                                    ("reserved", "预留"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("valid_from", models.DateTimeField()),
                        ("valid_to", models.DateTimeField(blank=True, null=True)),
                        (
                            "line",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ranges",
                                to="ledger.line",
                            ),
                        ),
                        (
                            "allocated_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="org.unit",
                            ),
                        ),
                        ("dhcp", models.BooleanField(blank=True, null=True)),
                        ("log_source", models.CharField(blank=True, max_length=120)),
                        ("person_name", models.CharField(blank=True, max_length=60)),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("first", "last", "valid_from"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to__isnull", True),
                                    ("valid_to__gt", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="range_ends_after_it_begins",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Asset",
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
                        ("number", models.CharField(db_index=True, max_length=60)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="assets", to="org.unit"
                            ),
                        ),
                        (
                            "category",
                            models.CharField(
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
                        (
                            "performance",
                            models.CharField(
                                blank=True,
                                choices=[("high", "是"), ("ordinary", "否"), ("to_check", "待核")],
                                max_length=20,
                            ),
                        ),
                        ("cpu", models.CharField(blank=True, max_length=120)),
                        ("gpu", models.CharField(blank=True, max_length=120)),
                        ("memory", models.CharField(blank=True, max_length=60)),
                        (
                            "use",
                            models.CharField(
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
                        (
                            "source",
                            models.CharField(
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
                        ("place", models.CharField(blank=True, max_length=120)),
                        ("department", models.CharField(blank=True, max_length=120)),
                        ("person_name", models.CharField(blank=True, db_index=True, max_length=60)),
                        ("person_number", models.CharField(blank=True, max_length=40)),
                        ("person_phone", minewarden.desk.kit.sealed_field.SealedField(blank=True, default="")),
                        (
                            "operation",
                            models.CharField(
                                blank=True,
                                choices=[("own", "自维"), ("contractor", "外包"), ("nobody", "无人维护")],
                                max_length=20,
                            ),
                        ),
                        ("contractor", models.CharField(blank=True, max_length=120)),
                        ("ip", models.CharField(blank=True, db_index=True, max_length=39)),
                        ("public_endpoint", models.CharField(blank=True, max_length=60)),
                        ("mac", models.CharField(blank=True, db_index=True, max_length=17)),
                        ("hostname", models.CharField(blank=True, db_index=True, max_length=120)),
                        ("domain", models.CharField(blank=True, max_length=120)),
                        ("switch_port", models.CharField(blank=True, max_length=80)),
                        ("login", models.CharField(blank=True, db_index=True, max_length=80)),
                        ("system", models.CharField(blank=True, max_length=120)),
                        ("online", models.BooleanField(blank=True, null=True)),
                        ("real_name", models.BooleanField(blank=True, null=True)),
                        ("antivirus", models.CharField(blank=True, max_length=120)),
                        ("scanned_on", models.DateField(blank=True, null=True)),
                        ("graded", models.CharField(blank=True, max_length=40)),
                        ("double_not", models.BooleanField(blank=True, null=True)),
                        ("power", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("used", "在用"),
                                    ("idle", "闲置关机"),
                                    ("scrap", "待报废"),
                                    ("gone", "已下线"),
                                ],
                                default="used",
                                max_length=20,
                            ),
                        ),
                        ("in_use_from", models.DateField(blank=True, null=True)),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("number",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("person_name", "")), fields=["unit"], name="asset_of_nobody"
                            ),
                            models.Index(
                                condition=models.Q(("performance", "to_check")), fields=["unit"], name="asset_to_check"
                            ),
                            models.Index(fields=["checked_on", "unit"], name="asset_checked"),
                            models.Index(fields=["unit", "number", "checked_on"], name="asset_listed"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "number"), name="asset_number_once_per_unit")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Duty",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="duties", to="org.unit"
                            ),
                        ),
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
                    ],
                    options={
                        "ordering": ("unit__path", "post", "name"),
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "post", "name"), name="duty_once_per_person")
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="shifts", to="org.unit"
                            ),
                        ),
                        ("day", models.DateField()),
                        (
                            "span",
                            models.CharField(
                                choices=[("whole", "全天"), ("day", "白班"), ("night", "夜班")],
                                default="whole",
                                max_length=20,
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        ("number", models.CharField(blank=True, max_length=40)),
                        ("phone", minewarden.desk.kit.sealed_field.SealedField(blank=True, default="")),
                        ("leader", models.CharField(blank=True, max_length=60)),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("day", "unit__path", "span"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("unit", "day", "span", "name"), name="shift_once_per_person"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Protection",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="protections", to="org.unit"
                            ),
                        ),
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
                    ],
                    options={
                        "ordering": ("unit__path", "type", "model"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("unit", "type", "model", "place"), name="protection_once_per_place"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LogSource",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="log_sources", to="org.unit"
                            ),
                        ),
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
                    ],
                    options={
                        "ordering": ("unit__path", "type", "device"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("unit", "type", "device"), name="log_source_once_per_device"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Staff",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="staff", to="org.unit"
                            ),
                        ),
                        ("number", models.CharField(db_index=True, max_length=40)),
                        ("name", models.CharField(db_index=True, max_length=60)),
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
                        ("phone_deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("unit__path", "number"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("left_on__isnull", False)),
                                fields=["left_on"],
                                name="staff_who_left",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "number"), name="staff_number_once_per_unit")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Sighting",
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
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sightings",
                                to="org.unit",
                            ),
                        ),
                        ("ip", models.CharField(blank=True, max_length=39)),
                        ("mac", models.CharField(blank=True, max_length=17)),
                        ("hostname", models.CharField(blank=True, max_length=120)),
                        ("first_seen", models.DateTimeField()),
                        ("last_seen", models.DateTimeField()),
                        ("source", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("-last_seen", "pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "mac", "ip"), name="sighting_once_per_device")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Import",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("book", models.CharField(max_length=20)),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
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
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                    },
                ),
            ],
        ),
    ]
