from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0009_job_because_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="personmodel",
            name="skipped",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="personmodel",
            name="skipped_at",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="personmodel",
            index=models.Index(
                condition=models.Q(("exempt_until__isnull", False)),
                fields=["account", "exempt_until", "id"],
                name="person_exempt",
            ),
        ),
    ]
