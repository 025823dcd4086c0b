import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import minewarden.desk.kit.sealed_field
from minewarden.desk.kit.tables import CreateModels


class Migration(migrations.Migration):
    replaces = [("notify", "0001_initial"), ("notify", "0002_roster")]

    initial = True

    dependencies = [
        ("org", "0004_successor"),
    ]

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Outlet",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="outlets", to="org.unit"
                            ),
                        ),
                        ("kind", models.CharField(max_length=16)),
                        ("name", models.CharField(max_length=64)),
                        ("sealed_settings", models.BinaryField()),
                        ("urgent_only", models.BooleanField(default=False)),
                        ("enabled", models.BooleanField(default=True)),
                        ("made_at", models.DateTimeField()),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("unit__path", "kind", "pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=128, unique=True)),
                        (
                            "unit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                            ),
                        ),
                        ("word", models.CharField(max_length=80)),
                        ("params", models.JSONField(default=dict)),
                        ("text", models.TextField()),
                        ("link", models.CharField(blank=True, max_length=255)),
                        ("urgent", models.BooleanField()),
                        ("posted_at", models.DateTimeField(db_index=True)),
                    ],
                    options={
                        "ordering": ("-posted_at", "-pk"),
                    },
                ),
                migrations.CreateModel(
                    name="Copy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="copies", to="notify.message"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="copies",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("read_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["person", "read_at"], name="notify_copy_person__805144_idx")],
                        "constraints": [
                            models.UniqueConstraint(fields=("message", "person"), name="a_person_has_one_copy")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=160, unique=True)),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="notify.message",
                            ),
                        ),
                        (
                            "outlet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="notify.outlet",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("called", models.CharField(blank=True, max_length=60)),
                        ("called_phone", minewarden.desk.kit.sealed_field.SealedField(blank=True, default="")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("sending", "Sending"),
                                    ("sent", "Sent"),
                                    ("failed", "Failed"),
                                    ("unsure", "Unsure"),
                                ],
                                default="waiting",
                                max_length=16,
                            ),
                        ),
                        ("held", models.BooleanField(default=False)),
                        ("bundle", models.CharField(blank=True, max_length=160)),
                        ("not_before", models.DateTimeField()),
                        ("attempts", models.PositiveIntegerField(default=0)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("leased_by", models.CharField(blank=True, max_length=128)),
                        ("leased_until", models.DateTimeField(null=True)),
                        ("settled_at", models.DateTimeField(null=True)),
                        ("receipt", models.CharField(blank=True, max_length=255)),
                        ("error", models.JSONField(null=True)),
                    ],
                    options={
                        "ordering": ("pk",),
                        "indexes": [
                            models.Index(fields=["state", "not_before"], name="notify_deli_state_08bd13_idx"),
                            models.Index(fields=["outlet", "started_at"], name="notify_deli_outlet__609076_idx"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reach",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reach",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("mail", models.EmailField(blank=True, max_length=254)),
                        ("changed_at", models.DateTimeField()),
                    ],
                ),
            ],
        ),
    ]
