"""The database refuses an administrator who holds, or comes to hold, another active post."""

from django.db import migrations

from minewarden.desk.org.migrations._separation import down, up


class Migration(migrations.Migration):
    dependencies = [("org", "0001_initial")]
    operations = [migrations.RunPython(up, down)]
