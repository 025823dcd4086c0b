"""Nothing of the tables: a plan with this in it has the triggers made anew, as with every plan (counts.after_migrate).

On PostgreSQL desks set up before keep triggers that note a unit again with every statement, as long as no worker counts.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registers", "0003_looked_up")]
    operations = []
