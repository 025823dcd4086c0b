"""Indexes for what the overview counts."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_ledgers"),
        ("org", "0005_keeper_and_sealed_phone"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(condition=models.Q(("person_name", "")), fields=["unit"], name="asset_of_nobody"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(condition=models.Q(("performance", "to_check")), fields=["unit"], name="asset_to_check"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["checked_on", "unit"], name="asset_checked"),
        ),
    ]
