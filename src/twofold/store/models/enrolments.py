"""Authenticators and recovery codes."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class EnrolmentModel(models.Model):
    """One confirmed authenticator, its state sealed."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    person_id = id_column()
    kind = models.CharField(max_length=32)
    label = models.TextField()
    state = models.BinaryField()
    strong = models.BooleanField()
    confirmed_at = instant_column()
    last_used_at = instant_column(null=True)
    lookup = models.TextField(null=True)
    preferred = models.BooleanField()
    version = models.IntegerField()

    class Meta:
        db_table = "enrolment"
        constraints = [models.UniqueConstraint(fields=["account", "kind", "lookup"], name="enrolment_lookup")]
        indexes = [models.Index(fields=["account", "person_id"], name="enrolment_person")]


class RecoveryCodeModel(models.Model):
    """One recovery code as its keyed digest; `expires_at` is set on the one a helper gave."""

    pk = models.CompositePrimaryKey("account", "person_id", "digest")
    account = id_column()
    person_id = id_column()
    digest = models.CharField(max_length=64)
    by_helper = models.BooleanField()
    made_at = instant_column()
    expires_at = instant_column(null=True)
    used_at = instant_column(null=True)

    class Meta:
        db_table = "recovery_code"
