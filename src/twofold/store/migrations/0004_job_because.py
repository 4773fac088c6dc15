from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0003_challenges_and_groups"),
    ]

    operations = [
        migrations.AddField(
            model_name="jobmodel",
            name="because",
            field=models.CharField(max_length=64, null=True),
        ),
    ]
