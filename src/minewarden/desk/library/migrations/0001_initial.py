import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import minewarden.desk.kit.sealed_field
from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0005_notices_own_time"),
        ("org", "0007_second_factor"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Issue",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField(unique=True)),
                        ("label", models.CharField(max_length=32)),
                        ("at", models.DateTimeField()),
                        ("by", models.CharField(max_length=200)),
                        ("note", models.TextField(blank=True)),
                        ("sha256", models.CharField(max_length=64)),
                        ("count", models.PositiveIntegerField()),
                    ],
                    options={
                        "ordering": ("-number",),
                    },
                ),
                migrations.CreateModel(
                    name="Submission",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="submissions", to="org.unit"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="submissions",
                                to="cases.case",
                            ),
                        ),
                        (
                            "lead",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.lead",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("reported", "reported"),
                                    ("relayed", "relayed"),
                                    ("reviewed", "reviewed"),
                                    ("decided", "decided"),
                                    ("returned", "returned"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("domain", models.CharField(blank=True, max_length=253)),
                        ("ip", models.GenericIPAddressField(null=True, unpack_ipv4=True)),
                        ("port", models.PositiveIntegerField(null=True)),
                        ("protocol", models.CharField(blank=True, max_length=64)),
                        ("coins", models.CharField(blank=True, max_length=128)),
                        ("found_at", models.DateTimeField()),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("detected", "Detected"),
                                    ("traced", "Traced"),
                                    ("notice", "Notice"),
                                    ("host", "Host"),
                                    ("other", "Other"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "sureness",
                            models.CharField(
                                choices=[("confirmed", "Confirmed"), ("likely", "Likely"), ("suspected", "Suspected")],
                                max_length=16,
                            ),
                        ),
                        ("evidence", models.TextField()),
                        ("proofs", models.JSONField(default=list)),
                        ("note", models.TextField(blank=True)),
                        ("reported_at", models.DateTimeField()),
                        (
                            "reported_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("relayed_at", models.DateTimeField(null=True)),
                        (
                            "relayed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("returned_note", models.TextField(blank=True)),
                        ("decided_at", models.DateTimeField(null=True)),
                        (
                            "issue",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="submissions",
                                to="library.issue",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-reported_at", "-pk"),
                        "indexes": [
                            models.Index(fields=["unit", "state"], name="library_sub_unit_id_8991b6_idx"),
                            models.Index(fields=["state", "reported_at"], name="library_sub_state_ec48bf_idx"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("domain", ""), _negated=True), ("ip__isnull", False), _connector="OR"
                                ),
                                name="a_report_names_a_domain_or_an_address",
                            )
                        ],
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
                            "submission",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviews",
                                to="library.submission",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("pool-endpoint", "pool-endpoint"),
                                    ("proxy", "proxy"),
                                    ("js-miner", "js-miner"),
                                    ("malware-c2", "malware-c2"),
                                    ("pool-website", "pool-website"),
                                    ("pool-api", "pool-api"),
                                    ("p2p-seed", "p2p-seed"),
                                    ("node", "node"),
                                    ("marketplace", "marketplace"),
                                    ("gpu-rental", "gpu-rental"),
                                    ("miner-download", "miner-download"),
                                    ("donate", "donate"),
                                    ("exchange", "exchange"),
                                    ("wallet", "wallet"),
                                    ("explorer", "explorer"),
                                    ("education", "education"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("verdicts", models.JSONField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("agreed", "Agreed"),
                                    ("refused", "Refused"),
                                    ("alone", "Alone"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("second_at", models.DateTimeField(null=True)),
                        ("second_note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("at", "pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("second__isnull", True),
                                    models.Q(("second", models.F("by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="review_second_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("outcome__in", ("agreed", "refused")),
                                        ("second__isnull", False),
                                        ("second_at__isnull", False),
                                    ),
                                    models.Q(
                                        ("outcome__in", ("pending", "alone")),
                                        ("second__isnull", True),
                                        ("second_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="review_decided_with_who_and_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Accepted",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "submission",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="accepted",
                                to="library.submission",
                            ),
                        ),
                        (
                            "review",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="accepted",
                                to="library.review",
                            ),
                        ),
                        (
                            "type",
                            models.CharField(
                                choices=[
                                    ("host", "host"),
                                    ("domain", "domain"),
                                    ("ip", "ip"),
                                    ("cidr", "cidr"),
                                    ("ip-port", "ip-port"),
                                    ("host-port", "host-port"),
                                    ("url", "url"),
                                    ("ja3", "ja3"),
                                    ("ja3s", "ja3s"),
                                    ("ja4", "ja4"),
                                    ("cert-sha256", "cert-sha256"),
                                    ("sha256", "sha256"),
                                    ("process-name", "process-name"),
                                    ("user-agent", "user-agent"),
                                    ("stratum-agent", "stratum-agent"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("value", models.CharField(max_length=253)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("pool-endpoint", "pool-endpoint"),
                                    ("proxy", "proxy"),
                                    ("js-miner", "js-miner"),
                                    ("malware-c2", "malware-c2"),
                                    ("pool-website", "pool-website"),
                                    ("pool-api", "pool-api"),
                                    ("p2p-seed", "p2p-seed"),
                                    ("node", "node"),
                                    ("marketplace", "marketplace"),
                                    ("gpu-rental", "gpu-rental"),
                                    ("miner-download", "miner-download"),
                                    ("donate", "donate"),
                                    ("exchange", "exchange"),
                                    ("wallet", "wallet"),
                                    ("explorer", "explorer"),
                                    ("education", "education"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ("at", "pk"),
                        "indexes": [models.Index(fields=["type", "value"], name="library_acc_type_c48ea9_idx")],
                    },
                ),
                migrations.CreateModel(
                    name="Publication",
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
                        ("least", models.FloatField()),
                        ("wanted", models.JSONField()),
                        (
                            "issue",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="publication",
                                to="library.issue",
                            ),
                        ),
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
                                name="library_publication_second_person",
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
                                name="library_publication_decided_with_who_and_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Addressed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "issue",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="addressed",
                                to="library.issue",
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        (
                            "sender",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        ("sent_at", models.DateTimeField()),
                        (
                            "sent_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("sent", "Sent"),
                                    ("fetched", "Fetched"),
                                    ("confirmed", "Confirmed"),
                                    ("covered", "Covered"),
                                    ("unable", "Unable"),
                                    ("drifted", "Drifted"),
                                ],
                                default="sent",
                                max_length=16,
                            ),
                        ),
                        ("fetched_at", models.DateTimeField(null=True)),
                        (
                            "fetched_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("forms", models.JSONField(default=list)),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("relayed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "ordering": ("unit__path",),
                        "indexes": [models.Index(fields=["issue", "state"], name="library_add_issue_i_8bdb4e_idx")],
                        "constraints": [
                            models.UniqueConstraint(fields=("issue", "unit"), name="a_unit_stands_once_with_a_version")
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
                            "addressed",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="library.addressed",
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
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("sent", "Sent"),
                                    ("fetched", "Fetched"),
                                    ("confirmed", "Confirmed"),
                                    ("covered", "Covered"),
                                    ("unable", "Unable"),
                                    ("drifted", "Drifted"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("device", models.CharField(blank=True, max_length=80)),
                        ("note", models.TextField(blank=True)),
                        ("held", models.PositiveIntegerField(null=True)),
                        ("missing", models.JSONField(default=list)),
                        ("stale", models.JSONField(default=list)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Feed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.SlugField(max_length=64, unique=True)),
                        (
                            "form",
                            models.CharField(
                                choices=[
                                    ("plain", "plain"),
                                    ("hosts", "hosts"),
                                    ("csv", "csv"),
                                    ("maltrail", "maltrail"),
                                    ("misp", "misp"),
                                    ("stix", "stix"),
                                    ("taxii", "taxii"),
                                    ("notice", "notice"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("family", models.CharField(blank=True, max_length=64)),
                        ("licence", models.CharField(max_length=32)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("pool-endpoint", "pool-endpoint"),
                                    ("proxy", "proxy"),
                                    ("js-miner", "js-miner"),
                                    ("malware-c2", "malware-c2"),
                                    ("pool-website", "pool-website"),
                                    ("pool-api", "pool-api"),
                                    ("p2p-seed", "p2p-seed"),
                                    ("node", "node"),
                                    ("marketplace", "marketplace"),
                                    ("gpu-rental", "gpu-rental"),
                                    ("miner-download", "miner-download"),
                                    ("donate", "donate"),
                                    ("exchange", "exchange"),
                                    ("wallet", "wallet"),
                                    ("explorer", "explorer"),
                                    ("education", "education"),
                                ],
                                default="pool-endpoint",
                                max_length=20,
                            ),
                        ),
                        (
                            "scope",
                            models.CharField(
                                choices=[("host", "host"), ("domain", "domain")], default="host", max_length=8
                            ),
                        ),
                        (
                            "tlp",
                            models.CharField(
                                choices=[
                                    ("clear", "clear"),
                                    ("green", "green"),
                                    ("amber", "amber"),
                                    ("amber+strict", "amber+strict"),
                                    ("red", "red"),
                                ],
                                default="green",
                                max_length=16,
                            ),
                        ),
                        ("url", models.URLField(blank=True, max_length=500)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("token", minewarden.desk.kit.sealed_field.SealedField(blank=True, default="")),
                        ("hours", models.PositiveIntegerField(default=24)),
                        ("enabled", models.BooleanField(default=True)),
                        ("tried_at", models.DateTimeField(null=True)),
                        ("outcome", models.CharField(blank=True, max_length=16)),
                        ("problem", models.JSONField(default=dict)),
                        ("read_sha256", models.CharField(blank=True, max_length=64)),
                        ("added_at", models.DateTimeField()),
                        (
                            "added_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("name",),
                    },
                ),
                migrations.CreateModel(
                    name="Trusted",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("pem", models.TextField()),
                        ("fingerprint", models.CharField(max_length=48, unique=True)),
                        ("added_at", models.DateTimeField()),
                        (
                            "added_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "ordering": ("name", "pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Feedback",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                            ),
                        ),
                        ("kind", models.CharField(choices=[("seen", "Seen"), ("harmless", "Harmless")], max_length=16)),
                        ("reason", models.CharField(blank=True, max_length=32)),
                        ("hits", models.JSONField(default=list)),
                        ("counts", models.BooleanField()),
                        ("at", models.DateTimeField()),
                        ("said_at", models.DateTimeField(null=True)),
                        ("decided_at", models.DateTimeField(null=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_note", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ("-at", "-pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "kind"), name="a_case_says_a_thing_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Handed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField(unique=True)),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("addressee", models.CharField(max_length=120)),
                        ("note", models.TextField(blank=True)),
                        ("rows", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("submissions", models.ManyToManyField(related_name="handed", to="library.submission")),
                    ],
                    options={
                        "ordering": ("-number",),
                    },
                ),
            ],
        ),
    ]
