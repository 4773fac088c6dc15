from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0012_fewer_pages"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnnouncedModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "person_id", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("person_id", models.CharField(max_length=26)),
                ("starts_at", models.BigIntegerField()),
                ("until", models.BigIntegerField(null=True)),
                ("reminded_at", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "announced",
            },
        ),
    ]
