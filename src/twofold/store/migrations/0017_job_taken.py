from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0016_job_turn"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="jobmodel",
            index=models.Index(
                condition=models.Q(("state", "done")), fields=["account", "channel", "finished_at"], name="job_taken"
            ),
        ),
    ]
