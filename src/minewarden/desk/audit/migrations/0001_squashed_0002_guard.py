from typing import Any

from django.db import migrations, models

from minewarden.desk.audit.guard import switch
from minewarden.desk.kit.tables import CreateModels


def up(apps: Any, editor: Any) -> None:
    switch(editor.connection, on=True)


def down(apps: Any, editor: Any) -> None:
    switch(editor.connection, on=False)


class Migration(migrations.Migration):
    replaces = [("audit", "0001_initial"), ("audit", "0002_guard")]

    initial = True

    dependencies = []

    operations = [
        CreateModels(
            operations=[
                migrations.CreateModel(
                    name="Record",
                    fields=[
                        ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField(db_index=True)),
                        ("actor_id", models.BigIntegerField(db_index=True, null=True)),
                        ("actor", models.CharField(max_length=150)),
                        ("unit_id", models.BigIntegerField(null=True)),
                        ("unit", models.CharField(blank=True, max_length=200)),
                        ("unit_path", models.CharField(blank=True, db_index=True, max_length=255)),
                        ("ip", models.CharField(blank=True, max_length=45)),
                        ("agent", models.CharField(blank=True, max_length=300)),
                        ("action", models.CharField(db_index=True, max_length=80)),
                        ("kind", models.CharField(blank=True, max_length=80)),
                        ("object_id", models.CharField(blank=True, max_length=80)),
                        ("result", models.CharField(max_length=20)),
                        ("before", models.JSONField(null=True)),
                        ("after", models.JSONField(null=True)),
                        ("request_id", models.CharField(blank=True, max_length=32)),
                        ("prev_hash", models.CharField(max_length=64)),
                        ("hash", models.CharField(max_length=64)),
                    ],
                    options={
                        "ordering": ("-seq",),
                        "indexes": [models.Index(fields=["kind", "object_id"], name="audit_recor_kind_8ebe6a_idx")],
                    },
                ),
            ],
        ),
        migrations.RunPython(up, down),
    ]
