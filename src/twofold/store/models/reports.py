"""Status reports, and the parts of their files."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class ReportModel(models.Model):
    """One report that was asked for; the row stays when its file is gone."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    asked_by = id_column(null=True)
    end_users = models.BooleanField()
    policy = models.IntegerField()
    state = models.CharField(max_length=16)
    done = models.IntegerField()
    of = models.IntegerField()
    parts = models.IntegerField()
    size = models.BigIntegerField()
    asked_at = instant_column()
    finished_at = instant_column(null=True)
    expires_at = instant_column()

    class Meta:
        db_table = "report"
        indexes = [
            models.Index(fields=["account", "asked_at", "id"], name="report_asked"),
            models.Index(fields=["expires_at"], name="report_expires"),
        ]


class ReportPartModel(models.Model):
    """Some lines of a report's file, compressed (zlib)."""

    pk = models.CompositePrimaryKey("account", "report_id", "number")
    account = id_column()
    report_id = id_column()
    number = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        db_table = "report_part"
