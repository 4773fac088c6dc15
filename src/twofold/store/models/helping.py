"""What people do to each other's sign-ins, and calls for help."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class HelpActModel(models.Model):
    """One act that was done, asked for or agreed to; `detail` is JSON."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    act = models.CharField(max_length=16)
    person_id = id_column()
    asked_by = id_column()
    asked_at = instant_column()
    state = models.CharField(max_length=16)
    detail = models.TextField()
    reason = models.TextField()
    ends_at = instant_column()
    decided_by = id_column(null=True)
    decided_at = instant_column(null=True)
    done_at = instant_column(null=True)
    version = models.IntegerField()

    class Meta:
        db_table = "help_act"
        indexes = [
            models.Index(fields=["account", "person_id", "asked_at"], name="help_act_person"),
            models.Index(fields=["account", "asked_by", "done_at"], name="help_act_helper"),
            models.Index(fields=["account", "ends_at"], name="help_act_ends"),
            models.Index(fields=["asked_at"], name="help_act_asked"),
        ]


class HelpCallModel(models.Model):
    """One call for help from an unfinished sign-in."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    reference = models.CharField(max_length=16)
    number = models.CharField(max_length=2)
    person_id = id_column()
    attempt_id = id_column()
    place = models.CharField(max_length=16)
    called_at = instant_column()
    address = models.CharField(max_length=64)
    browser = models.TextField()
    closed_at = instant_column(null=True)
    closed_by = id_column(null=True)

    class Meta:
        db_table = "help_call"
        indexes = [
            models.Index(fields=["account", "called_at"], name="help_call_called"),
            models.Index(fields=["account", "person_id", "called_at"], name="help_call_person"),
            models.Index(fields=["account", "attempt_id"], name="help_call_attempt"),
            models.Index(fields=["called_at"], name="help_call_age"),
        ]
