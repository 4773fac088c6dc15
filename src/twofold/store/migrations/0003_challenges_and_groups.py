from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0002_person_audience_since"),
    ]

    operations = [
        migrations.AddField(
            model_name="jobmodel",
            name="channel",
            field=models.CharField(max_length=16, null=True),
        ),
        migrations.AddField(
            model_name="jobmodel",
            name="receipt",
            field=models.CharField(max_length=16, null=True),
        ),
        migrations.AddField(
            model_name="personmodel",
            name="own_rule",
            field=models.TextField(null=True),
        ),
        migrations.CreateModel(
            name="ChallengeModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "id", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=64)),
                ("person_id", models.CharField(max_length=26)),
                ("kept", models.BinaryField()),
                ("tries", models.IntegerField()),
                ("version", models.IntegerField()),
                ("expires_at", models.BigIntegerField()),
            ],
            options={
                "db_table": "challenge",
                "indexes": [
                    models.Index(fields=["account", "person_id"], name="challenge_person"),
                    models.Index(fields=["expires_at"], name="challenge_expires"),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupMemberModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "group_id", "person_id", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("group_id", models.CharField(max_length=26)),
                ("person_id", models.CharField(max_length=26)),
                ("added_at", models.BigIntegerField()),
            ],
            options={
                "db_table": "group_member",
                "indexes": [models.Index(fields=["account", "person_id"], name="group_member_person")],
            },
        ),
    ]
