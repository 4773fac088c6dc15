from django.db import migrations, models

from twofold.store.migrations._audit_triggers import protect


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AccountModel",
            fields=[
                ("id", models.CharField(max_length=26, primary_key=True, serialize=False)),
                ("host", models.CharField(max_length=253, unique=True)),
                ("name", models.TextField()),
                ("base_url", models.TextField()),
                ("time_zone", models.CharField(max_length=64)),
                ("locale", models.CharField(max_length=35)),
                ("created_at", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("colour", models.CharField(max_length=7)),
                ("logo", models.BinaryField(null=True)),
                ("logo_digest", models.CharField(max_length=64)),
                ("privacy_url", models.TextField()),
                ("imprint_url", models.TextField()),
                ("help_team_text", models.TextField()),
                ("help_team_phone", models.TextField()),
                ("help_team_hours", models.TextField()),
                ("help_end_users_text", models.TextField()),
                ("help_end_users_phone", models.TextField()),
                ("help_end_users_hours", models.TextField()),
            ],
            options={
                "db_table": "account",
            },
        ),
        migrations.CreateModel(
            name="CanaryModel",
            fields=[
                ("name", models.CharField(max_length=26, primary_key=True, serialize=False)),
                ("value", models.BinaryField()),
            ],
            options={
                "db_table": "canary",
            },
        ),
        migrations.CreateModel(
            name="PolicyVersionModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("number", models.IntegerField()),
                ("rules", models.TextField()),
                ("saved_at", models.BigIntegerField(null=True)),
                ("saved_by", models.CharField(max_length=26, null=True)),
                ("because", models.TextField()),
            ],
            options={
                "db_table": "policy_version",
            },
        ),
        migrations.CreateModel(
            name="RecoveryCodeModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "person_id", "digest", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("person_id", models.CharField(max_length=26)),
                ("digest", models.CharField(max_length=64)),
                ("by_helper", models.BooleanField()),
                ("made_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField(null=True)),
                ("used_at", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "recovery_code",
            },
        ),
        migrations.CreateModel(
            name="SettingModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "name", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("name", models.CharField(max_length=64)),
                ("value", models.BinaryField()),
                ("version", models.IntegerField()),
            ],
            options={
                "db_table": "setting",
            },
        ),
        migrations.CreateModel(
            name="AttemptModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("token_digest", models.CharField(max_length=64)),
                ("person_id", models.CharField(max_length=26)),
                ("purpose", models.CharField(max_length=16)),
                ("evidence", models.TextField()),
                ("begun_at", models.BigIntegerField()),
                ("last_step_at", models.BigIntegerField()),
                ("browser_id", models.CharField(max_length=26, null=True)),
                ("session_id", models.CharField(max_length=26, null=True)),
                ("next_url", models.TextField()),
                ("wrong", models.IntegerField()),
                ("setting_up", models.BooleanField()),
                ("kept", models.BinaryField()),
                ("closed_at", models.BigIntegerField(null=True)),
                ("version", models.IntegerField()),
            ],
            options={
                "db_table": "attempt",
                "indexes": [
                    models.Index(fields=["account", "person_id", "closed_at"], name="attempt_person"),
                    models.Index(fields=["begun_at"], name="attempt_begun"),
                ],
                "constraints": [models.UniqueConstraint(fields=("account", "token_digest"), name="attempt_token")],
            },
        ),
        migrations.CreateModel(
            name="BrowserModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("current", models.CharField(max_length=64)),
                ("previous", models.CharField(max_length=64, null=True)),
                ("created_at", models.BigIntegerField()),
            ],
            options={
                "db_table": "browser",
                "indexes": [models.Index(fields=["created_at"], name="browser_created")],
            },
        ),
        migrations.CreateModel(
            name="CounterModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "subject", "lane", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("subject", models.TextField()),
                ("lane", models.CharField(max_length=32)),
                ("value", models.TextField()),
                ("version", models.IntegerField()),
                ("touched_at", models.BigIntegerField()),
            ],
            options={
                "db_table": "counter",
                "indexes": [models.Index(fields=["touched_at"], name="counter_touched")],
            },
        ),
        migrations.CreateModel(
            name="EnrolmentModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("person_id", models.CharField(max_length=26)),
                ("kind", models.CharField(max_length=32)),
                ("label", models.TextField()),
                ("state", models.BinaryField()),
                ("strong", models.BooleanField()),
                ("confirmed_at", models.BigIntegerField()),
                ("last_used_at", models.BigIntegerField(null=True)),
                ("lookup", models.TextField(null=True)),
                ("preferred", models.BooleanField()),
                ("version", models.IntegerField()),
            ],
            options={
                "db_table": "enrolment",
                "indexes": [models.Index(fields=["account", "person_id"], name="enrolment_person")],
                "constraints": [models.UniqueConstraint(fields=("account", "kind", "lookup"), name="enrolment_lookup")],
            },
        ),
        migrations.CreateModel(
            name="EventModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("at", models.BigIntegerField()),
                ("kind", models.CharField(max_length=64)),
                ("actor", models.CharField(max_length=16)),
                ("actor_id", models.CharField(max_length=26, null=True)),
                ("person_id", models.CharField(max_length=26, null=True)),
                ("address", models.CharField(max_length=64)),
                ("browser", models.TextField()),
                ("detail", models.TextField()),
            ],
            options={
                "db_table": "audit_event",
                "indexes": [
                    models.Index(fields=["account", "at", "id"], name="audit_event_at"),
                    models.Index(fields=["account", "person_id", "at"], name="audit_event_person"),
                    models.Index(fields=["account", "actor_id", "at"], name="audit_event_actor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("kind", models.CharField(max_length=32)),
                ("state", models.CharField(max_length=16)),
                ("body", models.BinaryField()),
                ("person_id", models.CharField(max_length=26, null=True)),
                ("put_at", models.BigIntegerField()),
                ("run_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField(null=True)),
                ("tries", models.IntegerField()),
                ("version", models.IntegerField()),
                ("finished_at", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "job",
                "indexes": [
                    models.Index(fields=["state", "run_at"], name="job_due"),
                    models.Index(fields=["account", "person_id"], name="job_person"),
                    models.Index(fields=["finished_at"], name="job_finished"),
                ],
            },
        ),
        migrations.CreateModel(
            name="KnownBrowserModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account",
                        "browser_id",
                        "person_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("browser_id", models.CharField(max_length=26)),
                ("person_id", models.CharField(max_length=26)),
                ("name", models.TextField()),
                ("first_used_at", models.BigIntegerField()),
                ("last_used_at", models.BigIntegerField()),
                ("address", models.CharField(max_length=64)),
                ("trust", models.TextField(null=True)),
            ],
            options={
                "db_table": "known_browser",
                "indexes": [
                    models.Index(fields=["account", "person_id", "last_used_at"], name="known_browser_person"),
                    models.Index(fields=["last_used_at"], name="known_browser_used"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("token_digest", models.CharField(max_length=64)),
                ("purpose", models.CharField(max_length=32)),
                ("person_id", models.CharField(max_length=26, null=True)),
                ("made_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField()),
                ("used_at", models.BigIntegerField(null=True)),
                ("detail", models.TextField()),
            ],
            options={
                "db_table": "link",
                "indexes": [
                    models.Index(fields=["account", "person_id"], name="link_person"),
                    models.Index(fields=["expires_at"], name="link_expires"),
                ],
                "constraints": [models.UniqueConstraint(fields=("account", "token_digest"), name="link_token")],
            },
        ),
        migrations.CreateModel(
            name="PersonModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("email", models.CharField(max_length=254)),
                ("name", models.TextField()),
                ("sort_name", models.BinaryField()),
                ("role", models.CharField(max_length=16)),
                ("created_at", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("locale", models.CharField(max_length=35)),
                ("time_zone", models.CharField(max_length=64)),
                ("password", models.TextField(null=True)),
                ("chosen", models.BooleanField()),
                ("every_sign_in", models.BooleanField()),
                ("must_set_up", models.BooleanField()),
                ("grace_until", models.BigIntegerField(null=True)),
                ("exempt_until", models.BigIntegerField(null=True)),
                ("exempt_because", models.TextField()),
                ("suspended_at", models.BigIntegerField(null=True)),
                ("frozen_at", models.BigIntegerField(null=True)),
                ("proved_by_mailbox_at", models.BigIntegerField(null=True)),
                ("email_proved_at", models.BigIntegerField(null=True)),
                ("email_changed_at", models.BigIntegerField(null=True)),
                ("former_email", models.CharField(max_length=254)),
                ("invited_at", models.BigIntegerField(null=True)),
                ("last_sign_in_at", models.BigIntegerField(null=True)),
                ("codes_unsaved", models.BooleanField()),
                ("enrolled_at", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "person",
                "indexes": [
                    models.Index(fields=["account", "sort_name", "id"], name="person_by_name"),
                    models.Index(fields=["account", "role", "sort_name", "id"], name="person_by_role"),
                ],
                "constraints": [models.UniqueConstraint(fields=("account", "email"), name="person_email")],
            },
        ),
        migrations.CreateModel(
            name="PersonWordModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "word", "person_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("word", models.BinaryField()),
                ("person_id", models.CharField(max_length=26)),
            ],
            options={
                "db_table": "person_word",
                "indexes": [models.Index(fields=["account", "person_id"], name="person_word_person")],
            },
        ),
        migrations.CreateModel(
            name="SessionModel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account", models.CharField(max_length=26)),
                ("id", models.CharField(max_length=26)),
                ("token_digest", models.CharField(max_length=64)),
                ("person_id", models.CharField(max_length=26)),
                ("evidence", models.TextField()),
                ("created_at", models.BigIntegerField()),
                ("last_seen_at", models.BigIntegerField()),
                ("browser_id", models.CharField(max_length=26, null=True)),
                ("parent_id", models.CharField(max_length=26, null=True)),
                ("audience", models.TextField()),
                ("trusted", models.BooleanField()),
                ("address", models.CharField(max_length=64)),
                ("browser_name", models.TextField()),
                ("recovery_proof_until", models.BigIntegerField(null=True)),
                ("ended_at", models.BigIntegerField(null=True)),
                ("version", models.IntegerField()),
            ],
            options={
                "db_table": "session",
                "indexes": [
                    models.Index(fields=["account", "person_id", "ended_at"], name="session_person"),
                    models.Index(fields=["last_seen_at"], name="session_seen"),
                ],
                "constraints": [models.UniqueConstraint(fields=("account", "token_digest"), name="session_token")],
            },
        ),
        migrations.RunPython(protect),
    ]
