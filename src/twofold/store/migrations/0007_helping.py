from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0006_audit_and_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="personmodel",
            name="helps_since",
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name="HelpActModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "id", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("act", models.CharField(max_length=16)),
                ("person_id", models.CharField(max_length=26)),
                ("asked_by", models.CharField(max_length=26)),
                ("asked_at", models.BigIntegerField()),
                ("state", models.CharField(max_length=16)),
                ("detail", models.TextField()),
                ("reason", models.TextField()),
                ("ends_at", models.BigIntegerField()),
                ("decided_by", models.CharField(max_length=26, null=True)),
                ("decided_at", models.BigIntegerField(null=True)),
                ("done_at", models.BigIntegerField(null=True)),
                ("version", models.IntegerField()),
            ],
            options={
                "db_table": "help_act",
                "indexes": [
                    models.Index(fields=["account", "person_id", "asked_at"], name="help_act_person"),
                    models.Index(fields=["account", "asked_by", "done_at"], name="help_act_helper"),
                    models.Index(fields=["account", "ends_at"], name="help_act_ends"),
                    models.Index(fields=["asked_at"], name="help_act_asked"),
                ],
            },
        ),
        migrations.CreateModel(
            name="HelpCallModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "id", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("reference", models.CharField(max_length=16)),
                ("number", models.CharField(max_length=2)),
                ("person_id", models.CharField(max_length=26)),
                ("attempt_id", models.CharField(max_length=26)),
                ("place", models.CharField(max_length=16)),
                ("called_at", models.BigIntegerField()),
                ("address", models.CharField(max_length=64)),
                ("browser", models.TextField()),
                ("closed_at", models.BigIntegerField(null=True)),
                ("closed_by", models.CharField(max_length=26, null=True)),
            ],
            options={
                "db_table": "help_call",
                "indexes": [
                    models.Index(fields=["account", "called_at"], name="help_call_called"),
                    models.Index(fields=["account", "person_id", "called_at"], name="help_call_person"),
                    models.Index(fields=["account", "attempt_id"], name="help_call_attempt"),
                    models.Index(fields=["called_at"], name="help_call_age"),
                ],
            },
        ),
    ]
