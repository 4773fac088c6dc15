from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0015_stopping"),
    ]

    operations = [
        migrations.AddField(
            model_name="jobmodel",
            name="turn",
            field=models.SmallIntegerField(db_default=2),
        ),
        migrations.RemoveIndex(
            model_name="jobmodel",
            name="job_due",
        ),
        migrations.AddIndex(
            model_name="jobmodel",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["channel", "account", "turn", "run_at"],
                name="job_turn",
            ),
        ),
    ]
