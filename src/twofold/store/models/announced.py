"""What people were told is coming, and which ways of theirs stop."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class AnnouncedModel(models.Model):
    """From when on somebody was last told that a second factor is required of them, and until when it can be left."""

    pk = models.CompositePrimaryKey("account", "person_id")
    account = id_column()
    person_id = id_column()
    starts_at = instant_column()
    until = instant_column(null=True)
    reminded_at = instant_column(null=True)

    class Meta:
        db_table = "announced"


class StoppingModel(models.Model):
    """Until when a kind that counts no more opens set-up, as somebody was last told; when they were reminded."""

    pk = models.CompositePrimaryKey("account", "person_id", "kind")
    account = id_column()
    person_id = id_column()
    kind = models.CharField(max_length=32)
    until = instant_column(null=True)
    reminded_at = instant_column(null=True)

    class Meta:
        db_table = "stopping"
