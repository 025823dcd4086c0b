# Where people stand is in the index of the lists too: a search in a city's roll read the wide rows of all it found.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pledges", "0005_lists_in_order")]

    operations = [
        migrations.RemoveIndex(model_name="signer", name="signer_in_order"),
        migrations.AddIndex(
            model_name="signer",
            index=models.Index(
                fields=[
                    "unit", "group", "number", "name", "category", "text", "again", "left_on", "signature", "reason",
                    "excused_at", "reason_until",
                ],
                name="signer_in_order",
            ),
        ),
    ]  # fmt: skip
