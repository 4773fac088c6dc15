from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0014_alone_found_by_a_word"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoppingModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "person_id", "kind", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("person_id", models.CharField(max_length=26)),
                ("kind", models.CharField(max_length=32)),
                ("until", models.BigIntegerField(null=True)),
                ("reminded_at", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "stopping",
            },
        ),
    ]
