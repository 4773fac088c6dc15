"""The audit log; triggers in the migrations refuse to change its rows, and to delete any after the horizon."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class EventModel(models.Model):
    """One event; `detail` is JSON."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    at = instant_column()
    kind = models.CharField(max_length=64)
    actor = models.CharField(max_length=16)
    actor_id = id_column(null=True)
    person_id = id_column(null=True)
    address = models.CharField(max_length=64)
    browser = models.TextField()
    detail = models.TextField()

    class Meta:
        db_table = "audit_event"
        indexes = [
            models.Index(fields=["account", "at", "id"], name="audit_event_at"),
            models.Index(fields=["account", "person_id", "at"], name="audit_event_person"),
            models.Index(fields=["account", "actor_id", "at"], name="audit_event_actor"),
            models.Index(fields=["account", "kind", "at"], name="audit_event_kind"),
            models.Index(fields=["account", "address", "at"], name="audit_event_address"),
        ]


class HorizonModel(models.Model):
    """One time that the log was let grow old: events from before the instant are removed; a row is never taken back."""

    pk = models.CompositePrimaryKey("account", "before")
    account = id_column()
    before = instant_column()
    removed = models.IntegerField()
    done_at = instant_column(null=True)

    class Meta:
        db_table = "audit_horizon"
