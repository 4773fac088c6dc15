"""Sessions."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class SessionModel(models.Model):
    """One session; `evidence` is JSON."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    token_digest = models.CharField(max_length=64)
    person_id = id_column()
    evidence = models.TextField()
    created_at = instant_column()
    last_seen_at = instant_column()
    browser_id = id_column(null=True)
    parent_id = id_column(null=True)
    audience = models.TextField()
    trusted = models.BooleanField()
    address = models.CharField(max_length=64)
    browser_name = models.TextField()
    recovery_proof_until = instant_column(null=True)
    ended_at = instant_column(null=True)
    version = models.IntegerField()

    class Meta:
        db_table = "session"
        constraints = [models.UniqueConstraint(fields=["account", "token_digest"], name="session_token")]
        indexes = [models.Index(fields=["account", "person_id", "ended_at"], name="session_person")]
