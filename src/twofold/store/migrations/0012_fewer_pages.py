from django.db import migrations, models

from twofold.store.migrations._kept_by_key import keep_by_key


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0011_people_imports"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="attemptmodel", name="attempt_begun"),
        migrations.RemoveIndex(model_name="attemptmodel", name="attempt_person"),
        migrations.RemoveIndex(model_name="browsermodel", name="browser_created"),
        migrations.RemoveIndex(model_name="challengemodel", name="challenge_expires"),
        migrations.RemoveIndex(model_name="countermodel", name="counter_touched"),
        migrations.RemoveIndex(model_name="knownbrowsermodel", name="known_browser_person"),
        migrations.RemoveIndex(model_name="knownbrowsermodel", name="known_browser_used"),
        migrations.RemoveIndex(model_name="sessionmodel", name="session_seen"),
        migrations.AddIndex(
            model_name="attemptmodel",
            index=models.Index(fields=["account", "person_id"], name="attempt_person"),
        ),
        migrations.AddIndex(
            model_name="attemptmodel",
            index=models.Index(
                condition=models.Q(("setting_up", True)), fields=["account", "begun_at"], name="attempt_setting_up"
            ),
        ),
        migrations.AddIndex(
            model_name="knownbrowsermodel",
            index=models.Index(fields=["account", "person_id"], name="known_browser_person"),
        ),
        migrations.RunPython(keep_by_key, migrations.RunPython.noop),
    ]
