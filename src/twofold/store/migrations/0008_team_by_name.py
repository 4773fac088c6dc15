from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0007_helping"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="personmodel",
            index=models.Index(
                condition=models.Q(("role", "end_user"), _negated=True),
                fields=["account", "sort_name", "id"],
                name="person_team_by_name",
            ),
        ),
    ]
