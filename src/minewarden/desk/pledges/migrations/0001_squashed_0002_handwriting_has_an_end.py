import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [("pledges", "0001_initial"), ("pledges", "0002_handwriting_has_an_end")]

    initial = True

    dependencies = [
        ("cases", "0005_notices_own_time"),
        ("ledger", "0006_search"),
        ("org", "0007_second_factor"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Text",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "variant",
                            models.CharField(
                                choices=[
                                    ("unit", "单位承诺书"),
                                    ("staff", "个人承诺书"),
                                    ("student", "学生承诺书"),
                                    ("guardian", "监护人承诺书（未满十四周岁）"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("title", models.CharField(max_length=120)),
                        ("body", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("effective_from", models.DateField()),
                        ("resign", models.BooleanField(default=False)),
                        ("note", models.CharField(blank=True, max_length=200)),
                        ("published_at", models.DateTimeField()),
                        (
                            "published_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("variant", "-number"),
                        "constraints": [
                            models.UniqueConstraint(fields=("variant", "number"), name="pledge_text_numbered_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Scan",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="pledge_scans", to="org.unit"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("sha256", models.CharField(max_length=64)),
                        ("size", models.PositiveIntegerField()),
                        ("pages", models.PositiveIntegerField()),
                        ("place", models.CharField(max_length=32, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "待核对"), ("done", "已入册"), ("dropped", "已放弃")],
                                default="waiting",
                                max_length=16,
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
                        ("settled_at", models.DateTimeField(null=True)),
                        (
                            "settled_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Signer",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="signers", to="org.unit"
                            ),
                        ),
                        ("group", models.CharField(blank=True, max_length=120)),
                        ("number", models.CharField(max_length=60)),
                        ("name", models.CharField(max_length=200)),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("unit", "单位"),
                                    ("staff", "教职工"),
                                    ("operator", "信息资产运维人员"),
                                    ("involved", "涉事人员"),
                                    ("student", "学生"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("under14", models.BooleanField(default=False)),
                        (
                            "staff",
                            models.OneToOneField(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signer",
                                to="ledger.staff",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signers",
                                to="cases.case",
                            ),
                        ),
                        (
                            "from_unit",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="org.unit",
                            ),
                        ),
                        ("due_from", models.DateField(default=django.utils.timezone.localdate, editable=False)),
                        ("left_on", models.DateField(blank=True, editable=False, null=True)),
                        (
                            "signature",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="pledges.signature",
                            ),
                        ),
                        (
                            "text",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="pledges.text",
                            ),
                        ),
                        ("signed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("again", models.BooleanField(default=False, editable=False)),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("refused", "拒签"),
                                    ("absent", "外出、出差"),
                                    ("leave", "长期请假"),
                                    ("medical", "病休、产假"),
                                    ("abroad", "在境外"),
                                    ("other", "其他"),
                                ],
                                editable=False,
                                max_length=16,
                            ),
                        ),
                        ("reason_note", models.CharField(blank=True, editable=False, max_length=200)),
                        ("reason_until", models.DateField(blank=True, editable=False, null=True)),
                        ("reason_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "reason_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("excused_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "excused_by",
                            models.ForeignKey(
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ("unit__path", "group", "number"),
                        "indexes": [
                            models.Index(fields=["unit", "group", "name"], name="signer_in_group"),
                            models.Index(
                                fields=["unit", "category", "text", "again", "left_on"], name="signer_counted"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("unit", "number"), name="signer_number_once_per_unit"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("excused_at__isnull", True),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="signer_is_excused_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("excused_by__isnull", True),
                                    models.Q(("excused_by", models.F("reason_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="signer_is_excused_by_a_second_person",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Link",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("token_hash", models.CharField(max_length=64, unique=True)),
                        ("salt", models.CharField(max_length=32)),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="pledge_links", to="org.unit"
                            ),
                        ),
                        ("group", models.CharField(blank=True, max_length=120)),
                        ("whole", models.BooleanField(default=False)),
                        (
                            "from_unit",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        (
                            "signer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links",
                                to="pledges.signer",
                            ),
                        ),
                        ("ask_number", models.BooleanField(default=True)),
                        ("expires_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(null=True)),
                        ("made_at", models.DateTimeField()),
                        (
                            "made_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-made_at", "-pk"),
                        "indexes": [
                            models.Index(fields=["unit", "group", "signer", "expires_at"], name="pledge_link_of_group")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Page",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "scan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="page_rows", to="pledges.scan"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("read", "已识别"),
                                    ("unread", "没有读到二维码"),
                                    ("twice", "与本批另一页是同一人"),
                                    ("foreign", "不是本单位的承诺书"),
                                    ("signed", "此前已签，不重复入册"),
                                    ("matched", "已人工对应"),
                                    ("blank", "不入册"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "signer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="pledges.signer",
                            ),
                        ),
                        (
                            "text",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="pledges.text",
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
                    ],
                    options={
                        "ordering": ("scan", "number"),
                        "constraints": [models.UniqueConstraint(fields=("scan", "number"), name="pledge_page_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Signature",
                    fields=[
                        ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField(db_index=True)),
                        (
                            "signer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signatures",
                                to="pledges.signer",
                            ),
                        ),
                        (
                            "text",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signatures",
                                to="pledges.text",
                            ),
                        ),
                        ("text_sha256", models.CharField(max_length=64)),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pledge_signatures",
                                to="org.unit",
                            ),
                        ),
                        ("unit_name", models.CharField(max_length=200)),
                        ("group", models.CharField(blank=True, max_length=120)),
                        ("category", models.CharField(max_length=16)),
                        ("number", models.CharField(max_length=60)),
                        ("name", models.CharField(max_length=200)),
                        ("guardian", models.CharField(blank=True, max_length=60)),
                        ("relation", models.CharField(blank=True, max_length=20)),
                        (
                            "way",
                            models.CharField(choices=[("phone", "手机签署"), ("paper", "纸质签署")], max_length=16),
                        ),
                        ("signed_on", models.DateField()),
                        ("ip", models.CharField(blank=True, max_length=45)),
                        ("agent", models.CharField(blank=True, max_length=200)),
                        ("ink_sha256", models.CharField(blank=True, max_length=64)),
                        (
                            "scan",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signatures",
                                to="pledges.scan",
                            ),
                        ),
                        ("scan_sha256", models.CharField(blank=True, max_length=64)),
                        ("page", models.PositiveIntegerField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("prev_hash", models.CharField(max_length=64)),
                        ("hash", models.CharField(max_length=64)),
                    ],
                    options={
                        "ordering": ("-seq",),
                        "indexes": [models.Index(fields=["unit", "at"], name="pledge_signed_when")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("way", "phone"),
                                        models.Q(("ink_sha256", ""), _negated=True),
                                        ("scan__isnull", True),
                                    ),
                                    models.Q(
                                        ("way", "paper"),
                                        ("ink_sha256", ""),
                                        ("page__isnull", False),
                                        ("scan__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="pledge_is_signed_by_ink_or_on_a_page",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Ink",
                    fields=[
                        (
                            "signature",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="ink",
                                serialize=False,
                                to="pledges.signature",
                            ),
                        ),
                        ("sealed", models.BinaryField()),
                        ("deleted_at", models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="Knock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "link",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="knocks", to="pledges.link"
                            ),
                        ),
                        ("place", models.CharField(max_length=32)),
                        ("since", models.DateTimeField()),
                        ("count", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("link", "place", "since"), name="pledge_knocks_counted_once"
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
