from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0010_exemptions_and_skips"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "id", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("asked_by", models.CharField(max_length=26)),
                ("role", models.CharField(max_length=16)),
                ("state", models.CharField(max_length=16)),
                ("because", models.CharField(max_length=32, null=True)),
                ("asked_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField()),
                ("finished_at", models.BigIntegerField(null=True)),
                ("about", models.BinaryField()),
                ("of", models.IntegerField()),
                ("done", models.IntegerField()),
                ("new", models.IntegerField()),
                ("here", models.IntegerField()),
                ("wrong", models.IntegerField()),
                ("added", models.IntegerField()),
                ("met", models.IntegerField()),
                ("groups", models.BooleanField()),
                ("invite", models.BooleanField()),
                ("version", models.IntegerField()),
            ],
            options={
                "db_table": "people_import",
            },
        ),
        migrations.CreateModel(
            name="ImportPartModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "id", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=34)),
                ("import_id", models.CharField(max_length=26)),
                ("body", models.BinaryField()),
            ],
            options={
                "db_table": "import_part",
            },
        ),
        migrations.CreateModel(
            name="ImportRowModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "id", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=34)),
                ("import_id", models.CharField(max_length=26)),
                ("state", models.CharField(max_length=16)),
                ("problem", models.CharField(max_length=32, null=True)),
                ("subject", models.CharField(max_length=64, null=True)),
                ("person_id", models.CharField(max_length=26, null=True)),
                ("body", models.BinaryField()),
            ],
            options={
                "db_table": "import_row",
            },
        ),
        migrations.AddConstraint(
            model_name="importmodel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at__isnull", True)), fields=("account",), name="import_under_way"
            ),
        ),
        migrations.AddIndex(
            model_name="importmodel",
            index=models.Index(fields=["account", "asked_at", "id"], name="import_asked"),
        ),
        migrations.AddIndex(
            model_name="importmodel",
            index=models.Index(fields=["expires_at"], name="import_expires"),
        ),
        migrations.AddIndex(
            model_name="importpartmodel",
            index=models.Index(fields=["account", "import_id"], name="import_part_import"),
        ),
        migrations.AddIndex(
            model_name="importrowmodel",
            index=models.Index(fields=["account", "import_id", "state", "id"], name="import_row_state"),
        ),
        migrations.AddIndex(
            model_name="importrowmodel",
            index=models.Index(fields=["account", "subject"], name="import_row_subject"),
        ),
        migrations.AddIndex(
            model_name="importrowmodel",
            index=models.Index(
                condition=models.Q(("person_id__isnull", False)),
                fields=["account", "person_id"],
                name="import_row_person",
            ),
        ),
    ]
