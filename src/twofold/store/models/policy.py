"""Policy, every version of it."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class PolicyVersionModel(models.Model):
    """One version; `rules` is JSON."""

    pk = models.CompositePrimaryKey("account", "number")
    account = id_column()
    number = models.IntegerField()
    rules = models.TextField()
    saved_at = instant_column(null=True)
    saved_by = id_column(null=True)
    because = models.TextField()

    class Meta:
        db_table = "policy_version"
