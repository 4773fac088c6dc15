from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0004_job_because"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "id", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("asked_by", models.CharField(max_length=26, null=True)),
                ("end_users", models.BooleanField()),
                ("policy", models.IntegerField()),
                ("state", models.CharField(max_length=16)),
                ("done", models.IntegerField()),
                ("of", models.IntegerField()),
                ("parts", models.IntegerField()),
                ("size", models.BigIntegerField()),
                ("asked_at", models.BigIntegerField()),
                ("finished_at", models.BigIntegerField(null=True)),
                ("expires_at", models.BigIntegerField()),
            ],
            options={
                "db_table": "report",
            },
        ),
        migrations.CreateModel(
            name="ReportPartModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "report_id", "number", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("report_id", models.CharField(max_length=26)),
                ("number", models.IntegerField()),
                ("body", models.BinaryField()),
            ],
            options={
                "db_table": "report_part",
            },
        ),
        migrations.AddField(
            model_name="personmodel",
            name="signed_in_by",
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddIndex(
            model_name="personmodel",
            index=models.Index(
                condition=models.Q(("role", "end_user"), _negated=True), fields=["account", "id"], name="person_team"
            ),
        ),
        migrations.AddIndex(
            model_name="reportmodel",
            index=models.Index(fields=["account", "asked_at", "id"], name="report_asked"),
        ),
        migrations.AddIndex(
            model_name="reportmodel",
            index=models.Index(fields=["expires_at"], name="report_expires"),
        ),
    ]
