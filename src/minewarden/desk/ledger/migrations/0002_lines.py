"""Lines to the internet, and what ties a range to one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
        ("org", "0004_successor"),
    ]

    operations = [
        migrations.AddField(
            model_name="unitrange",
            name="allocated_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
            ),
        ),
        migrations.AddField(
            model_name="unitrange",
            name="dhcp",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="unitrange",
            name="log_source",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="unitrange",
            name="person_name",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AlterField(
            model_name="unitrange",
            name="cidr",
            field=models.CharField(max_length=80),
        ),
        migrations.AlterField(
            model_name="unitrange",
            name="purpose",
            field=models.CharField(
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
        migrations.CreateModel(
            name="Line",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("key", models.CharField(blank=True, db_index=True, max_length=80)),
                ("contract", models.CharField(blank=True, max_length=80)),
                ("contract_from", models.DateField(blank=True, null=True)),
                ("contract_to", models.DateField(blank=True, null=True)),
                ("device", models.CharField(blank=True, max_length=120)),
                (
                    "nat",
                    models.CharField(
                        blank=True,
                        choices=[("none", "无"), ("static", "静态1:1"), ("pat", "PAT"), ("carrier", "运营商CGNAT")],
                        max_length=20,
                    ),
                ),
                ("nat_log_days", models.PositiveIntegerField(blank=True, null=True)),
                ("login_system", models.CharField(blank=True, max_length=120)),
                ("behaviour", models.CharField(blank=True, max_length=120)),
                ("meter", models.CharField(blank=True, max_length=40)),
                ("person_name", models.CharField(blank=True, max_length=60)),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="org.unit"),
                ),
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
            ],
            options={
                "ordering": ("unit__path", "number"),
            },
        ),
        migrations.AddField(
            model_name="unitrange",
            name="line",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ranges",
                to="ledger.line",
            ),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.UniqueConstraint(fields=("unit", "number"), name="line_number_once_per_unit"),
        ),
    ]
