from django.db import migrations, models

from twofold.store.migrations._audit_horizon import let_grow_old


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0005_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="HorizonModel",
            fields=[
                ("pk", models.CompositePrimaryKey("account", "before", serialize=False)),
                ("account", models.CharField(max_length=26)),
                ("before", models.BigIntegerField()),
                ("removed", models.IntegerField()),
                ("done_at", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "audit_horizon",
            },
        ),
        migrations.AddIndex(
            model_name="eventmodel",
            index=models.Index(fields=["account", "kind", "at"], name="audit_event_kind"),
        ),
        migrations.AddIndex(
            model_name="eventmodel",
            index=models.Index(fields=["account", "address", "at"], name="audit_event_address"),
        ),
        migrations.AddField(
            model_name="personmodel",
            name="silenced",
            field=models.TextField(null=True),
        ),
        migrations.RunPython(let_grow_old),
    ]
