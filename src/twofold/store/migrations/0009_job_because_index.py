from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0008_team_by_name"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="jobmodel",
            index=models.Index(
                condition=models.Q(("because__isnull", False)), fields=["account", "because"], name="job_because"
            ),
        ),
    ]
