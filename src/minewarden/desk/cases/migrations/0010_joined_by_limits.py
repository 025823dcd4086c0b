from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_times_in_stock"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="casenotice",
            index=models.Index(fields=["due48"], name="joined_by_find_limit"),
        ),
        migrations.AddIndex(
            model_name="casenotice",
            index=models.Index(fields=["due72"], name="joined_by_report_limit"),
        ),
    ]
