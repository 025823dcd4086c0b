"""The database refuses UPDATE and DELETE on the log."""

from typing import Any

from django.db import migrations

from minewarden.desk.audit.guard import switch


def up(apps: Any, editor: Any) -> None:
    switch(editor.connection, on=True)


def down(apps: Any, editor: Any) -> None:
    switch(editor.connection, on=False)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(up, down)]
