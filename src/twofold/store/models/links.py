"""One-use links."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class LinkModel(models.Model):
    """One link; `detail` is JSON."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    token_digest = models.CharField(max_length=64)
    purpose = models.CharField(max_length=32)
    person_id = id_column(null=True)
    made_at = instant_column()
    expires_at = instant_column()
    used_at = instant_column(null=True)
    detail = models.TextField()

    class Meta:
        db_table = "link"
        constraints = [models.UniqueConstraint(fields=["account", "token_digest"], name="link_token")]
        indexes = [
            models.Index(fields=["account", "person_id"], name="link_person"),
            models.Index(fields=["expires_at"], name="link_expires"),
        ]
