"""What people were told is coming."""

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
