"""The unit keeper, former names of units, and telephone numbers that the database holds sealed."""

from typing import Any

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import minewarden.desk.kit.sealed_field


def seal_phones(apps: Any, schema_editor: Any) -> None:
    """Write each number once more, which seals it."""
    for person in apps.get_model("org", "Person").objects.only("pk", "phone").iterator():
        if person.phone:
            person.save(update_fields=["phone"])


class Migration(migrations.Migration):
    dependencies = [
        ("org", "0004_successor"),
    ]

    operations = [
        migrations.AlterField(
            model_name="person",
            name="phone",
            field=minewarden.desk.kit.sealed_field.SealedField(
                blank=True, default="", validators=[django.core.validators.MaxLengthValidator(20)]
            ),
        ),
        migrations.RunPython(seal_phones, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="post",
            name="role",
            field=models.CharField(
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
        migrations.CreateModel(
            name="FormerName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("short_name", models.CharField(blank=True, max_length=60)),
                ("until", models.DateField()),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former_names", to="org.unit"
                    ),
                ),
            ],
            options={
                "ordering": ("-until", "-pk"),
            },
        ),
    ]
